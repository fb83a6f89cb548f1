-- github:webhook: tells another system what happens in a repository.
local github = require "lib.github"
local once = require "lib.once"

return {
  id = "github:webhook",
  description = "Makes a webhook of a repository at GitHub.",
  supports_dry_run = true,
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "webhookUrl" },
      properties = github.properties {
        webhookUrl = { type = "string", title = "Address", description = "That is told" },
        webhookSecret = { type = "string", title = "Secret", description = "That signs what is told" },
        events = {
          title = "Events", description = '[push]; ["*"] is all',
          type = "array", items = { type = "string" },
        },
        active = github.flag("Active", "[true]"),
        contentType = { type = "string", enum = { "form", "json" }, title = "How it is told", description = "[form]" },
        insecureSsl = github.flag("Take any certificate", "[false]"),
      },
    },
  },
  examples = {
    {
      description = "Tell the build server about pushes",
      example = [[
steps:
  - id: hook
    action: github:webhook
    input:
      repoUrl: github.com?owner=acme&repo=${{ parameters.name }}
      webhookUrl: https://ci.example.com/hook
      webhookSecret: ${{ secrets.hook }}
      contentType: json
]],
    },
  },
  run = function(ctx, input)
    local repo, api, path = github.open(ctx, input)
    ctx.log(("Creating the webhook %s of %s"):format(input.webhookUrl, repo.repo))
    if ctx.dry_run then return end
    once.create(ctx, api, "webhook", function()
      for _, one in ipairs(api:call("Looking for the webhook", "GET", path .. "/hooks")) do
        if type(one.config) == "table" and one.config.url == input.webhookUrl then return { id = one.id } end
      end
    end, function()
      local made = api:call("Failed to create the webhook", "POST", path .. "/hooks", {
        name = "web",
        active = input.active ~= false,
        events = input.events or { "push" },
        config = {
          url = input.webhookUrl, content_type = input.contentType or "form", secret = input.webhookSecret,
          insecure_ssl = input.insecureSsl and "1" or "0",
        },
      })
      return { id = made.id }
    end)
  end,
}
