-- roadiehq:utils:fs:append: a text at the end of a file.
return {
  id = "roadiehq:utils:fs:append",
  description = "Adds a text to the end of a file of the workspace, which is made when it is not there.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "path", "content" },
      properties = {
        path = { type = "string", title = "Path" },
        content = { type = "string", title = "Text" },
      },
    },
    output = { type = "object", properties = { path = { type = "string", title = "Path" } } },
  },
  examples = {
    {
      description = "Add an owner",
      example = [[
steps:
  - id: append
    action: roadiehq:utils:fs:append
    input:
      path: CODEOWNERS
      content: '* @acme/core'
]],
    },
  },
  run = function(ctx, input)
    local before = ctx.workspace.exists(input.path) and ctx.workspace.read(input.path) or ""
    ctx.workspace.write(input.path, before .. input.content)
    ctx.output("path", input.path)
  end,
}
