#!/bin/sh
# What plugins do without a request: schedules once in all of the portal, events for each that wants to know.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh

mkdir -p "$WORK/plugins/clock" "$WORK/plugins/ear" "$WORK/plugins/deaf"
cat >"$WORK/plugins/clock/plugin.lua" <<'LUA'
local callboard = require "callboard"
local store = callboard.store
local function count(key) store.update(key, function(n) return (n or 0) + 1 end) end

return {
  title = "Clock", version = "1.0.0", capabilities = { store = true },
  schedules = {
    { id = "first", every = "1h", run = function() count("first") end },
    { id = "later", every = "1h", initial_delay = "30m", run = function() count("later") end },
    { id = "nightly", cron = "0 3 * * *", run = function() count("nightly") end },
    { id = "fails", every = "1h", initial_delay = "30m", run = function() count("fails") error("the clock stands") end },
    { id = "long", every = "1h", initial_delay = "30m", run = function() for _ = 1, 80000000 do end count("long") end },
  },
  routes = {
    ["GET /:key"] = function(request) return { json = store.get(request.params.key) or 0 } end,
    ["POST /storm"] = function()
      local good, why = pcall(function() for i = 1, 101 do callboard.events.publish("clock.nobody", i) end end)
      return { json = { good = good, why = tostring(why) } }
    end,
    ["GET /wanted/:topic"] = function(request) return { json = callboard.events.wanted(request.params.topic) } end,
    ["POST /tell"] = function(request)
      local good, why = pcall(callboard.events.publish, request.json.topic, request.json.data)
      return { json = { good = good, why = tostring(why) } }
    end,
  },
}
LUA
cat >"$WORK/plugins/ear/plugin.lua" <<'LUA'
local callboard = require "callboard"
local store = callboard.store
local function keep(event) store.update(event.topic, function(list) list = list or {} list[#list + 1] = event.data return list end) end

return {
  title = "Ear", version = "1.0.0", capabilities = { store = true },
  events = {
    ["clock.struck"] = keep, ["catalog.changed"] = keep, ["catalog.error"] = keep,
    ["*.struck"] = function(event) store.set("any.struck", { event.plugin or "nobody", event.topic, event.data }) end,
    ["*.rung"] = function(event) store.set("any.rung", { event.plugin or "nobody", event.topic, event.data }) end,
  },
  routes = { ["GET /:topic"] = function(request) return { json = store.get(request.params.topic) or {} } end },
}
LUA
cat >"$WORK/plugins/deaf/plugin.lua" <<'LUA'
local store = require("callboard").store

return {
  title = "Deaf", version = "1.0.0", capabilities = { store = true },
  events = { ["*.changed"] = function(event) store.set("changed", event) end,
    ["clock.broken"] = function() error("what now?") end, ["clock.struck"] = function(event)
    local n = store.update("tries", function(n) return (n or 0) + 1 end)
    if n < 3 then error("what?") end
  end },
  routes = {
    ["GET /tries"] = function() return { json = store.get("tries") or 0 } end,
    ["GET /changed"] = function() return { json = store.get("changed") or false } end,
  },
}
LUA
cat >"$WORK/new.yaml" <<'YAML'
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: { name: new }
spec: { type: service, lifecycle: production, owner: team }
YAML
cat >"$WORK/conf.yaml" <<YAML
backend:
  auth:
    externalAccess:
      - type: static
        options: { token: token-of-the-tests-0123456789, subject: tests }
catalog:
  processingInterval: { seconds: 1 }
  locations: [{ type: file, target: $WORK/new.yaml }]
plugins:
  directories: [$WORK/plugins]
YAML
own_stack "$WORK/conf.yaml"
as tests
sql() { mariadb --no-defaults -N -B --socket="$STATE/mariadb.sock" callboard -e "$1"; }
page_of() { get "/plugins/$1" -H 'Accept: text/html'; }
counted() { [ "$(curl -sS -H "Authorization: Bearer $as" "$URL/api/clock/$1")" = "$2" ]; }

# ---- schedules ----
ok 'one without a delay runs at once' eventually 20 counted first 1
is "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'plugin.schedule'")" 5 'a job for each'
is "$(sql "SELECT COUNT(*) FROM job WHERE job_key = 'clock/later' AND run_at BETWEEN (UNIX_TIMESTAMP() + 1500) * 1000 AND (UNIX_TIMESTAMP() + 1801) * 1000")" 1 'initial_delay'
is "$(sql "SELECT ROUND(run_at / 1000) % 86400 FROM job WHERE job_key = 'clock/nightly'")" 10800 'a cron line, in UTC'
is "$(sql "SELECT COUNT(*) FROM job WHERE job_key = 'clock/first' AND state = 0 AND run_at BETWEEN (UNIX_TIMESTAMP() + 3500) * 1000 AND (UNIX_TIMESTAMP() + 3601) * 1000")" 1 'the next run'

# ---- now ----
run_now() { post_form "/plugins/clock/run/$1" "_csrf=$csrf"; }
page_of clock
is_status 200
has 'nightly'
csrf=$(sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1)
run_now nightly
is_status 303
ok 'run now' eventually 20 counted nightly 1
run_now none
is_status 404
as reader
run_now nightly
is_status 401
as tests

# ---- what fails is told, and tried again at its next time ----
run_now fails
noted() { [ -n "$(sql "SELECT error FROM plugin_run WHERE plugin = 'clock' AND id = 'fails'")" ]; }
ok 'a failure is noted' eventually 20 noted
waits() { [ "$(sql "SELECT COUNT(*) FROM job WHERE job_key = 'clock/fails' AND state = 0 AND run_at > (UNIX_TIMESTAMP() + 3000) * 1000")" = 1 ]; }
ok 'and not tried before its time' eventually 10 waits
ok 'once' counted fails 1
page_of clock
has 'the clock stands'
# More instructions than a request may take.
run_now long
ok 'a schedule may take long' eventually 60 counted long 1

# ---- after a reload each is there once, at its time ----
due=$(sql "SELECT ROUND(run_at / 1000) FROM job WHERE job_key = 'clock/nightly'")
sed -i 's/{ id = "later".*//' "$WORK/plugins/clock/plugin.lua"
own_reload
marked() { [ "$(sql "SELECT GROUP_CONCAT(id) FROM plugin_run WHERE gone_at IS NOT NULL")" = later ]; }
ok 'what is gone is noticed' eventually 20 marked
sql "UPDATE plugin_run SET gone_at = 1 WHERE id = 'later'; UPDATE job SET run_at = 0 WHERE queue = 'plugin.config'"
cancelled() { [ "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'plugin.schedule'")" = 4 ]; }
ok 'and after a day cancelled' eventually 20 cancelled
is "$(sql "SELECT ROUND(run_at / 1000) FROM job WHERE job_key = 'clock/nightly'")" "$due" 'the others keep their time'
ok 'and do not run' counted first 1

# ---- events of plugins ----
tell() { post /api/clock/tell "{\"topic\":\"$1\",\"data\":${2:-null}}"; }
heard() {
	curl -sS -H "Authorization: Bearer $as" "$URL/api/ear/$1" >"$WORK/heard" && jq -e "$2" "$WORK/heard"
}
tell clock.struck '{"hour":3}'
json .good true
ok 'who wants to know hears' eventually 20 heard clock.struck '. == [{"hour":3}]'
tries() { [ "$(curl -sS -H "Authorization: Bearer $as" "$URL/api/deaf/tries")" = "$1" ]; }
ok 'who fails is told again' eventually 30 tries 3
ok 'and the other heard once' heard clock.struck 'length == 1'
tell ear.struck
json .good false
has "begins with 'clock.'"
tell clockwork
json .good false
tell 'clock/struck'
json .good false
tell clock.nobody
json .good true
tell catalog.changed
json .good false
post /api/clock/storm '{}'
has 'a call may publish 100 events'
# One that fails again and again counts once: its plugin stays on.
post /api/clock/tell '{"topic":"clock.broken","data":1}'
broken() { [ "$(sql "SELECT attempt FROM job WHERE queue = 'plugin.event' AND job_key LIKE 'deaf/%'")" -ge 2 ]; }
ok 'it is tried again' eventually 20 broken
sql "UPDATE job SET run_at = 0 WHERE queue = 'plugin.event'"
for n in 3 4 5 6; do
	sql "UPDATE job SET run_at = 0 WHERE queue = 'plugin.event' AND state = 0"
	tried() { [ "$(sql "SELECT attempt FROM job WHERE queue = 'plugin.event' AND job_key LIKE 'deaf/%'")" -ge "$n" ]; }
	ok "for the $n. time" eventually 20 tried
done
get /api/deaf/tries
is_status 200
sql "DELETE FROM job WHERE queue = 'plugin.event' AND job_key LIKE 'deaf/%'"
sql "INSERT INTO job (queue, job_key, priority, run_at, max_attempts, created_at, payload) SELECT 'plugin.event', CONCAT('ear/', seq), 0, 9000000000000, 8, 0, '{}' FROM seq_1_to_10000"
tell clock.struck '{"hour":4}'
json .good false
has '10000 events wait'
sql "DELETE FROM job WHERE queue = 'plugin.event' AND job_key LIKE 'ear/%'"
drained() { [ "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'plugin.event'")" = 0 ]; }
ok 'no event is left' eventually 20 drained

# ---- of every plugin, and of whom ----
wanted() {
	get "/api/clock/wanted/$1"
	json . "$2"
}
wanted clock.rung true
wanted clock.silent false
get /api/clock/wanted/catalog.changed
is_status 500
tell clock.rung '{"plugin": "github"}'
json .good true
ok 'who listens to all hears, and of whom it is' eventually 20 heard any.rung '. == ["clock", "clock.rung", {"plugin": "github"}]'
tell github.rung
json .good false
ok 'what is named is not told twice' heard any.struck '. == {}'

# ---- events of the catalog ----
ok 'an entity that came' eventually 20 heard catalog.changed 'any(.[].refs[]; . == "component:default/new")'
n=$(jq length "$WORK/heard")
sed -i 's/owner: team/owner: crew/' "$WORK/new.yaml"
ok 'one that changed' eventually 20 heard catalog.changed "length > $n"
sed -i 's/, owner: crew//' "$WORK/new.yaml"
ok 'no event is left' eventually 20 drained
get /api/deaf/changed
json . false
ok 'one that is wrong' eventually 20 heard catalog.error 'any(.[].problems[]; .ref == "component:default/new" and (.message | contains("owner")))'

unharmed
done_testing
