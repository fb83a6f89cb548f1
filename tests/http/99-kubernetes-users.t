#!/bin/sh
# Clusters that are asked with the token of whoever has signed in: whose it is, where it goes, how it is kept, renewed and wiped.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/kube.sh
PROVIDER=
users_end() {
	[ -z "$PROVIDER" ] || kill "$PROVIDER" 2>/dev/null
	kube_end
}
trap users_end EXIT
kube_servers
node tests/fixtures/oidc.mjs "$WORK/oidc.port" >"$WORK/oidc.log" 2>&1 &
PROVIDER=$!
eventually 15 test -s "$WORK/oidc.port" || bail "the provider does not start: $(tail -n 3 "$WORK/oidc.log")"
OP=http://127.0.0.1:$(cat "$WORK/oidc.port")

# shellcheck disable=SC2016 # the portal fills in the port
{
	kube_config | sed '/^auth:/d; /^catalog:/,$d; s/^backend:/backend:\n  baseUrl: "http:\/\/127.0.0.1:${CALLBOARD_PORT}"\n  reading: {allow: [{host: "127.0.0.1:1024-65535"}]}/'
	cat <<-YAML
		app: {baseUrl: "http://127.0.0.1:\${CALLBOARD_PORT}"}
		auth:
		  providers:
		    guest: null
		    local: {}
	YAML
	for row in oidc google 'plugged keepTokens: false'; do
		printf '    %s:\n      development:\n        metadataUrl: %s\n        clientId: callboard\n        clientSecret: "a secret: with + and %%"\n' "${row%% *}" "$OP"
		printf '        signIn: {resolvers: [{resolver: emailMatchingUserEntityProfileEmail}]}\n'
		[ "$row" = "${row#* }" ] || printf '        %s\n' "${row#* }"
	done
	cat <<-YAML
		catalog:
		  rules: [{allow: [Component, System, Resource, API, User, Group]}]
		  locations: [{type: file, target: $WORK/entities.yaml}]
		kubernetes:
		  frontend: {podDelete: {enabled: true}, podExec: {enabled: true}}
		  refreshInterval: {seconds: 1}
		  clusterLocatorMethods:
		    - type: config
		      clusters:
	YAML
	kube_cluster prod-eu
	for row in modern:oidc:oidc staging-eu:oidc:plugged chunky:google: big-1:oidc:away; do
		_rest=${row#*:}
		printf '        - name: %s\n          title: Cluster %s\n          url: %s\n          authProvider: %s\n          caFile: %s\n' \
			"${row%%:*}" "${row%%:*}" "$(kube_url "${row%%:*}")" "${_rest%%:*}" "$KUBE/ca.pem"
		[ -z "${_rest#*:}" ] || printf '          oidcTokenProvider: %s\n' "${_rest#*:}"
	done
	printf '    - {type: catalog} # of entities\n'
} >"$WORK/app-config.yaml"
{
	for name in payments-api search-api; do
		kube_entity $name "backstage.io/kubernetes-id: $name"
	done
	for name in ana bob; do
		printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: %s}\nspec: {profile: {email: %s@acme.example}, memberOf: []}\n' $name $name
	done
	cat <<-YAML
		---
		apiVersion: backstage.io/v1alpha1
		kind: Resource
		metadata:
		  name: listed
		  annotations:
		    kubernetes.io/api-server: $(kube_url big-2)
		    kubernetes.io/auth-provider: oidc
		    kubernetes.io/oidc-token-provider: oidc
		    kubernetes.io/api-server-certificate-authority: $(base64 -w0 "$KUBE/ca.pem")
		spec: {type: kubernetes-cluster, owner: team}
	YAML
	for name in modern chunky; do
		printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata: {name: %s}\nspec: {type: kubernetes-cluster, owner: team}\n' $name
	done
} >"$WORK/entities.yaml"
own_stack "$WORK/app-config.yaml"
as tests
becomes user:default/bob .kind
becomes resource:default/listed .kind
as nobody

control() {
	curl -sS -o /dev/null --data-binary "$1" "$OP/__control"
}
told() {
	curl -sS "$OP/__control" | jq -r "$1"
}
sql() {
	mariadb --no-defaults -uroot -S "$STATE/mariadb.sock" callboard -N -B -e "$1"
}
control "{\"redirect\":\"$URL/api/auth/oidc/handler/frame\",\"renew\":true}"
# SERVER: takes the provider's tokens from now on. Ana sees what pays, Bob what searches.
for name in modern big-2; do
	_kube_control /mode -d "{\"server\":\"$name\",\"issuer\":\"$OP\",\"audience\":\"callboard\",
		\"sees\":{\"ana\":[\"team-payments\"],\"bob\":[\"team-search\"]}}" >/dev/null
done

# provider URL: goes through the provider as a browser, until it sends the browser back; $BACK is the path at the portal.
provider() {
	BACK='' _next=$1 _hops=0
	while [ $_hops -lt 8 ]; do
		_hops=$((_hops + 1))
		case $_next in
		"$URL"/*) BACK=${_next#"$URL"} && return ;;
		/*) _next=$OP$_next ;;
		esac
		curl -sS -g -o "$WORK/op.body" -D "$WORK/op.head" -b "$WORK/jar" -c "$WORK/jar" "$_next"
		_next=$(sed -n 's/\r$//; s/^[Ll]ocation: //p' "$WORK/op.head")
	done
}
# sign_in NAME [PROVIDER] [START]: with an empty browser, unless START says where to go; the browser's cookies are kept as jar.NAME.
sign_in() {
	control "{\"account\":{\"sub\":\"$1\",\"email\":\"$1@acme.example\",\"email_verified\":true,\"name\":\"$1\"}}"
	rm -f "$WORK/jar"
	get "${3:-/api/auth/${2:-oidc}/start?env=development&flow=redirect}"
	provider "$(_header location)"
	get "$BACK"
	is_status 303
	cp "$WORK/jar" "$WORK/jar.$1"
}
browser() {
	cp "$WORK/jar.$1" "$WORK/jar"
}
tab() {
	get "/catalog/default/component/$1/kubernetes"
}
tab_has() {
	tab "$1" && grep -qF -e "$2" "$WORK/body"
}
objects_of() {
	post /api/kubernetes/resources/workloads/query "{\"entityRef\":\"component:default/$1\",\"auth\":${2:-{\}}}" -H "Origin: $URL"
}
pods='[.items[] | select(.cluster.name == "modern").resources[] | select(.type == "pods").resources[].metadata.name] | length'
errors() {
	printf '[.items[] | select(.cluster.name == "%s").errors[] | .message // .errorType] | unique' "$1"
}

# ---- two users, each with what is his ----
sign_in ana
is "$(sql 'SELECT COUNT(*) FROM session WHERE tokens IS NOT NULL')" 1 'the tokens are kept with the session'
is "$(sql "SELECT COUNT(*) FROM audit WHERE event = 'token-use'")" 0 'nobody was sent them yet'
sign_in bob
browser ana
ok 'ana sees her pods' eventually 30 tab_has payments-api 'cluster=modern&amp;ns=team-payments&amp;object=Pod/payments-api'
is_status 200
browser bob
ok 'bob sees none of hers' eventually 30 tab_has payments-api 'It has nothing'
lacks 'cluster=modern&amp;ns=team-payments&amp;object=Pod'
ok 'bob sees his own' eventually 30 tab_has search-api 'cluster=modern&amp;ns=team-search&amp;object=Pod/search-api'
browser ana
ok 'she sees none of his' eventually 30 tab_has search-api 'It has nothing'
lacks 'cluster=modern&amp;ns=team-search&amp;object=Pod'
is "$(sql "SELECT CONCAT_WS(' ', plugin, event, status, actor, JSON_VALUE(meta, '\$.clusters')) FROM audit WHERE event = 'token-use' ORDER BY actor")" \
	"auth token-use succeeded user:default/ana modern
auth token-use succeeded user:default/bob modern" 'the first use of each is recorded'

# ---- the API, for browsers ----
browser ana
objects_of payments-api
is_status 200
json "$pods" 3
objects_of search-api
json "$pods" 0
post /api/kubernetes/findings/query '{"entityRef":"component:default/payments-api","wait":10000}' -H "Origin: $URL"
json "$pods" 3
objects_of payments-api '{"oidc":{"oidc":"given-with-the-question"}}'
json "$(errors modern)" '["UNAUTHORIZED_ERROR"]'
objects_of payments-api
json "$(errors big-1)" "[\"cluster 'big-1': Auth token not found under oidc.away in request body\"]"
post /api/kubernetes/resources/workloads/query '{"entityRef":"component:default/payments-api","auth":{}}' -H 'Origin: https://evil.example'
is_status 403
rm -f "$WORK/jar"
as tests
objects_of payments-api
is_status 200
json "$(errors modern)" "[\"cluster 'modern': Auth token not found under oidc.oidc in request body\"]"
json "$(errors chunky)" "[\"cluster 'chunky': Auth token not found under google in request body\"]"
as nobody

# ---- an object, its log, what is done with it ----
browser ana
tab payments-api
pod=$(grep -o 'cluster=modern&amp;ns=team-payments&amp;object=Pod/[a-z0-9-]*' "$WORK/body" | head -n 1 | sed 's/.*Pod.//')
at="cluster=modern&ns=team-payments"
get "/catalog/default/component/payments-api/kubernetes/object?$at&object=Pod/$pod"
is_status 200
has 'Delete this pod'
csrf=$(sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1)
get "/catalog/default/component/payments-api/kubernetes/log?$at&pod=$pod"
is_status 200
has 'line one'
get "/api/kubernetes/logs/component/default/payments-api?$at&pod=$pod"
is_status 200
has 'line one'
cluster_tab_has() {
	get "/catalog/default/resource/$1/kubernetes/cluster"
	grep -q "$2" "$WORK/body"
}
ok 'what is wrong in a cluster that asks for her token' eventually 20 cluster_tab_has modern 'scope="col">Entities'
kube_clear
post_form /catalog/default/component/payments-api/kubernetes/delete-pod "_csrf=$csrf" cluster=modern ns=team-payments "pod=$pod"
is_status 303
is "$(kube_seen modern '.changes | length')" 1 'she deletes a pod of hers'
browser bob
get "/catalog/default/component/payments-api/kubernetes/object?$at&object=Pod/$pod"
is_status 404
get "/catalog/default/component/payments-api/kubernetes/log?$at&pod=$pod"
is_status 404
get "/api/kubernetes/logs/component/default/payments-api?$at&pod=$pod"
is_status 403
get /kubernetes
csrf=$(sed -n 's/.*name="csrf" content="\([^"]*\)".*/\1/p' "$WORK/body")
post_form /catalog/default/component/payments-api/kubernetes/delete-pod "_csrf=$csrf" cluster=modern ns=team-payments "pod=$pod"
is_status 403
is "$(kube_seen modern '.changes | length')" 1 'he deletes none of hers'

# ---- all clusters ----
fleet_finds() {
	get '/api/kubernetes/findings?wait=10000'
	jq -e "[.items[] | select(.cluster.name == \"modern\").findings[].object.namespace] | unique == [\"$1\"]" "$WORK/body"
}
browser ana
ok 'findings of hers only' eventually 30 fleet_finds team-payments
fleet_answers() {
	get /kubernetes && tr '\n' ' ' <"$WORK/body" | grep -q 'data-key="modern".*answers.*data-key="staging-eu"'
}
ok 'the page of all clusters has it' eventually 30 fleet_answers
has 'Sign in with Google to see it'

# ---- it goes nowhere else ----
told '.given[]' >"$WORK/given"
ok 'the provider gave tokens' test -s "$WORK/given"
for name in prod-eu staging-eu chunky big-1 big-2; do
	kube_seen $name '.tokens[]' >"$WORK/seen"
	ok "$name saw no token of a user" sh -c "! grep -qxFf '$WORK/given' '$WORK/seen'"
done
is "$(kube_seen big-2 .requests)" 0 'whoever writes an entity gets nothing sent to his address'
tab payments-api
has 'where it is only the catalog says'
has "Cluster staging-eu shows each user only what they may see, by a token of &#39;plugged&#39;. This portal keeps none"
has 'Sign in with Google to see it'
get "/catalog/default/component/payments-api/kubernetes/object?cluster=chunky&ns=team-payments&object=Pod/$pod"
is_status 403
has 'Sign in with Google to see it'
has 'redirectUrl=%2Fcatalog%2Fdefault%2Fcomponent%2Fpayments-api%2Fkubernetes%2Fobject%3Fcluster%3Dchunky'
get /catalog/default/resource/chunky/kubernetes/cluster
is_status 200
has 'Sign in with Google to see it'
get "/catalog/default/component/payments-api/kubernetes/shell?cluster=chunky&ns=team-payments&pod=$pod"
is_status 403
has 'Sign in with Google to see it'
get /catalog/default/component/payments-api/kubernetes/card
is_status 200
has 'needs a sign-in'

# ---- nor is it to be found ----
hidden() {
	told '.given[]' >"$WORK/given"
	mariadb-dump --no-defaults -uroot -S "$STATE/mariadb.sock" callboard >"$WORK/dump.sql" || return 1
	grep -q 'CREATE TABLE .session.' "$WORK/dump.sql" || return 1
	# The last part of a token is no part of anything else.
	sed 's/.*\.//' "$WORK/given" >"$WORK/ends"
	! LC_ALL=C grep -rlFf "$WORK/ends" "$STATE" "$WORK/dump.sql"
}
ok 'no token is in the database, its files, or a log' hidden
moved_is_worth_nothing() {
	sql "UPDATE session a JOIN session b ON a.ref = 'user:default/bob' AND b.ref = 'user:default/ana' SET a.tokens = b.tokens"
	tab payments-api
	grep -q 'Your sign-in has ended for Cluster modern' "$WORK/body"
}
browser bob
ok 'in the row of another session it is worth nothing' moved_is_worth_nothing

# ---- Google's clusters take the access token ----
sign_in bob google
browser bob
ok 'the other tokens are of no use for it' eventually 10 tab_has payments-api 'Sign in with single sign-on to see it'
lacks 'Sign in with Google to see it'
kube_seen chunky '.tokens[]' >"$WORK/seen"
is "$(grep -xFf "$WORK/seen" "$WORK/given" | grep -c '\.')" 0 'no id token went there'
told '.given[]' >"$WORK/given"
ok 'but the access token did' sh -c "grep -xFf '$WORK/given' '$WORK/seen' | grep -qv '\.'"

# ---- short lives ----
renewed() {
	[ "$(told .renewed)" -ge "$1" ]
}
looks() {
	tab payments-api && renewed "$1"
}
control '{"ttl":4}'
sign_in ana
before=$(told .renewed)
ok 'a token that ends is renewed' eventually 30 looks $((before + 2))
objects_of payments-api
json "$pods" 3
json "$(errors modern)" '[]'
kube_seen modern '.tokens[]' | sort -u >"$WORK/seen"
told '.given[]' | grep -cxFf "$WORK/seen" >"$WORK/body"
ok 'the new ones were used' test "$(cat "$WORK/body")" -ge 4
# Many at once, when the old one has ended: one goes to the provider, as an old refresh token that came twice would end them all.
ended() {
	[ "$(date +%s)" -ge "$1" ]
}
control '{"ttl":600}'
last=$(($(date +%s) + 5)) before=$(told .renewed)
eventually 10 ended $last
for i in 1 2 3 4 5 6 7 8; do
	curl -sS -o "$WORK/many.$i" -b "$WORK/jar" -H "Origin: $URL" -H 'Content-Type: application/json' \
		--data-binary '{"entityRef":"component:default/payments-api","auth":{}}' "$URL/api/kubernetes/resources/workloads/query" &
	eval "pid$i=$!"
done
for i in 1 2 3 4 5 6 7 8; do
	eval "wait \$pid$i"
done
is "$(told .renewed)" $((before + 1)) 'of eight at once, one renews'
is "$(jq -c "$pods" "$WORK"/many.? | sort | uniq -c | tr -s ' ')" ' 8 3' 'and all have the answer'

# ---- the provider is away, then it refuses ----
control '{"ttl":2}'
sign_in ana
browser ana
objects_of payments-api
json "$pods" 3
control '{"down":true}'
ok 'away: that is said' eventually 20 tab_has payments-api 'Your sign-in has to be renewed for it, and single sign-on does not answer now'
lacks 'Sign in again'
control '{"down":false,"refuse":true}'
ok 'refused: sign in again' eventually 30 tab_has payments-api 'Sign in again with single sign-on to see it'
is_status 200
is "$(sql "SELECT tokens IS NULL FROM session WHERE ref = 'user:default/ana' ORDER BY id DESC LIMIT 2" | tr '\n' ' ')" '1 0 ' \
	'the tokens of that session are gone, of the others not'
post_form /catalog/default/component/payments-api/kubernetes/delete-pod \
	"_csrf=$(sed -n 's/.*name="csrf" content="\([^"]*\)".*/\1/p' "$WORK/body")" cluster=modern ns=team-payments "pod=$pod"
is_status 403
has 'sign in (again) with single sign-on'
control '{"refuse":false,"ttl":600}'
tab payments-api
again=$(grep -o 'href="/api/auth/oidc/start[^"]*"' "$WORK/body" | head -n 1 | sed 's/^href="//; s/"$//; s/&amp;/\&/g')
sign_in ana oidc "$again"
header location /catalog/default/component/payments-api/kubernetes
ok 'and there it is again' eventually 30 tab_has payments-api 'cluster=modern&amp;ns=team-payments&amp;object=Pod/payments-api'

# ---- what ends them ----
kept() {
	sql "SELECT COUNT(*) FROM session WHERE ref = 'user:default/$1' AND tokens IS NOT NULL"
}
before=$(kept ana)
post_form /logout "_csrf=$(sed -n 's/.*name="csrf" content="\([^"]*\)".*/\1/p' "$WORK/body")"
is_status 303
is "$(kept ana)" $((before - 1)) 'signing out wipes them'
browser ana
tab payments-api
is_status 303
sign_in ana
get /settings/sessions
post_form /settings/sessions/end-all "_csrf=$(sed -n 's/.*name="csrf" content="\([^"]*\)".*/\1/p' "$WORK/body")"
is "$(kept ana)" 0 'signing out everywhere wipes all'
sign_in ana plugged
is "$(kept ana)" 0 'keepTokens: false keeps none'

# ---- clusters of the catalog that the operator names ----
sed -i 's/{type: catalog} # of entities/{type: catalog, userTokensTo: ["127.0.0.1"]}/' "$WORK/app-config.yaml"
own_reload
sign_in ana
ok 'a cluster of the catalog at a host that is named gets it' eventually 30 sh -c "curl -s -b '$WORK/jar' '$URL/catalog/default/component/payments-api/kubernetes' >/dev/null; \
	curl -s 'http://127.0.0.1:$(jq .control "$KUBE/servers.json")/stats' | jq -e '.[\"big-2\"].requests > 0'"
ok 'still no token is in the database, its files, or a log' hidden

unharmed
done_testing
