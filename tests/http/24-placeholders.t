#!/bin/sh
# Values that stand in other files, and kinds of the configuration.
# shellcheck disable=SC2016 # $text and its like are the catalog's
. tests/http/lib.sh
. tests/fixtures/own.sh
fixtures
CAT=$WORK/cat
mkdir -p "$CAT/apis/parts" "$WORK/outside"
HOST=${SITE#*//}

cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: null}}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
  reading: {allow: [{host: "$HOST"}]}
catalog:
  kinds:
    - kind: Dataset
      apiVersions: [example.com/v1]
      fields:
        - {name: owner, type: ref, required: true, relation: ownedBy, inverse: ownerOf, targetKind: Group}
        - {name: readers, type: refs, relation: readBy, inverse: reads, targetKind: Component, targetNamespace: default}
        - {name: store.cluster, type: ref, relation: storedIn, inverse: stores, targetKind: Resource}
        - {name: retention, type: text}
      schema: {properties: {spec: {properties: {rows: {type: integer, maximum: 1000}}}}}
    - kind: Component
      fields:
        - {name: tier, type: text, required: true}
  rules:
    - allow: [Component, API, Location, Dataset]
  locations:
    - {type: file, target: $CAT/all.yaml}
    - {type: url, target: $SITE/remote.yaml}
    - {type: url, target: $SITE/kinds.yaml}
YAML
# api NAME TYPE DEFINITION
api() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: %s}\n' "$1"
	printf 'spec:\n  type: %s\n  lifecycle: production\n  owner: core\n  definition:\n    %s\n' "$2" "$3"
}
{
	api text graphql '$text: ./apis/schema.graphql'
	api open openapi '$openapi: ./apis/shop.yaml'
	api events asyncapi '$asyncapi: apis/events.json'
	api away graphql '$text: ../outside/secret.txt'
	api absolute graphql "\$text: $WORK/outside/secret.txt"
	api linked graphql '$text: ./apis/link.txt'
	api bundled-away openapi '$openapi: ./apis/away.yaml'
	api missing graphql '$text: ./apis/nothing.txt'
	api two graphql '{$text: ./apis/schema.graphql, other: x}'
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: site\n  annotations:\n    a: {$text: apis/note.txt}\n'
	printf 'spec:\n  type: x\n  lifecycle: y\n  owner: core\n  tier: gold\n  limits: {$json: ./apis/limits.json}\n  more: {$yaml: ./apis/more.yaml}\n'
	printf '  kept: {$ref: "#/a"}\n  kept2: {$unknown: x}\n'
} >"$CAT/all.yaml"
{
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: tierless}\nspec: {type: x, lifecycle: y, owner: core}\n'
	printf -- '---\napiVersion: example.com/v1\nkind: Dataset\nmetadata: {name: clicks, namespace: web}\n'
	printf 'spec: {owner: data, readers: [site, "component:web/other"], store: {cluster: big}, rows: 7}\n'
	printf -- '---\napiVersion: example.com/v1\nkind: Dataset\nmetadata: {name: huge}\nspec: {owner: data, rows: 1001, retention: [a]}\n'
	printf -- '---\napiVersion: example.com/v2\nkind: Dataset\nmetadata: {name: later}\nspec: {owner: data}\n'
} | serve /kinds.yaml -
echo 'type Query { a: Int }' >"$CAT/apis/schema.graphql"
printf 'of a file' >"$CAT/apis/note.txt"
echo '{"cpu": [1, 2.5]}' >"$CAT/apis/limits.json"
echo 'a: {b: yes, c: 0x10}' >"$CAT/apis/more.yaml"
printf 'openapi: 3.0.0\npaths: {/a: {$ref: "./parts/a.yaml#/paths/get"}}\ncomponents: {schemas: {Own: {$ref: "#/components/schemas/Other"}}}\n' \
	>"$CAT/apis/shop.yaml"
printf 'paths: {get: {summary: A, schema: {$ref: "deep.yaml"}}}\n' >"$CAT/apis/parts/a.yaml"
echo 'type: string' >"$CAT/apis/parts/deep.yaml"
echo '{"asyncapi": "2.6.0", "channels": {"x": {"$ref": "parts/a.yaml"}}}' >"$CAT/apis/events.json"
printf 'openapi: 3.0.0\npaths: {$ref: "../../outside/secret.yaml"}\n' >"$CAT/apis/away.yaml"
echo 'very: secret' | tee "$WORK/outside/secret.yaml" >"$WORK/outside/secret.txt"
ln -s "$WORK/outside/secret.txt" "$CAT/apis/link.txt"
{
	api remote graphql '$text: ./schema.graphql'
	api elsewhere graphql '$text: http://127.0.0.2:9/x.graphql'
	api local graphql '$text: /etc/passwd'
	api file-url graphql '$text: file:///etc/passwd'
} | serve /remote.yaml -
echo 'type Query { far: Int }' | serve /schema.graphql -
own_stack "$WORK/config.yaml"
ALL=$(generated "file:$CAT/all.yaml")
as tests

# ---- what is filled ----
becomes api:default/text '.spec.definition == "type Query { a: Int }\n"'
becomes component:default/site '.spec.tier == "gold"'
json .spec.limits '{"cpu":[1,2.5]}'
json .spec.more '{"a":{"b":"yes","c":16}}'
json .metadata.annotations.a 'of a file'
json '[.spec.kept, .spec.kept2]' '[{"$ref":"#/a"},{"$unknown":"x"}]'
by_name api:default/open
json '.spec.definition | fromjson | .paths' '{"/a":{"summary":"A","schema":{"type":"string"}}}'
json '.spec.definition | fromjson | .components' '{"schemas":{"Own":{"$ref":"#/components/schemas/Other"}}}'
by_name api:default/events
json '.spec.definition | fromjson | .channels.x.paths.get.schema.type' string
becomes api:default/remote '.spec.definition | contains("far")'

# ---- what is refused: nothing outside the folder of the configured location, nothing from hosts nobody named ----
# A refusal names the placeholder and its target.
refused() {
	by_name "$1"
	is_status 404
	get /api/catalog/entities/unprocessed/failed
	json_true "[.entities[] | select(.entity_ref == \"$1\") | .errors[].message] | any(contains(\"$2\") and contains(\"$3\"))"
	lacks 'very: secret'
	lacks 'root:x:0'
}
refused api:default/away '../outside/secret.txt' 'lies outside'
refused api:default/absolute 'outside/secret.txt' 'lies outside'
refused api:default/linked './apis/link.txt' 'lies outside'
refused api:default/bundled-away './apis/away.yaml' 'lies outside'
refused api:default/missing './apis/nothing.txt' 'does not exist'
refused api:default/two 'definition' 'must be string'
refused api:default/elsewhere '127.0.0.2:9' "backend.reading.allow"
refused api:default/local '/etc/passwd' '$text'
refused api:default/file-url 'file:///etc/passwd' '$text'

# ---- a change of the named file alone changes the entity; one that is mended comes in ----
echo 'type Query { b: Int }' >"$CAT/apis/schema.graphql"
echo 'type Query { m: Int }' >"$CAT/apis/nothing.txt"
echo 'type Query { near: Int }' | serve /schema.graphql -
refresh api:default/text
refresh api:default/remote
becomes api:default/text '.spec.definition == "type Query { b: Int }\n"'
becomes api:default/remote '.spec.definition | contains("near")'
becomes api:default/missing '.spec.definition | contains("m: Int")'
printf 'type: integer\n' >"$CAT/apis/parts/deep.yaml"
refresh "$ALL"
becomes api:default/open '.spec.definition | fromjson | .paths["/a"].schema.type == "integer"'
# One that goes away: the last good version stays and says so.
rm "$CAT/apis/schema.graphql"
refresh "$ALL"
becomes api:default/text '.status.items[0].message | contains("schema.graphql")'
json_true '.spec.definition == "type Query { b: Int }\n"'

# ---- kinds of the configuration ----
by_name dataset:web/clicks
is_status 200
json '[.relations[] | .type + " " + .targetRef]' \
	'["ownedBy group:web/data","readBy component:default/site","readBy component:web/other","storedIn resource:web/big"]'
becomes component:default/site '.relations | any(.type == "reads" and .targetRef == "dataset:web/clicks")'
refused dataset:default/huge '/spec/rows' '1000'
get /api/catalog/entities/unprocessed/failed
json_true '[.entities[] | select(.entity_ref == "dataset:default/huge") | .errors[].message] | any(contains("/spec/retention must be string"))'
refused dataset:default/later 'No processor recognized the entity' 'dataset:default/later'
refused component:default/tierless '/spec must have required property' 'tier'

# After a reload other fields count for what is there already, though the file is the same.
ok 'the file is read once' test "$(served /kinds.yaml .count)" = 1
sed -i 's/maximum: 1000/maximum: 2000/; s/name: tier, type: text, required: true/name: tier, type: text/' "$WORK/config.yaml"
sed -i 's/name: retention, type: text/name: retention, type: texts/' "$WORK/config.yaml"
own_reload
becomes dataset:default/huge '.spec.rows == 1001'
becomes component:default/tierless '.kind == "Component"'

unharmed
done_testing
