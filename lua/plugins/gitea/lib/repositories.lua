-- catalog.providers.gitea: the repositories of an organization, and a Location for each that has a catalog file.
local callboard = require "callboard"
local discovery = require "callboard.discovery"

local repositories = {}

local PROVIDER = "discovery"
-- The server notes a push at once; its clock may be another.
local SLACK = 5 * 60 * 1000
local value = discovery.value

function repositories.configured() return discovery.configured("catalog.providers.gitea", {}) end

function repositories.integration(config)
  if type(config.host) ~= "string" then error("catalog.providers.gitea: host is missing", 0) end
  return discovery.integration("gitea", config.host)
end

local function branch_of(config) return value(config.branch, "main") end

local function path_of(config) return (value(config.catalogPath, "catalog-info.yaml"):gsub("^/", "")) end

local function keep(row)
  if row.empty == true then return nil end
  return { name = row.name, url = row.html_url, active = callboard.time.parse(value(row.updated_at, "")) or 0 }
end

function repositories.target(config, url) return ("%s/src/branch/%s/%s"):format(url, branch_of(config), path_of(config)) end

local function is_there(integration, config, repository)
  local url = ("%s/repos/%s/%s/contents/%s?ref=%s"):format(integration.api, discovery.encode(config.organization),
    discovery.encode(repository.name), discovery.encode_path(path_of(config)), discovery.encode(branch_of(config)))
  return discovery.ask("the files of " .. repository.name, { url = url }, { [404] = true }).ok
end

local function read(one, add)
  local config = one.config
  if type(config.organization) ~= "string" then error(one.id .. ": organization is missing", 0) end
  local function each(items)
    local locations = {}
    for _, repository in ipairs(items) do
      if repository.there then locations[#locations + 1] = discovery.location(repositories.target(config, repository.url)) end
    end
    add(locations)
  end
  local list = { key = PROVIDER .. "/" .. one.id, what = "the repositories of " .. config.organization, keep = keep, size = 50,
    size_name = "limit", form = "1 " .. callboard.crypto.sha1(callboard.json.encode(config)) }
  if not one.due then return discovery.kept_pages(list, each) end
  local integration = repositories.integration(config)
  list.url = ("%s/orgs/%s/repos"):format(integration.api, discovery.encode(config.organization))
  list.look = function(items, before)
    return discovery.look_for_files(items, before, SLACK, function(repository) return is_there(integration, config, repository) end)
  end
  discovery.pages(list, each)
end

function repositories.run(provider) discovery.run(provider, PROVIDER, repositories.configured(), read) end

function repositories.pushed(organization, url, branch, commits)
  local watched = {}
  for _, one in ipairs(repositories.configured()) do
    if tostring(one.config.organization):lower() == organization:lower() and branch == branch_of(one.config) then
      watched[#watched + 1] = { id = one.id, target = repositories.target(one.config, url), path = path_of(one.config) }
    end
  end
  return discovery.pushed(PROVIDER, watched, commits)
end

function repositories.changed(organization)
  local ids = {}
  for _, one in ipairs(repositories.configured()) do
    if tostring(one.config.organization):lower() == organization:lower() then ids[#ids + 1] = one.id end
  end
  discovery.ask_for(PROVIDER, ids)
  return #ids
end

return repositories
