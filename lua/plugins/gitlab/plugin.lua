-- GitLab: projects, people and groups into the catalog; pipelines on the pages of entities.
local events = require "lib.events"
local known = require "lib.known"
local organizations = require "lib.organizations"
local pipelines = require "lib.pipelines"
local projects = require "lib.projects"

local SLUG = { annotation = "gitlab.com/project-slug" }

return {
  title = "GitLab",
  version = "1.0.0",
  description = "Projects, people and groups of GitLab in the catalog, and pipelines on the pages of entities.",
  author = "Callboard",
  icon = "git-branch",
  enabled_by = "catalog.providers.gitlab",
  capabilities = { catalog = "write", store = true, http = { "integrations.gitlab" }, configuration = { "catalog.providers.gitlab" } },
  config = {
    type = "object",
    properties = { webhookSecret = { type = "string", ["x-secret"] = true } },
  },
  providers = {
    { id = "discovery", every = "1m", run = projects.run },
    { id = "organization", every = "1m", run = organizations.run },
  },
  schedules = { { id = "facts", every = "15m", initial_delay = "2m", run = known.run } },
  webhooks = { events = { secret = "webhookSecret", header = "X-Gitlab-Token", check = "token", run = events.receive } },
  cards = {
    { id = "pipelines", title = "CI/CD", when = SLUG, view = "card.html",
      data = function(request) return pipelines.latest(request.entity) end },
  },
  tabs = {
    { id = "pipelines", title = "CI/CD", when = SLUG, view = "pipelines.html",
      data = function(request) return pipelines.of(request.entity) end },
  },
}
