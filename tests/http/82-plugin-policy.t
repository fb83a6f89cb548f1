#!/bin/sh
# What is decided in Lua: a policy of a plugin or of a file, rules of plugins in roles and in the policy; what is kept, and that
# nothing is allowed where the policy has no answer.
# shellcheck disable=SC2317 # functions are called by ok and eventually
# shellcheck disable=SC2016,SC2086 # what looks like a variable is none; $by is one word
. tests/http/lib.sh
. tests/fixtures/own.sh
CAT=$WORK/cat
PLUGINS=$WORK/plugins
POLICIES=$WORK/policies
mkdir "$CAT" "$PLUGINS" "$PLUGINS/keeper" "$PLUGINS/systems" "$PLUGINS/off" "$POLICIES"

# component NAME OWNER LABEL SYSTEM
component() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: %s, labels: {%s: "yes"}, description: the %s}\nspec: {type: service, lifecycle: production, owner: %s, system: %s}\n' \
		"$1" "$3" "$1" "$2" "$4"
}
{
	component aa team-a public pay
	component ab team-a inner pay
	component ba team-b public ship
	component bb team-b inner ship
} >"$CAT/all.yaml"

cat >"$PLUGINS/keeper/plugin.lua" <<'LUA'
local callboard = require "callboard"
local function conditional(conditions) return { result = "CONDITIONAL", conditions = conditions } end
local function label(name) return { rule = "HAS_LABEL", params = { label = name } } end
local by_name = {
  allowed = function() return "ALLOW" end,
  denied = function() return { result = "DENY" } end,
  some = function(p)
    if p.resourceType ~= "catalog-entity" then return "ALLOW" end
    return { result = "CONDITIONAL", pluginId = "catalog", resourceType = "catalog-entity", conditions = label(p.attributes.action == "read" and "public" or "inner") }
  end,
  none = function() return conditional { rule = "IS_ENTITY_KIND", params = { kinds = {} } } end,
  system = function() return conditional { ["not"] = { rule = "systems.IS_IN_SYSTEM", params = { system = "pay" } } } end,
  offed = function() return conditional { rule = "off.IS_OFF" } end,
  raiser = function() error("words of the policy's inside") end,
  maybe = function() return { result = "MAYBE" } end,
  unruly = function() return conditional { rule = "HAS_NOTHING", params = {} } end,
  basic = function(p) return { result = "CONDITIONAL", conditions = label "x", pluginId = p.resourceType and "catalog" or "catalog" } end,
  number = function() return 7 end,
  looper = function() while true do end end,
}
return { title = "Keeper", version = "1.0.0",
  policy = function(request, user)
    local p = request.permission
    if user.kind == "guest" then
      if p.name == "catalog.entity.read" then return conditional(label "public") end
      return p.attributes.action == "read" and "ALLOW" or "DENY"
    end
    if user.kind == "user" then
      for _, ref in ipairs(user.ownership) do
        if ref == "group:default/team-a" then return conditional { rule = "IS_ENTITY_OWNER", params = { claims = { "$ownerRefs" } } } end
      end
    end
    return by_name[user.ref] and by_name[user.ref](p) or nil
  end,
  routes = {
    ["GET /may"] = function(request) return { json = { may = callboard.may(request.query.permission), kind = callboard.user().ref } } end,
  } }
LUA
cat >"$PLUGINS/systems/plugin.lua" <<'LUA'
return { title = "Systems", version = "1.0.0",
  permission_rules = {
    IS_IN_SYSTEM = { description = "Those of a system", condition = function(params, user)
      if params.system == "raise" then error("inside a rule") end
      if params.system == "wrong" then return { rule = "systems.IS_IN_SYSTEM", params = { system = "pay" } } end
      if params.system == "mine" then return { rule = "HAS_SPEC", params = { key = "system", value = user.ref } } end
      return { rule = "HAS_SPEC", params = { key = "system", value = params.system } }
    end },
  } }
LUA
cat >"$PLUGINS/off/plugin.lua" <<'LUA'
return { title = "Off", version = "1.0.0", permission_rules = { IS_OFF = { condition = function() return { rule = "IS_ENTITY_KIND", params = { kinds = { "Component" } } } end } } }
LUA

# config POLICY [MORE OF THE CONFIGURATION]
config() {
	{
		cat <<YAML
auth: {providers: {local: {}, guest: {userEntityRef: "user:default/visitor", dangerouslyAllowOutsideDevelopment: true}}}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
YAML
		for subject in allowed denied some none system offed raiser maybe unruly basic number looper ruled fresh later pay guarded unguarded wrong; do
			printf '      - {type: static, options: {token: token-of-%s-0123456789, subject: %s}}\n' "$subject" "$subject"
		done
		cat <<YAML
catalog:
  rules: [{allow: [Component, Location]}]
  locations: [{type: file, target: $CAT/all.yaml}]
plugins:
  directories: [$PLUGINS]
  off: {enabled: false}
server: {pools: {web: {workers: 1}, plugin: {workers: 1}, policy: {workers: 1}}}
permission:
  enabled: true
  policy: $1
  policyDirectories: [$POLICIES]
  rbac: {admin: {users: [{name: user:default/amy}], superUsers: [{name: user:default/root}, {name: service:tests}]}}
  roles:
    - {name: role:default/denied, members: ["service:denied"], rules: [{permission: "catalog.*"}]}
    - name: role:default/some
      members: ["service:some"]
      rules:
        - {permission: catalog.entity.read, effect: deny, if: {rule: HAS_SPEC, params: {key: owner, value: team-b}}}
        - {permission: catalog.location.create, effect: deny}
        - {permission: catalog.entity.read}
    - {name: role:default/ruled, members: ["service:ruled"], rules: [{permission: catalog.entity.read, if: {rule: HAS_LABEL, params: {label: inner}}}, {permission: plugin.page.read}]}
    - name: role:default/pay
      members: ["service:pay"]
      rules: [{permission: catalog.entity.read, if: {rule: systems.IS_IN_SYSTEM, params: {system: pay}}}]
    - name: role:default/guarded
      members: ["service:guarded"]
      rules:
        - {permission: catalog.entity.read}
        - {permission: catalog.location.read}
        - {permission: catalog.entity.read, effect: deny, if: {not: {rule: off.IS_OFF}}}
    - name: role:default/unguarded
      members: ["service:unguarded"]
      rules: [{permission: catalog.entity.read, if: {not: {rule: off.IS_OFF}}}]
    - name: role:default/wrong
      members: ["service:wrong"]
      rules: [{permission: catalog.entity.read, if: {rule: systems.IS_IN_SYSTEM, params: {system: wrong}}}]
${2:-}
YAML
	} >"$CALLBOARD_CONFIG"
}
CALLBOARD_CONFIG=$WORK/config.yaml
config keeper
own_stack "$CALLBOARD_CONFIG"
as tests
becomes component:default/bb '.kind == "Component"'
by=/api/catalog/entities/by-name/component/default
# of SUBJECT: who asks from now on.
of() { as "token-of-$1-0123456789"; }
names() { json '[.items[].metadata.name] | sort | join(" ")' "$1"; }
calls() {
	curl -s "$URL/metrics" | awk -v name="$1" '$1 == "callboard_plugin_calls_total{plugin=\"" name "\"}" { print $2 }'
}

# ---- allowed, denied ----
of allowed
get '/api/catalog/entities/by-query?filter=kind=component'
names 'aa ab ba bb'
get /api/catalog/locations
is_status 200
of denied
get '/api/catalog/entities/by-query?filter=kind=component'
names ''
get $by/aa
is_status 404
post /api/catalog/locations '{"type":"url","target":"https://example.com/x.yaml"}'
is_status 403

# ---- conditional: lists, counts, facets, one entity, and what roles deny ----
of some
get '/api/catalog/entities/by-query?filter=kind=component'
names aa
json .totalItems 1
get /api/catalog/entities
json '[.[].metadata.name]' '["aa"]'
get '/api/catalog/entity-facets?facet=spec.owner&filter=kind=component'
json '.facets["spec.owner"]' '[{"value":"team-a","count":1}]'
get $by/aa
is_status 200
get $by/ab
is_status 404
get $by/ba
is_status 404
post /api/catalog/refresh '{"entityRef":"component:default/aa"}'
is_status 403
post /api/catalog/locations '{"type":"url","target":"https://example.com/x.yaml"}'
is_status 403
post /api/permission/authorize '{"items":[{"id":"1","permission":{"type":"resource","name":"catalog.entity.read","resourceType":"catalog-entity","attributes":{"action":"read"}}}]}'
json '.items[0] | [.result, .pluginId, .conditions.allOf[0]]' \
	'["CONDITIONAL","catalog",{"rule":"HAS_LABEL","resourceType":"catalog-entity","params":{"label":"public"}}]'
of none
get '/api/catalog/entities/by-query?filter=kind=component'
names ''

# ---- nil: roles ----
of ruled
get '/api/catalog/entities/by-query?filter=kind=component'
names 'ab bb'
get /api/catalog/locations
json . '[]'

# ---- guests, people and their groups ----
as nobody
get /catalog
is_status 200
has '>aa<'
lacks '>ab<'
get /catalog/default/component/ab
is_status 404
run request GET '/api/catalog/entities/by-query?filter=kind=component' --as user:default/lo,group:default/team-a
sed '1,/^\r*$/d' "$WORK/body" >"$WORK/json"
is "$(jq -rc '[.items[].metadata.name] | sort' "$WORK/json")" '["aa","ab"]' 'a user reads what the group owns'
run request GET '/api/catalog/entities/by-query?filter=kind=component' --as user:default/root
sed '1,/^\r*$/d' "$WORK/body" >"$WORK/json"
is "$(jq -rc '[.items[].metadata.name] | length' "$WORK/json")" 4 'a super user is not asked about'

# ---- asked once, whatever the number of entities, and kept ----
of allowed
get "/api/catalog/entities?limit=1"
before=$(calls keeper)
as token-of-fresh-0123456789
get /api/catalog/entities
is "$(calls keeper)" $((before + 1)) 'a list is one question'
before=$(calls keeper)
of allowed
for _ in 1 2 3; do
	get /api/catalog/entities
	json 'map(select(.kind == "Component")) | length' 4
done
ok 'what was answered is not asked again, for some seconds' test "$(calls keeper)" -le $((before + 1))

# ---- from a plugin's own route, with one worker of each kind ----
of allowed
get '/api/keeper/may?permission=catalog.location.create'
json '[.may, .kind]' '[true,"allowed"]'
of ruled
get '/api/keeper/may?permission=catalog.location.create'
json .may false

# ---- rules of plugins ----
of pay
get '/api/catalog/entities/by-query?filter=kind=component'
names 'aa ab'
json .totalItems 2
get $by/ba
is_status 404
of system
get '/api/catalog/entities/by-query?filter=kind=component'
names 'ba bb'
# Of a plugin that is off: what cannot be known allows nothing, also not by "not", and denies everything.
of unguarded
get '/api/catalog/entities/by-query?filter=kind=component'
names ''
of guarded
get '/api/catalog/entities/by-query?filter=kind=component'
names ''
get /api/catalog/locations
is_status 200
of wrong
get '/api/catalog/entities'
is_status 503
ok 'the log says which rule is wrong' grep -q "plugin systems, rule IS_IN_SYSTEM: rule 'systems.IS_IN_SYSTEM' is a plugin's" "$STATE/callboard.log"
as tests
post /api/catalog/.well-known/backstage/permissions/apply-conditions \
	'{"items":[{"id":"1","resourceRef":"component:default/aa","resourceType":"catalog-entity","conditions":{"rule":"systems.IS_IN_SYSTEM","params":{"system":"pay"}}}]}'
is_status 400

# ---- no answer: nothing is allowed, and nothing leaks ----
for who in raiser maybe unruly basic number offed; do
	of $who
	get '/api/catalog/entities/by-query?filter=kind=component'
	case $who in
	basic) is_status 200 ;;
	*) is_status 503 ;;
	esac
	lacks '"aa"'
	lacks 'inside'
done
of basic
get /api/catalog/locations
is_status 503
of raiser
get $by/aa
is_status 503
get /catalog -H 'Accept: text/html'
is_status 503
lacks '>aa<'
ok 'the log says why' grep -q "words of the policy's inside" "$STATE/callboard.log"
ok 'the log says what was wrong with an answer' grep -q "neither ALLOW, DENY, CONDITIONAL nor nil, but a number" "$STATE/callboard.log"
of allowed
get $by/aa
is_status 200

# ---- nobody outside can ask ----
ok 'nginx knows no way to those who decide' sh -c '! grep -n "policy\\.sock" nginx/*.conf'
cat >"$WORK/garbage.mjs" <<'JS'
// Everything but a question: the worker hangs up, and goes on.
import net from 'net'
const frames = [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.from([1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.from([255, 255, 255, 255, 0, 0, 0, 0]),
  Buffer.from([4, 0, 0, 0, 0, 0, 0, 0]), Buffer.concat([Buffer.from([11, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('[[[[[[[')])]
for (const bytes of frames) {
  await new Promise(done => {
    const s = net.connect(process.argv[2], () => s.end(bytes))
    s.on('close', done).on('error', done).resume()
  })
}
JS
node "$WORK/garbage.mjs" "$STATE/policy.sock"
of allowed
get /api/catalog/locations
is_status 200
get '/api/policy'
is_status 404
get '/api/keeper/policy'
is_status 404

# A worker that dies is replaced.
decider() { CALLBOARD_STATE=$STATE "$BIN" status | awk '$1 == "policy" { print $2 }'; }
died=$(decider)
kill -s KILL "$died"
another() { [ -n "$(decider)" ] && [ "$(decider)" != "$died" ]; }
ok 'a worker that dies is replaced' eventually 15 another
as token-of-later-0123456789
get /api/catalog/locations
is_status 200

# ---- one that never ends ----
of looper
get $by/aa
is_status 503
is_off() { get $by/aa && grep -q 'plugin switched off after too many failures' "$STATE/callboard.log"; }
ok 'one that never ends is switched off' eventually 60 is_off
of allowed
get $by/aa
is_status 503
as nobody
get /catalog
is_status 503
get /login
is_status 200
# Who may mend it can still come in, see why, and switch it on.
account() { printf '%s\n' 'a long password' | CALLBOARD_STATE=$STATE "$BIN" user add "$@" --password-stdin >"$WORK/body" 2>&1; }
csrf() { sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1; }
account amy
get /login
post_form /login "_csrf=$(csrf)" name=amy 'password=a long password' to=/plugins/keeper
is_status 303
get /plugins/keeper
is_status 200
has 'Switched off'
has 'out of'
post_form /plugins/keeper/switch-on "_csrf=$(csrf)"
is_status 303
rm -f "$WORK/jar"
decides() { of denied && get $by/aa && [ "$STATUS" = 404 ]; }
ok 'switched on it decides again' eventually 15 decides
of allowed
get $by/aa
is_status 200

# ---- a reload takes what has changed ----
sed -i 's/denied = function() return { result = "DENY" } end/denied = function() return "ALLOW" end/' "$PLUGINS/keeper/plugin.lua"
reloaded() { of denied && get $by/aa && [ "$STATUS" = 200 ]; }
ok 'a change is taken up' eventually 30 reloaded
# A mistake in the policy is not: the old one goes on.
cp "$PLUGINS/keeper/plugin.lua" "$WORK/good.lua"
echo 'return {' >"$PLUGINS/keeper/plugin.lua"
ok 'a broken policy is no reload' eventually 30 grep -q 'reload refused' "$STATE/callboard.log"
of denied
get $by/aa
is_status 200
cp "$WORK/good.lua" "$PLUGINS/keeper/plugin.lua"

# ---- a policy that is one file ----
cat >"$POLICIES/team.lua" <<'LUA'
local callboard = require "callboard"
return function(request, user)
  if user.ref == "raiser" then return callboard.catalog.count {} end
  if user.ref == "maybe" then return require "other" end
  if user.ref == "allowed" and request.permission.name == "catalog.entity.read" then
    return { result = "CONDITIONAL", conditions = { rule = "HAS_LABEL", params = { label = "inner" } } }
  end
end
LUA
echo 'return function() return "ALLOW" end' >"$POLICIES/other.lua"
config team
own_reload
of allowed
get '/api/catalog/entities/by-query?filter=kind=component'
names 'ab bb'
of ruled
get '/api/catalog/entities/by-query?filter=kind=component'
names 'ab bb'
of raiser
get $by/aa
is_status 503
of maybe
get $by/aa
is_status 503
as tests
get /plugins/team
is_status 200
has "$POLICIES/team.lua"
has '>Policy<'
get /plugins/team/static/other.lua
is_status 404
get /api/team/x
is_status 404

# ---- what is wrong is said before anything starts ----
# Elsewhere than where the running portal looks, which takes up a folder of policies that changes.
cp -r "$POLICIES" "$WORK/tried"
POLICIES=$WORK/tried CALLBOARD_CONFIG=$WORK/tried.yaml
# wrong POLICY WHAT IS SAID [ROLES]
wrong() {
	config "$1" "${3:-}"
	run config check
	is_exit 1
	says "$2"
}
config team
run config check
is_exit 0
says "warning: permission: rule 'off.IS_OFF': its plugin is off, so that it allows nothing, and denies all that it is about"
wrong nobody "permission.policy: there is neither a plugin 'nobody' nor a file nobody.lua in $POLICIES"
wrong systems "permission.policy: the plugin 'systems' has no policy"
wrong off "permission.policy: the plugin 'off' has no policy"
cp "$POLICIES/other.lua" "$POLICIES/keeper.lua"
wrong keeper "may be the plugin in $PLUGINS/keeper or the file $POLICIES/keeper.lua"
rm "$POLICIES/keeper.lua"
echo 'return { policy = function() end }' >"$POLICIES/table.lua"
wrong table 'table.lua must return a function, not table'
echo 'return function(' >"$POLICIES/syntax.lua"
wrong syntax "$POLICIES/syntax.lua:2: "
role() { printf '    - {name: role:default/x, members: ["*"], rules: [{permission: catalog.entity.read, if: {rule: %s}}]}' "$1"; }
wrong team "rule 'nowhere.IS_X': there is no such plugin" "$(role nowhere.IS_X)"
wrong team "rule 'systems.IS_X': the plugin systems has no such rule" "$(role systems.IS_X)"
wrong team "'systems.isX' is no name of a plugin's rule" "$(role systems.isX)"
config team
sed -i 's/enabled: true/enabled: false/' "$CALLBOARD_CONFIG"
run config check
is_exit 0
says 'warning: permission.policy: it is not asked without permission.enabled: true'
# Nothing starts with such a mistake, and what runs goes on.
POLICIES=$WORK/policies CALLBOARD_CONFIG=$WORK/config.yaml
config nobody
before=$(grep -c 'reload refused' "$STATE/callboard.log")
kill -s HUP "$(cat "$STATE/callboard.pid")"
refused() { [ "$(grep -c 'reload refused' "$STATE/callboard.log")" -gt "$before" ]; }
ok 'a policy that is not there is no reload' eventually 30 refused
of allowed
get '/api/catalog/entities/by-query?filter=kind=component'
names 'ab bb'
run serve
ok 'nor a start' test "$STATUS" != 0
says "permission.policy: there is neither a plugin 'nobody'"
mkdir "$PLUGINS/slip"
echo 'return { title = "Slip", version = "1.0.0", policy = "ALLOW", permission_rules = { isX = { condition = 1 } } }' >"$PLUGINS/slip/plugin.lua"
run plugin check "$PLUGINS/slip"
is_exit 1
says 'plugin.lua: policy: must be a function, not a text'
says "permission_rules.isX: 'isX': only capital letters"
rm -r "$PLUGINS/slip"

# ---- tests of those who write one ----
mkdir "$PLUGINS/keeper/test" "$PLUGINS/systems/test"
cat >"$PLUGINS/keeper/test/policy.lua" <<'LUA'
test("who is denied", function(t)
  local request = { permission = { name = "catalog.location.read", type = "basic", attributes = { action = "read" } } }
  t.equal(t.call("policy", request, { ref = "allowed", kind = "service", ownership = {} }), "ALLOW")
  t.equal(t.call("policy", request, { ref = "x", kind = "guest", ownership = {} }), "ALLOW")
  t.equal(t.call("policy", request, { ref = "x", kind = "service", ownership = {} }), nil)
end)
LUA
cat >"$PLUGINS/systems/test/rules.lua" <<'LUA'
test("the rule", function(t)
  t.equal(t.call("rule IS_IN_SYSTEM", { system = "mine" }, { ref = "r" }), { rule = "HAS_SPEC", params = { key = "system", value = "r" } })
end)
LUA
for name in keeper systems; do
	run plugin test "$PLUGINS/$name"
	is_exit 0
	says '1 passed, 0 failed'
done

# ---- the example that comes with Callboard ----
config example
run config check
is_exit 0
run request POST /api/permission/authorize --as user:default/lo,group:default/team-a -d '{"items":[
	{"id":"1","resourceRef":["component:default/aa","component:default/ba"],
		"permission":{"type":"resource","name":"catalog.entity.delete","resourceType":"catalog-entity","attributes":{"action":"delete"}}},
	{"id":"2","permission":{"type":"basic","name":"catalog.location.create","attributes":{"action":"create"}}},
	{"id":"3","permission":{"type":"basic","name":"catalog.location.read","attributes":{"action":"read"}}}]}'
sed '1,/^\r*$/d' "$WORK/body" >"$WORK/json"
is "$(jq -rc '[.items[].result] | tojson' "$WORK/json")" '[["ALLOW","DENY"],"DENY","ALLOW"]' 'the example decides'
run request POST /api/permission/authorize --as user:default/lo,group:default/platform -d '{"items":[
	{"id":"2","permission":{"type":"basic","name":"catalog.location.create","attributes":{"action":"create"}}}]}'
sed '1,/^\r*$/d' "$WORK/body" >"$WORK/json"
is "$(jq -rc '[.items[].result] | tojson' "$WORK/json")" '["ALLOW"]' 'the example lets the platform team do everything'

unharmed_but_for_loops() { ! grep -E 'runtime error:|ERROR: AddressSanitizer|ended by signal' "$STATE/callboard.log"; }
ok 'the log tells of no crash' unharmed_but_for_loops
done_testing
