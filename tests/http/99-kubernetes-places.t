#!/bin/sh
# Clusters of the catalog, of the place the portal runs in, and which of them an entity runs in; the proxy; what is refused.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/kube.sh
kube_servers

# ---- what nothing starts with ----
bad() {
	_want=$1
	{
		kube_config
		printf 'kubernetes:\n'
		sed 's/^/  /'
	} >"$WORK/bad.yaml"
	run --config "$WORK/bad.yaml" config check
	is_exit 1
	says "$_want"
}
: >"$WORK/entities.yaml"
good='name: a, url: "https://a.example.com", authProvider: serviceAccount, serviceAccountToken: x'
bad "there are two clusters with the name 'a'" <<YAML
clusterLocatorMethods: [{type: config, clusters: [{$good}, {$good}]}]
YAML
bad "type 'gke' is not supported" <<YAML
clusterLocatorMethods: [{type: gke, projectId: x}]
YAML
bad "authProvider 'aws' is not supported" <<YAML
clusterLocatorMethods: [{type: config, clusters: [{name: a, url: "https://a.example.com", authProvider: aws}]}]
YAML
bad 'serviceAccountToken or serviceAccountTokenFile is missing' <<YAML
clusterLocatorMethods: [{type: config, clusters: [{name: a, url: "https://a.example.com", authProvider: serviceAccount}]}]
YAML
bad "url 'file:///etc/passwd' is not the address of an API server" <<YAML
clusterLocatorMethods: [{type: config, clusters: [{name: a, url: "file:///etc/passwd", authProvider: oidc, oidcTokenProvider: x}]}]
YAML
bad 'KUBERNETES_SERVICE_HOST is not set' <<YAML
clusterLocatorMethods: [{type: inCluster}]
YAML
bad 'caData is neither PEM nor base64 of it' <<YAML
clusterLocatorMethods: [{type: config, clusters: [{$good, caData: "no"}]}]
YAML
bad 'serviceLocatorMethod.type must be' <<YAML
serviceLocatorMethod: {type: everywhere}
clusterLocatorMethods: [{type: config, clusters: [{$good}]}]
YAML
bad 'customResources[0] must have group, apiVersion and plural' <<YAML
customResources: [{group: "a/b", apiVersion: v1, plural: x}]
clusterLocatorMethods: [{type: config, clusters: [{$good}]}]
YAML

# ---- a portal in a cluster, with clusters of the catalog ----
resource() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata:\n  name: %s\n  annotations:\n' "$1"
	printf '    kubernetes.io/api-server: %s\n    kubernetes.io/auth-provider: %s\n' "$2" "$3"
	printf '    kubernetes.io/api-server-certificate-authority: %s\n' "$(base64 -w0 "$KUBE/ca.pem")"
	[ -z "${4:-}" ] || printf '    %s\n' "$4"
	printf 'spec: {type: kubernetes-cluster, owner: team}\n'
}
mkdir "$WORK/account"
cp "$KUBE/ca.pem" "$WORK/account/ca.crt"
printf 'token-of-prod-eu' >"$WORK/account/token"
KUBERNETES_SERVICE_HOST=127.0.0.1
KUBERNETES_SERVICE_PORT=$(kube_url prod-eu | sed 's/.*://')
export KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT
staging=$(kube_url staging-eu)
{
	kube_config | sed "s|^backend:|backend:\n  reading: {allow: [{host: \"${staging#https://}\"}]}|"
	cat <<-YAML
		kubernetes:
		  serviceLocatorMethod: {type: catalogRelation}
		  clusterLocatorMethods:
		    - {type: inCluster, name: home, directory: $WORK/account}
		    - type: catalog
	YAML
} >"$WORK/app-config.yaml"
{
	kube_entity payments-api 'backstage.io/kubernetes-id: payments-api' |
		sed 's/system: shop/dependsOn: ["resource:home", "resource:allowed", "resource:inside"]/'
	kube_entity payments-worker 'backstage.io/kubernetes-id: payments-worker'
	resource allowed "$staging" oidc 'kubernetes.io/oidc-token-provider: okta'
	resource inside "$(kube_url modern)" google
	resource metadata http://169.254.169.254/latest google
	resource steals "$(kube_url chunky)" serviceAccount
	resource odd 'not an address' oidc
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata: {name: database}\nspec: {type: database, owner: team}\n'
} >"$WORK/entities.yaml"
own_stack "$WORK/app-config.yaml"
as tests
becomes resource:default/database .kind

get /api/kubernetes/clusters
json '[.items[].name] | sort' '["allowed","home","inside"]'
json '.items[] | select(.name == "allowed")' '{"name":"allowed","authProvider":"oidc","oidcTokenProvider":"okta"}'
objects payments-api '{"oidc":{"okta":"user-of-staging-eu"},"google":"user-of-modern"}'
is_status 200
json '[.items[] | select(.cluster.name == "home").resources[] | select(.type == "pods").resources[]] | length' 3
json '[.items[] | select(.cluster.name == "allowed").resources[] | select(.type == "pods").resources[]] | length > 0' true
json_true '.items[] | select(.cluster.name == "inside") | .errors[0].message | test("not a public address")'
is "$(kube_seen modern .requests)" 0 'an entity leads nobody to a private address'
is "$(kube_seen chunky .requests)" 0 'nor does it get the token of a service account'
is "$(kube_seen staging-eu .tokens)" '["user-of-staging-eu"]' 'the token of a user is sent where the entity says'
is "$(kube_seen prod-eu .tokens)" '["token-of-prod-eu"]' 'the token of the account stays at home'
objects payments-worker
json '.items' '[]'

# ---- the proxy ----
proxy() {
	_method=$1 _path=$2
	shift 2
	ask "$_method" "/api/kubernetes/proxy$_path" -H 'Backstage-Kubernetes-Cluster: home' "$@"
}
proxy GET '/api/v1/namespaces/team-payments/pods?limit=2'
is_status 200
json '.items | length' 2
header_has content-security-policy sandbox
header x-accel-buffering ''
proxy GET /version && json .gitVersion v1.20.2
proxy GET /apis/apps/v1/namespaces/team-payments/deployments/missing && is_status 404
proxy PATCH /apis/apps/v1/namespaces/team-payments/deployments/x -H 'Content-Type: application/merge-patch+json' -d '{"spec":{}}'
json '[.method, .body, .type]' '["PATCH","{\"spec\":{}}","application/merge-patch+json"]'
proxy DELETE /api/v1/namespaces/team-payments/pods/x && json .method DELETE
proxy POST /api/v1/namespaces/team-payments/pods -H 'Content-Type: application/json' -d '{"a":1}' && json .body '{"a":1}'
proxy GET /api/v1/pods -H 'Backstage-Kubernetes-Authorization: Bearer not-good' && is_status 401
ask GET /api/kubernetes/proxy/version -H 'Backstage-Kubernetes-Cluster: nowhere' && is_status 404
has "Cluster 'nowhere' not found"
ask GET /api/kubernetes/proxy/version && is_status 404
ask GET /api/kubernetes/proxy/version -H 'Backstage-Kubernetes-Cluster: allowed' && is_status 401
ask GET /api/kubernetes/proxy/version -H 'Backstage-Kubernetes-Cluster: allowed' \
	-H 'Backstage-Kubernetes-Authorization-oidc-okta: user-of-staging-eu' && is_status 200
ask GET /api/kubernetes/proxy/version -H 'Backstage-Kubernetes-Cluster: inside' \
	-H 'Backstage-Kubernetes-Authorization-google: user-of-modern' && is_status 502
lacks 127.0.0.1
is "$(kube_seen modern .requests)" 0 'the proxy goes to no private address either'
for path in /api/v1/secrets /api/v1/namespaces/team-payments/secrets/payments-api /api/v1/namespaces/team-payments/%73ecrets \
	/api/v1/namespaces/team-payments/%2573ecrets /api/v1/watch/namespaces/x/Secrets '/api/v1/namespaces/x/configmaps%2f..%2fsecrets'; do
	proxy GET "$path" --path-as-is
	ok "$path is refused" test "$STATUS" -ge 400 -a "$STATUS" -le 404
done
proxy GET /api/v1/../../etc --path-as-is && is_status 404
ok 'a log that is followed comes as it is written' sh -c "timeout 3 curl -sN -H 'Authorization: Bearer $as' \
	-H 'Backstage-Kubernetes-Cluster: home' '$URL/api/kubernetes/proxy/api/v1/namespaces/team-payments/pods/x/log?follow=true' |
	grep -q more"
# ---- one object of an entity ----
at='component/default/payments-api?cluster=home&ns=team-payments'
pod=$(jq -r '[.items[] | select(.metadata.labels.app == "payments-api")][0].metadata.name' "$KUBE_CORPUS/recorded/prod-eu/api__v1__pods.json")
other=$(jq -r '[.items[] | select(.metadata.labels.app == "ledger")][0].metadata.name' "$KUBE_CORPUS/recorded/prod-eu/api__v1__pods.json")
kube_clear
get "/api/kubernetes/logs/$at&pod=$pod&container=api&previous=true&tail=20&download=1"
is_status 200
has 'line two'
header_has content-type text/plain
header_has content-security-policy sandbox
header content-disposition "attachment; filename=\"$pod-api.log\""
is "$(kube_seen prod-eu '[.paths[] | select(test("/log"))] | map(sub(".*/log"; ""))')" '["?tailLines=20&container=api&previous=true"]' 'the log is asked for so'
get "/api/kubernetes/logs/$at&pod=$other" && is_status 404
get "/api/kubernetes/logs/$at&pod=..%2f..%2fsecrets" && is_status 400
get "/api/kubernetes/logs/$at&pod=$pod&container=a%26b" && is_status 400
get "/api/kubernetes/logs/component/default/payments-worker?cluster=home&ns=team-payments&pod=$pod" && is_status 404
delete "/api/kubernetes/pods/$at&pod=$other" && is_status 404
is "$(kube_seen prod-eu .changes)" '[]' 'nothing is changed that belongs to others'
delete "/api/kubernetes/pods/$at&pod=$pod" && is_status 204
post "/api/kubernetes/restart/$at&type=deployments&workload=payments-api" '{}' && is_status 204
is "$(kube_seen prod-eu '.changes | map(sub("\\d{4}-.*Z"; "NOW"))')" \
	"[\"DELETE /api/v1/namespaces/team-payments/pods/$pod \",\"PATCH /apis/apps/v1/namespaces/team-payments/deployments/payments-api {\\\"spec\\\":{\\\"template\\\":{\\\"metadata\\\":{\\\"annotations\\\":{\\\"kubectl.kubernetes.io/restartedAt\\\":\\\"NOW\\\"}}}}}\"]" \
	'what is done is what was asked for'
post "/api/kubernetes/restart/$at&type=secrets&workload=payments-api" '{}' && is_status 400
as reader
delete "/api/kubernetes/pods/$at&pod=$pod" && is_status 403
get "/api/kubernetes/logs/$at&pod=$pod" && is_status 403
proxy GET /version && is_status 403
as tests

# ---- who did what, to what, with what outcome ----
kube_fails prod-eu "{\"/api/v1/namespaces/team-payments/pods/$pod\":{\"status\":403}}"
delete "/api/kubernetes/pods/$at&pod=$pod" && is_status 403
kube_fails prod-eu '{}'
as reader
post "/api/kubernetes/restart/$at&type=deployments&workload=payments-api" '{}' && is_status 403
proxy DELETE /api/v1/namespaces/team-payments/pods/x && is_status 403
as tests
audited() {
	mariadb --no-defaults -N -B --socket="$STATE/mariadb.sock" callboard -e "SELECT CONCAT_WS(' ', event, severity, status, actor, method,
		JSON_VALUE(meta, '\$.cluster'), JSON_VALUE(meta, '\$.object'), JSON_VALUE(meta, '\$.path'), JSON_VALUE(meta, '\$.statusCode'))
		FROM audit WHERE plugin = 'kubernetes' AND $1 ORDER BY id"
}
is "$(audited "event = 'pods-mutate' AND url LIKE '%pod=$pod'")" "pods-mutate medium succeeded tests DELETE home pods/team-payments/$pod 204
pods-mutate high failed reader DELETE 403
pods-mutate high failed tests DELETE home pods/team-payments/$pod 403" 'pods that are deleted, also those that a cluster refuses'
is "$(audited "event = 'workloads-mutate' AND url LIKE '%=deployments&workload=payments-api'")" \
	'workloads-mutate medium succeeded tests POST home deployments/team-payments/payments-api 204
workloads-mutate high failed reader POST 403' 'workloads that are restarted'
is "$(audited "event <> 'access-denied' AND url LIKE '/api/kubernetes/proxy/%/pods/x'")" \
	'proxy low succeeded tests DELETE home /api/v1/namespaces/team-payments/pods/x 200
proxy high failed reader DELETE home 403' 'what goes through the proxy'
is "$(audited "url LIKE '%/resources/%' OR url = '/api/kubernetes/clusters'")" '' 'reading is no row'
read_lines() { grep '"isAuditEvent":true' "$STATE/callboard.log" | jq -rc 'select(.eventId | test("-fetch$")) | [.message, .severityLevel, .status, .meta.queryType, .meta.entityRef, .level]'; }
is "$(read_lines)" '' 'nor a line, as long as nobody wants it'
sed -i 's|^backend:|backend:\n  auditor: {severityLogLevelMappings: {low: info}}|' "$WORK/app-config.yaml"
own_reload
get /api/kubernetes/clusters
objects payments-worker
objects nobody-there
get /catalog/default/component/payments-api/kubernetes
is "$(read_lines)" '["kubernetes.cluster-fetch","low","succeeded","all",null,"info"]
["kubernetes.resource-fetch","low","succeeded","workloads","component:default/payments-worker","info"]
["kubernetes.resource-fetch","low","failed","workloads","component:default/nobody-there","info"]' 'then there is one for each question of a client, and none for pages'

run --config "$WORK/app-config.yaml" config check
is_exit 0

unharmed
done_testing
