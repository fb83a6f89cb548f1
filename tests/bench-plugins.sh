#!/bin/sh
# What plugins cost: pages that show none, a card that does nothing, pages while a plugin loops for ever.
#
#	make bench-plugins		N=100 plugins; medians of ROUNDS=5 of SECONDS_EACH=2 with one connection
set -eu
cd "$(dirname "$0")/.."
export CALLBOARD_STATE="${CALLBOARD_BENCH_STATE:-$PWD/.run-bench-plugins}" CALLBOARD_PORT="${CALLBOARD_PORT:-18092}"
export CALLBOARD_BIN="${CALLBOARD_BIN:-build/callboard}" CALLBOARD_CONFIG="$CALLBOARD_STATE/bench.yaml"
state=$CALLBOARD_STATE base=http://127.0.0.1:$CALLBOARD_PORT n=${N:-100} rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-2}
export TOKEN=token-of-the-bench-0123456789
. tests/bench/lib.sh

tidy() {
	[ -z "${looping:-}" ] || kill "$looping" 2>/dev/null || :
	sh tests/stack.sh stop
	rm -rf "$state"
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

# N plugins that contribute a card to entities that are not there, and one whose card does nothing.
make_plugins() {
	for i in $(seq 1 "$n"); do
		mkdir -p "$state/many/filler-$i/views"
		echo '<p>nothing</p>' >"$state/many/filler-$i/views/card.html"
		cat >"$state/many/filler-$i/plugin.lua" <<-LUA
			return { title = "Filler $i", version = "1.0.0", description = "One of many.",
			  cards = { { id = "card", title = "Card", when = { kind = "nothing-like-it" }, view = "card.html" } },
			  routes = { ["GET /x"] = function() end } }
		LUA
	done
	mkdir -p "$state/one/idle/views"
	echo '<p>nothing</p>' >"$state/one/idle/views/card.html"
	cat >"$state/one/idle/plugin.lua" <<-'LUA'
		return { title = "Idle", version = "1.0.0",
		  cards = { { id = "card", title = "Card", when = { kind = "component" }, view = "card.html", data = function() end } },
		  routes = { ["GET /loop"] = function() while true do end end, ["GET /fine"] = function() end } }
	LUA
}
start() { # start DIRECTORY...
	sh tests/stack.sh stop 2>/dev/null || :
	cat >"$CALLBOARD_CONFIG" <<-TXT
		auth: {providers: {guest: {userEntityRef: "user:default/guest", dangerouslyAllowOutsideDevelopment: true}}}
		plugins:
		  directories: [$(echo "$*" | sed 's/ /, /g')]
		  limits: {seconds: 2, instructions: 1000000000}
		backend:
		  auth: {externalAccess: [{type: static, options: {token: $TOKEN, subject: bench}}]}
	TXT
	sh tests/stack.sh start >&2
	wait_settled
}
# latency PATH: median over the rounds of the median latency, in ms.
latency() {
	for _ in $(seq "$rounds"); do
		wrk -t1 -c1 -d"$seconds" --latency -H "Authorization: Bearer $TOKEN" "$base$1" | awk '$1 == "50%" { print $2 }' |
			awk '{ f = /us$/ ? 0.001 : /ms$/ ? 1 : 1000; printf "%.3f\n", $1 * f }'
	done | median
}
row() {
	printf '| %s | %s |\n' "$1" "$2"
}

mkdir -p "$state"
chmod 700 "$state"
make_plugins
page=/catalog/default/component/ledger
mkdir -p "$state/none"
start "$state/none"
without=$(latency "$page")
memory_without=$(memory web | cut -d' ' -f1)
start "$state/many" "$state/one"
with=$(latency "$page")
memory_with=$(memory web | cut -d' ' -f1)
card=$(latency "$page/cards/idle/card?part=1")
curl -s "$base/metrics" >"$state/metrics"
call=$(awk '/^callboard_plugin_seconds_total{plugin="idle"}/ { s = $2 } /^callboard_plugin_calls_total{plugin="idle"}/ { c = $2 }
	END { printf "%.1f", s * 1e6 / c }' "$state/metrics")
(while :; do curl -s -o /dev/null -H "Authorization: Bearer $TOKEN" "$base/api/idle/loop"; curl -s -o /dev/null -H "Authorization: Bearer $TOKEN" "$base/api/idle/fine"; done) &
looping=$!
while_looping=$(latency "$page")
kill "$looping"
looping=
row what "value"
row --- ---
row "page of a component without plugins" "$without ms"
row "with $n plugins that show nothing on it" "$with ms"
row "memory of a web worker's own, without and with" "$memory_without and $memory_with KiB"
row "a card that does nothing, through nginx" "$card ms"
row "the call itself" "$call µs"
row "the page while a plugin loops for ever" "$while_looping ms"
