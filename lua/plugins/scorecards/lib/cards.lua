-- Scorecards: which there are, for whom, and what an entity comes to on one.
local callboard = require "callboard"
local facts = require "lib.facts"
local follow = require "lib.path"
local rows = require "lib.rows"
local rules = require "lib.rules"

local cards = {}

local LEVELS = callboard.array { "bronze", "silver", "gold" }

-- What is there before anybody has written one of their own.
local BASIC = {
  id = "basics", title = "Basics", description = "What everybody asks first, answered in the entity's own file.",
  filter = { kind = "component" },
  checks = {
    { id = "owner", title = "Has an owner in the catalog", level = "bronze", rule = { relation = "ownedBy" },
      fix = "spec.owner names a group or user that is in the catalog." },
    { id = "description", title = "Is described", level = "bronze", rule = { field = "metadata.description", min = 20 },
      fix = "metadata.description says in a sentence what it does." },
    { id = "lifecycle", title = "Has a known lifecycle", level = "bronze",
      rule = { field = "spec.lifecycle", one_of = { "experimental", "production", "deprecated" } },
      fix = "spec.lifecycle is experimental, production or deprecated." },
    { id = "system", title = "Is part of a system", level = "silver", rule = { relation = "partOf" },
      fix = "spec.system names the system it belongs to." },
    { id = "tags", title = "Is tagged", level = "silver", rule = { field = "metadata.tags", min = 1 },
      fix = "metadata.tags names its language and frameworks." },
    { id = "docs", title = "Has documentation", level = "gold", weight = 2, rule = { annotation = "backstage.io/techdocs-ref" },
      fix = "The annotation backstage.io/techdocs-ref says where its documentation is." },
    { id = "links", title = "Leads to its dashboards", level = "gold", rule = { field = "metadata.links", min = 1 },
      fix = "metadata.links has the dashboard, the runbook, the chat." },
  },
}

function cards.all()
  local configured = callboard.config.scorecards
  if not configured or #configured == 0 then return { BASIC } end
  return configured
end

function cards.by_id(id)
  for _, card in ipairs(cards.all()) do
    if card.id == id then return card end
  end
end

function cards.check(card, id)
  for _, check in ipairs(card.checks or {}) do
    if check.id == id then return check end
  end
end

function cards.levels(card) return card.levels or LEVELS end

local function one_fits(wanted, value)
  if type(wanted) ~= "table" then wanted = { wanted } end
  for _, one in ipairs(wanted) do
    if tostring(one):lower() == tostring(value or ""):lower() then return true end
  end
  return false
end

-- The filter of a scorecard is one of catalog.query(): the same decides on the page of an entity.
function cards.applies(card, entity)
  for key, wanted in pairs(card.filter or {}) do
    local value = follow(entity, key)
    if wanted == true then
      if value == nil then return false end
    elseif not one_fits(wanted, value) then
      return false
    end
  end
  return true
end

function cards.ref(entity)
  local metadata = entity.metadata or {}
  return (tostring(entity.kind) .. ":" .. (metadata.namespace or "default") .. "/" .. tostring(metadata.name)):lower()
end

function cards.owner(entity)
  for _, relation in ipairs(entity.relations or {}) do
    if relation.type == "ownedBy" then return relation.targetRef end
  end
  return ""
end

-- An exemption says that a check need not hold for an entity, until a day, and why.
local function exempted(card, check, ref, exemptions)
  local e = exemptions[card.id .. "/" .. check.id .. "/" .. ref]
  if e and (not e.until_ms or e.until_ms == callboard.null or e.until_ms > callboard.time.now()) then return e end
end

function cards.exemptions()
  local found = {}
  for _, row in ipairs(rows.below "exemption/") do found[row.key:sub(#"exemption/" + 1)] = row.value end
  return found
end

-- Without data nobody knows whether it holds, and nothing is good because nobody looked.
function cards.fails(result) return result.state == "failed" or result.state == "no data" end

-- The highest level of which all checks, and all of those below, hold; and the weight of what holds, of 100.
local function judge(card, results)
  local level, open = callboard.null, true
  local got, total = 0, 0
  for _, name in ipairs(cards.levels(card)) do
    local asked = false
    for _, result in ipairs(results) do
      if result.level == name then
        asked = true
        if cards.fails(result) then open = false end
      end
    end
    if open and asked then level = name end
  end
  for _, result in ipairs(results) do
    if result.state ~= "exempt" then
      total = total + result.weight
      if result.state == "passed" then got = got + result.weight end
    end
  end
  return level, total == 0 and 100 or math.floor(100 * got / total + 0.5)
end

-- May a check of these scorecards ask for facts?
function cards.ask_facts(list)
  for _, card in ipairs(list) do
    for _, check in ipairs(card.checks or {}) do
      if rules.asks_facts(check.rule or {}) then return true end
    end
  end
  return false
end

-- What is known of entities, by ref; nothing is looked for when no check asks.
function cards.facts_of(list, entities)
  local refs = {}
  for i, entity in ipairs(entities) do refs[i] = cards.ref(entity) end
  return cards.ask_facts(list) and facts.of(refs) or {}
end

local SHOWN = 200

local function shown(value)
  if type(value) ~= "table" then return tostring(value):sub(1, SHOWN) end
  local texts = {}
  for i, one in ipairs(value) do texts[i] = tostring(one) end
  return #texts == 0 and "none" or table.concat(texts, ", "):sub(1, SHOWN)
end

-- {fact, source, shown, at} of each fact that was asked for, once; nil when none was.
local function evidence_of(seen)
  local list, had = {}, {}
  for _, one in ipairs(seen) do
    if not had[one.fact] then
      had[one.fact] = true
      list[#list + 1] = { fact = one.fact, source = one.source, at = one.at, shown = one.value ~= nil and shown(one.value) or nil }
    end
  end
  return #list > 0 and callboard.array(list) or nil
end

local function missing(evidence)
  local names = {}
  for _, one in ipairs(evidence or {}) do
    if one.at == nil then names[#names + 1] = one.fact end
  end
  return "Nobody has told " .. table.concat(names, ", ") .. "."
end

local function state_of(ok, held, exemption)
  if ok and held then return "passed" end
  if exemption then return "exempt" end
  return ok and held == nil and "no data" or "failed"
end

-- A check that cannot be made counts as failed, and says why. known: facts of the entity, may be nil.
function cards.evaluate(card, entity, exemptions, known)
  local results, ref = {}, cards.ref(entity)
  for _, check in ipairs(card.checks or {}) do
    local seen = {}
    local ok, held = pcall(rules.holds, check.rule or {}, entity, known or {}, seen)
    local exemption, evidence = exempted(card, check, ref, exemptions), evidence_of(seen)
    local state = state_of(ok, held, exemption)
    results[#results + 1] = {
      id = check.id, title = check.title or check.id, level = check.level or cards.levels(card)[1], weight = check.weight or 1,
      state = state, fix = check.fix, url = check.url, evidence = evidence,
      why = not ok and tostring(held) or exemption and exemption.reason or state == "no data" and missing(evidence) or nil,
    }
  end
  local level, score = judge(card, results)
  return { card = card.id, title = card.title or card.id, ref = ref, owner = cards.owner(entity), level = level, score = score,
    results = callboard.array(results) }
end

return cards
