-- gitlab:projectVariable:create: a variable for pipelines.
local gitlab = require "lib.gitlab"

return {
  id = "gitlab:projectVariable:create",
  description = "Makes a CI/CD variable of a project at GitLab; one that is there gets this value.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "projectId", "key", "value", "variableType" },
      properties = gitlab.properties {
        projectId = gitlab.project_id,
        key = { type = "string", pattern = "^[A-Za-z0-9_]{1,255}$", title = "Name" },
        value = gitlab.text "Value",
        variableType = { type = "string", enum = { "env_var", "file" }, title = "Type" },
        variableProtected = gitlab.flag("For protected branches only", "[false]"),
        masked = gitlab.flag("Masked in logs", "[false]"),
        maskedAndHidden = gitlab.flag("Masked, and never shown again", "[false]"),
        raw = gitlab.flag("Not expanded", "[false]"),
        environmentScope = gitlab.text("Environment", "[*]"),
      },
    },
  },
  examples = {
    {
      description = "A secret for pipelines",
      example = [[
steps:
  - id: variable
    action: gitlab:projectVariable:create
    input:
      repoUrl: gitlab.com?owner=acme&repo=${{ parameters.name }}
      projectId: ${{ steps.publish.output.projectId }}
      key: DEPLOY_KEY
      value: ${{ secrets.deployKey }}
      variableType: env_var
      masked: true
]],
    },
  },
  run = function(ctx, input)
    local _, api = gitlab.open(ctx, input)
    local at, scope = gitlab.path(ctx, input.projectId) .. "/variables", input.environmentScope or "*"
    local variable = {
      key = input.key, value = input.value, variable_type = input.variableType, protected = input.variableProtected or false,
      masked = input.masked or input.maskedAndHidden or false, masked_and_hidden = input.maskedAndHidden and true or nil,
      raw = input.raw or false, environment_scope = scope,
    }
    local answer = api:ask("POST", at, variable)
    if answer.status == 400 and (answer.body or ""):find("has already been taken", 1, true) then
      variable.masked_and_hidden = nil
      answer = api:ask("PUT", ("%s/%s"):format(at, input.key), variable, { ["filter[environment_scope]"] = scope })
    end
    if not answer.ok then api:refuse(answer, "Failed to set the variable " .. input.key) end
  end,
}
