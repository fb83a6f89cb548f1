-- gitlab:issues:create: an issue.
local gitlab = require "lib.gitlab"
local once = require "lib.once"

local NAMES = {
  title = "title", description = "description", assignees = "assignee_ids", confidential = "confidential",
  createdAt = "created_at", discussionToResolve = "discussion_to_resolve", dueDate = "due_date", epicId = "epic_id",
  issueType = "issue_type", labels = "labels", mergeRequestToResolveDiscussionsOf = "merge_request_to_resolve_discussions_of",
  milestoneId = "milestone_id", weight = "weight",
}

return {
  id = "gitlab:issues:create",
  description = "Opens an issue at GitLab.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "projectId", "title" },
      properties = gitlab.properties {
        projectId = gitlab.project_id,
        title = gitlab.text "Title",
        description = { type = "string", maxLength = 1048576, title = "Text" },
        assignees = gitlab.list("Assignees", "number", "Their numbers"),
        confidential = gitlab.flag("Confidential", "[false]"),
        createdAt = gitlab.text("Time", "When it was opened"),
        discussionToResolve = gitlab.text "Discussion that it resolves",
        dueDate = gitlab.text("Due", "2026-01-31"),
        epicId = gitlab.number "Epic",
        issueType = { type = "string", enum = { "issue", "incident", "test_case", "task" }, title = "Type", description = "[issue]" },
        labels = gitlab.text("Labels", "With commas between"),
        mergeRequestToResolveDiscussionsOf = gitlab.number "Merge request whose discussions it resolves",
        milestoneId = gitlab.number "Milestone",
        weight = { type = "number", minimum = 0, title = "Weight" },
      },
    },
    output = {
      type = "object",
      properties = {
        issueUrl = gitlab.text "Address of the issue", issueId = gitlab.number "Number in all of GitLab",
        issueIid = gitlab.number "Number in the project",
      },
    },
  },
  examples = {
    {
      description = "Ask for a review",
      example = [[
steps:
  - id: issue
    action: gitlab:issues:create
    input:
      repoUrl: gitlab.com?owner=acme&repo=${{ parameters.name }}
      projectId: ${{ steps.publish.output.projectId }}
      title: Security review
      labels: security
]],
    },
  },
  run = function(ctx, input)
    local _, api = gitlab.open(ctx, input)
    local at = gitlab.path(ctx, input.projectId) .. "/issues"
    local function pick(one) return { web_url = one.web_url, id = one.id, iid = one.iid } end
    local made = once.create(ctx, api, "issue", function(begun)
      local query = { search = input.title, ["in"] = "title", created_after = os.date("!%Y-%m-%dT%H:%M:%SZ", begun - 60) }
      for _, one in ipairs(api:call("Looking for the issue", "GET", at, nil, query)) do
        if one.title == input.title and once.is_new(one.created_at, begun) then return pick(one) end
      end
    end, function()
      return pick(api:call("Failed to create the issue", "POST", at, gitlab.renamed(input, NAMES)))
    end)
    ctx.output("issueUrl", made.web_url)
    ctx.output("issueId", made.id)
    ctx.output("issueIid", made.iid)
  end,
}
