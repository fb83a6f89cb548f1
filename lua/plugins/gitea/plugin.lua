-- Gitea: repositories, people and teams into the catalog.
local events = require "lib.events"
local organizations = require "lib.organizations"
local repositories = require "lib.repositories"

return {
  title = "Gitea",
  version = "1.0.0",
  description = "Repositories, people and teams of Gitea and Forgejo in the catalog.",
  author = "Callboard",
  icon = "git-branch",
  enabled_by = "catalog.providers.gitea",
  capabilities = { catalog = "write", store = true, http = { "integrations.gitea" }, configuration = { "catalog.providers.gitea" } },
  config = {
    type = "object",
    properties = { webhookSecret = { type = "string", ["x-secret"] = true } },
  },
  providers = {
    { id = "discovery", every = "1m", run = repositories.run },
    { id = "organization", every = "1m", run = organizations.run },
  },
  webhooks = { events = { secret = "webhookSecret", header = "X-Gitea-Signature", run = events.receive } },
}
