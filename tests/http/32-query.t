#!/bin/sh
# Lists, pages, counts and facets as a client sees them, judged by what jq makes of the whole catalog.
# shellcheck disable=SC2016 # $names are jq's and JSON's
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
fixtures
CAT=$WORK/cat
mkdir "$CAT"
awk -v n=400 -v dir="$CAT" -f tests/fixtures/catalog.awk >"$WORK/want"
want=$(($(cut -d' ' -f1 "$WORK/want") + 8))
long=$(printf '%0300d' 7)

# thing NAME LINES...: a Resource of namespace query; lines go below spec.
thing() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata: {name: %s, namespace: query, title: "The %s"}\n' "$1" "$1"
	printf 'spec:\n  type: thing\n  owner: nobody\n'
	shift
	[ $# = 0 ] || printf '  %s\n' "$@"
}
{
	thing one 'rank: 1' 'color: Red' 'parts: [Bolt, nut]'
	thing TWO 'rank: 2' 'color: red' "long: \"$long\""
	thing three 'rank: 10' 'color: Äther' 'none: null'
	thing four 'rank: 4' 'deep: {Inner: {x.y/z: "100%"}}'
	thing five 'color: blue'
	thing six 'color: Blue' 'parts: [nut]'
	thing seven 'rank: 4'
} >"$CAT/things.yaml"
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: {dangerouslyAllowOutsideDevelopment: true}}}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
  reading: {allow: [{host: "${SITE#*//}"}]}
catalog:
  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location]}]
  locations:
    - {type: file, target: $CAT/all.yaml}
    - {type: file, target: $CAT/things.yaml}
YAML
own_stack "$WORK/config.yaml"
as tests

# count QUERY: the total of by-query.
count() {
	get "/api/catalog/entities/by-query?limit=0${1:+&$1}"
	[ "$STATUS" = 200 ] && jq .totalItems "$WORK/body"
}
complete() {
	[ "$(count)" = "$want" ]
}
ok 'all entities are in' eventually 30 complete
ref='"\(.kind):\(.metadata.namespace)/\(.metadata.name)" | ascii_downcase'

# ---- the whole list, in pieces ----
get /api/catalog/entities
is_status 200
header Content-Type 'application/json; charset=utf-8'
header Content-Length ''
cp "$WORK/body" "$WORK/all"
json length "$want"
json "map($ref) | unique | length" "$want"
head_of /api/catalog/entities
is_status 200
ok 'HEAD has no body' test ! -s "$WORK/body"
get '/api/catalog/entities?filter=kind=domain'
header Content-Length "$(wc -c <"$WORK/body")"
get '/api/catalog/entities?filter=kind=nothing'
json . '[]'

# A walk over everything leaves no trace among the bodies that are kept for those who ask often; a page does.
misses() {
	curl -s "$URL/metrics" | awk '$1 == "callboard_body_cache_misses_total" { print $2 }'
}
before=$(misses)
get /api/catalog/entities
ok 'what a walk has read is not kept' test $(($(misses) - before)) -gt 400
get '/api/catalog/entities/by-query?limit=9'
before=$(misses)
get '/api/catalog/entities/by-query?limit=9'
is $(($(misses) - before)) 0 'what a page has read is'

# all JQ: what the whole catalog says.
all() {
	jq -rc "$1" "$WORK/all"
}
# list QUERY MODEL: the unpaged list, the whole by-query and the count agree with a jq condition.
list() {
	_model=$(all "map(select($2) | $ref) | sort")
	get "/api/catalog/entities?$1"
	json "map($ref) | sort" "$_model"
	get "/api/catalog/entities/by-query?limit=5000&$1"
	json ".items | map($ref) | sort" "$_model"
	is "$(count "$1")" "$(printf %s "$_model" | jq length)" "the count of $1"
}
list 'filter=kind=component' '.kind == "Component"'
list 'filter=KIND=Component,spec.type=service' '.kind == "Component" and .spec.type == "service"'
list 'filter=kind=domain&filter=kind=group,metadata.name=group-000001' '.kind == "Domain" or .metadata.name == "group-000001"'
list 'filter=kind=domain,kind=system' '.kind == "Domain" or .kind == "System"'
list 'filter=spec.rank' '.spec.rank'
list 'filter=spec.rank=4' '.spec.rank == 4'
list 'filter=spec.parts.bolt' '.metadata.name == "one"'
list 'filter=spec.parts=NUT' '.metadata.name == "one" or .metadata.name == "six"'
list 'filter=spec.deep.inner.x.y/z=100%25' '.metadata.name == "four"'
list 'filter=spec.long' '.metadata.name == "TWO"'
list "filter=spec.long=$long" 'false'
list 'filter=spec.none' '.metadata.name == "three"'
list 'filter=spec.none=null' 'false'
list 'filter=' 'true'

# Orders: without pages what lacks the field is left out, on pages it comes last.
get '/api/catalog/entities?order=asc:metadata.name'
json "map($ref) | length" "$want"
ok 'ordered in pieces' jq -e 'map(.metadata.name | ascii_downcase) | . == sort' "$WORK/body"
get '/api/catalog/entities?order=desc:kind&order=asc:spec.type&order=desc:metadata.name&fields=kind,spec.type,metadata.name'
ok 'by three fields' jq -e 'length == '"$want"' and (map(.kind) | . == (sort | reverse)) and
	(group_by(.kind) | all(map(.spec.type // "~" | ascii_downcase) | . == sort)) and
	(group_by([.kind, .spec.type // ""]) | all(map(.metadata.name | ascii_downcase) | . == (sort | reverse)))' "$WORK/body"
things='filter=metadata.namespace=query'
get "/api/catalog/entities?$things&order=asc:spec.rank"
json 'map(.spec.rank)' '[1,10,2,4,4]'
get "/api/catalog/entities?$things&order=asc:spec.rank&order=desc:metadata.name"
json 'map(.metadata.name)' '["one","three","TWO","seven","four"]'
get "/api/catalog/entities?$things&order=asc:spec.rank&order=desc:metadata.name&limit=9"
json 'map(.metadata.name)' '["one","three","TWO","seven","four","six","five"]'
header Link ''
get "/api/catalog/entities?$things&order=desc:spec.rank&offset=4"
json 'map(.metadata.name) | [.[0], length]' '["one",3]'
get "/api/catalog/entities?$things&order=desc:spec.rank&limit=3"
json 'map(.spec.rank)' '[4,4,2]'
after=$(printf '{"limit":3,"offset":3}' | base64)
header Link "</entities?$things&order=desc:spec.rank&limit=3&after=$(printf %s "$after" | sed 's/=/%3D/g')>; rel=\"next\""
get "/api/catalog/entities?$things&order=desc:spec.rank&after=$after"
json 'map(.spec.rank)' '[10,1,null]'
get '/api/catalog/entities?limit=450&offset=20&order=asc:metadata.name'
json length 450
header Content-Length ''
header_has Link 'rel="next"'
json '[.[0], .[449]] | map(.metadata.name)' "$(all 'map(.metadata.name) | sort_by(ascii_downcase) | [.[20], .[469]]')"

# ---- predicates ----
# fits PREDICATE MODEL
fits() {
	post /api/catalog/entities/by-query "{\"limit\":5000,\"query\":$1}"
	is_status 200
	json ".items | map($ref) | sort" "$(all "map(select($2) | $ref) | sort")"
}
fits '{}' true
fits '{"$any":[]}' false
fits '{"kind":"resource","metadata.namespace":"QUERY"}' '.metadata.namespace == "query"'
fits '{"$all":[{"metadata.namespace":"query"},{"$not":{"spec.color":{"$exists":true}}}]}' '.metadata.namespace == "query" and (.spec.color | not)'
fits '{"spec.rank":{"$in":[1,"10",99]}}' '.spec.rank == 1 or .spec.rank == 10'
fits '{"spec.color":{"$hasPrefix":"BL"}}' '.spec.color // "" | ascii_downcase | startswith("bl")'
fits '{"spec.parts":{"$contains":"bolt"}}' '.metadata.name == "one"'
fits '{"relations":{"$contains":{"type":"ownedBy","targetRef":{"$in":["group:default/group-000001"]}}}}' \
	'.relations | any(.type == "ownedBy" and .targetRef == "group:default/group-000001")'

# ---- cursors, to the end both ways ----
total=$(count 'filter=kind=component')
# walk KEY FIRST-PAGE: from the page in $WORK/body along pageInfo.KEY; names of all pages, one a line, to $WORK/walked.
walk() {
	: >"$WORK/walked"
	pages=1
	jq -r '.items[].metadata.name' "$WORK/body" >"$WORK/walked"
	while cursor=$(jq -r ".pageInfo.$1 // empty" "$WORK/body") && [ -n "$cursor" ] && [ "$pages" -lt 40 ]; do
		ask GET /api/catalog/entities/by-query -G -d limit=37 --data-urlencode "cursor=$cursor"
		[ "$STATUS" = 200 ] && [ "$(jq .totalItems "$WORK/body")" = "$total" ] || return 1
		jq -r '.items[].metadata.name' "$WORK/body" >"$WORK/page"
		if [ "$1" = nextCursor ]; then cat "$WORK/walked" "$WORK/page"; else cat "$WORK/page" "$WORK/walked"; fi >"$WORK/both"
		mv "$WORK/both" "$WORK/walked"
		pages=$((pages + 1))
	done
}
for order in '' metadata.name,asc metadata.name,desc spec.lifecycle,asc spec.owner,desc; do
	get "/api/catalog/entities/by-query?limit=37&filter=kind=component${order:+&orderField=$order}"
	json '.pageInfo | has("prevCursor")' false
	ok "forth (${order:-no order})" walk nextCursor
	is "$pages" $(((total + 36) / 37)) "so many pages (${order:-no order})"
	cp "$WORK/walked" "$WORK/forth"
	is "$(sort -u "$WORK/walked" | wc -l)" "$total" "each entity once (${order:-no order})"
	ok "back (${order:-no order})" walk prevCursor
	ok "the same way back (${order:-no order})" cmp "$WORK/walked" "$WORK/forth"
done
get '/api/catalog/entities/by-query?limit=37&filter=kind=component&orderField=metadata.name,desc'
json '.items | map(.metadata.name)' "$(all 'map(select(.kind == "Component").metadata.name) | sort | reverse | .[:37]')"
next=$(jq -r .pageInfo.nextCursor "$WORK/body")
printf %s "$next" | base64 -d >"$WORK/body"
json 'del(.orderFieldValues)' '{"orderFields":[{"field":"metadata.name","order":"desc"}],"filter":["kind=component"],"isPrevious":false,"totalItems":'"$total"'}'
# What the cursor says is what counts; fields and limit are asked for anew.
ask GET /api/catalog/entities/by-query -G -d limit=2 -d filter=kind=user -d offset=7 -d orderField=kind -d fields=metadata.name \
	--data-urlencode "cursor=$next"
json .items "$(all 'map(select(.kind == "Component").metadata.name) | sort | reverse | .[37:39] | map({metadata: {name: .}})')"
post /api/catalog/entities/by-query '{"query":{"kind":"component"},"limit":700,"totalItems":"exclude","orderBy":[{"field":"metadata.name","order":"asc"}]}'
json '[.totalItems, (.items | length)]' "[0,$total]"
header Content-Length ''
post /api/catalog/entities/by-query '{"query":{"kind":"component"},"limit":3,"offset":1,"orderBy":[{"field":"metadata.name","order":"asc"}]}'
next=$(jq -r .pageInfo.nextCursor "$WORK/body")
post /api/catalog/entities/by-query "{\"cursor\":\"$next\",\"limit\":2,\"fields\":[\"metadata.name\"]}"
json '.items | map(.metadata.name)' "$(all 'map(select(.kind == "Component").metadata.name) | sort | .[4:6]')"

# ---- counts ----
get '/api/catalog/entities/by-query?limit=0&filter=kind=component'
json . "{\"items\":[],\"totalItems\":$total,\"pageInfo\":{}}"
get '/api/catalog/entities/by-query?filter=kind=component'
json '[(.items | length), .totalItems]' "[200,$total]"
get "/api/catalog/entities/by-query?$things&orderField=spec.rank"
json '[.totalItems, .pageInfo, (.items | map(.metadata.name))]' '[5,{},["one","three","TWO","four","seven"]]'
get "/api/catalog/entities/by-query?$things&offset=99"
json . '{"items":[],"totalItems":7,"pageInfo":{}}'
head_of '/api/catalog/entities/by-query?limit=1'
is_status 200
ok 'HEAD of a page has no body' test ! -s "$WORK/body"

# ---- full text ----
get "/api/catalog/entities/by-query?$things&fullTextFilterTerm=%20THE%20f&fullTextFilterFields=metadata.title,%20spec.color"
json '.items | map(.metadata.name)' '["four","five"]'
get "/api/catalog/entities/by-query?$things&fullTextFilterTerm=o&orderField=metadata.name,desc"
json '.items | map(.metadata.name)' '["TWO","one","four"]'
get "/api/catalog/entities/by-query?$things&fullTextFilterTerm=%25"
json .totalItems 0
get "/api/catalog/entities/by-query?$things&fullTextFilterTerm=%20"
json .totalItems 7
post /api/catalog/entities/by-query '{"fullTextFilter":{"term":"the t","fields":["metadata.title"]},"limit":1,"orderBy":[{"field":"metadata.name","order":"asc"}]}'
json '[.totalItems, .items[0].metadata.name]' '[2,"three"]'
next=$(jq -r .pageInfo.nextCursor "$WORK/body")
post /api/catalog/entities/by-query "{\"cursor\":\"$next\"}"
json '[.totalItems, .items[0].metadata.name, (.pageInfo | keys)]' '[2,"TWO",["prevCursor"]]'

# ---- facets ----
get '/api/catalog/entity-facets?facet=kind&facet=Spec.Lifecycle&facet=kind&facet=spec.nothing'
json '.facets | keys_unsorted' '["kind","Spec.Lifecycle","spec.nothing"]'
json '.facets.kind | sort_by(.value)' "$(all 'group_by(.kind) | map({value: .[0].kind, count: length})')"
json '.facets["Spec.Lifecycle"] | sort_by(.value)' \
	"$(all 'map(select(.spec.lifecycle)) | group_by(.spec.lifecycle) | map({value: .[0].spec.lifecycle, count: length})')"
get "/api/catalog/entity-facets?facet=spec.color&$things"
json '.facets["spec.color"] | map([.value, .count]) | sort' '[["Blue",1],["Red",1],["blue",1],["red",1],["Äther",1]]'
get "/api/catalog/entity-facets?facet=spec.parts&$things&filter=spec.rank=4"
json '.facets["spec.parts"] | map([.value, .count]) | sort' '[["Bolt",1],["nut",2]]'
post /api/catalog/entity-facets '{"facets":["spec.rank","spec.long","spec.none"],"query":{"metadata.namespace":"query"}}'
json .facets '{"spec.rank":[{"value":"1","count":1},{"value":"10","count":1},{"value":"2","count":1},{"value":"4","count":2}],"spec.long":[],"spec.none":[]}'

# ---- what was written is there at once ----
for i in 1 2 3; do
	post /api/catalog/locations "{\"type\":\"url\",\"target\":\"$SITE/none-$i.yaml\"}"
	is_status 201
	id=$(jq -r .location.id "$WORK/body") name=$(jq -r '.location.entityRef | sub(".*/"; "")' "$WORK/body")
	is "$(count "filter=kind=location,metadata.name=$name")" 1 "registered ($i): it is in the next list"
	delete "/api/catalog/locations/$id"
	is_status 204
	is "$(count "filter=kind=location,metadata.name=$name")" 0 "deleted ($i): it is in no list"
done

# ---- locations by predicate ----
for i in 1 2 3 4 5; do
	post /api/catalog/locations "{\"type\":\"url\",\"target\":\"$SITE/q/$i.yaml${long}\"}"
done
post /api/catalog/locations/by-query "{\"query\":{\"target\":{\"\$hasPrefix\":\"$SITE/q/\"}},\"limit\":2}"
json '[.totalItems, (.items | length)]' '[5,2]'
cp "$WORK/body" "$WORK/first"
next=$(jq -r .pageInfo.nextCursor "$WORK/body")
post /api/catalog/locations/by-query "{\"cursor\":\"$next\"}"
json '.items | length' 2
next=$(jq -r .pageInfo.nextCursor "$WORK/body")
post /api/catalog/locations/by-query "{\"cursor\":\"$next\",\"limit\":9}"
json '[(.items | length), .pageInfo]' '[1,{}]'
post /api/catalog/locations/by-query "{\"query\":{\"target\":\"$SITE/q/3.yaml${long}\"}}"
json '.items | map(.target)' "[\"$SITE/q/3.yaml${long}\"]"
post /api/catalog/locations/by-query "{\"query\":{\"entityRef\":\"$(jq -r '.items[0].entityRef' "$WORK/first")\",\"type\":\"url\"}}"
json '.items[0].id' "$(jq -r '.items[0].id' "$WORK/first")"
post /api/catalog/locations/by-query '{"query":{"type":"file"}}'
json . '{"items":[],"totalItems":0,"pageInfo":{}}'
post /api/catalog/locations/by-query '{"query":{"$all":[]}}'
json .totalItems 0
post /api/catalog/locations/by-query '{"query":{"$all":[],"$any":[{"type":"url"}]}}'
json .totalItems 0
post /api/catalog/locations/by-query '{"query":{"$not":{"$any":[{"$all":[]},{"type":"file"}]}}}'
json '.totalItems > 0' true
post /api/catalog/locations/by-query '{}'
json .totalItems 5

# ---- errors ----
# refused MESSAGE: status 400 and its words.
refused() {
	is_status 400
	json '.error | [.name, .message] | join(": ")' "InputError: $1"
}
get '/api/catalog/entities/by-query?limit=x' && refused 'request/query/limit must be integer'
get '/api/catalog/entities/by-query?limit=-1' && refused 'request/query/limit must be >= 0'
get '/api/catalog/entities/by-query?offset=-1' && refused 'request/query/offset must be >= 0'
get '/api/catalog/entities/by-query?orderField=a,up' && refused 'Invalid order field order, must be asc or desc'
get '/api/catalog/entities/by-query?orderField=a&orderField=,asc' && refused 'Invalid order field, it must name a field'
get '/api/catalog/entities/by-query?totalItems=some' &&
	refused 'request/query/totalItems must be equal to one of the allowed values: include, exclude'
get '/api/catalog/entities/by-query?query=x' && refused "unknown query parameter 'query'"
get '/api/catalog/entities/by-query?filter=a,=b' &&
	refused "Invalid filter, '=b' is not a valid statement (expected a string on the form a=b or a= or a)"
get '/api/catalog/entities/by-query?fields=a[0]' && refused 'invalid field "a[0]", array type fields are not supported'
post /api/catalog/entities/by-query '{"limit":1.5}' && refused 'request/body/limit must be integer'
post /api/catalog/entities/by-query '{"offset":-1}' && refused 'request/body/offset must be >= 0'
post /api/catalog/entities/by-query '{"query":[]}' && refused 'request/body/query must be object'
post /api/catalog/entities/by-query '{"orderBy":{}}' && refused 'request/body/orderBy must be array'
post /api/catalog/entities/by-query '{"orderBy":[{"field":"a"},{"field":7}]}' && refused 'request/body/orderBy/1/field must be string'
post /api/catalog/entities/by-query '{"orderBy":[{"field":"a","order":"up"}]}' &&
	refused 'request/body/orderBy/0/order must be equal to one of the allowed values: asc, desc'
post /api/catalog/entities/by-query '{"fullTextFilter":{"fields":[]}}' && refused 'request/body/fullTextFilter/term must be string'
post /api/catalog/entities/by-query '{"cursor":""}' && refused 'Malformed cursor, could not be parsed'
post /api/catalog/entities/by-query '{"cursor":7}' && refused 'request/body/cursor must be string'
post /api/catalog/entities/by-query '{"query":{"a":{"$frob":1}}}' &&
	refused 'request/body/query/a: unknown operator $frob; known are $exists, $in, $hasPrefix, $contains'
get /api/catalog/entity-facets && refused "request/query must have required property 'facet'"
get '/api/catalog/entity-facets?facet=kind&fields=a' && refused "unknown query parameter 'fields'"
post /api/catalog/entity-facets '{"facets":[]}' && refused 'request/body/facets must NOT have fewer than 1 items'
post /api/catalog/entity-facets '{"facets":["kind"],"query":3}' && refused 'request/body/query must be object'
post /api/catalog/locations/by-query '{"limit":-1}' && refused 'request/body/limit must be >= 0'
post /api/catalog/locations/by-query '{"cursor":"e30="}' && refused 'Malformed cursor, could not be parsed'
get '/api/catalog/entities?limit=0' && refused 'request/query/limit must be >= 1'
get '/api/catalog/entities?order=up:a' && refused 'Invalid order parameter "up:a", expected "<asc or desc>:<field name>"'

post /api/catalog/entity-facets '{"facets":["kind\u0000x"]}' && refused 'request/body/facets/0 must NOT have NUL characters'
for after in null '[]' '{"limit":0}' '{"limit":-5}' '{"limit":1e300}' '{"limit":"2"}' '{"limit":1.5}' '{"limit":2,"offset":-1}' '{"offset":"1"}'; do
	ask GET /api/catalog/entities -G --data-urlencode "after=$(printf %s "$after" | base64 -w 0)"
	is_status 400
	has 'Malformed after cursor'
done

# Cursors that nobody has made: 400, whatever is in them.
bad_cursors() {
	good='"orderFields":[{"field":"a","order":"asc"}],"orderFieldValues":["x",1],"isPrevious":false,"totalItems":1'
	printf '%s\n' '%%%' 'zzz' 'e30' "$(printf '\377\376' | base64)"
	for text in '' null '[]' '7' '"x"' '{}' "{$good" "{$good}x" '{"orderFieldValues":[null,1]}' \
		"{$good,\"filter\":\"kind=a\"}" "{$good,\"filter\":[7]}" "{$good,\"filter\":[\"=x\"]}" "{$good,\"filter\":[\"a\\u0000b\"]}" \
		"{$good,\"query\":3}" "{$good,\"query\":null}" "{$good,\"query\":{\"a\":{\"\$x\":1}}}" \
		"{$good,\"fullTextFilter\":\"x\"}" "{$good,\"fullTextFilter\":{}}" "{$good,\"fullTextFilter\":{\"term\":\"\"}}" \
		"{$good,\"fullTextFilter\":{\"term\":\"x\",\"fields\":[{}]}}" \
		"{$good,\"orderFields\":[]}" "{$good,\"orderFields\":{}}" "{$good,\"orderFields\":[{\"field\":\"a\",\"order\":\"up\"}]}" \
		"{$good,\"orderFields\":[{\"order\":\"asc\"}]}" "{$good,\"orderFields\":[{\"field\":\"a\",\"order\":\"asc\"},{}]}" \
		"{$good,\"orderFieldValues\":[7,1]}" "{$good,\"orderFieldValues\":[\"x\"]}" "{$good,\"orderFieldValues\":[\"x\",-1]}" \
		"{$good,\"orderFieldValues\":[\"x\",1.5]}" "{$good,\"orderFieldValues\":[\"x\",4294967296]}" \
		"{$good,\"orderFieldValues\":[\"x\",1e999]}" "{$good,\"orderFieldValues\":[\"x\\u0000\",1]}" \
		"{$good,\"isPrevious\":1}" "{$good,\"totalItems\":-1}" "{$good,\"totalItems\":1e300}" "{$good,\"totalItems\":\"1\"}"; do
		printf %s "$text" | base64 -w 0
		echo
	done
}
bad_cursors | while read -r cursor; do
	[ -n "$cursor" ] || continue
	ask GET /api/catalog/entities/by-query -G --data-urlencode "cursor=$cursor"
	[ "$STATUS" = 400 ] || printf 'GET %s %s\n' "$STATUS" "$cursor"
	post /api/catalog/entities/by-query "{\"cursor\":\"$cursor\"}"
	[ "$STATUS" = 400 ] || printf 'POST %s %s\n' "$STATUS" "$cursor"
done >"$WORK/accepted"
ok 'no bad cursor is taken' cmp "$WORK/accepted" /dev/null
sed 's/^/# /' "$WORK/accepted"
good=$(printf '{%s}' '"orderFields":[{"field":"metadata.name","order":"asc"}],"orderFieldValues":["",4294967295],"isPrevious":true,"totalItems":3' | base64 -w 0)
ask GET /api/catalog/entities/by-query -G --data-urlencode "cursor=$good"
json . '{"items":[],"totalItems":3,"pageInfo":{}}'

# ---- the page of a kind, from one to the next ----
as nobody
get '/catalog?filters[kind]=component'
has "<h1>Components <span class=\"count\">$total</span>"
: >"$WORK/walked"
pages=1
while grep -o 'title="component:[^"]*"' "$WORK/body" >>"$WORK/walked" &&
	next=$(sed -n 's/.*href="\([^"]*\)" rel="next">.*/\1/p' "$WORK/body" | sed 's/&amp;/\&/g') && [ -n "$next" ] && [ "$pages" -lt 40 ]; do
	get "$next"
	pages=$((pages + 1))
done
is "$pages" $(((total + 19) / 20)) 'pages of twenty'
is "$(sort -u "$WORK/walked" | wc -l)" "$total" 'all are on them'
ok 'by name' sort -c "$WORK/walked"

unharmed
done_testing
