--[[
Facts that other plugins tell about entities: the newest of each, in a table of its own. A fact that was taken back stays as null, so
that an older event that comes late does not bring it again.
]]
local callboard = require "callboard"

local facts = {}

local MOST_NAMES, NAME_BYTES, VALUE_BYTES, REF_BYTES = 32, 64, 2048, 191
-- Of one statement: entities that are asked for, rows that are written (five parameters each) and read.
local ENTITIES, WRITTEN, READ = 100, 150, 1000
local DAY = 24 * 3600 * 1000

-- "(?,?,?)"
local function places(n) return "(?" .. (",?"):rep(n - 1) .. ")" end

local function in_parts(list, size, each)
  for first = 1, #list, size do each(table.move(list, first, math.min(first + size - 1, #list), 1, {})) end
end

-- Those of refs that are in the catalog, as a set.
local function existing(refs)
  local groups, found = {}, {}
  for _, ref in ipairs(refs) do
    local kind, namespace, name = ref:match "^([^:/]+):([^:/]+)/([^:/]+)$"
    if kind then
      local key = kind .. ":" .. namespace
      groups[key] = groups[key] or { kind = kind, namespace = namespace, names = callboard.array {} }
      table.insert(groups[key].names, name)
    end
  end
  for key, group in pairs(groups) do
    local page = callboard.catalog.query { limit = #refs, fields = { "metadata.name" },
      filter = { kind = group.kind, ["metadata.namespace"] = group.namespace, ["metadata.name"] = group.names } }
    for _, entity in ipairs(page.items) do found[(key .. "/" .. entity.metadata.name):lower()] = true end
  end
  return found
end

-- ---- what is told ----

local SCALAR = { string = true, number = true, boolean = true }

-- The value as JSON; nil and why when it is none.
local function encoded(value)
  if type(value) == "table" and value ~= callboard.null then
    if not callboard.is_array(value) then return nil, "is neither a text, a number, true, false nor a list of those" end
    for _, one in ipairs(value) do
      if not SCALAR[type(one)] then return nil, "is a list of what is neither a text, a number, true nor false" end
    end
  end
  local text = callboard.json.encode(value)
  if #text > VALUE_BYTES then return nil, ("takes more than %d bytes"):format(VALUE_BYTES) end
  return text
end

local function check_name(name)
  if #name > NAME_BYTES or not name:find "^[a-z][a-z0-9_]*$" then return "is no name: small letters, digits and _" end
end

-- {ref, at, values = {name = JSON}} of one in an event's list; wrong(text) is told what is left out.
local function read_one(one, event, wrong)
  if type(one) ~= "table" or type(one.entity) ~= "string" or #one.entity > REF_BYTES or type(one.facts) ~= "table" then
    return wrong "one has no entity or no facts"
  end
  local at, values = type(one.at) == "number" and one.at or event.at, {}
  for name, value in pairs(one.facts) do
    local text, why = nil, check_name(tostring(name))
    if not why then text, why = encoded(value) end
    if text then
      values[name] = text
    else
      wrong(("%s of %s %s"):format(tostring(name):sub(1, NAME_BYTES), one.entity, why))
    end
  end
  return { ref = one.entity:lower(), at = math.floor(math.min(at, callboard.time.now())), values = values }
end

-- The names that are kept of each entity, as sets by ref.
local function names_of(source, refs)
  local found = {}
  local rows = callboard.sql.query("SELECT entity, source, name, seen_at FROM {fact} WHERE source = ? AND entity IN " .. places(#refs),
    table.move(refs, 1, #refs, 2, { source }))
  for _, ref in ipairs(refs) do found[ref] = { n = 0, names = {} } end
  for _, row in ipairs(rows) do
    local known = found[row.entity]
    if known and row.source == source then known.n, known.names[row.name] = known.n + 1, true end
  end
  return found
end

local function write(rows)
  in_parts(rows, WRITTEN, function(part)
    local values = {}
    for _, row in ipairs(part) do table.move(row, 1, 5, #values + 1, values) end
    callboard.sql.execute("INSERT INTO {fact} (entity, source, name, body, seen_at) VALUES " .. places(5)
      .. ("," .. places(5)):rep(#part - 1) .. " ON DUPLICATE KEY UPDATE body = IF(VALUES(seen_at) >= seen_at, VALUES(body), body),"
      .. " seen_at = GREATEST(seen_at, VALUES(seen_at))", values)
  end)
end

local function keep(source, list, wrong)
  local refs, seen, rows = {}, {}, {}
  for _, one in ipairs(list) do
    if not seen[one.ref] then refs[#refs + 1], seen[one.ref] = one.ref, true end
  end
  local there, known = existing(refs), names_of(source, refs)
  for _, one in ipairs(list) do
    local had = known[one.ref]
    for name, body in pairs(there[one.ref] and one.values or {}) do
      if had.names[name] or had.n < MOST_NAMES then
        if not had.names[name] then had.n, had.names[name] = had.n + 1, true end
        rows[#rows + 1] = { one.ref, source, name, body, one.at }
      else
        wrong(("%s: it has %d facts already"):format(one.ref, MOST_NAMES))
      end
    end
  end
  write(rows)
end

-- An event NAME.facts. Whose it is says the portal: what the data claims does not count.
function facts.hear(event)
  local source, list, problems = event.plugin, {}, {}
  local function wrong(text) problems[#problems + 1] = text end
  if type(source) ~= "string" then return end
  if not callboard.is_array(event.data) then wrong "they are no list" end
  for _, one in ipairs(type(event.data) == "table" and event.data or {}) do list[#list + 1] = read_one(one, event, wrong) end
  in_parts(list, ENTITIES, function(part) keep(source, part, wrong) end)
  if #problems > 0 then
    callboard.log.warn(("%s: facts left out: %s"):format(source, problems[1]), { plugin = source, n = #problems })
  end
end

-- ---- what is known ----

-- {[ref] = {[source] = {[name] = {value, at}}}} of some entities; one of which nothing is known has an empty table.
function facts.of(refs)
  local known = {}
  for _, ref in ipairs(refs) do known[ref] = {} end
  in_parts(refs, ENTITIES, function(part)
    local offset = 0
    repeat
      local rows = callboard.sql.query(("SELECT entity, source, name, body, seen_at FROM {fact} WHERE entity IN %s"
        .. " ORDER BY entity, source, name LIMIT %d OFFSET %d"):format(places(#part), READ, offset), part)
      for _, row in ipairs(rows) do
        local value, sources = callboard.json.decode(row.body), known[row.entity]
        if sources and value ~= callboard.null then
          sources[row.source] = sources[row.source] or {}
          sources[row.source][row.name] = { value = value, at = row.seen_at }
        end
      end
      offset = offset + READ
    until #rows < READ
  end)
  return known
end

-- ---- what is not needed any more ----

local function forget(refs)
  in_parts(refs, ENTITIES, function(part) callboard.sql.execute("DELETE FROM {fact} WHERE entity IN " .. places(#part), part) end)
end

-- Forgets what is older than the configuration says, and what is about entities that are gone.
function facts.tidy()
  callboard.sql.execute("DELETE FROM {fact} WHERE seen_at < ?", { callboard.time.now() - callboard.config.factDays * DAY })
  local last = ""
  repeat
    local rows = callboard.sql.query("SELECT DISTINCT entity FROM {fact} WHERE entity > ? ORDER BY entity LIMIT " .. READ, { last })
    local refs, gone = {}, {}
    for i, row in ipairs(rows) do refs[i], last = row.entity, row.entity end
    local there = existing(refs)
    for _, ref in ipairs(refs) do
      if not there[ref] then gone[#gone + 1] = ref end
    end
    forget(gone)
  until #rows < READ
end

return facts
