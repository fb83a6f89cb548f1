-- github:branch-protection:create: protects a branch of a repository that is there.
local github = require "lib.github"

return {
  id = "github:branch-protection:create",
  description = "Protects a branch of a repository at GitHub.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl" },
      properties = github.properties(github.protection {
        branch = { type = "string", title = "Branch", description = "[the default branch]" },
        enforceAdmins = github.flag("From administrators as well", "[true]"),
        blockCreations = github.flag("Nobody makes branches of this name", "[false]"),
      }),
    },
  },
  examples = {
    {
      description = "Two approvals",
      example = [[
steps:
  - id: protect
    action: github:branch-protection:create
    input:
      repoUrl: github.com?owner=acme&repo=${{ parameters.name }}
      requiredApprovingReviewCount: 2
]],
    },
  },
  run = function(ctx, input)
    local _, api, path = github.open(ctx, input)
    local branch = input.branch or api:call("The repository", "GET", path).default_branch
    github.protect(ctx, api, path, branch, input)
  end,
}
