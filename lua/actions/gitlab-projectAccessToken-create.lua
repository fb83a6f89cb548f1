-- gitlab:projectAccessToken:create: a token for one project.
local gitlab = require "lib.gitlab"

local YEAR_S = 365 * 24 * 3600

return {
  id = "gitlab:projectAccessToken:create",
  description = "Makes an access token of a project at GitLab.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "projectId" },
      properties = gitlab.properties {
        projectId = gitlab.project_id,
        name = gitlab.text("Name", "[of a template]"),
        accessLevel = gitlab.number("Access", "10 guest, 20 reporter, 30 developer, 40 maintainer, 50 owner [40]"),
        scopes = gitlab.list("Scopes", "string", "[read_repository]"),
        expiresAt = gitlab.text("Ends", "2026-01-31 [in a year]"),
      },
    },
    output = { type = "object", properties = { access_token = gitlab.text "The token" } },
  },
  examples = {
    {
      description = "A token that may read the repository",
      example = [[
steps:
  - id: token
    action: gitlab:projectAccessToken:create
    input:
      repoUrl: gitlab.com?owner=acme&repo=${{ parameters.name }}
      projectId: ${{ steps.publish.output.projectId }}
      name: reader
      accessLevel: 20
]],
    },
  },
  run = function(ctx, input)
    local _, api = gitlab.open(ctx, input)
    -- Not noted as a checkpoint: a token is shown once, and is nowhere kept by us.
    local made = api:call("Failed to create the token", "POST", gitlab.path(ctx, input.projectId) .. "/access_tokens", {
      name = input.name or "of a template", access_level = input.accessLevel or 40, scopes = input.scopes or { "read_repository" },
      expires_at = input.expiresAt or os.date("!%Y-%m-%d", os.time() + YEAR_S),
    })
    ctx.hide(made.token)
    ctx.output("access_token", made.token)
  end,
}
