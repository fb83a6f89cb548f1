-- github:autolinks:create: texts that become links.
local github = require "lib.github"
local once = require "lib.once"

return {
  id = "github:autolinks:create",
  description = "Makes an autolink reference of a repository at GitHub.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "keyPrefix", "urlTemplate" },
      properties = github.properties {
        keyPrefix = { type = "string", title = "Prefix", description = "What begins such a text: TICKET-" },
        urlTemplate = { type = "string", title = "Address", description = "With <num> for what is behind the prefix" },
        isAlphanumeric = github.flag("Letters and digits", "false: digits only [true]"),
      },
    },
  },
  examples = {
    {
      description = "Link to tickets",
      example = [[
steps:
  - id: tickets
    action: github:autolinks:create
    input:
      repoUrl: github.com?owner=acme&repo=${{ parameters.name }}
      keyPrefix: TICKET-
      urlTemplate: https://tickets.example.com/<num>
]],
    },
  },
  run = function(ctx, input)
    local _, api, path = github.open(ctx, input)
    once.create(ctx, api, "autolink", function()
      for _, one in ipairs(api:call("Looking for the autolink", "GET", path .. "/autolinks")) do
        if one.key_prefix == input.keyPrefix and one.url_template == input.urlTemplate then return { id = one.id } end
      end
    end, function()
      local made = api:call("Failed to create the autolink " .. input.keyPrefix, "POST", path .. "/autolinks", {
        key_prefix = input.keyPrefix, url_template = input.urlTemplate, is_alphanumeric = input.isAlphanumeric ~= false,
      })
      return { id = made.id }
    end)
  end,
}
