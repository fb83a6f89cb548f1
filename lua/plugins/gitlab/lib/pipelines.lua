-- The pipelines of the project that an entity names.
local callboard = require "callboard"
local discovery = require "callboard.discovery"

local pipelines = {}

local ANNOTATION = "gitlab.com/project-slug"
local CACHED = 60
local FAILURE_CACHED = 10
local MOST = 25
local TONES = { success = "success", failed = "failure", running = "running", pending = "running", created = "running",
  preparing = "running", waiting_for_resource = "running", scheduled = "running" }
local value = discovery.value

-- The annotation gitlab.com/instance names the host; else it is where the entity's own file is, or the first integration.
local function integration_of(entity)
  local annotations = entity.metadata.annotations
  local place = annotations["backstage.io/source-location"] or annotations["backstage.io/managed-by-location"] or ""
  local host = (annotations["gitlab.com/instance"] or place:match("^url:https?://([^/]+)/") or ""):lower()
  local all = callboard.integrations "gitlab"
  for _, one in ipairs(all) do
    if one.host == host then return one end
  end
  return all[1]
end

local function row_of(pipeline)
  return { number = value(pipeline.iid, pipeline.id), branch = value(pipeline.ref, ""), event = value(pipeline.source, ""),
    status = pipeline.status, tone = TONES[pipeline.status] or "other", url = pipeline.web_url,
    at = callboard.time.parse(value(pipeline.created_at, "")) or callboard.null }
end

local function ask(integration, slug)
  local answer = discovery.ask("the pipelines of " .. slug, { timeout = 4, retries = 0,
    url = ("%s/projects/%s/pipelines?per_page=%d"):format(integration.api, discovery.encode(slug), MOST) })
  local rows = {}
  for i, pipeline in ipairs(answer.json) do rows[i] = row_of(pipeline) end
  return { rows = callboard.array(rows), url = ("%s/%s/-/pipelines"):format(integration.base, slug) }
end

-- {rows, url}, or {why}: a server that does not answer is no failure of the plugin's.
function pipelines.of(entity)
  local slug = entity.metadata.annotations[ANNOTATION]
  local integration = integration_of(entity)
  local key = ("pipelines/%s/%s"):format(integration.host, slug):sub(1, 255)
  local found = callboard.cache.get(key)
  if found then return found end
  local good, answer = pcall(ask, integration, slug)
  if not good then answer = { why = "GitLab does not say: " .. tostring(answer) } end
  callboard.cache.set(key, answer, good and CACHED or FAILURE_CACHED)
  return answer
end

-- The newest few.
function pipelines.latest(entity)
  local found = pipelines.of(entity)
  local rows = found.rows or {}
  return { why = found.why, url = found.url, rows = callboard.array(table.move(rows, 1, math.min(#rows, 5), 1, {})) }
end

return pipelines
