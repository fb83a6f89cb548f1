-- fs:delete: files and folders of the workspace go.
return {
  id = "fs:delete",
  description = "Deletes files and folders of the workspace.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "files" },
      additionalProperties = false,
      properties = {
        files = { type = "array", items = { type = "string" }, title = "Files", description = "Paths and globs" },
      },
    },
  },
  examples = {
    {
      description = "Delete what the template has for itself",
      example = [[
steps:
  - id: tidy
    action: fs:delete
    input:
      files: [template.yaml, "**/*.tpl"]
]],
    },
  },
  run = function(ctx, input)
    for _, path in ipairs(input.files) do
      local found = ctx.workspace.glob(path)
      if ctx.workspace.exists(path) then
        ctx.workspace.delete(path)
      end
      for _, entry in ipairs(found) do
        ctx.workspace.delete(entry.path)
      end
    end
  end,
}
