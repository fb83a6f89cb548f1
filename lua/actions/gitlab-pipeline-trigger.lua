-- gitlab:pipeline:trigger: starts a pipeline.
local gitlab = require "lib.gitlab"
local once = require "lib.once"

return {
  id = "gitlab:pipeline:trigger",
  description = "Starts a pipeline of a project at GitLab, with a trigger token that is taken away again.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "projectId", "tokenDescription", "branch" },
      properties = gitlab.properties {
        projectId = gitlab.project_id,
        tokenDescription = gitlab.text "Description of the token",
        branch = gitlab.text "Branch",
        variables = { type = "object", title = "Variables", additionalProperties = { type = "string" } },
      },
    },
    output = { type = "object", properties = { pipelineUrl = gitlab.text "Address of the pipeline" } },
  },
  examples = {
    {
      description = "Build what was published",
      example = [[
steps:
  - id: build
    action: gitlab:pipeline:trigger
    input:
      repoUrl: gitlab.com?owner=acme&repo=${{ parameters.name }}
      projectId: ${{ steps.publish.output.projectId }}
      tokenDescription: of the template
      branch: main
]],
    },
  },
  run = function(ctx, input)
    local _, api = gitlab.open(ctx, input)
    local at = gitlab.path(ctx, input.projectId)
    local made = once.create(ctx, api, "pipeline", nil, function()
      local trigger = api:call("Failed to create a trigger token", "POST", at .. "/triggers", { description = input.tokenDescription })
      local answer = api:ask("POST", at .. "/trigger/pipeline", { token = trigger.token, ref = input.branch, variables = input.variables })
      api:try("Taking the trigger token away", "DELETE", ("%s/triggers/%d"):format(at, trigger.id))
      if not answer.ok then api:refuse(answer, "Failed to start the pipeline") end
      return { web_url = answer.json.web_url }
    end)
    ctx.output("pipelineUrl", made.web_url)
  end,
}
