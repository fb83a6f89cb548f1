local DAY = 24 * 3600 * 1000
local NOW = 1000 * DAY

local entity = { kind = "Component", metadata = { name = "pay", namespace = "default" }, spec = {} }

-- A table of facts, as far as lib/facts.lua asks it.
local function keep(t)
  local rows = {}
  local function key(a, b, c) return a .. " " .. b .. " " .. c end
  t.sql(function(text, values)
    if text:find "^INSERT" then
      for i = 1, #values, 5 do
        local k = key(values[i], values[i + 1], values[i + 2])
        local old = rows[k]
        if not old or old.seen_at <= values[i + 4] then
          rows[k] = { entity = values[i], source = values[i + 1], name = values[i + 2], body = values[i + 3], seen_at = values[i + 4] }
        end
      end
      return { affected = 1 }
    elseif text:find "^DELETE" then
      for k, row in pairs(rows) do
        local gone = text:find("seen_at <", 1, true) and row.seen_at < values[1]
        for _, ref in ipairs(values) do gone = gone or row.entity == ref end
        if gone then rows[k] = nil end
      end
      return { affected = 1 }
    end
    local found, from = {}, text:find("DISTINCT", 1, true) and values[1] or ""
    local keys = {}
    for k in pairs(rows) do keys[#keys + 1] = k end
    table.sort(keys)
    for _, k in ipairs(keys) do
      if rows[k].entity > from then found[#found + 1] = rows[k] end
    end
    return found
  end)
  return rows
end

local function tell(t, source, facts, more)
  local one = { entity = "component:default/pay", at = NOW, facts = facts }
  for name, value in pairs(more or {}) do one[name] = value end
  t.call("event *.facts", { topic = source .. ".facts", plugin = source, at = NOW, data = { one } })
end

-- A portal with one entity, and a scorecard with these rules.
local function site(t, rules)
  local checks = {}
  for i, rule in ipairs(rules or {}) do checks[i] = { id = "r" .. i, rule = rule } end
  t.now(NOW)
  t.config { scorecards = { { id = "x", levels = { "one" }, checks = checks } } }
  t.catalog { entity }
  return keep(t)
end

local function states(t)
  local found = {}
  for i, result in ipairs(t.call("card scores", { entity = entity }).rows[1].results) do found[i] = result.state end
  return table.concat(found, ", ")
end

local function warnings(t)
  local found = {}
  for _, one in ipairs(t.told()) do
    if one.what == "log.warn" then found[#found + 1] = one[1] end
  end
  return table.concat(found, "\n")
end

test("checks judge what another plugin told", function(t)
  site(t, { { fact = "github.archived", equals = false }, { fact = "github.archived" }, { fact = "github.topics", contains = "go" },
    { fact = "github.topics", min = 2 }, { fact = "github.open", max = 3 }, { fact = "other.archived", equals = true } })
  tell(t, "github", { archived = false, topics = { "go" }, open = 4 })
  tell(t, "other", { archived = true })
  t.equal(states(t), "passed, failed, passed, failed, failed, passed")
end)

test("what nobody told is no data, whatever is asked of it", function(t)
  site(t, { { fact = "github.archived", equals = false }, { fact = "github.open", max = 3 }, { fact = "github.open", differs = 3 },
    { fact = "github.open", exists = false }, { fact = "github.open", exists = true }, { fact = "github.open" } })
  t.equal(states(t), "no data, no data, no data, passed, failed, no data")
  local x = t.call("card scores", { entity = entity }).rows[1]
  t.equal(x.score, 17)
  t.equal(tostring(x.level), "null")
  t.equal(x.results[1].why, "Nobody has told github.archived.")
end)

test("one that holds is enough of any, one that does not of all and none", function(t)
  local yes, no, unknown = { fact = "a.yes" }, { fact = "a.no" }, { fact = "a.unknown" }
  site(t, { { any = { unknown, yes } }, { any = { unknown, no } }, { all = { unknown, no } }, { all = { unknown, yes } },
    { none = { unknown, no } }, { none = { unknown, yes } }, { none = { no } } })
  tell(t, "a", { yes = true, no = false })
  t.equal(states(t), "passed, no data, failed, no data, no data, failed, passed")
end)

test("a check shows what was seen, when, and from where", function(t)
  site(t, { { all = { { fact = "github.topics", min = 2 }, { fact = "github.none" } } } })
  tell(t, "github", { topics = { "go", "lua" } }, { at = NOW - DAY })
  local page = t.call("page /:card/entity", { params = { card = "x" }, query = { ref = "component:default/pay" } })
  t.equal(page.found.results[1].evidence, { { fact = "github.topics", source = "github", shown = "go, lua", at = NOW - DAY },
    { fact = "github.none", source = "github" } })
  t.equal(t.call("GET /facts", { query = { ref = "component:default/pay" } }).json,
    { github = { topics = { value = { "go", "lua" }, at = NOW - DAY } } })
  t.equal(t.call("GET /facts", { query = { ref = "component:default/none" } }).status, 404)
end)

test("the newest counts, and null takes a fact back", function(t)
  site(t, { { fact = "a.n", equals = 2 } })
  tell(t, "a", { n = 2 })
  tell(t, "a", { n = 1 }, { at = NOW - 1 })
  t.equal(states(t), "passed")
  tell(t, "a", { n = require("callboard").null })
  t.equal(states(t), "no data")
end)

test("a fact of tomorrow is one of now", function(t)
  site(t, { { fact = "a.n", equals = 2 } })
  tell(t, "a", { n = 1 }, { at = NOW + 30 * DAY })
  tell(t, "a", { n = 2 })
  t.equal(states(t), "passed")
end)

test("who speaks is who the portal says, and the portal itself does not", function(t)
  local rows = site(t, { { fact = "github.n" }, { fact = "a.n" } })
  t.call("event *.facts", { topic = "a.facts", plugin = "a", at = NOW, data = { { entity = "component:default/pay", source = "github",
    plugin = "github", facts = { n = 1 } } } })
  t.equal(states(t), "no data, passed")
  t.call("event *.facts", { topic = "github.facts", at = NOW, data = { { entity = "component:default/pay", facts = { n = 1 } } } })
  t.equal(states(t), "no data, passed")
  t.equal(next(rows, next(rows)), nil)
end)

test("what is no fact is left out and said, and the others count", function(t)
  site(t, { { fact = "a.good" } })
  local faulty = { { Big = 1 }, { ["a-b"] = 1 }, { x = { y = 1 } }, { x = { { 1 } } }, { x = ("x"):rep(3000) }, { [("n"):rep(65)] = 1 } }
  for _, bad in ipairs(faulty) do
    bad.good = true
    tell(t, "a", bad)
  end
  t.equal(states(t), "passed")
  local _, lines = warnings(t):gsub("a: facts left out", "")
  t.equal(lines, 6)
  local null = require("callboard").null
  local none = { "x", null, { null }, { { entity = null, facts = {} } }, { { entity = "component:default/pay", facts = null } } }
  for _, data in ipairs(none) do
    t.call("event *.facts", { topic = "a.facts", plugin = "a", at = NOW, data = data })
  end
  _, lines = warnings(t):gsub("a: facts left out", "")
  t.equal(lines, 11)
end)

test("a plugin has 32 facts of an entity", function(t)
  local rows = site(t)
  local function many(from, to)
    local facts = {}
    for i = from, to do facts["n" .. i] = i end
    tell(t, "a", facts)
  end
  local function count()
    local n = 0
    for _ in pairs(rows) do n = n + 1 end
    return n
  end
  many(1, 20)
  many(11, 50)
  t.equal(count(), 32)
  t.ok(warnings(t):find("has 32 facts already", 1, true))
end)

test("nothing is kept of what is not in the catalog, and what goes is forgotten", function(t)
  local rows = site(t)
  tell(t, "a", { n = 1 }, { entity = "component:default/none" })
  t.equal(next(rows), nil)
  tell(t, "a", { n = 1 })
  tell(t, "b", { n = 1 }, { at = NOW - 91 * DAY })
  t.call "schedule evaluate"
  t.ok(rows["component:default/pay a n"])
  t.equal(rows["component:default/pay b n"], nil)
  t.catalog {}
  t.call "schedule evaluate"
  t.equal(next(rows), nil)
end)

test("a check in Lua reads facts", function(t)
  site(t, { { lua = "maintained" } })
  t.equal(states(t), "no data")
  tell(t, "github", { archived = false, last_push = require("callboard").time.iso(NOW - DAY) })
  t.equal(states(t), "passed")
  local result = t.call("card scores", { entity = entity }).rows[1].results[1]
  t.equal(result.evidence[1].fact, "github.archived")
  t.equal(result.evidence[1].shown, "false")
  tell(t, "github", { archived = true })
  t.equal(states(t), "failed")
end)

test("a fact without a plugin's name is said", function(t)
  site(t, { { fact = "archived" } })
  t.ok(t.call("card scores", { entity = entity }).rows[1].results[1].why:find("a fact is called PLUGIN.NAME, not 'archived'", 1, true))
end)

test("no data is counted apart", function(t)
  site(t, { { fact = "a.n", equals = 2 }, { fact = "a.none" } })
  tell(t, "a", { n = 1 })
  t.call "schedule evaluate"
  local last = t.call("GET /scorecards", {}).json[1].last
  t.equal(last.failed, { r1 = 1, r2 = 1 })
  t.equal(last.no_data, { r2 = 1 })
end)
