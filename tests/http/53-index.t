#!/bin/sh
# The catalog's index: filters that count, sorting, pages, export, all in the address; the palette; the pages of those who run it.
. tests/http/lib.sh
as nobody

# shellcheck disable=SC2317 # called by eventually
there() {
	get /catalog/default/component/ledger && [ "$STATUS" = 200 ]
}
ok "the example is there" eventually 30 there

# rows: the names in the table, in their order; total: what the heading counts.
rows() {
	sed -n 's/.*<td class="name"><div class="line"><a href="[^"]*\/\([^"\/]*\)" title.*/\1/p' "$WORK/body" | tr '\n' ' '
}
total() {
	sed -n 's/.*<h1>[^<]*<span class="count">\([^<]*\)<.*/\1/p' "$WORK/body"
}
# count_of LIST VALUE: what a filter says of a value.
count_of() {
	sed -n "s/.*name=\"filters\[$1\]\" value=\"$2\"[^<]*><span>[^<]*<\/span><span class=\"count\">\([^<]*\)<.*/\1/p" "$WORK/body"
}

# ---- filters ----

get '/catalog?filters[kind]=component'
is_status 200
is "$(total)" 14 'all components are counted'
is "$(rows | wc -w | tr -d ' ')" 14 'and shown'
is "$(count_of type service)" 8 'a type says how many have it'
get '/catalog?filters[kind]=component&filters[type]=service'
is "$(total)" 8 'what a filter promised is what it leaves'
is "$(count_of type library)" 3 'the other types say what they would add'
has 'checked><span>service'
lacks '<th scope="col" class="type"' # one type needs no column
get '/catalog?filters[kind]=component&filters[type]=service&filters[type]=library'
is "$(total)" 11 'two of a list: one or the other'
get '/catalog?filters[kind]=component&filters[type][]=service&filters[owners][0]=billing-team'
is "$(rows)" 'invoice-service ledger payment-gateway ' "older forms of Backstage's links work, owners by their short names too"
get '/catalog?filters[kind]=component&filters[owners]=group:default/billing-team&filters[type]=all'
is "$(total)" 3 'type=all is no choice'
get '/catalog?filters[kind]=component&filters[tags]=java&filters[tags]=go&filters[lifecycles]=production'
is "$(rows | wc -w | tr -d ' ')" "$(total)" 'lists of different kinds are all kept to'
get '/catalog?filters[kind]=component&filters[text]=books'
is "$(rows)" 'ledger ' 'the text is found in descriptions'
has 'value="books"'
get '/catalog?filters[kind]=component&filters[user]=owned'
has 'Nothing here matches'
get '/catalog?filters[kind]=component&filters[owners]=group:default/nobody-like-it'
is "$(total)" 0 'an owner that owns nothing leaves nothing'
has 'Clear the filters'
get '/catalog?filters[kind]=component&filters[orphan]=true'
is "$(total)" 0 'there are no orphans'
get '/catalog?filters[text]=%3Cscript%3Ealert(1)%3C/script%3E'
is_status 200
lacks '<script>alert'

# ---- sorting and pages ----

get '/catalog?filters[kind]=component&limit=5'
first=$(rows)
has '1–5 of 14'
has 'href="/catalog?filters[kind]=component&amp;limit=50" aria-label="50 rows a page"'
has 'offset=5&amp;limit=5'
get '/catalog?filters[kind]=component&limit=5&offset=5'
has '6–10 of 14'
second=$(rows)
get '/catalog?filters[kind]=component&limit=10'
is "$first$second" "$(rows)" 'pages follow each other'
get '/catalog?filters[kind]=component&limit=5&sort=-name'
get_sorted=$(rows)
get '/catalog?filters[kind]=component&limit=200'
is "$get_sorted" "$(rows | tr ' ' '\n' | grep . | tail -n 5 | sort -r | tr '\n' ' ')" 'sorted the other way round'
has 'aria-sort="ascending"'
get '/catalog?filters[kind]=component'
lacks 'aria-label="50 rows a page"'
get '/catalog?filters[kind]=component&limit=5&offset=5'
has 'name="limit" value="5"'
get '/catalog?sort=colour'
is_status 400
has 'cannot be sorted by'
get '/catalog?offset=-1'
is_status 400

# ---- other kinds ----

get '/catalog?filters[kind]=location'
has 'Targets'
get /api-docs
is_status 200
has '<h1>APIs'
is "$(total)" 4 'the index of APIs is one of the same'
get '/catalog?filters[kind]=component&filters[type]=service&filters[user]=starred'
has '<h1>Starred service Components'
get '/catalog/choices?filters[kind]=api&list=type&words=graph'
has 'value="graphql"'
get '/catalog/choices?filters[kind]=component&list=owners&words=bill'
is_status 200
has 'group:default/billing-team'
lacks 'dispatch-team'
lacks '<html'
get '/catalog/choices?list=colour'
is_status 400

# ---- export ----

get '/catalog/export.csv?filters[kind]=component&filters[owners]=billing-team'
is_status 200
header Content-Type 'text/csv; charset=utf-8'
header Content-Disposition 'attachment; filename="catalog.csv"'
is "$(head -n 1 "$WORK/body" | tr -d '\r')" '"name","type","owner","description"' 'columns, when nobody says more'
is "$(wc -l <"$WORK/body")" 4 'a line for each'
get '/catalog/export.csv?filters[kind]=component&columns=name,tags&sort=-name'
is "$(sed -n 2p "$WORK/body" | tr -d '\r' | cut -d, -f1)" '"tracking-ingest"' 'in the order of the list'
get '/catalog/export.json?filters[kind]=component&columns=ref&columns=owner'
json length 14
json '.[0] | keys' '["owner","ref"]'
get '/catalog/export.json?columns=colour'
is_status 400

# ---- the palette ----

get '/palette?q=led'
is_status 200
has 'role="option"'
has '/catalog/default/component/ledger'
lacks '<html'
get '/palette?q=regis'
has 'href="/catalog-import"'
get '/palette?q=%3Cb%3E'
lacks '<b>'
get '/search?query=ledger'
is_status 200
has '/catalog/default/component/ledger'
get '/search?query=zzzz-nothing'
has 'Nothing is found for'

# ---- settings ----

get /settings
is_status 200
csrf=$(sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1)
post_form /settings/theme "_csrf=$csrf" theme=dark to=/catalog
is_status 303
header Location /catalog
get /catalog
has 'data-theme="dark"'
post_form /settings/theme "_csrf=$csrf" theme=system to=//evil.example
header Location /
get /catalog
lacks 'data-theme='
post_form /settings/theme "_csrf=$csrf" theme=pink
is_status 400
post_form /settings/theme theme=dark
is_status 403

# ---- for those who run it ----

for page in '' /errors /orphans /jobs /locations '/jobs?queue=catalog.source'; do
	get "/admin$page"
	is_status 200
done
has 'catalog.source'
get /design
is_status 200

done_testing
