-- fetch:template: a tree, rendered with values.
return {
  id = "fetch:template",
  description = "Renders a folder beside the template, or of a repository, into the workspace: contents and names of files.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "url" },
      additionalProperties = false,
      properties = {
        url = { type = "string", title = "Address", description = "Relative to the template, or absolute" },
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
        copyWithoutRender = {
          type = "array", items = { type = "string" }, title = "Copy without render",
          description = "Has no effect any more: use copyWithoutTemplating",
        },
        trimBlocks = { type = "boolean", title = "Trim blocks", description = "Drop the line break behind a block" },
        lstripBlocks = { type = "boolean", title = "Strip blocks", description = "Drop white space before a block" },
        token = { type = "string", title = "Token", description = "For the host, in place of the integration's" },
      },
    },
  },
  examples = {
    {
      description = "Fill in the skeleton beside the template",
      example = [[
steps:
  - id: template
    action: fetch:template
    input:
      url: ./skeleton
      values:
        name: ${{ parameters.name }}
]],
    },
  },
  run = function(ctx, input)
    ctx.template.tree(input)
  end,
}
