#!/bin/sh
# tests/stack.sh itself: a second copy beside the first, kill -9 of all its parts, a path too long for a socket's name.
# shellcheck disable=SC2317 # functions are called by ok
. tests/http/lib.sh

long=$WORK/a-name-that-is-far-too-long-for-the-name-of-a-unix-socket/so-that-a-shorter-one-must-be-found
mkdir -p "$WORK/a-name-that-is-far-too-long-for-the-name-of-a-unix-socket"
port=$((${CALLBOARD_PORT:-8080} + 1))
while rc=0 && curl -s -o /dev/null "http://127.0.0.1:$port/" || rc=$? && [ $rc != 7 ]; do port=$((port + 1)); done

second() {
	env -u CALLBOARD_CONFIG CALLBOARD_STATE="$long" CALLBOARD_PORT="$port" sh tests/stack.sh "$@"
}
answers() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/.backstage/health/v1/readiness")" = 200 ]
}
pids() {
	cat "$long/callboard.pid" "$long/nginx.pid" "$long/mariadbd.pid"
}
trap 'second stop >/dev/null 2>&1; rm -rf "$WORK"' EXIT

# A process that nobody has waited for yet has ended all the same.
ended() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}
down() {
	! second status
}

ok 'a second stack starts beside the first' second start
ok 'it answers' answers
ok 'status says so' second status
before=$(pids)
ok 'a second start changes nothing' second start
is "$(pids)" "$before" 'the processes are the same'

# shellcheck disable=SC2046
kill -9 $(pids)
ok 'status tells that all is lost' down
ok 'it starts again after kill -9' second start
ok 'it answers again' answers

# What the killing of one part left goes too.
kill -9 "$(cat "$long/nginx.pid")"
ok 'it starts again when one part was killed' second start
ok 'it answers once more' answers

last=$(pids)
ok 'it stops' second stop
for pid in $last; do
	ok "process $pid is gone" ended "$pid"
done
ok 'the first stack was not touched' curl -sf "$URL/.backstage/health/v1/readiness"
get /.backstage/health/v1/readiness
is_status 200
ok 'stopping what does not run is no fault' second stop

done_testing
