-- What a check asks of an entity, as data. Each rule is a table with one subject and what must hold of it.
local callboard = require "callboard"

local rules = {}

local function follow(value, path)
  for part in path:gmatch "[^.]+" do
    if type(value) ~= "table" then return nil end
    value = value[part] or value[tonumber(part)]
  end
  if value == callboard.null then return nil end
  return value
end

local function named(entity, list, key)
  local metadata = entity.metadata or {}
  return (metadata[list] or {})[key]
end

local function relations(entity, kind)
  local found = {}
  for _, relation in ipairs(entity.relations or {}) do
    if relation.type == kind then found[#found + 1] = relation.targetRef end
  end
  return found
end

-- What the rule is about, and its name for people.
local function subject(rule, entity)
  if rule.field then return follow(entity, rule.field), rule.field end
  if rule.annotation then return named(entity, "annotations", rule.annotation), rule.annotation end
  if rule.label then return named(entity, "labels", rule.label), rule.label end
  if rule.relation then return relations(entity, rule.relation), rule.relation end
  if rule.tag then
    for _, tag in ipairs((entity.metadata or {}).tags or {}) do
      if tag == rule.tag then return tag, rule.tag end
    end
    return nil, rule.tag
  end
  error("a rule needs field, annotation, label, relation, tag, all, any, none or lua", 0)
end

local function count(value)
  if value == nil then return 0 end
  if type(value) == "string" then return utf8.len(value) or #value end
  if type(value) ~= "table" then return 1 end
  local n = 0
  for _ in pairs(value) do n = n + 1 end
  return n
end

local function among(value, list)
  for _, one in ipairs(list) do
    if one == value then return true end
  end
  return false
end

local function contains(value, wanted)
  if type(value) == "string" then return value:find(wanted, 1, true) ~= nil end
  return type(value) == "table" and among(wanted, value)
end

-- Each operator: does it hold? A rule without one asks that its subject is there.
local operators = {
  exists = function(value, wanted) return (value ~= nil and count(value) > 0) == wanted end,
  equals = function(value, wanted) return value == wanted end,
  differs = function(value, wanted) return value ~= wanted end,
  one_of = function(value, wanted) return value ~= nil and among(value, wanted) end,
  matches = function(value, wanted) return type(value) == "string" and value:find(wanted) ~= nil end,
  contains = contains,
  min = function(value, wanted) return (type(value) == "number" and value or count(value)) >= wanted end,
  max = function(value, wanted) return (type(value) == "number" and value or count(value)) <= wanted end,
}

local function holds(rule, entity)
  local value = subject(rule, entity)
  local asked = false
  for name, operator in pairs(operators) do
    if rule[name] ~= nil then
      asked = true
      if not operator(value, rule[name]) then return false end
    end
  end
  return asked or operators.exists(value, true)
end

local function every(list, entity, wanted)
  for _, rule in ipairs(list) do
    if rules.holds(rule, entity) ~= wanted then return false end
  end
  return true
end

function rules.holds(rule, entity)
  if rule.all then return every(rule.all, entity, true) end
  if rule.any then return not every(rule.any, entity, false) end
  if rule.none then return every(rule.none, entity, false) end
  if rule.lua then return require("checks." .. rule.lua)(entity) and true or false end
  return holds(rule, entity)
end

return rules
