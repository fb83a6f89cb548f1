#!/bin/sh
# Tasks of software templates: many at once, and what those who read their logs cost everybody else; against targets.
#
#	make bench-tasks		TASKS=200 at once; READERS=1000 of 10 tasks while pages are asked for; status 1 when a target is missed
#
# Everything is in CALLBOARD_BENCH_STATE (.run-bench-tasks), which is made anew and taken away. A task of the first part has six steps:
# two lines of log, a file that is fetched, one that is rendered, a list of files, a line of log. Those that are read wait LINES=1 times a
# second, and tell of it in four lines. SECONDS_EACH=10 of pages with CONNECTIONS=4.
# shellcheck disable=SC2317,SC2016 # functions are called by a trap and until_true; ${{ }} is for the portal
set -eu
cd "$(dirname "$0")/.."
export CALLBOARD_STATE="${CALLBOARD_BENCH_STATE:-$PWD/.run-bench-tasks}" CALLBOARD_PORT="${CALLBOARD_PORT:-18092}"
export CALLBOARD_BIN="${CALLBOARD_BIN:-build/callboard}" CALLBOARD_CONFIG="$CALLBOARD_STATE/bench.yaml"
export TOKEN=token-of-the-bench-0123456789
state=$CALLBOARD_STATE base=http://127.0.0.1:$CALLBOARD_PORT
tasks=${TASKS:-200} readers=${READERS:-1000} seconds=${SECONDS_EACH:-10} connections=${CONNECTIONS:-4} lines=${LINES:-1}
pids='' missed=0
. tests/bench/lib.sh

tidy() {
	# By the ids that we were given.
	# shellcheck disable=SC2086
	[ -z "$pids" ] || kill $pids 2>/dev/null || :
	sh tests/stack.sh stop
	rm -rf "$state"
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

rm -rf "$state"
mkdir -p "$state/catalog/skeleton"
chmod 700 "$state"
echo 'Service ${{ values.name }} of ${{ values.owner | upper }}' >"$state/catalog/skeleton/README.md"
cat >"$state/catalog/all.yaml" <<-'YAML'
	apiVersion: scaffolder.backstage.io/v1beta3
	kind: Template
	metadata: {name: six-steps}
	spec:
	  type: service
	  parameters: {properties: {name: {type: string}}}
	  steps:
	    - {id: one, action: "debug:log", input: {message: "begins ${{ parameters.name }}"}}
	    - {id: two, action: "debug:log", input: {message: "two"}}
	    - {id: three, action: "fetch:plain", input: {url: ./skeleton, targetPath: plain}}
	    - {id: four, action: "fetch:template", input: {url: ./skeleton, targetPath: made, values: {name: "${{ parameters.name }}", owner: bench}}}
	    - {id: five, action: "debug:log", input: {listWorkspace: true}}
	    - {id: six, action: "debug:log", input: {message: "ends"}}
	---
	apiVersion: scaffolder.backstage.io/v1beta3
	kind: Template
	metadata: {name: chatty}
	spec:
	  type: service
	  parameters: {properties: {lines: {type: array}, wait: {type: number}}}
	  steps:
	    - id: say
	      action: debug:wait
	      each: ${{ parameters.lines }}
	      input: {milliseconds: "${{ parameters.wait }}"}
	---
	apiVersion: backstage.io/v1alpha1
	kind: Component
	metadata: {name: page, description: The page that is asked for}
	spec: {type: service, lifecycle: production, owner: bench}
YAML
cat >"$CALLBOARD_CONFIG" <<-YAML
	backend:
	  auth: {externalAccess: [{type: static, options: {token: $TOKEN, subject: bench}}]}
	catalog:
	  rules: [{allow: [Component, Template, Location]}]
	  locations: [{type: file, target: $state/catalog/all.yaml}]
	server: {log: {level: warn}}
YAML
sh tests/stack.sh start >&2
known() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $TOKEN" "$base/api/catalog/entities/by-name/$1")" = 200 ]
}
for ref in template/default/six-steps template/default/chatty component/default/page; do until_true known $ref; done

metric() {
	curl -s "$base/metrics" | awk -v name="$1" '$1 == name { print $2 }'
}
judge() { # judge WHAT FIGURE LESS-THAN
	awk -v a="$2" -v b="$3" 'BEGIN { exit !(a >= b) }' || return 0
	echo "missed: $1 is $2, wanted below $3"
	missed=1
}

# ---- many at once ----

before="$(cpu callboard) $(cpu mariadbd)"
# shellcheck disable=SC2046 # four figures
set -- $(node tests/bench/tasks.mjs "$base" template:default/six-steps "$tasks" '{"name":"bench"}')
after="$(cpu callboard) $(cpu mariadbd)"
echo "$tasks tasks of six steps at once: all ended after $1 s, the first after $3 s, half after $4 s; not completed: ${2%.*}"
echo "  CPU of one: portal $(per "$(minus "${after% *}" "${before% *}")" "$tasks") us, database $(per "$(minus "${after#* }" "${before#* }")" "$tasks") us"
judge 'the number of tasks that did not complete' "$2" 1

# ---- pages while logs are read ----

pages() { # pages NAME: of an entity, and the requests a second of it
	wrk -t1 -c"$connections" -d"${seconds}s" --latency -H "Authorization: Bearer $TOKEN" "$base/catalog/default/component/page" >"$state/said"
	awk -v name="$1" '/Requests\/sec/ { rate = $2 } /50%/ { p50 = $2 } /99%/ { p99 = $2 } /Non-2xx|Socket errors/ { bad = $0 }
		END { printf "  %-34s %7.0f a second, median %s, p99 %s %s\n", name, rate, p50, p99, bad }' "$state/said"
}
p99() { # in ms
	awk '/99%/ { v = $2; f = v ~ /us$/ ? 0.001 : v ~ /ms$/ ? 1 : 1000; print v * f }' "$state/said"
}
waiting() {
	[ "$(metric callboard_streams_waiting)" -ge "$1" ]
}
# lag P: what part P of the events came within, in ms.
lag() {
	jq -s --argjson p "$1" '[.[].lag] | transpose | map(add) as $n | ($n | add) as $all | reduce range($n | length) as $i ({sum: 0, at: null};
		.sum += $n[$i] | if .at == null and .sum >= $p * $all then .at = ($i + 1) * 10 else . end) | .at' "$state"/reader.*.json
}

pages 'an entity'\''s page, nobody reads'
alone=$(p99)
each=$((readers / 10))
lasts=$((seconds * 3 + 60))
values=$(jq -nc --argjson n $((lasts * lines)) --argjson ms $((1000 / lines)) '{lines: [range($n)], wait: $ms}')
n=0
for id in $(node tests/bench/tasks.mjs "$base" template:default/chatty 10 "$values" no-wait); do
	n=$((n + 1))
	node tests/fixtures/stream-readers.mjs "$base/api/scaffolder/v2/tasks/$id/eventstream" $each "$state/reader.$n.json" id &
	pids="$pids $!"
done
until_true waiting "$readers"
before="$(cpu callboard) $(cpu mariadbd) $(metric callboard_database_statements_total) $(jq -s 'map(.events) | add' "$state"/reader.*.json)"
begun=$(seconds_now)
sleep "$seconds"
took=$(since "$begun")
after="$(cpu callboard) $(cpu mariadbd) $(metric callboard_database_statements_total) $(jq -s 'map(.events) | add' "$state"/reader.*.json)"
echo "$before $after" | awk -v t="$took" -v n="$readers" '{ printf "%d readers of 10 tasks: %.0f events a second reach them, CPU portal %.1f %%, database %.1f %% of a core, %.0f statements a second, tasks included\n",
	n, ($8 - $4) / t, ($5 - $1) / t * 100, ($6 - $2) / t * 100, ($7 - $3) / t }'
echo "  an event is read within $(lag 0.5) ms by half, within $(lag 0.99) ms by 99 of 100"
pages "the page, while $readers read"
waiting "$readers" || { echo "missed: not all readers hold their streams" && missed=1; }
echo "  told twice or not in order: $(jq -s 'map(.wrong) | add' "$state"/reader.*.json); memory of the largest worker that holds them (own, with its share; KiB): $(memory wait)"
judge 'p99 of pages while logs are read, in ms,' "$(p99)" "${TARGET_MS:-20}"
echo "  (alone: $alone ms)"
exit $missed
