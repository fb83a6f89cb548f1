#!/bin/sh
# Health rules of plugins: what they see and find, where it is shown and to whom; and that one which hangs, raises, talks nonsense or
# takes its worker with it hides nothing that the portal finds itself.
# shellcheck disable=SC2317,SC2016 # functions are called by ok and eventually; jq's own variables
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/kube.sh
kube_servers

PLUGINS=$WORK/plugins
mkdir -p "$PLUGINS/practice" "$PLUGINS/raiser" "$PLUGINS/nonsense"
cat >"$PLUGINS/practice/plugin.lua" <<'LUA'
local callboard = require "callboard"
local seen = 0

return {
  title = "Practice <i>", version = "1.0.0", capabilities = { store = true },
  config = { type = "object", properties = { most = { type = "integer", default = 2 } } },
  health = {
    { id = "many-replicas", title = "Many <b>replicas</b>", severity = "error", kinds = { "Deployment" }, with = { "Service" },
      advice = "Ask for <u>fewer</u>.", docs = "https://wiki.example.com/replicas",
      check = function(object, around)
        if object.spec.replicas <= callboard.config.most then return end
        local warnings = 0
        for _, event in ipairs(around.events) do
          if event.type == "Warning" then warnings = warnings + 1 end
        end
        return {
          message = ("%s %s of %s in %s has <%d> replicas, %d owned, %d services"):format(object.apiVersion, object.kind,
            around.entity and around.entity.metadata.name or "nobody", around.cluster.title, object.spec.replicas, #around.owned,
            #around.with.Service),
          since = around.now - 60000,
        }
      end },
    { id = "sidecar", title = "Has a sidecar", severity = "info", kinds = { "Pod" }, check = function(object, around)
      local found = callboard.array {}
      for i = 2, #object.spec.containers do
        local chain = {}
        for n, owner in ipairs(around.owners) do chain[n] = owner.kind end
        found[#found + 1] = { message = "beside the first; of " .. table.concat(chain, ", "), container = object.spec.containers[i].name, severity = "warning" }
      end
      return found
    end },
    { id = "confined", title = "Confined", severity = "info", kinds = { "Service" }, check = function(object)
      local good, why = pcall(callboard.store.set, "seen", object)
      return { message = good and "it could keep what it saw" or why }
    end },
    { id = "counter", title = "Counter", severity = "info", kinds = { "ReplicaSet" }, check = function()
      seen = seen + 1
      return { message = "seen " .. seen }
    end },
    { id = "secrets", title = "Secrets", severity = "info", kinds = { "Secret" }, check = function(object)
      for _, value in pairs(object.data or {}) do return { message = "it says " .. value } end
    end },
    { id = "queues", title = "Queues", severity = "info", kinds = { "MessageQueue.platform.example.com" }, check = function(object)
      return { message = "a queue" }
    end },
    { id = "other-queues", title = "Queues of others", severity = "info", kinds = { "MessageQueue.other.example.com" }, check = function(object)
      return { message = "another's queue" }
    end },
  },
}
LUA
cat >"$PLUGINS/raiser/plugin.lua" <<'LUA'
return { title = "Raiser", version = "1.0.0", health = { { id = "raise", title = "Raises", kinds = { "Deployment" }, check = function(object)
  error("no idea about " .. object.metadata.name)
end }, { id = "fine", title = "Fine", severity = "info", kinds = { "Deployment" }, check = function() return { message = "all the same" } end } } }
LUA
cat >"$PLUGINS/nonsense/plugin.lua" <<'LUA'
local answers = { 7, "wrong", { mesage = "x" }, { message = "x", severity = "loud" }, { message = "x", since = "yesterday" }, { message = "" } }
local turn = 0
return { title = "Nonsense", version = "1.0.0", health = { { id = "odd", title = "Odd", kinds = { "Deployment" }, check = function()
  turn = turn % #answers + 1
  return answers[turn]
end } } }
LUA
{
	kube_config
	cat <<-YAML
		permission:
		  enabled: true
		  roles:
		    - {name: role:default/all, members: ["service:tests"], rules: [{permission: "*"}]}
		    - name: role:default/some
		      members: ["service:reader"]
		      rules:
		        - {permission: kubernetes.resources.read}
		        - {permission: kubernetes.clusters.read}
		        - {permission: catalog.entity.read, if: {not: {rule: HAS_LABEL, params: {label: secret}}}}
		server: {pools: {rules: {workers: 1}}}
		plugins: {directories: [$PLUGINS]}
		kubernetes:
		  refreshInterval: {seconds: 2}
		  timeout: {seconds: 3}
		  objectTypes: [pods, services, deployments, replicasets, statefulsets, daemonsets, secrets]
		  customResources: [{group: platform.example.com, apiVersion: v1, plural: messagequeues}]
		  clusterLocatorMethods:
		    - type: config
		      clusters:
	YAML
	kube_cluster prod-eu 'title: "Production <b>"'
	printf '        - {name: mine, url: "%s", authProvider: oidc, oidcTokenProvider: okta, caFile: %s}\n' "$(kube_url modern)" "$KUBE/ca.pem"
} | sed 's/accessRestrictions: .*//' >"$WORK/app-config.yaml"
{
	for name in payments-api payments-worker refunds-api; do
		kube_entity $name "backstage.io/kubernetes-id: $name"
	done
	kube_entity card-tokenizer 'backstage.io/kubernetes-id: card-tokenizer' | sed 's/^  name: .*/&\n  labels: {secret: "yes"}/'
	kube_entity everything 'backstage.io/kubernetes-label-selector: app in (card-tokenizer, payments-api)'
	kube_entity mean 'backstage.io/kubernetes-label-selector: backstage.io/kubernetes-id in (card-tokenizer,payments-api)'
} >"$WORK/entities.yaml"
own_stack "$WORK/app-config.yaml"
as tests
becomes component:default/payments-api .kind
becomes component:default/mean .kind
OF='.items[] | select(.cluster.name == "prod-eu")'

# ---- what they see and find ----
_ruled() {
	findings "$1"
	jq -e "[$OF.rules[]? | select(.state != \"pending\")] | length == ${2:-3}" "$WORK/body"
}
ok 'rules look at it' eventually 40 _ruled payments-api
json "[$OF.findings[] | select(.id == \"practice.many-replicas\")] | length" 1
RULE="$OF.findings[] | select(.id == \"practice.many-replicas\")"
json "$RULE | .message" 'apps/v1 Deployment of payments-api in Production <b> has <3> replicas, 5 owned, 2 services'
json "$RULE | [.severity, .title, .object.kind, .object.name, .object.namespace, .object.kubernetesId] | join(\" \")" \
	'error Many <b>replicas</b> Deployment payments-api team-payments payments-api'
json "$RULE | .source" '{"plugin":"practice","title":"Practice <i>"}'
json "$RULE | .given" component:default/payments-api
json "$RULE | .advice" '["Ask for <u>fewer</u>."]'
json "$RULE | .docs" https://wiki.example.com/replicas
json_true "$RULE | .since | fromdateiso8601? // (sub(\"\\\\.[0-9]+\"; \"\") | fromdateiso8601) | . < now"
json "[$OF.findings[] | select(.id == \"practice.sidecar\")] | map(.severity + \" \" + .container + \" \" + .message + \" \" + .logs.container) | unique" \
	'["warning envoy beside the first; of ReplicaSet, Deployment envoy"]'
json "[$OF.findings[] | select(.id == \"practice.confined\") | .message | test(\"cannot be called in a health rule\")] | unique" '[true]'
json "[$OF.findings[] | select(.id == \"practice.secrets\") | .message] | unique" '["it says ***"]'
json_true "[$OF.findings[] | select(.id == \"practice.queues\")] | length > 0"
json "[$OF.findings[] | select(.id == \"practice.other-queues\")] | length" 0
json "[$OF.findings | map({error: 3, warning: 2, info: 1}[.severity]) | . == (sort | reverse)] | unique" '[true]'
json "$OF.resources | map(.resources[] | has(\"apiVersion\")) | any" true

# ---- what goes wrong is told, and hides nothing ----
json "$OF.rules[] | select(.plugin == \"practice\") | .state" ok
json_true "$OF.rules[] | select(.plugin == \"raiser\") | .state == \"failed\" and (.message | test(\"rule raise, Deployment payments-api: .*no idea about payments-api\"))"
json "[$OF.findings[] | select(.id == \"raiser.fine\")] | length" 1
json_true "$OF.rules[] | select(.plugin == \"nonsense\") | .state == \"failed\""
_says() {
	findings payments-api
	jq -e "$OF.rules[] | select(.plugin == \"nonsense\") | .message | test(\"$1\")" "$WORK/body"
}
for words in 'not number' 'not string' "no 'mesage'" 'severity must be' 'since must be' 'needs a message'; do
	ok "nonsense: $words" eventually 40 _says "$words"
done
findings payments-worker
json_true "[$OF.findings[].id] | index(\"container-crash-loop\")"
get /plugins/raiser
has 'no idea about'
has 'Health rule'

# ---- pages ----
shows() { get "$1" && grep -qF "$2" "$WORK/body"; }
at=/catalog/default/component/payments-api/kubernetes
ok 'the tab' eventually 20 shows $at 'Many &lt;b&gt;replicas&lt;/b&gt;'
get $at
has 'Ask for &lt;u&gt;fewer&lt;/u&gt;.'
has 'a rule of Practice &lt;i&gt;'
has '<code>practice.many-replicas</code>'
has 'The health rules of <a href="/plugins/raiser">Raiser</a>'
lacks '<b>replicas'
lacks '<u>fewer'
ok 'the card' eventually 20 shows $at/card 'Many &lt;b&gt;replicas&lt;/b&gt;'
get $at/card
has 'The rules of Raiser did not answer'
get "$at/object?cluster=prod-eu&ns=team-payments&object=Deployment/payments-api"
has 'Many &lt;b&gt;replicas&lt;/b&gt;'
ok 'all clusters' eventually 20 shows '/kubernetes?id=practice.many-replicas' 'Many &lt;b&gt;replicas&lt;/b&gt;'
_fleet() {
	get '/api/kubernetes/findings?wait=10000'
	jq -e "[$OF.findings[] | select(.id == \"practice.many-replicas\" and .entity.ref == \"component:default/payments-api\")] | length == 1" "$WORK/body"
}
ok 'the API about all clusters' eventually 20 _fleet

# ---- however many look on, rules look once ----
calls() { curl -s "$URL/metrics" | sed -n 's/^callboard_plugin_calls_total{plugin="practice"[^}]*} //p' | awk '{ n += $1 } END { print n + 0 }'; }
lists() { kube_seen prod-eu .lists; }
before=$(calls) asked=$(lists)
seq 100 | xargs -P 8 -I% curl -s -o /dev/null -H "Authorization: Bearer $as" -H 'Content-Type: application/json' \
	-d '{"entityRef":"component:default/refunds-api","wait":5000}' "$URL/api/kubernetes/findings/query"
after=$(calls) asked=$(($(lists) - asked))
echo "# $((after - before)) calls for 100 viewers and $asked rounds"
ok 'rules look once for each time that the cluster is asked' test "$((after - before))" -le "$((asked + 1))"
ok 'they do look' test "$((after - before))" -ge 1

# ---- who may not ----
as token-that-may-only-read-0123456789
ids() { jq -c "[$OF.findings[] | select(.id == \"practice.many-replicas\" or .id == \"practice.sidecar\" or .id == \"practice.counter\") | .given] | unique" "$WORK/body"; }
as tests
ok 'one who may see all' eventually 20 _ruled mean
is "$(ids)" '["component:default/card-tokenizer","component:default/payments-api"]' 'sees what rules say of both'
as reader
findings mean
is_status 200
is "$(ids)" '["component:default/payments-api"]' 'who may not read an entity does not see what rules say with it in mind'
get '/api/kubernetes/findings?wait=10000'
json_true "[$OF.findings[].given] | map(select(. == \"component:default/card-tokenizer\")) | length == 0"
as nobody
findings payments-api
ok 'nobody sees nothing' test "$STATUS" -ge 401

# ---- what was got with a user's token ----
as tests
mine() {
	post /api/kubernetes/findings/query "{\"entityRef\":\"component:default/payments-api\",\"wait\":10000,\"auth\":{\"oidc\":{\"okta\":\"$1\"}}}"
}
counts() { jq -c '[.items[] | select(.cluster.name == "mine") | .findings[] | select(.id == "practice.counter") | .message | sub("seen "; "") | tonumber] | max' "$WORK/body"; }
_mine() { mine user-of-modern && [ "$(counts)" != null ]; }
ok 'rules look at it' eventually 20 _mine
first=$(counts)
mine another-token
json '[.items[] | select(.cluster.name == "mine") | .findings[]] | length' 0
mine token-of-modern
is "$(counts)" "$first" 'rules remember nothing of what they saw for another'

# ---- one that never ends ----
mkdir -p "$PLUGINS/looper"
cat >"$PLUGINS/looper/plugin.lua" <<'LUA'
return { title = "Looper", version = "1.0.0", health = {
  { id = "first", title = "First", severity = "info", kinds = { "Deployment" }, check = function() return { message = "before" } end },
  { id = "loop", title = "Loops", kinds = { "Deployment" }, check = function() while true do end end } } }
LUA
own_reload
_late() {
	findings payments-worker component 5000
	jq -e "$OF | (.rules[] | select(.plugin == \"looper\") | .state == \"failed\" and (.message | test(\"out of (time|instructions)\"))) and
		([.findings[] | select(.id == \"looper.first\")] | length == 1)" "$WORK/body"
}
ok 'it is told that it took too long; what it found before is kept' eventually 40 _late
json_true "[$OF.findings[].id] | index(\"container-crash-loop\")"
ok 'what others find is there' eventually 20 _ruled payments-worker 4
json "$OF.rules[] | select(.plugin == \"practice\") | .state" ok
_from=$(date +%s%N)
get /catalog/default/component/payments-worker/kubernetes
echo "# a page beside it takes $((($(date +%s%N) - _from) / 1000000)) ms"
has 'Container crashes again and again'
_off() {
	findings payments-worker component 3000
	jq -e "$OF.rules[] | select(.plugin == \"looper\") | .message | test(\"switched off\")" "$WORK/body"
}
ok 'it is switched off' eventually 60 _off
ok 'and that is logged' grep -q 'plugin switched off after too many failures' "$STATE/callboard.log"
get /catalog/default/component/payments-worker/kubernetes
has 'The health rules of <a href="/plugins/looper">Looper</a>'

# ---- a worker that is killed, and none at all ----
unharmed
rules_worker() { CALLBOARD_STATE=$STATE "$BIN" status | awk '$1 == "rules" { print $2 }'; }
killed=$(rules_worker)
kill -s KILL "$killed"
another() { [ -n "$(rules_worker)" ] && [ "$(rules_worker)" != "$killed" ]; }
ok 'it is replaced' eventually 15 another
sed -i 's/has <%d>/had <%d>/' "$PLUGINS/practice/plugin.lua"
own_reload
_had() {
	findings payments-api
	jq -e "[$RULE | .message | test(\"had <3>\")] | any" "$WORK/body"
}
ok 'rules of after a reload are those of the new files' eventually 30 _had
sed -i 's/rules: {workers: 1}/rules: {workers: 0}/' "$WORK/app-config.yaml"
own_reload
findings payments-worker
json_true "[$OF.findings[].id] | index(\"container-crash-loop\")"
json "$OF.rules" '[]'

done_testing
