-- fetch:template:file: one file, rendered with values.
return {
  id = "fetch:template:file",
  description = "Renders one file beside the template, or of a repository, into the workspace.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "url", "targetPath" },
      additionalProperties = false,
      properties = {
        url = { type = "string", title = "Address", description = "Relative to the template, or absolute" },
        targetPath = { type = "string", title = "Target", description = "In the workspace" },
        values = { type = "object", title = "Values", description = "What values.NAME is in files and names" },
        cookiecutterCompat = { type = "boolean", title = "Cookiecutter", description = "{{ cookiecutter.NAME }} instead" },
        replace = { type = "boolean", title = "Replace", description = "Files that are there are replaced" },
        trimBlocks = { type = "boolean", title = "Trim blocks", description = "Drop the line break behind a block" },
        lstripBlocks = { type = "boolean", title = "Strip blocks", description = "Drop white space before a block" },
        token = { type = "string", title = "Token", description = "For the host, in place of the integration's" },
      },
    },
  },
  examples = {
    {
      description = "Fill in one file",
      example = [[
steps:
  - id: file
    action: fetch:template:file
    input:
      url: ./catalog-info.yaml
      targetPath: catalog-info.yaml
      values:
        name: ${{ parameters.name }}
]],
    },
  },
  run = function(ctx, input)
    ctx.template.file(input)
  end,
}
