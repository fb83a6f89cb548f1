#!/bin/sh
# What was last known of a cluster is shown while it answers with errors, with its age; one that wants to be left alone is.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/kube.sh
kube_servers
{
	kube_config
	cat <<-YAML
		kubernetes:
		  refreshInterval: {seconds: 1}
		  timeout: {seconds: 10}
		  customResources: [{group: platform.example.com, apiVersion: v1, plural: messagequeues}]
		  clusterLocatorMethods:
		    - type: config
		      clusters:
	YAML
	for name in prod-eu staging-eu modern chunky; do
		kube_cluster $name
	done
} >"$WORK/app-config.yaml"
kube_entity payments-api 'backstage.io/kubernetes-id: payments-api' >"$WORK/entities.yaml"
own_stack "$WORK/app-config.yaml"
as tests
becomes component:default/payments-api .kind

# of NAME FILTER: of the last answer, that cluster's part.
of() { jq -rc "[.items[] | select(.cluster.name == \"$1\")][0] | $2" "$WORK/body"; }
is_of() { is "$(of "$1" "$2")" "$3" "$1: $2"; }
# becomes_of NAME FILTER: asked again until that is true.
_holds() {
	findings payments-api component 3000
	[ "$(of "$1" "$2")" = true ]
}
becomes_of() { ok "$1 becomes $2" eventually 30 _holds "$1" "$2"; }

findings payments-api component 20000
is_of prod-eu '[.state, (.errors | length)]' '["fresh",0]'
pods=$(of prod-eu '[.resources[] | select(.type == "pods").resources[].metadata.name]')
queues=$(of prod-eu '[.resources[] | select(.type == "customresources").resources[].metadata.name]')
found=$(of staging-eu '[.findings[] | select(.object.kind == "Pod").id] | sort')
events=$(of staging-eu '.events | length')
ok 'there are pods, a queue, findings and events to begin with' test "$pods" != '[]' -a "$queues" != '[]' -a "$found" != '[]' -a "$events" -gt 0

# ---- one list fails, the others are as fresh as ever ----
for status in 500 503 429 401; do
	kube_fails prod-eu "{\"/api/v1/pods\":{\"status\":$status}}"
	becomes_of prod-eu "[.errors[].statusCode] == [$status]"
	is_of prod-eu '.state' fresh
	is_of prod-eu '[.resources[] | select(.type == "pods").resources[].metadata.name]' "$pods"
	is_of prod-eu '[.resources[] | select(has("at")) | [.type, (.age > 0)]]' '[["pods",true]]'
	is_of prod-eu '[.errors[] | [.resourcePath, .errorType != "FETCH_ERROR", has("at")]]' '[["/api/v1/pods",true,true]]'
	kube_fails prod-eu '{}'
	becomes_of prod-eu '.errors == []'
	is_of prod-eu '[.resources[] | select(has("at"))]' '[]'
done
kube_fails prod-eu '{"/apis/platform.example.com/v1/messagequeues":{"status":500}}'
becomes_of prod-eu '(.errors | length) == 1'
is_of prod-eu '[.resources[] | select(.type == "customresources") | has("at"), .resources[0].kind, [.resources[].metadata.name]]' "[true,\"MessageQueue\",$queues]"
kube_fails staging-eu '{"/api/v1/namespaces/team-payments/events":{"status":500},"/api/v1/services":{"status":500}}'
becomes_of staging-eu '(.errors | length) == 1'
is_of staging-eu '.events | length' "$events"
kube_fails staging-eu '{}'

# Who asks as Backstage's clients do cannot see its age: it is not there, and the error says why.
kube_fails prod-eu '{"/api/v1/pods":{"status":500}}'
_is_error() {
	objects payments-api
	[ "$(of prod-eu '[.errors[].resourcePath]')" = '["/api/v1/pods"]' ]
}
ok "Backstage's clients see the error" eventually 30 _is_error
is_of prod-eu '[.resources[].type] | contains(["pods"])' false
is_of prod-eu '[.resources[].type] | contains(["deployments"])' true
is_of prod-eu '.errors' '[{"errorType":"SYSTEM_ERROR","statusCode":500,"resourcePath":"/api/v1/pods"}]'
get /catalog/default/component/payments-api/kubernetes
is_status 200
has 'what is shown of it is'

# What may not be seen any more is gone at once.
kube_fails prod-eu '{"/api/v1/pods":{"status":403}}'
becomes_of prod-eu '[.errors[].statusCode] == [403]'
is_of prod-eu '[.resources[] | select(.type == "pods").resources[]]' '[]'
kube_fails prod-eu '{}'

# ---- whole clusters keep what was found of the list that fails ----
_all() {
	get '/api/kubernetes/findings?wait=5000'
	[ "$(of staging-eu "$1")" = true ]
}
ok 'staging is looked at' eventually 30 _all '.state == "fresh"'
whole=$(of staging-eu '[.findings[] | select(.object.kind == "Pod").id] | sort')
ok 'and pods of it are ill' test "$whole" != '[]'
kube_fails staging-eu '{"/api/v1/pods":{"status":500}}'
ok 'its pods cannot be listed' eventually 30 _all '(.errors | length) == 1'
is_of staging-eu '[.findings[] | select(.object.kind == "Pod").id] | sort' "$whole"
is_of staging-eu '[.findings[].severity] == ([.findings[].severity] | sort_by({"error":0,"warning":1,"info":2}[.]))' true

# ---- all lists fail ----
kube_fails staging-eu '{}'
becomes_of staging-eu '.errors == []'
kube_fails staging-eu '{"*":{"status":500}}'
becomes_of staging-eu '.state == "stale"'
is_of staging-eu '[.findings[] | select(.object.kind == "Pod").id] | sort' "$found"
is_of staging-eu '[.errors[].statusCode] | unique' '[500]'
is_of staging-eu '.age > 0' true
kube_fails modern '{"*":{"status":401}}'
becomes_of modern '.state == "stale"'
is_of modern '[.resources[] | select(.type == "pods").resources[].metadata.name]' "$pods"
is_of modern '[.errors[].errorType] | unique' '["UNAUTHORIZED_ERROR"]'
objects payments-api
is_of modern .resources '[]'
kube_fails modern '{}'
becomes_of modern '.state == "fresh"'

# ---- "come again in two seconds" ----
# Within the time limit the same round asks again, and everything comes.
kube_clear
kube_fails chunky '{"/api/v1/pods":{"status":429,"after":2,"times":1}}'
_was_busy() {
	findings payments-api component 9000
	[ "$(kube_seen chunky '.failed | length')" = 1 ] && [ "$(of chunky '.state')" = fresh ]
}
ok 'a list that is told to wait comes in the end' eventually 30 _was_busy
is_of chunky '[.errors, ([.resources[] | select(.type == "pods").resources[].metadata.name] | sort)]' "[[],$(echo "$pods" | jq -c sort)]"

# What it asks for is longer than anybody waits: it is left alone until then, whatever is asked of it.
kube_fails chunky '{"/api/v1/pods":{"status":503,"after":20}}'
becomes_of chunky '[.errors[].statusCode] == [503]'
is_of chunky '[.resources[] | select(.type == "pods") | has("at")]' '[true]'
kube_clear
findings payments-api component 1500
is_of chunky '[.resources[] | select(.type == "pods").resources[]] | length' "$(echo "$pods" | jq length)"
findings payments-api component 1500
get /api/kubernetes/clusters/status
is "$(jq -r '.items[] | select(.name == "chunky") | has("notBefore")' "$WORK/body")" true 'its status says until when'
is "$(kube_seen chunky .requests)" 0 'and nothing was sent'
kube_fails chunky '{}'
becomes_of chunky '.errors == []'
ok 'it is asked again after that' test "$(kube_seen chunky .requests)" -gt 0

unharmed
done_testing
