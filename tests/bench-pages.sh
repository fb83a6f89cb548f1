#!/bin/sh
# What pages cost in a large catalog, at the server and in a browser, against targets: tests/bench/pages.mjs tells which.
#
#	make bench-pages		BENCH_N=100000 entities; status 1 when a target is missed
#	LIGHTHOUSE=0 make bench-pages	without Lighthouse
#
# Everything is in CALLBOARD_BENCH_STATE (.run-bench-pages), which is made anew and taken away; KEEP=1 leaves it running, and
# tests/bench-pages.sh again measures what runs there.
set -eu
cd "$(dirname "$0")/.."
export CALLBOARD_BENCH_STATE="${CALLBOARD_BENCH_STATE:-$PWD/.run-bench-pages}" CALLBOARD_PORT="${CALLBOARD_PORT:-18090}"
export CALLBOARD_STATE="$CALLBOARD_BENCH_STATE" CALLBOARD_BIN="${CALLBOARD_BIN:-build/callboard}" BENCH_N="${BENCH_N:-100000}"
state=$CALLBOARD_STATE base=http://127.0.0.1:$CALLBOARD_PORT
export CALLBOARD_DB_MEMORY="${CALLBOARD_DB_MEMORY:-1G}"
. tests/bench/lib.sh

tidy() {
	[ -n "${KEEP:-}" ] || {
		sh tests/stack.sh stop
		rm -rf "$state"
	}
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

# A page of 10 KB that the same nginx serves from a file: as fast as this machine shows anything.
static_page() {
	awk 'BEGIN {
		print "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Static</title><main><h1>A page</h1>"
		for (i = 0; i < 90; i++) printf "<p>Line %d: as plain as a page can be, with nothing to fetch and nothing to run, just words.</p>\n", i
		print "</main></html>" }' >"$state/static.html"
	grep -q /bench/static.html "$state/nginx.conf" ||
		sed -i "s|include .*/locations.conf;|&\nlocation = /bench/static.html { alias $state/static.html; }|" "$state/nginx.conf"
	kill -HUP "$(cat "$state/nginx.pid")"
	until_true static_answers
}
static_answers() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$base/bench/static.html")" = 200 ]
}

if ! sh tests/stack.sh status >/dev/null 2>&1; then
	sh tests/bench-scale.sh fill
fi
static_page
URL=$base node tests/bench/pages.mjs
