local API = "https://git.acme.example/api/v1"
local LIST = "GET " .. API .. "/orgs/acme/repos?limit=50&page="

local function site(t, more)
  local config = { host = "git.acme.example", organization = "acme" }
  for key, value in pairs(more or {}) do config[key] = value end
  t.integrations { gitea = { { host = "git.acme.example", api = API, base = "https://git.acme.example" } } }
  t.configuration { ["catalog.providers.gitea"] = { one = config } }
end

local hours = 0
local function run(t, provider)
  hours = hours + 1
  t.now(hours * 3600 * 1000)
  t.call("provider " .. (provider or "discovery"))
end

local function repository(name, more)
  local row = { name = name, html_url = "https://git.acme.example/acme/" .. name, empty = false, updated_at = "1970-01-01T00:00:01Z" }
  for key, value in pairs(more or {}) do row[key] = value end
  return row
end

local function file(name, branch) return ("GET %s/repos/acme/%s/contents/catalog-info.yaml?ref=%s"):format(API, name, branch or "main") end

local function targets(t)
  local found = {}
  for i, entity in ipairs(t.provided()) do found[i] = entity.spec.target:gsub("^https://git.acme.example/acme/", "") end
  return table.concat(found, " ")
end

test("a repository that has the file becomes a Location", function(t)
  site(t, { branch = "trunk" })
  t.http { [LIST .. "1"] = { json = { repository "pay", repository "none", repository("new", { empty = true }) } },
    [file("pay", "trunk")] = { json = { type = "file" } }, [file("none", "trunk")] = { status = 404 } }
  t.call "provider discovery"
  t.equal(targets(t), "pay/src/branch/trunk/catalog-info.yaml")
  t.equal(t.asked()[1].auth, "integration")
end)

test("pages are read while they are full; a repository in which nothing happened is not asked again", function(t)
  site(t)
  local full, answers = {}, {}
  for i = 1, 50 do
    full[i] = repository("r" .. i)
    answers[file("r" .. i)] = { status = 404 }
  end
  answers[LIST .. "1"], answers[LIST .. "2"], answers[file "last"] = { json = full }, { json = { repository "last" } }, {}
  t.http(answers)
  run(t)
  t.equal(#t.asked(), 53)
  t.equal(targets(t), "last/src/branch/main/catalog-info.yaml")
  run(t)
  t.equal(#t.asked(), 55)
  t.equal(targets(t), "last/src/branch/main/catalog-info.yaml")
  answers[LIST .. "2"] = { json = { repository("last", { updated_at = "1970-01-01T02:00:00Z" }) } }
  answers[file "last"] = { status = 404 }
  t.http(answers)
  run(t)
  t.equal(targets(t), "")
end)

test("a server that allows no more says so, and nothing is brought", function(t)
  site(t)
  t.http { [LIST .. "1"] = { status = 429 } }
  t.error(function() run(t) end, "the repositories of acme: the server allows no more requests for now")
  t.error(t.provided, "no provider has brought anything")
end)

test("an answer that is faulty is named, and nothing is brought", function(t)
  site(t)
  t.http { [LIST .. "1"] = { json = { repository "pay" } }, [file "pay"] = { status = 500, json = { message = "broken" } } }
  t.error(function() run(t) end, "answered 500: broken")
  t.http { [LIST .. "1"] = { body = "<html>" } }
  t.error(function() run(t) end, "answered with what is no list")
  t.error(t.provided, "no provider has brought anything")
end)

test("what is missing in the configuration is said", function(t)
  t.configuration { ["catalog.providers.gitea"] = { one = { organization = "acme" } } }
  t.error(function() run(t) end, "host is missing")
  t.configuration { ["catalog.providers.gitea"] = { one = { host = "git.acme.example" } } }
  t.error(function() run(t) end, "one: organization is missing")
end)

test("people and teams belong to each other", function(t)
  site(t, { orgEnabled = true })
  t.http {
    ["GET " .. API .. "/orgs/acme/members?limit=50&page=1"] = { json = {
      { login = "tina", full_name = "Tina", email = "tina@acme.example" }, { login = "tleo", full_name = "" } } },
    ["GET " .. API .. "/orgs/acme/teams?limit=50&page=1"] = { json = { { id = 7, name = "Web Team!", description = "" } } },
    ["GET " .. API .. "/teams/7/members?limit=50&page=1"] = { json = { { login = "tina" } } },
  }
  t.call "provider organization"
  local team, tina, tleo = t.provided()[1], t.provided()[2], t.provided()[3]
  t.equal(team.metadata.name, "Web-Team")
  t.equal(team.metadata.annotations["gitea.com/team-name"], "acme/Web Team!")
  t.equal(team.spec, { type = "team", children = {}, members = { "tina" }, profile = { displayName = "Web Team!" } })
  t.equal(tina.spec, { memberOf = { "Web-Team" }, profile = { displayName = "Tina", email = "tina@acme.example" } })
  t.equal(tleo.spec, { memberOf = {}, profile = {} })
end)

test("without orgEnabled nobody is asked", function(t)
  site(t)
  t.call "provider organization"
  t.equal(#t.asked(), 0)
end)
