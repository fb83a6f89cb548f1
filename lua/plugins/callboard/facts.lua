-- For plugins that know something about entities: publishes it as NAME.facts (docs/plugin-api.md), and finds whom it is about.
local callboard = require "callboard"

local facts = {}

-- Of what is in an event, as JSON: the portal takes 256 KiB.
local EVENT_BYTES = 240 * 1024
local PAGE = 500

local function topic() return callboard.name .. ".facts" end

function facts.wanted() return callboard.events.wanted(topic()) end

-- add(list) publishes lists of {entity, facts, at} as soon as they fill an event, flush() what is left.
function facts.writer()
  local part, size, writer = {}, 0, {}
  function writer.flush()
    if #part > 0 then callboard.events.publish(topic(), callboard.array(part)) end
    part, size = {}, 0
  end
  function writer.add(list)
    for _, one in ipairs(list) do
      local bytes = #callboard.json.encode(one) + 1
      if size + bytes > EVENT_BYTES then writer.flush() end
      part[#part + 1], size = one, size + bytes
    end
  end
  return writer
end

function facts.tell(list)
  local writer = facts.writer()
  writer.add(list)
  writer.flush()
end

-- What is told by the way: when nobody can be told, what is done meanwhile goes on.
function facts.offer(list)
  local good, why = pcall(facts.tell, list)
  if not good then callboard.log.warn("facts could not be told: " .. tostring(why)) end
end

-- ---- whose ----

local function place_of(entity)
  local annotations = entity.metadata.annotations or {}
  return annotations["backstage.io/source-location"] or annotations["backstage.io/managed-by-location"] or ""
end

-- The host where an entity's own file is, "" when it is not known.
function facts.host(entity) return (place_of(entity):match "^url:https?://([^/]+)/" or ""):lower() end

function facts.ref(entity)
  return ("%s:%s/%s"):format(entity.kind, entity.metadata.namespace or "default", entity.metadata.name):lower()
end

-- A branch may have slashes in its name: then the address alone does not say where it ends.
function facts.on_branch(entity, branch)
  local rest = place_of(entity):match "^url:https?://.-/blob/(.+)$" or place_of(entity):match "^url:https?://.-/tree/(.+)$"
  return rest == nil or rest:find "^HEAD/" ~= nil or (rest .. "/"):sub(1, #branch + 1) == branch .. "/"
end

-- Those that fit, but for Locations, which are of the portal's own making.
local function entities(filter)
  local found, offset = {}, 0
  repeat
    local page = callboard.catalog.query { filter = filter, order = "metadata.name", limit = PAGE, offset = offset,
      fields = { "kind", "metadata.name", "metadata.namespace", "metadata.annotations" } }
    for _, entity in ipairs(page.items) do
      if entity.kind ~= "Location" then found[#found + 1] = entity end
    end
    offset = page.next
  until not offset
  return found
end

local PLACE = "backstage.io/managed-by-location"

-- {{entity, repository}...}: see below; target may be missing.
local function entities_of(options, repositories)
  local by_slug, by_place, slugs, places = {}, {}, callboard.array {}, callboard.array {}
  for i, one in ipairs(repositories) do
    slugs[i], by_slug[one.slug:lower()] = one.slug, one
    if one.target then
      places[#places + 1] = "url:" .. one.target
      by_place[places[#places]] = one
    end
  end
  if #slugs == 0 then return {} end
  local filter, found = { { ["metadata.annotations." .. options.annotation] = slugs } }, {}
  if #places > 0 then filter[2] = { ["metadata.annotations." .. PLACE] = places } end
  for _, entity in ipairs(entities(filter)) do
    local annotations = entity.metadata.annotations or {}
    local slug = annotations[options.annotation]
    local repository = slug and options.ours(entity) and by_slug[slug:lower()] or not slug and by_place[annotations[PLACE] or ""]
    if repository then found[#found + 1] = { entity = entity, repository = repository } end
  end
  return found
end

-- ---- what is known about repositories ----

--[[
Both find the entities of repositories: those whose annotation is a repository's slug, and those that were read from its target.
options:
  annotation    like "github.com/project-slug"
  ours(entity)  whether an entity that names a slug means the server that the repositories are on

of_repositories gives what to tell about the entities of {{slug, target, facts}...}, seen at `at`.
]]
function facts.of_repositories(options, repositories, at)
  local told = {}
  for i, found in ipairs(entities_of(options, repositories)) do
    told[i] = { entity = facts.ref(found.entity), at = at, facts = found.repository.facts }
  end
  return told
end

--[[
Tells what is known of all repositories of lists that were read before. lists(each) calls each(page, one, host, at) for their
pages; options_of(host) gives options, row(repository, one) gives {slug, target, facts}.
]]
function facts.of_lists(lists, options_of, row)
  if not facts.wanted() then return end
  local writer = facts.writer()
  lists(function(page, one, host, at)
    local list = {}
    for i, repository in ipairs(page) do list[i] = row(repository, one) end
    writer.add(facts.of_repositories(options_of(host), list, at))
  end)
  writer.flush()
end

-- Of rows, the newest first, the first that came to an end on the branch that an entity is of.
local function last_run(entity, rows, of_requests)
  for _, row in ipairs(rows) do
    if row.tone ~= "running" and not of_requests[row.event] and facts.on_branch(entity, row.branch) then
      return { last_run = row.status, last_run_name = row.workflow, last_run_branch = row.branch,
        last_run_at = row.at ~= callboard.null and callboard.time.iso(row.at) or callboard.null }
    end
  end
end

--[[
Tells how the last run of a repository's CI ended: rows {branch, event, tone, status, workflow, at}, the newest first.
options.of_requests: the events of which the branch is somebody's, who may call it as the repository's own is called.
]]
function facts.ran(options, slug, rows)
  if not facts.wanted() then return end
  local told = {}
  for _, found in ipairs(entities_of(options, { { slug = slug } })) do
    local run = last_run(found.entity, rows, options.of_requests)
    if run then told[#told + 1] = { entity = facts.ref(found.entity), at = callboard.time.now(), facts = run } end
  end
  facts.offer(told)
end

return facts
