#!/bin/sh
# What plugins cost: pages that show none, a card that does nothing, pages while a plugin loops for ever.
#
#	make bench-plugins		N=100 plugins; medians of ROUNDS=11 of SECONDS_EACH=1 with one connection
#
# Two portals run at the same time, one without plugins, and are asked in turn: what else the machine does, hits both.
set -eu
cd "$(dirname "$0")/.."
all="${CALLBOARD_BENCH_STATE:-$PWD/.run-bench-plugins}" first_port=${CALLBOARD_PORT:-18092}
export CALLBOARD_BIN="${CALLBOARD_BIN:-build/callboard}" TOKEN=token-of-the-bench-0123456789
n=${N:-100} rounds=${ROUNDS:-11} seconds=${SECONDS_EACH:-1}
. tests/bench/lib.sh

# use none|many: the portal that is meant from now on.
use() {
	CALLBOARD_STATE=$all/$1 CALLBOARD_PORT=$first_port
	[ "$1" = none ] || CALLBOARD_PORT=$((first_port + 1))
	CALLBOARD_CONFIG=$CALLBOARD_STATE/bench.yaml
	export CALLBOARD_STATE CALLBOARD_PORT CALLBOARD_CONFIG
	state=$CALLBOARD_STATE base=http://127.0.0.1:$CALLBOARD_PORT
}
tidy() {
	[ -z "${looping:-}" ] || kill "$looping" 2>/dev/null || :
	for portal in none many; do
		use "$portal"
		sh tests/stack.sh stop
	done
	rm -rf "$all"
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

# N plugins that contribute a card to entities that are not there, and one whose card does nothing.
make_plugins() {
	for i in $(seq 1 "$n"); do
		mkdir -p "$all/plugins/filler-$i/views"
		echo '<p>nothing</p>' >"$all/plugins/filler-$i/views/card.html"
		cat >"$all/plugins/filler-$i/plugin.lua" <<-LUA
			return { title = "Filler $i", version = "1.0.0", description = "One of many.",
			  cards = { { id = "card", title = "Card", when = { kind = "nothing-like-it" }, view = "card.html" } },
			  routes = { ["GET /x"] = function() end } }
		LUA
	done
	mkdir -p "$all/idle/idle/views"
	echo '<p>nothing</p>' >"$all/idle/idle/views/card.html"
	cat >"$all/idle/idle/plugin.lua" <<-'LUA'
		return { title = "Idle", version = "1.0.0",
		  cards = { { id = "card", title = "Card", when = { kind = "component" }, view = "card.html", data = function() end } },
		  routes = { ["GET /loop"] = function() while true do end end, ["GET /fine"] = function() end } }
	LUA
}
start() { # start none|many DIRECTORY...
	use "$1"
	shift
	mkdir -m 700 "$state"
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
# latency none|many PATH: the median latency of a second, in ms.
latency() {
	use "$1"
	wrk -t1 -c1 -d"$seconds" --latency -H "Authorization: Bearer $TOKEN" "$base$2" | awk '$1 == "50%" { print $2 }' |
		awk '{ f = /us$/ ? 0.001 : /ms$/ ? 1 : 1000; printf "%.3f\n", $1 * f }'
}
row() {
	printf '| %s | %s |\n' "$1" "$2"
}

mkdir -p "$all/empty"
chmod 700 "$all"
make_plugins
# What "idle" shows is shown on components.
page=/catalog/default/system/billing card="/catalog/default/component/ledger/cards/idle/card?part=1"
start none "$all/empty"
start many "$all/plugins" "$all/idle"
for _ in $(seq "$rounds"); do
	latency none "$page" >>"$all/without"
	latency many "$page" >>"$all/with"
	latency many "$card" >>"$all/card"
done
use none
memory_without=$(memory web | cut -d' ' -f1)
use many
memory_with=$(memory web | cut -d' ' -f1)
curl -s "$base/metrics" >"$all/metrics"
call=$(awk '/^callboard_plugin_seconds_total{plugin="idle"}/ { s = $2 } /^callboard_plugin_calls_total{plugin="idle"}/ { c = $2 }
	END { printf "%.1f", s * 1e6 / c }' "$all/metrics")
(while :; do curl -s -o /dev/null -H "Authorization: Bearer $TOKEN" "$base/api/idle/loop"; curl -s -o /dev/null -H "Authorization: Bearer $TOKEN" "$base/api/idle/fine"; done) &
looping=$!
for _ in $(seq "$rounds"); do
	latency many "$page" >>"$all/looping"
done
kill "$looping"
looping=
row what "value"
row --- ---
row "page of a system without plugins" "$(median <"$all/without") ms"
row "with $n plugins that show nothing on it" "$(median <"$all/with") ms"
row "memory of a web worker's own, without and with" "$memory_without and $memory_with KiB"
row "a card that does nothing, through nginx" "$(median <"$all/card") ms"
row "the call itself" "$call µs"
row "the page while a plugin loops for ever" "$(median <"$all/looping") ms"
