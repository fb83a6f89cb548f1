-- catalog.providers.github: the repositories of an organization, and a Location for the catalog file of each that fits.
local callboard = require "callboard"
local discovery = require "callboard.discovery"
local api = require "lib.api"

local repositories = {}

local PATH = "/catalog-info.yaml"
local PROVIDER = "discovery"
local value = discovery.value

function repositories.configured() return discovery.configured("catalog.providers.github", { "organization", "app" }) end

local function host(config) return value(config.host, "github.com") end

local function path(config) return (value(config.catalogPath, PATH):gsub("^/", "")) end

local function check(one)
  local config = one.config
  if value(config.app) ~= nil then
    error(one.id .. ": app is not possible here; name an organization and give the integration a token", 0)
  end
  if type(config.organization) ~= "string" then error(one.id .. ": organization is missing", 0) end
  if config.validateLocationsExist == true and path(config):find("*", 1, true) then
    error(one.id .. ": validateLocationsExist cannot look for a catalogPath with a '*'", 0)
  end
end

-- ---- what fits ----

local function topics_fit(filter, topics)
  local include, exclude = discovery.set(value(filter.include)), discovery.set(value(filter.exclude))
  local wanted = not next(include)
  for _, topic in ipairs(topics) do
    if exclude[topic] then return false end
    wanted = wanted or include[topic] or false
  end
  return wanted
end

local function visibility_fits(wanted, visibility)
  if not wanted or #wanted == 0 then return true end
  for _, one in ipairs(wanted) do
    if one:lower() == visibility then return true end
  end
  return false
end

function repositories.fits(config, repository)
  local filters = value(config.filters, {})
  return (not repository.archived or value(filters.allowArchived, false))
    and (not repository.fork or value(filters.allowForks, true))
    and visibility_fits(value(filters.visibility), repository.visibility)
    and topics_fit(value(filters.topic, {}), repository.topics)
    and discovery.fits(value(filters.repository), repository.name, true)
    and (not config.validateLocationsExist or repository.there == true)
    and repository.branch ~= nil
end

function repositories.target(config, repository)
  local branch = value(value(config.filters, {}).branch, repository.branch)
  return ("%s/blob/%s/%s"):format(repository.url, branch, path(config))
end

-- ---- lists ----

local function from_rest(row)
  return { name = row.name, url = row.html_url, branch = value(row.default_branch), archived = row.archived == true,
    fork = row.fork == true, pushed = value(row.pushed_at),
    visibility = value(row.visibility, row.private and "private" or "public"), topics = callboard.array(value(row.topics, {})) }
end

local function from_graphql(node)
  local topics = {}
  for _, one in ipairs(node.repositoryTopics.nodes) do topics[#topics + 1] = one.topic.name end
  return { name = node.name, url = node.url, branch = value(node.defaultBranchRef, {}).name, archived = node.isArchived,
    fork = node.isFork, pushed = value(node.pushedAt), pulls = value(node.pullRequests, {}).totalCount,
    visibility = node.visibility:lower(), topics = callboard.array(topics), there = value(node.catalogFile) ~= nil }
end

local QUERY = [[
query($org: String!, $file: String!, $cursor: String) {
  repositoryOwner(login: $org) {
    repositories(first: 100, after: $cursor, ownerAffiliations: OWNER) {
      nodes {
        name url isArchived isFork visibility pushedAt
        defaultBranchRef { name }
        pullRequests(states: OPEN) { totalCount }
        catalogFile: object(expression: $file) { __typename }
        repositoryTopics(first: 100) { nodes { topic { name } } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}]]

-- Whether the file is there comes with the list, in GraphQL only.
local function read_validated(one, integration, list, each)
  local config = one.config
  local variables = { org = config.organization, file = value(value(config.filters, {}).branch, "HEAD") .. ":" .. path(config) }
  local pages = api.connection(integration, list.what, QUERY, variables,
    function(data) return value(data.repositoryOwner, {}).repositories end,
    function(nodes, number)
      local items = {}
      for i, node in ipairs(nodes) do items[i] = from_graphql(node) end
      discovery.keep_page(list, number, items)
      each(items)
    end)
  discovery.forget_pages(list, pages)
end

-- An organization's repositories are elsewhere than a user's.
local function owner_url(integration, organization)
  local name = discovery.encode(organization)
  local answer = discovery.ask("the organization " .. organization,
    { url = ("%s/orgs/%s"):format(integration.api, name), headers = api.HEADERS }, { [404] = true })
  if answer.status == 404 then return ("%s/users/%s/repos?type=owner&sort=full_name"):format(integration.api, name) end
  return ("%s/orgs/%s/repos?type=all&sort=full_name"):format(integration.api, name)
end

local function list_of(one)
  return { key = PROVIDER .. "/" .. one.id, what = "the repositories of " .. one.config.organization, headers = api.HEADERS,
    keep = from_rest, form = one.config.validateLocationsExist == true and "graphql-2" or "rest-2" }
end

local function read(one, add)
  local config = one.config
  check(one)
  local seen = {}
  local function each(items)
    local locations = {}
    for _, repository in ipairs(items) do
      local target = repositories.fits(config, repository) and repositories.target(config, repository)
      if target and not seen[target] then
        seen[target] = true
        locations[#locations + 1] = discovery.location(target, "optional")
      end
    end
    add(locations)
  end
  local list = list_of(one)
  if not one.due then return discovery.kept_pages(list, each) end
  local integration = discovery.integration("github", host(config))
  if config.validateLocationsExist == true then return read_validated(one, integration, list, each) end
  list.url = owner_url(integration, config.organization)
  discovery.pages(list, each)
end

function repositories.run(provider) discovery.run(provider, PROVIDER, repositories.configured(), read) end

-- The lists as they were read last: each(page, one, host, at).
function repositories.known(each)
  for _, one in ipairs(repositories.configured()) do
    local at = discovery.read_at(PROVIDER, one.id)
    if at then
      discovery.kept_pages(list_of(one), function(page) each(page, one, host(one.config):lower(), at) end)
    end
  end
end

-- ---- what a webhook tells ----

-- The providers that look at an organization.
local function of(organization)
  local found = {}
  for _, one in ipairs(repositories.configured()) do
    if tostring(one.config.organization):lower() == organization:lower() then found[#found + 1] = one end
  end
  return found
end

function repositories.changed(organization)
  local ids = {}
  for _, one in ipairs(of(organization)) do ids[#ids + 1] = one.id end
  discovery.ask_for(PROVIDER, ids)
  return #ids
end

function repositories.pushed(organization, repository, branch, commits)
  local watched = {}
  for _, one in ipairs(of(organization)) do
    local wanted = value(value(one.config.filters, {}).branch, repository.default_branch)
    if branch == wanted then
      local found = { url = repository.html_url, branch = repository.default_branch }
      watched[#watched + 1] = { id = one.id, target = repositories.target(one.config, found), path = path(one.config) }
    end
  end
  return discovery.pushed(PROVIDER, watched, commits)
end

return repositories
