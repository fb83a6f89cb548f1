-- http:backstage:request: an endpoint of the portal's proxy, as templates that were made with a well-known action ask for it.
local request = require "lib.request"

return {
  id = "http:backstage:request",
  description = "Sends a request to an endpoint of the portal's proxy.",
  supports_dry_run = true,
  schema = {
    input = { type = "object", required = { "path", "method" }, properties = request.properties },
    output = {
      type = "object",
      properties = {
        code = { type = "string", title = "Status" },
        headers = { type = "object", title = "Headers" },
        body = { type = { "object", "string", "array" }, title = "Body", description = "A value, where it is JSON" },
      },
    },
  },
  examples = {
    {
      description = "Ask an endpoint of the proxy",
      example = [[
steps:
  - id: people
    action: http:backstage:request
    input:
      method: GET
      path: /proxy/people/v1/search
]],
    },
  },
  run = function(ctx, input)
    local answer = request.send(ctx, input)
    if answer then
      ctx.output("code", ("%d"):format(answer.status))
      request.outputs(ctx, answer)
    end
  end,
}
