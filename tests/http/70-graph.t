#!/bin/sh
# The catalog's graph: its data, its page without scripts, what its address may say, and the files that draw it.
. tests/http/lib.sh
as nobody

# shellcheck disable=SC2317 # called by eventually
there() {
	get "$1" && [ "$STATUS" = 200 ]
}
# The other side of a relation is put together a moment after the file was read; the graph needs only the file.
# shellcheck disable=SC2317
whole() {
	get '/catalog-graph/data?rootEntityRefs[]=component:default/ledger' && [ "$(jq '.nodes | length' "$WORK/body")" = 6 ]
}
ok 'the example is there' eventually 30 there /catalog/default/component/ledger
ok 'all around it is there' eventually 30 whole

# ---- data ----
data() {
	get "/catalog-graph/data?rootEntityRefs[]=component:default/ledger${1:+&}$1"
}
data ''
is_status 200
header_has Content-Type application/json
json '[.nodes[] | .ref] | sort' '["component:default/invoice-service","component:default/ledger","component:default/payment-gateway","group:default/billing-team","resource:default/ledger-db","system:default/billing"]'
json '.nodes[0]' '{"ref":"component:default/ledger","kind":"Component","icon":"box","title":"ledger","type":"service","depth":0,"found":true,"url":"/catalog/default/component/ledger"}'
json '.edges[] | select(.to == "resource:default/ledger-db")' '{"from":"component:default/ledger","to":"resource:default/ledger-db","relation":"dependsOn","words":"depends on","inverse":"dependencyOf","inverseWords":"dependency of","depth":1}'
json '[.leftOut, .more]' '[0,false]'
data 'selectedKinds[]=Resource'
json '[.nodes[].ref]' '["component:default/ledger","resource:default/ledger-db"]'
data 'selectedRelations[]=ownedBy&selectedRelations[1]=partOf&mergeRelations=false'
json '[.edges[] | [.from, .relation, .to]]' '[["component:default/ledger","ownedBy","group:default/billing-team"],["component:default/ledger","partOf","system:default/billing"]]'
data 'maxDepth=2&limit=3'
json '[(.nodes | length), .leftOut > 0]' '[3,true]'
data 'maxDepth='
json_true '.nodes | map(.depth) | max > 2'
data 'maxDepth=Infinity'
json_true '.nodes | map(.depth) | max > 2'
# Names in any case; the same root twice; libraries write lists in three ways.
get '/catalog-graph/data?rootEntityRefs=Component:Default/Ledger&rootEntityRefs[0]=component:ledger&rootEntityRefs%5B%5D=ledger'
json '[.nodes[] | select(.depth == 0) | .ref]' '["component:default/ledger"]'
get '/catalog-graph/data?rootEntityRefs[]=component:default/nothing-like-it'
is_status 200
json '[.nodes, .edges]' '[[{"ref":"component:default/nothing-like-it","kind":"component","icon":"box","title":"nothing-like-it","type":"","depth":0,"found":false,"url":"/catalog/default/component/nothing-like-it"}],[]]'
head_of '/catalog-graph/data?rootEntityRefs[]=ledger'
is_status 200

# ---- what cannot be asked ----
refused() {
	get "/catalog-graph$1"
	is_status 400
	has "$2"
}
refused /data 'rootEntityRefs[] must name'
refused '?rootEntityRefs[]=component:' 'rootEntityRefs: '
for wrong in maxDepth=0 maxDepth=-1 maxDepth=51 maxDepth=many unidirectional=perhaps mergeRelations=1 direction=up curve=round limit=0 limit=x; do
	refused "?rootEntityRefs[]=ledger&$wrong" "${wrong%%=*}"
done
many=$(seq 60 | sed 's/.*/rootEntityRefs[]=c&/' | tr '\n' '&')
refused "?${many%?}" 'at most 50'
get "/catalog-graph?rootEntityRefs[]=%3Cscript%3Ealert(1)%3C/script%3E"
lacks '<script>alert'

# ---- the page ----
get '/catalog-graph?rootEntityRefs[]=component:default/ledger&maxDepth=2&showFilters=false'
is_status 200
has '<h1>Graph of <a href="/catalog/default/component/ledger">ledger</a>'
has '1 step away'
has '2 steps away'
has 'href="/catalog/default/resource/ledger-db"'
# Going on from another entity keeps the rest of the address.
has 'href="/catalog-graph?rootEntityRefs[]=resource%3Adefault%2Fledger-db&amp;maxDepth=2&amp;showFilters=false"'
has 'data-graph="/catalog-graph/data?rootEntityRefs[]=component:default/ledger&amp;maxDepth=2&amp;showFilters=false"'
has 'name="maxDepth" min="1" max="50" value="2"'
lacks 'data-graph-part="filters" open'
lacks ' style='
lacks 'undefined'
get '/catalog-graph?rootEntityRefs[]=component:default/ledger&selectedKinds[]=nothing'
has 'No relations to show'
has 'value="nothing" checked'
get '/catalog-graph?rootEntityRefs[]=component:default/ledger&limit=3'
has 'more in reach are left out'
get '/catalog-graph?rootEntityRefs[]=component:default/nothing-like-it'
is_status 200
has 'There is no component named nothing-like-it'
get /catalog-graph
is_status 200
has 'Start from'
has 'href="/catalog-graph?rootEntityRefs[]=system%3Adefault%2F'

# ---- what draws it ----
libraries() {
	grep -rhoE "vendor/[a-z-]+-[0-9][^\"'/]*/[^\"' ]+" handlers/views nginx/static/*.js | sort -u
}
ok 'there are libraries to look for' test -n "$(libraries)"
for file in graph.js graph-layout.js graph-draw.js graph.css $(libraries); do
	get "/static/$file"
	is_status 200
done
get /static/vendor/elkjs-0.12.1/elk-worker.min.js -H 'Accept-Encoding: gzip'
header Content-Encoding gzip
header_has Cache-Control immutable
header X-Content-Type-Options nosniff

done_testing
