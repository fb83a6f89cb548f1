#!/bin/sh
# Kubernetes: clusters, what is asked of them, what comes of it, and what nobody sees.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/kube.sh
kube_servers

printf 'token-of-modern\n' >"$WORK/modern.token"
cat >"$WORK/kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters:
  - {name: here, cluster: {server: "$(kube_url prod-eu)", certificate-authority: kube/ca.pem}}
users:
  - {name: me, user: {client-certificate: kube/client.pem, client-key: kube/client.key}}
contexts:
  - {name: from-file, context: {cluster: here, user: me}}
YAML
{
	kube_config | sed '/subject: tests/a\      - {type: static, options: {token: narrow-token-0123456789abcdef, subject: narrow}}'
	cat <<-YAML
		permission:
		  enabled: true
		  roles:
		    - name: role:default/narrow
		      members: ["service:narrow"]
		      rules:
		        - {permission: "kubernetes.*"}
		        - permission: catalog.entity.read
		          if: {rule: HAS_METADATA, params: {key: title}}
		kubernetes:
		  refreshInterval: {seconds: 30}
		  objectTypes: [pods, services, configmaps, limitranges, resourcequotas, deployments, replicasets, statefulsets, daemonsets,
		    horizontalpodautoscalers, jobs, cronjobs, ingresses, secrets]
		  customResources: [{group: platform.example.com, apiVersion: v1, plural: messagequeues}]
		  clusterLocatorMethods:
		    - type: config
		      clusters:
	YAML
	kube_cluster prod-eu 'title: Production' 'dashboardUrl: https://dash.example.com/' 'dashboardApp: standard'
	kube_cluster staging-eu
	kube_cluster chunky
	cat <<-YAML
		        - name: modern
		          url: $(kube_url modern)
		          authProvider: serviceAccount
		          serviceAccountTokenFile: $WORK/modern.token
		          caData: $(base64 -w0 "$KUBE/ca.pem")
		        - name: for-users
		          url: $(kube_url big-1)
		          authProvider: oidc
		          oidcTokenProvider: okta
		          caFile: $KUBE/ca.pem
		    - {type: kubeconfig, file: $WORK/kubeconfig}
	YAML
} >"$WORK/app-config.yaml"
{
	for name in payments-api payments-worker checkout-ui search-api nothing-there; do
		kube_entity $name "backstage.io/kubernetes-id: $name"
	done >"$WORK/parts"
	sed -i 's/name: \(payments-worker\|checkout-ui\)$/&\n  title: \1/' "$WORK/parts"
	cat "$WORK/parts"
	kube_entity trainer 'backstage.io/kubernetes-label-selector: "app=ranking,component=ml"'
	kube_entity in-search 'backstage.io/kubernetes-id: payments-api' 'backstage.io/kubernetes-namespace: team-search'
	kube_entity badly 'backstage.io/kubernetes-id: payments-api' 'backstage.io/kubernetes-namespace: ../../nodes'
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: shop}\nspec: {owner: team}\n'
} >"$WORK/entities.yaml"
own_stack "$WORK/app-config.yaml"
as tests
becomes component:default/badly .kind

# ---- clusters ----
get /api/kubernetes/clusters
is_status 200
json '[.items[].name] | sort' '["chunky","for-users","from-file","modern","prod-eu","staging-eu"]'
json '.items[] | select(.name == "prod-eu")' \
	'{"name":"prod-eu","title":"Production","dashboardUrl":"https://dash.example.com/","authProvider":"serviceAccount"}'
json '.items[] | select(.name == "for-users")' '{"name":"for-users","authProvider":"oidc","oidcTokenProvider":"okta"}'
lacks token-of

# ---- an entity's objects, as Backstage answers ----
objects payments-api
is_status 200
header_has content-type application/json
header cache-control no-store
json '[.items[].cluster.name] | sort' '["chunky","for-users","from-file","modern","prod-eu","staging-eu"]'
json '.items[] | select(.cluster.name == "prod-eu") | .cluster' \
	'{"name":"prod-eu","title":"Production","dashboardUrl":"https://dash.example.com/","dashboardApp":"standard"}'
of='.items[] | select(.cluster.name == "prod-eu") | .resources'
json "$of | map({(.type): (.resources | length)}) | add" \
	'{"pods":3,"services":2,"configmaps":1,"limitranges":1,"resourcequotas":1,"deployments":1,"replicasets":2,"horizontalpodautoscalers":1,"jobs":0,"cronjobs":0,"ingresses":1,"statefulsets":0,"daemonsets":0,"secrets":2,"customresources":1}'
json "$of | map(select(.type == \"customresources\"))[0].resources[0].kind" MessageQueue
json '.items[] | select(.cluster.name == "prod-eu") | [.errors, .podMetrics]' '[[],[]]'
lacks managedFields
json '.items[] | select(.cluster.name == "for-users") | .errors' \
	'[{"errorType":"FETCH_ERROR","message":"cluster '\''for-users'\'': Auth token not found under oidc.okta in request body"}]'

# Older and newer versions of the API, whatever the cluster has.
json '.items[] | select(.cluster.name == "prod-eu") | .resources[] | select(.type == "horizontalpodautoscalers") | .resources[0].status.conditions | length' 3
is "$(kube_seen prod-eu '[.paths[] | select(startswith("/apis/autoscaling/v2/") or startswith("/apis/autoscaling/v2beta2/"))] | length')" 4 \
	'a version that is not there is asked for once by each of two clusters, then the older one'
json '.items[] | select(.cluster.name == "modern") | .podMetrics | length' 3
json '.items[] | select(.cluster.name == "modern") | .podMetrics[0] | [(.pod.metadata.name | startswith("payments-api")), (.containers | length), (.cpu | keys)]' \
	'[true,2,["currentUsage","limitTotal","requestTotal"]]'
ok 'a cluster that offers HTTP/2 is asked so' test "$(kube_seen prod-eu .http2)" = "$(kube_seen prod-eu .requests)"

# ---- each token stays with its cluster ----
for name in prod-eu staging-eu chunky; do
	is "$(kube_seen $name .tokens)" "[\"token-of-$name\"]" "$name saw its own token only"
done
is "$(kube_seen big-1 .requests)" 0 'without the token of a user, nobody asks'
objects payments-api '{"oidc":{"okta":"user-of-big-1","other":"user-of-nobody"}}'
is_status 200
json '[.items[] | select(.cluster.name == "for-users")] | length' 1
is "$(kube_seen big-1 .tokens)" '["user-of-big-1"]' 'the token of a user goes to the cluster that wants it'
objects payments-api '{"oidc":{"okta":"stolen-and-wrong"}}'
json '.items[] | select(.cluster.name == "for-users") | [.errors[].errorType] | unique' '["UNAUTHORIZED_ERROR"]'
objects payments-api
json '.items[] | select(.cluster.name == "for-users") | .resources' '[]'

# ---- a token in a file is read again ----
kube_mode modern ok
printf 'user-of-modern\n' >"$WORK/modern.token"
objects search-api
json '[.items[] | select(.cluster.name == "modern") | .errors[]] | length' 0
is "$(kube_seen modern '.tokens | sort')" '["token-of-modern","user-of-modern"]' 'both tokens were used'

# ---- secrets ----
objects payments-api
json "$of | map(select(.type == \"secrets\"))[0].resources | [.[].data | values | .[]] | unique" '["***"]'
json "$of | map(select(.type == \"secrets\"))[0].resources | [.[].metadata.annotations // {} | .[\"kubectl.kubernetes.io/last-applied-configuration\"] // empty] | unique" '["***"]'
jq -r '.items[].data // {} | .[]' "$KUBE_CORPUS/recorded/prod-eu/api__v1__secrets.json" | sort -u >"$WORK/values"
_values_are_nowhere() {
	[ -s "$WORK/values" ] || return 1
	while read -r value; do
		! grep -rlF -e "$value" "$WORK/body" "$STATE/callboard.log" "$STATE/index.snapshot" 2>/dev/null || return 1
	done <"$WORK/values"
}
ok 'no value of a secret is in an answer or the log' _values_are_nowhere
ok 'no token of a cluster is in the log' sh -c "! grep -E 'token-of-(prod|staging|modern)|user-of-' '$STATE/callboard.log'"

# ---- selectors ----
objects trainer
json "[${of}[] | select(.type == \"pods\").resources[].metadata.name]" '["ranking-trainer"]'
objects in-search
json '[.items[] | select(.cluster.name == "prod-eu" or .cluster.name == "staging-eu")]' '[]'
objects nothing-there
json '[.items[].cluster.name]' '["for-users"]'
objects badly
is_status 400
has backstage.io/kubernetes-namespace

# ---- pieces ----
findings checkout-ui
json '[.items[] | select(.cluster.name == "chunky" or .cluster.name == "prod-eu") | [.resources[] | select(.type == "pods").resources[].metadata.name] | sort] | unique | length' 1
ok 'a list in pieces is followed' test "$(kube_seen chunky '[.paths[] | select(test("continue="))] | length')" -gt 0
kube_mode chunky expire
findings shop system
json '[.items[] | select(.cluster.name == "chunky") | .state] | unique' '["fresh"]'
json '[.items[] | select((.cluster.name == "chunky" or .cluster.name == "prod-eu") and (.selector | test(" in "))) | [.resources[] | select(.type == "pods").resources[].metadata.name] | sort] | unique | length' 1
kube_mode chunky ok

# ---- a system: all its parts in one question ----
json '.items[] | select(.cluster.name == "prod-eu" and (.selector | test(" in "))) | [.resources[] | select(.type == "deployments").resources[].metadata.name] | sort' \
	'["checkout-ui","payments-api","payments-worker","search-api"]'

# ---- all clusters, by whom it concerns ----
get '/api/kubernetes/findings?wait=20000'
is_status 200
json '[.items[] | select(.cluster.name == "staging-eu").findings[] | select(.id == "container-crash-loop" and .object.kubernetesId == "payments-api") | .entity] | unique' \
	'[{"ref":"component:default/payments-api","title":"payments-api","owner":"group:default/team"}]'
json_true '[.items[].findings[] | select(.object.kubernetesId == "ledger")] | length > 0'
lacks '"resources"'
as narrow-token-0123456789abcdef
get '/api/kubernetes/findings?wait=20000'
is_status 200
json '[.items[].findings[].entity.ref] | unique' '["component:default/checkout-ui","component:default/payments-worker"]'
objects payments-api && is_status 404
as tests

# ---- other routes ----
post /api/kubernetes/services/payments-api '{"entity":{"kind":"Component","metadata":{"name":"payments-api"}},"auth":{}}'
json '[.items[] | select(.cluster.name == "prod-eu").resources[] | select(.type == "pods").resources[]] | length' 3
post /api/kubernetes/resources/custom/query \
	'{"entityRef":"component:default/payments-api","auth":{},"customResources":[{"group":"platform.example.com","apiVersion":"v1","plural":"messagequeues"}]}'
json '.items[] | select(.cluster.name == "prod-eu") | .resources | map([.type, (.resources | length)])' '[["customresources",1]]'
post /api/kubernetes/resources/custom/query '{"entityRef":"component:default/payments-api","auth":{},"customResources":[]}' && is_status 400
has 'at least 1 customResource is required'
post /api/kubernetes/resources/custom/query '{"entityRef":"component:default/payments-api","auth":{},"customResources":[{"group":"..","apiVersion":"v1","plural":"x"}]}' && is_status 400
post /api/kubernetes/resources/workloads/query '{}' && is_status 400
post /api/kubernetes/resources/workloads/query '{"entityRef":"::"}' && is_status 400
post /api/kubernetes/resources/workloads/query '{"entityRef":"component:default/not-there"}' && is_status 404
post /api/kubernetes/services/x '{}' && is_status 400
get /api/kubernetes/clusters/status
json '[.items[] | select(.name == "prod-eu").state]' '["ok"]'

# ---- who may ----
as reader
for path in clusters clusters/status proxy/version; do
	get /api/kubernetes/$path && is_status 403 && lacks prod-eu
done
objects payments-api && is_status 403 && lacks prod-eu
findings payments-api && is_status 403 && lacks prod-eu
as nobody
get /api/kubernetes/clusters && is_status 401 && lacks prod-eu
objects payments-api && is_status 401 && lacks prod-eu

unharmed
done_testing
