-- fs:rename: files and folders of the workspace get other names.
return {
  id = "fs:rename",
  description = "Renames files and folders of the workspace.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "files" },
      additionalProperties = false,
      properties = {
        files = {
          type = "array",
          title = "Files",
          items = {
            type = "object",
            required = { "from", "to" },
            properties = {
              from = { type = "string", title = "From" },
              to = { type = "string", title = "To" },
              overwrite = { type = "boolean", title = "Overwrite", description = "What is there already is replaced" },
            },
          },
        },
      },
    },
  },
  examples = {
    {
      description = "Give a file its place",
      example = [[
steps:
  - id: place
    action: fs:rename
    input:
      files:
        - from: readme.md
          to: docs/index.md
]],
    },
  },
  run = function(ctx, input)
    for _, file in ipairs(input.files) do
      ctx.workspace.rename(file.from, file.to, file.overwrite or false)
    end
  end,
}
