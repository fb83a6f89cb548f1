local API = "https://gitlab.com/api/v4"
local LIST = "GET " .. API .. "/groups/acme/projects?include_subgroups=true&order_by=id&sort=asc&archived=false&per_page=100&page="

local function site(t, config)
  local host = config.host or "gitlab.com"
  t.integrations { gitlab = { { host = host, api = ("https://%s/api/v4"):format(host), base = "https://" .. host } } }
  t.configuration { ["catalog.providers.gitlab"] = { one = config } }
end

local hours = 0
local function run(t, provider)
  hours = hours + 1
  t.now(hours * 3600 * 1000)
  t.call("provider " .. (provider or "discovery"))
end

local function project(path, more)
  local row = { path_with_namespace = path, web_url = "https://gitlab.com/" .. path, default_branch = "main", archived = false,
    visibility = "internal", topics = { "x" }, last_activity_at = "1970-01-01T00:00:01.000Z" }
  for key, value in pairs(more or {}) do row[key] = value end
  return row
end

local function file(path, branch)
  return ("HEAD %s/projects/%s/repository/files/catalog-info.yaml?ref=%s"):format(API, path:gsub("/", "%%2F"), branch or "main")
end

local function targets(t)
  local found = {}
  for i, entity in ipairs(t.provided()) do found[i] = entity.spec.target:gsub("^https://gitlab.com/", "") end
  return table.concat(found, " ")
end

local function component(name, annotations)
  return { kind = "Component", metadata = { name = name, annotations = annotations } }
end

local function told(t)
  local found = {}
  for _, one in ipairs(t.told()) do
    if one.what == "event" then
      t.equal(one[1], "gitlab.facts")
      for _, row in ipairs(one[2]) do found[row.entity] = row.facts end
    end
  end
  return found
end

test("a project that has the file becomes a Location", function(t)
  site(t, { group = "acme" })
  t.http { [LIST .. "1"] = { json = { project "acme/pay", project "acme/sub/none", project "acme/off" } },
    [file "acme/pay"] = {}, [file "acme/sub/none"] = { status = 404 }, [file "acme/off"] = { status = 403 } }
  t.call "provider discovery"
  t.equal(targets(t), "acme/pay/-/blob/main/catalog-info.yaml")
  t.equal(t.provided()[1].spec.presence, "optional")
end)

test("filters say which, and on which branch", function(t)
  site(t, { group = "acme", branch = "trunk", projectPattern = "pay", excludeRepos = { "acme/pay-old" }, skipForkedRepos = true })
  t.http { [LIST .. "1"] = { json = { project "acme/pay", project "acme/pay-old", project "acme/other",
      project("acme/pay-fork", { forked_from_project = { id = 1 } }), project("acme/pay-done", { archived = true }) } },
    [file("acme/pay", "trunk")] = {} }
  t.call "provider discovery"
  t.equal(targets(t), "acme/pay/-/blob/trunk/catalog-info.yaml")
end)

test("a project that has no branch is asked for the fallback", function(t)
  site(t, { group = "acme", fallbackBranch = "dev" })
  local empty = project "acme/pay"
  empty.default_branch = nil
  t.http { [LIST .. "1"] = { json = { empty } }, [file("acme/pay", "dev")] = {} }
  t.call "provider discovery"
  t.equal(targets(t), "acme/pay/-/blob/dev/catalog-info.yaml")
end)

test("pages are read to the last one; a project in which nothing happened is not asked again", function(t)
  site(t, { group = "acme" })
  t.http { [LIST .. "1"] = { json = { project "acme/a" }, headers = { link = '<x>; rel="next"' } },
    [LIST .. "2"] = { json = { project "acme/b" }, headers = { link = '<x>; rel="first"' } }, [file "acme/a"] = {}, [file "acme/b"] = {} }
  hours = 10
  run(t)
  t.equal(#t.asked(), 4)
  run(t)
  t.equal(#t.asked(), 6)
  t.equal(targets(t), "acme/a/-/blob/main/catalog-info.yaml acme/b/-/blob/main/catalog-info.yaml")
end)

test("a server that allows no more says until when, and nothing is brought", function(t)
  site(t, { group = "acme" })
  t.http { [LIST .. "1"] = { status = 429, headers = { ["ratelimit-reset"] = "7200" } } }
  t.error(function() run(t) end, "the projects of acme: the server allows no more requests until 1970-01-01T02:00:00.000Z")
  t.http { [LIST .. "1"] = { json = { project "acme/pay" } }, [file "acme/pay"] = { status = 429 } }
  t.error(function() run(t) end, "the files of acme/pay: the server allows no more requests for now")
  t.error(t.provided, "no provider has brought anything")
end)

test("an answer that is faulty is named, and nothing is brought", function(t)
  site(t, { group = "acme" })
  t.http { [LIST .. "1"] = { status = 401, json = { message = "401 Unauthorized" } } }
  t.error(function() run(t) end, "answered 401: 401 Unauthorized")
  t.http { [LIST .. "1"] = { body = "<html>" } }
  t.error(function() run(t) end, "answered with what is no list")
  t.error(t.provided, "no provider has brought anything")
end)

test("people and groups of a server of one's own", function(t)
  site(t, { host = "git.acme.example", group = "acme", orgEnabled = true, userPattern = "^(ana|bob)" })
  local api, last = "https://git.acme.example/api/v4", { headers = { link = '<x>; rel="first"' } }
  local function list(rows) return { json = rows, headers = last.headers } end
  t.http {
    ["GET " .. api .. "/groups?all_available=true&order_by=id&per_page=100&page=1"] = list {
      { id = 1, full_path = "acme", name = "Acme", description = "" }, { id = 2, full_path = "acme/web/ui", name = "UI", parent_id = 1 },
      { id = 3, full_path = "acme/empty", name = "Empty", parent_id = 1 }, { id = 4, full_path = "acmeville", name = "Other" },
    },
    ["GET " .. api .. "/users?active=true&per_page=100&page=1"] = list {
      { username = "ana", name = "Ana", state = "active", web_url = "https://git.acme.example/ana", email = "ana@acme.example" },
      { username = "bob", name = "Bob", state = "blocked", web_url = "https://git.acme.example/bob" },
      { username = "cy", name = "Cy", state = "active", web_url = "https://git.acme.example/cy" },
    },
    ["POST https://git.acme.example/api/graphql"] = function(request)
      local variables = request.json.variables
      local second = variables.group == "acme" and not variables.cursor
      local name = variables.group == "acme/empty" and "cy" or variables.group == "acme" and not variables.cursor and "bob" or "ana"
      return { json = { data = { group = { groupMembers = { nodes = { { user = { username = name } } },
        pageInfo = { hasNextPage = second, endCursor = "2" } } } } } }
    end,
  }
  t.call "provider organization"
  local names = {}
  for i, entity in ipairs(t.provided()) do names[i] = entity.kind .. " " .. entity.metadata.name end
  t.equal(table.concat(names, ", "), "User ana, Group acme, Group web-ui")
  local ana, ui = t.provided()[1], t.provided()[3]
  t.equal(ana.spec, { memberOf = { "acme", "web-ui" }, profile = { displayName = "Ana", email = "ana@acme.example" } })
  t.equal(ana.metadata.annotations["git.acme.example/user-login"], "https://git.acme.example/ana")
  t.equal(ui.spec.parent, "acme")
  t.equal(ui.metadata.annotations["git.acme.example/team-path"], "acme/web/ui")
end)

test("GraphQL's errors come with status 200", function(t)
  site(t, { host = "git.acme.example", group = "acme", orgEnabled = true })
  local api = "https://git.acme.example/api/v4"
  t.http {
    ["GET " .. api .. "/groups?all_available=true&order_by=id&per_page=100&page=1"] = {
      json = { { id = 1, full_path = "acme", name = "A" } } },
    ["GET " .. api .. "/users?active=true&per_page=100&page=1"] = { json = {} },
    ["POST https://git.acme.example/api/graphql"] = { json = { errors = { { message = "Timeout" } } } },
  }
  t.error(function() run(t, "organization") end, "the members of acme: Timeout")
end)

-- ---- facts ----

test("what the list says anyway is told about the projects' entities, without a request", function(t)
  site(t, { group = "acme" })
  t.http { [LIST .. "1"] = { json = { project "acme/pay", project("acme/none", { visibility = "public" }) } }, [file "acme/pay"] = {},
    [file "acme/none"] = { status = 404 } }
  t.catalog {
    component("pay", { ["backstage.io/managed-by-location"] = "url:https://gitlab.com/acme/pay/-/blob/main/catalog-info.yaml" }),
    component("none", { ["gitlab.com/project-slug"] = "acme/none" }),
    component("elsewhere", { ["gitlab.com/project-slug"] = "acme/pay", ["gitlab.com/instance"] = "git.acme.example" }),
  }
  t.integrations { gitlab = { { host = "gitlab.com", api = API, base = "https://gitlab.com" },
    { host = "git.acme.example", api = "https://git.acme.example/api/v4", base = "https://git.acme.example" } } }
  run(t)
  local asked = #t.asked()
  t.call "schedule facts"
  t.equal(#t.asked(), asked)
  t.equal(told(t)["component:default/pay"], { default_branch = "main", archived = false, fork = false, visibility = "internal",
    topics = { "x" }, last_activity = "1970-01-01T00:00:01.000Z" })
  t.equal(told(t)["component:default/none"].visibility, "public")
  t.equal(told(t)["component:default/elsewhere"], nil)
end)

local PAY = component("pay", { ["gitlab.com/project-slug"] = "acme/pay",
  ["backstage.io/source-location"] = "url:https://gitlab.com/acme/pay/-/tree/main/" })

test("who looks at the pipelines has the last one of the branch told", function(t)
  site(t, {})
  t.catalog { PAY }
  local function pipeline(status, ref, source)
    return { id = 1, status = status, ref = ref or "main", source = source or "push", created_at = "2026-01-02T03:04:05.000Z",
      web_url = "https://gitlab.com/x" }
  end
  t.http { ["GET " .. API .. "/projects/acme%2Fpay/pipelines?per_page=25"] = { json = { pipeline "running", pipeline("failed", "feature"),
    pipeline("failed", "main", "merge_request_event"), pipeline "success", pipeline "failed" } } }
  t.equal(#t.call("tab pipelines", { entity = PAY }).rows, 5)
  t.equal(told(t), { ["component:default/pay"] = { last_run = "success", last_run_branch = "main",
    last_run_at = "2026-01-02T03:04:05.000Z" } })
end)

test("a webhook tells how a pipeline ended", function(t)
  site(t, {})
  t.catalog { PAY }
  local function hook(status)
    return t.call("webhook events", { json = { object_kind = "pipeline",
      object_attributes = { id = 1, status = status, ref = "main", source = "push", created_at = "2026-01-02 03:04:05 UTC" },
      project = { path_with_namespace = "acme/pay", web_url = "https://gitlab.com/acme/pay" } } })
  end
  t.equal(hook("running").status, 202)
  t.equal(told(t), {})
  hook "failed"
  t.equal(told(t)["component:default/pay"], { last_run = "failed", last_run_branch = "main", last_run_at = "2026-01-02T03:04:05.000Z" })
end)
