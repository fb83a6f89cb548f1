-- catalog.providers.githubOrg: the people and teams of organizations, as User and Group entities.
local callboard = require "callboard"
local discovery = require "callboard.discovery"
local api = require "lib.api"

local organizations = {}

local PROVIDER = "organization"
local value = discovery.value

function organizations.configured() return discovery.configured("catalog.providers.githubOrg", { "githubUrl", "orgs" }) end

local USERS = [[
query($org: String!, $cursor: String) {
  organization(login: $org) {
    membersWithRole(first: 100, after: $cursor) {
      nodes { login name email bio avatarUrl organizationVerifiedDomainEmails(login: $org) }
      pageInfo { hasNextPage endCursor }
    }
  }
}]]

local TEAMS = [[
query($org: String!, $cursor: String) {
  organization(login: $org) {
    teams(first: 50, after: $cursor) {
      nodes {
        slug combinedSlug name description avatarUrl editTeamUrl
        parentTeam { slug }
        members(first: 100, membership: IMMEDIATE) { nodes { login } pageInfo { hasNextPage } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}]]

local MEMBERS = [[
query($org: String!, $team: String!, $cursor: String) {
  organization(login: $org) {
    team(slug: $team) {
      members(first: 100, after: $cursor, membership: IMMEDIATE) { nodes { login } pageInfo { hasNextPage endCursor } }
    }
  }
}]]

local function text(v)
  v = value(v)
  return type(v) == "string" and v ~= "" and v or nil
end

-- Organizations that see a person's address only through a verified domain have it there.
local function email_of(node)
  return text(node.email) or text(value(node.organizationVerifiedDomainEmails, {})[1])
end

local function user_of(node, base)
  return discovery.annotate({
    apiVersion = "backstage.io/v1alpha1",
    kind = "User",
    metadata = { name = node.login, description = text(node.bio), annotations = { ["github.com/user-login"] = node.login } },
    spec = { memberOf = callboard.array {},
      profile = { displayName = text(node.name), email = email_of(node), picture = text(node.avatarUrl) } },
  }, ("url:%s/%s"):format(base, node.login))
end

local function members_of(integration, org, node)
  local logins = {}
  local function add(nodes)
    for _, one in ipairs(nodes) do logins[#logins + 1] = one.login end
  end
  if not node.members.pageInfo.hasNextPage then
    add(node.members.nodes)
    return logins
  end
  api.connection(integration, ("the members of %s/%s"):format(org, node.slug), MEMBERS, { org = org, team = node.slug },
    function(data) return value(value(data.organization, {}).team, {}).members end, add)
  return logins
end

local function team_of(node, org, base, namespace, logins)
  local annotations = { ["github.com/team-slug"] = node.combinedSlug, ["backstage.io/edit-url"] = text(node.editTeamUrl) }
  local members = {}
  for i, login in ipairs(logins) do members[i] = namespace and "default/" .. login or login end
  return discovery.annotate({
    apiVersion = "backstage.io/v1alpha1",
    kind = "Group",
    metadata = { name = node.slug, namespace = namespace, description = text(node.description), annotations = annotations },
    spec = { type = "team", children = callboard.array {}, parent = value(node.parentTeam, {}).slug, members = callboard.array(members),
      profile = { displayName = text(node.name), picture = text(node.avatarUrl) } },
  }, ("url:%s/orgs/%s/teams/%s"):format(base, org, node.slug))
end

local function add_children(teams)
  local by_name = {}
  for _, team in ipairs(teams) do by_name[team.metadata.name] = team end
  for _, team in ipairs(teams) do
    local parent = by_name[team.spec.parent or ""]
    if parent then table.insert(parent.spec.children, team.metadata.name) end
  end
end

-- users: by login, of all organizations; a person of two is one entity.
local function read_organization(integration, org, namespace, users)
  local teams, org_users = {}, {}
  api.connection(integration, "the members of " .. org, USERS, { org = org },
    function(data) return value(data.organization, {}).membersWithRole end,
    function(nodes)
      for _, node in ipairs(nodes) do
        local key = node.login:lower()
        users[key] = users[key] or user_of(node, integration.base)
        org_users[key] = users[key]
      end
    end)
  api.connection(integration, "the teams of " .. org, TEAMS, { org = org },
    function(data) return value(data.organization, {}).teams end,
    function(nodes)
      for _, node in ipairs(nodes) do
        local logins = members_of(integration, org, node)
        for _, login in ipairs(logins) do
          local user = org_users[login:lower()]
          if user then table.insert(user.spec.memberOf, namespace and namespace .. "/" .. node.slug or node.slug) end
        end
        teams[#teams + 1] = team_of(node, org, integration.base, namespace, logins)
      end
    end)
  add_children(teams)
  return teams
end

local function host_of(config)
  local url = value(config.githubUrl, "https://github.com")
  return url:match("^https?://([^/]+)") or error("githubUrl is no URL: " .. url, 0)
end

local function orgs_of(one)
  local orgs = value(one.config.orgs, {})
  if type(orgs) == "string" then orgs = { orgs } end
  if #orgs == 0 then error(one.id .. ": orgs is missing; which ones there are can only an app tell, and apps are not possible here", 0) end
  return orgs
end

local function sorted(users)
  local list = {}
  for _, user in pairs(users) do list[#list + 1] = user end
  table.sort(list, function(a, b) return a.metadata.name < b.metadata.name end)
  return list
end

local function read_all(one)
  local integration = discovery.integration("github", host_of(one.config))
  local orgs, users, teams = orgs_of(one), {}, {}
  for _, org in ipairs(orgs) do
    -- Teams of several organizations may have the same name: then each is in a namespace of its own.
    for _, team in ipairs(read_organization(integration, org, #orgs > 1 and org:lower() or nil, users)) do teams[#teams + 1] = team end
  end
  local all = sorted(users)
  for _, team in ipairs(teams) do all[#all + 1] = team end
  return all
end

local function read(one, add)
  discovery.whole({ key = PROVIDER .. "/" .. one.id, form = "1" }, one, add, function() return read_all(one) end)
end

function organizations.run(provider) discovery.run(provider, PROVIDER, organizations.configured(), read) end

function organizations.changed(organization)
  local ids = {}
  for _, one in ipairs(organizations.configured()) do
    for _, org in ipairs(value(one.config.orgs, {})) do
      if org:lower() == organization:lower() then ids[#ids + 1] = one.id end
    end
  end
  discovery.ask_for(PROVIDER, ids)
  return #ids
end

return organizations
