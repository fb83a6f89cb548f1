-- roadiehq:utils:serialize:json: a value as JSON.
return {
  id = "roadiehq:utils:serialize:json",
  description = "Gives a value as a text in JSON.",
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
    action: roadiehq:utils:serialize:json
    input:
      data:
        name: ${{ parameters.name }}
]],
    },
  },
  run = function(ctx, input)
    ctx.output("serialized", ctx.json.encode(input.data))
  end,
}
