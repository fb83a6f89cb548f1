-- github:actions:dispatch: starts a workflow.
local github = require "lib.github"
local once = require "lib.once"

return {
  id = "github:actions:dispatch",
  description = "Starts a workflow of a repository at GitHub.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "workflowId", "branchOrTagName" },
      properties = github.properties {
        workflowId = { type = "string", title = "Workflow", description = "Its file name or number" },
        branchOrTagName = { type = "string", title = "Branch or tag" },
        workflowInputs = { type = "object", title = "Inputs" },
        returnWorkflowRunDetails = github.flag("Give the run", "Its number and addresses as outputs"),
      },
    },
    output = {
      type = "object",
      properties = {
        workflowRunId = { type = "number", title = "Number of the run" },
        workflowRunUrl = { type = "string", title = "Address of the run in the API" },
        workflowRunHtmlUrl = { type = "string", title = "Page of the run" },
      },
    },
  },
  examples = {
    {
      description = "Deploy what was published",
      example = [[
steps:
  - id: deploy
    action: github:actions:dispatch
    input:
      repoUrl: github.com?owner=acme&repo=${{ parameters.name }}
      workflowId: deploy.yaml
      branchOrTagName: main
      workflowInputs:
        environment: test
]],
    },
  },
  run = function(ctx, input)
    local _, api, path = github.open(ctx, input)
    local made = once.create(ctx, api, "dispatch", nil, function()
      return api:call("Failed to start the workflow " .. input.workflowId, "POST",
        ("%s/actions/workflows/%s/dispatches"):format(path, ctx.http.escape(input.workflowId)),
        {
          ref = input.branchOrTagName, inputs = input.workflowInputs,
          return_run_details = input.returnWorkflowRunDetails and true or nil,
        }) or {}
    end)
    if input.returnWorkflowRunDetails then
      ctx.output("workflowRunId", made.workflow_run_id)
      ctx.output("workflowRunUrl", made.run_url)
      ctx.output("workflowRunHtmlUrl", made.html_url)
    end
  end,
}
