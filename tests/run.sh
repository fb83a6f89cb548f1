#!/bin/sh
# Runs test programs, tests/http/*.t against a stack of their own, and tests/browser/*.mjs, each with a stack and a Chromium,
# and counts: OUT=build T=name SAN= tests/run.sh UNIT...
#
# Everything is in .run-check (CALLBOARD_CHECK_STATE), made anew each time. The last line is "N passed, M failed".
set -u
cd "$(dirname "$0")/.." || exit 1
out=${OUT:-build}
export T="${T:-}" CALLBOARD_BIN="${CALLBOARD_BIN:-$out/callboard}"
export CALLBOARD_STATE="${CALLBOARD_CHECK_STATE:-$PWD/.run-check}"
unset MAKEFLAGS MFLAGS MAKELEVEL
export CALLBOARD_CONFIG="$PWD/tests/fixtures/app-config.yaml"
# A view that names what does not exist fails here, and shows nothing elsewhere.
export CALLBOARD_STRICT_VIEWS=1
export ASAN_OPTIONS="detect_leaks=0:abort_on_error=0:quarantine_size_mb=32:${ASAN_OPTIONS:-}" UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
tap=$CALLBOARD_STATE/tap
# A test that hangs fails. On a busy machine, or under the sanitizers, a good one takes minutes.
limit=${TEST_LIMIT:-900}

# A port of the loopback address that nobody uses, other for each directory so that two runs seldom meet.
free_port() {
	port=$((20000 + $(printf %s "$PWD $$" | cksum | cut -d' ' -f1) % 20000))
	while rc=0 && curl -s -o /dev/null --max-time 1 "http://127.0.0.1:$port/" || rc=$? && [ $rc != 7 ]; do
		port=$((port + 1))
	done
	echo $port
}

finish() {
	sh tests/stack.sh stop
}

# count FILE STATUS: "passed failed" of one program's TAP; what was planned and did not come has failed.
count() {
	awk -v status="$2" '
		/^ok / { ok++ }
		/^not ok / { if (/# TODO/) ok++; else bad++ }
		/^1\.\.[0-9]+/ { plan = substr($1, 4); planned = 1; if (/# [Ss][Kk][Ii][Pp]/) skip = 1 }
		END {
			ran = ok + bad
			if (planned && plan > ran) bad += plan - ran
			else if (!planned || plan < ran || (status != 0 && !bad)) bad++
			print ok + 0, bad + 0
		}' "$1"
}

# What went wrong, and what a test said about it ("# ..." lines behind a "not ok").
explain() {
	awk '/^not ok / { show = 1 } /^ok / { show = 0 } show || /^Bail out/ { print "    " substr($0, 1, 300) }' "$1"
	tail -n 15 "$1.err" | sed 's/^/    | /'
}

# run_one NAME COMMAND...
run_one() {
	name=$1 file=$tap/$(echo "$1" | tr / -)
	shift
	status=0
	timeout -k 5 "$limit" "$@" >"$file" 2>"$file.err" </dev/null || status=$?
	# shellcheck disable=SC2046
	set -- $(count "$file" $status)
	passed=$((passed + $1)) failed=$((failed + $2))
	if [ "$2" = 0 ]; then
		printf 'ok    %-32s %5d\n' "$name" "$1"
	else
		printf 'BAD   %-32s %5d failed of %d%s\n' "$name" "$2" $(($1 + $2)) "$([ $status != 124 ] || echo ", too slow")"
		explain "$file"
	fi
}

# Reports of the sanitizers in the log of the portal's processes.
check_log() {
	[ -z "${SAN:-}" ] || {
		found=$(grep -hE -A 25 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$CALLBOARD_STATE/callboard.log" || :)
		if [ -n "$found" ]; then
			failed=$((failed + 1))
			printf 'BAD   %-32s\n%s\n' "sanitizers" "$found"
		else
			passed=$((passed + 1))
		fi
	}
}

sh tests/stack.sh stop 2>/dev/null
rm -rf "$CALLBOARD_STATE"
mkdir -p "$tap"
CALLBOARD_PORT=$(free_port)
export CALLBOARD_PORT
trap finish EXIT
trap 'exit 130' INT TERM HUP
passed=0 failed=0

if [ $# -gt 0 ]; then
	sh tests/stack.sh database || exit 1
	export CALLBOARD_TEST_DB_SOCKET="$CALLBOARD_STATE/mariadb.sock"
fi
for unit in "$@"; do
	run_one "unit/$(basename "$unit")" "$unit"
done

https=
for t in tests/http/*.t; do
	case $t in *"$T"*) https="$https $t" ;; esac
done
if [ -n "$https" ]; then
	sh tests/stack.sh start || exit 1
	for t in $https; do
		run_one "http/$(basename "$t" .t)" sh "$t"
	done
	sh tests/stack.sh stop
	check_log
fi

for t in tests/browser/*.mjs; do
	# The program that runs them, and the list of pages.
	case $t in */run.mjs | */paths.mjs) continue ;; esac
	case $t in *"$T"*) run_one "browser/$(basename "$t" .mjs)" node tests/browser/run.mjs "$t" ;; esac
done

[ $((passed + failed)) -gt 0 ] || echo "No test's name contains '$T'."
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
