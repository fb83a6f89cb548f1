-- GitHub: repositories, people and teams into the catalog; what GitHub Actions say on the pages of entities.
local actions = require "lib.actions"
local events = require "lib.events"
local known = require "lib.known"
local organizations = require "lib.organizations"
local repositories = require "lib.repositories"

local SLUG = { annotation = "github.com/project-slug" }

return {
  title = "GitHub",
  version = "1.0.0",
  description = "Repositories, people and teams of GitHub in the catalog, and GitHub Actions on the pages of entities.",
  author = "Callboard",
  icon = "git-branch",
  enabled_by = { "catalog.providers.github", "catalog.providers.githubOrg" },
  capabilities = {
    catalog = "write", store = true, http = { "integrations.github" },
    configuration = { "catalog.providers.github", "catalog.providers.githubOrg" },
  },
  config = {
    type = "object",
    properties = { webhookSecret = { type = "string", ["x-secret"] = true } },
  },
  providers = {
    { id = "discovery", every = "1m", run = repositories.run },
    { id = "organization", every = "1m", run = organizations.run },
  },
  schedules = { { id = "facts", every = "15m", initial_delay = "2m", run = known.run } },
  webhooks = { events = { secret = "webhookSecret", header = "X-Hub-Signature-256", run = events.receive } },
  cards = {
    { id = "actions", title = "CI/CD", when = SLUG, view = "card.html",
      data = function(request) return actions.latest(request.entity) end },
  },
  tabs = {
    { id = "actions", title = "CI/CD", when = SLUG, view = "runs.html",
      data = function(request) return actions.of(request.entity) end },
  },
}
