#!/bin/sh
# Of tests/run.sh, which see: runs one test, says how it went, and leaves "passed failed" in $TAP/NAME.count.
#
#	run-one.sh FILE		a file of tests/http or tests/browser, or a test program
#	run-one.sh shared	those of $TAP/shared, one after another, with one stack
set -u
# A test that hangs fails. On a busy machine, or under the sanitizers, a good one takes minutes.
limit=${TEST_LIMIT:-${SAN:+1800}}
limit=${limit:-1200}

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
	awk '/^(not ok |Bail out)/ { show = 1 } /^ok / { show = 0 } show { print "    " substr($0, 1, 300) }' "$1"
	tail -n 15 "$1.err" | sed 's/^/    | /'
}

# The lines of one test stay together.
say() {
	flock "$TAP/shared" cat
}

# one NAME COMMAND...
one() {
	name=$1 file=$TAP/$(echo "$1" | tr / -) status=0 began=$(date +%s)
	shift
	timeout -k 5 "$limit" "$@" >"$file" 2>"$file.err" </dev/null || status=$?
	count "$file" $status >"$file.count"
	read -r ok bad <"$file.count"
	seconds=$(($(date +%s) - began))
	if [ "$bad" = 0 ]; then
		printf 'ok    %-32s %5d %5d s\n' "$name" "$ok" "$seconds" | say
	else
		{
			printf 'BAD   %-32s %5d failed of %d%s\n' "$name" "$bad" $((ok + bad)) "$([ $status != 124 ] || echo ", too slow")"
			explain "$file"
		} | say
	fi
}

file() {
	name=${1##*/}
	case $1 in
	*.t) one "http/${name%.t}" sh "$1" ;;
	*.mjs) one "browser/${name%.mjs}" node tests/browser/run.mjs "$1" ;;
	*) one "unit/$name" "$1" ;;
	esac
}

# Reports of the sanitizers in the log of the portal's processes.
check_log() {
	[ -n "${SAN:-}" ] || return 0
	found=$(grep -hE -A 25 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$CALLBOARD_STATE/callboard.log" || :)
	if [ -n "$found" ]; then
		printf 'BAD   %-32s\n%s\n' "sanitizers" "$found" | say
		echo 0 1 >"$TAP/sanitizers.count"
	else
		echo 1 0 >"$TAP/sanitizers.count"
	fi
}

# Test programs need a database alone; it is there for them before the rest of the stack is.
shared() {
	started=
	# shellcheck disable=SC2013 # names have no blanks
	for t in $(cat "$TAP/shared"); do
		case $t in *.t) what=start ;; *) what=database ;; esac
		if [ "$started" != $what ]; then
			sh tests/stack.sh $what || { echo 0 1 >"$TAP/stack.count" && return; }
			started=$what
		fi
		[ $what = start ] || export CALLBOARD_TEST_DB_SOCKET="$CALLBOARD_STATE/mariadb.sock"
		file "$t"
	done
	sh tests/stack.sh stop
	[ "$started" != start ] || check_log
}

case $1 in
shared) shared ;;
*) file "$1" ;;
esac
