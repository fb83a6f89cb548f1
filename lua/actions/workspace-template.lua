-- workspace:template: a folder of the workspace, rendered with values.
return {
  id = "workspace:template",
  description = "Renders a folder of the workspace into another.",
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
        copyWithoutTemplating = {
          type = "array", items = { type = "string" }, title = "Copy without templating",
          description = "Globs: what fits is copied as it is, under a rendered name",
        },
        templateFileExtension = {
          type = { "string", "boolean" }, title = "Extension",
          description = "Only files with it (true: .njk) are rendered, and lose it",
        },
      },
    },
  },
  examples = {
    {
      description = "Render what another step fetched",
      example = [[
steps:
  - id: template
    action: workspace:template
    input:
      sourcePath: fetched
      targetPath: service
      values:
        name: ${{ parameters.name }}
]],
    },
  },
  run = function(ctx, input)
    ctx.template.tree(input)
  end,
}
