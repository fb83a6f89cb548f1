#!/bin/sh
# The catalog's API: reading, lists, refresh, deletion, ancestry, and what becomes of an entity that turns bad or moves.
# shellcheck disable=SC2016 # $refs are jq's and JSON's
. tests/http/lib.sh
. tests/fixtures/own.sh
fixtures
CAT=$WORK/cat
mkdir "$CAT"

# component NAME [OWNER] [LINES...]: a document.
component() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: %s\n' "$1"
	printf 'spec:\n  type: service\n  lifecycle: production\n  owner: %s\n' "${2:-core}"
	[ $# -lt 3 ] || { shift 2 && printf '  %s\n' "$@"; }
}
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: null}}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
  reading: {allow: [{host: "${SITE#*//}"}]}
catalog:
  rules: [{allow: [Component, API, Group, User, System, Location]}]
  locations:
    - {type: file, target: $CAT/all.yaml}
    - {type: file, target: $CAT/other.yaml}
YAML
{
	printf 'apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: core}\nspec: {type: team, children: []}\n'
	component Payments core 'dependsOn: [component:ledger, resource:default/nowhere]'
	component ledger
	component mailer core 'system: post'
	printf -- '---\n# nothing here\n---\napiVersion: backstage.io/v1alpha1\nkind: System\nmetadata:\n  name: post\n'
	printf '  labels: {tier: "1"}\n  tags: [mail, old]\nspec: {owner: core}\n'
} >"$CAT/all.yaml"
component other >"$CAT/other.yaml"
own_stack "$WORK/config.yaml"
ALL=$(generated "file:$CAT/all.yaml") OTHER=$(generated "file:$CAT/other.yaml")
as tests
becomes system:default/post '.relations | length == 2'
becomes component:default/ledger '.relations | length == 2'
becomes component:default/other '.kind == "Component"'

# ---- one entity ----
get /api/catalog/entities/by-name/component/default/payments
is_status 200
header_has Content-Type application/json
json '.metadata | [.name, .namespace]' '["Payments","default"]'
json '.metadata.annotations["backstage.io/managed-by-location"]' "file:$CAT/all.yaml"
json '.metadata.annotations["backstage.io/managed-by-origin-location"]' "file:$CAT/all.yaml"
json '[.relations[] | .type + " " + .targetRef]' \
	'["dependsOn component:default/ledger","dependsOn resource:default/nowhere","ownedBy group:default/core"]'
json_true '.metadata.uid | test("^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")'
uid=$(jq -r .metadata.uid "$WORK/body") etag=$(jq -r .metadata.etag "$WORK/body")
header ETag "\"$etag\""
cp "$WORK/body" "$WORK/by-name"
get /api/catalog/entities/by-name/COMPONENT/Default/PAYMENTS
is_status 200
ok 'names are read in any case' cmp "$WORK/body" "$WORK/by-name"
get "/api/catalog/entities/by-uid/$uid"
is_status 200
ok 'by uid the same bytes' cmp "$WORK/body" "$WORK/by-name"
get "/api/catalog/entities/by-uid/$uid" -H "If-None-Match: \"$etag\""
is_status 304
ok '304 has no body' test ! -s "$WORK/body"
get /api/catalog/entities/by-name/component/default/payments -H "If-None-Match: \"another\", W/\"$etag\""
is_status 304
get /api/catalog/entities/by-name/component/default/payments -H 'If-None-Match: "another"'
is_status 200
head_of /api/catalog/entities/by-name/component/default/payments
is_status 200
header Content-Length "$(wc -c <"$WORK/by-name")"
get /api/catalog/entities/by-name/component/default/nobody
is_status 404
json .error.message "No entity named 'nobody' found, with kind 'component' in namespace 'default'"
get /api/catalog/entities/by-uid/0199aaaa-0000-7000-8000-000000000000
is_status 404

# ---- by refs ----
post /api/catalog/entities/by-refs '{"entityRefs":["component:ledger","group:default/none","System:DEFAULT/post","not a ref",
	"component:ledger"]}'
is_status 200
json '[.items[] | .metadata.name?]' '["ledger",null,"post",null,"ledger"]'
post '/api/catalog/entities/by-refs?filter=kind=system' \
	'{"entityRefs":["component:ledger","system:post"],"fields":["metadata.name","spec.owner"]}'
json .items '[null,{"metadata":{"name":"post"},"spec":{"owner":"core"}}]'
post /api/catalog/entities/by-refs '{"entityRefs":["component:ledger","system:post"],"query":{"$not":{"kind":"system"}}}'
json '[.items[] | .metadata.name?]' '["ledger",null]'
post /api/catalog/entities/by-refs '{"entityRefs":"component:ledger"}'
is_status 400
json .error.message 'request/body/entityRefs must be array'
post /api/catalog/entities/by-refs '{}'
is_status 400
post /api/catalog/entities/by-refs '{"entityRefs":["a:b"],"query":{"$nor":[]}}'
is_status 400

# ---- lists ----
names='[.[] | .metadata.name] | sort'
get '/api/catalog/entities?filter=kind=component'
json "$names" '["Payments","ledger","mailer","other"]'
get '/api/catalog/entities?filter=kind=component,metadata.name=ledger,metadata.name=mailer'
json "$names" '["ledger","mailer"]'
get '/api/catalog/entities?filter=kind=system,metadata.tags=old&filter=kind=group'
json "$names" '["core","post"]'
get '/api/catalog/entities?filter=,kind=system,,metadata.name=post,'
json "$names" '["post"]'
get '/api/catalog/entities?filter=metadata.labels.TIER'
json "$names" '["post"]'
get '/api/catalog/entities?filter=relations.dependsOn=component:default/ledger'
json "$names" '["Payments"]'
get '/api/catalog/entities?filter=kind=component&fields=kind,metadata.name,spec.nothing&order=desc:metadata.name'
json '[.[].metadata.name]' '["Payments","other","mailer","ledger"]'
json '.[0]' '{"kind":"Component","metadata":{"name":"Payments"}}'
get '/api/catalog/entities?filter=kind=component&order=asc:spec.system&order=desc:metadata.name'
json '[.[].metadata.name] | .[0]' mailer
get '/api/catalog/entities?order=sideways:metadata.name'
is_status 400
get '/api/catalog/entities?limit=-1'
is_status 400
get '/api/catalog/entities?offset=1&limit=2&filter=kind=component&order=asc:metadata.name'
json '[.[].metadata.name]' '["mailer","other"]'

# Page by page, as Link says.
get '/api/catalog/entities?limit=3&fields=metadata.name'
pages=0
: >"$WORK/seen"
while [ $pages -lt 9 ]; do
	pages=$((pages + 1))
	jq -r '.[].metadata.name' "$WORK/body" >>"$WORK/seen"
	next=$(_header link | sed -n 's/^<\(.*\)>; rel="next"$/\1/p')
	[ -n "$next" ] || break
	case $next in /api*) ;; *) next=/api/catalog/${next#*/} ;; esac
	get "$next"
done
is "$pages" 3 'eight entities are three pages of three'
is "$(sort -u "$WORK/seen" | wc -l)" 8 'each entity is on one of the pages'
get '/api/catalog/entities?after=nonsense'
is_status 400

# ---- ancestry ----
get /api/catalog/entities/by-name/component/default/ledger/ancestry
is_status 200
json .rootEntityRef component:default/ledger
json '[.items[] | [.entity.metadata.name, .parentEntityRefs]]' "[[\"ledger\",[\"$ALL\"]],[\"${ALL#*/}\",[]]]"
get /api/catalog/entities/by-name/component/default/none/ancestry
is_status 404

# ---- refresh: a change in the file, and nothing else, changes the entity ----
by_name component:default/ledger
ledger=$(jq -r .metadata.uid "$WORK/body")
sed -i '/name: ledger/,/owner/s/production/deprecated/' "$CAT/all.yaml"
refresh component:default/ledger
is_status 200
becomes component:default/ledger '.spec.lifecycle == "deprecated"'
json .metadata.uid "$ledger"
by_name component:default/payments
json .metadata.etag "$etag"
refresh component:default/none
is_status 404
post /api/catalog/refresh '{"entityRef":"nokind"}'
is_status 400
post /api/catalog/refresh '{}'
is_status 400

# The other side of a relation follows, with a new etag.
by_name group:default/core
before=$(jq -r .metadata.etag "$WORK/body")
sed -i '/name: mailer/,/owner/s/owner: core/owner: group:default\/core2/' "$CAT/all.yaml"
refresh "$ALL"
becomes component:default/mailer '.relations[0].targetRef == "group:default/core2"'
becomes group:default/core '[.relations[].targetRef] | index("component:default/mailer") == null'
ok 'its etag is new' test "$(jq -r .metadata.etag "$WORK/body")" != "$before"

# ---- an entity that turns bad keeps its last good version ----
cp "$CAT/all.yaml" "$WORK/good.yaml"
sed -i '/name: ledger/,/owner/s/ owner: core/ owner: [core]/' "$CAT/all.yaml"
refresh "$ALL"
becomes component:default/ledger '.status.items[0].level == "error"'
json '.spec.owner' core
json '.metadata.uid' "$ledger"
json '.status.items[0].error.name' InputError
json_true '.status.items[0].message | contains("/spec/owner must be string") and contains("all.yaml line ")'
line=$(grep -n 'owner: \[core\]' "$CAT/all.yaml" | cut -d: -f1)
json_true ".status.items[0].message | contains(\"line $line)\")"
get /api/catalog/entities/unprocessed/failed
json '[.entities[].entity_ref]' '["component:default/ledger"]'
json '.entities[0].unprocessed_entity.spec.owner' '["core"]'
by_name component:default/payments
json '.status.items' null
cp "$WORK/good.yaml" "$CAT/all.yaml"
refresh "$ALL"
becomes component:default/ledger '.status.items == null'
get /api/catalog/entities/unprocessed/failed
json .entities '[]'

# Two of them, one owned by a text, one not: asked for by owner as it is written.
sed -i -e '/name: ledger/,/owner/s/ owner: core/ owner: [core]/' -e '/name: mailer/,/owner/s/lifecycle: .*/lifecycle: [old]/' "$CAT/all.yaml"
refresh "$ALL"
becomes component:default/mailer '.status.items[0].level == "error"'
# failed OWNER: the refs of what could not be taken in
failed() {
	get "/api/catalog/entities/unprocessed/failed?owner=$1"
	is "$(jq -r .type "$WORK/body") $(jq -r '[.entities[].entity_ref] | sort | join(" ")' "$WORK/body")" "failed $2" "of owner '$1'"
}
failed '' 'component:default/ledger component:default/mailer'
failed group:default/core2 component:default/mailer
failed Group:default/core2 ''
failed core2 ''
failed core ''
get /api/catalog/entities/unprocessed/pending?owner=core
json . '{"type":"pending","entities":[]}'
cp "$WORK/good.yaml" "$CAT/all.yaml"
refresh "$ALL"
becomes component:default/mailer '.status.items == null'

# A document that is no YAML: the others count, and no entity is lost for it.
sed -i '/name: mailer/s/mailer/{mailer/' "$CAT/all.yaml"
refresh "$ALL"
becomes "$ALL" '.status.items[0].message | contains("all.yaml")'
by_name component:default/mailer
is_status 200
by_name system:default/post
is_status 200
cp "$WORK/good.yaml" "$CAT/all.yaml"
refresh "$ALL"
becomes "$ALL" '.status.items == null'

# A file that cannot be read keeps its entities.
mv "$CAT/all.yaml" "$WORK/away.yaml"
refresh "$ALL"
becomes "$ALL" '.status.items[0].message | contains("does not exist")'
by_name component:default/mailer
is_status 200
mv "$WORK/away.yaml" "$CAT/all.yaml"
refresh "$ALL"
becomes "$ALL" '.status.items == null'

# ---- deletion by uid: it returns while its file has it, with another uid ----
delete "/api/catalog/entities/by-uid/$ledger"
is_status 204
becomes component:default/ledger ".metadata.uid != \"$ledger\""
delete "/api/catalog/entities/by-uid/$ledger"
is_status 404

# ---- what is no longer in its file goes at once; others see it ----
awk '/^---/ { out = 0 } /name: mailer/ { print "  name: post-office"; next } { print }' "$WORK/good.yaml" >"$CAT/all.yaml"
refresh "$ALL"
goes component:default/mailer
becomes component:default/post-office '.kind == "Component"'
becomes system:default/post '[.relations[].targetRef] | index("component:default/post-office") != null'
json '[.relations[].targetRef] | index("component:default/mailer")' null

# ---- an entity that moves to another file keeps its uid ----
by_name component:default/payments
is "$(jq -r .metadata.uid "$WORK/body")" "$uid" 'it had that uid'
{ component other && component Payments core2; } >"$CAT/other.yaml"
refresh "$OTHER"
becomes component:default/other '.relations | length == 1'
by_name component:default/payments
json .spec.owner core
awk '/^---/ { doc++ } doc != 1 { print }' "$WORK/good.yaml" >"$CAT/all.yaml"
ok 'the first file has it no more' sh -c "! grep -q Payments '$CAT/all.yaml'"
refresh "$ALL"
becomes component:default/payments '.spec.owner == "core2"'
json .metadata.uid "$uid"
json '.metadata.annotations["backstage.io/managed-by-location"]' "file:$CAT/other.yaml"

# The same in the other order: gone here first, brought there later.
cp "$WORK/good.yaml" "$CAT/all.yaml"
refresh "$ALL"
component other >"$CAT/other.yaml"
refresh "$OTHER"
becomes component:default/payments '.spec.owner == "core"'
json .metadata.uid "$uid"

# ---- one ref twice in a file ----
{ component other && component OTHER core9; } >"$CAT/other.yaml"
refresh "$OTHER"
becomes "$OTHER" '.status.items[0].message | contains("component:default/other") and contains("twice")'
by_name component:default/other
json .spec.owner core
component other >"$CAT/other.yaml"
refresh "$OTHER"
becomes "$OTHER" '.status.items == null'

# ---- validation ----
post /api/catalog/validate-entity '{"entity":{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"a"},
	"spec":{"type":"x","lifecycle":"y","owner":"z"}},"location":"url:http://localhost/x.yaml"}'
is_status 200
post /api/catalog/validate-entity '{"entity":{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"a b"},
	"spec":{}},"location":"url:http://localhost/x.yaml"}'
is_status 400
json_true '.errors | length == 4'
json_true '[.errors[].message] | any(contains("\"metadata.name\" is not valid"))'
post /api/catalog/validate-entity '{"entity":{},"location":"url:http://localhost/x.yaml"}'
is_status 400

unharmed
done_testing
