-- What tests of plugins are run with (callboard plugin test): test(), t, and `callboard` with fakes for all that is
-- outside. Run once in each state, before the test's file: its arguments are the table `callboard`, in which the server has
-- put "capabilities".
local callboard = ...
local json, capabilities = callboard.json, callboard.capabilities
local error, ipairs, pairs, pcall, require, tostring, type = error, ipairs, pairs, pcall, require, tostring, type
local move, sort, sub = table.move, table.sort, string.sub

-- ---- values ----

local function show(value)
  if value == nil then return "nil" end
  local good, text = pcall(json.encode, value)
  return good and text or tostring(value)
end

-- As a value comes out on the other side, where the portal is.
local function crossed(value)
  if value == nil then return nil end
  return json.decode(json.encode(value))
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

local function needs(capability, level)
  local granted = capabilities[capability]
  if not granted or (level and granted ~= level and granted ~= "write") then
    error("capabilities." .. capability .. " in plugin.lua does not allow it", 3)
  end
end

-- ---- what is kept ----

local function keeper(kept)
  local keep = {}
  function keep.get(key) return crossed(kept[key]) end
  function keep.set(key, value) kept[key] = crossed(value) end
  function keep.delete(key) kept[key] = nil end
  function keep.list(prefix, limit, after)
    local keys, rows = {}, {}
    for key in pairs(kept) do
      if sub(key, 1, #(prefix or "")) == (prefix or "") and key > (after or "") then keys[#keys + 1] = key end
    end
    sort(keys)
    for i = 1, #keys < (limit or 100) and #keys or (limit or 100) do
      rows[i] = { key = keys[i], value = crossed(kept[keys[i]]) }
    end
    return callboard.array(rows)
  end
  function keep.update(key, change)
    kept[key] = crossed(change(crossed(kept[key])))
    return crossed(kept[key])
  end
  return keep
end

local store = keeper {}
for name, f in pairs(store) do
  callboard.store[name] = function(...)
    needs "store"
    return f(...)
  end
end
local cache = keeper {}
callboard.cache.get, callboard.cache.set, callboard.cache.delete = cache.get, cache.set, cache.delete

-- ---- who asks, and what is told ----

local user, denied, told = { ref = "user:default/tester", name = "tester", guest = false, owns = callboard.array {} }, {}, {}
local function note(what)
  return function(...)
    told[#told + 1] = { what = what, ... }
  end
end

function callboard.user() return crossed(user) end
function callboard.may(permission) return not denied[permission] end
function callboard.audit(...)
  needs "audit"
  note "audit" (...)
end
callboard.events.publish = note "event"
function callboard.events.wanted() return true end
for _, name in ipairs { "debug", "info", "warn", "error" } do
  callboard.log[name] = note("log." .. name)
end

local clock
local now, iso = callboard.time.now, callboard.time.iso
function callboard.time.now() return clock or now() end
function callboard.time.iso(time) return iso(time or callboard.time.now()) end

-- ---- the portal's configuration ----

local settings, integrations = {}, {}

function callboard.configuration(path)
  for _, allowed in ipairs(capabilities.configuration or {}) do
    if path == allowed or sub(path, 1, #allowed + 1) == allowed .. "." then return crossed(settings[path]) end
  end
  error("capabilities.configuration in plugin.lua does not name " .. tostring(path), 2)
end

function callboard.integrations(kind) return callboard.array(crossed(integrations[kind] or {})) end

-- ---- what a provider brings ----

local part, provided

local function provide(name, change)
  callboard.provider[name] = function(given)
    needs("catalog", "write")
    note("provider." .. name)(given)
    return change(given and crossed(given))
  end
end

local function replace(list)
  provided = list
  return { changed = #list, unchanged = 0, removed = 0, faulty = 0 }
end

provide("full", replace)
provide("delta", function(given) return { changed = #(given.upsert or {}), unchanged = 0, removed = #(given.remove or {}), faulty = 0 } end)
provide("begin", function() part = {} end)
provide("add", function(list)
  for _, entity in ipairs(list) do part[#part + 1] = entity end
end)
provide("commit", function() return replace(part) end)

-- ---- other servers ----

local answers, asked = {}, {}

local function names_host(entry, host)
  if entry == "*" or entry == host or sub(entry, 1, 13) == "integrations." then return true end
  if sub(entry, 1, 2) == "*." then return #host > #entry - 1 and sub(host, 1 - #entry) == sub(entry, 2) end
  local key = entry:match "^config%.(.+)$"
  local url = key and callboard.config[key]
  return url and tostring(url):match "^%a+://([^/]+)" == host
end

function callboard.http.request(request)
  local method, url = request.method or "GET", tostring(request.url)
  local host, allowed = url:match "^%a+://([^/?#]+)", false
  for _, entry in ipairs(capabilities.http or {}) do
    allowed = allowed or names_host(entry, host or "")
  end
  if not allowed then error("capabilities.http in plugin.lua does not name " .. tostring(host), 2) end
  asked[#asked + 1] = { method = method, url = url, headers = request.headers, json = request.json, body = request.body,
    etag = request.etag, auth = request.auth, owner = request.owner }
  local answer = answers[method .. " " .. url]
  if type(answer) == "function" then answer = answer(asked[#asked]) end
  if not answer then error("the test has no answer for " .. method .. " " .. url .. "; t.http { ... } gives one", 2) end
  local status = answer.status or 200
  return crossed {
    status = status, ok = status >= 200 and status < 300, url = url, headers = answer.headers or {},
    json = answer.json, body = answer.body or (answer.json ~= nil and json.encode(answer.json) or ""),
  }
end

local branches = {}

-- Filter and scope are the server's to understand: what the test has for the branch is what is found there. A function is one of the
-- test's own, called with the options and each(), for what comes in parts or fails.
function callboard.ldap.search(options, each)
  needs "ldap"
  local found = branches[options.base or ""]
  if not found then error("the test has no entries for '" .. tostring(options.base) .. "'; t.ldap { ... } gives some", 2) end
  if type(found) == "function" then
    local all = {}
    local function give(list)
      list = callboard.array(crossed(list))
      if each then each(list) else move(list, 1, #list, #all + 1, all) end
    end
    found(crossed(options), give)
    return not each and callboard.array(all) or nil
  end
  found = callboard.array(crossed(found))
  if not each then return found end
  if #found > 0 then each(found) end
end

-- ---- tables ----

local tables

for _, name in ipairs { "query", "execute" } do
  callboard.sql[name] = function(text, parameters)
    needs "sql"
    if not tables then error("the test has no tables; t.sql(function(text, parameters) ... end) gives what is in them", 2) end
    return crossed(tables(text, crossed(parameters or {})) or callboard.array {})
  end
end

function callboard.sql.transaction(run)
  needs "sql"
  return run()
end

-- ---- the catalog ----

local entities

local function all_entities()
  needs("catalog", "read")
  return entities or error("the test has no catalog; t.catalog { ... } gives one", 3)
end

local function ref_of(entity)
  local metadata = entity.metadata
  return (entity.kind .. ":" .. (metadata.namespace or "default") .. "/" .. metadata.name):lower()
end

local function full_ref(ref)
  local kind, rest = ref:match "^([^:]+):(.+)$"
  rest = rest or ref
  return ((kind or "component") .. ":" .. (rest:find("/", 1, true) and rest or "default/" .. rest)):lower()
end

-- Keys of annotations have dots in them.
local function at(value, path)
  if type(value) ~= "table" then return nil end
  if value[path] ~= nil then return value[path] end
  for dot in path:gmatch "()%." do
    local found = at(value[sub(path, 1, dot - 1)], sub(path, dot + 1))
    if found ~= nil then return found end
  end
end

local function fits_one(want, have)
  if want == true then return have ~= nil end
  if type(have) == "table" then
    for _, item in ipairs(have) do
      if fits_one(want, item) then return true end
    end
    return false
  end
  if type(want) ~= "table" then return have ~= nil and tostring(have):lower() == tostring(want):lower() end
  for _, item in ipairs(want) do
    if fits_one(item, have) then return true end
  end
  return false
end

local fits
function fits(filter, entity)
  if filter and filter[1] then
    for _, one in ipairs(filter) do
      if fits(one, entity) then return true end
    end
    return false
  end
  for path, want in pairs(filter or {}) do
    local have = at(entity, path)
    -- Who says nothing of the namespace is in the default one.
    if path == "metadata.namespace" and have == nil then have = "default" end
    if not fits_one(want, have) then return false end
  end
  return true
end

function callboard.catalog.entity(ref)
  for _, entity in ipairs(all_entities()) do
    if ref_of(entity) == full_ref(ref) then return crossed(entity) end
  end
end

function callboard.catalog.query(query)
  local items, total, from, limit = {}, 0, query and query.offset or 0, query and query.limit or 100
  for _, entity in ipairs(all_entities()) do
    if fits(query and query.filter, entity) then
      total = total + 1
      if total > from and #items < limit then items[#items + 1] = crossed(entity) end
    end
  end
  return { items = callboard.array(items), total = total, next = from + #items < total and from + #items or nil }
end

function callboard.catalog.count(query) return callboard.catalog.query(query).total end

function callboard.catalog.facets() error("facets cannot be tested here", 2) end

for _, name in ipairs { "refresh", "register", "unregister" } do
  callboard.catalog[name] = function(...)
    needs("catalog", "write")
    note("catalog." .. name)(...)
  end
end

-- ---- calling the plugin ----

local manifest
local function plugin()
  manifest = manifest or require "plugin"
  return manifest
end

local function by_id(section, id)
  for _, row in ipairs(plugin()[section] or {}) do
    if row.id == id then return row end
  end
end

local function of(row, name) return type(row) == "function" and row or (row and row[name]) end

-- What stands for "card greeting", "page /" or "GET /greeting".
local sections = {
  card = function(id) return of(by_id("cards", id), "data") end,
  tab = function(id) return of(by_id("tabs", id), "data") end,
  widget = function(id) return of(by_id("widgets", id), "data") end,
  page = function(path) return of((plugin().pages or {})[path], "data") end,
  form = function(path) return of((plugin().pages or {})[path], "submit") end,
  schedule = function(id) return of(by_id("schedules", id), "run") end,
  provider = function(id) return of(by_id("providers", id), "run") end,
  search = function(id) return of(by_id("search", id), "run") end,
  processor = function(id) return of(by_id("processors", id), "run") end,
  webhook = function(id) return of((plugin().webhooks or {})[id], "run") end,
  event = function(topic) return of((plugin().events or {})[topic], "run") end,
  rule = function(name) return of((plugin().permission_rules or {})[name], "condition") end,
  resolver = function(name) return of((plugin().sign_in_resolvers or {})[name], "run") end,
  health = function(id) return of(by_id("health", id), "check") end,
}
-- Those that are called with two values, as they are.
local deciding = { policy = true, rule = true, resolver = true, health = true }

local function find(what)
  local kind, name = what:match "^(%S+) (.+)$"
  if what == "policy" then return plugin().policy end
  if sections[kind] then return sections[kind](name) end
  return of((plugin().routes or {})[what], "run")
end

local function request_of(given)
  local request = { method = "GET", path = "/", params = {}, query = {}, headers = {}, body = "", user = user }
  for key, value in pairs(given or {}) do request[key] = value end
  return crossed(request)
end

-- ---- t ----

local t = {}

function t.ok(value, why)
  if not value then error(why or ("expected something true, got " .. show(value)), 2) end
end

function t.equal(got, want)
  if not same(got, want) then error("got " .. show(got) .. ", want " .. show(want), 2) end
end

-- f must fail, with a message that contains the text.
function t.error(f, text)
  local good, why = pcall(f)
  if good then error("expected an error, and there was none", 2) end
  if text and not tostring(why):find(text, 1, true) then
    error("expected an error with " .. show(text) .. ", got " .. show(tostring(why)), 2)
  end
end

function t.call(what, argument, second)
  local f = find(what)
  if not f then error("plugin.lua has no function for '" .. what .. "', like \"card ID\", \"page /\" or \"GET /path\"", 2) end
  local kind = what:match "^%S+"
  if kind == "provider" then return f(callboard.provider) end
  if deciding[kind] then return crossed(f(crossed(argument), crossed(second))) end
  if kind == "processor" or kind == "event" then return crossed(f(crossed(argument))) end
  return crossed(f(kind ~= "schedule" and request_of(argument) or nil))
end

-- Only before the first call: the plugin may have read it when it was loaded.
function t.config(config)
  if manifest then error("t.config must come before t.call", 2) end
  for key, value in pairs(crossed(config)) do callboard.config[key] = value end
end

-- Whose functions a health rule cannot call, as on a portal.
local function confine()
  for _, group in ipairs { "http", "ldap", "catalog", "search", "store", "cache", "sql", "events", "provider", "metrics" } do
    for name in pairs(callboard[group] or {}) do
      callboard[group][name] = function() error("callboard." .. group .. "." .. name .. " cannot be called in a health rule", 2) end
    end
  end
end

-- All that the plugin's health rules find in the objects of a cluster, as the portal would show it.
function t.health(given)
  local cluster = given.cluster or "test"
  local question = {
    cluster = type(cluster) == "table" and cluster or { name = cluster, title = cluster }, entity = given.entity,
    objects = callboard.array(given.objects or {}), events = callboard.array(given.events or {}), now = callboard.time.now(),
  }
  local rules, findings = plugin().health or {}, {}
  confine()
  for _, turn in ipairs(callboard.rules.turns(question)) do
    local said = callboard.rules.take(question, turn.rule, turn.object, rules[turn.rule].check(turn.given, turn.around))
    move(said, 1, #said, #findings + 1, findings)
  end
  return callboard.array(findings)
end

function t.http(given) for request, answer in pairs(given) do answers[request] = answer end end
function t.asked() return asked end
function t.configuration(given) for path, value in pairs(given) do settings[path] = value end end
function t.integrations(given) integrations = given end
function t.sql(given) tables = given end
function t.provided() return provided or error("no provider has brought anything", 2) end
function t.now(ms) clock = ms end
function t.ldap(given) for base, found in pairs(given) do branches[base] = found end end
function t.catalog(given) entities = given end
function t.user(given) user = given end
function t.deny(permission) denied[permission] = true end
-- What was logged, audited, published or provided: { { what = "audit", ... }, ... }.
function t.told() return told end
t.store = store

-- ---- test() ----

local tests = {}

local function test(name, f)
  if type(name) ~= "string" or type(f) ~= "function" then error("test needs a name and a function", 2) end
  tests[#tests + 1] = { name = name, run = function() f(t) end }
end

callboard.testing = { test = test, tests = tests }
