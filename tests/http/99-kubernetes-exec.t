#!/bin/sh
# Connections that are taken over: exec through the proxy, as Backstage's own terminal does it; who may not, and how they end.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
# Many of them at once take their time.
export WAIT=120
. tests/fixtures/kube.sh
kube_servers
reader='token-that-may-only-read-0123456789'
token='token-of-the-tests-0123456789'

resource() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata:\n  name: %s\n  annotations:\n' "$1"
	printf '    kubernetes.io/api-server: %s\n    kubernetes.io/auth-provider: %s\n' "$2" "$3"
	printf '    kubernetes.io/api-server-certificate-authority: %s\n' "$(base64 -w0 "$KUBE/ca.pem")"
	printf 'spec: {type: kubernetes-cluster, owner: team}\n'
}
config() {
	kube_config
	cat <<-YAML
		server: {$1}
		kubernetes:
		  clusterLocatorMethods:
		    - type: catalog
		    - type: config
		      clusters:
	YAML
	kube_cluster prod-eu
	kube_cluster staging-eu
	kube_cluster badcert
	printf '        - {name: away, url: "https://127.0.0.1:1", authProvider: serviceAccount, serviceAccountToken: x}\n'
	printf '        - {name: certified, url: "%s", authProvider: clientCertificate, caFile: %s, clientCertificateFile: %s, clientKeyFile: %s}\n' \
		"$(kube_url modern)" "$KUBE/ca.pem" "$KUBE/client.pem" "$KUBE/client.key"
	printf '        - {name: theirs, url: "%s", authProvider: google, caFile: %s}\n' "$(kube_url chunky)" "$KUBE/ca.pem"
}
config 'tunnelsPerUser: 8' >"$WORK/app-config.yaml"
{
	kube_entity payments-api 'backstage.io/kubernetes-id: payments-api'
	resource inside "$(kube_url big-1)" google
} >"$WORK/entities.yaml"
own_stack "$WORK/app-config.yaml"
as tests
becomes resource:default/inside .kind

pod=$(jq -r '[.items[] | select(.metadata.labels.app == "payments-api")][0].metadata.name' "$KUBE_CORPUS/recorded/prod-eu/api__v1__pods.json")
exec_path="/api/kubernetes/proxy/api/v1/namespaces/team-payments/pods/$pod/exec"
exec_query='?container=api&stdin=true&stdout=true&stderr=true&tty=true&command=%2Fbin%2Fsh'
# shell CLUSTER [ARGUMENT]...: with the token of the tests; what it says is left in $WORK/heard.
shell_at() {
	_at=$1
	shift
	node tests/fixtures/shell.mjs "$URL$_at" "$@" >"$WORK/heard" 2>&1
}
shell() {
	_cluster=$1
	shift
	shell_at "$exec_path$exec_query" -H "Authorization: Bearer $token" -H "Backstage-Kubernetes-Cluster: $_cluster" "$@"
}
said() {
	ok "it is said: $1" grep -qF -- "$1" "$WORK/heard"
	grep -qF -- "$1" "$WORK/heard" || cut -c1-600 "$WORK/heard" | sed 's/^/# /'
}
says_not() {
	ok "it is not said: $1" sh -c "! grep -qF -- '$1' '$WORK/heard'"
}
open_at() {
	kube_seen "$1" .exec.open
}
is_open() {
	[ "$(open_at "$1")" = "$2" ]
}
events() {
	CALLBOARD_STATE=$STATE mariadb --no-defaults -N -S "$STATE/mariadb.sock" -uroot callboard -e "$1"
}

# ---- a shell ----
shell prod-eu 'sees $ ' 'type echo hello\r' 'sees hello' 'sees hello' 'size 132 43' 'type size\r' 'sees 43 rows, 132 columns' 'type exit 3\r' gone
said 'status 101'
said 'protocol v4.channel.k8s.io'
said '"reason":"NonZeroExitCode"'
said 'closed 1000'
is "$(kube_seen prod-eu '.exec.asked[0] | [.path, .query, .headers.authorization]')" \
	"[\"/api/v1/namespaces/team-payments/pods/$pod/exec\",\"$exec_query\",\"Bearer token-of-prod-eu\"]" 'it is asked for as the client did, as the portal'
is "$(kube_seen prod-eu '.exec.asked[0].headers | [.cookie, .["x-callboard-tunnel"], .["backstage-kubernetes-cluster"], .origin]')" '[null,null,null,null]' \
	'nothing of the portal leaves with it'
shell prod-eu -H 'Sec-WebSocket-Protocol: channel.k8s.io' 'sees $ ' 'type exit\r' gone
said 'protocol channel.k8s.io'
said '"status":"Success"'
shell certified 'sees $ ' 'type echo by certificate\r' 'sees by certificate' 'sees by certificate'
said 'status 101'
is "$(kube_seen modern .tokens)" '[]' 'a certificate goes alone'
shell theirs -H 'Backstage-Kubernetes-Authorization-google: user-of-chunky' 'sees $ '
said 'status 101'
shell staging-eu -H 'Backstage-Kubernetes-Authorization: Bearer user-of-staging-eu'
is "$(kube_seen staging-eu .tokens)" '["user-of-staging-eu"]' 'the token of the request goes instead of the own one'
is "$(kube_seen prod-eu .tokens)" '["token-of-prod-eu"]' 'and to no other cluster'

# ---- much, and slowly read ----
tunnel_kb() {
	awk '/VmRSS/ { print $2 }' "/proc/$(CALLBOARD_STATE=$STATE "$BIN" status | awk '$1 == "tunnel" { print $2 }')/status"
}
before=$(tunnel_kb)
shell prod-eu 'sees $ ' 'type flood 8000\r' 'sees flooded' 'type echo still there\r' 'sees still there' 'sees still there'
said 'status 101'
ok 'all of it has come' sh -c "[ \$(sed -n 's/^bytes //p' '$WORK/heard') -gt 8192000 ]"
slow() {
	node tests/fixtures/shell.mjs "$URL$exec_path$exec_query" -H "Authorization: Bearer $token" -H 'Backstage-Kubernetes-Cluster: prod-eu' 'sees $ ' stop \
		'type flood 8000\r' "touch $WORK/slow" "file $WORK/go" read 'sees flooded' >"$WORK/slow.said" 2>&1
}
slow &
slow=$!
ok 'one who does not read holds up nobody' eventually 20 test -e "$WORK/slow"
shell prod-eu 'sees $ ' 'type echo quick\r' 'sees quick' 'sees quick'
said 'status 101'
# Of 8 MB. ASan keeps what was given back for a while.
most=6000
[ -z "${SAN:-}" ] || most=60000
ok 'nor is what waits for him kept in memory' test $(($(tunnel_kb) - before)) -lt $most
touch "$WORK/go"
wait $slow
ok 'and he gets the rest when he does' grep -q '^bytes 8[0-9]*$' "$WORK/slow.said"

# ---- who may not ----
kube_clear
refused() {
	said "status $1"
	said "$2"
}
shell_at "$exec_path$exec_query" -H 'Backstage-Kubernetes-Cluster: prod-eu'
refused 401 AuthenticationError
shell_at "$exec_path$exec_query" -H "Authorization: Bearer $reader" -H 'Backstage-Kubernetes-Cluster: prod-eu'
refused 403 NotAllowedError
shell nowhere
refused 404 "Cluster 'nowhere' not found"
shell_at "$exec_path$exec_query" -H "Authorization: Bearer $token"
refused 404 "Cluster 'undefined' not found"
for path in /api/v1/secrets?watch=true /api/v1/watch/secrets '/api/v1/namespaces/x/%73ecrets?watch=1' '/api/v1/namespaces/x/pods/..%2fsecrets?watch=1'; do
	shell_at "/api/kubernetes/proxy$path" -H "Authorization: Bearer $token" -H 'Backstage-Kubernetes-Cluster: prod-eu'
	ok "$path is refused" grep -q 'status 40[034]' "$WORK/heard"
done
shell prod-eu -H 'Upgrade: h2c' && refused 501 'websocket or SPDY/3.1 only'
shell prod-eu -H 'Sec-WebSocket-Version: 8' && refused 400 'no handshake'
shell theirs && refused 401 'Auth token not found'
is "$(kube_seen prod-eu '.requests')" 0 'the cluster hears nothing of it'
kube_mode prod-eu no-exec
shell prod-eu && refused 403 'cannot create resource'
said 'content-security-policy: default-src'
kube_mode prod-eu no-upgrade
shell prod-eu && refused 200 'what is this?'
kube_mode prod-eu reset
kube_mode prod-eu ok
shell_at "/api/kubernetes/proxy/api/v1/namespaces/team-payments/pods/gone/exec$exec_query" -H "Authorization: Bearer $token" -H 'Backstage-Kubernetes-Cluster: prod-eu'
refused 404 'could not find'
shell badcert && refused 502 "cluster 'badcert' cannot be asked"
shell away && refused 502 "cluster 'away' cannot be asked"
says_not 127.0.0.1:1/
shell inside -H 'Backstage-Kubernetes-Authorization-google: user-of-big-1' && refused 502 "cluster 'inside' cannot be asked"
is "$(kube_seen big-1 .requests)" 0 'an entity leads nobody to a private address'
is "$(kube_seen badcert .requests)" 0 'nobody is believed without the right certificate'
is "$(ask GET /-tunnel -H 'X-Callboard-Tunnel: x' && echo "$STATUS")" 404 'nobody gets there without a worker that says so'

# ---- pages ----
guest_exec() {
	shell_at "$exec_path$exec_query" -H 'Backstage-Kubernetes-Cluster: prod-eu' "$@"
}
guest_exec -H "Origin: $URL" && refused 401 'Missing credentials'

# ---- a ticket ----
ok 'a forged ticket opens nothing' sh -c "curl -s --unix-socket '$STATE/tunnel.sock' -H 'X-Callboard-Tunnel: 0123456789012345678901234567890123456789012' http://x/ | grep -q 'nobody has asked'"
is "$(events 'SELECT COUNT(*) FROM tunnel_ticket')" 0 'and every one is used once'

# ---- what is written down ----
is "$(events "SELECT CONCAT(event, ' ', status, ' ', actor, ' ', JSON_VALUE(meta, '\$.cluster')) FROM audit WHERE event LIKE 'proxy-connect%' ORDER BY id LIMIT 2" | paste -sd,)" \
	'proxy-connect succeeded tests prod-eu,proxy-connect-end succeeded tests prod-eu' 'the audit log has when it began and ended'
is "$(events "SELECT JSON_VALUE(meta, '\$.why') FROM audit WHERE event = 'proxy-connect-end' ORDER BY id LIMIT 1")" 'the cluster has ended it' 'and why'
ok 'and what was refused' sh -c "[ $(events "SELECT COUNT(*) FROM audit WHERE event = 'proxy-connect' AND status = 'failed' AND error LIKE '%cannot create resource%'") = 1 ]"
is "$(events "SELECT COUNT(*) FROM audit WHERE CONCAT(url, meta, error) LIKE '%user-of-%'")" 0 'without tokens'

# ---- many, and how they end ----
held=
# One after the other: what is tried is that they are there at a time, not who is first.
hold() {
	rm -f "$WORK/end" "$WORK"/held.*
	held=
	for _i in $(seq "$1"); do
		node tests/fixtures/shell.mjs "$URL$exec_path$exec_query" -H "Authorization: Bearer $token" -H 'Backstage-Kubernetes-Cluster: prod-eu' 'sees $ ' \
			"touch $WORK/held.$_i" "file $WORK/end" 'type echo here\r' 'sees here' >"$WORK/held.$_i.said" 2>&1 &
		held="$held $!"
		eventually 30 test -e "$WORK/held.$_i" || return 1
	done
	eventually 10 is_open prod-eu "$1"
}
ok 'a user has as many as he may' hold 8
shell prod-eu && refused 429 '8 connections of yours are open'
touch "$WORK/end"
for _pid in $held; do wait "$_pid"; done
is "$(cat "$WORK"/held.*.said | grep -c '^bytes')" 8 'each has its own'
ok 'clients that leave are gone from the cluster' eventually 10 is_open prod-eu 0

# Once more with room, more than libcurl keeps of its own accord, and at a time.
config 'tunnelsPerUser: 100' >"$WORK/app-config.yaml"
own_reload
ok 'twenty at once' hold 20
touch "$WORK/end"
for _pid in $held; do wait "$_pid"; done
is "$(cat "$WORK"/held.*.said | grep -c '^bytes')" 20 'all are served'

node tests/fixtures/shell.mjs "$URL$exec_path$exec_query" -H "Authorization: Bearer $token" -H 'Backstage-Kubernetes-Cluster: prod-eu' 'sees $ ' \
	"touch $WORK/before" gone >"$WORK/reloaded.said" 2>&1 &
reloaded=$!
ok 'one is open' eventually 20 test -e "$WORK/before"
config 'tunnelIdle: 1' >"$WORK/app-config.yaml"
own_reload
wait $reloaded
ok 'a reload ends it, and says so' grep -q 'closed 1012 the portal starts anew' "$WORK/reloaded.said"
shell prod-eu 'sees $ ' gone
said 'closed 4001 nothing has been said for too long'
config 'tunnelLongest: 1' >"$WORK/app-config.yaml"
own_reload
shell prod-eu 'sees $ ' gone
said 'closed 4002 it has been open for as long as one may be'
ok 'nothing is left open' eventually 10 is_open prod-eu 0

unharmed
done_testing
