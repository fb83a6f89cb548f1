#!/bin/sh
# callboard.store and callboard.cache: each plugin's own, bounded, one after the other where it matters.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh

mkdir -p "$WORK/plugins/keeper" "$WORK/plugins/other" "$WORK/plugins/bare"
# Each route answers with what its function gave, or what it failed with.
cat >"$WORK/plugins/keeper/plugin.lua" <<'LUA'
local callboard = require "callboard"

local function answer(fn)
  return function(request)
    local good, value = pcall(fn, request.json or {}, request)
    return { json = good and { value = value == nil and callboard.null or value } or { error = tostring(value) } }
  end
end

return {
  title = "Keeper", version = "1.0.0", capabilities = { store = true, catalog = "read" },
  routes = {
    ["POST /get"] = answer(function(b) return callboard.store.get(b.key) end),
    ["POST /set"] = answer(function(b) return callboard.store.set(b.key, b.value, b.options) end),
    ["POST /set-nothing"] = answer(function(b) return callboard.store.set(b.key) end),
    ["POST /big"] = answer(function(b) return callboard.store.set(b.key, ("x"):rep(b.n)) end),
    ["POST /delete"] = answer(function(b) return callboard.store.delete(b.key) end),
    ["POST /list"] = answer(function(b) return callboard.store.list(b.prefix, b.limit, b.after) end),
    ["POST /count"] = answer(function() return callboard.store.update("count", function(n) return (n or 0) + 1 end) end),
    ["POST /touch"] = answer(function(b) return callboard.store.update(b.key, function(n) return n + 1 end) end),
    ["POST /slow"] = answer(function() return callboard.store.update("count", function() while true do end end) end),
    ["POST /asks"] = answer(function() return callboard.store.update("count", function() return callboard.catalog.count({}) end) end),
    ["POST /away"] = answer(function() return callboard.store.update("count", function() return nil end) end),
    ["POST /fails"] = answer(function() return callboard.store.update("count", function() error("not now") end) end),
    ["POST /both"] = answer(function()
      return callboard.store.update("count", function(n) callboard.store.set("seen", n) error("not now") end)
    end),
    ["POST /cache-get"] = answer(function(b) return callboard.cache.get(b.key) end),
    ["POST /cache-set"] = answer(function(b) return callboard.cache.set(b.key, b.value, b.seconds) end),
    ["POST /cache-big"] = answer(function(b) return callboard.cache.set(b.key, ("x"):rep(b.n), 3600) end),
    ["POST /cache-delete"] = answer(function(b) return callboard.cache.delete(b.key) end),
  },
}
LUA
sed 's/title = "Keeper"/title = "Other"/' "$WORK/plugins/keeper/plugin.lua" >"$WORK/plugins/other/plugin.lua"
sed 's/title = "Keeper"/title = "Bare"/; s/store = true, //' "$WORK/plugins/keeper/plugin.lua" >"$WORK/plugins/bare/plugin.lua"
cat >"$WORK/conf.yaml" <<YAML
backend:
  auth:
    externalAccess:
      - type: static
        options: { token: token-of-the-tests-0123456789, subject: tests }
plugins:
  limits: { instructions: 1000000000000 }
  directories: [$WORK/plugins]
YAML
own_stack "$WORK/conf.yaml"
as tests
sql() { mariadb --no-defaults -N -B --socket="$STATE/mariadb.sock" callboard -e "$1"; }
# does PLUGIN ROUTE BODY WANT
does() {
	post "/api/$1/$2" "$3"
	json . "$4"
}

# ---- what is kept ----
does keeper get '{"key":"a"}' '{"value":null}'
does keeper set '{"key":"a","value":{"n":1,"list":[1,"two",null,true]}}' '{"value":null}'
does keeper get '{"key":"a"}' '{"value":{"list":[1,"two",null,true],"n":1}}'
does keeper set '{"key":"a","value":false}' '{"value":null}'
does keeper get '{"key":"a"}' '{"value":false}'
does keeper set '{"key":"é/1","value":1}' '{"value":null}'
does keeper delete '{"key":"a"}' '{"value":null}'
does keeper delete '{"key":"a"}' '{"value":null}'
does keeper get '{"key":"a"}' '{"value":null}'

# ---- another plugin sees none of it, and one without the capability nothing at all ----
does other get '{"key":"é/1"}' '{"value":null}'
does other list '{"prefix":""}' '{"value":[]}'
does other set '{"key":"é/1","value":2}' '{"value":null}'
does keeper get '{"key":"é/1"}' '{"value":1}'
post /api/bare/get '{"key":"a"}'
has 'capabilities.store'
does bare cache-set '{"key":"a","value":1,"seconds":60}' '{"value":null}'
does bare cache-get '{"key":"a"}' '{"value":1}'

# ---- lists ----
for i in 1 2 3; do does keeper set "{\"key\":\"l/$i\",\"value\":$i}" '{"value":null}'; done
does keeper set '{"key":"l_9","value":9}' '{"value":null}'
does keeper list '{"prefix":"l/"}' '{"value":[{"key":"l/1","value":1},{"key":"l/2","value":2},{"key":"l/3","value":3}]}'
does keeper list '{"prefix":"l/","limit":1}' '{"value":[{"key":"l/1","value":1}]}'
does keeper list '{"prefix":"l/","limit":1,"after":"l/1"}' '{"value":[{"key":"l/2","value":2}]}'
does keeper list '{"prefix":"%"}' '{"value":[]}'
post /api/keeper/list '{"prefix":"l/","limit":5000}'
has 'limit, must be a number from 1 to 1000'

# ---- what is refused ----
post /api/keeper/set '{"key":"","value":1}'
has 'a key must have 1 to 255 bytes'
post /api/keeper/set "{\"key\":\"$(printf 'k%.0s' $(seq 256))\",\"value\":1}"
has 'a key must have 1 to 255 bytes'
does keeper set "{\"key\":\"$(printf 'k%.0s' $(seq 255))\",\"value\":1}" '{"value":null}'
post /api/keeper/set '{"key":7,"value":1}'
has 'argument 1, key, must be a text'
post /api/keeper/set-nothing '{"key":"a"}'
has 'value, is missing'
post /api/keeper/set '{"key":"a","value":1,"options":{"tll":5}}'
has 'tll'
post /api/keeper/set '{"key":"a","value":1,"options":{"ttl":-5}}'
has 'ttl must be a number of seconds'
post /api/keeper/big '{"key":"a","n":262143}'
has '256 KiB'
does keeper big '{"key":"a","n":262142}' '{"value":null}'

# ---- one after the other ----
pids=
for _ in 1 2 3 4; do
	(for _ in $(seq 10); do curl -sS -o /dev/null -X POST -H "Authorization: Bearer $as" -H 'Content-Type: application/json' -d '{}' "$URL/api/keeper/count"; done) &
	pids="$pids $!"
done
for pid in $pids; do wait "$pid"; done
does keeper count '{}' '{"value":41}'
post /api/keeper/fails '{}'
has 'not now'
does keeper count '{}' '{"value":42}'
post /api/keeper/both '{}'
has 'not now'
does keeper get '{"key":"seen"}' '{"value":null}'
post /api/keeper/asks '{}'
has 'callboard.catalog.count cannot be called within store.update'
post /api/keeper/slow '{}'
is_status 500
ok 'its function may take a second' grep -q 'out of time: more than 1' "$STATE/callboard.log"
does keeper away '{}' '{"value":null}'
does keeper count '{}' '{"value":1}'

# ---- what expires ----
does keeper set '{"key":"soon","value":1,"options":{"ttl":3600}}' '{"value":null}'
does keeper get '{"key":"soon"}' '{"value":1}'
does keeper touch '{"key":"soon"}' '{"value":2}'
is "$(sql "SELECT expires IS NOT NULL FROM plugin_value WHERE name = 'soon'")" 1 'an update keeps its end'
sql "UPDATE plugin_value SET expires = 1 WHERE name = 'soon'"
does keeper get '{"key":"soon"}' '{"value":null}'
does keeper list '{"prefix":"soon"}' '{"value":[]}'
kept() { is "$(sql "SELECT SUM(bytes) FROM plugin_value WHERE plugin = 'keeper' AND kind = $1")" "$(sql "SELECT bytes FROM plugin_space WHERE plugin = 'keeper' AND kind = $1")" "what is kept is counted ($2)"; }
kept 0 'before the sweep'
sql "UPDATE job SET run_at = 0 WHERE queue = 'plugin.sweep'"
gone() { [ "$(sql "SELECT COUNT(*) FROM plugin_value WHERE name = 'soon'")" = 0 ]; }
ok 'the sweep takes away what has expired' eventually 10 gone
kept 0 'after it'

# ---- how much ----
sql "UPDATE plugin_space SET bytes = 67108864 - 1000 WHERE plugin = 'keeper' AND kind = 0"
does keeper set '{"key":"one","value":1}' '{"value":null}'
post /api/keeper/big '{"key":"more","n":1000}'
has 'keeps more than 64 MiB'
does keeper get '{"key":"more"}' '{"value":null}'
does keeper delete '{"key":"a"}' '{"value":null}'
does keeper big '{"key":"more","n":1000}' '{"value":null}'

# ---- the cache: the oldest goes ----
for i in $(seq 1 70); do
	post /api/keeper/cache-big "{\"key\":\"c$(printf %03d "$i")\",\"n\":250000}"
done
does keeper cache-get '{"key":"c001"}' '{"value":null}'
post /api/keeper/cache-get '{"key":"c070"}'
json '.value | length' 250000
kept 1 'the cache'
ok 'it takes no more than it may' [ "$(sql "SELECT SUM(bytes) FROM plugin_value WHERE plugin = 'keeper' AND kind = 1")" -le 16777216 ]
does keeper cache-delete '{"key":"c070"}' '{"value":null}'
does keeper cache-get '{"key":"c070"}' '{"value":null}'
post /api/keeper/cache-set '{"key":"a","value":1}'
has 'seconds, must be a number'
does keeper get '{"key":"c069"}' '{"value":null}'

unharmed
done_testing
