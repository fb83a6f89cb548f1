-- What GitLab tells by a webhook or a system hook: files that were pushed are read again, lists that changed at their next minute;
-- how a pipeline ended is a fact.
local known = require "lib.known"
local organizations = require "lib.organizations"
local pipelines = require "lib.pipelines"
local projects = require "lib.projects"

local events = {}

local function push(body)
  local branch = tostring(body.ref or ""):match("^refs/heads/(.+)$")
  if not branch or type(body.project) ~= "table" or not body.project.path_with_namespace then return { refreshed = 0 } end
  return { refreshed = projects.pushed(body.project, branch, body.commits) }
end

local function pipeline(body)
  local one, project = body.object_attributes, type(body.project) == "table" and body.project or {}
  if type(one) ~= "table" or type(project.path_with_namespace) ~= "string" then return { ignored = true } end
  local host = tostring(project.web_url):match "^https?://([^/]+)"
  known.ran((host or ""):lower(), project.path_with_namespace, { pipelines.row_of(one) })
  return { told = true }
end

local function of(name)
  if name == "push" then return push end
  if name == "pipeline" then return pipeline end
  if name:find("^project_") or name == "repository_update" then return function() return { providers = projects.changed() } end end
  if name:find("^group_") or name:find("^user_") then return function() return { providers = organizations.changed() } end end
end

function events.receive(request)
  local body = type(request.json) == "table" and request.json or {}
  local handler = of(tostring(body.event_name or body.object_kind or ""))
  if not handler then return { json = { ignored = true } } end
  return { status = 202, json = handler(body) }
end

return events
