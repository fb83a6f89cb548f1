#!/bin/sh
# Roles and rules: what somebody may not read does not exist, whichever way it is asked for; conditions on changes; the API of
# permissions; the files of the community's RBAC.
# shellcheck disable=SC2317 # functions are called by ok and eventually
# shellcheck disable=SC2016 # what looks like a variable is none
. tests/http/lib.sh
. tests/fixtures/own.sh
fixtures
CAT=$WORK/cat
CSV=$WORK/rbac.csv
mkdir "$CAT"
TEAM=token-of-team-a-0123456789
NONE=token-that-sees-nothing-0123456789
EDITOR=token-of-an-editor-0123456789
FILES=token-of-the-csv-file-0123456789

# component NAME OWNER LABEL
component() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: %s, labels: {%s: "yes"}, description: the %s}\nspec: {type: service, lifecycle: production, owner: %s}\n' \
		"$1" "$3" "$1" "$2"
}
{
	component aa team-a mine
	component ab team-a mine
	component bxa team-b theirs
	component bb team-b throwaway
	component hid team-b secret
	# What names an owner that is not there, and what somebody who may read some reads of people.
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: %s}\nspec: {type: team, children: []}\n' team-a
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: %s}\nspec: {type: team, children: []}\n' team-b
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: %s}\nspec: {memberOf: [team-a]}\n' lo
} >"$CAT/all.yaml"
config() {
	cat >"$WORK/config.yaml" <<YAML
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
      - {type: static, options: {token: $TEAM, subject: team-a-bot}}
      - {type: static, options: {token: $NONE, subject: blind}}
      - {type: static, options: {token: $EDITOR, subject: editor}}
      - {type: static, options: {token: $FILES, subject: filed}}
  reading: {allow: [{host: "${SITE#*//}"}]}
catalog:
  rules: [{allow: [Component, Group, User, Location]}]
  locations: [{type: file, target: $CAT/all.yaml}]
permission:
  enabled: true
  rbac:
    admin: {users: [{name: user:default/amy}], superUsers: [{name: user:default/root}]}
    policies-csv-file: $CSV
  roles:
    - name: role:default/team-a
      members: [group:default/team-a, service:team-a-bot]
      rules:
        - {permission: catalog.entity.read, if: {rule: IS_ENTITY_OWNER, params: {claims: [\$ownerRefs, "group:default/team-a"]}}}
        - {permission: catalog.entity.refresh, if: {rule: IS_ENTITY_OWNER, params: {claims: ["group:default/team-a"]}}}
        - {permission: catalog.location.read}
    - name: role:default/looker
      members: [user:default/lo]
      rules:
        - permission: catalog.entity.read
          if:
            anyOf:
              - {rule: IS_ENTITY_OWNER, params: {claims: ["group:default/team-a"]}}
              - {rule: HAS_METADATA, params: {key: name, value: team-a}}
              - {rule: HAS_METADATA, params: {key: name, value: lo}}
        - {permission: catalog.entity.delete}
        - {permission: catalog.location.read}
        - {permission: catalog.ingestion.read}
    - {name: role:default/ingo, members: ["user:default/ingo"], rules: [{permission: catalog.ingestion.read}]}
    - {name: role:default/blind, members: ["service:blind"], rules: [{permission: catalog.entity.create}]}
    - name: role:default/editor
      members: [service:editor]
      rules:
        - {permission: "catalog.*"}
        - {permission: catalog-entity, effect: deny, if: {rule: HAS_LABEL, params: {label: secret}}}
        - {permission: catalog.entity.delete, effect: deny, if: {not: {rule: HAS_LABEL, params: {label: throwaway}}}}
        - {permission: catalog.entity.refresh, effect: deny, if: {rule: HAS_LABEL, params: {label: theirs}}}
        - {permission: catalog.location.create, effect: deny}
        - {permission: catalog.ingestion.manage, effect: deny}
$1
YAML
}
echo 'p, role:default/filed, catalog-entity, read, deny' >"$CSV"
echo 'g, service:filed, role:default/filed' >>"$CSV"
config ''
own_stack "$WORK/config.yaml"
as tests
becomes component:default/hid '.kind == "Component"'
get '/api/catalog/entities?filter=kind=component'
json 'map(.metadata.name) | sort | join(" ")' 'aa ab bb bxa hid'
uid_of() { jq -r ".[] | select(.metadata.name == \"$1\").metadata.uid" "$WORK/all"; }
cp "$WORK/body" "$WORK/all"
get '/api/catalog/entities/by-query?limit=1&orderField=metadata.name&filter=kind=component'
cursor=$(jq -r .pageInfo.nextCursor "$WORK/body")

# ---- somebody who may read some ----
as $TEAM
get /api/catalog/entities
json 'map(.metadata.name) | sort | join(" ")' 'aa ab'
get '/api/catalog/entities?limit=1&order=asc:metadata.name'
json 'length' 1
header_has Link 'rel="next"'
get '/api/catalog/entities?limit=1&offset=1&order=asc:metadata.name'
json '.[0].metadata.name' ab
header Link ''
get '/api/catalog/entities/by-query?limit=10'
json '[.totalItems, (.items | length)]' '[2,2]'
get '/api/catalog/entities/by-query?fullTextFilterTerm=the&fullTextFilterFields=metadata.description'
json .totalItems 2
get '/api/catalog/entities/by-query?filter=metadata.name=bxa'
json '[.totalItems, .items]' '[0,[]]'
get "/api/catalog/entities/by-query?limit=10&cursor=$cursor"
json '.items | map(.metadata.name)' '["ab"]'
post /api/catalog/entities/by-query '{"query":{"$not":{"spec.owner":"team-a"}}}'
json .totalItems 0
get '/api/catalog/entity-facets?facet=metadata.name&facet=spec.owner&facet=kind'
json '[(.facets["metadata.name"] | map(.value) | sort), (.facets["spec.owner"] | map(.count)), (.facets.kind | map(.count))]' \
	'[["aa","ab"],[2],[2]]'
post /api/catalog/entities/by-refs '{"entityRefs":["component:default/aa","component:default/bxa","component:default/nope"]}'
json '.items | map(.metadata.name?)' '["aa",null,null]'
get /api/catalog/entities/by-name/component/default/aa/ancestry
json '.items | map([.entity.metadata.name, .parentEntityRefs])' '[["aa",[]]]'
lacks generated-

# same ONE OTHER NAME: what is hidden and what is not there are answered alike, but for the name that was asked for.
same() {
	get "$1"
	is_status 404
	sed "s/$3/NAME/g" "$WORK/body" >"$WORK/one"
	sed 's/^[Dd]ate:.*//; s/^[Xx]-[Rr]equest.*//' "$WORK/head" | sed "s/$3/NAME/g" >"$WORK/one.head"
	get "$2"
	sed "s/$4/NAME/g" "$WORK/body" >"$WORK/other"
	sed 's/^[Dd]ate:.*//; s/^[Xx]-[Rr]equest.*//' "$WORK/head" | sed "s/$4/NAME/g" >"$WORK/other.head"
	ok "$1: the answer is that of what is not there" cmp "$WORK/one" "$WORK/other"
	ok "$1: so is its head" cmp "$WORK/one.head" "$WORK/other.head"
}
by=/api/catalog/entities/by-name/component/default
same $by/bxa $by/zxz bxa zxz
same $by/bxa/ancestry $by/zxz/ancestry bxa zxz
uid=$(uid_of bxa)
none=00000000-0000-4000-8000-000000000000
same "/api/catalog/entities/by-uid/$uid" /api/catalog/entities/by-uid/$none "$uid" $none
same /api/catalog/locations/by-entity/component/default/bxa /api/catalog/locations/by-entity/component/default/zxz bxa zxz
post /api/catalog/refresh '{"entityRef":"component:default/bxa"}'
is_status 404
has 'Entity component:default/bxa not found'
post /api/catalog/refresh '{"entityRef":"component:default/aa"}'
is_status 200
delete "/api/catalog/entities/by-uid/$uid"
is_status 403
json .error.name NotAllowedError

# ---- somebody who may read nothing ----
as $NONE
get /api/catalog/entities
is_status 200
json . '[]'
get /api/catalog/entities/by-query
json '[.totalItems, .items, .pageInfo]' '[0,[],{}]'
get '/api/catalog/entity-facets?facet=kind'
json .facets.kind '[]'
get /api/catalog/locations
is_status 200
json . '[]'
same $by/hid $by/zxz hid zxz

# ---- conditions on changes ----
as $EDITOR
get '/api/catalog/entities?filter=kind=component'
json 'map(.metadata.name) | sort | join(" ")' 'aa ab bb bxa'
delete "/api/catalog/entities/by-uid/$(uid_of hid)"
is_status 404
delete "/api/catalog/entities/by-uid/$(uid_of aa)"
is_status 403
json .error.name NotAllowedError
delete "/api/catalog/entities/by-uid/$(uid_of bb)"
is_status 204
post /api/catalog/refresh '{"entityRef":"component:default/bxa"}'
is_status 403
post /api/catalog/refresh '{"entityRef":"component:default/hid"}'
is_status 404
post /api/catalog/refresh '{"entityRef":"component:default/ab"}'
is_status 200
post /api/catalog/locations '{"type":"url","target":"https://example.org/x.yaml"}'
is_status 403
post /api/catalog/locations '{}'
is_status 403

# ---- people, and what pages offer them ----
run request GET /catalog --as user:default/ana,group:default/team-a
says 'HTTP/1.1 200 OK'
says '>aa<'
says_not '>bxa<'
says_not 'class="button" href="/catalog-import"'
run request GET /catalog/default/component/aa --as user:default/ana,group:default/team-a
# Whichever page: what is not theirs is in no list, count, file, suggestion or drawing; what is theirs is there.
hides() {
	for hidden in component:default/hid component/hid '"hid"' '>hid<' bxa team-b; do
		says_not "$hidden"
	done
}
# looks PATH TEXT
looks() {
	run request GET "$1" --as user:default/lo
	says 'HTTP/1.1 200 OK'
	says "$2"
	hides
}
one=/catalog/default/component/aa
looks '/catalog?filters[user]=all' component/aa
looks /catalog/export.csv ab
looks /catalog/export.json '"ab"'
looks '/search?query=a' component/aa
looks '/search?query=hi' 'value="hi"'
looks '/palette?q=a' component/aa
looks '/palette?q=team' group/team-a
looks / /catalog
looks $one component/aa
looks $one/peek aa
looks $one/inspect aa
looks $one/inspect/json team-a
looks $one/unregister 'Unregister aa'
looks /catalog/default/group/team-a '<code>group:default/team-a</code>'
looks /catalog/default/user/lo team-a
looks '/catalog-graph?rootEntityRefs[]=component:default/aa' component:default/aa
looks '/catalog-graph/data?rootEntityRefs[]=component:default/aa&maxDepth=' group:default/team-a
# Names that are like one that is not there.
run request GET /catalog/default/component/aaa --as user:default/lo
says 'HTTP/1.1 404'
says component/aa
hides
run request GET /catalog/default/component/bxaa --as user:default/lo
says 'HTTP/1.1 404'
says_not component/bxa\"
run request GET /catalog/default/component/bxaa --as user:default/root
says component/bxa\"
# What was registered together with something that one may not see goes with it, which is said.
{ component reg-a team-a mine && component reg-b team-b theirs; } | serve /reg/all.yaml -
as tests
post /api/catalog/locations "{\"type\":\"url\",\"target\":\"$SITE/reg/all.yaml\"}"
is_status 201
becomes component:default/reg-b '.kind == "Component"'
run request GET /catalog/default/component/reg-a/unregister --as user:default/lo
says 'Unregister its location'
says 'whatever else of it you may not see'
says_not reg-b
run request GET /catalog/default/component/reg-a/unregister --as user:default/root
says_not 'whatever else of it you may not see'
says reg-b
run request GET /admin/locations --as user:default/lo
says "$SITE/reg/all.yaml"
# Locations are shown to whom they may be shown.
run request GET /admin/locations --as user:default/ingo
says 'HTTP/1.1 200 OK'
says_not "$SITE/reg"
says_not '1 registered'
says 'catalog.location.read'
run request GET /admin --as user:default/ingo
says_not 'registered locations'
as tests
get /api/catalog/locations
delete "/api/catalog/locations/$(jq -r '.[0].data.id' "$WORK/body")"
is_status 204
goes component:default/reg-b
# Nor for one whose token is none, on pages that are for everybody.
as no-such-token-0123456789
get '/search?query=aa'
is_status 200
lacks 'component/aa'
as nobody
get '/search?query=aa'
lacks 'component/aa'
run request GET '/search?query=aa' --as user:default/ana,group:default/team-a
says 'component/aa'
run request GET /catalog/export.csv --as user:default/ana,group:default/team-a
says ab
run request GET /catalog/default/component/bxa --as user:default/ana,group:default/team-a
is_exit 1
says 'HTTP/1.1 404'
run request GET /catalog/default/component/bxa --as user:default/root
says 'HTTP/1.1 200 OK'
run request GET /catalog/default/component/bxa --as user:default/amy
says 'HTTP/1.1 200 OK'
run request GET /catalog --as user:default/nobody
says 'HTTP/1.1 200 OK'
says_not '>aa<'
run request GET /catalog-import --as user:default/nobody
says 'HTTP/1.1 403'

# ---- POST /api/permission/authorize ----
read='{"type":"resource","name":"catalog.entity.read","attributes":{"action":"read"},"resourceType":"catalog-entity"}'
create='{"type":"basic","name":"catalog.entity.create","attributes":{"action":"create"}}'
as $TEAM
post /api/permission/authorize "{\"items\":[{\"id\":\"1\",\"permission\":$read},{\"id\":\"2\",\"permission\":$create},
	{\"id\":\"3\",\"permission\":$read,\"resourceRef\":\"component:default/aa\"},
	{\"id\":\"4\",\"permission\":$read,\"resourceRef\":[\"component:default/aa\",\"Component:bxa\",\"component:default/zxz\",\"?\"]}]}"
is_status 200
json '.items | map(.id + "=" + (.result | tostring))' '["1=CONDITIONAL","2=DENY","3=ALLOW","4=[\"ALLOW\",\"DENY\",\"DENY\",\"DENY\"]"]'
json '.items[0] | [.pluginId, .resourceType, .conditions.rule, .conditions.params.claims]' \
	'["catalog","catalog-entity","IS_ENTITY_OWNER",["team-a-bot","group:default/team-a"]]'
as tests
post /api/permission/authorize "{\"items\":[{\"id\":\"x\",\"permission\":$read},{\"id\":\"y\",\"permission\":$read,\"resourceRef\":[\"a:b/c\",\"d\"]}]}"
json '.items' '[{"id":"x","result":"ALLOW"},{"id":"y","result":["ALLOW","ALLOW"]}]'
for wrong in '{}' '{"items":{}}' '{"items":[{}]}' '{"items":[{"id":"1"}]}' '{"items":[{"id":"1","permission":{"type":"basic"}}]}' \
	"{\"items\":[{\"id\":\"1\",\"permission\":$create,\"resourceRef\":\"a:b/c\"}]}" \
	"{\"items\":[{\"id\":\"1\",\"permission\":$read,\"resourceRef\":[7]}]}" \
	'{"items":[{"id":"1","permission":{"type":"basic","name":"catalog.entity.read","attributes":{}}}]}'; do
	post /api/permission/authorize "$wrong"
	is_status 400
done
# One request names at most so many, in all its items together.
some=$(jq -nc '[range(5001) | "component:default/aa"]')
printf '{"items":[{"id":"1","permission":%s,"resourceRef":%s}]}' "$read" "$some" >"$WORK/some"
ask POST /api/permission/authorize -H 'Content-Type: application/json' --data-binary "@$WORK/some"
is_status 200
json '.items[0].result | [length, .[0], .[5000]]' '[5001,"ALLOW","ALLOW"]'
printf '{"items":[{"id":"1","permission":%s,"resourceRef":%s},{"id":"2","permission":%s,"resourceRef":%s}]}' "$read" "$some" "$read" "$some" >"$WORK/many"
ask POST /api/permission/authorize -H 'Content-Type: application/json' --data-binary "@$WORK/many"
is_status 400
has 'request/body/items/1: a request names at most 10000 resources'
as $TEAM
ask POST /api/permission/authorize -H 'Content-Type: application/json' --data-binary "@$WORK/some"
json '.items[0].result | [length, .[0], .[5000]]' '[5001,"ALLOW","ALLOW"]'
as nobody
post /api/permission/authorize '{"items":[]}'
is_status 401
run request POST /api/permission/authorize --as user:default/ana,group:default/team-a -d "{\"items\":[{\"id\":\"1\",\"permission\":$read}]}" -H "Origin: $URL" -H "Host: ${URL#http://}"
says 'HTTP/1.1 400'
says 'only services are told conditions'
run request POST /api/permission/authorize --as user:default/ana,group:default/team-a -H "Origin: $URL" -H "Host: ${URL#http://}" \
	-d "{\"items\":[{\"id\":\"1\",\"permission\":$read,\"resourceRef\":\"component:default/bxa\"},{\"id\":\"2\",\"permission\":$read,\"resourceRef\":\"component:default/ab\"}]}"
says '{"items":[{"id":"1","result":"DENY"},{"id":"2","result":"ALLOW"}]}'

# ---- the catalog's part of it ----
as tests
get /api/catalog/.well-known/backstage/permissions/metadata
json '.permissions | map(select(.name == "catalog.entity.delete"))' \
	'[{"type":"resource","name":"catalog.entity.delete","attributes":{"action":"delete"},"resourceType":"catalog-entity"}]'
json '.permissions | map(select(.name | startswith("catalog.entity") or startswith("catalog.location"))) | length' 9
json '.rules | map(.name) | join(" ")' 'HAS_ANNOTATION HAS_LABEL HAS_METADATA HAS_SPEC IS_ENTITY_KIND IS_ENTITY_OWNER'
json '.rules[5].paramsSchema | [.required, .properties.claims.items.type, .additionalProperties]' '[["claims"],"string",false]'
rule='{"rule":"HAS_LABEL","resourceType":"catalog-entity","params":{"label":"theirs"}}'
apply=/api/catalog/.well-known/backstage/permissions/apply-conditions
item="\"resourceType\":\"catalog-entity\",\"conditions\":$rule"
post $apply "{\"items\":[{\"id\":\"1\",\"resourceRef\":\"component:default/bxa\",$item},
	{\"id\":\"2\",\"resourceRef\":[\"component:default/aa\",\"component:default/zxz\"],$item}]}"
json .items '[{"id":"1","result":"ALLOW"},{"id":"2","result":["DENY","DENY"]}]'
as $TEAM
post $apply "{\"items\":[{\"id\":\"1\",\"resourceRef\":\"component:default/bxa\",$item}]}"
json .items '[{"id":"1","result":"DENY"}]'
post $apply '{"items":[{"id":"1","resourceRef":"component:default/bxa","resourceType":"x","conditions":{}}]}'
is_status 400
post $apply '{"items":[{"id":"1","resourceRef":"component:default/bxa","resourceType":"catalog-entity","conditions":{"rule":"HAS_LABLE"}}]}'
is_status 400
has 'did you mean HAS_LABEL'

# ---- the policy itself, for admins ----
for path in policies policies/role/default/team-a roles roles/role/default/team-a roles/conditions plugins/policies plugins/condition-rules; do
	get "/api/permission/$path"
	is_status 403
done
run request GET /api/permission/roles --as user:default/amy
says '"name":"role:default/team-a"'
says '"memberReferences":["group:default/team-a","service:team-a-bot"]'
run request GET /api/permission/policies/role/default/filed --as user:default/amy
says '[{"entityReference":"role:default/filed","permission":"catalog-entity","policy":"read","effect":"deny","metadata":{"source":"csv-file"}}]'
run request GET /api/permission/roles/role/default/nope --as user:default/amy
says 'HTTP/1.1 404'
run request GET /api/permission/roles/conditions --as user:default/amy
says '"$ownerRefs"'
run request GET /api/permission/plugins/policies --as user:default/amy
says '{"name":"catalog.entity.refresh","policy":"update","resourceType":"catalog-entity"}'
run request GET /api/permission/plugins/condition-rules --as user:default/amy
says '"pluginId":"catalog"'

# ---- the CSV file is read again when it changes ----
as $FILES
sees() {
	get '/api/catalog/entities?filter=kind=component'
	[ "$(jq length "$WORK/body")" = "$1" ]
}
ok 'denied by the file' sees 0
echo 'p, role:default/filed, catalog-entity, read, allow' >"$CSV.new"
echo 'g, service:filed, role:default/filed' >>"$CSV.new"
mv "$CSV.new" "$CSV"
_all_see() { for _ in 1 2 3 4 5 6 7 8; do sees "$1" || return 1; done; }
as tests
get '/api/catalog/entities?filter=kind=component'
all=$(jq length "$WORK/body")
as $FILES
ok 'allowed by the new one' eventually 20 _all_see "$all"
echo 'p, role:default/filed, catalog-entity, raed, allow' >"$CSV.new"
mv "$CSV.new" "$CSV"
_told() {
	get /api/catalog/entities
	grep -q "rbac.csv:1: action 'raed'" "$STATE/callboard.log"
}
ok 'a mistake is told' eventually 20 _told
# A worker that nobody asked in between goes on with the one before.
ok 'and what was good goes on' eventually 10 sees "$all"
run config check
is_exit 1
says "rbac.csv:1: action 'raed' is none of create, read, update, delete and use"
echo 'p, role:default/filed, catalog-entity, read, allow' >"$CSV"
config '    - {name: role:default/x, rules: [{permission: catalog.entity.raed}]}'
run config check
is_exit 1
says 'did you mean catalog.entity.read?'
kill -s HUP "$(cat "$STATE/callboard.pid")"
ok 'a policy with a mistake is not taken up' eventually 10 grep -q 'reload refused' "$STATE/callboard.log"

# ---- the database is away in the middle of a question ----
mariadb --no-defaults --socket="$STATE/mariadb.sock" callboard -e 'RENAME TABLE entity TO entity_away'
as $TEAM
post /api/permission/authorize "{\"items\":[{\"id\":\"1\",\"permission\":$read,\"resourceRef\":[\"component:default/aa\"]}]}"
ok 'an error, and the worker lives' test "$STATUS" -ge 500
post /api/permission/authorize "{\"items\":[{\"id\":\"1\",\"permission\":$read,\"resourceRef\":\"component:default/aa\"}]}"
ok 'an error for one, too' test "$STATUS" -ge 500
mariadb --no-defaults --socket="$STATE/mariadb.sock" callboard -e 'RENAME TABLE entity_away TO entity'

unharmed
done_testing
