#!/bin/sh
# The example company is there after the start, whole and without a fault.
. tests/http/lib.sh
as tests

# shellcheck disable=SC2317 # called by eventually
loaded() {
	get '/api/catalog/entities?fields=metadata.name'
	[ "$(jq length "$WORK/body")" -ge "$1" ]
}
want=$(cat docs/examples/all.yaml docs/examples/org.yaml docs/examples/systems.yaml docs/examples/delivery.yaml \
	docs/examples/money.yaml docs/examples/foundation.yaml catalog-info.yaml docs/examples/templates/*/template.yaml | grep -c '^kind:')
# One more: the location that the configuration names.
ok "all $want entities arrive" eventually 30 loaded $((want + 1))

get '/api/catalog/entities?fields=kind'
is_status 200
json '[.[].kind] | unique' '["API","Component","Domain","Group","Location","Resource","System","Template","User"]'
get '/api/catalog/entities?fields=status'
json '[.[].status.items // [] | .[]] | length' 0
get /api/catalog/entities/by-name/api/default/tracking
is_status 200
json_true '.spec.definition | startswith("openapi: 3.0.3")'
json_true '[.relations[] | select(.type == "apiProvidedBy")] | length == 1'
get /api/catalog/entities/by-name/user/default/ana
json_true '.relations | any(.type == "memberOf" and .targetRef == "group:default/tracking-team")'
get /api/catalog/entities/by-name/component/default/parcel-label-printer
is_status 404

# The other token may look but not touch.
as reader
get '/api/catalog/entities?limit=1'
is_status 200
post /api/catalog/refresh '{"entityRef":"component:default/ledger"}'
is_status 403
as not-a-token
get '/api/catalog/entities?limit=1'
is_status 401

done_testing
