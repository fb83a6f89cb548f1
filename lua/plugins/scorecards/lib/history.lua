-- What scorecards came to: per owner now, and in sum for every day.
--
--   sum/CARD/OWNER     {entities, score, levels, failed, no_data}: no_data are some of those that failed
--   part/CARD/OWNER/N  at most PART entities of the owner, each {ref, level, score, failed}
--   day/CARD/DATE      the sum of all
local callboard = require "callboard"
local cards = require "lib.cards"
local rows = require "lib.rows"

local history = {}

local PAGE, PART, SHOWN = 500, 500, 1000

local function new_sum() return { entities = 0, score = 0, levels = {}, failed = {}, no_data = {} } end

local function add(sum, result)
  local level = result.level == callboard.null and "none" or result.level
  sum.entities = sum.entities + 1
  sum.score = sum.score + result.score
  sum.levels[level] = (sum.levels[level] or 0) + 1
  for _, check in ipairs(result.results) do
    if cards.fails(check) then sum.failed[check.id] = (sum.failed[check.id] or 0) + 1 end
    if check.state == "no data" then sum.no_data[check.id] = (sum.no_data[check.id] or 0) + 1 end
  end
end

local function brief(result)
  local failed = {}
  for _, check in ipairs(result.results) do
    if cards.fails(check) then failed[#failed + 1] = check.id end
  end
  return { ref = result.ref, level = result.level, score = result.score, failed = callboard.array(failed) }
end

local function today() return callboard.time.iso():sub(1, 10) end

-- Writes an owner's sum and parts, and takes their keys out of what is gone.
local function keep(card, owner, sum, list, gone)
  local function set(key, value)
    callboard.store.set(key, value)
    gone[key] = nil
  end
  set("sum/" .. card.id .. "/" .. owner, sum)
  for from = 1, #list, PART do
    local part = table.move(list, from, math.min(from + PART - 1, #list), 1, {})
    set(("part/%s/%s/%06d"):format(card.id, owner, from), callboard.array(part))
  end
end

-- Looks at every entity that the scorecard is for, and keeps what it came to.
function history.evaluate(card)
  local exemptions, owners, sums, all, offset = cards.exemptions(), {}, {}, new_sum(), 0
  repeat
    local page = callboard.catalog.query { filter = card.filter, order = "metadata.name", limit = PAGE, offset = offset }
    local known = cards.facts_of({ card }, page.items)
    for _, entity in ipairs(page.items) do
      local result = cards.evaluate(card, entity, exemptions, known[cards.ref(entity)])
      owners[result.owner] = owners[result.owner] or {}
      sums[result.owner] = sums[result.owner] or new_sum()
      table.insert(owners[result.owner], brief(result))
      add(all, result)
      add(sums[result.owner], result)
    end
    offset = page.next
  until not offset
  local gone = {}
  for _, kind in ipairs { "sum/", "part/" } do
    for _, row in ipairs(rows.below(kind .. card.id .. "/")) do gone[row.key] = true end
  end
  for owner, list in pairs(owners) do keep(card, owner, sums[owner], list, gone) end
  for key in pairs(gone) do callboard.store.delete(key) end
  callboard.store.set("day/" .. card.id .. "/" .. today(), all)
  return all
end

-- The entities of an owner that whoever asks may see, the first of them; nil when there are none.
function history.entities(card, owner)
  local found = {}
  for _, row in ipairs(rows.below("part/" .. card.id .. "/" .. owner .. "/")) do
    for _, entity in ipairs(row.value) do
      if #found < SHOWN and callboard.catalog.entity(entity.ref) then found[#found + 1] = entity end
    end
  end
  return #found > 0 and found or nil
end

-- {{owner, entities, score, levels}...}, the worst first: those of whom whoever asks may see something.
function history.owners(card)
  local seen, list = { [""] = true }, {}
  for _, owner in ipairs(callboard.catalog.facets({ "relations.ownedBy" }, { filter = card.filter })["relations.ownedBy"]) do
    seen[owner.value:lower()] = true
  end
  for _, row in ipairs(rows.below("sum/" .. card.id .. "/")) do
    local owner, sum = row.key:sub(#("sum/" .. card.id .. "/") + 1), row.value
    if seen[owner] then
      list[#list + 1] = { owner = owner, entities = sum.entities, levels = sum.levels,
        score = math.floor(sum.score / sum.entities + 0.5) }
    end
  end
  table.sort(list, function(a, b)
    if a.score ~= b.score then return a.score < b.score end
    return a.owner < b.owner
  end)
  return callboard.array(list)
end

-- {{day, score, entities, levels, failed}...}, oldest first, at most the last `most` days.
function history.days(card, most)
  local days = {}
  for _, row in ipairs(rows.below("day/" .. card.id .. "/")) do
    local sum = row.value
    days[#days + 1] = { day = row.key:sub(-10), entities = sum.entities, levels = sum.levels, failed = sum.failed,
      no_data = sum.no_data or {},
      score = sum.entities == 0 and 0 or math.floor(sum.score / sum.entities + 0.5) }
  end
  table.sort(days, function(a, b) return a.day < b.day end)
  while #days > most do table.remove(days, 1) end
  return callboard.array(days)
end

return history
