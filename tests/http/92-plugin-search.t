#!/bin/sh
# What plugins bring to search: documents of a type of their own, for those who may read them; and what they can ask.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh

mkdir -p "$WORK/plugins/books" "$WORK/plugins/rival"
cat >"$WORK/plugins/books/plugin.lua" <<'LUA'
local callboard = require "callboard"
local store = callboard.store

return {
  title = "Books", version = "1.0.0", icon = "code", capabilities = { store = true, catalog = "read" },
  search = {
    { id = "runbooks", title = "Runbooks", every = "1h", run = function()
      if store.get("bad") then return { { title = "no location" } } end
      if store.get("nothing") then return nil end
      local all = {
        { title = "Restart the ledger", text = "Turn the pomegranate key", location = "https://books.example.com/1", entity = "component:default/ledger",
          author = "ana", level = 3, words = { "calm", "quick" } },
        { title = "Nobody's service", text = "pomegranate", location = "https://books.example.com/2", entity = "component:default/nobody" },
        { title = "Bites", text = "pomegranate", location = "javascript:alert(1)" },
      }
      if not store.get("less") then all[#all + 1] = { title = "Evacuation", text = "Take the stairs, leave the pomegranate", location = "/books/evacuation" } end
      return all
    end },
    { id = "secrets", title = "Secrets", every = "1h", permission = "audit.read", run = function()
      return { { title = "Vault", text = "tamarind", location = "https://books.example.com/3" } }
    end },
  },
  routes = {
    ["POST /set/:key"] = function(request) store.set(request.params.key, true) return { json = true } end,
    ["GET /find"] = function(request)
      local found = callboard.search.query(request.query.term, { types = { "runbooks", "software-catalog" }, limit = 5 })
      local titles = {}
      for i, one in ipairs(found.results) do titles[i] = one.type .. ": " .. one.document.title end
      return { json = { total = found.total, titles = titles } }
    end,
    ["GET /wrong"] = function()
      local good, why = pcall(callboard.search.query, "x", { kinds = { "a" } })
      return { json = { good = good, why = tostring(why) } }
    end,
    ["GET /wrong/:filters"] = function(request)
      local options = { list = { "ana" }, text = "ana", number = 1 }
      local good, why = pcall(callboard.search.query, "x", { filters = options[request.params.filters] })
      return { json = { good = good, why = tostring(why) } }
    end,
    ["GET /wrong-options"] = function()
      local good, why = pcall(callboard.search.query, "x", "ana")
      return { json = { good = good, why = tostring(why) } }
    end,
    ["GET /no-filters"] = function() return { json = callboard.search.query("ledger", { filters = {}, types = "runbooks" }) } end,
  },
}
LUA
cat >"$WORK/plugins/rival/plugin.lua" <<'LUA'
return {
  title = "Rival", version = "1.0.0",
  search = { { id = "runbooks", title = "Mine", every = "1h", run = function() return { { title = "Fake", text = "pomegranate", location = "https://evil.example.com" } } end } },
}
LUA
cat >"$WORK/all.yaml" <<'YAML'
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: ledger }
spec: { type: service, lifecycle: production, owner: team-a }
YAML
cat >"$WORK/config.yaml" <<YAML
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
      - {type: static, options: {token: token-that-may-only-read-0123456789, subject: reader}}
plugins: {directories: ["$WORK/plugins"]}
catalog:
  rules: [{allow: [Component, Location]}]
  locations: [{type: file, target: $WORK/all.yaml}]
permission:
  enabled: true
  roles:
    - name: role:default/all
      members: ["service:tests"]
      rules: [{permission: "catalog.*"}, {permission: "plugin.*"}, {permission: audit.read}]
    - {name: role:default/pages, members: ["service:reader"], rules: [{permission: plugin.page.read}]}
YAML
own_stack "$WORK/config.yaml"
as tests
total_is() { # total_is QUERY N
	get "/api/search/query?$1"
	[ "$(jq .numberOfResults "$WORK/body")" = "$2" ]
}
sql_now() {
	mariadb --no-defaults -uroot -S "$CALLBOARD_STATE/mariadb.sock" callboard -N -B -e "$1"
}
becomes component:default/ledger '.kind == "Component"'
# The first run may have been before the entity.
again() {
	total_is 'term=pomegranate' 2 && return
	post_run
	total_is 'term=pomegranate' 2
}
post_run() {
	sql_now "UPDATE job SET run_at = 0 WHERE queue = 'plugin.search' AND state = 0"
}
ok 'its documents are found' eventually 15 again
json '[.results[].document.title] | sort' '["Evacuation","Restart the ledger"]'
get '/api/search/query?term=pomegranate&types[]=runbooks&filters[author]=ana'
json '.results[0].type' runbooks
json '.results[0].document' '{"author":"ana","level":3,"words":["calm","quick"],"title":"Restart the ledger","text":"Turn the pomegranate key","location":"https://books.example.com/1"}'
for filter in 'filters[level]=3' 'filters[words]=quick'; do
	ok "by $filter" total_is "term=&types[]=runbooks&$filter" 1
done
get '/search?query=pomegranate'
has 'Runbooks'
lacks 'javascript:'
get '/plugins/books'
has 'Search documents'
get '/plugins/rival'
has 'has documents of the type'
ok 'who may read the type finds it' total_is 'term=tamarind' 1
get '/api/books/find?term=ledger'
json '[.total, .titles]' '[2,["software-catalog: ledger","runbooks: Restart the ledger"]]'
get /api/books/wrong
json .good false
json_true '.why | contains("kinds")'
for filters in list text number; do
	get "/api/books/wrong/$filters"
	json .good false
	json_true '.why | contains("filters must be a table with names")'
done
get /api/books/wrong-options
json_true '.why | contains("options, must be a table with names")'
get /api/books/no-filters
json .total 1
as reader
ok 'documents without an entity are for those with the permission' total_is 'term=pomegranate' 1
json '.results[0].document.title' Evacuation
ok 'and others for nobody else' total_is 'term=tamarind' 0
get '/api/search/query?term=tamarind&types[]=secrets'
json '[.numberOfResults, .results]' '[0,[]]'
as tests
post /api/books/set/less '{}'
post_run
ok 'what is missing goes' eventually 10 total_is 'term=pomegranate' 1
post /api/books/set/nothing '{}'
post_run
returned_nothing() {
	get /plugins/books
	grep -q 'returns a list of documents' "$WORK/body"
}
ok 'nothing is no list' eventually 10 returned_nothing
ok 'and nothing goes' total_is 'term=pomegranate' 1
post /api/books/set/bad '{}'
post_run
failed() {
	get /plugins/books
	grep -q 'has no title or no location' "$WORK/body"
}
ok 'a document that is none fails the run' eventually 10 failed
ok 'and all stays as it was' total_is 'term=pomegranate' 1
# A type that becomes another plugin's.
letters() { # letters PLUGIN TITLE
	mkdir -p "$WORK/plugins/$1"
	cat >"$WORK/plugins/$1/plugin.lua" <<LUA
return {
  title = "$1", version = "1.0.0",
  search = { { id = "letters", title = "Letters", every = "1h", run = function() return { { title = "$2", text = "mulberry", location = "/$1" } } end } },
}
LUA
}
found_is() { # found_is TITLES
	get '/api/search/query?term=mulberry'
	[ "$(jq -c '[.results[].document.title]' "$WORK/body")" = "$1" ]
}
letters zebra Old
own_reload
ok 'it is found' eventually 15 found_is '["Old"]'
letters antelope New
own_reload
ok 'the documents of the one that had the type go' eventually 15 found_is '["New"]'
unharmed
done_testing
