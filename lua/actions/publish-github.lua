-- publish:github: a new repository at GitHub with the workspace's files.
local files = require "lib.files"
local github = require "lib.github"

return {
  id = "publish:github",
  description = "Makes a repository at GitHub, pushes files of the workspace to it, and protects its branch.",
  schema = {
    input = { type = "object", required = { "repoUrl" }, properties = github.git(github.settings {}) },
    output = files.outputs,
  },
  examples = {
    {
      description = "Publish a component",
      example = [[
steps:
  - id: publish
    action: publish:github
    input:
      repoUrl: github.com?owner=acme&repo=${{ parameters.name }}
      description: ${{ parameters.description }}
      defaultBranch: main
      repoVisibility: internal
      topics: [service]
]],
    },
    {
      description = "With access for a team, a variable and a secret",
      example = [[
steps:
  - id: publish
    action: publish:github
    input:
      repoUrl: ${{ parameters.repoUrl }}
      access: acme/core
      repoVariables:
        REGION: eu
      secrets:
        DEPLOY_KEY: ${{ secrets.deployKey }}
]],
    },
  },
  run = function(ctx, input)
    local repo, api, path = github.open(ctx, input)
    local made = github.create(ctx, api, repo, path, input)
    local commit, branch = github.push(ctx, api, path, input, made.clone_url)
    ctx.output("remoteUrl", made.clone_url)
    ctx.output("repoContentsUrl", made.html_url .. "/blob/" .. branch)
    ctx.output("commitHash", commit)
  end,
}
