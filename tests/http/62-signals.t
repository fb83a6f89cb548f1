#!/bin/sh
# Signals and restarts behind nginx, under load: reload, rotation of the log, a stop that drains, a database that goes and comes.
# shellcheck disable=SC2317 # functions are called by ok
. tests/http/lib.sh

token="token-of-the-tests-0123456789"
port=$((${CALLBOARD_PORT:-7007} + 5))
while rc=0 && curl -s -o /dev/null "http://127.0.0.1:$port/" || rc=$? && [ $rc != 7 ]; do port=$((port + 1)); done
URL=http://127.0.0.1:$port
export CALLBOARD_PORT=$port CALLBOARD_BIN="$BIN" CALLBOARD_CONFIG="$WORK/app-config.yaml" CALLBOARD_STATE="$WORK/stack"
components=200
mkdir "$WORK/catalog"
awk -v n=$components -v dir="$WORK/catalog" -f tests/fixtures/catalog.awk >"$WORK/want"
cat >"$CALLBOARD_CONFIG" <<TXT
backend: {auth: {externalAccess: [{type: static, options: {token: $token, subject: tests}}]}}
catalog:
  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location]}]
  locations: [{type: file, target: $WORK/catalog/all.yaml}]
server: {log: {path: $WORK/callboard.log}, pools: {web: {workers: 4}}}
TXT

stop() {
	[ -z "${readers:-}" ] || kill "$readers" 2>/dev/null
	sh tests/stack.sh stop >/dev/null 2>&1
	rm -rf "$WORK"
}
trap stop EXIT
# What looks like another MariaDB's temporary table.
other="/tmp/#sql-temptable-$$-0-0.MAI"
: >"$other"
sh tests/stack.sh start >"$WORK/stack.log" 2>&1 || { echo "Bail out! $(tail -n 5 "$WORK/stack.log")" && exit 1; }
as $token

master() {
	cat "$CALLBOARD_STATE/callboard.pid"
}
all_there() {
	[ "$(mariadb --no-defaults -uroot -S "$CALLBOARD_STATE/mariadb.sock" callboard -N -B -e 'SELECT COUNT(*) FROM entity')" = "$(cut -d' ' -f1 "$WORK/want")" ]
}
metric() {
	curl -s "$URL/metrics" | awk -v name="$1" 'index($0, name) == 1 { sum += $NF } END { print sum + 0 }'
}
load() {
	node tests/fixtures/readers.mjs "$URL" $token $components 60 >"$WORK/readers.json" 2>&1 &
	readers=$!
}
# What the readers got, as the body to be judged.
unload() {
	kill "$readers"
	wait "$readers"
	readers=
	cp "$WORK/readers.json" "$WORK/body"
	asked=readers STATUS=$(cat "$WORK/body")
	echo "# readers: $STATUS"
}

ok "a MariaDB that starts leaves others' temporary tables alone" test -e "$other"
rm -f "$other"
ok 'the catalog is there' eventually 20 all_there

# ---- SIGHUP ----

generation_is() {
	[ "$(metric callboard_generation)" = "$1" ]
}
before=$(master)
load
for generation in 2 3 4 5; do
	kill -HUP "$(master)"
	ok "generation $generation answers" eventually 20 generation_is $generation
done
unload
json_true '.entity > 100'
json '[.wrong, .missing, .bad_gateway, .unavailable, .told]' '[0,0,0,0,[]]'
is "$(master)" "$before" 'the master is the same process'

# A configuration that is wrong changes nothing.
cp "$CALLBOARD_CONFIG" "$WORK/good.yaml"
sed "s,workers: 4,workers: many," "$WORK/good.yaml" >"$CALLBOARD_CONFIG"
refused() {
	grep -q '"message":"reload refused' "$WORK/callboard.log"
}
kill -HUP "$(master)"
ok 'the log tells why a wrong configuration is not taken up' eventually 20 refused
is "$(metric callboard_generation)" 5 'the generation is the same'
get /.backstage/health/v1/readiness
is_status 200
cp "$WORK/good.yaml" "$CALLBOARD_CONFIG"

# ---- SIGUSR1 ----

# No process of the portal holds the file.
let_go() {
	for fd in /proc/[0-9]*/fd/*; do
		[ "$(readlink "$fd" 2>/dev/null)" != "$1" ] || return 1
	done
}
last_line_names() {
	grep -q "$1" "$WORK/callboard.log"
}
load
mv "$WORK/callboard.log" "$WORK/callboard.log.1"
kill -USR1 "$(master)"
ok 'every process lets go of the old log' eventually 10 let_go "$WORK/callboard.log.1"
get '/api/catalog/entities/by-name/component/default/component-000001'
is_status 200
ok 'requests are written to the new one' eventually 5 last_line_names component-000001
lines=$(wc -l <"$WORK/callboard.log.1")
get '/api/catalog/entities/by-name/component/default/component-000002'
is "$(wc -l <"$WORK/callboard.log.1")" "$lines" 'and not to the old one'
unload
json '[.wrong, .missing, .bad_gateway, .unavailable]' '[0,0,0,0]'

# ---- SIGTERM ----

ended() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}
is_up() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$URL/.backstage/health/v1/readiness")" = 200 ]
}
load
# Until it has been read from for a while.
busy() {
	[ "$(metric callboard_http_requests_total)" -gt $((served + 300)) ]
}
served=$(metric callboard_http_requests_total)
ok 'it is busy' eventually 10 busy
old=$(master)
kill -TERM "$old"
ok 'it stops' eventually 20 ended "$old"
get /.backstage/health/v1/readiness
is_status 502
get /api/catalog/entities
is_status 502
json .error.name UpstreamError
setsid "$BIN" serve </dev/null >>"$CALLBOARD_STATE/callboard.log" 2>&1 &
echo $! >"$CALLBOARD_STATE/callboard.pid"
ok 'it starts again' eventually 20 is_up
unload
# What had been asked was answered; nobody got half an entity.
json '[.wrong, .missing, .told]' '[0,0,[]]'

# ---- the database goes and comes ----

kill -9 "$(cat "$CALLBOARD_STATE/mariadbd.pid")"
get '/api/catalog/entities/by-name/component/default/component-000001'
is_status 503
ok 'it says when to come again' test "$(_header Retry-After)" -gt 0
json .error.name ServiceUnavailableError
get /.backstage/health/v1/readiness
is_status 503
get /.backstage/health/v1/liveness
is_status 200
# Pages for everybody do not say "nothing is there" or "sign in" to somebody who cannot be told from nobody now.
session='Cookie: callboard_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
as nobody
for path in / '/search?query=component' '/palette?q=component'; do
	get "$path" -H "$session"
	is_status 503
	ok "$path says when to come again" test "$(_header Retry-After)" -gt 0
done
as $token
for path in /login /settings; do
	get "$path" -H "$session"
	is_status 200
done
sh tests/stack.sh database
ok 'it is ready again soon' eventually 10 is_up
refused=0
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	get '/api/catalog/entities/by-name/component/default/component-000001'
	[ "$STATUS" = 200 ] || refused=$((refused + 1))
done
is $refused 0 'every worker has found it again'

# A connection that the server has closed meanwhile costs nobody an answer.
mariadb --no-defaults -uroot -S "$CALLBOARD_STATE/mariadb.sock" -N -B -e \
	"SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE db = 'callboard'" |
	mariadb --no-defaults -uroot -S "$CALLBOARD_STATE/mariadb.sock" -f >/dev/null 2>&1
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	get '/api/catalog/entities/by-name/component/default/component-000001'
	[ "$STATUS" = 200 ] || refused=$((refused + 1))
done
is $refused 0 'nobody notices that the database closed all connections'
is "$(metric 'callboard_worker_ends_total{pool="web",reason="crashed"}')" 0 'no worker crashed'

done_testing
