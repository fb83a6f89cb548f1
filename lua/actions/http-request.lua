-- http:request: asks another system.
local request = require "lib.request"

local properties = {
  url = { type = "string", title = "Address", description = "At a host of integrations or of scaffolder.http.allow" },
}
for name, schema in pairs(request.properties) do properties[name] = schema end

return {
  id = "http:request",
  description = "Sends a request to a host that the configuration names, or to an endpoint of the portal's proxy.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      oneOf = { { required = { "url" } }, { required = { "path" } } },
      properties = properties,
    },
    output = {
      type = "object",
      properties = {
        status = { type = "number", title = "Status" },
        headers = { type = "object", title = "Headers" },
        body = { type = { "object", "string", "array" }, title = "Body", description = "A value, where it is JSON" },
      },
    },
  },
  examples = {
    {
      description = "Order a database",
      example = [[
steps:
  - id: order
    action: http:request
    input:
      method: POST
      url: https://databases.example.com/orders
      body:
        name: ${{ parameters.name }}
]],
    },
    {
      description = "Ask an endpoint of the proxy, which knows the token",
      example = [[
steps:
  - id: people
    action: http:request
    input:
      path: /proxy/people/v1/search
      params:
        name: ${{ parameters.owner }}
]],
    },
  },
  run = function(ctx, input)
    local answer = request.send(ctx, input)
    if answer then
      ctx.output("status", answer.status)
      request.outputs(ctx, answer)
    end
  end,
}
