#!/bin/sh
# kill -9 of workers, master and MariaDB while a catalog is read in: no wrong answer, nothing lost, nothing twice.
#
# A catalog of CALLBOARD_KILL_N (10000) components is read once in peace and once under fire, into two databases, which must
# then say the same.
# shellcheck disable=SC2317 # functions are called by ok
. tests/http/lib.sh

n=${CALLBOARD_KILL_N:-10000}
token="token-of-the-tests-0123456789"
port=$((${CALLBOARD_PORT:-7007} + 3))
while rc=0 && curl -s -o /dev/null "http://127.0.0.1:$port/" || rc=$? && [ $rc != 7 ]; do port=$((port + 1)); done
URL=http://127.0.0.1:$port
export CALLBOARD_PORT=$port CALLBOARD_BIN="$BIN" CALLBOARD_CONFIG="$WORK/app-config.yaml"
# What the portal finds itself when it is started by the script, it must find when it is started by hand.
export CALLBOARD_STATE="$WORK/fire"

mkdir "$WORK/catalog"
per=$([ "$n" -gt 20000 ] && echo 500 || echo 50)
# shellcheck disable=SC2046
set -- $(awk -v n="$n" -v per="$per" -v dir="$WORK/catalog" -f tests/fixtures/catalog.awk)
entities=$1 relations=$2

configure() { # configure LOCATIONS
	cat >"$CALLBOARD_CONFIG" <<-TXT
		backend: {auth: {externalAccess: [{type: static, options: {token: $token, subject: tests}}]}}
		catalog:
		  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location]}]
		  locations: $1
		server: {log: {level: warn}}
	TXT
}
everything="[{type: file, target: $WORK/catalog/all.yaml}]"

stack() { # stack NAME COMMAND
	CALLBOARD_STATE=$WORK/$1 sh tests/stack.sh "$2" >>"$WORK/stack.log" 2>&1
}
sql() { # sql NAME STATEMENT
	mariadb --no-defaults -uroot -S "$WORK/$1/mariadb.sock" callboard -N -B -e "$2" 2>/dev/null
}
unread() {
	sql "$1" "SELECT COUNT(*) FROM source WHERE read_at IS NULL AND type <> 'provider'"
}
# Every source is read, every neighbour told, no job due, running or given up.
settled() {
	[ "$(sql "$1" "SELECT (SELECT COUNT(*) FROM source WHERE type <> 'provider') > 1,
		EXISTS (SELECT 1 FROM source WHERE read_at IS NULL AND type <> 'provider'), EXISTS (SELECT 1 FROM dirty),
		(SELECT COUNT(*) FROM job WHERE state <> 0 OR run_at <= UNIX_TIMESTAMP(NOW(3)) * 1000)")" = "$(printf '1\t0\t0\t0')" ]
}
# All that does not differ from one run to the next.
dump() {
	# What a Location says of its files stands in the order of their reading.
	sql "$1" "SELECT ref, JSON_REMOVE(body, '\$.metadata.uid', '\$.metadata.etag', IF(kind = 'location', '\$.status', '\$.uid')) FROM entity
		WHERE ref NOT LIKE 'location:default/generated-%' ORDER BY ref" >"$WORK/$1.entities"
	sql "$1" "SELECT ref, message FROM entity, JSON_TABLE(body, '\$.status.items[*]' COLUMNS (message TEXT PATH '\$.message')) i
		WHERE kind = 'location' AND ref NOT LIKE 'location:default/generated-%' ORDER BY 1, 2" >"$WORK/$1.status"
	sql "$1" 'SELECT origin, type, inverse, target, target_hash FROM relation ORDER BY 1, 2, 4' >"$WORK/$1.relations"
	sql "$1" "SELECT s.type, s.target, p.ref, p.name, p.message, p.line FROM problem p JOIN source s ON s.id = p.source_id
		WHERE s.type <> 'url' ORDER BY 1, 2, 3, 5, 6" >"$WORK/$1.problems"
	sql "$1" "SELECT type, target, origin, content_hash FROM source WHERE type = 'file' ORDER BY 1, 2" >"$WORK/$1.sources"
}
same() {
	cmp "$WORK/calm.$1" "$WORK/fire.$1" || { diff "$WORK/calm.$1" "$WORK/fire.$1" | cut -c1-300 | head -n 6 && return 1; }
}
lines() {
	wc -l <"$WORK/$1" | tr -d ' '
}
starts() { # starts NAME
	stack "$1" start && return 0
	echo "Bail out! $1 does not start: $(tail -n 5 "$WORK/stack.log" "$WORK/$1"/mariadb-install.log)"
	exit 1
}
stop() {
	# What the portal said last, when something is wrong.
	[ "$bad" = 0 ] || grep -E '"(master|error|warn)"' "$WORK/fire/callboard.log" | tail -n 30 | cut -c1-300 | sed 's/^/# /'
	[ -z "${readers:-}" ] || kill "$readers" 2>/dev/null
	stack calm stop
	stack fire stop
	rm -rf "$WORK"
}
trap stop EXIT
deadline=$((60 + n / 500))

# ---- in peace ----

configure "$everything"
starts calm
ok "it reads $n components and what belongs to them" eventually $deadline settled calm
dump calm
is "$(lines calm.entities)" $((entities - 1)) 'every entity of the files is there'
is "$(lines calm.relations)" "$relations" 'every relation is there once'
is "$(sql calm "SELECT SUM(JSON_LENGTH(body, '\$.relations')) FROM entity")" $((2 * relations)) 'each is told on both sides'
is "$(lines calm.problems)" $((n / 1000)) 'every bad document is told about'
is "$(lines calm.status)" $((n / 1000)) 'and at the Location'
stack calm stop

# ---- under fire ----

# The pids of a kind of worker.
workers() {
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v name="(callboard-$1)" -v leader="$(cat "$CALLBOARD_STATE/callboard.pid")" '
		{ rest = $0; sub(/.*\) /, "", rest); split(rest, f, " ") }
		$2 == name && f[1] != "Z" && f[3] == leader { print $1 }'
}
# One that has ended since it was looked for is no fault, as long as there was one to kill.
kill_all() {
	killed=0
	for _pid in "$@"; do
		kill -9 "$_pid" 2>/dev/null && killed=$((killed + 1))
	done
	[ "$killed" -gt 0 ]
}
# A master that has just been started has none yet.
has_some() {
	[ -n "$(workers "$1")" ]
}
kill_job() {
	# shellcheck disable=SC2046 # all of them
	eventually 10 has_some job && kill_all $(workers job)
}
kill_web() {
	# shellcheck disable=SC2046 # half of them
	eventually 10 has_some web && kill_all $(workers web | awk 'NR % 2')
}
kill_index() {
	# shellcheck disable=SC2046 # all of them
	eventually 10 has_some index && kill_all $(workers index)
}
kill_master() {
	kill -9 "$(cat "$CALLBOARD_STATE/callboard.pid")"
	setsid "$BIN" serve </dev/null >>"$CALLBOARD_STATE/callboard.log" 2>&1 &
	echo $! >"$CALLBOARD_STATE/callboard.pid"
}
missed() {
	get '/api/catalog/entities?limit=1'
	[ "$STATUS" = 503 ]
}
kill_mariadbd() {
	kill -9 "$(cat "$CALLBOARD_STATE/mariadbd.pid")"
	# It stays away until somebody has asked for what it holds.
	eventually 10 missed
	_missed=$?
	stack fire database && [ "$_missed" = 0 ]
}
read_so_far() {
	[ "$(sql fire "SELECT COUNT(*) FROM source WHERE read_at IS NOT NULL AND type <> 'provider'")" -ge "$1" ] 2>/dev/null
}
registered=0
register() {
	post /api/catalog/locations "{\"type\":\"url\",\"target\":\"https://nowhere.invalid/$1.yaml\"}"
	[ "$STATUS" != 201 ] || { registered=$((registered + 1)) && jq -r .location.id "$WORK/body" >>"$WORK/ids"; }
}

configure '[]'
starts fire
node tests/fixtures/readers.mjs "$URL" $token "$n" $((3 * deadline)) >"$WORK/readers.json" 2>"$WORK/readers.err" &
readers=$!
as $token
configure "$everything"
kill -HUP "$(cat "$CALLBOARD_STATE/callboard.pid")"

files=$(find "$WORK/catalog" -type f | wc -l)
at=0 middle=0
for what in job index web job mariadbd job index job master job index mariadbd web job master; do
	at=$((at + 1))
	ok "a part of the files is read ($at)" eventually $deadline read_so_far $((files * at / 18))
	left=$(unread fire)
	ok "kill -9 of $what, with ${left:-unknown} files to go" "kill_$what"
	[ "${left:-0}" = 0 ] || middle=$((middle + 1))
	register $at
done
ok "most of that was in the middle ($middle)" test "$middle" -gt 3
start=$(date +%s)
ok 'everything is read all the same' eventually $deadline settled fire
echo "# settled $(($(date +%s) - start)) s after the last kill"
settled fire || sql fire "SELECT 'dirty', COUNT(*) FROM dirty UNION ALL SELECT 'unread', COUNT(*) FROM source WHERE read_at IS NULL
	UNION ALL SELECT CONCAT(queue, ' ', job_key, ' ', state, ' ', attempt, ' ', last_error), run_at - UNIX_TIMESTAMP(NOW(3)) * 1000
	FROM job WHERE state <> 0 OR run_at <= UNIX_TIMESTAMP(NOW(3)) * 1000 LIMIT 10" | sed 's/^/# /'

# The index has the same answers as if nothing had happened to it.
all_in_lists() {
	[ "$(curl -s -H "Authorization: Bearer $token" "$URL/api/catalog/entities?fields=metadata.uid" | jq -r '.[].metadata.uid' | sort | cksum)" = \
		"$(sql fire 'SELECT uid FROM entity' | sort | cksum)" ]
}
ok 'every entity is in the list of all' eventually 10 all_in_lists
get '/api/catalog/entity-facets?facet=kind'
is "$(jq -r '.facets.kind[] | (.value | ascii_downcase) + "\t" + (.count | tostring)' "$WORK/body")" \
	"$(sql fire 'SELECT kind, COUNT(*) FROM entity GROUP BY kind ORDER BY kind')" 'and each kind is counted right'
get '/api/catalog/entities/by-query?limit=0&filter=relations.ownedby=group:default/team-000001'
is "$(jq .totalItems "$WORK/body")" "$(sql fire "SELECT COUNT(DISTINCT origin_id) FROM relation WHERE type = 'ownedBy' AND target = 'group:default/team-000001'")" \
	'as is what a team owns'

kill "$readers"
wait "$readers"
readers=
cp "$WORK/readers.json" "$WORK/body"
asked=readers STATUS=$(cat "$WORK/readers.json" "$WORK/readers.err")
echo "# readers: $STATUS"
json '[.wrong, .told]' '[0,[]]'
json_true '.entity > 100'
json_true '.unavailable > 0 and .without_retry_after == 0'

dump fire
for what in entities status relations problems sources; do
	ok "the same $what as in peace" same $what
done
is "$(sql fire 'SELECT COUNT(*), COUNT(DISTINCT origin, type, target) FROM relation')" "$(printf '%d\t%d' "$relations" "$relations")" \
	'no relation is there twice'
is "$(sql fire 'SELECT COUNT(*) FROM dirty')" 0 'no mark is left'
is "$(sql fire "SELECT COUNT(*) FROM job WHERE state = 2")" 0 'no job was given up'
is "$(sql fire "SELECT COUNT(*) FROM source s WHERE type <> 'provider'
	AND NOT EXISTS (SELECT 1 FROM job j WHERE j.queue = 'catalog.source' AND j.job_key = s.id)")" 0 'every source will be read again'
ok 'some locations were registered meanwhile' test "$registered" -gt 0
while read -r id; do
	get "/api/catalog/locations/$id"
	is_status 200
done <"$WORK/ids"

done_testing
