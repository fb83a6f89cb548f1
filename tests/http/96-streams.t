#!/bin/sh
# Event streams and long polls: hundreds of readers in two workers, who get all of a task's log once and in order, whatever
# happens to the workers; one that does not read; limits.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
CONFIG=$WORK/app-config.yaml
export TOKEN=token-of-the-tests-0123456789
readers=''

end_readers() {
	# By the ids that we were given.
	# shellcheck disable=SC2086
	[ -z "$readers" ] || kill $readers 2>/dev/null
	own_end
}
trap end_readers EXIT

# config LIMIT: how many each of two workers holds.
config() {
	cat >"$CONFIG" <<-YAML
		backend:
		  auth:
		    externalAccess:
		      - type: static
		        options: {token: $TOKEN, subject: tests}
		catalog: {locations: []}
		# Nobody here runs them: all is written as by another host.
		scaffolder: {concurrentTasksLimit: 0}
		server:
		  pools: {wait: {workers: 2}, stream: {workers: 1}}
		  waitLimit: $1
		  waitStall: 2
	YAML
}
config 400
own_stack "$CONFIG"
as tests

sql() {
	mariadb --no-defaults -uroot -S "$STATE/mariadb.sock" callboard -N -B -e "$1"
}
# As a worker of another host does, whose bell nobody hears here.
task() {
	sql "INSERT INTO task (id, status, template_ref, created_at, heartbeat_at, actor, spec)
		VALUES ('$1', 'processing', 'template:default/x', 1, 4102444800000, '{}', '{\"steps\":[]}')"
}
# events TASK TYPE N [BYTES]: N events in one transaction, each with a message of so many bytes.
events() {
	_sql="UPDATE task SET last_event = last_event + 1 WHERE id = '$1'; INSERT INTO task_event SELECT id, last_event, '$2', 1,
		CONCAT('{\"message\":\"', REPEAT('x', ${4:-20}), '\"}') FROM task WHERE id = '$1';"
	{
		echo "BEGIN;"
		for _ in $(seq "$3"); do echo "$_sql"; done
		echo "COMMIT;"
	} | mariadb --no-defaults -uroot -S "$STATE/mariadb.sock" callboard
}
completes() {
	sql "UPDATE task SET status = 'completed', ended_at = 5 WHERE id = '$1'"
}
read_task() { # read_task TASK COUNT OUT HOW
	node tests/fixtures/stream-readers.mjs "$URL/api/scaffolder/v2/tasks/$1/eventstream" "$2" "$WORK/$3" "$4" 2>"$WORK/$3.err" &
	readers="$readers $!"
}
metric() {
	curl -s "$URL/metrics" | awk -v name="$1" '$1 == name { print $2 }'
}
waiting() {
	[ "$(metric callboard_streams_waiting)" = "$1" ]
}
# told FILE JQ: what the readers say of themselves.
told() {
	jq -e "$2" "$WORK/$1" || { cat "$WORK/$1" "$WORK/$1.err" && return 1; }
}
wait_workers() {
	CALLBOARD_STATE=$STATE "$BIN" status | awk '$1 == "wait" { print $2 }'
}

# ---- many readers in two workers ----

task many
read_task many 200 by-id id
read_task many 100 by-after after
ok '300 readers wait' eventually 60 waiting 300
ok 'status says so' sh -c "CALLBOARD_STATE=$STATE $BIN status | awk '\$1 == \"wait\" { n += \$9 } END { exit n != 300 }'"
get /
is_status 200
events many log 10
ok 'all are told what another host wrote' eventually 20 told by-id '.events == 2000'
ok 'the others, too' eventually 20 told by-after '.events == 1000'
is "$(metric callboard_streams_held_total)" 300 'nobody had to come again'

statements() { metric callboard_database_statements_total; }
before=$(statements)
events many log 1
ok 'all are told of one more' eventually 20 told by-id '.events == 2200'
ok 'which costs the database a few questions, not one for each reader' test $(($(statements) - before)) -lt 100

task quiet
curl -sN -D "$WORK/quiet.head" -o "$WORK/quiet" -H "Authorization: Bearer $TOKEN" "$URL/api/scaffolder/v2/tasks/quiet/eventstream" &
quiet=$!
readers="$readers $quiet"
ok 'a stream that has nothing to say is open all the same' eventually 10 grep -q '^HTTP/1.1 200' "$WORK/quiet.head"
kill "$quiet"
wait "$quiet" 2>/dev/null

# ---- what is done to the workers ----

own_reload
ok 'after a reload all wait again' eventually 60 waiting 300
events many log 5
ok 'and are told what they missed' eventually 20 told by-id '.events == 3200'

_at_work() {
	waiting 300 && told by-id '.open == 200' && told by-after '.open == 100'
}
ok 'all have a stream' eventually 30 _at_work
pid=$(wait_workers | head -n 1)
kill -s KILL "$pid"
events many log 5
_gone_pid() { ! wait_workers | grep -qx "$pid"; }
ok 'a worker is killed' eventually 10 _gone_pid
ok 'its readers come to others' eventually 60 waiting 300
events many log 600
ok 'a long log comes whole' eventually 60 told by-id '.events == 200 * 621'

completes many
events many completion 1
ok 'all read the end' eventually 60 told by-id '.over and .wrong == 0'
ok 'the others, too: each once, in order' eventually 60 told by-after '.over and .wrong == 0'
ok 'nobody waits any more' eventually 20 waiting 0
ok 'all events came exactly once' told by-id '.events == 200 * 622'
ok 'by after as well' told by-after '.events == 100 * 622'
is "$(metric 'callboard_worker_ends_total{pool="wait",reason="crashed"}')" 1 'one worker died, which was killed'

# ---- one that does not read ----

task slow
read_task slow 3 quick id
node tests/fixtures/stuck.mjs "$STATE/wait.sock" /api/scaffolder/v2/tasks/slow/eventstream "$WORK/stuck" &
readers="$readers $!"
ok 'one does not read' eventually 20 waiting 4
events slow log 400 4000
ok 'the others are not held up' eventually 20 told quick '.events == 1200'
ok 'it is broken off' eventually 20 grep -q gone "$WORK/stuck"
is "$(metric callboard_streams_stalled_total)" 1 'and counted'
ok 'the others stay' waiting 3
completes slow
events slow completion 1
ok 'until the end' eventually 20 told quick '.over and .wrong == 0'

# ---- those who leave ----

task left
read_task left 30 leavers id
pid=${readers##* }
ok '30 wait' eventually 20 waiting 30
kill "$pid"
wait "$pid" 2>/dev/null
ok 'when they have gone, nobody waits' eventually 20 waiting 0

# ---- long polls ----

task polled
for i in 1 2 3 4 5; do
	curl -s -m 60 -H "Authorization: Bearer $TOKEN" "$URL/api/scaffolder/v2/tasks/polled/events?after=0" >"$WORK/poll$i" &
	polls="${polls:-} $!"
done
ok '5 long polls wait' eventually 20 waiting 5
post /api/scaffolder/v2/tasks/polled/cancel '{}'
is_status 200
# shellcheck disable=SC2086
wait $polls
for i in 1 2 3 4 5; do
	is "$(jq -c 'map([.id, .type])' "$WORK/poll$i")" '[[1,"cancelled"]]' "long poll $i is answered"
done
get '/api/scaffolder/v2/tasks/polled/events?after=0'
json length 1
get /api/scaffolder/v2/tasks/none/eventstream
is_status 404
head_of /api/scaffolder/v2/tasks/polled/eventstream
is_status 200
header_has Content-Type text/event-stream

# ---- limits ----

config 5
own_reload
task full
read_task full 10 full id
ok '10 wait, as many as may' eventually 20 waiting 10
refused=$(metric callboard_streams_refused_total)
get /api/scaffolder/v2/tasks/full/eventstream --max-time 5
is_status 503
header Retry-After 1
json .error.name ServiceUnavailableError
is "$(metric callboard_streams_refused_total)" $((refused + 1)) 'it is counted'
is "$(metric callboard_streams_waiting_limit)" 10 'the limit can be seen'
completes full
events full completion 1
ok 'the ten read the end' eventually 20 told full '.over and .wrong == 0'
get /api/scaffolder/v2/tasks/full/eventstream
is_status 200
has 'event: completion'
ok 'the log tells of no crash' _log_is_clean
done_testing
