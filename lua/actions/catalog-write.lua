-- catalog:write: an entity as a file of the workspace.
return {
  id = "catalog:write",
  description = "Writes an entity to a file of the workspace, as YAML.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "entity" },
      additionalProperties = false,
      properties = {
        filePath = { type = "string", title = "File", description = "[catalog-info.yaml]" },
        entity = { type = "object", title = "Entity", description = "As it shall stand in the file" },
      },
    },
  },
  examples = {
    {
      description = "Write the entity of a service",
      example = [[
steps:
  - id: entity
    action: catalog:write
    input:
      filePath: catalog-info.yaml
      entity:
        apiVersion: backstage.io/v1alpha1
        kind: Component
        metadata: {name: '${{ parameters.name }}'}
        spec: {type: service, lifecycle: production, owner: '${{ parameters.owner }}'}
]],
    },
  },
  run = function(ctx, input)
    local path = input.filePath or "catalog-info.yaml"
    ctx.log("Writing " .. path)
    ctx.workspace.write(path, ctx.catalog.document { ["backstage.io/source-template"] = ctx.task.template })
  end,
}
