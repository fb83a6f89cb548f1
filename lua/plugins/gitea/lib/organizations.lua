-- catalog.providers.gitea with orgEnabled: the people and teams of an organization, as User and Group entities.
local callboard = require "callboard"
local discovery = require "callboard.discovery"
local repositories = require "lib.repositories"

local organizations = {}

local PROVIDER = "organization"
local value = discovery.value

local function configured()
  local found = {}
  for _, one in ipairs(repositories.configured()) do
    if value(one.config.orgEnabled, false) then found[#found + 1] = one end
  end
  return found
end

local function all_of(one, name, what, url, keep)
  local rows = {}
  discovery.pages({ key = ("%s/%s/%s"):format(PROVIDER, one.id, name), what = what, url = url, form = "1", keep = keep, size = 50,
    size_name = "limit" },
    function(items) table.move(items, 1, #items, #rows + 1, rows) end)
  return rows
end

local function text(v)
  v = value(v)
  return type(v) == "string" and v ~= "" and v or nil
end

local function keep_user(row)
  return { login = row.login, name = text(row.full_name), email = text(row.email), picture = text(row.avatar_url) }
end

local function keep_team(row) return { id = row.id, name = row.name, description = text(row.description) } end

-- A team may be called what no entity can be.
local function entity_name(name)
  name = name:gsub("[^%w%-_.]+", "-"):gsub("^[^%w]+", ""):gsub("[^%w]+$", "")
  return name:sub(1, 63)
end

local function user_entity(user, base, groups)
  return discovery.annotate({
    apiVersion = "backstage.io/v1alpha1",
    kind = "User",
    metadata = { name = user.login, annotations = { ["gitea.com/user-login"] = user.login } },
    spec = { memberOf = callboard.array(groups), profile = { displayName = user.name, email = user.email, picture = user.picture } },
  }, ("url:%s/%s"):format(base, user.login))
end

local function team_entity(team, organization, base, members)
  return discovery.annotate({
    apiVersion = "backstage.io/v1alpha1",
    kind = "Group",
    metadata = { name = entity_name(team.name), description = team.description,
      annotations = { ["gitea.com/team-name"] = organization .. "/" .. team.name } },
    spec = { type = "team", children = callboard.array {}, members = callboard.array(members), profile = { displayName = team.name } },
  }, ("url:%s/org/%s/teams/%s"):format(base, organization, discovery.encode(team.name)))
end

local function read_all(one)
  local organization, integration = one.config.organization, repositories.integration(one.config)
  local url = ("%s/orgs/%s/"):format(integration.api, discovery.encode(organization))
  local users = all_of(one, "users", "the members of " .. organization, url .. "members", keep_user)
  local teams = all_of(one, "teams", "the teams of " .. organization, url .. "teams", keep_team)
  local groups, entities = {}, {}
  for _, user in ipairs(users) do groups[user.login] = {} end
  for _, team in ipairs(teams) do
    local logins = {}
    local members = all_of(one, "team-" .. team.id, ("the members of %s/%s"):format(organization, team.name),
      ("%s/teams/%d/members"):format(integration.api, team.id), keep_user)
    for _, member in ipairs(members) do
      logins[#logins + 1] = member.login
      if groups[member.login] then table.insert(groups[member.login], entity_name(team.name)) end
    end
    entities[#entities + 1] = team_entity(team, organization, integration.base, logins)
  end
  for _, user in ipairs(users) do entities[#entities + 1] = user_entity(user, integration.base, groups[user.login]) end
  return entities
end

local function read(one, add)
  discovery.whole({ key = ("%s/%s/entities"):format(PROVIDER, one.id), form = "1" }, one, add, function() return read_all(one) end)
end

function organizations.run(provider) discovery.run(provider, PROVIDER, configured(), read) end

return organizations
