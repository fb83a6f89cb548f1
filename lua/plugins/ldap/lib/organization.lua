--[[
Users and groups of one directory. Who belongs where is said by either side, or by both, in DNs, names or UUIDs. All groups are read
first and kept; users come and go in parts, so that a large directory needs no more memory than its groups and their members.
]]
local callboard = require "callboard"
local discovery = require "callboard.discovery"
local directory = require "lib.directory"
local entities = require "lib.entities"

local organization = {}

-- What is kept, and what is handed on, is limited.
local PART = 50

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return callboard.array(list)
end

local function in_parts(list, each)
  for first = 1, #list, PART do each(table.move(list, first, math.min(first + PART - 1, #list), 1, {})) end
end

local function put(sets, key, name)
  sets[key] = sets[key] or {}
  sets[key][name] = true
end

-- ---- groups ----

--[[
What is known about groups:
  list     {ref, entity}, by name    refs      from what they are called to their refs
  parents, children  sets of refs by ref
  members  from what is called a member to the set of the groups that say so
  above    {ref, names}: of whom groups say that they belong to them
]]
local function read_groups(one, vendor)
  local known = { list = {}, refs = {}, parents = {}, children = {}, members = {}, above = {} }
  for _, part in ipairs(directory.branches(one.config, "groups")) do
    directory.read(one.config, vendor, part, function(page)
      for _, entry in ipairs(page) do
        local entity = entities.group(one.id, entry, part, vendor)
        local ref = entities.ref(entity)
        known.list[#known.list + 1] = { ref = ref, entity = entity }
        for _, key in ipairs(entities.keys(entity)) do known.refs[key] = ref end
        for _, name in ipairs(directory.values(entry, part.map.members)) do put(known.members, entities.key(name), ref) end
        known.above[#known.above + 1] = { ref = ref, names = directory.values(entry, part.map.memberOf) }
      end
    end)
  end
  table.sort(known.list, function(a, b) return a.ref < b.ref end)
  return known
end

local function add_child(known, parent, child)
  put(known.children, parent, child)
  put(known.parents, child, parent)
end

-- A member that is no user is a group, if it is anything. users: the keys that were users.
local function build_hierarchy(known, users)
  for _, group in ipairs(known.above) do
    for _, name in ipairs(group.names) do
      local parent = known.refs[entities.key(name)]
      if parent then add_child(known, parent, group.ref) end
    end
  end
  for key, parents in pairs(known.members) do
    local child = not users[key] and known.refs[key]
    for parent in pairs(child and parents or {}) do add_child(known, parent, child) end
  end
end

-- An entity has one parent: of several it is the first by name.
local function finish_groups(known, users)
  local found = {}
  build_hierarchy(known, users)
  for i, group in ipairs(known.list) do
    local spec, parents = group.entity.spec, known.parents[group.ref]
    if known.children[group.ref] then spec.children = sorted(known.children[group.ref]) end
    spec.parent = spec.parent or parents and sorted(parents)[1]
    found[i] = group.entity
  end
  return found
end

-- ---- users ----

local function groups_of(entry, part, keys, known, users)
  local groups = {}
  for _, name in ipairs(directory.values(entry, part.map.memberOf)) do
    local ref = known.refs[entities.key(name)]
    if ref then groups[ref] = true end
  end
  for _, key in ipairs(keys) do
    if known.members[key] then
      users[key] = true
      for ref in pairs(known.members[key]) do groups[ref] = true end
    end
  end
  return groups
end

-- Hands the users on; returns the set of what groups call members and is a user.
local function read_users(one, vendor, known, add)
  local users = {}
  for _, part in ipairs(directory.branches(one.config, "users")) do
    directory.read(one.config, vendor, part, function(page)
      local found = {}
      for i, entry in ipairs(page) do
        local entity = entities.user(one.id, entry, part, vendor)
        local groups = groups_of(entry, part, entities.keys(entity), known, users)
        if next(groups) then entity.spec.memberOf = sorted(groups) end
        found[i] = entity
      end
      add(found)
    end)
  end
  return users
end

local function read_directory(one, add)
  local vendor = directory.vendor(one.config)
  local known = read_groups(one, vendor)
  local users = read_users(one, vendor, known, add)
  in_parts(finish_groups(known, users), add)
end

-- ---- all of it ----

-- Hands everything on in small parts, and keeps them for when it is the other directories' turn.
local function read_and_keep(one, list, add)
  local number = 0
  read_directory(one, function(all)
    in_parts(all, function(part)
      number = number + 1
      discovery.keep_page(list, number, part)
      add(part)
    end)
  end)
  discovery.forget_pages(list, number + 1)
end

-- one: {id, config, due}; several: it is not alone, and may have another schedule than the others.
function organization.read(one, several, add)
  local list, any = { key = "organization/" .. one.id, form = "entities-1" }, false
  if not several then
    discovery.forget_pages(list, 1)
    return read_directory(one, add)
  end
  if not one.due then
    discovery.kept_pages(list, function(page)
      any = true
      add(page)
    end)
  end
  if not any then read_and_keep(one, list, add) end
end

return organization
