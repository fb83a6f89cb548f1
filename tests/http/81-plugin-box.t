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

mkdir "$WORK/cat"
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
get '/scorecards/basics/owner?ref=group:default/closed'
is_status 404
lacks 'component/hidden'
get '/catalog/default/component/seen/cards/scorecards/scores?part=1'
has 'Is described'
has '25 of 100'

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
