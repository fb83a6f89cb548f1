-- roadiehq:utils:fs:write: a file with this text.
return {
  id = "roadiehq:utils:fs:write",
  description = "Writes a text into a file of the workspace.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "path", "content" },
      properties = {
        path = { type = "string", title = "Path" },
        content = { type = "string", title = "Text" },
        preserveFormatting = { type = "boolean", title = "As it is", description = "JSON is not laid out anew, which it never is here" },
      },
    },
    output = { type = "object", properties = { path = { type = "string", title = "Path" } } },
  },
  examples = {
    {
      description = "Write a file of settings",
      example = [[
steps:
  - id: write
    action: roadiehq:utils:fs:write
    input:
      path: settings.env
      content: |
        NAME=${{ parameters.name }}
]],
    },
  },
  run = function(ctx, input)
    ctx.workspace.write(input.path, input.content)
    ctx.output("path", input.path)
  end,
}
