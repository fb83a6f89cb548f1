-- What Gitea tells by a webhook: files that were pushed are read again, a list that changed at its next minute.
local repositories = require "lib.repositories"

local events = {}

local function owner(body)
  local whose = type(body.repository) == "table" and body.repository.owner
  return type(whose) == "table" and (whose.login or whose.username) or ""
end

local handlers = {
  push = function(body)
    local branch = tostring(body.ref or ""):match("^refs/heads/(.+)$")
    local url = type(body.repository) == "table" and body.repository.html_url
    if not branch or not url then return { refreshed = 0 } end
    return { refreshed = repositories.pushed(owner(body), url, branch, body.commits) }
  end,
  repository = function(body) return { providers = repositories.changed(owner(body)) } end,
}

function events.receive(request)
  local handler = handlers[request.headers["x-gitea-event"] or ""]
  if not handler or type(request.json) ~= "table" then return { json = { ignored = true } } end
  return { status = 202, json = handler(request.json) }
end

return events
