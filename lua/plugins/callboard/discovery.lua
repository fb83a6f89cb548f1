-- What plugins share that find entities on other servers: whose turn it is, lists that come in pages and are kept, Locations.
local callboard = require "callboard"

local discovery = {}

local FREQUENCY = { minutes = 30 }
local PAGE_SIZE = 100
local MOST_PAGES = 10000

-- ---- what is configured ----

-- A section of catalog.providers: one provider, which then has one of `keys` itself, a list of them, or a map from ids to them.
function discovery.configured(path, keys)
  local section, found = callboard.configuration(path), {}
  if type(section) ~= "table" then return found end
  for _, key in ipairs(keys) do
    if section[key] ~= nil then return { { id = section.id or "default", config = section } } end
  end
  for id, config in pairs(section) do
    if type(config) == "table" then found[#found + 1] = { id = tostring(config.id or id), config = config } end
  end
  table.sort(found, function(a, b) return a.id < b.id end)
  return found
end

-- The integration that a provider is about; without one nothing says where its API is.
function discovery.integration(kind, host)
  for _, one in ipairs(callboard.integrations(kind)) do
    if one.host == host:lower() and one.api ~= "" then return one end
  end
  error(("integrations.%s has no entry with an API for the host %s"):format(kind, host), 0)
end

-- JavaScript's regular expression from the configuration; nil fits everything. whole: it must fit from end to end.
function discovery.fits(pattern, text, whole)
  if pattern == nil then return true end
  if whole then pattern = "^(?:" .. pattern .. ")$" end
  return callboard.regex.matches(pattern, text)
end

-- null of the configuration or of JSON is nothing.
function discovery.value(v, default)
  if v == nil or v == callboard.null then return default end
  return v
end

function discovery.set(list)
  local found = {}
  for _, one in ipairs(list or {}) do found[one] = true end
  return found
end

function discovery.encode(text)
  return (tostring(text):gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

function discovery.encode_path(text)
  return (tostring(text):gsub("[^%w%-._~/]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- ---- asking ----

local function said(answer)
  local body = type(answer.json) == "table" and answer.json or {}
  local text = discovery.value(body.message, discovery.value(body.error))
  return type(text) == "string" and ": " .. text:sub(1, 200) or ""
end

local function limit_text(answer)
  local headers = answer.headers
  local left = headers["x-ratelimit-remaining"] or headers["ratelimit-remaining"]
  local reset = tonumber(headers["x-ratelimit-reset"] or headers["ratelimit-reset"])
  local wait = tonumber(headers["retry-after"])
  if answer.status ~= 429 and not (answer.status == 403 and (left == "0" or wait)) then return nil end
  local at = wait and callboard.time.now() + wait * 1000 or reset and reset * 1000
  return "the server allows no more requests" .. (at and " until " .. callboard.time.iso(math.floor(at)) or " for now")
end

-- The answer, when its status is 2xx or one of `also`; else an error that says what was wanted. what: "the repositories of acme".
function discovery.ask(what, options, also)
  options.auth = "integration"
  local good, answer = pcall(callboard.http.request, options)
  if not good then error(what .. ": " .. tostring(answer), 0) end
  if answer.ok or also and also[answer.status] then return answer end
  error(("%s: %s"):format(what, limit_text(answer) or ("%s answered %d%s"):format(options.url, answer.status, said(answer))), 0)
end

-- ---- pages that are kept ----

local function page_key(list, number) return ("page/%s/%04d"):format(list.key, number) end

local function has_next(answer, count, size)
  local link = answer.headers.link
  if link then return link:find('rel="next"', 1, true) ~= nil end
  return count >= size
end

local function keep_some(list, rows)
  local items = {}
  for _, row in ipairs(rows) do
    local item = list.keep(row)
    if item then items[#items + 1] = item end
  end
  return callboard.array(items)
end

-- {etag, url, count, more, items} of a page, from the server or, when it says that nothing changed, as it was kept.
local function read_page(list, number)
  local size = list.size or PAGE_SIZE
  local url = ("%s%s%s=%d&page=%d"):format(list.url, list.url:find("?", 1, true) and "&" or "?", list.size_name or "per_page", size,
    number)
  local kept = callboard.store.get(page_key(list, number))
  if kept and (kept.url ~= url or kept.form ~= list.form) then kept = nil end
  local answer = discovery.ask(list.what, { url = url, headers = list.headers, etag = kept and kept.etag }, { [304] = true })
  if answer.status == 304 then
    if not kept then error(list.what .. ": " .. url .. " answered 304 to what nobody has", 0) end
    kept.more = has_next(answer, kept.count, size)
    return kept, kept, false
  end
  local rows = answer.json
  if type(rows) ~= "table" then error(list.what .. ": " .. url .. " answered with what is no list", 0) end
  local etag = answer.headers.etag
  return { etag = etag, url = url, form = list.form, count = #rows, more = has_next(answer, #rows, size),
    items = keep_some(list, rows) }, kept, true
end

local function forget_from(list, number)
  while callboard.store.get(page_key(list, number)) do
    callboard.store.delete(page_key(list, number))
    number = number + 1
  end
end

--[[
Reads a list of a REST API page by page and hands the items of each page to each(). Pages are kept with their ETag, so that
what has not changed is neither sent nor counted by the server. list:
  key     names it among the plugin's lists, url  without page and size, what  it is, for messages
  keep    makes what is kept of a row, nil to leave it out; form changes when keep does
  look    looks at the items of a page before they are handed on, with those that were kept before; returns true when it
          changed one
]]
function discovery.pages(list, each)
  local number, more = 1, true
  while more do
    if number > MOST_PAGES then error(list.what .. ": more than " .. MOST_PAGES .. " pages", 0) end
    local page, kept, fresh = read_page(list, number)
    if list.look and list.look(page.items, kept and kept.items or {}) then fresh = true end
    if fresh then callboard.store.set(page_key(list, number), page) end
    each(page.items)
    more, number = page.more and page.count > 0, number + 1
  end
  forget_from(list, number)
end

-- A list that comes in another way (GraphQL) is kept in the same pages, for when it is not its turn.
function discovery.keep_page(list, number, items)
  callboard.store.set(page_key(list, number), { count = #items, items = callboard.array(items), form = list.form })
end
discovery.forget_pages = forget_from

-- The pages as they were kept.
function discovery.kept_pages(list, each)
  local number = 1
  local page = callboard.store.get(page_key(list, number))
  while page do
    each(page.items)
    number = number + 1
    page = callboard.store.get(page_key(list, number))
  end
end

-- Of a part of what is kept as a whole, as JSON; a value of the store may have twice as much.
local PART_BYTES = 128 * 1024

local function parts_of(entities)
  local parts, size, lost = { {} }, 0, false
  for _, entity in ipairs(entities) do
    local bytes = #callboard.json.encode(entity)
    lost = lost or bytes > PART_BYTES
    if size + bytes > PART_BYTES then parts[#parts + 1], size = {}, 0 end
    table.insert(parts[#parts], entity)
    size = size + bytes
  end
  return parts, lost
end

-- What only makes sense as a whole: all() gives the entities. They are kept, unless one of them is too large for that (a team of
-- ten thousand): then they are read also when it is another provider's turn.
function discovery.whole(list, one, add, all)
  local first = callboard.store.get(page_key(list, 1))
  if not one.due and first and not first.lost then return discovery.kept_pages(list, add) end
  local parts, lost = parts_of(all())
  for number, part in ipairs(parts) do
    if not lost then discovery.keep_page(list, number, part) end
    add(part)
  end
  if lost then callboard.store.set(page_key(list, 1), { lost = true, items = callboard.array {} }) end
  forget_from(list, lost and 2 or #parts + 1)
end

-- Of items with {name, active}, hands those to ask() of which it is not known already whether their file is there: nothing
-- happened in them since. slack: how much later, in ms, than something happened the server may still not tell.
function discovery.look_for_files(items, before, slack, ask)
  local was, looked = {}, false
  for _, item in ipairs(before) do was[item.name] = item end
  for _, item in ipairs(items) do
    local old = was[item.name]
    if old and old.looked_at and old.active == item.active and old.looked_at > item.active + slack then
      item.there, item.looked_at = old.there, old.looked_at
    else
      item.there, item.looked_at, looked = ask(item), callboard.time.now(), true
    end
  end
  return looked
end

-- ---- entities ----

function discovery.annotate(entity, location)
  local annotations = entity.metadata.annotations or {}
  annotations["backstage.io/managed-by-location"] = location
  annotations["backstage.io/managed-by-origin-location"] = location
  entity.metadata.annotations = annotations
  return entity
end

-- The Location of a file, named as Backstage names it. presence: nil means required.
function discovery.location(target, presence)
  local ref = "url:" .. target
  return discovery.annotate({
    apiVersion = "backstage.io/v1alpha1",
    kind = "Location",
    metadata = { name = "generated-" .. callboard.crypto.sha1(ref) },
    spec = { type = "url", target = target, presence = presence },
  }, ref)
end

-- ---- runs ----

local function state_key(name) return "state/" .. name end

-- When a provider is next: nil is never by the clock.
local function next_at(config, was)
  local schedule = discovery.value(config.schedule, {})
  if not was.tried_at then
    local delay = discovery.value(schedule.initialDelay)
    return delay and callboard.time.next(delay, was.since) or 0
  end
  local frequency = discovery.value(schedule.frequency, FREQUENCY)
  if type(frequency) == "table" and frequency.trigger then return nil end
  return callboard.time.next(frequency, was.tried_at)
end

-- Has anybody's turn come? Fills state with those that are new, and forgets those that are not configured any more.
local function look(configs, state)
  local now, known, any = callboard.time.now(), {}, false
  for _, one in ipairs(configs) do
    local hash = callboard.crypto.sha1(callboard.json.encode(one.config))
    local was = state[one.id]
    if not was or was.hash ~= hash then was = { since = was and was.since or now, hash = hash } end
    state[one.id], known[one.id] = was, true
    local at = next_at(one.config, was)
    one.due = was.asked or at and at <= now or false
    any = any or one.due
  end
  for id in pairs(state) do
    if not known[id] then
      state[id], any = nil, true
    end
  end
  return any
end

local function deadline(config)
  local timeout = discovery.value(discovery.value(config.schedule, {}).timeout)
  return timeout and callboard.time.next(timeout, callboard.time.now()) or math.huge
end

local function read_one(provider, one, read)
  local ends, count = deadline(one.config), 0
  read(one, function(entities)
    if callboard.time.now() > ends then error(one.id .. ": it takes longer than schedule.timeout", 0) end
    count = count + #entities
    if #entities > 0 then provider.add(entities) end
  end)
  return count
end

-- Marks those whose turn it is, in what is kept and in configs. False: nobody's turn has come.
local function take_turns(name, configs)
  local state = callboard.store.get(state_key(name)) or {}
  local before = callboard.json.encode(state)
  if not look(configs, state) then
    if callboard.json.encode(state) ~= before then callboard.store.set(state_key(name), state) end
    return false
  end
  callboard.store.update(state_key(name), function(now)
    now = now or {}
    look(configs, now)
    for _, one in ipairs(configs) do
      local was = now[one.id]
      -- One that did not come to its end has left old and new pages side by side.
      one.due = one.due or was.reading or false
      if one.due then was.tried_at, was.reading, was.asked = callboard.time.now(), true, nil end
    end
    return now
  end)
  return true
end

local function end_turns(name)
  callboard.store.update(state_key(name), function(now)
    for _, was in pairs(now or {}) do
      if was.reading then was.read_at, was.reading = was.tried_at, nil end
    end
    return now
  end)
end

-- When what is kept was last read to its end; nil when it never was.
function discovery.read_at(name, id)
  local was = (callboard.store.get(state_key(name)) or {})[id]
  return was and was.read_at
end

--[[
The run of a provider that comes every minute: reads those of configs ({id, config} from configured()) whose turn it is, and
replaces all that it brought. read(one, add) finds the entities of one and hands them to add() in parts; one.due false says
that what was kept will do. When one fails, nothing changes.
]]
function discovery.run(provider, name, configs, read)
  if not take_turns(name, configs) then return end
  local begun = callboard.time.now()
  provider.begin()
  local counts, sum = {}, 0
  for _, one in ipairs(configs) do
    counts[one.id] = read_one(provider, one, read)
    sum = sum + counts[one.id]
  end
  local result = provider.commit()
  end_turns(name)
  callboard.log.info(("%s: %d entities"):format(name, sum), { providers = counts, changed = result.changed,
    unchanged = result.unchanged, removed = result.removed, faulty = result.faulty, ms = callboard.time.now() - begun })
end

-- Did a push bring a file that was not there? commits: as the servers' webhooks have them.
function discovery.brings(commits, path)
  for _, commit in ipairs(type(commits) == "table" and commits or {}) do
    for _, added in ipairs(type(commit) == "table" and type(commit.added) == "table" and commit.added or {}) do
      if added == path then return true end
    end
  end
  return false
end

-- A webhook says that something has changed: the run of the next minute reads it, whatever its schedule says.
function discovery.ask_for(name, ids)
  callboard.store.update(state_key(name), function(state)
    state = state or {}
    for _, id in ipairs(ids) do
      if state[id] then state[id].asked = true end
    end
    return state
  end)
end

-- A push: a file that is known is read again; for one that is new the list is, which knows what there is. watched: {{id, target, path}...},
-- of each configured id that has the repository and reads the branch. Gives how many were read again.
function discovery.pushed(name, watched, commits)
  local refreshed, ids = 0, {}
  for _, one in ipairs(watched) do
    local location = discovery.location(one.target).metadata.name
    if pcall(callboard.catalog.refresh, "location:default/" .. location) then
      refreshed = refreshed + 1
    elseif discovery.brings(commits, one.path) then
      ids[#ids + 1] = one.id
    end
  end
  if #ids > 0 then discovery.ask_for(name, ids) end
  return refreshed
end

return discovery
