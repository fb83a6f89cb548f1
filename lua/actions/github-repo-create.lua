-- github:repo:create: a new repository at GitHub, without files.
local github = require "lib.github"

return {
  id = "github:repo:create",
  description = "Makes a repository at GitHub.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl" },
      properties = github.properties(github.settings {
        autoInit = github.flag("With a first commit", "[false]"),
        workflowAccess = {
          type = "string", enum = { "none", "organization", "user" }, title = "Access to workflows",
          description = "Who may use its workflows and actions",
        },
      }),
    },
    output = {
      type = "object",
      properties = {
        remoteUrl = { type = "string", title = "Address for git" },
        repoContentsUrl = { type = "string", title = "Address of its files" },
      },
    },
  },
  examples = {
    {
      description = "An empty repository",
      example = [[
steps:
  - id: create
    action: github:repo:create
    input:
      repoUrl: github.com?owner=acme&repo=${{ parameters.name }}
]],
    },
  },
  run = function(ctx, input)
    local repo, api, path = github.open(ctx, input)
    local made = github.create(ctx, api, repo, path, input)
    ctx.output("remoteUrl", made.clone_url)
    ctx.output("repoContentsUrl", made.html_url .. "/blob/" .. (input.defaultBranch or "master"))
  end,
}
