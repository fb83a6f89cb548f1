-- gitlab:issue:edit: changes an issue.
local gitlab = require "lib.gitlab"

local NAMES = {
  addLabels = "add_labels", assignees = "assignee_ids", confidential = "confidential", description = "description",
  discussionLocked = "discussion_locked", dueDate = "due_date", epicId = "epic_id", issueType = "issue_type", labels = "labels",
  milestoneId = "milestone_id", removeLabels = "remove_labels", stateEvent = "state_event", title = "title",
  updatedAt = "updated_at", weight = "weight",
}

return {
  id = "gitlab:issue:edit",
  description = "Changes an issue at GitLab.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "projectId", "issueIid" },
      properties = gitlab.properties {
        projectId = gitlab.project_id,
        issueIid = gitlab.number "Number in the project",
        addLabels = gitlab.text("Labels to add", "With commas between"),
        assignees = gitlab.list("Assignees", "number", "Their numbers"),
        confidential = gitlab.flag "Confidential",
        description = { type = "string", maxLength = 1048576, title = "Text" },
        discussionLocked = gitlab.flag "Nobody comments any more",
        dueDate = gitlab.text("Due", "2026-01-31"),
        epicId = gitlab.number "Epic",
        issueType = { type = "string", enum = { "issue", "incident", "test_case", "task" }, title = "Type" },
        labels = gitlab.text("Labels", "All of them, with commas between"),
        milestoneId = gitlab.number "Milestone",
        removeLabels = gitlab.text("Labels to take away", "With commas between"),
        stateEvent = { type = "string", enum = { "close", "reopen" }, title = "State" },
        title = gitlab.text "Title",
        updatedAt = gitlab.text("Time", "When it was changed"),
        weight = { type = "number", minimum = 0, title = "Weight" },
      },
    },
    output = {
      type = "object",
      properties = {
        issueUrl = gitlab.text "Address of the issue", projectId = gitlab.number "Project",
        issueId = gitlab.number "Number in all of GitLab", issueIid = gitlab.number "Number in the project",
        state = gitlab.text "State", title = gitlab.text "Title", updatedAt = gitlab.text "Time of the change",
      },
    },
  },
  examples = {
    {
      description = "Close it",
      example = [[
steps:
  - id: close
    action: gitlab:issue:edit
    input:
      repoUrl: gitlab.com?owner=acme&repo=${{ parameters.name }}
      projectId: ${{ parameters.projectId }}
      issueIid: ${{ steps.issue.output.issueIid }}
      stateEvent: close
]],
    },
  },
  run = function(ctx, input)
    local _, api = gitlab.open(ctx, input)
    local one = api:call("Failed to change the issue", "PUT",
      ("%s/issues/%d"):format(gitlab.path(ctx, input.projectId), input.issueIid), gitlab.renamed(input, NAMES))
    ctx.output("issueUrl", one.web_url)
    ctx.output("projectId", one.project_id)
    ctx.output("issueId", one.id)
    ctx.output("issueIid", one.iid)
    ctx.output("state", one.state)
    ctx.output("title", one.title)
    ctx.output("updatedAt", one.updated_at)
  end,
}
