-- roadiehq:utils:sleep: waits.
return {
  id = "roadiehq:utils:sleep",
  description = "Waits for some seconds.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "amount" },
      properties = { amount = { type = "number", minimum = 0, maximum = 600, title = "Seconds" } },
    },
  },
  examples = {
    {
      description = "Give a server time",
      example = [[
steps:
  - id: wait
    action: roadiehq:utils:sleep
    input:
      amount: 5
]],
    },
  },
  run = function(ctx, input)
    if ctx.dry_run then ctx.log("A dry run waits for nothing") else ctx.wait(input.amount * 1000) end
  end,
}
