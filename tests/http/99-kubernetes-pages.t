#!/bin/sh
# Kubernetes in pages: what is wrong first, an object, a log, what may be done, all clusters; and what nobody sees.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/kube.sh
kube_servers

# A resource that is a cluster, and its annotations, as lines.
cluster_entity() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata:\n  name: %s\n  annotations:\n    x: y\n' "$1"
	shift
	for line; do
		printf '    %s\n' "$line"
	done
	printf 'spec: {type: kubernetes-cluster, owner: team}\n'
}

{
	kube_config
	cat <<-YAML
		kubernetes:
		  frontend: {podDelete: {enabled: true}}
		  refreshInterval: {seconds: 30}
		  timeout: {seconds: 3}
		  objectTypes: [pods, services, configmaps, resourcequotas, deployments, replicasets, statefulsets, daemonsets,
		    horizontalpodautoscalers, jobs, cronjobs, ingresses, secrets]
		  customResources: [{group: platform.example.com, apiVersion: v1, plural: messagequeues},
		    {group: argoproj.io, apiVersion: v1alpha1, plural: rollouts}]
		  clusterLocatorMethods:
		    - type: config
		      clusters:
	YAML
	kube_cluster prod-eu 'title: "Production <b>"' 'dashboardUrl: https://dash.example.com/'
	kube_cluster staging-eu
	kube_cluster modern 'dashboardApp: gke' 'dashboardParameters: {projectId: shop, region: eu, clusterName: "a&b"}'
	kube_cluster badcert
	kube_cluster chunky
} >"$WORK/app-config.yaml"
{
	for name in payments-api payments-worker ledger storefront; do
		kube_entity $name "backstage.io/kubernetes-id: $name"
	done
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: bare}\nspec: {type: service, lifecycle: production, owner: team}\n'
	kube_entity crowd 'backstage.io/kubernetes-id: crowd'
	cluster_entity prod-eu
	cluster_entity inside 'kubernetes.io/api-server: https://10.0.0.1' 'kubernetes.io/auth-provider: oidc'
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: shop}\nspec: {owner: team}\n'
} >"$WORK/entities.yaml"
kube_mode chunky hang
own_stack "$WORK/app-config.yaml"
as tests
becomes component:default/bare .kind
becomes component:default/ledger .kind

page() {
	get "/catalog/default/component/$1/kubernetes"
}
shows() {
	page "$1" && grep -q "$2" "$WORK/body"
}

# ---- the tab ----
get /catalog/default/component/payments-worker
is_status 200
has 'href="/catalog/default/component/payments-worker/kubernetes"'
has 'data-later="/catalog/default/component/payments-worker/kubernetes/card"'
has 'href="/kubernetes"'
get /catalog/default/component/bare && lacks '/kubernetes/card' && lacks 'bare/kubernetes'
page bare
is_status 200
has 'backstage.io/kubernetes-id: bare'
page nobody && is_status 404

# A cluster that hangs keeps nobody waiting: what the others say comes first.
eventually 30 shows payments-worker 'Container crashes again and again'
page payments-worker
is_status 200
header cache-control no-store
has 'What is wrong'
has 'exit'
has 'previous log'
has 'Production &lt;b&gt;'
has 'differs'
has 'payments-worker-w5ct79xsvq-mc74l'
has 'object=Pod/payments-worker-w5ct79xsvq-mc74l'
lacks 'javascript:'
lacks token-of
eventually 30 shows payments-worker 'does not answer'
ok 'a page does not wait for a cluster that hangs' test "$(curl -s -o /dev/null -w '%{time_total}' -H "Authorization: Bearer $as" \
	"$URL/catalog/default/component/payments-worker/kubernetes" | cut -d. -f1)" = 0
eventually 30 shows payments-api MessageQueue
eventually 30 shows payments-api '<meter'
page payments-api
has '3 of 3'
has 'MessageQueue'
has 'TLS'
has '<meter'
lacks 'Container ran out of memory'
part_shows() {
	get /catalog/default/system/shop/kubernetes && grep -q "$1" "$WORK/body"
}
eventually 30 part_shows 'Container ran out of memory'
get /catalog/default/system/shop/kubernetes
is_status 200
has 'Container crashes again and again'
has 'Container ran out of memory'

# ---- rollouts of Argo, cron jobs, routes, many pods ----
eventually 30 shows storefront 'Pause until it is promoted'
page storefront
has '4 of 6 steps done'
has '50 % of the traffic'
has 'CanaryPauseStep'
has 'storefront-bbb'
has 'Analysis error-rate'
has 'object=Rollout/storefront'
has 'at 04:30 on weekdays'
has '(Europe/Berlin)'
has '3 min 0 s'
eventually 30 shows payments-api 'pay.example.com/v2/refunds'
page payments-api
has 'href="https://pay.example.com/v2/refunds"'
has 'refunds-api:http'
has 'CPU 41 % of 80 %'
eventually 30 shows crowd '50 of 1,200'
page crowd
has crowd-wide # an object with a thousand members, beside which others are seen too
ok 'many pods make no large page' test "$(wc -c <"$WORK/body")" -lt 150000
has 'href="/catalog/default/component/crowd/kubernetes?pods=all"'
get '/catalog/default/component/crowd/kubernetes?pods=all'
is_status 200
has 'crowd-1199'
lacks 'Show all'

card_shows() {
	get /catalog/default/component/payments-worker/kubernetes/card
	grep -q "$1" "$WORK/body"
}
eventually 30 card_shows errors
is_status 200
has 'errors'
lacks '<html'

# ---- an object ----
at='cluster=prod-eu&ns=team-payments'
pod=payments-worker-w5ct79xsvq-mc74l
object() {
	get "/catalog/default/component/$1/kubernetes/object?$2"
}
object payments-worker "$at&object=Pod/$pod"
is_status 200
has 'Containers'
has 'CrashLoopBackOff'
has 'BackOff'
has 'apiVersion: v1'
has 'With managed fields'
has 'Delete this pod'
lacks 'managedFields'
object payments-worker "$at&object=Pod/$pod&managed=1"
is_status 200
has 'Without managed fields'
has 'managedFields'
object payments-worker "$at&object=Deployment/payments-worker"
is_status 200
has 'apps/v1'
lacks 'Restart payments-worker'
object payments-api "$at&object=Secret/payments-api"
is_status 200
has '***'
jq -r '.items[] | select(.metadata.name == "payments-api") | .data[], (.data[] | @base64d)' "$KUBE_CORPUS/recorded/prod-eu/api__v1__secrets.json" |
	grep . >"$WORK/secrets"
ok 'the recording has secrets' test -s "$WORK/secrets"
ok 'no value of a secret is in the page' sh -c "! grep -qFf '$WORK/secrets' '$WORK/body'"
object payments-api "$at&object=Pod/$pod" && is_status 404
object payments-worker "$at&object=Pod" && is_status 400
object payments-worker "ns=team-payments&object=Pod/$pod" && is_status 400
object payments-worker "cluster=nowhere&ns=team-payments&object=Pod/$pod" && is_status 404
object payments-worker "$at&object=Pod/$pod&managed=1&x=1" && is_status 400
object payments-worker "cluster=chunky&ns=team-payments&object=Pod/$pod" && is_status 503

# What owns it, up to the last; where the dashboard shows it.
object payments-worker "$at&object=Pod/$pod"
has 'object=ReplicaSet/payments-worker-w5ct79xsvq'
has 'object=Deployment/payments-worker"'
has 'https://dash.example.com/#/pod/team-payments/'
object payments-worker "$at&object=Deployment/payments-worker"
has "object=Pod/$pod"
object storefront 'cluster=modern&ns=team-payments&object=Rollout/storefront'
is_status 200
has 'Pause until it is promoted'
has 'https://console.cloud.google.com/kubernetes/clusters/details/eu/a%26b/details?project=shop'
object storefront 'cluster=modern&ns=team-payments&object=CronJob/storefront-sitemap'
is_status 200
has 'storefront-sitemap-29384'
has 'Next run'
findings payments-worker
is "$(jq -r --arg pod "$pod" '[.items[] | select(.cluster.name == "prod-eu") | .findings[] | select(.object.name == $pod) | .object.dashboard][0]' "$WORK/body")" \
	"https://dash.example.com/#/pod/team-payments/$pod?namespace=team-payments" 'findings name the page of the dashboard'

# ---- its log ----
logs() {
	get "/catalog/default/component/payments-worker/kubernetes/log?$at&pod=$pod$1"
}
logs ''
is_status 200
has 'line one'
has '&lt;b&gt;line two&lt;/b&gt;'
lacks '<b>line two'
logs '&find=LINE%20TWO'
has 'line two'
lacks '>line one'
logs '&previous=1&tail=2000' && is_status 200
ok 'the cluster is asked for the log of before' test "$(kube_seen prod-eu '[.paths[] | select(test("tailLines=2000.*previous=true"))] | length')" = 1
get "/catalog/default/component/payments-worker/kubernetes/log/text?$at&pod=$pod&download=1"
is_status 200
has '<b>line two'
header_has content-type text/plain
header_has content-security-policy sandbox
header_has content-disposition attachment
logs '&container=nobody' && is_status 404
logs '&container=..%2f..' && is_status 404
get "/catalog/default/component/payments-api/kubernetes/log?$at&pod=$pod" && is_status 404

# ---- what may be done ----
do_it() {
	_what=$1
	shift
	get /catalog/default/component/payments-worker
	csrf=$(sed -n 's/.*name="csrf" content="\([^"]*\)".*/\1/p' "$WORK/body")
	post_form "/catalog/default/component/payments-worker/kubernetes/$_what" "_csrf=$csrf" cluster=prod-eu ns=team-payments "$@"
}
kube_clear
do_it restart type=Deployment workload=payments-worker && is_status 403
has 'kubernetes.frontend.restart.enabled'
do_it delete-pod pod=payments-api-nope && is_status 404
is "$(kube_seen prod-eu .changes)" '[]' 'what is not enabled, or of others, is not done'
do_it delete-pod pod="$pod"
is_status 303
is "$(kube_seen prod-eu .changes)" "[\"DELETE /api/v1/namespaces/team-payments/pods/$pod \"]" 'the pod is deleted'

# ---- all clusters ----
all() {
	get "/kubernetes$1" && is_status 200
}
fleet_has() {
	get /kubernetes && grep -q "$1" "$WORK/body"
}
eventually 30 fleet_has 'Container ran out of memory'
eventually 30 fleet_has 'certificate'
all ''
has 'Production &lt;b&gt;'
has 'does not answer'
has 'href="/catalog/default/group/team"'
all '?team=group:default/team&severity=error'
has 'Container crashes again and again'
lacks 'Quota is nearly used up'
all '?team=none'
lacks 'Container ran out of memory'
all '?cluster=staging-eu&severity=warning'
lacks 'Container crashes again and again</strong>'
get '/kubernetes?severity=loud' && is_status 400
get '/kubernetes?x=1' && is_status 400

# ---- a cluster that is a resource ----
cluster_page() {
	get "/catalog/default/resource/$1/kubernetes/cluster" && is_status 200
}
get /catalog/default/resource/prod-eu && has 'href="/catalog/default/resource/prod-eu/kubernetes/cluster"'
cluster_page prod-eu
has 'answers'
has 'v1.20'
has 'the configuration'
has 'href="/catalog/default/group/team"'
has 'href="/catalog/default/component/ledger"'
cluster_page inside
has 'kubernetes.io/api-server-certificate-authority'
has '10.0.0.1 is no public address'
lacks 'kubernetes.io/auth-provider</code>'
get /catalog/default/component/ledger/kubernetes/cluster && is_status 404
get /catalog/default/component/ledger && lacks 'kubernetes/cluster'

# ---- who may not ----
as reader
get /catalog/default/component/payments-worker
is_status 200
lacks kubernetes
for path in '' /card "/object?$at&object=Pod/$pod" "/log?$at&pod=$pod" "/log/text?$at&pod=$pod"; do
	get "/catalog/default/component/payments-worker/kubernetes$path"
	is_status 403
	lacks prod-eu\<
	lacks 'Production'
done
get /kubernetes && is_status 403
lacks Production
get /catalog/default/resource/prod-eu && lacks kubernetes/cluster
get /catalog/default/resource/prod-eu/kubernetes/cluster && is_status 403

unharmed
done_testing
