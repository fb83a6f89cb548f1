#!/bin/sh
# A shell in a container, as a page opens it: whose pods, for which pages, and what is told instead.
# shellcheck disable=SC2317 # functions are called by ok and eventually
export WAIT=60
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/kube.sh
kube_servers

config() {
	kube_config | sed 's,guest: null,guest: {},'
	cat <<-YAML
		permission: {rbac: {admin: {users: [{name: user:default/guest}]}}}
		kubernetes:
		  frontend: {podExec: {enabled: $1}}
		  clusterLocatorMethods:
		    - type: config
		      clusters:
	YAML
	kube_cluster prod-eu
}
config false >"$WORK/app-config.yaml"
{
	kube_entity payments-api 'backstage.io/kubernetes-id: payments-api'
	kube_entity ledger 'backstage.io/kubernetes-id: ledger'
} >"$WORK/entities.yaml"
own_stack "$WORK/app-config.yaml"
as tests
becomes component:default/payments-api .kind
becomes component:default/ledger .kind
pod=$(jq -r '[.items[] | select(.metadata.labels.app == "payments-api")][0].metadata.name' "$KUBE_CORPUS/recorded/prod-eu/api__v1__pods.json")
page="/catalog/default/component/payments-api/kubernetes/shell"
at="?cluster=prod-eu&ns=team-payments&pod=$pod"
connect="$page/connect$at&container=api"

shell() {
	_at=$1
	shift
	node tests/fixtures/shell.mjs "$URL$_at" "$@" >"$WORK/heard" 2>&1
}
hears() {
	ok "it is said: $1" grep -qF -- "$1" "$WORK/heard"
	grep -qF -- "$1" "$WORK/heard" || cut -c1-600 "$WORK/heard" | sed 's/^/# /'
}
events() {
	CALLBOARD_STATE=$STATE mariadb --no-defaults -N -S "$STATE/mariadb.sock" -uroot callboard -e "$1"
}
_finds() {
	get "$page$at"
	[ "$STATUS" = "$1" ]
}

# ---- off unless the configuration says so ----
as nobody
get "$page$at" && is_status 403
has 'podExec.enabled is not set'
shell "$connect" -H "Origin: $URL"
hears 'status 403'
get "/catalog/default/component/payments-api/kubernetes"
lacks 'Shell in'

config true >"$WORK/app-config.yaml"
own_reload
ok 'the page is there' eventually 20 _finds 200
has "data-connect=\"$page/connect?cluster=prod-eu&amp;ns=team-payments&amp;pod=$pod&amp;container=api\""
has '<noscript>'
get "/catalog/default/component/payments-api/kubernetes/object?cluster=prod-eu&ns=team-payments&object=Pod/$pod"
has 'aria-label="Shell in api"'
get "$page$at&container=none" && has 'The container none does not run'

# ---- a shell ----
shell "$connect" -H "Origin: $URL" -H 'Sec-Fetch-Site: same-origin' 'sees $ ' 'type echo hello\r' 'sees hello' 'sees hello' 'type exit\r' gone
hears 'status 101'
hears '"status":"Success"'
is "$(kube_seen prod-eu '.exec.asked[0].query | split("&")[0:4]')" '["?container=api","stdin=true","stdout=true","tty=true"]' 'it is a terminal'
is "$(kube_seen prod-eu '.exec.asked[0].query | @uri "\(.)" | test("TERM")')" true 'what is started is the portal'"'"'s to say'
shell "$connect&command=reboot" -H "Origin: $URL" 'sees $ '
is "$(kube_seen prod-eu '[.exec.asked[].query | select(test("reboot"))]')" '[]' 'and not the client'"'"'s'
ended() {
	[ "$(events "SELECT COUNT(*) FROM audit WHERE event = 'pods-exec-end'")" = "$1" ]
}
ok 'that it has ended is written down' eventually 10 ended 2
is "$(events "SELECT CONCAT_WS(' ', event, actor, JSON_VALUE(meta, '\$.cluster'), JSON_VALUE(meta, '\$.object'), JSON_VALUE(meta, '\$.container'), JSON_VALUE(meta, '\$.permission')) FROM audit WHERE event LIKE 'pods-exec%' ORDER BY id LIMIT 2" | sed "s/$pod/POD/" | paste -sd,)" \
	'pods-exec user:default/guest prod-eu pods/team-payments/POD api kubernetes.pods.exec,pods-exec-end user:default/guest prod-eu pods/team-payments/POD api kubernetes.pods.exec' \
	'who was in which container'
is "$(events "SELECT COUNT(*) FROM audit WHERE CONCAT(url, meta, error) LIKE '%hello%'")" 0 'what was typed is not'

# ---- for pages of ours ----
kube_clear
for origin in http://evil.example "http://127.0.0.1:1" null; do
	shell "$connect" -H "Origin: $origin"
	hears 'status 403'
done
shell "$connect"
hears 'status 403'
shell "$connect" -H "Origin: $URL" -H 'Sec-Fetch-Site: cross-site'
hears 'status 403'
shell "$connect" -H "Origin: http://evil.example" -H 'Authorization: Bearer token-that-may-only-read-0123456789'
hears 'status 403'
shell "/catalog/default/component/ledger/kubernetes/shell/connect$at&container=api" -H "Origin: $URL"
hears 'status 404'
shell "$page/connect?cluster=nowhere&ns=team-payments&pod=$pod&container=api" -H "Origin: $URL"
hears 'status 404'
shell "$page/connect?cluster=prod-eu&ns=team-payments&pod=..%2fsecrets&container=api" -H "Origin: $URL"
hears 'status 400'
get "$connect" && is_status 400
is "$(kube_seen prod-eu .exec.asked)" '[]' 'the cluster has opened nothing'

# ---- what a page can be told ----
kube_mode prod-eu no-exec
shell "$connect" -H "Origin: $URL" gone
hears 'status 101'
hears 'protocol v4.channel.k8s.io'
hears "closed 4403 cluster 'prod-eu' answered with status 403: pods is forbidden"
kube_mode prod-eu no-upgrade
shell "$connect" -H "Origin: $URL" gone
hears "closed 4200 cluster 'prod-eu' answered with status 200: what is this?"
kube_mode prod-eu ok

unharmed
done_testing
