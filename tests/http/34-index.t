#!/bin/sh
# The index worker from outside: it dies, hangs, is reloaded, has a snapshot that is of no use, too little memory, a database that
# is away; and lists are right again, or an honest 503.
# shellcheck disable=SC2317 # functions are called by ok
. tests/http/lib.sh

. tests/fixtures/own.sh
token="token-of-the-tests-0123456789"
config=$WORK/app-config.yaml snapshot=$STATE/index.snapshot log=$WORK/callboard.log
mkdir "$WORK/catalog"
awk -v n=2000 -v dir="$WORK/catalog" -f tests/fixtures/catalog.awk >"$WORK/want"
entities=$(cut -d' ' -f1 "$WORK/want")

configure() { # configure SETTING...: of section server
	cat >"$config" <<-TXT
		backend: {auth: {externalAccess: [{type: static, options: {token: $token, subject: tests}}]}}
		catalog:
		  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location]}]
		  locations: [{type: file, target: $WORK/catalog/all.yaml}]
		server: {log: {path: $log}, $*}
	TXT
}
configure
own_stack "$config"
as $token

metric() {
	curl -s "$URL/metrics" | awk -v name="$1" '$1 == name { print $2 }'
}
index_pid() {
	"$BIN" status | awk '$1 == "index" && $2 ~ /^[0-9]+$/ { print $2 }'
}
sql() {
	mariadb --no-defaults -uroot -S "$CALLBOARD_STATE/mariadb.sock" callboard -N -B -e "$1"
}
total() { # total [FILTER]: how many there are, or the status
	get "/api/catalog/entities/by-query?limit=0${1:+&filter=$1}"
	[ "$STATUS" = 200 ] && jq .totalItems "$WORK/body" || echo "$STATUS"
}
counts() {
	[ "$(total "${2:-}")" = "$1" ]
}
# said TEXT [TIMES]: the log has it, so often.
said() {
	[ "$(grep -cF "$1" "$log")" -ge "${2:-1}" ]
}
# Read from MariaDB, whatever the index does.
goes_on() {
	get /api/catalog/entities/by-name/component/default/component-000001
	is_status 200
	get "/api/catalog/entities/by-uid/$(jq -r .metadata.uid "$WORK/body")"
	is_status 200
	post /api/catalog/entities/by-refs '{"entityRefs":["component:default/component-000001","component:default/nobody"]}'
	json '.items | map(.metadata.name?)' '["component-000001",null]'
}

# ---- it is there, and follows ----

ok 'all entities are in' eventually 30 counts "$entities"
is "$(metric callboard_index_up)" 1
metric_is() {
	[ "$(metric "$1")" = "$2" ]
}
ok 'and are told' eventually 5 metric_is callboard_index_entities "$entities"
ok 'its memory is reported' test "$(metric callboard_index_memory_bytes)" -gt 100000
is "$(metric callboard_index_memory_limit_bytes)" $((4096 << 20))
run status
says "index ready, $entities entities"

# ---- it dies ----

for i in 1 2 3; do
	kill -9 "$(index_pid)"
	is "$(total kind=component)" "$(sql "SELECT COUNT(*) FROM entity WHERE kind = 'component'")" "killed ($i): the next list waits and is right"
done
is "$(metric 'callboard_worker_ends_total{pool="index",reason="crashed"}')" 3

# What reads the database for it: a child of its own.
feed_pid() {
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v parent="$(index_pid)" '
		{ rest = $0; sub(/.*\) /, "", rest); split(rest, f, " ") } $2 == "(callboard-feed)" && f[2] == parent { print $1 }'
}
another_feed() {
	_pid=$(feed_pid) && [ -n "$_pid" ] && [ "$_pid" != "$fed" ]
}
ok 'something reads the database for it' eventually 5 feed_pid
fed=$(feed_pid)
kill -9 "$fed"
ok 'killed: there is another' eventually 10 another_feed
is "$(total)" "$entities" 'and the lists are right'

# ---- it hangs ----

hung=$(index_pid)
kill -STOP "$hung"
get '/api/catalog/entities/by-query?limit=1'
is_status 503
header Retry-After 1
json .error.name ServiceUnavailableError
ok 'the log tells why' said 'index does not answer'
get '/api/catalog/entity-facets?facet=kind'
is_status 503
goes_on
kill -CONT "$hung"
ok 'it answers again' eventually 5 counts "$entities"

# ---- a reload under way loses no list ----

read_lists() {
	while [ ! -e "$WORK/enough" ]; do
		curl -s -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $token" "$URL/api/catalog/entities/by-query?limit=5" || echo 000
	done >"$WORK/codes"
}
before=$(index_pid)
replaced() {
	[ "$(metric callboard_generation)" = 2 ] && [ "$(index_pid)" != "$before" ] && [ "$(index_pid | wc -l)" = 1 ]
}
read_lists &
reader=$!
kill -HUP "$(cat "$CALLBOARD_STATE/callboard.pid")"
ok 'after a reload there is another index worker' eventually 20 replaced
: >"$WORK/enough"
wait $reader
is "$(sort "$WORK/codes" | uniq -c | awk '{ print $2 }' | tr '\n' ' ')" '200 ' 'no list was lost'

# ---- another host ----

# A second portal at the same database, without an nginx; asked by a command line program.
sed "s,log: {[^}]*},log: {path: $WORK/two.log}," "$config" >"$WORK/two.yaml"
connection="{\"client\":\"mysql2\",\"connection\":{\"socketPath\":\"$CALLBOARD_STATE/mariadb.sock\",\"user\":\"root\",\"database\":\"callboard\"}}"
two() { # two COMMAND...: of the other host
	APP_CONFIG_backend_database=$connection CALLBOARD_STATE=$WORK/two "$BIN" --config "$WORK/two.yaml" "$@"
}
two_counts() {
	[ "$(two request GET "/api/catalog/entities/by-query?limit=0&filter=$2" -H "Authorization: Bearer $token" | tail -n 1 | jq .totalItems)" = "$1" ]
}
two serve &
ok 'another host has all entities' eventually 20 two_counts "$entities" ''

# What a request wrote is in the next list.
post /api/catalog/locations '{"type":"url","target":"http://127.0.0.1:1/nothing.yaml"}'
is_status 201
id=$(jq -r .location.id "$WORK/body")
is "$(total)" $((entities + 1)) 'a Location that was made is in the next list'
ok 'and soon in those of the other host' eventually 5 two_counts $((entities + 1)) ''
delete "/api/catalog/locations/$id"
is_status 204
is "$(total)" "$entities" 'one that was deleted is in none'
ok 'also of the other host' eventually 5 two_counts "$entities" ''
# And what a job wrote.
component() { # component NAME
	cat <<-TXT
		---
		apiVersion: backstage.io/v1alpha1
		kind: Component
		metadata: {name: $1, tags: [only-here]}
		spec: {type: service, lifecycle: production, owner: team-000001}
	TXT
}
file=$WORK/catalog/components-0000.yaml
cp "$file" "$WORK/first.yaml"
# news NAME...: besides what the file had at first, it has these.
news() {
	cp "$WORK/first.yaml" "$WORK/next.yaml"
	for name in "$@"; do component "$name"; done >>"$WORK/next.yaml"
	mv "$WORK/next.yaml" "$file"
	post /api/catalog/refresh '{"entityRef":"component:default/component-000001"}'
	is_status 200
}
news new-1 new-2 new-3 new-4
ok 'new entities are in the lists' eventually 10 counts 4 metadata.tags=only-here
ok 'also of the other host' eventually 5 two_counts 4 metadata.tags=only-here
kill "$(cat "$WORK/two/master.pid")"
wait
is "$(two status 2>&1 | grep -c 'not running')" 1 'the other host has stopped'
entities=$((entities + 4))

# ---- the snapshot ----

# The portal alone ends in peace and is started again.
ended() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}
halt() {
	portal=$(cat "$CALLBOARD_STATE/callboard.pid")
	kill -TERM "$portal"
	eventually 20 ended "$portal"
}
up() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$URL/.backstage/health/v1/readiness")" = 200 ]
}
launch() {
	setsid "$BIN" serve </dev/null >>"$WORK/start.log" 2>&1 &
	echo $! >"$CALLBOARD_STATE/callboard.pid"
	eventually 20 up
}
restart() { # restart COMMAND...: what is done between the two
	halt
	"$@"
	: >"$log"
	launch
}
is "$(total)" "$entities"
restart :
ok 'the index writes its snapshot when it ends' test -s "$snapshot"
ok 'and is loaded from it' eventually 20 counts "$entities"
lacks_log() {
	! grep -F "$1" "$log"
}
ok 'without a word against it' lacks_log 'snapshot is of no use'
# A snapshot of before is brought up to date: an entity has gone since.
cp "$snapshot" "$WORK/old.snapshot"
news new-1 new-2 new-3
entities=$((entities - 1))
ok 'what has gone is in no list' eventually 10 counts "$entities"
old_snapshot() {
	cp "$WORK/old.snapshot" "$snapshot"
}
restart old_snapshot
ok 'an older snapshot is brought up to date' eventually 20 counts "$entities"
ok 'it was used' lacks_log 'snapshot is of no use'

# torn, bent, foreign, of another time: told, and not used
torn() {
	size=$(wc -c <"$snapshot")
	head -c $((size / 2)) "$snapshot" >"$WORK/half" && cp "$WORK/half" "$snapshot"
}
bent() {
	size=$(wc -c <"$snapshot")
	printf '\377\000\377\000' | dd of="$snapshot" bs=1 seek=$((size / 3)) conv=notrunc status=none
}
empty() {
	: >"$snapshot"
}
version() {
	printf '\377' | dd of="$snapshot" bs=1 seek=8 conv=notrunc status=none
}
for damage in torn bent empty version; do
	restart "$damage"
	ok "$damage: all is read from the database" eventually 20 counts "$entities"
	ok "$damage: the log tells" said 'snapshot is of no use'
done
foreign() {
	cp "$WORK/foreign.snapshot" "$snapshot"
}
cp "$snapshot" "$WORK/foreign.snapshot"
sql "UPDATE identity SET id = UUID()"
restart foreign
ok 'foreign: all is read from the database' eventually 20 counts "$entities"
ok 'foreign: the log tells' said 'snapshot is of no use'
restart :
cp "$snapshot" "$WORK/old.snapshot"
news new-1 new-2
entities=$((entities - 1))
ok 'what has gone is in no list' eventually 10 counts "$entities"
# shellcheck disable=SC2016 # the quotes are SQL's
sql 'DELETE FROM `change`'
restart old_snapshot
ok 'too old: all is read from the database' eventually 20 counts "$entities"
ok 'too old: the log tells' said 'is not kept any more'

# ---- a snapshot that cannot be written ----

configure "indexSnapshot: $WORK/nowhere/index.snapshot"
restart :
ok 'it runs without a snapshot' eventually 20 counts "$entities"
news new-1
entities=$((entities - 1))
ok 'what has gone is in no list' eventually 10 counts "$entities"
halt
ok 'the log tells why it could not be written' said 'snapshot could not be written'
launch

# ---- too little memory ----

configure 'indexMemoryLimit: 1'
restart :
full() {
	"$BIN" status | grep -q '^index out of memory'
}
ok 'an index that needs more than it may is given up' eventually 20 full
get '/api/catalog/entities/by-query?limit=0'
is_status 503
ok 'the log tells what to raise' said 'server.indexMemoryLimit allows'
is "$(metric callboard_index_up)" 0
ok 'no process that reads for it is left, not even a dead one' test -z "$(feed_pid)"
goes_on
configure 'indexMemoryLimit: 100'
kill -HUP "$(cat "$CALLBOARD_STATE/callboard.pid")"
ok 'a reload with a larger limit brings the lists back' eventually 20 counts "$entities"

done_testing
