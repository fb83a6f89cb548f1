#!/bin/sh
# What must not hurt: documents, servers, links and requests made to break the catalog. Each is refused with what and where.
# shellcheck disable=SC2016,SC2317,SC2154
. tests/http/lib.sh
. tests/fixtures/own.sh
fixtures
CAT=$WORK/cat
mkdir -p "$CAT/links" "$WORK/outside"
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: null}}
${SAN:+server: {memoryLimit: 2048\}}
backend:
  auth: {externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]}
  reading: {allow: [{host: "${SITE#*//}"}]}
catalog:
  rules: [{allow: [Component, API, Location]}]
  locations:
    - {type: file, target: $CAT/good.yaml}
    - {type: file, target: $CAT/fifo}
    - {type: file, target: /dev/zero}
    - {type: file, target: $CAT/large.yaml}
    - {type: file, target: $CAT/links/**/*.yaml}
YAML
component() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: %s\n' "$1"
	printf 'spec:\n  type: service\n  lifecycle: production\n  owner: %s\n' "${2:-core}"
}
component good >"$CAT/good.yaml"
mkfifo "$CAT/fifo"
truncate -s 100M "$CAT/large.yaml"
component plain >"$CAT/links/plain.yaml"
component secret >"$WORK/outside/secret.yaml"
ln -s "$WORK/outside/secret.yaml" "$CAT/links/link.yaml"
ln -s "$WORK/outside" "$CAT/links/folder"
ln -s .. "$CAT/links/up"
ln -s loop "$CAT/links/loop"
component latin >"$CAT/links/$(printf 'caf\351.yaml')"
component quoted >"$CAT/links/$(printf "a'\"\\\\ \n%%00🚢.yaml")"
printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: through}\nspec: {targets: ["./link.yaml", "./folder/secret.yaml"]}\n' \
	>"$CAT/links/through.yaml"
own_stack "$WORK/config.yaml"
as tests
becomes component:default/good '.kind == "Component"'

# says LOCATION TEXT...: the Location entity of "type:target" tells what is wrong.
says_at() {
	_location=$(generated "$1")
	shift
	_jq='[.status.items[]?.message] | join(" ")'
	for _text; do
		_jq="$_jq | select(contains(\"$_text\"))"
	done
	becomes "$_location" "$_jq"
}
register() {
	post /api/catalog/locations "{\"type\":\"url\",\"target\":\"$1\"}"
	[ "$STATUS" = 201 ] || { is_status 201; }
}
# refuses NAME TEXT...: the file $WORK/doc, served as NAME, is refused with the texts.
refuses() {
	_name=$1
	shift
	serve "/$_name" "$WORK/doc"
	register "$SITE/$_name"
	says_at "url:$SITE/$_name" "/$_name" "$@"
}
# fails REF TEXT...: an entity that could not be taken in, as the list of failed ones tells.
_fails() {
	get /api/catalog/entities/unprocessed/failed
	jq -e --arg ref "$1" --arg a "$2" --arg b "${3:-}" '[.entities[] | select(.entity_ref == $ref) | .errors[].message] |
		any(contains($a) and contains($b))' "$WORK/body"
}
fails() {
	ok "$1 is refused: $2 ${3:-}" eventually 15 _fails "$@"
}

# ---- files ----
says_at "file:$CAT/fifo" "$CAT/fifo" 'not a regular file'
says_at file:/dev/zero /dev/zero 'not a regular file'
says_at "file:$CAT/large.yaml" "$CAT/large.yaml" 'larger than 10 MiB'
becomes component:default/plain '.kind == "Component"'
becomes component:default/quoted '.metadata.annotations["backstage.io/managed-by-location"] | endswith("🚢.yaml")'
by_name component:default/latin
is_status 404
becomes location:default/through '[.status.items[].message] | map(select(contains("symbolic link"))) | length == 2'
by_name component:default/secret
is_status 404

# ---- documents ----
{
	echo 'a: &a [x, x, x, x, x, x, x, x, x]'
	for pair in b:a c:b d:c e:d f:e g:f h:g i:h; do
		printf '%s: &%s [*%s, *%s, *%s, *%s, *%s, *%s, *%s, *%s, *%s]\n' "${pair%:*}" "${pair%:*}" \
			"${pair#*:}" "${pair#*:}" "${pair#*:}" "${pair#*:}" "${pair#*:}" "${pair#*:}" "${pair#*:}" "${pair#*:}" "${pair#*:}"
	done
} >"$WORK/doc"
refuses laughs.yaml '1000000'
echo 'a: &a [*a]' >"$WORK/doc"
refuses self.yaml 'line 1'
echo 'a: *nothing' >"$WORK/doc"
refuses no-anchor.yaml 'line 1'
head -c 100000 /dev/zero | tr '\0' '[' >"$WORK/doc"
refuses brackets.yaml 'line 1'
head -c 100000 /dev/zero | tr '\0' '-' | sed 's/-/- /g' >"$WORK/doc"
refuses dashes.yaml 'line 1'
head -c 100000 /dev/zero | tr '\0' '{' | sed 's/{/{a: /g' >"$WORK/doc"
refuses braces.yaml 'line 1'
{ component nul && printf '  x: a\0b\n'; } >"$WORK/doc"
refuses nul.yaml 'line'
{ component utf && printf '  x: \377\376\n'; } >"$WORK/doc"
refuses utf8.yaml 'line'
{ component surrogate && printf '  x: \355\240\200\n'; } >"$WORK/doc"
refuses surrogate.yaml 'line'
printf 'just: [a, map' >"$WORK/doc"
refuses torn.yaml 'line'
printf '<<<<<<< HEAD\na: 1\n' >"$WORK/doc"
refuses merge.yaml '/merge.yaml'
printf '%%TAG ! tag:x,2000:\n---\na: !!python/object:os.system x\n' >"$WORK/doc"
refuses tag.yaml 'line'
printf 'apiVersion: [backstage.io/v1alpha1]\nkind: {a: b}\nmetadata: 7\n' >"$WORK/doc"
refuses shape.yaml 'line 1'
printf 'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a, name: b}\n' >"$WORK/doc"
refuses twice.yaml 'line 3'
: | serve /empty.yaml -
register "$SITE/empty.yaml"

# Texts that are named often are large only when they are written out.
{
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: inflated\n  note: &a "'
	head -c 1000000 /dev/zero | tr '\0' a
	printf '"\n  notes: ['
	i=0
	while [ $i -lt 500 ]; do i=$((i + 1)) && printf '*a, '; done
	printf '*a]\nspec: {type: x, lifecycle: y, owner: z}\n'
} | serve /inflated.yaml -
register "$SITE/inflated.yaml"
fails component:default/inflated 'larger than 8 MiB' 'inflated.yaml line 2'
# So are control characters, which JSON writes with six bytes each.
{
	component controls && printf '  x: "'
	head -c 3000000 /dev/zero | tr '\0' 0 | sed 's/0/\\0/g'
	echo '"'
} | serve /controls.yaml -
register "$SITE/controls.yaml"
fails component:default/controls 'larger than 8 MiB' 'controls.yaml line'
# And the files of placeholders.
head -c 5000000 /dev/zero | tr '\0' a | serve /large.txt -
{
	component pulled && printf '  x: ['
	i=0
	while [ $i -lt 300 ]; do i=$((i + 1)) && printf '{$text: ./large.txt}, '; done
	echo ']'
} | serve /pulled.yaml -
register "$SITE/pulled.yaml"
fails component:default/pulled 'larger than 8 MiB' 'pulled.yaml line'
{ printf '%s' '- [' && head -c 900000 /dev/zero | tr '\0' , | sed 's/,/1,/g' && echo ']'; } | serve /wide.yaml -
{ printf 'openapi: 3.0.0\npaths:\n' && awk 'BEGIN { for (i = 0; i < 900; i++) print "  /" i ": {$ref: ./wide.yaml}" }'; } | serve /refs.yaml -
printf 'a: {$ref: ./ring-b.yaml}\n' | serve /ring-a.yaml -
printf 'b: {$ref: ./ring-a.yaml}\n' | serve /ring-b.yaml -
for name in refs ring-a; do
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: %s}\n' "$name"
	printf 'spec: {type: x, lifecycle: y, owner: z, definition: {$openapi: ./%s.yaml}}\n' "$name"
done >"$WORK/bundles"
head -n 5 "$WORK/bundles" | serve /bundle-1.yaml -
tail -n 5 "$WORK/bundles" | serve /bundle-2.yaml -
register "$SITE/bundle-1.yaml"
register "$SITE/bundle-2.yaml"
fails api:default/refs '128 MiB' 'refs.yaml'
fails api:default/ring-a 'references' 'ring-a.yaml'

# ---- names, keys and values that break out of JSON or SQL ----
n63=$(printf '%063d' 0 | tr 0 n)
letters() { printf "%0$1d" 0 | tr 0 o; }
{
	component "$n63" | sed "s/core/'group:default\\/o''; DROP TABLE entity; -- \\\\ \"x\"'/"
	component "${n63}n"
	component odd-owner '"group:🚢/🐙"'
	cat <<'YAML'
  "quo\"te's": "\\ ; -- '"
  emoji 🐙: "🚢 é \u2028 \x01 \0 \\ </script> ${x} {{y}}"
  dependsOn: ["component:a/b/c", "component:x y", "resource:default/ö", 'component:''"']
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: odd-meta
  title: "a\"b\\c'd 🚢"
  description: "line\nbreak \t tab %s %n"
  annotations: {"a.b/c": "'; DELETE FROM entity; --", "x": "\0"}
  labels: {"tier": "x"}
spec: {type: "'", lifecycle: '"', owner: "\\"}
YAML
	component "o'x"
	component case | sed 's/owner: core/owner: a\n  Owner: b/'
	component long-owner "$(letters 600)"
	component just-owner "$(letters 498)"
} >"$WORK/odd.yaml"
serve /odd.yaml "$WORK/odd.yaml"
register "$SITE/odd.yaml"
becomes component:default/odd-meta '.metadata.title == "a\"b\\c'"'"'d 🚢"'
json .metadata.annotations.x "$(printf '\0')"
json '.metadata.annotations["a.b/c"]' "'; DELETE FROM entity; --"
json '[.spec.type, .spec.lifecycle, .spec.owner]' "[\"'\",\"\\\"\",\"\\\\\"]"
by_name component:default/odd-owner
json '.relations | map(.targetRef) | sort | .[-1]' 'resource:default/ö'
json '.relations | map(select(.type == "ownedBy"))[0].targetRef' 'group:🚢/🐙'
json '.relations | length' 5
json '.spec["quo\"te'"'"'s"]' "\\ ; -- '"
json_true '.spec["emoji 🐙"] == "🚢 é \u2028 \u0001 \u0000 \\ </script> ${x} {{y}}"'
by_name "component:default/$n63"
is_status 200
json '.relations[0].targetRef' "group:default/o'; drop table entity; -- \\ \"x\""
by_name component:default/just-owner
json '.relations[0].targetRef | length' 512
fails "component:default/long-owner" '512' 'odd.yaml line'
fails component:default/case 'only differ by casing' Owner
says_at "url:$SITE/odd.yaml" 'metadata.name' "${n63}n"
says_at "url:$SITE/odd.yaml" "o'x"
get "/api/catalog/entities?filter=relations.ownedBy=group:%F0%9F%9A%A2/%F0%9F%90%99&fields=metadata.name"
json '.[0].metadata.name' odd-owner
get '/api/catalog/entities?filter=metadata.name=%27%20OR%201=1%20--'
json . '[]'
get '/api/catalog/entities/by-name/component/default/%27%3BDROP%20TABLE%20entity%3B--'
is_status 404
get "/api/catalog/entities/by-name/component/default/$(printf '%0300d' 0)"
is_status 404
get '/api/catalog/entities/by-name/component/default/%F0%9F%90%99'
is_status 404

# ---- servers ----
printf 'x' | serve /short.yaml - '{"length":5000}'
register "$SITE/short.yaml"
says_at "url:$SITE/short.yaml" /short.yaml 'shorter than announced'
: | serve /endless.yaml - '{"endless":true}'
register "$SITE/endless.yaml"
says_at "url:$SITE/endless.yaml" /endless.yaml '10485760 bytes'
: | serve /bomb.yaml - '{"bomb":1000}'
register "$SITE/bomb.yaml"
says_at "url:$SITE/bomb.yaml" /bomb.yaml '10485760 bytes'
: | serve /broken.yaml - '{"status":500}'
register "$SITE/broken.yaml"
says_at "url:$SITE/broken.yaml" /broken.yaml 500
: | serve /loop.yaml - '{"location":"/loop.yaml"}'
register "$SITE/loop.yaml"
says_at "url:$SITE/loop.yaml" /loop.yaml 'more than 5 redirects'
for to in http://127.0.0.2:9/x http://169.254.169.254/latest/meta-data/ file:///etc/passwd "http://localhost:${SITE##*:}/good.yaml" gopher://x/; do
	name=to-$(printf %s "$to" | tr -c 'a-z0-9\n' -).yaml
	: | serve "/$name" - "{\"location\":\"$to\"}"
	register "$SITE/$name"
	says_at "url:$SITE/$name" "/$name" "${to%%:*}:"
done
component headers | serve /headers.yaml - "{\"headers\":{\"x-long\":\"$(head -c 12000 /dev/zero | tr '\0' x)\"}}"
register "$SITE/headers.yaml"
becomes component:default/headers '.kind == "Component"'
component etag | serve /etag.yaml - "{\"etag\":\"\\\"$(head -c 3000 /dev/zero | tr '\0' e)\\\"\"}"
register "$SITE/etag.yaml"
becomes component:default/etag '.kind == "Component"'
component etag core2 | serve /etag.yaml - "{\"etag\":\"\\\"$(head -c 3000 /dev/zero | tr '\0' e)\\\"\"}"
refresh component:default/etag
becomes component:default/etag '.spec.owner == "core2"'
component hop | serve /hop.yaml -
: | serve /to-hop.yaml - '{"location":"hop.yaml"}'
register "$SITE/to-hop.yaml"
becomes component:default/hop '.kind == "Component"'
# A slow server holds up nobody: not the others' files, not the API.
component slow | serve /slow.yaml - '{"delay":2000}'
i=0
while [ $i -lt 2 ]; do
	i=$((i + 1))
	component slow$i | serve "/slow.yaml?$i" - '{"delay":2000}'
	register "$SITE/slow.yaml?$i"
done
component quick | serve /quick.yaml -
register "$SITE/quick.yaml"
becomes component:default/quick '.kind == "Component"'
ok 'the slow ones are still at it' sh -c "[ \$(curl -s -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer $as' '$URL/api/catalog/entities/by-name/component/default/slow2') = 404 ]"
becomes component:default/slow2 '.kind == "Component"'

# ---- addresses nobody allowed ----
for target in http://127.0.0.1:1/x.yaml "http://localhost:${SITE##*:}/good.yaml" http://169.254.169.254/latest/meta-data/x.yaml 'http://[::1]:80/x.yaml' \
	http://2130706433:1/x.yaml "http://${SITE#*//}@10.0.0.1/x.yaml" http://0.0.0.0/x.yaml https://127.0.0.1.evil.example/x.yaml \
	git+http://127.0.0.1/x.git//a.yaml git+file:///etc//passwd; do
	post '/api/catalog/locations?dryRun=true' "{\"type\":\"url\",\"target\":\"$target\"}"
	is_status 400
	json_true '.error.message | startswith("NotAllowedError") and contains("backend.reading.allow")'
done
for target in 'http://' 'http://a b/' nothing '//x/y' "http://x/$(printf '%05000d' 0)" '\u0000' 'http://x/\u0000y' 'http://x/\ny'; do
	post /api/catalog/locations "{\"type\":\"url\",\"target\":\"$target\"}"
	is_status 400
done
printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: far}\nspec: {targets: ["http://x/%05000d", "a\\0b", "a\\nb"]}\n' 0 | serve /far.yaml -
register "$SITE/far.yaml"
becomes location:default/far '.status.items[0].message | length < 6000'

# ---- requests ----
as tests
post /api/catalog/refresh '{"entityRef":'
is_status 400
post /api/catalog/refresh '{"entityRef":"component:default/good"} x'
is_status 400
post /api/catalog/refresh 'null'
is_status 400
post /api/catalog/refresh "$(printf '{"entityRef":"a\\u0000b:c/d"}')"
ok 'a NUL in a reference names nothing' test "$STATUS" = 404 -o "$STATUS" = 400
printf '{"entityRef":"component:\377"}' >"$WORK/bad.json"
post /api/catalog/refresh "@$WORK/bad.json"
is_status 400
head -c 100000 /dev/zero | tr '\0' '[' >"$WORK/deep.json"
post /api/catalog/entities/by-refs "@$WORK/deep.json"
is_status 400
json_true '.error.message | test("128")'
{ printf '{"entityRefs":["a:b"],"query":' && head -c 3000 /dev/zero | tr '\0' x | sed 's/x/{"$not":/g' && printf 1; } >"$WORK/deep.json"
post /api/catalog/entities/by-refs "@$WORK/deep.json"
is_status 400
{ printf '{"entityRefs":["a:b"],"query":' && head -c 100 /dev/zero | tr '\0' x | sed 's/x/{"$not":/g' && printf '{"kind":"a"}' &&
	head -c 100 /dev/zero | tr '\0' '}' && printf '}'; } >"$WORK/deep.json"
post /api/catalog/entities/by-refs "@$WORK/deep.json"
is_status 400
head -c 11534336 /dev/zero | tr '\0' ' ' >"$WORK/large.json"
post /api/catalog/entities/by-refs "@$WORK/large.json" -H 'Expect:'
is_status 413
post /api/catalog/entities/by-refs "@$WORK/large.json" -H 'Expect:' -H 'Transfer-Encoding: chunked'
is_status 413
{ printf '{"entityRefs":[' && awk 'BEGIN { for (i = 0; i < 200000; i++) printf "\"component:default/x%d\",", i }' && printf '"component:good"]}'; } >"$WORK/many.json"
post /api/catalog/entities/by-refs "@$WORK/many.json"
ok 'many references are answered or refused' test "$STATUS" = 200 -o "$STATUS" = 400 -o "$STATUS" = 413
post /api/catalog/entities/by-refs '{"entityRefs":["component:good"],"entityRefs":7,"x":1e999}'
ok 'odd JSON is answered or refused' test "$STATUS" = 200 -o "$STATUS" = 400
post /api/catalog/entities/by-refs '{}' -H 'Content-Type: text/plain'
is_status 400
get '/api/catalog/entities/by-name/component/default/a%00b'
is_status 400
get '/api/catalog/entities/by-name/component/default/%zz'
is_status 400
get '/api/catalog/entities/by-uid/..%2f..%2fentities'
is_status 404
get '/api/catalog/entities?filter=kind=%ff'
is_status 400
get '/api/catalog/entities?limit=99999999999999999999'
is_status 400
get "/api/catalog/entities?$(awk 'BEGIN { for (i = 0; i < 300; i++) printf "filter=kind=x&" }')"
ok 'many filters are answered or refused' test "$STATUS" = 200 -o "$STATUS" = 400 -o "$STATUS" = 414
get '/api/catalog/entities?fields=[0]'
is_status 400
get '/api/catalog/entities?order=asc:%00'
is_status 400
post /api/catalog/validate-entity '{"entity":{"apiVersion":"backstage.io/v1alpha1","kind":"API","metadata":{"name":"x"},
	"spec":{"type":"a","lifecycle":"b","owner":"c","definition":{"$text":"file:///etc/passwd"}}},"location":"url:http://127.0.0.1:1/x.yaml"}'
is_status 400
lacks 'root:x:0'
post /api/catalog/analyze-location '{"location":{"type":"url","target":"http://169.254.169.254/"}}'
ok 'an address that is not allowed is not analysed' test "$STATUS" = 400 -o "$STATUS" = 200
lacks 'meta-data'

# ---- how many documents ----
many() { awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++)
	print "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: many-" i "}\nspec: {type: x, lifecycle: y, owner: z}" }'; }
many 10001 >"$WORK/doc"
refuses too-many.yaml 10000
by_name component:default/many-1
is_status 404
many 10000 | serve /many.yaml -
post /api/catalog/locations "{\"type\":\"url\",\"target\":\"$SITE/many.yaml\"}"
many=$(jq -r .location.id "$WORK/body")
ok '10,000 documents are taken in' eventually 60 _holds component:default/many-10000 '.kind == "Component"'
delete "/api/catalog/locations/$many"
is_status 204
by_name component:default/many-5000
is_status 404

by_name component:default/good
is_status 200
unharmed
done_testing
