local API = "https://api.github.com"
local LIST = API .. "/orgs/acme/repos?type=all&sort=full_name&per_page=100&page="

local function site(t, providers)
  t.integrations { github = { { host = "github.com", api = API, base = "https://github.com" } } }
  t.configuration(providers)
end

local function discovery(t, more)
  local config = { organization = "acme" }
  for key, value in pairs(more or {}) do config[key] = value end
  site(t, { ["catalog.providers.github"] = { acme = config } })
  t.http { ["GET " .. API .. "/orgs/acme"] = { json = { login = "acme" } } }
end

local function repository(name, more)
  local row = { name = name, html_url = "https://github.com/acme/" .. name, default_branch = "main", archived = false, fork = false,
    visibility = "private", topics = {}, pushed_at = "2026-01-02T03:04:05Z" }
  for key, value in pairs(more or {}) do row[key] = value end
  return row
end

local function targets(t)
  local found = {}
  for i, entity in ipairs(t.provided()) do found[i] = entity.spec.target:gsub("^https://github.com/acme/", "") end
  return table.concat(found, " ")
end

-- A run an hour after the one before: it is due again.
local hours = 0
local function run_discovery(t)
  hours = hours + 1
  t.now(hours * 3600 * 1000)
  t.call "provider discovery"
end

local function component(name, annotations)
  return { kind = "Component", metadata = { name = name, annotations = annotations } }
end

-- The facts that were told, by entity.
local function told(t)
  local found = {}
  for _, one in ipairs(t.told()) do
    if one.what == "event" then
      t.equal(one[1], "github.facts")
      for _, row in ipairs(one[2]) do found[row.entity] = row.facts end
    end
  end
  return found
end

test("a repository becomes a Location", function(t)
  discovery(t)
  t.http { ["GET " .. LIST .. "1"] = { json = { repository "pay" } } }
  t.call "provider discovery"
  local location = t.provided()[1]
  t.equal(location.kind, "Location")
  t.equal(location.spec, { type = "url", target = "https://github.com/acme/pay/blob/main/catalog-info.yaml", presence = "optional" })
  t.equal(location.metadata.annotations["backstage.io/managed-by-location"], "url:" .. location.spec.target)
  t.equal(t.asked()[1].auth, "integration")
end)

test("filters say which, and on which branch", function(t)
  discovery(t, { catalogPath = "/docs/c.yaml", filters = { branch = "trunk", repository = "a.*", allowForks = false,
    visibility = { "private" }, topic = { include = { "x" }, exclude = { "y" } } } })
  t.http { ["GET " .. LIST .. "1"] = { json = {
    repository("a1", { topics = { "x" } }), repository("a2", { topics = { "x", "y" } }), repository "a3",
    repository("a4", { topics = { "x" }, fork = true }), repository("a5", { topics = { "x" }, archived = true }),
    repository("a6", { topics = { "x" }, visibility = "public" }), repository("ba", { topics = { "x" } }),
  } } }
  t.call "provider discovery"
  t.equal(targets(t), "a1/blob/trunk/docs/c.yaml")
end)

test("pages are read to the last one, and those that did not change are not sent again", function(t)
  discovery(t, { schedule = { frequency = { minutes = 1 } } })
  local function answer(name, more)
    return function(request)
      local headers = { etag = name, link = more and '<x>; rel="next"' or '<x>; rel="first"' }
      if request.etag == name then return { status = 304, headers = headers } end
      return { headers = headers, json = { repository(name) } }
    end
  end
  t.http { ["GET " .. LIST .. "1"] = answer("one", true), ["GET " .. LIST .. "2"] = answer "two" }
  t.now(1000000)
  t.call "provider discovery"
  t.equal(targets(t), "one/blob/main/catalog-info.yaml two/blob/main/catalog-info.yaml")
  t.now(1030000)
  t.call "provider discovery"
  t.equal(#t.asked(), 3)
  t.now(1060000)
  t.call "provider discovery"
  t.equal(#t.asked(), 6)
  t.equal(t.asked()[5].etag, "one")
  t.equal(targets(t), "one/blob/main/catalog-info.yaml two/blob/main/catalog-info.yaml")
end)

test("a server that allows no more says until when, and nothing is brought", function(t)
  discovery(t)
  t.http { ["GET " .. LIST .. "1"] = { status = 429, headers = { ["retry-after"] = "60" } } }
  t.error(function() run_discovery(t) end,
    "the repositories of acme: the server allows no more requests until 1970-01-01T01:01:00.000Z")
  t.http { ["GET " .. LIST .. "1"] = { status = 403, headers = { ["x-ratelimit-remaining"] = "0", ["x-ratelimit-reset"] = "9000" } } }
  t.error(function() run_discovery(t) end, "until 1970-01-01T02:30:00.000Z")
  t.error(t.provided, "no provider has brought anything")
end)

test("an answer that is faulty is named, and nothing is brought", function(t)
  discovery(t)
  for _, case in ipairs {
    { { status = 500, json = { message = "broken" } }, "answered 500: broken" },
    { { body = "<html>" }, "answered with what is no list" },
    { { status = 304 }, "answered 304 to what nobody has" },
  } do
    t.http { ["GET " .. LIST .. "1"] = case[1] }
    t.error(function() run_discovery(t) end, case[2])
  end
  t.http { ["GET " .. LIST .. "1"] = function() error("no connection", 0) end }
  t.error(function() run_discovery(t) end, "the repositories of acme: no connection")
  t.error(t.provided, "no provider has brought anything")
end)

test("what cannot be is said with its id", function(t)
  site(t, { ["catalog.providers.github"] = { one = { organization = "acme", app = 7 } } })
  t.error(function() t.call "provider discovery" end, "one: app is not possible here")
end)

test("with validateLocationsExist the list comes by GraphQL, with the file", function(t)
  discovery(t, { validateLocationsExist = true })
  local function node(name, file)
    return { name = name, url = "https://github.com/acme/" .. name, isArchived = false, isFork = false, visibility = "PUBLIC",
      pushedAt = "2026-01-02T03:04:05Z", defaultBranchRef = { name = "main" }, catalogFile = file, pullRequests = { totalCount = 4 },
      repositoryTopics = { nodes = {} } }
  end
  t.http { ["POST " .. API .. "/graphql"] = function(request)
    local first = request.json.variables.cursor == nil
    local one = first and node("with", { __typename = "Blob" }) or node "without"
    return { json = { data = { repositoryOwner = { repositories = { nodes = { one },
      pageInfo = { hasNextPage = first, endCursor = "next" } } } } } }
  end }
  t.call "provider discovery"
  t.equal(targets(t), "with/blob/main/catalog-info.yaml")
  t.equal(t.asked()[2].json.variables.cursor, "next")
  t.equal(t.asked()[2].owner, "acme")
  t.catalog { component("with", { ["github.com/project-slug"] = "acme/with" }) }
  t.call "schedule facts"
  t.equal(told(t)["component:default/with"].open_pull_requests, 4)
end)

test("GraphQL's errors come with status 200", function(t)
  discovery(t, { validateLocationsExist = true })
  t.http { ["POST " .. API .. "/graphql"] = { json = { errors = { { message = "Something went wrong" } } } } }
  t.error(function() run_discovery(t) end, "the repositories of acme: Something went wrong")
  t.http { ["POST " .. API .. "/graphql"] = { json = { data = {} } } }
  t.error(function() run_discovery(t) end, "there is no such organization")
end)

test("people and teams belong to each other", function(t)
  site(t, { ["catalog.providers.githubOrg"] = { { id = "one", githubUrl = "https://github.com", orgs = { "acme" } } } })
  local last = { hasNextPage = false }
  t.http { ["POST " .. API .. "/graphql"] = function(request)
    local query = request.json.query
    if query:find("membersWithRole", 1, true) then
      return { json = { data = { organization = { membersWithRole = { pageInfo = last, nodes = {
        { login = "Ana", name = "Ana Lima", email = "", bio = "x", organizationVerifiedDomainEmails = { "ana@acme.com" } } } } } } } }
    elseif query:find("team(slug", 1, true) then
      return { json = { data = { organization = { team = { members = { pageInfo = last, nodes = { { login = "Ana" } } } } } } } }
    end
    return { json = { data = { organization = { teams = { pageInfo = last, nodes = {
      { slug = "core", combinedSlug = "acme/core", name = "Core", members = { nodes = {}, pageInfo = { hasNextPage = true } } },
      { slug = "web", combinedSlug = "acme/web", name = "Web", parentTeam = { slug = "core" }, members = { nodes = {}, pageInfo = last } },
    } } } } } }
  end }
  t.call "provider organization"
  local ana, core, web = t.provided()[1], t.provided()[2], t.provided()[3]
  t.equal(ana.metadata.name, "Ana")
  t.equal(ana.spec, { memberOf = { "core" }, profile = { displayName = "Ana Lima", email = "ana@acme.com" } })
  t.equal(core.spec.children, { "web" })
  t.equal(core.spec.members, { "Ana" })
  t.equal(web.spec.parent, "core")
  t.equal(web.metadata.annotations["github.com/team-slug"], "acme/web")
end)

-- ---- facts ----

test("what the list says anyway is told about the repositories' entities, without a request", function(t)
  discovery(t)
  t.http { ["GET " .. LIST .. "1"] = { json = { repository("Pay", { topics = { "x" } }), repository("old", { archived = true }) } } }
  t.catalog {
    component("pay", { ["github.com/project-slug"] = "acme/pay" }),
    component("part", { ["backstage.io/managed-by-location"] = "url:https://github.com/acme/Pay/blob/main/catalog-info.yaml" }),
    component("old", { ["github.com/project-slug"] = "acme/old" }),
    component("other", { ["github.com/project-slug"] = "acme/other" }),
    { kind = "Location", metadata = { name = "generated",
      annotations = { ["backstage.io/managed-by-location"] = "url:https://github.com/acme/Pay/blob/main/catalog-info.yaml" } } },
  }
  t.call "schedule facts"
  t.equal(told(t), {})
  t.now(5000)
  t.call "provider discovery"
  local asked = #t.asked()
  t.now(9000)
  t.call "schedule facts"
  t.equal(#t.asked(), asked)
  local pay = { default_branch = "main", archived = false, fork = false, visibility = "private", topics = { "x" },
    last_push = "2026-01-02T03:04:05Z" }
  local found = told(t)
  t.equal(found["component:default/pay"], pay)
  t.equal(found["component:default/part"], pay)
  t.equal(found["component:default/old"].archived, true)
  t.equal(found["component:default/other"], nil)
  t.equal(found["location:default/generated"], nil)
  for _, one in ipairs(t.told()) do
    if one.what == "event" then t.equal(one[2][1].at, 5000) end
  end
end)

local function run(more)
  local row = { name = "Build", display_title = "x", run_number = 1, head_branch = "main", event = "push", status = "completed",
    conclusion = "success", run_started_at = "2026-01-02T03:04:05Z", html_url = "https://github.com/acme/pay/actions/runs/1" }
  for key, value in pairs(more or {}) do row[key] = value end
  return row
end

local PAY = component("pay", { ["github.com/project-slug"] = "acme/pay",
  ["backstage.io/source-location"] = "url:https://github.com/acme/pay/tree/main/" })
local RUNS = "GET " .. API .. "/repos/acme/pay/actions/runs?per_page=25"

test("who looks at the runs has the last one of the branch told", function(t)
  site(t, {})
  t.catalog { PAY }
  t.http { [RUNS] = { json = { workflow_runs = {
    run { status = "in_progress", conclusion = nil }, run { head_branch = "feature", conclusion = "cancelled" },
    run { event = "pull_request", conclusion = "cancelled" }, run { conclusion = "failure" }, run(),
  } } } }
  local tab = t.call("tab actions", { entity = PAY })
  t.equal(#tab.rows, 5)
  t.equal(tab.rows[4].tone, "failure")
  t.equal(told(t), { ["component:default/pay"] = { last_run = "failure", last_run_name = "Build", last_run_branch = "main",
    last_run_at = "2026-01-02T03:04:05.000Z" } })
end)

test("a server that does not say is shown, and no fact", function(t)
  site(t, {})
  t.catalog { PAY }
  t.http { [RUNS] = { status = 502 } }
  t.ok(t.call("tab actions", { entity = PAY }).why:find("GitHub does not say: the runs of acme/pay", 1, true))
  t.equal(told(t), {})
end)

test("a webhook tells how a run ended", function(t)
  site(t, {})
  t.catalog { PAY, component("elsewhere", { ["github.com/project-slug"] = "acme/pay",
    ["backstage.io/source-location"] = "url:https://github.acme.example/acme/pay/tree/main/" }) }
  t.integrations { github = { { host = "github.com", api = API, base = "https://github.com" },
    { host = "github.acme.example", api = "https://github.acme.example/api/v3", base = "https://github.acme.example" } } }
  local function hook(action, more)
    return t.call("webhook events", { headers = { ["x-github-event"] = "workflow_run" }, json = { action = action,
      workflow_run = run(more), repository = { full_name = "acme/pay", html_url = "https://github.com/acme/pay" } } })
  end
  t.equal(hook("requested").json.ignored, true)
  hook("completed", { head_branch = "feature" })
  t.equal(told(t), {})
  t.equal(hook("completed", { conclusion = "failure" }).status, 202)
  t.equal(told(t)["component:default/pay"].last_run, "failure")
  t.equal(told(t)["component:default/elsewhere"], nil)
end)
