-- gitlab:group:ensureExists: a group, with those above it.
local gitlab = require "lib.gitlab"

return {
  id = "gitlab:group:ensureExists",
  description = "Makes a group at GitLab, and the groups above it, where they are not there yet.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "path" },
      properties = gitlab.properties {
        path = {
          type = "array", minItems = 1, title = "Path", description = "From the top: names, or {name, slug}",
          items = {
            anyOf = {
              { type = "string" },
              { type = "object", required = { "name", "slug" }, properties = { name = gitlab.text "Name", slug = gitlab.text "Slug" } },
            },
          },
        },
        description = gitlab.text("Description", "Of the last one, when it is made"),
      },
    },
    output = { type = "object", properties = { groupId = gitlab.number "Number of the group" } },
  },
  examples = {
    {
      description = "A group below another",
      example = [[
steps:
  - id: group
    action: gitlab:group:ensureExists
    input:
      repoUrl: gitlab.com?owner=acme&repo=none
      path: [acme, services, { name: Payments, slug: pay }]
]],
    },
  },
  run = function(ctx, input)
    if ctx.dry_run then
      ctx.output("groupId", 42)
      return
    end
    local _, api = gitlab.open(ctx, input)
    local full, parent = {}, nil
    for i, part in ipairs(input.path) do
      local name, slug = part, part
      if type(part) == "table" then name, slug = part.name, part.slug end
      full[i] = slug
      local at = "/groups/" .. ctx.http.escape(table.concat(full, "/"))
      local answer = api:ask("GET", at)
      if answer.status == 404 then
        ctx.log("Creating the group " .. table.concat(full, "/"))
        answer = api:ask("POST", "/groups", {
          name = name, path = slug, parent_id = parent, description = i == #input.path and input.description or nil,
        })
        -- Somebody else may have been as quick.
        if answer.status == 400 or answer.status == 409 then
          local there = api:ask("GET", at)
          answer = there.ok and there or answer
        end
      end
      if not answer.ok then api:refuse(answer, "Failed to create the group " .. table.concat(full, "/")) end
      parent = answer.json.id
    end
    ctx.output("groupId", parent)
  end,
}
