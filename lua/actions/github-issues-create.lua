-- github:issues:create: an issue.
local github = require "lib.github"
local once = require "lib.once"

return {
  id = "github:issues:create",
  description = "Opens an issue at GitHub.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "title" },
      properties = github.properties {
        title = { type = "string", title = "Title" },
        body = { type = "string", title = "Text" },
        assignees = github.texts "Assignees",
        milestone = { type = { "string", "number" }, title = "Milestone", description = "Its number" },
        labels = github.texts "Labels",
      },
    },
    output = {
      type = "object",
      properties = {
        issueUrl = { type = "string", title = "Address of the issue" },
        issueNumber = { type = "number", title = "Number" },
      },
    },
  },
  examples = {
    {
      description = "Ask for a review of the new service",
      example = [[
steps:
  - id: issue
    action: github:issues:create
    input:
      repoUrl: github.com?owner=acme&repo=${{ parameters.name }}
      title: Security review
      labels: [security]
]],
    },
  },
  run = function(ctx, input)
    local repo, api, path = github.open(ctx, input)
    if ctx.dry_run then
      ctx.log("A dry run opens no issue: these are example outputs")
      ctx.output("issueUrl", ("%s/%s/%s/issues/42"):format(repo.base, repo.owner, repo.repo))
      ctx.output("issueNumber", 42)
      return
    end
    local made = once.create(ctx, api, "issue", function(begun)
      local query = { state = "all", since = os.date("!%Y-%m-%dT%H:%M:%SZ", begun - 60), per_page = 100 }
      for _, one in ipairs(api:call("Looking for the issue", "GET", path .. "/issues", nil, query)) do
        if one.title == input.title and once.is_new(one.created_at, begun) then
          return { html_url = one.html_url, number = one.number }
        end
      end
    end, function()
      local one = api:call("Failed to create the issue", "POST", path .. "/issues", {
        title = input.title, body = input.body, assignees = input.assignees, milestone = input.milestone, labels = input.labels,
      })
      return { html_url = one.html_url, number = one.number }
    end)
    ctx.output("issueUrl", made.html_url)
    ctx.output("issueNumber", made.number)
  end,
}
