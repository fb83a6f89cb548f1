-- catalog.providers.gitlab with orgEnabled: people and groups, as User and Group entities.
local callboard = require "callboard"
local discovery = require "callboard.discovery"
local api = require "lib.api"

local organizations = {}

local PROVIDER = "organization"
local RELATIONS = discovery.set { "DIRECT", "INHERITED", "DESCENDANTS", "SHARED_FROM_GROUPS" }
local value = discovery.value

function organizations.configured()
  local found = {}
  for _, one in ipairs(discovery.configured("catalog.providers.gitlab", {})) do
    if value(one.config.orgEnabled, false) then found[#found + 1] = one end
  end
  return found
end

local MEMBERS = [[
query($group: ID!, $relations: [GroupMemberRelation!], $cursor: String) {
  group(fullPath: $group) {
    groupMembers(first: 100, relations: $relations, after: $cursor) {
      nodes { user { username } }
      pageInfo { hasNextPage endCursor }
    }
  }
}]]

-- ---- who and what ----

local function all_of(one, name, integration, path)
  local rows = {}
  discovery.pages({ key = ("%s/%s/%s"):format(PROVIDER, one.id, name), what = "the " .. name .. " of " .. integration.host,
    url = integration.api .. path, form = "1", keep = one.keep[name] },
    function(items) table.move(items, 1, #items, #rows + 1, rows) end)
  return rows
end

local function keep_user(row)
  return { username = row.username, name = value(row.name), email = value(row.email), state = row.state, url = row.web_url,
    picture = value(row.avatar_url), saml = value(value(row.group_saml_identity, {}).extern_uid), seat = value(row.is_using_seat) }
end

local function keep_group(row)
  return { id = row.id, path = row.full_path, name = row.name, description = value(row.description, ""), parent = value(row.parent_id),
    visibility = value(row.visibility) }
end

local function below(one, integration, group)
  local groups = all_of(one, "groups", integration, ("/groups/%s/descendant_groups"):format(discovery.encode(group)))
  local answer = discovery.ask("the group " .. group,
    { url = ("%s/groups/%s?with_projects=false"):format(integration.api, discovery.encode(group)) })
  groups[#groups + 1] = keep_group(answer.json)
  return groups
end

-- On a server of one's own everybody belongs to the company; on gitlab.com only who is in the top group.
local function read_lists(one, integration)
  local config, group = one.config, value(one.config.group, "")
  local restricted = value(config.restrictUsersToGroup, false)
  if integration.host ~= "gitlab.com" and not restricted then
    return all_of(one, "groups", integration, "/groups?all_available=true&order_by=id"),
      all_of(one, "users", integration, "/users?active=true")
  end
  if group == "" then error(one.id .. ": group is missing", 0) end
  local all = integration.host == "gitlab.com"
  local top = restricted and group or group:match("^[^/]+")
  local path = ("/groups/%s/members%s"):format(discovery.encode(top), all and "/all?show_seat_info=true" or "")
  return below(one, integration, group), all_of(one, "users", integration, path)
end

local function user_fits(config, user)
  return user.state == "active" and discovery.fits(value(config.userPattern), user.email or user.username)
    and (user.seat ~= false or value(config.includeUsersWithoutSeat, false))
end

local function group_fits(config, group)
  local top, patterns = value(config.group, ""), value(config.groupPattern)
  if top ~= "" and group.path ~= top and group.path:sub(1, #top + 1) ~= top .. "/" then return false end
  if type(patterns) ~= "table" then return discovery.fits(patterns, group.path) end
  for _, pattern in ipairs(patterns) do
    if discovery.fits(pattern, group.path) then return true end
  end
  return #patterns == 0
end

-- DIRECT always; allowInherited is how it was said before there was relations.
local function relations_of(one)
  local found, list = { DIRECT = true }, callboard.array { "DIRECT" }
  local more = value(one.config.relations) or value(one.config.allowInherited, false) and { "INHERITED" } or {}
  for _, relation in ipairs(more) do
    if not RELATIONS[relation] then error(one.id .. ": relations: there is no " .. tostring(relation), 0) end
    if not found[relation] then list[#list + 1] = relation end
    found[relation] = true
  end
  return list
end

-- ---- entities ----

local function group_name(config, path)
  local top = value(config.group, "")
  if top ~= "" and path:sub(1, #top + 1) == top .. "/" then path = path:sub(#top + 2) end
  return (path:gsub("/", "-"))
end

local function user_entity(user, integration, groups)
  return discovery.annotate({
    apiVersion = "backstage.io/v1alpha1",
    kind = "User",
    metadata = { name = user.username,
      annotations = { [integration.host .. "/user-login"] = user.url, [integration.host .. "/saml-external-uid"] = user.saml } },
    spec = { memberOf = callboard.array(groups), profile = { displayName = user.name, email = user.email, picture = user.picture } },
  }, ("url:%s/%s"):format(integration.base, user.username))
end

local function group_entity(config, group, integration, parent)
  return discovery.annotate({
    apiVersion = "backstage.io/v1alpha1",
    kind = "Group",
    metadata = { name = group_name(config, group.path), description = group.description ~= "" and group.description or nil,
      annotations = { [integration.host .. "/team-path"] = group.path, [integration.host .. "/visibility"] = group.visibility } },
    spec = { type = "team", children = callboard.array {}, parent = parent and group_name(config, parent.path),
      profile = { displayName = group.name } },
  }, ("url:%s/%s"):format(integration.base, group.path))
end

-- Adds a group's name to those of its members; does it have any?
local function add_members(one, integration, group, users)
  local any = false
  api.connection(integration, "the members of " .. group.path, MEMBERS, { group = group.path, relations = relations_of(one) },
    function(data) return value(value(data.group, {}).groupMembers) end,
    function(nodes)
      for _, node in ipairs(nodes) do
        local user = users[value(node.user, {}).username or ""]
        if user then
          any = true
          table.insert(user.groups, group_name(one.config, group.path))
        end
      end
    end)
  return any
end

local function read_all(one)
  local config, integration = one.config, api.integration(one.config)
  one.keep = { users = keep_user, groups = keep_group }
  local groups, people = read_lists(one, integration)
  local users, by_id, entities = {}, {}, {}
  for _, user in ipairs(people) do
    if user_fits(config, user) then users[user.username] = { user = user, groups = {} } end
  end
  local kept = {}
  for _, group in ipairs(groups) do
    -- As with Backstage, a group in which nobody is does not come.
    if group_fits(config, group) and add_members(one, integration, group, users) then
      kept[#kept + 1], by_id[group.id] = group, group
    end
  end
  for _, user in ipairs(people) do
    local found = users[user.username]
    if found and found.user == user then entities[#entities + 1] = user_entity(user, integration, found.groups) end
  end
  for _, group in ipairs(kept) do entities[#entities + 1] = group_entity(config, group, integration, by_id[group.parent or 0]) end
  return entities
end

local function read(one, add)
  discovery.whole({ key = ("%s/%s/entities"):format(PROVIDER, one.id), form = "1" }, one, add, function() return read_all(one) end)
end

function organizations.run(provider) discovery.run(provider, PROVIDER, organizations.configured(), read) end

function organizations.changed()
  local ids = {}
  for i, one in ipairs(organizations.configured()) do ids[i] = one.id end
  discovery.ask_for(PROVIDER, ids)
  return #ids
end

return organizations
