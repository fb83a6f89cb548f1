-- workspace:template:file: one file of the workspace, rendered with values.
return {
  id = "workspace:template:file",
  description = "Renders one file of the workspace into another.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "sourcePath", "targetPath" },
      additionalProperties = false,
      properties = {
        sourcePath = { type = "string", title = "Source", description = "In the workspace" },
        targetPath = { type = "string", title = "Target", description = "In the workspace" },
        values = { type = "object", title = "Values", description = "What values.NAME is in files and names" },
        cookiecutterCompat = { type = "boolean", title = "Cookiecutter", description = "{{ cookiecutter.NAME }} instead" },
        replace = { type = "boolean", title = "Replace", description = "Files that are there are replaced" },
      },
    },
  },
  examples = {
    {
      description = "Render one file",
      example = [[
steps:
  - id: file
    action: workspace:template:file
    input:
      sourcePath: readme.tpl
      targetPath: README.md
      values:
        name: ${{ parameters.name }}
]],
    },
  },
  run = function(ctx, input)
    ctx.template.file(input)
  end,
}
