-- GitLab's two APIs, as the integration of a host has them.
local callboard = require "callboard"
local discovery = require "callboard.discovery"
local facts = require "callboard.facts"

local api = {}
local value = discovery.value

function api.integration(config) return discovery.integration("gitlab", value(config.host, "gitlab.com")) end

-- The annotation gitlab.com/instance names the host; else it is where the entity's own file is, or the first integration.
function api.integration_of(entity)
  local host = ((entity.metadata.annotations or {})["gitlab.com/instance"] or facts.host(entity)):lower()
  local all = callboard.integrations "gitlab"
  for _, one in ipairs(all) do
    if one.host == host then return one end
  end
  return all[1] or error("integrations.gitlab has no entry", 0)
end

-- What a query answers with; GitLab says with status 200 as well that it did not work.
local function query(integration, what, text, variables)
  local url = integration.api:gsub("/v4$", "") .. "/graphql"
  local answer = discovery.ask(what, { method = "POST", url = url, retries = 2, json = { query = text, variables = variables } })
  local body = type(answer.json) == "table" and answer.json or {}
  local first = type(body.errors) == "table" and body.errors[1]
  if first then error(("%s: %s"):format(what, tostring(value(first.message, "it did not work"))), 0) end
  return value(body.data, {})
end

-- Goes through a connection page by page, as GitHub's are.
function api.connection(integration, what, text, variables, find, each)
  local cursor
  repeat
    variables.cursor = cursor
    local connection = find(query(integration, what, text, variables))
    if type(connection) ~= "table" then error(what .. ": it is not there, or the token may not see it", 0) end
    each(connection.nodes)
    cursor = connection.pageInfo.hasNextPage and connection.pageInfo.endCursor or nil
  until not cursor
end

return api
