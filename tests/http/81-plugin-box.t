#!/bin/sh
# The plugins that come with Callboard: each is good and passes its own tests; scorecards, announcements and the radar on a portal.
# shellcheck disable=SC2317 # functions are called by eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
for dir in lua/plugins/*/; do
	[ -f "$dir/plugin.lua" ] || continue
	run plugin check "$dir"
	is_exit 0
	ls "$dir"/test/*.lua >/dev/null 2>&1 || continue
	run plugin test "$dir"
	is_exit 0
done

mkdir -p "$WORK/cat" "$WORK/plugins/teller" "$WORK/plugins/liar"
cat >"$WORK/plugins/teller/plugin.lua" <<'LUA'
local callboard = require "callboard"
local facts = require "callboard.facts"

return {
  title = "Teller", version = "1.0.0",
  routes = { ["POST /tell"] = function(request)
    callboard.events.publish(callboard.name .. ".facts", request.json)
    return { json = facts.wanted() }
  end },
}
LUA
cp "$WORK/plugins/teller/plugin.lua" "$WORK/plugins/liar"
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: {userEntityRef: "user:default/visitor", dangerouslyAllowOutsideDevelopment: true}}}
permission:
  enabled: true
  roles:
    - name: role:default/look
      members: [guest]
      rules:
        - {permission: plugin.page.read}
        - {permission: catalog.entity.read, if: {not: {rule: HAS_LABEL, params: {label: secret}}}}
backend:
  auth: {externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]}
plugins:
  directories: [$WORK/plugins]
  announcements: {enabled: true}
  scorecards: {enabled: true}
  tech-radar: {enabled: true, config: {data: {quadrants: [{id: q, name: Languages}], rings: [{id: r, name: Adopt}], entries: [{title: C, quadrant: q, timeline: [{date: "2026-01-01", ringId: r}]}]}}}
catalog:
  rules: [{allow: [Component, Group]}]
  locations: [{type: file, target: $WORK/cat/all.yaml}]
YAML
one() { # one NAME LABELS OWNER
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: %s, labels: {%s}}\nspec: {type: service, lifecycle: production, owner: %s}\n' "$@"
}
{
	one seen '' open
	one hidden 'secret: "yes"' closed
	for name in open closed; do
		printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: %s}\nspec: {type: team, children: []}\n' "$name"
	done
} >"$WORK/cat/all.yaml"
own_stack "$WORK/config.yaml"
as tests
becomes component:default/hidden '.relations | length == 1'
becomes component:default/seen '.relations | length == 1'

# ---- scorecards ----
get '/api/scorecards/entity?ref=component:default/seen'
json '.[0] | [.card, .score, .level]' '["basics",25,null]'
sql() { mariadb --no-defaults -uroot -S "$STATE/mariadb.sock" callboard -N -B -e "$1"; }
# As its button on /plugins/scorecards does.
again() { sql "UPDATE job SET run_at = 0 WHERE queue = 'plugin.schedule' AND job_key = 'scorecards/evaluate' AND state = 0"; }
looked_at() {
	again
	get /api/scorecards/scorecards
	jq -e '.[0].last.entities == 2' "$WORK/body"
}
ok 'everything is looked at' eventually 20 looked_at
get /api/scorecards/scorecards/basics/owners
json 'map(.owner) | sort' '["group:default/closed","group:default/open"]'
as nobody
get /scorecards/basics
is_status 200
has 'ref=group%3Adefault%2Fopen'
lacks 'ref=group%3Adefault%2Fclosed'
get '/scorecards/basics/owner?ref=group:default/open'
has component/seen
lacks 'Exempt an entity'
get '/scorecards/basics/entity?ref=component:default/seen'
has 'Is described'
lacks 'What was seen'
get '/scorecards/basics/owner?ref=group:default/closed'
is_status 404
lacks 'component/hidden'
get '/catalog/default/component/seen/cards/scorecards/scores?part=1'
has 'Is described'
has '25 of 100'

# ---- scorecards: facts that other plugins tell ----
as tests
facts() { get "/api/scorecards/facts?ref=component:default/seen" && jq -e "$1" "$WORK/body"; }
tell() { post "/api/$1/tell" "$2" && is_status 200; }
about() { printf '[{"entity": "component:default/%s", "at": %s, "facts": %s}]' "$@"; }
at=$(date +%s)000
tell teller "$(about seen "$at" '{"coverage": 70, "languages": ["go", "<b>"], "gone": 1}')"
json . true
ok 'what is told is known' eventually 20 facts '.teller.coverage == {"value": 70, "at": '"$at"'}'
tell liar "$(about seen "$at" '{"coverage": 99, "source": "teller", "plugin": "teller", "Bad": 1}')"
ok 'and of whom' eventually 20 facts '.liar.coverage.value == 99 and (.liar | has("Bad") | not)'
ok 'nobody speaks for another' facts '.teller.coverage.value == 70'
tell teller "$(about seen "$((at - 1000))" '{"coverage": 1, "older": 1}')"
ok 'what is older' eventually 20 facts '.teller.older.value == 1'
ok 'does not count' facts '.teller.coverage.value == 70'
tell teller "$(about seen "$at" '{"gone": null}')"
ok 'what is taken back is not known any more' eventually 20 facts '.teller | has("gone") | not'
tell teller "$(about none "$at" '{"a": 1}')"
tell teller '"what?"'
told() { [ "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'plugin.event'")" = 0 ]; }
ok 'every event is heard' eventually 20 told
is "$(sql 'SELECT GROUP_CONCAT(DISTINCT entity) FROM plugin_scorecards_fact')" component:default/seen 'nothing is kept of what is not there'
ok 'what is no list is said' grep -q 'teller: facts left out: they are no list' "$STATE/callboard.log"

# Many entities, facts and plugins, and a value that takes all it may.
tell teller "$(jq -n --argjson at "$at" '[{entity: "component:default/hidden", at: $at, facts: ([range(40) | {key: "n\(.)", value: ("x" * 2000)}] | from_entries)}]')"
ok 'of one entity and plugin' eventually 20 told
is "$(sql "SELECT COUNT(*) FROM plugin_scorecards_fact WHERE entity = 'component:default/hidden'")" 32 'there are 32 facts'

cat >"$WORK/card.yaml" <<'YAML'
  scorecards:
    enabled: true
    config:
      scorecards:
        - id: facts
          title: Facts
          levels: [one]
          filter: {kind: component}
          checks:
            - {id: covered, title: Is covered, rule: {fact: teller.coverage, min: 80}}
            - {id: built, title: Was built, rule: {fact: teller.build}}
            - {id: liked, title: Is liked, rule: {fact: liar.coverage, min: 80}}
YAML
sed -i -e "/^  scorecards: /r $WORK/card.yaml" -e '/^  scorecards: /d' "$WORK/config.yaml"
own_reload
get '/api/scorecards/entity?ref=component:default/seen'
json '.[0].results | map(.state)' '["failed","no data","passed"]'
json '.[0].results[0].evidence' "[{\"at\":$at,\"fact\":\"teller.coverage\",\"shown\":\"70\",\"source\":\"teller\"}]"
looked_at_facts() {
	again
	get /api/scorecards/scorecards
	jq -e '.[0].last | .entities == 2 and .no_data.built == 2 and .failed.covered == 2 and .no_data.covered == 1' "$WORK/body"
}
ok 'no data is counted' eventually 20 looked_at_facts
as nobody
get '/scorecards/facts/entity?ref=component:default/seen'
is_status 200
has 'teller.coverage'
has 'What was seen'
has 'told by teller'
has 'not told'
get '/scorecards/facts/entity?ref=component:default/hidden'
is_status 404
get /scorecards/facts
has 'No data'
get '/catalog/default/component/seen/cards/scorecards/scores?part=1'
has 'told by teller'
has 'Nobody has told teller.build.'
as tests
printf 'apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: open}\nspec: {type: team, children: []}\n' >"$WORK/cat/all.yaml"
refresh component:default/seen
goes component:default/seen
forgotten() {
	again
	[ "$(sql 'SELECT COUNT(*) FROM plugin_scorecards_fact')" = 0 ]
}
ok 'what is gone is forgotten' eventually 20 forgotten

# ---- announcements ----
as tests
post /api/announcements/announcements '{"title": "Saturday: <maintenance>", "text": "From eight to nine"}'
is_status 201
id=$(jq -r .id "$WORK/body")
post /api/announcements/announcements '{"title": ""}'
is_status 400
as nobody
get '/widgets/announcements/latest?part=1'
has 'Saturday: &lt;maintenance&gt;'
get /announcements
has 'From eight to nine'
lacks 'Announce something'
get /announcements/new
is_status 403
as tests
delete "/api/announcements/announcements/$id"
is_status 204
get '/widgets/announcements/latest?part=1'
has 'Nothing to announce'

# ---- the radar ----
as nobody
get /tech-radar
has 'Languages'
has '<title>C: Adopt</title>'
unharmed
done_testing
