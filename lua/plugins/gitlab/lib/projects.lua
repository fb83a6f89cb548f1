-- catalog.providers.gitlab: the projects of a group, and a Location for each that has a catalog file.
local callboard = require "callboard"
local discovery = require "callboard.discovery"
local api = require "lib.api"

local projects = {}

local PROVIDER = "discovery"
-- GitLab notes at most once an hour that something happened in a project.
local SLACK = 2 * 3600 * 1000
local value = discovery.value

function projects.configured() return discovery.configured("catalog.providers.gitlab", {}) end

local function file_of(config) return (value(config.entityFilename, "catalog-info.yaml"):gsub("^/", "")) end

local function branch_of(config, project)
  return value(config.branch, project.branch) or value(config.fallbackBranch, "master")
end

-- What nobody will ever want is not kept: a change of the configuration reads the list anew.
local function keep(row)
  return { name = row.path_with_namespace, url = row.web_url, branch = value(row.default_branch), archived = row.archived == true,
    fork = value(row.forked_from_project) ~= nil, visibility = value(row.visibility), topics = value(row.topics, callboard.array {}),
    active = callboard.time.parse(value(row.last_activity_at, "")) or 0 }
end

function projects.fits(config, project)
  return (not project.archived or value(config.includeArchivedRepos, false))
    and not (project.fork and value(config.skipForkedRepos, false))
    and not discovery.set(value(config.excludeRepos))[project.name]
    and discovery.fits(value(config.projectPattern), project.name)
    and not (config.branch == "*" and not project.branch)
end

function projects.target(config, project)
  return ("%s/-/blob/%s/%s"):format(project.url, branch_of(config, project), file_of(config))
end

local function list_url(integration, config)
  local group = value(config.group, "")
  local base = group == "" and integration.api .. "/projects?"
    or ("%s/groups/%s/projects?include_subgroups=true&"):format(integration.api, discovery.encode(group))
  local topics = value(config.topics)
  if type(topics) == "table" then topics = table.concat(topics, ",") end
  return base .. "order_by=id&sort=asc"
    .. (value(config.includeArchivedRepos, false) and "" or "&archived=false")
    .. (value(config.membership, false) and "&membership=true" or "")
    .. (topics and "&topic=" .. discovery.encode(topics) or "")
end

local function is_there(integration, config, project)
  if not projects.fits(config, project) then return false end
  local url = ("%s/projects/%s/repository/files/%s?ref=%s"):format(integration.api, discovery.encode(project.name),
    discovery.encode(file_of(config)), discovery.encode(branch_of(config, project)))
  -- 403: a project whose repository is switched off.
  return discovery.ask("the files of " .. project.name, { method = "HEAD", url = url }, { [404] = true, [403] = true }).ok
end

local function list_of(one)
  return { key = PROVIDER .. "/" .. one.id, what = "the projects of " .. value(one.config.group, "GitLab"), keep = keep,
    form = "2 " .. callboard.crypto.sha1(callboard.json.encode(one.config)) }
end

local function read(one, add)
  local config = one.config
  local function each(items)
    local locations = {}
    for _, project in ipairs(items) do
      if project.there and projects.fits(config, project) then
        locations[#locations + 1] = discovery.location(projects.target(config, project), "optional")
      end
    end
    add(locations)
  end
  local list = list_of(one)
  if not one.due then return discovery.kept_pages(list, each) end
  local integration = api.integration(config)
  list.url = list_url(integration, config)
  list.look = function(items, before)
    return discovery.look_for_files(items, before, SLACK, function(project) return is_there(integration, config, project) end)
  end
  discovery.pages(list, each)
end

function projects.run(provider) discovery.run(provider, PROVIDER, projects.configured(), read) end

-- The lists as they were read last: each(page, one, host, at).
function projects.known(each)
  for _, one in ipairs(projects.configured()) do
    local at = discovery.read_at(PROVIDER, one.id)
    if at then
      local host = value(one.config.host, "gitlab.com"):lower()
      discovery.kept_pages(list_of(one), function(page) each(page, one, host, at) end)
    end
  end
end

-- ---- what a webhook tells ----

function projects.pushed(project, branch, commits)
  local watched = {}
  for _, one in ipairs(projects.configured()) do
    local group = value(one.config.group, "")
    local found = { url = project.web_url, branch = value(project.default_branch) }
    local ours = group == "" or project.path_with_namespace:sub(1, #group + 1) == group .. "/"
    if ours and branch == branch_of(one.config, found) then
      watched[#watched + 1] = { id = one.id, target = projects.target(one.config, found), path = file_of(one.config) }
    end
  end
  return discovery.pushed(PROVIDER, watched, commits)
end

function projects.changed()
  local ids = {}
  for i, one in ipairs(projects.configured()) do ids[i] = one.id end
  discovery.ask_for(PROVIDER, ids)
  return #ids
end

return projects
