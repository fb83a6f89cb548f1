-- The runs of GitHub Actions of the repository that an entity names.
local callboard = require "callboard"
local discovery = require "callboard.discovery"
local runs = require "callboard.runs"
local api = require "lib.api"
local known = require "lib.known"

local actions = {}

local ANNOTATION = "github.com/project-slug"
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

-- {rows, url}, or {why}.
function actions.of(entity)
  local slug = entity.metadata.annotations[ANNOTATION]
  if not slug:match("^[%w%-_.]+/[%w%-_.]+$") then return { why = ("The annotation %s must be OWNER/NAME."):format(ANNOTATION) } end
  local integration = api.integration_of(entity)
  return runs.of { server = "GitHub", host = integration.host, slug = slug,
    ask = function() return ask(integration, slug) end,
    tell = function(rows) known.ran(integration.host, slug, rows) end }
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
