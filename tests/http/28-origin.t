#!/bin/sh
# What an author writes does not decide what the portal trusts: origins, folders, references inside bundled files.
# shellcheck disable=SC2317,SC2016 # functions are called by ok; $text and its like are the catalog's
. tests/http/lib.sh
. tests/fixtures/own.sh
fixtures
CAT=$WORK/cat
mkdir -p "$CAT" "$WORK/cat-secret"
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: null}}
backend:
  auth: {externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]}
  reading: {allow: [{host: "${SITE#*//}"}]}
catalog:
  rules:
    - allow: [Component, API, Location]
    - {allow: [Template], locations: [{type: url, exact: "$SITE/trusted.yaml"}]}
  locations: [{type: file, target: $CAT/all.yaml}]
YAML
# component NAME
component() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: %s}\nspec: {type: x, lifecycle: y, owner: z}\n' "$1"
}
# api NAME DEFINITION
api() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: %s}\n' "$1"
	printf 'spec: {type: openapi, lifecycle: y, owner: z, definition: {%s}}\n' "$2"
}
# location NAME ORIGIN TARGET
location() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: %s\n' "$1"
	printf '  annotations: {backstage.io/managed-by-origin-location: "%s"}\nspec: {type: url, target: "%s"}\n' "$2" "$3"
}
echo 'very: secret' >"$WORK/cat-secret/secret.txt"
ln -s ../cat-secret/secret.txt "$CAT/link.txt"
# A part that refers into itself, and a pointer whose key holds a slash.
printf 'paths:\n  /pets:\n    get: {schema: {$ref: "#/schemas/Pet"}}\nschemas:\n  Pet: {type: object, title: of the part}\n' >"$CAT/part.yaml"
printf 'schemas: {Pet: {title: of the whole}}\npaths:\n  /pets: {$ref: "./part.yaml#/paths/~1pets"}\n' >"$CAT/whole.yaml"
{
	component here
	api sibling '$text: ./link.txt'
	api bundled '$openapi: ./whole.yaml'
} >"$CAT/all.yaml"
{
	component neighbour
	location forged "url:$SITE/trusted.yaml" "$SITE/template.yaml"
	location nonsense 'no location at all' "$SITE/more.yaml"
} | serve /registered.yaml -
component more | serve /more.yaml -
printf 'apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: smuggled}\nspec: {type: x, steps: []}\n' |
	serve /template.yaml -
# thief NAME ANNOTATION: a template of the web that says it is a file of this machine, and wants what is beside it.
thief() {
	printf -- '---\napiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: %s, annotations: {backstage.io/%s}}\n' "$1" "$2"
	printf 'spec:\n  type: x\n  steps:\n    - {id: f, action: "fetch:plain", input: {url: ./}}\n'
	printf '    - {id: l, action: "debug:log", input: {message: all, listWorkspace: with-contents}}\n'
}
{
	thief managed "managed-by-location: \"file:$WORK/cat-secret/template.yaml\""
	thief sourced "source-location: \"file:$WORK/cat-secret/\""
	thief disguised "source-location: \"url:file://$WORK/cat-secret/\""
} | serve /trusted.yaml -
own_stack "$WORK/config.yaml"
as tests

becomes component:default/here '.kind == "Component"'
by_name api:default/sibling
is_status 404
get /api/catalog/entities/unprocessed/failed
json_true '[.entities[] | select(.entity_ref == "api:default/sibling") | .errors[].message] | any(contains("lies outside"))'
lacks 'very: secret'

by_name api:default/bundled
is_status 200
json '.spec.definition | fromjson | .paths["/pets"].get.schema.title' 'of the part'

post /api/catalog/locations "{\"type\":\"url\",\"target\":\"$SITE/registered.yaml\"}"
is_status 201
becomes component:default/neighbour '.kind == "Component"'
becomes component:default/more '.metadata.annotations["backstage.io/managed-by-origin-location"] | endswith("/registered.yaml")'
becomes location:default/forged '.status.items[0].message | contains("not of an allowed kind")'
by_name template:default/smuggled
is_status 404

post /api/catalog/locations "{\"type\":\"url\",\"target\":\"$SITE/trusted.yaml\"}"
_ended() {
	get "/api/scaffolder/v2/tasks/$id"
	jq -e '.status == "completed" or .status == "failed"' "$WORK/body"
}
for name in managed sourced disguised; do
	becomes "template:default/$name" '.metadata.annotations["backstage.io/managed-by-location"] | startswith("url:http")'
	post /api/scaffolder/v2/tasks "{\"templateRef\": \"template:default/$name\", \"values\": {}}"
	id=$(jq -r .id "$WORK/body")
	ok "$name: it ends" eventually 20 _ended
	get "/api/scaffolder/v2/tasks/$id/events"
	has '"completion"'
	lacks 'very: secret'
	get "/create/edit/files?template=template:default/$name"
	lacks 'secret.txt'
done

unharmed
done_testing
