-- What GitHub tells by a webhook: files that were pushed are read again, lists that changed are read at their next minute;
-- how a run ended is a fact.
local actions = require "lib.actions"
local known = require "lib.known"
local organizations = require "lib.organizations"
local repositories = require "lib.repositories"

local events = {}

local function owner(body)
  local organization = type(body.organization) == "table" and body.organization.login
  local repository = type(body.repository) == "table" and body.repository.owner
  return organization or type(repository) == "table" and repository.login or ""
end

local handlers = {
  push = function(body)
    local branch = tostring(body.ref or ""):match("^refs/heads/(.+)$")
    if not branch then return { refreshed = 0 } end
    return { refreshed = repositories.pushed(owner(body), body.repository, branch, body.commits) }
  end,
  repository = function(body) return { providers = repositories.changed(owner(body)) } end,
}

function handlers.workflow_run(body)
  local run, repository = body.workflow_run, type(body.repository) == "table" and body.repository or {}
  if body.action ~= "completed" or type(run) ~= "table" or type(repository.full_name) ~= "string" then return { ignored = true } end
  local host = tostring(repository.html_url):match "^https?://([^/]+)"
  known.ran((host or ""):lower(), repository.full_name, { actions.row_of(run) })
  return { told = true }
end

for _, event in ipairs { "membership", "organization", "team" } do
  handlers[event] = function(body) return { providers = organizations.changed(owner(body)) } end
end

function events.receive(request)
  local handler = handlers[request.headers["x-github-event"] or ""]
  if not handler or type(request.json) ~= "table" then return { json = { ignored = true } } end
  return { status = 202, json = handler(request.json) }
end

return events
