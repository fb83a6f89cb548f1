#!/bin/sh
# Entity providers of plugins: all that one brings takes effect at once, what is the same writes nothing, what fails changes nothing.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh

mkdir -p "$WORK/plugins/org" "$WORK/plugins/many" "$WORK/plugins/weak"
cat >"$WORK/plugins/org/plugin.lua" <<'LUA'
local callboard = require "callboard"

local function component(name, more)
  local e = { apiVersion = "backstage.io/v1alpha1", kind = "Component", metadata = { name = name, description = "v" },
              spec = { type = "service", lifecycle = "production", owner = "team" } }
  for k, v in pairs(more or {}) do e.metadata[k] = v end
  return e
end

local steps = {
  full = function(p, s)
    local list = {}
    for _, name in ipairs(s.names) do list[#list + 1] = component(name, s.more) end
    return p.full(list)
  end,
  parts = function(p, s)
    p.begin()
    for _, name in ipairs(s.names) do p.add({ component(name, s.more) }) end
    if s.fail then error("the other side went away") end
    return p.commit()
  end,
  delta = function(provider, s)
    local list = {}
    for _, name in ipairs(s.names) do list[#list + 1] = component(name, s.more) end
    return provider.delta({ upsert = list, remove = s.remove })
  end,
  bad = function(p, s)
    local wrong = component("wrong")
    wrong.spec.owner = nil
    return p.full({ component("a"), component("A"), wrong, { kind = "Component" } })
  end,
  none = function(p) return p.full({}) end,
  twice = function(p, s) p.full({ component("x") }) error("after all") end,
  lone = function(p) p.add({}) end,
  odd = function(p) return p.full({ names = 1 }) end,
  odder = function(p) return p.full({ 7 }) end,
}

return {
  title = "Org", version = "1.0.0", capabilities = { catalog = "write", store = true },
  providers = { { id = "people", every = "1h", initial_delay = "1h", run = function(provider)
    local s = callboard.store.get("step")
    callboard.store.set("result", steps[s.step](provider, s) or false)
  end } },
  routes = {
    ["POST /step"] = function(request) callboard.store.set("step", request.json) return { json = {} } end,
    ["GET /result"] = function() return { json = callboard.store.get("result") } end,
    ["GET /outside"] = function() return { json = { pcall(callboard.provider.full, {}) } } end,
  },
}
LUA
cat >"$WORK/plugins/many/plugin.lua" <<'LUA'
return {
  title = "Many", version = "1.0.0", capabilities = { catalog = "write" },
  providers = { { id = "all", every = "1h", initial_delay = "1h", run = function(provider)
    provider.begin()
    for part = 1, 100 do
      local list = {}
      for i = 1, 200 do
        local n = (part - 1) * 200 + i
        list[i] = { apiVersion = "backstage.io/v1alpha1", kind = "Component",
                    metadata = { name = "many-" .. n, description = ("A component of many. "):rep(10), tags = { "many", "t" .. n % 7 } },
                    spec = { type = "service", lifecycle = "production", owner = "team-" .. n % 50, dependsOn = { "component:many-" .. (n % 20000 + 1) } } }
      end
      provider.add(list)
    end
    provider.commit()
  end } },
}
LUA
cat >"$WORK/plugins/weak/plugin.lua" <<'LUA'
return {
  title = "Weak", version = "1.0.0", capabilities = { catalog = "read" },
  providers = { { id = "all", every = "1h", initial_delay = "1h", run = function(provider) provider.full({}) end } },
}
LUA
cat >"$WORK/conf.yaml" <<YAML
backend:
  auth:
    externalAccess:
      - type: static
        options: { token: token-of-the-tests-0123456789, subject: tests }
catalog:
  rules: [{ allow: [System] }]
plugins:
  directories: [$WORK/plugins]
YAML
own_stack "$WORK/conf.yaml"
as tests
sql() { mariadb --no-defaults -N -B --socket="$STATE/mariadb.sock" callboard -e "$1"; }
status_of() { sql "SHOW GLOBAL STATUS LIKE '$1'" | cut -f2; }
runs() { sql "SELECT runs FROM plugin_run WHERE plugin = '$1'"; }
ran() { [ "$(runs "$1")" = "$2" ] && [ "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'plugin.provider' AND state = 1")" = 0 ]; }
settled() { [ "$(sql "SELECT COUNT(*) FROM dirty")" = 0 ] && [ "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'catalog.stitch'")" = 0 ]; }
there() { [ "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'plugin.provider'")" = 3 ]; }
ok 'a job for each provider' eventually 20 there
# provide PLUGIN ID SECONDS: runs a provider now, and until it is done and all is put together.
provide() {
	_n=$(($(runs "$1") + 1))
	sql "UPDATE job SET run_at = 0 WHERE queue = 'plugin.provider' AND job_key = '$1/$2'"
	ok "$1/$2 runs" eventually "$3" ran "$1" "$_n"
	ok "and all is put together" eventually 20 settled
}
# step JSON: what the provider of org does next, and does it.
step() {
	post /api/org/step "$1"
	provide org people 20
}
error_of() { sql "SELECT error FROM plugin_run WHERE plugin = '$1'"; }
refs() {
	get "/api/catalog/entities?fields=metadata.name&filter=kind=component,metadata.annotations.backstage.io/managed-by-location=provider:org/people"
	json '[.[].metadata.name] | sort | join(" ")' "$1"
}
result() {
	get /api/org/result
	json . "$1"
}
by_name() { get "/api/catalog/entities/by-name/component/default/$1"; }

# ---- a full set, and the same again ----
step '{"step":"full","names":["a","b","c"]}'
is "$(error_of org)" '' 'no error'
result '{"changed":3,"faulty":0,"removed":0,"unchanged":0}'
refs 'a b c'
by_name a
json '.metadata.annotations."backstage.io/managed-by-origin-location"' provider:org/people
json '[.relations[] | .type + " " + .targetRef]' '["ownedBy group:default/team"]'
etag=$(jq -r .metadata.etag "$WORK/body")
seq=$(sql 'SELECT MAX(seq) FROM callboard.change')
step '{"step":"full","names":["c","b","a"]}'
result '{"changed":0,"faulty":0,"removed":0,"unchanged":3}'
is "$(sql 'SELECT MAX(seq) FROM callboard.change')" "$seq" 'no change is told when none was made'
by_name a
json .metadata.etag "$etag"

# ---- what is gone goes, what differs is changed ----
step '{"step":"full","names":["b","d"],"more":{"description":"w"}}'
result '{"changed":2,"faulty":0,"removed":2,"unchanged":0}'
refs 'b d'
by_name b
json .metadata.description w

# ---- in parts; one that fails half-way changes nothing ----
step '{"step":"parts","names":["b","e","f"]}'
refs 'b e f'
step '{"step":"parts","names":["g"],"fail":true}'
ok 'the error is kept' [ -n "$(error_of org)" ]
refs 'b e f'
step '{"step":"lone"}'
ok 'add needs begin' [ "$(error_of org | grep -c 'begin() comes before add()')" = 1 ]
refs 'b e f'
step '{"step":"odd"}'
ok 'a list is needed' [ "$(error_of org | grep -c 'must be a list')" = 1 ]
sql "UPDATE plugin_run SET error = ''"
step '{"step":"odder"}'
ok 'of tables' [ "$(error_of org | grep -c 'entity 1 must be a table')" = 1 ]
refs 'b e f'

# ---- deltas ----
step '{"step":"delta","names":["h"],"remove":["component:default/e","component:none"]}'
is "$(error_of org)" ''
result '{"changed":1,"faulty":0,"removed":1,"unchanged":0}'
refs 'b f h'
step '{"step":"delta","names":[],"remove":["nothing::/"]}'
ok 'a bad reference is named' [ "$(error_of org | grep -c 'remove, entry 1')" = 1 ]

# ---- what is wrong is shown, and hinders nothing else ----
step '{"step":"bad"}'
is "$(error_of org)" ''
result '{"changed":1,"faulty":3,"removed":0,"unchanged":0}'
refs 'a b f h'
is "$(sql "SELECT GROUP_CONCAT(DISTINCT ref ORDER BY ref) FROM problem p JOIN source s ON s.id = p.source_id AND s.type = 'provider'")" ',component:default/a,component:default/wrong' 'problems are kept'
step '{"step":"full","names":["a","b"]}'
is "$(sql "SELECT COUNT(*) FROM problem p JOIN source s ON s.id = p.source_id AND s.type = 'provider'")" 0 'and forgotten when all is right'
refs 'a b'

# ---- an entity that is deleted by hand comes back, and nothing breaks ----
by_name a
delete "/api/catalog/entities/by-uid/$(jq -r .metadata.uid "$WORK/body")"
is_status 204
refs 'b'
step '{"step":"full","names":["a","b"]}'
refs 'a b'

# ---- only a provider provides ----
get /api/org/outside
json '.[0]' false
has "only while a provider's run() does"
provide weak all 20
ok 'it needs the capability' [ "$(error_of weak | grep -c 'catalog = "write"')" = 1 ]

# ---- 20,000 entities ----
begun=$(date +%s)
provide many all 60
took=$(($(date +%s) - begun))
is "$(error_of many)" ''
is "$(sql "SELECT COUNT(*) FROM entity WHERE name LIKE 'many-%'")" 20000 '20,000 entities'
echo "# 20,000 entities took $(sql "SELECT took_ms FROM plugin_run WHERE plugin = 'many'") ms, until all was put together $took s"
ok 'in less than 30 s' [ "$(sql "SELECT took_ms FROM plugin_run WHERE plugin = 'many'")" -lt 30000 ]
before=$(($(status_of Handler_write) + $(status_of Handler_update) + $(status_of Handler_delete)))
provide many all 60
after=$(($(status_of Handler_write) + $(status_of Handler_update) + $(status_of Handler_delete)))
is "$(sql "SELECT summary FROM plugin_run WHERE plugin = 'many'")" '0 changed, 20000 unchanged, 0 removed'
ok "the same again writes no entity ($((after - before)) rows)" [ $((after - before)) -lt 200 ]
echo "# the same again took $(sql "SELECT took_ms FROM plugin_run WHERE plugin = 'many'") ms"

# ---- off: they stay, without a job; not there: they have a day ----
cat >>"$WORK/conf.yaml" <<YAML
  org: { enabled: false }
YAML
mv "$WORK/plugins/many" "$WORK/away"
own_reload
jobs() { [ "$(sql "SELECT GROUP_CONCAT(job_key ORDER BY job_key) FROM job WHERE queue = 'plugin.provider'")" = "$1" ]; }
ok 'no job of what is off' eventually 20 jobs many/all,weak/all
marked() { [ "$(sql "SELECT GROUP_CONCAT(plugin) FROM plugin_run WHERE gone_at IS NOT NULL")" = "$1" ]; }
ok 'what is not there is noticed' eventually 20 marked many
many() { [ "$(sql "SELECT COUNT(*) FROM entity WHERE name LIKE 'many-%'")" = "$1" ]; }
ok 'and keeps its entities' many 20000
# config_runs: plugin.config is done once more.
config_done() { [ "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'plugin.config' AND state = 0 AND run_at > UNIX_TIMESTAMP() * 1000")" = 1 ]; }
config_runs() {
	sql "UPDATE job SET run_at = 0 WHERE queue = 'plugin.config'"
	eventually 60 config_done
}
ok 'again' config_runs
ok 'still' many 20000
mv "$WORK/away" "$WORK/plugins/many"
own_reload
ok 'it is back' eventually 20 marked NULL
mv "$WORK/plugins/many" "$WORK/away"
own_reload
ok 'and away' eventually 20 marked many
sql "UPDATE plugin_run SET gone_at = gone_at - 25 * 3600000 WHERE plugin = 'many'"
mv "$WORK/plugins" "$WORK/unseen"
own_reload
ok 'while a directory cannot be read' config_runs
ok 'nothing goes' many 20000
mv "$WORK/unseen" "$WORK/plugins"
own_reload
ok 'after a day its entities go' eventually 60 many 0
ok 'and its job' eventually 20 jobs weak/all
is "$(sql "SELECT COUNT(*) FROM source WHERE target = 'many/all'")" 0 'and its source'
refs 'a b'

unharmed
done_testing
