#!/bin/sh
# What searching costs in a large catalog with much documentation, while both change; against targets.
#
#	make bench-search		BENCH_N=100000 entities and as many pages; status 1 when a target is missed
#
# Everything is in CALLBOARD_BENCH_STATE (.run-bench-search), which is made anew and taken away; KEEP=1 leaves it running, and
# tests/bench-search.sh again measures what runs there. CHANGES=1000 documents change each second (half of them pages, half entities);
# 0: none do.
set -eu
cd "$(dirname "$0")/.."
export CALLBOARD_BENCH_STATE="${CALLBOARD_BENCH_STATE:-$PWD/.run-bench-search}" CALLBOARD_PORT="${CALLBOARD_PORT:-18091}"
export CALLBOARD_STATE="$CALLBOARD_BENCH_STATE" CALLBOARD_BIN="${CALLBOARD_BIN:-build/callboard}" BENCH_N="${BENCH_N:-100000}"
export CALLBOARD_CONFIG="$CALLBOARD_STATE/bench.yaml" CALLBOARD_DB_MEMORY="${CALLBOARD_DB_MEMORY:-1G}"
export TOKEN=token-of-the-bench-0123456789
state=$CALLBOARD_STATE base=http://127.0.0.1:$CALLBOARD_PORT
. tests/bench/lib.sh

tidy() {
	[ -n "${KEEP:-}" ] || {
		sh tests/stack.sh stop
		rm -rf "$state"
	}
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

search_pid() {
	"$CALLBOARD_BIN" status | awk '$1 == "search" && $2 ~ /^[0-9]+$/ { pid = $2 } END { print pid }'
}
# Rows of one change that is not kept any more: the search process reads all, which is timed.
fill_pages() {
	{
		node tests/fixtures/pages.mjs "$BENCH_N" | node tests/bench/search-pages.mjs
		echo "UPDATE id_block SET next_id = next_id + 1 WHERE name = 'search_change';"
	} | mariadb --no-defaults -uroot -S "$state/mariadb.sock" callboard
}
documents() {
	curl -s "$base/metrics" | awk '$1 == "callboard_search_documents" { print $2 }'
}
up() {
	[ "$(curl -s "$base/metrics" | awk '$1 == "callboard_search_up" { print $2 }')" = 1 ]
}
another() { # another PID: than that one
	[ "$(search_pid)" != "$1" ]
}
load() { # load SIGNAL FROM: another process, and how long that takes
	old=$(search_pid)
	kill -s "$1" "$old"
	begun=$(seconds_now)
	until_true another "$old"
	until_true up
	echo "loaded from $2: $(documents) documents in $(since "$begun") s, $(curl -s "$base/metrics" |
		awk '$1 == "callboard_search_memory_bytes" { printf "%.0f", $2 / 1048576 }') MiB"
}

if ! sh tests/stack.sh status >/dev/null 2>&1; then
	sh tests/bench-scale.sh fill
	fill_pages
fi
rm -f "$state/search.snapshot"
load KILL MariaDB
load TERM 'its snapshot'
BASE=$base SEARCH=$(search_pid) SOCKET="$state/mariadb.sock" node tests/bench/search.mjs
