#!/bin/sh
# Ten clusters with 2,000 pods each, of which one hangs, one answers with errors and one shows somebody else's certificate; against targets.
#
#	make bench-kubernetes		VIEWERS=300 look on for SECONDS_EACH=30; status 1 when a target is missed
#
# Everything is in CALLBOARD_BENCH_STATE (.run-bench-kubernetes), which is made anew and taken away. The API servers are those of
# tests/fixtures/kube.mjs, which share the machine: what they take themselves is measured, and told beside.
# shellcheck disable=SC2317 # functions are called by a trap and until_true
set -eu
cd "$(dirname "$0")/.."
export CALLBOARD_STATE="${CALLBOARD_BENCH_STATE:-$PWD/.run-bench-kubernetes}" CALLBOARD_PORT="${CALLBOARD_PORT:-18093}"
export CALLBOARD_BIN="${CALLBOARD_BIN:-build/callboard}" CALLBOARD_CONFIG="$CALLBOARD_STATE/bench.yaml"
export TOKEN=token-of-the-bench-0123456789
state=$CALLBOARD_STATE base=http://127.0.0.1:$CALLBOARD_PORT
viewers=${VIEWERS:-300} seconds=${SECONDS_EACH:-30} entities=40 interval=10
servers='' missed=0
. tests/bench/lib.sh
corpus=../shared/corpus/k8s
[ -d $corpus/recorded ] || { echo 'the recorded answers of API servers are not there' && exit 0; }

tidy() {
	# By the id that we were given.
	[ -z "$servers" ] || kill "$servers" 2>/dev/null || :
	sh tests/stack.sh stop
	rm -rf "$state"
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

rm -rf "$state"
mkdir -p "$state/kube"
chmod 700 "$state"
node tests/fixtures/kube.mjs "$state/kube" $corpus >"$state/kube.log" 2>&1 &
servers=$!
until_true test -s "$state/kube/servers.json"
control=http://127.0.0.1:$(jq .control "$state/kube/servers.json")
names='big-1 big-2 big-3 big-4 big-5 big-6 big-7 big-8 big-9 badcert'
{
	cat <<-YAML
		backend:
		  auth: {externalAccess: [{type: static, options: {token: $TOKEN, subject: bench}}]}
		catalog:
		  rules: [{allow: [Component]}]
		  locations: [{type: file, target: $state/all.yaml}]
		server: {log: {level: warn}}
		kubernetes:
		  refreshInterval: {seconds: $interval}
		  clusterLocatorMethods:
		    - type: config
		      clusters:
	YAML
	for name in $names; do
		printf '        - {name: %s, url: "https://127.0.0.1:%s", authProvider: serviceAccount, serviceAccountToken: token-of-%s, caFile: %s}\n' \
			"$name" "$(jq ".servers[\"$name\"]" "$state/kube/servers.json")" "$name" "$state/kube/ca.pem"
	done
} >"$CALLBOARD_CONFIG"
n=0
while [ $n -lt $entities ]; do
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: bulk-%d, annotations: {backstage.io/kubernetes-id: bulk-%d}}\n' $n $n
	printf 'spec: {type: service, lifecycle: production, owner: bench}\n'
	n=$((n + 1))
done >"$state/all.yaml"
sh tests/stack.sh start >&2
known() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $TOKEN" "$base/api/catalog/entities/by-name/component/default/bulk-$((entities - 1))")" = 200 ]
}
until_true known
mode() {
	curl -sS -o /dev/null "$control/mode" -d "{\"server\":\"$1\",\"mode\":\"$2\"}"
}
judge() { # judge WHAT FIGURE LESS-THAN
	awk -v a="$2" -v b="$3" 'BEGIN { exit !(a >= b) }' || return 0
	echo "missed: $1 is $2, wanted below $3"
	missed=1
}
bench() {
	NODE_EXTRA_CA_CERTS="$state/kube/ca.pem" node tests/bench/kubernetes.mjs "$@"
}

# ---- an entity that nobody has looked at yet ----

bench warm "$state/kube/servers.json"
mode big-8 hang
mode big-9 error
# shellcheck disable=SC2046 # five figures
set -- $(bench cold "$base" "$state/kube/servers.json" $((entities / 2)))
echo "the page of an entity nobody has looked at yet: first content after $1 ms ($2 at most), all of the seven that are well after $3 ms ($4 at most)"
echo "  of which these clusters take $5 ms themselves, asked for the same without a portal"
judge 'first content, in ms,' "$1" "${FIRST_MS:-100}"
judge 'all but the sick, in ms beyond what the clusters take,' "$(minus "$3" "$5")" "${ALL_MS:-300}"

# ---- many who look on ----

before=$(cpu callboard)
# shellcheck disable=SC2046 # four figures
set -- $(bench viewers "$base" "$state/kube/servers.json" "$viewers" "$seconds" $interval "$control")
echo "$viewers viewers for $seconds s: $1 pages, median $2 ms, p99 $3 ms; the most that a cluster was asked in an interval of $interval s: $4 times"
echo "  CPU of a page: $(per "$(minus "$(cpu callboard)" "$before")" "$1") us, fetching included"
# Between two limits of intervals there may be one more.
judge 'how often a cluster is asked in an interval' "$4" 1.5
# ---- whole clusters ----

bench whole "$base"
# shellcheck disable=SC2046 # two figures
set -- $(memory kube)
echo "the process that asks clusters, having looked at all of them (its own, with its share; KiB): $1 $2"
judge 'its memory, in KiB,' "$1" "${KUBE_KIB:-262144}"
exit $missed
