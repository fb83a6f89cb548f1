local PEOPLE, GROUPS = "ou=people,dc=x", "ou=groups,dc=x"

-- more: keys of the configuration; false takes one away.
local function site(t, more)
  local config = { target = "ldap://ldap.example.com", vendor = { dnAttributeName = "entryDN", uuidAttributeName = "entryUUID" },
    users = { dn = PEOPLE }, groups = { dn = GROUPS } }
  for key, value in pairs(more or {}) do config[key] = value or nil end
  t.configuration { ["catalog.providers.ldapOrg"] = { one = config } }
end

local function entry(dn, attributes)
  local all = { entrydn = { dn } }
  for name, value in pairs(attributes) do all[name] = type(value) == "table" and value or { value } end
  return { dn = dn, attributes = all }
end

local function ana(more)
  local attributes = { uid = "ana", cn = "Ana Lima", mail = "ana@x.org", entryuuid = "u-1" }
  for name, value in pairs(more or {}) do attributes[name] = value end
  return entry("uid=ana," .. PEOPLE, attributes)
end

local function group(name, attributes)
  attributes.cn = name
  return entry("cn=" .. name .. "," .. GROUPS, attributes)
end

local hours = 0
local function run(t)
  hours = hours + 1
  t.now(hours * 3600 * 1000)
  t.call "provider organization"
  local found = {}
  for _, entity in ipairs(t.provided()) do found[(entity.kind .. " " .. entity.metadata.name):lower()] = entity end
  return found
end

test("an entry becomes an entity", function(t)
  site(t)
  t.ldap { [PEOPLE] = { ana { description = "not asked for" } },
    [GROUPS] = { group("core", { description = "The core", grouptype = "team" }) } }
  local found = run(t)
  t.equal(found["user ana"], { apiVersion = "backstage.io/v1beta1", kind = "User",
    metadata = { name = "ana", annotations = { ["backstage.io/ldap-rdn"] = "ana", ["backstage.io/ldap-uuid"] = "u-1",
      ["backstage.io/ldap-dn"] = "uid=ana,ou=people,dc=x",
      ["backstage.io/managed-by-location"] = "ldap://one/uid%3Dana%2Cou%3Dpeople%2Cdc%3Dx",
      ["backstage.io/managed-by-origin-location"] = "ldap://one/uid%3Dana%2Cou%3Dpeople%2Cdc%3Dx" } },
    spec = { memberOf = {}, profile = { displayName = "Ana Lima", email = "ana@x.org" } } })
  t.equal(found["group core"].metadata.description, "The core")
  t.equal(found["group core"].spec, { type = "team", children = {}, profile = { displayName = "core" } })
end)

test("who belongs where is said by either side, however it is spelled", function(t)
  site(t)
  t.ldap { [PEOPLE] = { ana { memberof = { "CN=web , OU=groups,DC=x" } } }, [GROUPS] = {
    group("web", {}), group("core", { member = { "UID=Ana,ou=people, dc=x", "cn=web,ou=groups,dc=x" } }) } }
  local found = run(t)
  t.equal(found["user ana"].spec.memberOf, { "group:default/core", "group:default/web" })
  t.equal(found["group web"].spec.parent, "group:default/core")
  t.equal(found["group core"].spec.children, { "group:default/web" })
end)

test("a group of several has the first by name as its parent, and a member that is nobody is none", function(t)
  site(t)
  t.ldap { [PEOPLE] = {}, [GROUPS] = { group("x", { memberof = { "cn=b,ou=groups,dc=x", "cn=a,ou=groups,dc=x" } }),
    group("b", { member = { "uid=gone,ou=people,dc=x" } }), group("a", {}) } }
  local found = run(t)
  t.equal(found["group x"].spec.parent, "group:default/a")
  t.equal(found["group b"].spec.children, { "group:default/x" })
end)

test("map and set say what stands where; of several values nobody knows which", function(t)
  site(t, { users = { { dn = PEOPLE, map = { name = "mail", description = "description", displayName = "cn" },
    set = { ["metadata.annotations['a.b/c']"] = "d", ["spec.profile.picture"] = "p.png", ["metadata.namespace"] = "people" } } } })
  t.ldap { [PEOPLE] = { ana { description = "Builds", cn = { "Ana", "Ana Lima" } } }, [GROUPS] = {} }
  local user = run(t)["user ana@x.org"]
  t.equal(user.metadata.description, "Builds")
  t.equal(user.metadata.namespace, "people")
  t.equal(user.metadata.annotations["a.b/c"], "d")
  t.equal(user.spec.profile, { picture = "p.png", email = "ana@x.org" })
end)

test("what map says is nothing leaves what set says", function(t)
  site(t, { groups = { dn = GROUPS, map = { type = require("callboard").null }, set = { ["spec.type"] = "team" } } })
  t.ldap { [PEOPLE] = {}, [GROUPS] = { group("core", { grouptype = "-2147483646" }) } }
  t.equal(run(t)["group core"].spec.type, "team")
end)

test("the kind of server is found in its root", function(t)
  site(t, { vendor = false })
  t.ldap { [""] = { { dn = "", attributes = { forestfunctionality = { "7" } } } }, [GROUPS] = {}, [PEOPLE] = {
    { dn = "cn=ana", attributes = { distinguishedname = { "CN=Ana,OU=people,DC=x" }, uid = { "ana" },
      objectguid = { "00112233445566778899aabbccddeeff" } } } } }
  local annotations = run(t)["user ana"].metadata.annotations
  t.equal(annotations["backstage.io/ldap-dn"], "CN=Ana,OU=people,DC=x")
  t.equal(annotations["backstage.io/ldap-uuid"], "33221100-5544-7766-8899-aabbccddeeff")
end)

test("all pages of a search are taken", function(t)
  site(t)
  local pages = {}
  for page = 1, 3 do
    pages[page] = {}
    for i = 1, 40 do
      local name = ("u%d-%d"):format(page, i)
      pages[page][i] = entry("uid=" .. name .. "," .. PEOPLE, { uid = name })
    end
  end
  t.ldap { [GROUPS] = {}, [PEOPLE] = function(_, each)
    for _, page in ipairs(pages) do each(page) end
  end }
  run(t)
  t.equal(#t.provided(), 120)
end)

test("the configuration says what is asked", function(t)
  site(t, { target = "ldaps://ldap.example.com/", bind = { dn = "cn=reader", secret = "s" }, groups = false, users = { dn = PEOPLE,
    options = { scope = "sub", filter = "\n  (&\n    (a=b)\n    (c=d)\n  )\n", paged = { pageSize = 7 }, sizeLimit = 9 } } })
  local asked
  t.ldap { [PEOPLE] = function(options) asked = options end }
  run(t)
  t.equal(asked.url, "ldaps://ldap.example.com")
  t.equal(asked.bind, { dn = "cn=reader", secret = "s" })
  t.equal(asked.scope, "sub")
  t.equal(asked.filter, "(&(a=b)(c=d))")
  t.equal(asked.paged, 7)
  t.equal(asked.size_limit, 9)
  t.equal(asked.attributes, { "cn", "entryDN", "entryUUID", "mail", "memberOf", "uid" })
end)

test("a search that fails, at its end too, brings nothing", function(t)
  site(t)
  t.ldap { [GROUPS] = {}, [PEOPLE] = function(_, each)
    each { ana() }
    error("ldap.example.com gives no more entries of ou=people,dc=x", 0)
  end }
  t.error(function() run(t) end, "gives no more entries of ou=people")
  t.ldap { [GROUPS] = function() error("ldap.example.com: no connection", 0) end }
  t.error(function() run(t) end, "no connection")
  t.error(t.provided, "no provider has brought anything")
end)

test("what is wrong in the configuration is said", function(t)
  site(t, { users = { { filter = "x" } } })
  t.ldap { [GROUPS] = {} }
  t.error(function() run(t) end, "dn is missing")
  site(t, { users = { dn = PEOPLE, set = { ["a[b"] = "x" } } })
  t.ldap { [PEOPLE] = { ana() } }
  t.error(function() run(t) end, "set: 'a[b' is no path")
end)
