#!/bin/sh
# Clusters that hang, break, or are somebody else's: they delay nobody, say so, and are spared; however many look on, each is asked once.
# shellcheck disable=SC2317,SC2016 # functions are called by ok and eventually; jq's own variables
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/kube.sh
kube_servers
INTERVAL=4
{
	kube_config
	cat <<-YAML
		kubernetes:
		  refreshInterval: {seconds: $INTERVAL}
		  timeout: {seconds: 3}
		  clusterLocatorMethods:
		    - type: config
		      clusters:
	YAML
	for name in prod-eu staging-eu badcert chunky big-1 big-2 big-3 big-4 big-5 big-6; do
		kube_cluster $name
	done
} >"$WORK/app-config.yaml"
for name in bulk-1 bulk-2 bulk-3 payments-api; do
	kube_entity $name "backstage.io/kubernetes-id: $name"
done >"$WORK/entities.yaml"
own_stack "$WORK/app-config.yaml"
as tests
becomes component:default/payments-api .kind

took() {
	_from=$(date +%s%N)
	"$@"
	MS=$((($(date +%s%N) - _from) / 1000000))
}
state() {
	jq -rc "[.items[] | select(.cluster.name == \"$1\") | .state] | unique | join(\",\")" "$WORK/body"
}
is_state() { is "$(state "$1")" "$2" "$1 is $2"; }

# The servers make their two thousand pods at the first question.
findings bulk-3 component 20000
kube_mode prod-eu hang
kube_mode staging-eu error

# ---- what is there now, and what is awaited ----
took findings bulk-1 component 60
is_status 200
echo "# first content after $MS ms"
ok 'the first answer waits for nobody' test "$MS" -lt 1000
json '.items | length' 10
is_state prod-eu pending
_healthy() {
	findings bulk-1 component 200
	jq -e '[.items[] | select(.state == "fresh") | select([.resources[] | select(.type == "pods").resources[]] | length == 20)] | length == 6' "$WORK/body"
}
took ok 'all that are well have answered' eventually 5 _healthy
echo "# all the healthy after $MS ms more"
is_state badcert down
json '.items[] | select(.cluster.name == "badcert") | .errors | length' 1
# A machine that is busy may not come so far within the limit at first.
_names_it() {
	findings bulk-1 component 200
	jq -e '.items[] | select(.cluster.name == "badcert") | .errors[0].message | test("certificate")' "$WORK/body"
}
ok 'a certificate of somebody else is named' eventually 30 _names_it
_is_down() {
	findings bulk-1 component 200
	[ "$(state "$1")" = down ]
}
ok 'the one that hangs says so after its own time limit' eventually 10 _is_down prod-eu
json_true '.items[] | select(.cluster.name == "prod-eu") | .errors[0].message | test("no answer within the time limit")'
json_true '.items[] | select(.cluster.name == "staging-eu") | .errors | map(.errorType) | unique == ["SYSTEM_ERROR"]'

# ---- as Backstage's clients ask, who wait for all ----
took objects bulk-2
is_status 200
ok "an answer waits for one that hangs no longer than it must ($MS ms)" test "$MS" -lt 8000
json '[.items[] | select(.errors == []) | [.resources[] | select(.type == "pods").resources[]] | length] | unique' '[20]'
json '[.items[] | select(.errors != []) | .cluster.name] | sort' '["badcert","prod-eu","staging-eu"]'

# ---- spared ----
_is_spared() {
	objects bulk-2
	get /api/kubernetes/clusters/status
	jq -e '[.items[] | select(.failures >= 3).name] | sort == ["badcert","prod-eu","staging-eu"]' "$WORK/body"
}
ok 'they are found out' eventually 60 _is_spared
kube_clear
objects bulk-1
objects bulk-3
for name in prod-eu staging-eu badcert; do
	is "$(kube_seen $name .requests)" 0 "$name is spared"
done
took objects bulk-1
ok "and keeps nobody waiting ($MS ms)" test "$MS" -lt 2000
json_true '.items[] | select(.cluster.name == "prod-eu") | .errors[0].message | test("no answer|does not answer")'

# ---- many who look on ----
kube_clear
FROM=$(date +%s)
_body='{"entityRef":"component:default/bulk-2","wait":10000}'
seq 300 | xargs -P 40 -I{} curl -sS -o /dev/null -w '%{http_code}\n' --max-time 60 -H "Authorization: Bearer $as" \
	-H 'Content-Type: application/json' --data-binary "$_body" "$URL/api/kubernetes/findings/query" | sort | uniq -c >"$WORK/codes"
SECONDS_TAKEN=$(($(date +%s) - FROM))
is "$(awk '{ print $1, $2 }' "$WORK/codes")" '300 200' 'three hundred are answered'
MOST=$((SECONDS_TAKEN / INTERVAL + 2))
_once() {
	for name in chunky big-1 big-2 big-3 big-4 big-5 big-6; do
		_lists=$(kube_seen "$name" .lists)
		echo "$name: $_lists in $SECONDS_TAKEN s"
		[ "$_lists" -ge 1 ] && [ "$_lists" -le "$MOST" ] || return 1
	done
}
ok "each cluster is asked once an interval ($SECONDS_TAKEN s)" _once

# ---- well again ----
kube_mode prod-eu ok
kube_mode staging-eu ok
_is_well() {
	findings payments-api component 3000
	[ "$(state prod-eu)" = fresh ] && [ "$(state staging-eu)" = fresh ]
}
ok 'they are asked again by and by, and are well' eventually 60 _is_well
json_true '[.items[] | select(.cluster.name == "staging-eu").findings[] | select(.id == "container-crash-loop")][0].message | test("crashed")'

# ---- whole clusters, and another process that asks ----
_all_found() {
	get '/api/kubernetes/findings?wait=10000'
	jq -e '[.items[] | select(.state == "fresh")] | length >= 7' "$WORK/body"
}
ok 'whole clusters of thousands of pods are looked at' eventually 60 _all_found
kill -s TERM "$(CALLBOARD_STATE=$STATE "$BIN" status | awk '$1 == "kube" { print $2; exit }')"
findings payments-api component 3000
is_status 200
ok 'one that takes its place answers' test "$(state staging-eu)" = fresh

# ---- what was known is shown while it cannot be asked ----
kube_mode prod-eu hang
_is_stale() {
	findings payments-api component 0
	[ "$(state prod-eu)" = stale ] && jq -e '.items[] | select(.cluster.name == "prod-eu") | (.age > 4000) and (.errors | length > 0) and ([.resources[] | select(.type == "pods").resources[]] | length == 3)' "$WORK/body"
}
ok 'what is known of it stays, with its age' eventually 30 _is_stale
kube_mode prod-eu reset
kube_mode chunky slow
_is_slow() {
	findings payments-api component 10000
	[ "$(state chunky)" = fresh ]
}
ok 'a slow one is waited for within its limit' eventually 20 _is_slow
kube_mode big-1 metrics-hang
_goes_on() {
	findings payments-api component 10000
	[ "$(state big-1)" = fresh ]
}
ok 'metrics that do not come hold up nothing else' eventually 20 _goes_on

unharmed
done_testing
