#!/bin/sh
# The audit log: what is recorded, who may look, searching it, the CSV file, old rows, a database that is away.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
CAT=$WORK/cat
mkdir "$CAT"
READER=token-that-may-only-read-0123456789
cat >"$WORK/config.yaml" <<YAML
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
      - type: static
        options: {token: $READER, subject: reader}
        accessRestrictions: [{plugin: catalog, permissionAttribute: {action: read}}]
catalog:
  rules: [{allow: [Component, Location]}]
  locations: [{type: file, target: $CAT/all.yaml}]
auth: {providers: {local: {}, guest: {userEntityRef: "user:default/visitor", dangerouslyAllowOutsideDevelopment: true}}}
permission: {rbac: {admin: {users: [{name: user:default/amy}]}}}
audit: {keep: 30 days}
YAML
printf 'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\nspec: {type: x, lifecycle: y, owner: z}\n' >"$CAT/all.yaml"
own_stack "$WORK/config.yaml"
as tests
becomes component:default/a '.kind == "Component"'
sql() { mariadb --no-defaults -N -B --socket="$STATE/mariadb.sock" callboard -e "$1"; }
is "$(sql 'SELECT COUNT(*) FROM audit')" 0 'reading is not recorded'

# ---- what is recorded ----
post /api/catalog/refresh '{"entityRef":"component:default/a"}' -A 'test/1 =x'
is_status 200
post /api/catalog/refresh '{"entityRef":"component:default/nope"}'
is_status 404
post '/api/catalog/locations?dryRun=true' '{"type":"file","target":"/x"}'
is_status 400
post /api/catalog/entities/by-refs '{"entityRefs":[]}'
is_status 200
is "$(sql 'SELECT CONCAT_WS(" ", plugin, event, severity, status, actor, method, url) FROM audit ORDER BY id')" \
	'catalog entity-mutate medium succeeded tests POST /api/catalog/refresh
catalog entity-mutate medium failed tests POST /api/catalog/refresh
catalog location-mutate medium failed tests POST /api/catalog/locations?dryRun=true' 'what changes something is recorded'
is "$(sql 'SELECT error FROM audit WHERE id = 2')" 'Entity component:default/nope not found' 'with what went wrong'
is "$(sql 'SELECT meta FROM audit WHERE id = 2')" \
	'{"actionType":"refresh","permission":"catalog.entity.refresh","route":"/api/catalog/refresh","entityRef":"component:default/nope","statusCode":404}' 'and what it was'
is "$(sql 'SELECT CONCAT(ip, " ", agent) FROM audit WHERE id = 1')" '127.0.0.1 test/1 =x' 'and from where'
line() { grep '"isAuditEvent":true' "$STATE/callboard.log" | sed -n "$1p"; }
is "$(line 2 | jq -c '[.message, .plugin, .eventId, .severityLevel, .status, .error, .actor.actorId, .actor.ip, .request.method, .request.url, .meta.actionType]')" \
	'["catalog.entity-mutate","catalog","entity-mutate","medium","failed","Entity component:default/nope not found","tests","127.0.0.1","POST","/api/catalog/refresh","refresh"]' \
	'the log says the same, in the shape of Backstage'
is "$(line 2 | jq -r .request.id)" "$(sql 'SELECT request_id FROM audit WHERE id = 2')" 'the line and the row have the number of the request'

as $READER
delete /api/catalog/locations/x
is_status 403
get /api/catalog/entities/unprocessed/failed
is_status 200
is "$(sql 'SELECT CONCAT_WS(" ", event, severity, status, actor, JSON_VALUE(meta, "$.params.id")) FROM audit WHERE id > 3')" \
	'location-mutate high failed reader x' 'who is refused is recorded'
as nobody
post /api/catalog/refresh '{"entityRef":"component:default/a"}'
is_status 401
as no-such-token-0123456789
post /api/catalog/refresh '{"entityRef":"component:default/a"}'
is_status 401
as nobody
get /admin/audit
is_status 403
is "$(sql 'SELECT COUNT(*) FROM audit')" 4 'who is nobody fills no table'
ok 'but the log tells of it' eventually 5 sh -c "grep isAuditEvent '$STATE/callboard.log' | grep -q access-denied"

as tests
# ---- locations: which one it was, by whichever way ----
about() { sql "SELECT CONCAT_WS(' ', event, status, COALESCE(JSON_VALUE(meta, '\$.target'), JSON_QUERY(meta, '\$.target')), JSON_VALUE(meta, '\$.entityRef'), LENGTH(JSON_VALUE(meta, '\$.locationId'))) FROM audit ORDER BY id DESC LIMIT 1"; }
target=https://example.org/a.yaml
ref=$(generated "url:$target")
post /api/catalog/locations "{\"type\":\"url\",\"target\":\"$target\"}"
is_status 201
is "$(about)" "location-mutate succeeded $target $ref 36" 'a registration names its location'
post /api/catalog/locations '{"type":"file","target":"/x"}'
is "$(about)" 'location-mutate failed /x' 'also one that fails'
get /api/catalog/locations
delete "/api/catalog/locations/$(jq -r '.[0].data.id' "$WORK/body")"
is "$(about)" "location-mutate succeeded $target $ref 36" 'so does its end'
sql 'DELETE FROM audit WHERE id > 4'
as nobody
# ---- who may look ----
run request GET /admin/audit --as user:default/ana
says 'HTTP/1.1 403'
says 'permission.rbac.admin'
run request GET /admin/audit --as user:default/amy
says 'HTTP/1.1 200 OK'
says 'catalog.entity-mutate'
says 'Entity component:default/nope not found'
says '<option>location-mutate</option>'
says_not '>Older<'

# ---- searching ----
# rows PATH-QUERY: the CSV's rows
rows() { "$BIN" request GET "/admin/audit?format=csv&$1" --as user:default/amy 2>&1 | tr -d '\r' | sed '1,/^$/d' | sed 1d | grep -c .; }
is "$(rows '')" 5 'all'
is "$(rows 'actor=tests')" 0 'a name without kind is a user'
is "$(rows 'actor=user:default/ana')" 1 'by who'
is "$(rows 'event=location-mutate')" 2 'by event'
is "$(rows 'event=location-mutate&status=failed&q=x')" 1 'by all of them'
is "$(rows 'status=succeeded')" 1 'by status'
is "$(rows 'q=default/nope')" 1 'by text'
is "$(rows 'event=%C3%A9')" 0 'an event that cannot be'
run request GET '/admin/audit?event=%C3%A9' --as user:default/amy
says 'HTTP/1.1 200'
run request GET '/admin/audit?event=%C3%A9&actor=tests' --as user:default/amy
says 'HTTP/1.1 200'
is "$(rows 'q=%25')" 0 'the signs of LIKE stand for themselves'
is "$(rows 'since=2000-01-01')" 5 'since'
is "$(rows 'until=2000-01-01')" 0 'until'
for wrong in since=yesterday since=2026-02-30 until=2026-1-1 status=perhaps before=x before=0 format=xml nothing=1; do
	run request GET "/admin/audit?$wrong" --as user:default/amy
	says 'HTTP/1.1 400'
done
run request GET '/admin/audit?q=%3Cscript%3E&event=location-mutate' --as user:default/amy
says '&lt;script&gt;'
says_not '<script>'

# ---- pages ----
sql "INSERT INTO audit (at, plugin, event, severity, status, actor, ip, agent, method, url, request_id, meta, error)
	SELECT UNIX_TIMESTAMP() * 1000 - seq * 1000, 'x', 'seq', 'low', 'succeeded', 'user:default/bulk', '', '', 'POST', CONCAT('/', seq), '', '{}', ''
	FROM seq_1_to_1200"
run request GET '/admin/audit?event=seq&q=/' --as user:default/amy
says '<code>/1200</code>'
says '<code>/1151</code>'
says_not '<code>/1150</code>'
next=$(sed -n 's/.*href="\([^"]*\)">Older<.*/\1/p' "$WORK/body" | sed 's/&amp;/\&/g')
run request GET "$next" --as user:default/amy
says '<code>/1150</code>'
says '<code>/1101</code>'
says_not '<code>/1151</code>'
says '>Newest<'
says 'name="q" value="/"'
is "$(rows 'actor=bulk')" 1200 'the file has all of them'
run request GET '/admin/audit?format=csv&event=entity-mutate' --as user:default/amy
says 'text/csv; charset=utf-8'
says 'attachment; filename="audit.csv"'
sql "UPDATE audit SET agent = '=HYPERLINK(1)' WHERE id = 1"
run request GET '/admin/audit?format=csv&event=entity-mutate' --as user:default/amy
says "\"'=HYPERLINK(1)\""
says '""actionType""'

# ---- what is old goes ----
sql "UPDATE audit SET at = (UNIX_TIMESTAMP() - 31 * 86400) * 1000 WHERE actor = 'user:default/bulk'"
sql "UPDATE job SET run_at = 0 WHERE queue = 'audit.sweep'"
_left() { [ "$(sql "SELECT COUNT(*) FROM audit WHERE actor = 'user:default/bulk'")" = 0 ]; }
ok 'what is older than audit.keep goes' eventually 15 _left
ok 'what is not stays' test "$(sql 'SELECT COUNT(*) FROM audit')" -ge 4
sed 's/keep: 30 days/keep: 1 hour/' "$WORK/config.yaml" >"$WORK/short.yaml"
CALLBOARD_CONFIG=$WORK/short.yaml run config check
is_exit 1
says 'audit.keep must be at least one day'

# ---- signing in and out ----
printf 'correct horse battery\n' | CALLBOARD_STATE=$STATE "$BIN" user add ana --password-stdin >"$WORK/said" 2>&1
csrf() { sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1; }
last() { sql 'SELECT CONCAT_WS(" ", plugin, event, severity, status, actor, ip) FROM audit ORDER BY id DESC LIMIT 1'; }
as nobody
get /login
post_form /login "_csrf=$(csrf)" name=ana 'password=wrong horse battery'
is_status 403
is "$(last)" 'auth sign-in high failed  127.0.0.1' 'a wrong password is recorded'
post_form /login "_csrf=$(csrf)" name=ana 'password=correct horse battery'
is_status 303
is "$(last)" 'auth sign-in medium succeeded user:default/ana 127.0.0.1' 'a sign-in is recorded'
is "$(sql 'SELECT meta FROM audit ORDER BY id DESC LIMIT 1')" '{"provider":"local"}' 'with how it was done'
get /settings/sessions
post_form /settings/sessions/end-all "_csrf=$(csrf)"
is "$(last)" 'auth sessions-end medium succeeded user:default/ana 127.0.0.1' 'what people do with their sessions, too'
get /login
post_form /login "_csrf=$(csrf)" name=ana 'password=correct horse battery'
get /settings/sessions
post_form /logout "_csrf=$(csrf)"
is_status 303
is "$(last)" 'auth sign-out medium succeeded user:default/ana 127.0.0.1' 'so is the end'
ok 'no password is in the table' test "$(sql "SELECT COUNT(*) FROM audit WHERE CONCAT(meta, url, error) LIKE '%horse%'")" = 0

# ---- without its table ----
sql 'RENAME TABLE audit TO audit_away'
as tests
post /api/catalog/refresh '{"entityRef":"component:default/a"}'
is_status 200
ok 'what cannot be stored is in the log' grep -q 'an audit event could not be stored' "$STATE/callboard.log"
sql 'RENAME TABLE audit_away TO audit'

unharmed
done_testing
