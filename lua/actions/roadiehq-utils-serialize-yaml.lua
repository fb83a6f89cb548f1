-- roadiehq:utils:serialize:yaml: a value as YAML.
return {
  id = "roadiehq:utils:serialize:yaml",
  description = "Gives a value as a text in YAML.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "data" },
      properties = {
        data = { type = { "object", "array", "string", "number", "boolean" }, title = "Value" },
      },
    },
    output = { type = "object", properties = { serialized = { type = "string", title = "Text" } } },
  },
  examples = {
    {
      description = "Settings as a text",
      example = [[
steps:
  - id: text
    action: roadiehq:utils:serialize:yaml
    input:
      data:
        name: ${{ parameters.name }}
]],
    },
  },
  run = function(ctx, input)
    ctx.output("serialized", ctx.yaml.encode(input.data))
  end,
}
