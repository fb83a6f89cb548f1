#!/bin/sh
# The functions that a plugin has: their documentation and their tests name the same ones, and a plugin uses them all.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
DOCS=docs/plugin-api.md

# group.name of every row of api.def; of the table itself: name.
functions() {
	sed -n 's/^API("\([^"]*\)", "\([^"]*\)".*/\1.\2/p' app/plugins/api.def | sed 's/^\./callboard./'
}
functions | sort >"$WORK/functions"
ok 'there are functions' test "$(wc -l <"$WORK/functions")" -ge 30

undocumented() {
	while read -r f; do
		grep -qF -e "\`$f(" -e " \`$f(" "$DOCS" || echo "$f"
	done <"$WORK/functions"
}
is "$(undocumented)" '' "every function is in $DOCS"

# What the tables of the documentation name, but for what is Lua's own or a value.
documented() {
	grep -o '`[a-z]*\.[a-z_0-9]*(' "$DOCS" | tr -d '`(' | sort -u | grep -v -x -e callboard.array -e callboard.is_array \
		-e 'string\..*' -e 'table\..*' -e 'math\..*' -e 'utf8\..*' -e 'os\..*' -e 'coroutine\..*' -e 'sandbox\..*'
}
documented | while read -r f; do grep -qx "$f" "$WORK/functions" || echo "$f"; done >"$WORK/unknown"
is "$(cat "$WORK/unknown")" '' "$DOCS names no function that is not there"

# A test of each, in Lua: a plugin that a test calls, or one that comes with Callboard and has tests.
unused() {
	while read -r f; do
		case $f in callboard.*) call=$f ;; *) call=callboard.$f ;; esac
		case $f in provider.*) call=$f ;; esac
		grep -rqF "$call" tests/http tests/fixtures/plugins || echo "$f"
	done <"$WORK/functions"
}
is "$(unused)" '' 'every function is used by a test'

# ---- and they do what is written ----
mkdir "$WORK/cat" "$WORK/plugins"
cp -r tests/fixtures/plugins/tester "$WORK/plugins"
fixtures
echo '{"answer": 42}' >"$WORK/answer.json"
serve /answer.json "$WORK/answer.json" '{"headers": {"content-type": "application/json"}}'
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: null}}
backend:
  auth: {externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]}
integrations: {github: [{host: github.test, token: a-token-of-the-tests}]}
plugins:
  directories: [$WORK/plugins]
  tester: {config: {url: "$SITE/answer.json", word: set}}
catalog:
  rules: [{allow: [Component, User, Group]}]
  locations: [{type: file, target: $WORK/cat/all.yaml}]
YAML
cp tests/fixtures/two-components.yaml "$WORK/cat/all.yaml"
own_stack "$WORK/config.yaml"
as tests
becomes component:default/b '.kind == "Component"'
becomes user:default/boss '.kind == "User"'
get /api/tester/run
is_status 200
cp "$WORK/body" "$WORK/results"
for name in $(jq -r '.[].name' "$WORK/results"); do
	is "$(jq -r --arg n "$name" '.[] | select(.name == $n) | .why // "ok"' "$WORK/results")" ok "in Lua: $name"
done
ok 'there were tests' test "$(jq length "$WORK/results")" -ge 12
becomes group:default/made '.metadata.annotations["backstage.io/managed-by-location"] | test("^provider:")'
happened() { get /api/tester/happened && jq -e '.data.what == "this"' "$WORK/body"; }
ok 'the event arrives' eventually 15 happened
get /api/tester/view
has '<p>&lt;printed&gt;</p>'
ok 'what it logs is in the log' grep -q 'informed by the tester' "$STATE/callboard.log"
ok 'the audit log has its event' grep -q 'tester.tested' "$STATE/callboard.log"
ask GET /metrics
has 'callboard_plugin_own_seen_total{plugin="tester"} 3'
has 'callboard_plugin_own_depth{plugin="tester"} 7.5'
has 'callboard_plugin_up{plugin="tester"} 1'
unharmed
done_testing
