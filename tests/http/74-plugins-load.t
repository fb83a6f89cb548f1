#!/bin/sh
# Plugins from the command line, and how a running portal takes up what changes in their folders; one that takes its worker with it is told.
# shellcheck disable=SC2317 # functions are called by ok
. tests/http/lib.sh
. tests/fixtures/own.sh
PLUGINS=$WORK/plugins
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: {userEntityRef: "user:default/visitor", dangerouslyAllowOutsideDevelopment: true}}}
permission:
  enabled: true
  rbac: {admin: {users: [{name: "user:default/boss"}]}}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
plugins:
  directories: [plugins, more]
  limits: {seconds: 30, instructions: 1000000000000}
  greeter: {config: {greeting: Good morning}}
server: {pools: {plugin: {workers: 2}}}
YAML

# ---- the command line ----
cli() { run --config "$WORK/config.yaml" "$@"; }
cli plugin
is_exit 2
cli plugin list
is_exit 0
says_not "$PLUGINS/"
cli plugin new greeter
is_exit 0
says "Made $PLUGINS/greeter"
ok 'it begins with a manifest, views and a test' test -f "$PLUGINS/greeter/plugin.lua" -a -f "$PLUGINS/greeter/views/card.html" -a -f "$PLUGINS/greeter/test/hello_test.lua"
ok 'nothing is left to fill in' sh -c "! grep -r '@[A-Z]*@' '$PLUGINS/greeter'"
cli plugin check "$PLUGINS/greeter"
is_exit 0
says ': good'
cli plugin test "$PLUGINS/greeter"
is_exit 0
says '# 3 passed, 0 failed'
cat >"$PLUGINS/greeter/test/hello_test.lua" <<'LUA'
test("kept", function(t) t.store.set("a", 1) t.ok(t.store.get("a") == 1) end)
test("not shared", function(t) t.equal(t.store.get("a"), nil) end)
test("refused", function(t) require("callboard").store.get("a") end)
test("without end", function() while true do end end)
test("wrong",
  function(t) t.equal(t.call("GET /greeting").json, { text = "Bye" }) end)
LUA
cli plugin test "$PLUGINS/greeter"
is_exit 1
says '# 2 passed, 3 failed'
says 'capabilities.store in plugin.lua does not allow it'
says 'out of instructions'
says 'test/hello_test.lua:6: got {"text":"Hello, everybody!"}, want {"text":"Bye"}'
cli plugin list
says 'greeter'
says '0.1.0      on'
echo mine >"$PLUGINS/greeter/README.md"
cli plugin new greeter
is_exit 1
says 'is there already'
is "$(cat "$PLUGINS/greeter/README.md")" mine 'what is there is left alone'
cli plugin new catalog
is_exit 1
says "the portal itself uses the name 'catalog'"
cli plugin new 'No name'
is_exit 1
says 'small letters'
cli plugin new other --dir "$WORK/elsewhere"
is_exit 0
says 'plugins.directories'
sed -i 's/when = {/whem = {/; s/callboard.config/callbord.config/' "$WORK/elsewhere/other/plugin.lua"
echo '{% if x %}' >"$WORK/elsewhere/other/views/card.html"
cli plugin check "$WORK/elsewhere/other"
is_exit 1
says "$WORK/elsewhere/other/plugin.lua: cards[1].whem: unknown, did you mean 'when'?"
says "$WORK/elsewhere/other/views/card.html"
command -v luacheck >/dev/null && says "callbord"
cli plugin check "$WORK/none"
is_exit 1

# ---- a portal that is told to watch: files are taken up without a signal ----
own_stack "$WORK/config.yaml"
as tests
answers() { # answers PATH TEXT: the route says so
	get "$1"
	[ "$STATUS" = 200 ] && [ "$(cat "$WORK/body")" = "$2" ]
}
gone() {
	get "$1"
	[ "$STATUS" = 404 ]
}
get /api/greeter/greeting?name=Ana
is_status 200
json .text 'Good morning, Ana!'
plugin() { # plugin NAME TEXT
	mkdir -p "$PLUGINS/$1"
	printf 'return { title = "T", version = "1.0.0", routes = { ["GET /x"] = function() return { text = %s } end } }\n' "$2" >"$PLUGINS/$1/plugin.lua"
}
plugin fresh '"one"'
ok 'a folder that is new is there' eventually 15 answers /api/fresh/x one
plugin fresh '"two"'
ok 'a file that has changed counts' eventually 15 answers /api/fresh/x two
mkdir -p "$PLUGINS/fresh/lib"
echo 'return "three"' >"$PLUGINS/fresh/lib/word.lua"
plugin fresh 'require "lib.word"'
ok 'a module in a folder that is new' eventually 15 answers /api/fresh/x three
echo 'return "four"' >"$PLUGINS/fresh/lib/word.lua"
ok 'a module that has changed' eventually 15 answers /api/fresh/x four
echo 'return {' >"$PLUGINS/fresh/plugin.lua"
broken() {
	get /plugins
	grep -q 'needs' "$WORK/body"
}
ok 'one that is broken is told' eventually 15 broken
get /api/greeter/greeting
is_status 200
PLUGINS=$WORK/more plugin second '"of a directory"'
ok 'a directory that was not there' eventually 15 answers /api/second/x 'of a directory'
rm -r "$PLUGINS/fresh"
ok 'a folder that is gone is gone' eventually 15 gone /api/fresh/x

# ---- one that takes its worker with it ----
mkdir "$WORK/slow"
cat >"$WORK/slow/plugin.lua" <<'LUA'
return { title = "Slow", version = "1.0.0", routes = {
  ["GET /wait"] = function() while true do end end,
  ["GET /x"] = function() return { text = "fine" } end,
} }
LUA
mv "$WORK/slow" "$PLUGINS/slow"
ok 'the slow one is there' eventually 15 answers /api/slow/x fine
busy() {
	# A reload that was still to come may have ended the one before.
	kill -0 "$_curl" 2>/dev/null || {
		curl -s -o /dev/null -H "Authorization: Bearer token-of-the-tests-0123456789" "$URL/api/slow/wait" &
		_curl=$!
	}
	BUSY=$(CALLBOARD_STATE=$STATE "$BIN" status | awk '$1 == "plugin" && /\/api\/:plugin/ { print $2; exit }')
	[ -n "$BUSY" ]
}
failures() {
	get /plugins/slow
	grep -q "<dt>Failures</dt><dd>$1," "$WORK/body"
}
kill_one() {
	_curl=none
	eventually 10 busy || return 1
	kill -s KILL "$BUSY"
	wait "$_curl"
}
ok 'its worker is killed' kill_one
ok 'that counts as a failure' eventually 10 failures 1
get /api/slow/x
is_status 200
get /api/greeter/greeting
is_status 200
own_reload
ok 'a reload forgets nothing' failures 1
for i in 2 3 4 5 6; do
	kill_one
	eventually 10 failures $i
done
stopped() {
	get /api/slow/x
	[ "$STATUS" = 503 ]
}
ok 'five in a row switch it off' stopped
own_reload
ok 'a reload does not switch it on' stopped

# ---- a portal that does not watch: a signal ----
export APP_CONFIG_plugins_watch=false
CALLBOARD_STATE=$STATE sh tests/stack.sh stop >/dev/null 2>&1
own_stack "$WORK/config.yaml"
ok 'nor does a restart' stopped
echo '-- mended' >>"$PLUGINS/slow/plugin.lua"
mkdir -p "$PLUGINS/bad"
echo 'while true do end' >"$PLUGINS/bad/plugin.lua"
plugin later '"here"'
own_reload
ok 'a file that has changed switches it on' answers /api/slow/x fine
ok 'a new one is there, whatever is beside it' answers /api/later/x here
rm -r "$PLUGINS/later"
own_reload
ok 'one that is gone is gone' gone /api/later/x
done_testing
