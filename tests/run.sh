#!/bin/sh
# Runs test programs, tests/http/*.t, and tests/browser/*.mjs, each of these with a Chromium, and counts:
# OUT=build T=name SAN= JOBS=2 tests/run.sh UNIT...
#
# JOBS of them run at a time (as many as there are processors, at most 4): one after another those that share a stack, which are
# the test programs and what has no stack of its own; beside them those that have. Everything is in .run-check
# (CALLBOARD_CHECK_STATE), made anew each time. The last line is "N passed, M failed".
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
export TAP="$CALLBOARD_STATE/tap"
cores=$(nproc)
jobs=${JOBS:-$((cores < 4 ? cores : 4))}

# Whether a file of tests/http starts the stack that it needs, and no other.
is_apart() {
	grep -q '^\. tests/fixtures/own\.sh' "$1" && ! grep -q '^# It asks the shared stack too\.' "$1"
}

finish() {
	sh tests/stack.sh stop
}

sh tests/stack.sh stop 2>/dev/null
rm -rf "$CALLBOARD_STATE"
mkdir -p "$TAP"
CALLBOARD_PORT=$(node tests/fixtures/free-port.mjs)
export CALLBOARD_PORT
trap finish EXIT
trap 'exit 130' INT TERM HUP

shared=$* apart=
for t in tests/browser/*.mjs tests/http/*.t; do
	case $t in
	# The program that runs them, and the list of pages.
	*/run.mjs | */paths.mjs) continue ;;
	*"$T"*) ;;
	*) continue ;;
	esac
	case $t in
	*.mjs) apart="$apart $t" ;;
	*) if is_apart "$t"; then apart="$apart $t"; else shared="$shared $t"; fi ;;
	esac
done
echo "$shared" >"$TAP/shared"
# shellcheck disable=SC2086 # a name each
printf '%s\n' ${shared:+shared} $apart | xargs -r -P "$jobs" -n 1 sh tests/run-one.sh

set -- "$(cat "$TAP"/*.count 2>/dev/null | awk '{ passed += $1; failed += $2 } END { print passed + 0 }')" \
	"$(cat "$TAP"/*.count 2>/dev/null | awk '{ passed += $1; failed += $2 } END { print failed + 0 }')"
[ $(($1 + $2)) -gt 0 ] || echo "No test's name contains '$T'."
echo "$1 passed, $2 failed"
[ "$2" = 0 ] && [ "$1" -gt 0 ]
