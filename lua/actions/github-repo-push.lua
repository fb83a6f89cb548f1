-- github:repo:push: files of the workspace into an empty repository at GitHub.
local files = require "lib.files"
local github = require "lib.github"

return {
  id = "github:repo:push",
  description = "Pushes files of the workspace to an empty repository at GitHub, and protects its branch.",
  schema = {
    input = { type = "object", required = { "repoUrl" }, properties = github.git {} },
    output = files.outputs,
  },
  examples = {
    {
      description = "Fill a repository that is there",
      example = [[
steps:
  - id: push
    action: github:repo:push
    input:
      repoUrl: github.com?owner=acme&repo=${{ parameters.name }}
      defaultBranch: main
      protectDefaultBranch: false
]],
    },
  },
  run = function(ctx, input)
    local repo, api, path = github.open(ctx, input)
    local found = api:call(("The repository %s/%s"):format(repo.owner, repo.repo), "GET", path)
    local commit, branch = github.push(ctx, api, path, input, found.clone_url)
    ctx.output("remoteUrl", found.clone_url)
    ctx.output("repoContentsUrl", found.html_url .. "/blob/" .. branch)
    ctx.output("commitHash", commit)
  end,
}
