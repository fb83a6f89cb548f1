#!/bin/sh
# What plugins add to the portal: routes, pages, cards, tabs, widgets, webhooks, the gallery; and that one that goes wrong harms nobody.
. tests/http/lib.sh
. tests/fixtures/own.sh
CAT=$WORK/cat
PLUGINS=$WORK/plugins
mkdir "$CAT" "$PLUGINS"
cp -r tests/fixtures/plugins/hello tests/fixtures/plugins/bomb "$PLUGINS"
# The portal is asked while plugin.lua itself runs, in a worker too.
mkdir "$PLUGINS/early"
cat >"$PLUGINS/early/plugin.lua" <<'LUA'
local callboard = require "callboard"
local said = {}
local function try(name, f, ...) said[name] = select(2, pcall(f, ...)) end
try("update", callboard.store.update, "k", function() return 1 end)
try("transaction", callboard.sql.transaction, function() return 1 end)
try("user", callboard.user)
try("encode", callboard.json.encode, callboard.array {})
said.greeting = callboard.config.greeting
return { title = "Early", version = "1.0.0", capabilities = { store = true, sql = true },
  routes = { ["GET /said"] = function() return { json = said } end } }
LUA
# Six that keep 12 MB each.
for i in 1 2 3 4 5 6; do
	mkdir "$PLUGINS/keeps$i"
	cat >"$PLUGINS/keeps$i/plugin.lua" <<'LUA'
local kept, n = {}, 0
return { title = "Keeps", version = "1.0.0", routes = { ["GET /n"] = function()
  for i = #kept + 1, 6 do kept[i] = ("x"):rep(2000000) .. i end
  n = n + 1
  return { json = n }
end } }
LUA
done
fixtures
echo '{"answer": 42}' >"$WORK/answer.json"
serve /answer.json "$WORK/answer.json" '{"headers": {"content-type": "application/json"}}'
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: {userEntityRef: "user:default/visitor", dangerouslyAllowOutsideDevelopment: true}}}
permission: {enabled: true}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
plugins:
  directories: [$PLUGINS]
  limits: {seconds: 1, instructions: 20000000}
  early: {config: {greeting: hey}}
  hello: {config: {greeting: Good morning, url: "$SITE/answer.json", away: "http://127.0.0.1:1/", hook: a-secret-of-the-tests}}
server: {pools: {plugin: {workers: 1}}}
catalog:
  rules: [{allow: [Component, User]}]
  locations: [{type: file, target: $CAT/all.yaml}]
YAML
cp tests/fixtures/two-components.yaml "$CAT/all.yaml"
own_stack "$WORK/config.yaml"
as tests
becomes component:default/b '.kind == "Component"'

# ---- routes ----
get '/api/hello/greeting?name=Ana'
is_status 200
json .text 'Good morning, Ana!'
post /api/hello/echo '{"a": [], "b": {}, "c": null, "d": 1, "e": 1.5, "f": "é", "g": 9007199254740991}'
is_status 201
json '.json | tojson' '{"a":[],"b":{},"c":null,"d":1,"e":1.5,"f":"é","g":9007199254740991}'
json .headers.authorization null
header X-Hello yes
get /api/hello/teams/core/x/y
is "$(cat "$WORK/body")" 'core x/y' 'parameters of the path'
get /api/hello/redirect
is_status 303
header Location /hello
get /api/hello/nothing
is_status 204
get /api/hello/number
is_status 500
json .error.name PluginError
get /api/hello/away
is_status 500
get /api/hello/host
is_status 500
ok 'a plugin says not to whom a request goes' grep -q "headers.Host is not yours to set" "$STATE/callboard.log"
get /api/hello/lend
is_status 500
get /api/hello/cookie
is_status 500
is "$(_header Set-Cookie | grep -c a=b)" 0 'a plugin sets no cookie'
get /api/hello/no-such
is_status 404
get /api/no-such-plugin/x
is_status 404
post /api/hello/greeting '{}'
is_status 404
get '/api/hello/entity?ref=component:default/a'
json .metadata.name a
get '/api/hello/entity?ref=component:default/zz'
json . null
get /api/hello/count
json .n 2
get /api/hello/me
json .ref tests
post /api/hello/echo '{}' -H 'X-Forwarded-Access-Token: a-token' -H 'X-GitHub-Event: push'
json '[.headers["x-forwarded-access-token"], .headers["x-github-event"]]' '[null,"push"]'
get /api/hello/fetch
json .json.answer 42
# Small values would take many times their text.
{ printf '[' && yes '{},' | head -n 200000 | tr -d '\n' && printf '{}]'; } >"$WORK/many.json"
{ printf '["' && head -c 5000000 /dev/zero | tr '\0' x && printf '"]'; } >"$WORK/large.json"
for f in many large; do serve /answer.json/$f "$WORK/$f.json" '{"headers": {"content-type": "application/json"}}'; done
get /api/hello/fetch-large?add=/many
json '[.error, .json, .bytes] | tojson' '["JSON: so many values would take more than 64 MiB",false,600004]'
get /api/hello/fetch-large?add=/large
json '[.error, .json, .bytes] | tojson' '["JSON: larger than 4 MiB",false,5000004]'
get '/api/hello/fetch?url=http://127.0.0.1:1/'
is_status 500
get /api/hello/register
is_status 500
as nobody
get /api/hello/greeting
is_status 401
as tests

# ---- pages ----
as nobody
get '/hello?q=%3Cscript%3E'
is_status 200
has '<p class="hello">Good morning, '
has '&lt;script&gt;'
lacks '<p><script>'
has 'href="/hello" aria-current="page" title="Say hello"'
get /hello/
is_status 200
get /hello/teams/core
has 'Team core'
get /hello/nowhere
is_status 404
get /hello/denied
is_status 403
get /hello/form
csrf=$(sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1)
post_form /hello/form name=Ana
is_status 403
post_form /hello/form name=Ana "_csrf=$csrf"
is_status 403
get /plugins/hello/static/hello.js
is_status 200
header_has Content-Type text/javascript
get /plugins/hello/static/..%2fplugin.lua
is_status 404
get /plugins/hello/static/nothing.js
is_status 404

# ---- parts of pages ----
get /catalog/default/component/a
has 'data-later="/catalog/default/component/a/cards/hello/greeting?part=1"'
lacks cards/hello/annotated
has 'href="/catalog/default/component/a/plugins/hello/more"'
get /catalog/default/component/b
has cards/hello/annotated
get /catalog/default/user/boss
lacks cards/hello/greeting
get '/catalog/default/component/a/cards/hello/greeting?part=1'
is_status 200
has '<p class="hello">Hello, a</p>'
lacks '<html'
get /catalog/default/component/a/cards/hello/greeting
has '<html'
get /catalog/default/component/a/cards/hello/annotated
is_status 404
get /catalog/default/component/zz/cards/hello/greeting
is_status 404
get /catalog/default/component/a/plugins/hello/more
has '<p class="tab">a of Component</p>'
has 'aria-current="page">More hello'
get /
has 'data-later="/widgets/hello/today?part=1"'
get '/widgets/hello/today?part=1'
has '&lt;b&gt;today'

# ---- webhooks ----
sign() {
	printf %s "$1" | openssl dgst -sha256 -hmac a-secret-of-the-tests | sed 's/.*= //'
}
post /api/hello/webhooks/push '{"a":1}'
is_status 401
post /api/hello/webhooks/push '{"a":1}' -H "X-Hub-Signature-256: sha256=$(sign '{"a":2}')"
is_status 401
post /api/hello/webhooks/push '{"a":1}' -H "X-Hub-Signature-256: sha256=$(sign '{"a":1}')"
is_status 200
json .got.a 1
post /api/hello/webhooks/push '{"a":1}' -H "X-Hub-Signature-256: $(sign '{"a":1}')"
is_status 200
post /api/hello/webhooks/token '{}' -H 'X-Token: a-secret-of-the-testt'
is_status 401
post /api/hello/webhooks/token '{}' -H 'X-Token: a-secret-of-the-tests'
is_status 200
post /api/hello/webhooks/none '{}'
is_status 404

# ---- one that goes wrong ----
as tests
get /api/early/said
is_status 200
json .update 'not while the manifest is read: call callboard.store.update in a function of the manifest'
json .transaction 'not while the manifest is read: call callboard.sql.transaction in a function of the manifest'
json .user 'not while the manifest is read: call callboard.user in a function of the manifest'
json .encode '[]'
json .greeting hey
bomb() { # bomb PATH TEXT: it is stopped, and the log says why
	get "/api/bomb/$1"
	is_status 500
	ok "the log tells of $1: $2" grep -q "plugin bomb, GET /$1.*$2" "$STATE/callboard.log"
	# Five in a row switch it off; here each counts for itself.
	get /api/bomb/fine
	is_status 200
}
bomb raise 'it raises <itself>'
bomb table 'an error without a text (a table value)'
bomb nil 'an error without a text (a nil value)'
bomb tostring 'instructions'
bomb loop 'instructions\|time'
bomb pcall 'instructions\|time'
bomb coroutine 'instructions\|time'
bomb pattern 'instructions\|time'
bomb memory 'memory'
bomb json 'more than 64 MiB'
bomb output 'larger than 4 MiB'
bomb store 'capabilities.store'
bomb catalog 'capabilities.catalog'
bomb http 'capabilities.http'
bomb require "there is no module"
bomb require-other 'there is no module'
get /api/bomb/log
json .result written
in_log() { # in_log JQ: of the lines that it wrote
	grep '"plugin":"bomb"' "$STATE/callboard.log" | jq -s "map(select(.message == \"plugin\")) | $1"
}
is "$(in_log 'map(select(.level == "info")) | length')" 1000 'a call writes 1000 lines'
is "$(in_log 'map(select(.text | test("more lines"))) | length')" 1 'that there were more is said once'
is "$(in_log '.[0].text | utf8bytelength')" 4095 'a line is cut, not within a letter'
is "$(in_log '.[0] | .text + .fields | utf8bytelength')" 4096 'nothing is left for its fields'
is "$(in_log '.[1] | .text + .fields | utf8bytelength')" 4096 'its fields are cut'
get /api/bomb/log
is "$(in_log 'map(select(.level == "info")) | length')" 2000 'each call has its lines'
get /api/bomb/globals
json .result '[]'
get /api/bomb/rep
json .result 0
as nobody
get '/catalog/default/component/a/cards/bomb/bomb?part=1'
is_status 200
has 'Bomb does not answer'
lacks 'the card is broken'
as tests
get /api/hello/greeting
is_status 200

# ---- what plugins keep is bounded for all of them: the state that was not called for longest goes ----
for i in 1 2 3 4 1 5 6; do get /api/keeps$i/n; done
for i in 6 5 1; do
	n=2
	[ $i = 1 ] && n=3
	get /api/keeps$i/n
	json . $n
done
get /api/keeps2/n
json . 1

# ---- what is away is not its fault ----
for _ in 1 2 3 4 5 6; do get /api/hello/outage; done
is_status 500
get /api/hello/greeting
is_status 200

# ---- five failures in a row switch it off, until its files change ----
get /api/bomb/fine
for _ in 1 2 3 4 5; do get /api/bomb/raise; done
get /api/bomb/fine
is_status 503
as nobody
get /plugins/bomb
has 'switched off'
lacks 'it raises'
get /plugins
has 'One plugin needs'
get /plugins/hello
has 'Greets &lt;everybody&gt;.'
lacks a-secret-of-the-tests
lacks "$PLUGINS"
get /plugins/none
is_status 404
as tests
ask POST /plugins/bomb/switch-on -H "Origin: $URL"
ok 'switching on is for administrators' test "$STATUS" = 403
get /api/hello/greeting
is_status 200
echo '-- changed' >>"$PLUGINS/bomb/plugin.lua"
own_reload
get /api/bomb/fine
is_status 200

# ---- what runs is what was checked ----
mkdir -p "$PLUGINS/later"
printf 'return { title = "Later", version = "1.0.0", routes = { ["GET /x"] = function() return { text = "old" } end } }\n' >"$PLUGINS/later/plugin.lua"
own_reload
printf 'return { title = "Later", version = "1.0.0", routes = { ["GET /x"] = function() return { text = "new" } end } }\n' >"$PLUGINS/later/plugin.lua"
get /api/later/x
is_status 503
own_reload
get /api/later/x
is "$(cat "$WORK/body")" new 'a reload takes it up'

# ---- SIGHUP takes up what is new, and lets go of what is gone; one that cannot be loaded hinders nothing ----
mkdir -p "$PLUGINS/fresh"
printf 'return { title = "Fresh", version = "1.0.0", routes = { ["GET /x"] = function() return { text = "new" } end } }\n' >"$PLUGINS/fresh/plugin.lua"
mkdir -p "$PLUGINS/broken"
printf 'return { title = "Broken", version = "1.0.0", cardz = {} }\n' >"$PLUGINS/broken/plugin.lua"
rm -r "$PLUGINS/bomb"
own_reload
get /api/fresh/x
is_status 200
get /api/bomb/fine
is_status 404
get /plugins
has Fresh
get /plugins/broken
has 'cannot be loaded'
get /api/hello/greeting
is_status 200
# ---- who may read the catalog, and no plugins ----
sed -i 's/^permission: .*/permission: {enabled: true, roles: [{name: "role:default\/look", members: [guest], rules: [{permission: catalog.entity.read}]}]}/' "$WORK/config.yaml"
own_reload
as nobody
get /catalog/default/component/a
is_status 200
lacks data-later
lacks 'plugins/hello/more'
lacks 'Say hello'
for path in /catalog/default/component/a/cards/hello/greeting /catalog/default/component/a/plugins/hello/more /widgets/hello/today /hello /plugins; do
	get "$path"
	is_status 403
done

unharmed
done_testing
