#!/bin/sh
# Locations: registering, trying, moving and removing them; what two of them share; globs, presence, rules, conflicts, orphans.
# shellcheck disable=SC2016 # $refs are jq's and JSON's
. tests/http/lib.sh
. tests/fixtures/own.sh
fixtures
CAT=$WORK/cat
mkdir "$CAT" "$CAT/glob"
HOST=${SITE#*//}

component() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: %s\n' "$1"
	printf 'spec:\n  type: service\n  lifecycle: production\n  owner: %s\n' "${2:-core}"
}
# location NAME TARGETS [MORE]: a Location entity; TARGETS as a YAML list.
location() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: %s}\nspec: {%stargets: %s}\n' "$1" "${3:-}" "$2"
}
config() {
	cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: null}}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
  reading: {allow: [{host: "$HOST"}]}
catalog:
$1
  rules:
    - allow: [Component, API, Location]
    - {allow: [User], locations: [{type: url, pattern: "$SITE/people/**"}]}
  locations:
    - {type: file, target: $CAT/glob/**/*.yaml, rules: [{allow: [Domain]}]}
YAML
}
config ''
component globbed >"$CAT/glob/one.yaml"
own_stack "$WORK/config.yaml"
as tests
becomes component:default/globbed '.kind == "Component"'

# register TARGET: the answer is in $WORK/body, the id in $id.
register() {
	post "/api/catalog/locations${2:-}" "{\"type\":\"url\",\"target\":\"$1\"}"
	id=$(jq -r '.location.id?' "$WORK/body")
}

# ---- trying ----
component one | serve /one.yaml -
register "$SITE/one.yaml" '?dryRun=true'
is_status 201
json .exists false
json '[.entities[] | .kind + " " + .metadata.name]' "[\"Location $(generated "url:$SITE/one.yaml" | sed 's/.*\///')\",\"Component one\"]"
get /api/catalog/locations
json . '[]'
by_name component:default/one
is_status 404
register "$SITE/none.yaml" '?dryRun=true'
is_status 400
json_true '.error.message | startswith("NotFoundError") and contains("/none.yaml")'
post '/api/catalog/locations?dryRun=true' '{"type":"file","target":"/etc/passwd"}'
is_status 400

# ---- registering ----
register "$SITE/one.yaml"
is_status 201
one=$id
json .location "{\"id\":\"$one\",\"type\":\"url\",\"target\":\"$SITE/one.yaml\",\"entityRef\":\"$(generated "url:$SITE/one.yaml")\"}"
json .entities '[]'
becomes component:default/one ".metadata.annotations[\"backstage.io/managed-by-location\"] == \"url:$SITE/one.yaml\""
json '.metadata.annotations["backstage.io/view-url"]' "$SITE/one.yaml"
register "$SITE/one.yaml" '?dryRun=true'
json .exists true
register "$SITE/one.yaml"
is_status 409
json '.error | .name + ": " + .message' "ConflictError: Location url:$SITE/one.yaml already exists"
component one core2 | serve /one.yaml -
register "$SITE/one.yaml" '?onConflict=refresh'
is_status 201
json .location.id "$one"
becomes component:default/one '.spec.owner == "core2"'
register "$SITE/one.yaml" '?onConflict=perhaps'
is_status 400
get /api/catalog/locations
json '[.[].data.target]' "[\"$SITE/one.yaml\"]"
get "/api/catalog/locations/$one"
json .target "$SITE/one.yaml"
get /api/catalog/locations/by-entity/component/default/one
json .id "$one"
get /api/catalog/locations/by-entity/component/default/globbed
is_status 404
get /api/catalog/locations/by-entity/component/default/none
is_status 404
get /api/catalog/locations/nonsense
is_status 404
for wrong in '{"type":"file","target":"/etc/passwd"}' '{"type":"url","target":""}' '{"type":"url","target":"nonsense"}' '{"type":"url"}' \
	'{"target":"x"}' '{"type":1,"target":"x"}' '{"type":"url","target":"javascript:alert(1)"}' '[]' ''; do
	post /api/catalog/locations "$wrong"
	is_status 400
done

# A file that is not asked for again is read with its ETag.
reads=$(served /one.yaml .count)
refresh component:default/one
ok 'it is read again' eventually 10 sh -c "[ \$(curl -s '$SITE/__stats?path=/one.yaml' | jq .notModified) -ge 1 ]"
ok 'once' test "$(served /one.yaml .count)" -gt "$reads"

# ---- moving ----
component two | serve /two.yaml -
put "/api/catalog/locations/$one" "{\"type\":\"url\",\"target\":\"$SITE/two.yaml\"}"
is_status 200
json .target "$SITE/two.yaml"
json .id "$one"
becomes component:default/two '.kind == "Component"'
goes component:default/one
register "$SITE/one.yaml"
is_status 201
becomes component:default/one '.kind == "Component"'
other=$id
put "/api/catalog/locations/$one" "{\"type\":\"url\",\"target\":\"$SITE/one.yaml\"}"
is_status 409
put "/api/catalog/locations/0199aaaa-0000-7000-8000-000000000000" "{\"type\":\"url\",\"target\":\"$SITE/x.yaml\"}"
is_status 404
put "/api/catalog/locations/$one" '{"type":"file","target":"/etc/passwd"}'
is_status 400

# ---- a tree of Locations, and what goes with its root ----
location tree '["./a.yaml", "sub/b.yaml"]' | serve /tree/root.yaml -
component leaf-a | serve /tree/a.yaml -
{ component leaf-b && location deeper '["../c.yaml"]'; } | serve /tree/sub/b.yaml -
component leaf-c | serve /tree/c.yaml -
register "$SITE/tree/root.yaml" '?dryRun=true'
json '[.entities[].metadata.name] | sort | .[2:]' '["leaf-a","leaf-b","leaf-c","tree"]'
register "$SITE/tree/root.yaml"
tree=$id
becomes component:default/leaf-c '.kind == "Component"'
json '.metadata.annotations["backstage.io/managed-by-origin-location"]' "url:$SITE/tree/root.yaml"
becomes component:default/leaf-a '.kind == "Component"'
get /api/catalog/entities/by-name/component/default/leaf-c/ancestry
json '[.items[].entity.metadata.name] | .[:3]' '["leaf-c","deeper","tree"]'
json '.items | length' 4
get /api/catalog/locations/by-entity/component/default/leaf-c
json .id "$tree"
# Another root brings one of its files too.
location shared "[\"$SITE/tree/c.yaml\"]" | serve /shared.yaml -
register "$SITE/shared.yaml"
shared=$id
becomes location:default/shared '.kind == "Location"'
by_name component:default/leaf-c
uid=$(jq -r .metadata.uid "$WORK/body")
# shellcheck disable=SC2317
linked() { get /api/catalog/entities/by-name/component/default/leaf-c/ancestry && jq -e '.items[0].parentEntityRefs | length == 2' "$WORK/body"; }
ok 'leaf-c has two parents' eventually 10 linked
delete "/api/catalog/locations/$tree"
is_status 204
for ref in location:default/tree location:default/deeper component:default/leaf-a component:default/leaf-b \
	"$(generated "url:$SITE/tree/root.yaml")"; do
	by_name "$ref"
	is_status 404
done
by_name component:default/leaf-c
is_status 200
json .metadata.uid "$uid"
refresh component:default/leaf-c
becomes component:default/leaf-c ".metadata.annotations[\"backstage.io/managed-by-origin-location\"] == \"url:$SITE/shared.yaml\""
delete "/api/catalog/locations/$shared"
is_status 204
by_name component:default/leaf-c
is_status 404
delete "/api/catalog/locations/$shared"
is_status 404
# Two Locations that name each other do not keep each other alive.
location ring-a '["./ring-b.yaml"]' | serve /ring-a.yaml -
location ring-b '["./ring-a.yaml", "./ring-b.yaml"]' | serve /ring-b.yaml -
register "$SITE/ring-a.yaml"
becomes location:default/ring-b '.kind == "Location"'
eventually 5 sh -c "[ \$(curl -s '$SITE/__stats?path=/ring-a.yaml' | jq .count) -ge 1 ]"
delete "/api/catalog/locations/$id"
is_status 204
goes location:default/ring-a
goes location:default/ring-b

# ---- two locations bring the same entity: the first keeps it, then the other takes over ----
component contested first | serve /first.yaml -
component contested second | serve /second.yaml -
register "$SITE/first.yaml"
first=$id
becomes component:default/contested '.spec.owner == "first"'
uid=$(jq -r .metadata.uid "$WORK/body")
register "$SITE/second.yaml"
second=$id
becomes "$(generated "url:$SITE/second.yaml")" '.kind == "Location"'
ok 'the second file is read' eventually 10 sh -c "[ \$(curl -s '$SITE/__stats?path=/second.yaml' | jq .count) -ge 1 ]"
by_name component:default/contested
json .spec.owner first
refresh "$(generated "url:$SITE/first.yaml")"
ok 'the claim is noted' eventually 10 grep -q 'already provided by another source' "$STATE/callboard.log"
delete "/api/catalog/locations/$first"
is_status 204
becomes component:default/contested '.spec.owner == "second"'
json .metadata.uid "$uid"
delete "/api/catalog/locations/$second"
by_name component:default/contested
is_status 404

# ---- rules: what counts is the root ----
user='apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ana}
spec: {memberOf: []}'
echo "$user" | serve /people/ana.yaml -
location people "[\"$SITE/people/ana.yaml\"]" | serve /people-root.yaml -
register "$SITE/people-root.yaml"
becomes location:default/people '.status.items[0].message | contains("user:default/ana") and contains("not of an allowed kind")'
by_name user:default/ana
is_status 404
delete "/api/catalog/locations/$id"
register "$SITE/people/ana.yaml"
becomes user:default/ana '.kind == "User"'
delete "/api/catalog/locations/$id"
printf 'apiVersion: backstage.io/v1alpha1\nkind: Domain\nmetadata: {name: money}\nspec: {owner: core}\n' >"$CAT/glob/domain.yaml"
GLOB=$(generated "file:$CAT/glob/**/*.yaml")

# ---- a glob: a new file comes, a removed one goes ----
mkdir -p "$CAT/glob/deep/er"
component deep >"$CAT/glob/deep/er/two.yaml"
component ignored >"$CAT/glob/deep/er/two.yml"
refresh "$GLOB"
becomes component:default/deep '.kind == "Component"'
becomes domain:default/money '.kind == "Domain"'
by_name component:default/ignored
is_status 404
rm "$CAT/glob/deep/er/two.yaml"
refresh "$GLOB"
goes component:default/deep
by_name component:default/globbed
is_status 200

# ---- presence ----
location maybe '["./nowhere.yaml"]' 'presence: optional, ' | serve /maybe.yaml -
location must '["./nowhere-else.yaml"]' | serve /must.yaml -
register "$SITE/maybe.yaml"
register "$SITE/must.yaml"
becomes location:default/must '.status.items[0].message | contains("/nowhere-else.yaml")'
json '.status.items[0].error.name' NotFoundError
ok 'the optional one was looked for' eventually 10 sh -c "[ \$(curl -s '$SITE/__stats?path=/nowhere.yaml' | jq .count) -ge 1 ]"
by_name location:default/maybe
json .status.items null
component there | serve /nowhere.yaml -
component there-too | serve /nowhere-else.yaml -
refresh location:default/maybe
refresh location:default/must
becomes component:default/there '.kind == "Component"'
becomes location:default/must '.status.items == null'

# ---- targets that cannot be ----
location odd '["file:///etc/passwd", "/", "ftp://x/y.yaml"]' | serve /odd.yaml -
printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: local}\nspec: {type: file, target: /etc/passwd}\n' |
	serve /local.yaml -
register "$SITE/odd.yaml"
register "$SITE/local.yaml"
becomes location:default/local '.status.items[0].message | contains("type \"file\" is not allowed")'
becomes location:default/odd '.status.items | length >= 3'
lacks 'root:x:0'
location urlish '["https://host.example/x.yaml"]' >"$CAT/glob/urlish.yaml"
refresh "$GLOB"
becomes location:default/urlish '.status.items[0].message | contains("https://host.example/x.yaml is a URL")'

# ---- orphans stay when the configuration says so ----
config '  orphanStrategy: keep'
own_reload
component adopted | serve /orphan/a.yaml -
location parent '["./orphan/a.yaml"]' | serve /orphan-root.yaml -
register "$SITE/orphan-root.yaml"
parent=$id
becomes component:default/adopted '.kind == "Component"'
uid=$(jq -r .metadata.uid "$WORK/body")
location parent '["./orphan/b.yaml"]' | serve /orphan-root.yaml -
refresh location:default/parent
becomes component:default/adopted '.metadata.annotations["backstage.io/orphan"] == "true"'
get '/api/catalog/entities?filter=metadata.annotations.backstage.io/orphan=true&fields=metadata.name'
json . '[{"metadata":{"name":"adopted"}}]'
location parent '["./orphan/a.yaml"]' | serve /orphan-root.yaml -
refresh location:default/parent
becomes component:default/adopted '.metadata.annotations["backstage.io/orphan"] == null'
json .metadata.uid "$uid"
delete "/api/catalog/locations/$parent"
is_status 204
by_name component:default/adopted
is_status 404

# ---- a read-only catalog; what happens to a conflict is configured too ----
config '  readonly: true'
own_reload
register "$SITE/three.yaml"
is_status 403
json .error.name NotAllowedError
register "$SITE/one.yaml" '?dryRun=true'
is_status 201
put "/api/catalog/locations/$other" "{\"type\":\"url\",\"target\":\"$SITE/three.yaml\"}"
is_status 403
delete "/api/catalog/locations/$other"
is_status 403
get "/api/catalog/locations/$other"
is_status 200
config '  defaultLocationConflictStrategy: refresh'
own_reload
register "$SITE/one.yaml"
is_status 201
json .location.id "$other"

unharmed
done_testing
