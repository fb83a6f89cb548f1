-- github:deployKey:create: a key that may write to one repository, and its private part as a secret of the repository.
local github = require "lib.github"
local once = require "lib.once"

return {
  id = "github:deployKey:create",
  description = "Adds a deploy key to a repository at GitHub, and keeps its private part as a secret of the repository.",
  schema = {
    input = {
      type = "object",
      required = { "repoUrl", "publicKey", "privateKey", "deployKeyName" },
      properties = github.properties {
        publicKey = { type = "string", title = "Public key" },
        privateKey = { type = "string", title = "Private key" },
        deployKeyName = { type = "string", title = "Name of the key" },
        privateKeySecretName = { type = "string", title = "Name of the secret", description = "[KEY_PRIVATE_KEY]" },
      },
    },
    output = {
      type = "object",
      properties = { privateKeySecretName = { type = "string", title = "Name of the secret" } },
    },
  },
  examples = {
    {
      description = "A key for pushing from a workflow",
      example = [[
steps:
  - id: key
    action: github:deployKey:create
    input:
      repoUrl: github.com?owner=acme&repo=${{ parameters.name }}
      publicKey: ${{ parameters.publicKey }}
      privateKey: ${{ secrets.privateKey }}
      deployKeyName: push
]],
    },
  },
  run = function(ctx, input)
    local _, api, path = github.open(ctx, input)
    local name = input.privateKeySecretName
      or input.deployKeyName:upper():gsub("[^A-Z0-9]+", "_") .. "_PRIVATE_KEY"
    once.create(ctx, api, "key", function()
      for _, one in ipairs(api:call("Looking for the key", "GET", path .. "/keys")) do
        if one.title == input.deployKeyName then return { id = one.id } end
      end
    end, function()
      local made = api:call("Failed to add the key " .. input.deployKeyName, "POST", path .. "/keys",
        { title = input.deployKeyName, key = input.publicKey })
      return { id = made.id }
    end)
    github.put_secrets(ctx, api, path .. "/actions", { [name] = input.privateKey })
    ctx.output("privateKeySecretName", name)
  end,
}
