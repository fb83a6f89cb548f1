-- GitHub's two APIs, as the integration of a host has them.
local callboard = require "callboard"
local discovery = require "callboard.discovery"
local facts = require "callboard.facts"

local api = {}

api.HEADERS = { Accept = "application/vnd.github+json", ["X-GitHub-Api-Version"] = "2022-11-28" }

-- GitHub Enterprise has https://HOST/api/v3 and https://HOST/api/graphql, github.com https://api.github.com/graphql.
local function graphql_url(integration)
  local base = integration.api:match("^(.*)/v3$")
  return (base or integration.api) .. "/graphql"
end

-- What a query about the organization `variables.org` answers with; GitHub says with status 200 as well that it did not work.
function api.query(integration, what, query, variables)
  local answer = discovery.ask(what, { method = "POST", url = graphql_url(integration), owner = variables.org, retries = 2,
    json = { query = query, variables = variables } })
  local body = type(answer.json) == "table" and answer.json or {}
  local first = type(body.errors) == "table" and body.errors[1]
  if first then error(("%s: %s"):format(what, tostring(discovery.value(first.message, first.type))), 0) end
  if type(body.data) ~= "table" then error(what .. ": the answer has no data", 0) end
  return body.data
end

--[[
Goes through a connection page by page. find(data) gives the connection in an answer, nil when what was asked for is not there;
each(nodes, number) gets its nodes.
]]
function api.connection(integration, what, query, variables, find, each)
  local number, cursor = 1, nil
  repeat
    variables.cursor = cursor
    local connection = find(api.query(integration, what, query, variables))
    if type(connection) ~= "table" then error(what .. ": there is no such organization or team, or the token may not see it", 0) end
    each(connection.nodes, number)
    number, cursor = number + 1, connection.pageInfo.hasNextPage and connection.pageInfo.endCursor or nil
  until not cursor
  return number
end

-- That of the host where the entity's own file is, if it is one of GitHub's; else the first one.
function api.integration_of(entity)
  local host, all = facts.host(entity), callboard.integrations "github"
  for _, one in ipairs(all) do
    if one.host == host and one.api ~= "" then return one end
  end
  for _, one in ipairs(all) do
    if one.api ~= "" then return one end
  end
  error("integrations.github has no entry with an API", 0)
end

-- A list of the REST API, for callboard.http alone: what a tab shows.
function api.get(integration, what, path)
  return discovery.ask(what, { url = integration.api .. path, headers = api.HEADERS, timeout = 4, retries = 0 })
end

return api
