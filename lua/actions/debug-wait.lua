-- debug:wait: time passes.
local LONGEST = 10 * 60 * 1000

return {
  id = "debug:wait",
  description = "Waits for a while, at most ten minutes.",
  schema = {
    input = {
      type = "object",
      additionalProperties = false,
      properties = {
        minutes = { type = "number", title = "Minutes" },
        seconds = { type = "number", title = "Seconds" },
        milliseconds = { type = "number", title = "Milliseconds" },
      },
    },
  },
  examples = {
    {
      description = "Wait for half a minute",
      example = [[
steps:
  - id: wait
    action: debug:wait
    input:
      seconds: 30
]],
    },
  },
  run = function(ctx, input)
    local ms = (input.minutes or 0) * 60000 + (input.seconds or 0) * 1000 + (input.milliseconds or 0)
    if ms == 0 then
      ms = 1000
    end
    if ms < 0 or ms > LONGEST then
      ctx.fail("InputError", "Waiting duration is longer than the maximum threshold of 0 hours, 10 minutes, 0 seconds")
    end
    ctx.log("Waiting for " .. ms / 1000 .. " seconds...")
    ctx.wait(ms)
  end,
}
