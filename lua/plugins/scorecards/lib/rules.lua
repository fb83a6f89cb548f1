--[[
What a check asks of an entity, as data. Each rule is a table with one subject and what must hold of it. The answer is true, false, or
nil when nobody told a fact that it takes: then it is not known whether it holds.
]]
local follow = require "lib.path"

local rules = {}

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

local function tagged(entity, wanted)
  for _, tag in ipairs((entity.metadata or {}).tags or {}) do
    if tag == wanted then return tag end
  end
end

-- A fact, which is noted in `seen` however it is; nil when there is none.
local function fact(facts, seen, source, name)
  local one = (facts[source] or {})[name]
  seen[#seen + 1] = { fact = source .. "." .. name, source = source, value = one and one.value, at = one and one.at }
  return one and one.value
end

local function named_fact(facts, seen, name)
  local source, rest = tostring(name):match "^([%w-]+)%.([%w_]+)$"
  if not source then error(("a fact is called PLUGIN.NAME, not '%s'"):format(tostring(name)), 0) end
  return fact(facts, seen, source, rest)
end

-- What the rule is about.
local function subject(rule, entity, facts, seen)
  if rule.fact then return named_fact(facts, seen, rule.fact) end
  if rule.field then return follow(entity, rule.field) end
  if rule.annotation then return named(entity, "annotations", rule.annotation) end
  if rule.label then return named(entity, "labels", rule.label) end
  if rule.relation then return relations(entity, rule.relation) end
  if rule.tag then return tagged(entity, rule.tag) end
  error("a rule needs field, annotation, label, relation, tag, fact, all, any, none or lua", 0)
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

local function holds(rule, entity, facts, seen)
  local value, asked = subject(rule, entity, facts, seen), false
  if rule.fact and value == nil and rule.exists == nil then return nil end
  for name, operator in pairs(operators) do
    if rule[name] ~= nil then
      asked = true
      if not operator(value, rule[name]) then return false end
    end
  end
  return asked or value ~= false and operators.exists(value, true)
end

-- All are asked, so that all that was seen is noted. true when all are, false when one is, else nil.
local function every(list, entity, facts, seen, wanted)
  local result = true
  for _, rule in ipairs(list) do
    local one = rules.holds(rule, entity, facts, seen)
    if one == not wanted then
      result = false
    elseif one == nil and result then
      result = nil
    end
  end
  return result
end

local function negated(result)
  if result == nil then return nil end
  return not result
end

-- facts.github.archived of a check in Lua: what it reads is noted.
local function view(facts, seen)
  return setmetatable({}, { __index = function(_, source)
    return setmetatable({}, { __index = function(_, name) return fact(facts, seen, tostring(source), tostring(name)) end })
  end })
end

local function in_lua(name, entity, facts, seen)
  local read, missing = {}, false
  local result = require("checks." .. name)(entity, view(facts, read))
  for _, one in ipairs(read) do
    seen[#seen + 1], missing = one, missing or one.value == nil
  end
  if result == nil and missing then return nil end
  return result and true or false
end

-- facts: {[source] = {[name] = {value, at}}} of the entity. seen: a list, to which {fact, source, value, at} is added of each that is
-- asked for.
function rules.holds(rule, entity, facts, seen)
  if rule.all then return every(rule.all, entity, facts, seen, true) end
  if rule.any then return negated(every(rule.any, entity, facts, seen, false)) end
  if rule.none then return every(rule.none, entity, facts, seen, false) end
  if rule.lua then return in_lua(rule.lua, entity, facts, seen) end
  return holds(rule, entity, facts, seen)
end

-- May a rule ask for facts? A check in Lua may.
function rules.asks_facts(rule)
  if rule.fact or rule.lua then return true end
  for _, list in ipairs { rule.all or {}, rule.any or {}, rule.none or {} } do
    for _, one in ipairs(list) do
      if rules.asks_facts(one) then return true end
    end
  end
  return false
end

return rules
