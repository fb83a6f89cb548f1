-- The pipelines of the project that an entity names.
local callboard = require "callboard"
local discovery = require "callboard.discovery"
local runs = require "callboard.runs"
local api = require "lib.api"
local known = require "lib.known"

local pipelines = {}

local ANNOTATION = "gitlab.com/project-slug"
local MOST = 25
local TONES = { success = "success", failed = "failure", running = "running", pending = "running", created = "running",
  preparing = "running", waiting_for_resource = "running", scheduled = "running" }
local value = discovery.value

-- A webhook writes "2026-01-02 03:04:05 UTC".
local function time_of(text)
  return callboard.time.parse((text:gsub("^(%S+) (%S+) UTC$", "%1T%2Z"))) or callboard.null
end

function pipelines.row_of(pipeline)
  return { number = value(pipeline.iid, pipeline.id), branch = value(pipeline.ref, ""), event = value(pipeline.source, ""),
    status = pipeline.status, tone = TONES[pipeline.status] or "other", url = pipeline.web_url,
    at = time_of(value(pipeline.created_at, "")) }
end

local function ask(integration, slug)
  local answer = discovery.ask("the pipelines of " .. slug, { timeout = 4, retries = 0,
    url = ("%s/projects/%s/pipelines?per_page=%d"):format(integration.api, discovery.encode(slug), MOST) })
  local rows = {}
  for i, pipeline in ipairs(answer.json) do rows[i] = pipelines.row_of(pipeline) end
  return { rows = callboard.array(rows), url = ("%s/%s/-/pipelines"):format(integration.base, slug) }
end

-- {rows, url}, or {why}.
function pipelines.of(entity)
  local slug = entity.metadata.annotations[ANNOTATION]
  local integration = api.integration_of(entity)
  return runs.of { server = "GitLab", host = integration.host, slug = slug,
    ask = function() return ask(integration, slug) end,
    tell = function(rows) known.ran(integration.host, slug, rows) end }
end

-- The newest few.
function pipelines.latest(entity)
  local found = pipelines.of(entity)
  local rows = found.rows or {}
  return { why = found.why, url = found.url, rows = callboard.array(table.move(rows, 1, math.min(#rows, 5), 1, {})) }
end

return pipelines
