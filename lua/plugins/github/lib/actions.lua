-- The runs of GitHub Actions of the repository that an entity names.
local callboard = require "callboard"
local discovery = require "callboard.discovery"
local api = require "lib.api"
local known = require "lib.known"

local actions = {}

local ANNOTATION = "github.com/project-slug"
local CACHED = 60
local FAILURE_CACHED = 10
local MOST = 25
local value = discovery.value

-- "success", "failure", "running" or "other": how a run is shown.
local function tone_of(run)
  if run.status ~= "completed" then return "running" end
  if run.conclusion == "success" then return "success" end
  local bad = { failure = true, timed_out = true, startup_failure = true, action_required = true }
  return bad[run.conclusion] and "failure" or "other"
end

function actions.row_of(run)
  local actor = value(run.triggering_actor, value(run.actor, {}))
  return { workflow = value(run.name, ""), title = value(run.display_title, ""), number = run.run_number,
    branch = value(run.head_branch, ""), event = value(run.event, ""), tone = tone_of(run),
    status = value(run.conclusion, run.status), who = value(actor.login, ""),
    at = callboard.time.parse(value(run.run_started_at, value(run.created_at, ""))) or callboard.null,
    url = run.html_url }
end

local function ask(integration, slug)
  local answer = api.get(integration, "the runs of " .. slug,
    ("/repos/%s/actions/runs?per_page=%d"):format(discovery.encode_path(slug), MOST))
  local rows = {}
  for i, run in ipairs(answer.json.workflow_runs) do rows[i] = actions.row_of(run) end
  return { rows = callboard.array(rows), url = ("%s/%s/actions"):format(integration.base, slug) }
end

-- {rows, url}, or {why}: a server that does not answer is no failure of the plugin's.
function actions.of(entity)
  local slug = entity.metadata.annotations[ANNOTATION]
  if not slug:match("^[%w%-_.]+/[%w%-_.]+$") then return { why = ("The annotation %s must be OWNER/NAME."):format(ANNOTATION) } end
  local integration = api.integration_of(entity)
  local key = ("runs/%s/%s"):format(integration.host, slug):sub(1, 255)
  local found = callboard.cache.get(key)
  if found then return found end
  local good, answer = pcall(ask, integration, slug)
  if good then
    known.ran(integration.host, slug, answer.rows)
  else
    answer = { why = "GitHub does not say: " .. tostring(answer) }
  end
  callboard.cache.set(key, answer, good and CACHED or FAILURE_CACHED)
  return answer
end

-- The newest run of each workflow.
function actions.latest(entity)
  local found, seen, rows = actions.of(entity), {}, {}
  for _, row in ipairs(found.rows or {}) do
    if not seen[row.workflow] then
      seen[row.workflow] = true
      rows[#rows + 1] = row
    end
  end
  return { why = found.why, url = found.url, rows = callboard.array(rows) }
end

return actions
