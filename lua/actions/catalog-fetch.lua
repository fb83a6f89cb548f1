-- catalog:fetch: entities, for what comes later.
local function find(ctx, input, text)
  local ref = ctx.catalog.ref(text, { kind = input.defaultKind, namespace = input.defaultNamespace })
  local entity = ctx.catalog.entity(ref)
  if not entity and not input.optional then
    ctx.fail("NotFoundError", "Entity " .. text .. " not found")
  end
  return entity
end

return {
  id = "catalog:fetch",
  description = "Gives one entity of the catalog, or several.",
  supports_dry_run = true,
  needs_catalog = true,
  schema = {
    input = {
      type = "object",
      additionalProperties = false,
      properties = {
        entityRef = { type = "string", title = "Entity", description = "Its reference" },
        entityRefs = { type = "array", items = { type = "string" }, title = "Entities", description = "Their references" },
        optional = { type = "boolean", title = "Optional", description = "What is not there is no error" },
        defaultKind = { type = "string", title = "Kind of references without one" },
        defaultNamespace = { type = "string", title = "Namespace of references without one" },
      },
    },
    output = {
      type = "object",
      properties = {
        entity = { type = "object", title = "Of entityRef" },
        entities = { type = "array", items = { type = "object" }, title = "Of entityRefs" },
      },
    },
  },
  examples = {
    {
      description = "Look up who owns it",
      example = [[
steps:
  - id: owner
    action: catalog:fetch
    input:
      entityRef: ${{ parameters.owner }}
      defaultKind: group
]],
    },
  },
  run = function(ctx, input)
    local callboard = require "callboard"
    if not input.entityRef and not input.entityRefs then
      if input.optional then
        return
      end
      ctx.fail("InputError", "Missing entity reference or references")
    end
    if input.entityRef then
      ctx.output("entity", find(ctx, input, input.entityRef) or callboard.null)
    end
    if input.entityRefs then
      local entities = callboard.array()
      for i, ref in ipairs(input.entityRefs) do
        entities[i] = find(ctx, input, ref) or callboard.null
      end
      ctx.output("entities", entities)
    end
  end,
}
