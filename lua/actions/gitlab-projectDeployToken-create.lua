-- gitlab:projectDeployToken:create: a token for deploying one project.
local gitlab = require "lib.gitlab"

return {
  id = "gitlab:projectDeployToken:create",
  description = "Makes a deploy token of a project at GitLab.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "projectId", "name", "scopes" },
      properties = gitlab.properties {
        projectId = gitlab.project_id,
        name = gitlab.text "Name",
        username = gitlab.text("User", "Name of the token's user"),
        scopes = gitlab.list("Scopes", "string", "read_repository, read_registry, ..."),
      },
    },
    output = {
      type = "object",
      required = { "deploy_token", "user" },
      properties = { deploy_token = gitlab.text "The token", user = gitlab.text "Name of its user" },
    },
  },
  examples = {
    {
      description = "A token for pulling images",
      example = [[
steps:
  - id: token
    action: gitlab:projectDeployToken:create
    input:
      repoUrl: gitlab.com?owner=acme&repo=${{ parameters.name }}
      projectId: ${{ steps.publish.output.projectId }}
      name: pull
      scopes: [read_registry]
]],
    },
  },
  run = function(ctx, input)
    local _, api = gitlab.open(ctx, input)
    -- Not noted as a checkpoint: a token is shown once, and is nowhere kept by us.
    local made = api:call("Failed to create the deploy token", "POST", gitlab.path(ctx, input.projectId) .. "/deploy_tokens",
      { name = input.name, username = input.username, scopes = input.scopes })
    ctx.hide(made.token)
    ctx.output("deploy_token", made.token)
    ctx.output("user", made.username)
  end,
}
