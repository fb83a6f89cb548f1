#!/bin/sh
# What Backstage's own package finds in our answers is what we find, and ours beyond it are those that were recorded.
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/kube.sh
command -v npm >/dev/null || { echo '1..0 # SKIP npm is not there' && exit 0; }
mkdir "$WORK/npm"
echo '{"private":true,"dependencies":{"@backstage/plugin-kubernetes-common":"0.9.13"}}' >"$WORK/npm/package.json"
(cd "$WORK/npm" && npm install --ignore-scripts --no-audit --no-fund --no-package-lock) >"$WORK/npm.log" 2>&1 ||
	bail "npm install fails: $(tail -n 3 "$WORK/npm.log")"
kube_servers
{
	kube_config
	cat <<-YAML
		kubernetes:
		  customResources: [{group: platform.example.com, apiVersion: v1, plural: messagequeues}]
		  clusterLocatorMethods:
		    - type: config
		      clusters:
	YAML
	kube_cluster prod-eu
	kube_cluster staging-eu
	kube_cluster modern
	kube_cluster odd
} >"$WORK/app-config.yaml"
ids=$(awk -F'\t' 'NR > 1 && $5 != "-" { print $5 }' "$KUBE_CORPUS/findings.tsv" | sort -u)
for id in $ids; do
	kube_entity "$id" "backstage.io/kubernetes-id: $id"
done >"$WORK/entities.yaml"
kube_entity odd 'backstage.io/kubernetes-id: odd' >>"$WORK/entities.yaml"
last=odd
own_stack "$WORK/app-config.yaml"
as tests
becomes "component:default/$last" .kind

# ---- the same, entity by entity ----
cat >"$WORK/npm/compare.cjs" <<'JS'
const { detectErrors } = require('@backstage/plugin-kubernetes-common')
const { readFileSync } = require('node:fs')
const assert = require('node:assert')
const [theirs, ours] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')))
const found = detectErrors(theirs)
let n = 0
for (const [cluster, errors] of found) {
	const own = ours.items.find((item) => item.cluster.name === cluster)
	assert.deepStrictEqual(own.detected, JSON.parse(JSON.stringify(errors)), cluster)
	n += errors.length
}
for (const item of ours.items) assert(found.has(item.cluster.name) || item.detected.length === 0)
console.log(n)
JS
total=0
for id in $ids odd; do
	findings "$id"
	cp "$WORK/body" "$WORK/ours.json"
	objects "$id"
	ok "$id: Backstage's package finds the same" node "$WORK/npm/compare.cjs" "$WORK/body" "$WORK/ours.json"
	total=$((total + $(cat "$WORK/said")))
	jq -r --arg id "$id" '.items[] | .cluster.name as $c | .findings[] |
		[$c, .object.namespace, .object.kind, .object.name, $id, .id, .severity] | @tsv' "$WORK/ours.json"
done >"$WORK/out"
grep -E '^(not )?ok|^#' "$WORK/out"
findings odd
json '[.items[] | select(.cluster.name == "odd").detected[] | .type] | unique' \
	'["condition-message-present","container-waiting","containers-restarting","hpa-max-current-replicas","readiness-probe-taking-too-long"]'
json_true '[.items[] | select(.cluster.name == "odd").detected[]] | length > 120'
ok "there is something to compare ($total)" test "$total" -gt 40

# ---- what was recorded to be wrong, through TLS, tokens and all ----
grep -E '^(prod|staging)-eu' "$WORK/out" | sort -u >"$WORK/got"
# Secrets are about what is shown; which pod of a daemon set is one too many, no object says.
awk -F'\t' 'NR > 1 && $5 != "-" && $6 !~ /^(none|secret-must-be-redacted|pod-misscheduled)$/ { print $1 "\t" $2 "\t" $3 "\t" $4 "\t" $5 "\t" $6 "\t" $7 }' \
	"$KUBE_CORPUS/findings.tsv" | sort -u >"$WORK/want"
ok "all $(wc -l <"$WORK/want") findings of the recording, and no other" diff "$WORK/want" "$WORK/got"

# ---- with what is behind them ----
findings query-rewriter
of='[.items[] | select(.cluster.name == "prod-eu").findings[] | select(.id == "pod-stuck-creating")][0]'
json "$of.reason" FailedMount
json_true "$of.message | test(\"secret \\\"rewriter-certs\\\" not found\")"
json "$of.events[0].reason" FailedMount
findings payments-db
json_true '[.items[].findings[] | select(.id == "pod-unschedulable")][0].message | test("Insufficient memory")'
findings payments-worker
of='[.items[].findings[] | select(.id == "container-crash-loop")][0]'
json "$of | [.exitCode, .logs.container, .logs.previous, (.advice | length > 0), (.since | length > 0)]" '[1,"worker",true,true,true]'

unharmed
done_testing
