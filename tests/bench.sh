#!/bin/sh
# What requests cost on this machine: a private stack, wrk, and the CPU time of each part per request. SECONDS_EACH=5
set -eu
cd "$(dirname "$0")/.."
export CALLBOARD_STATE="${CALLBOARD_BENCH_STATE:-$PWD/.run-bench}" CALLBOARD_PORT="${CALLBOARD_PORT:-18088}"
seconds=${SECONDS_EACH:-5}
trap 'sh tests/stack.sh stop' EXIT
trap 'exit 130' INT TERM HUP
# One line a request is written as on a site, but not to the screen.
sh tests/stack.sh start
base=http://127.0.0.1:$CALLBOARD_PORT

# Clock ticks of all processes of a part's group.
ticks() {
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v g="$(cat "$CALLBOARD_STATE/$1.pid")" '
		{ sub(/.*\) /, ""); if ($3 == g) sum += $12 + $13 + $14 + $15 } END { print sum + 0 }'
}

measure() {
	name=$1 path=$2
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$base$path")" = 200 ] || { printf '%-28s not there\n' "$name" && return 0; }
	before="$(ticks nginx) $(ticks callboard) $(ticks mariadbd)"
	said=$(wrk -t1 -c16 -d"${seconds}s" --latency "$base$path")
	after="$(ticks nginx) $(ticks callboard) $(ticks mariadbd)"
	echo "$said" | awk -v name="$name" -v b="$before" -v a="$after" -v hz="$(getconf CLK_TCK)" '
		/requests in/ { n = $1 }
		/Requests\/sec/ { rate = $2 }
		/50%/ { p50 = $2 }
		/99%/ { p99 = $2 }
		/Non-2xx|Socket errors/ { bad = " " $0 }
		END {
			split(b, B, " "); split(a, A, " ")
			for (i = 1; i <= 3; i++) us[i] = n ? (A[i] - B[i]) / hz * 1e6 / n : 0
			printf "%-28s %8.0f/s  median %-8s p99 %-8s CPU us: nginx %.0f portal %.0f database %.0f%s\n",
				name, rate, p50, p99, us[1], us[2], us[3], bad
		}'
}

echo "$(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg); 16 connections, $seconds s each; the load generator shares the cores"
measure "liveness" /.backstage/health/v1/liveness
measure "readiness (one ping)" /.backstage/health/v1/readiness
measure "one entity, API" /api/catalog/entities/by-name/component/default/ledger
measure "20 entities, API" '/api/catalog/entities?limit=20'
measure "one entity, page" /catalog/default/component/ledger
measure "catalog, page" /catalog
measure "home, page" /
