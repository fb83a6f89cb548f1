#!/bin/sh
# Search: Backstage's API, what is found and in which order, what somebody may not read counts nowhere, changes, a process that dies.
# shellcheck disable=SC2317,SC2016 # functions are called by ok and eventually; jq has variables of its own
. tests/http/lib.sh
. tests/fixtures/own.sh
CAT=$WORK/cat
mkdir "$CAT"
TEAM=token-of-team-a-0123456789
BLIND=token-that-sees-nothing-0123456789

# entity KIND NAME OWNER LIFECYCLE TITLE DESCRIPTION TAG
entity() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: %s\nmetadata: {name: %s, title: "%s", description: "%s", tags: [%s]}\nspec: {type: service, lifecycle: %s, owner: %s}\n' \
		"$1" "$2" "$5" "$6" "$7" "$4" "$3"
}
{
	entity Component payments-api team-a production 'Payments API' 'Takes card payments, and <b>refunds</b> them' java
	entity Component payments-worker team-b production 'Payments worker' 'Settles what the payments API took' go
	entity Component oldPaymentsGateway team-b deprecated 'Old gateway' 'Was replaced by the payments API' cobol
	entity Component userservice team-b production 'Accounts' 'Zephyrquill: people and their café' java
	entity Component secretthing team-b production 'Kept quiet' 'zebrafish payments nobody may see' hidden
	entity Component tokyo-shop team-a production '東京の店' '東京都の決済サービス' java
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: %s}\nspec: {type: team, profile: {displayName: %s, email: %s}, children: []}\n' \
		team-a '"The A Team"' a@example.com team-b '"The B Team"' b@example.com
} >"$CAT/all.yaml"
cat >"$WORK/config.yaml" <<YAML
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
      - {type: static, options: {token: $TEAM, subject: team-a-bot}}
      - {type: static, options: {token: $BLIND, subject: blind}}
catalog:
  rules: [{allow: [Component, Group, User, Location, API]}]
  locations: [{type: file, target: $CAT/all.yaml}]
permission:
  enabled: true
  roles:
    - {name: role:default/all, members: ["service:tests"], rules: [{permission: "catalog.*"}]}
    - name: role:default/team-a
      members: [service:team-a-bot]
      rules:
        - {permission: catalog.entity.read, if: {rule: IS_ENTITY_OWNER, params: {claims: ["group:default/team-a"]}}}
    - {name: role:default/blind, members: ["service:blind"], rules: [{permission: catalog.entity.create}]}
YAML
own_stack "$WORK/config.yaml"
sql() {
	mariadb --no-defaults -uroot -S "$CALLBOARD_STATE/mariadb.sock" callboard -N -B -e "$1"
}
# page ID ENTITY LOCATION TITLE TEXT: a document as search_put() writes it.
page() {
	sql "BEGIN;
		UPDATE id_block SET next_id = LAST_INSERT_ID(next_id) + 1 WHERE name = 'search_change';
		SET @seq = LAST_INSERT_ID();
		REPLACE INTO search_document (id, type, source, location, etag, body) VALUES ($1, 'techdocs', 'site', '$3', SHA1(CONCAT('$4', '$5')),
			JSON_OBJECT('type', 'techdocs', 'entity', $2, 'location', '$3', 'title', '$4', 'text', '$5',
				'fields', JSON_OBJECT('name', 'payments-api', 'kind', 'component', 'namespace', 'default', 'lifecycle', 'production')));
		INSERT INTO search_change (seq, at, ids) VALUES (@seq, 0, '[$1]');
		COMMIT" >/dev/null
}
entity_id() {
	sql "SELECT id FROM entity WHERE ref = '$1'"
}
search() { # search QUERY: parameters behind the "?"
	get "/api/search/query?$1"
}
names() {
	jq -r '[.results[].document.location | split("/") | last] | join(" ")' "$WORK/body"
}
finds() { # finds QUERY NAMES: in that order
	search "term=$1"
	is "$(names)" "$2" "finds $1"
}
total_is() {
	search "$1"
	[ "$(jq .numberOfResults "$WORK/body")" = "$2" ]
}

as tests
ok 'all is found at first' eventually 15 total_is 'types[]=software-catalog' 9

# ---- the document ----

search 'term=zephyrquill'
is_status 200
json '.numberOfResults' 1
json '.results[0].type' software-catalog
json '.results[0].rank' 1
json '.results[0].document' '{"title":"Accounts","text":"Zephyrquill: people and their café","componentType":"service","type":"service","namespace":"default","kind":"Component","lifecycle":"production","owner":"team-b","location":"/catalog/default/component/userservice"}'
json_true '.results[0].highlight | .preTag as $a | .postTag as $z | .fields.text | contains($a + "Zephyrquill" + $z)'
json_true '.results[0].highlight.fields.title == null'
search 'term=%22The+A+Team%22'
json '.results[0].document.text' 'The A Team : a@example.com'

# ---- what is found, in which order ----

finds payments-api 'payments-api payments-worker oldpaymentsgateway'
finds 'payments+API' 'payments-api payments-worker oldpaymentsgateway'
finds PAYMENTSAPI payments-api
finds 'component:default/payments-worker' payments-worker
finds pay+wor payments-worker
finds gateway oldpaymentsgateway
finds service+accounts userservice
finds ervic+accou userservice
finds cafe userservice
finds CAF%C3%89 userservice
finds zephyrqill userservice
finds ezphyrquill userservice
finds zephirquil userservice
finds zephyrquillx userservice
finds zzzephxx ''
finds %E6%B1%BA%E6%B8%88 tokyo-shop
finds %E6%9D%B1%E4%BA%AC tokyo-shop
finds '%22payments+API+took%22' payments-worker
finds '%22API+payments%22' ''
finds kind:group+team 'team-a team-b'
finds owner:team-a+payments payments-api
finds lifecycle:deprecated oldpaymentsgateway
finds tag:go payments-worker
finds 'how+are+payments+settled' payments-worker
finds 'how+are+zebras+settled' ''
finds 'what+is+the+cobol' oldpaymentsgateway

# ---- filters, pages, what is refused ----

search 'term=payments&filters[owner]=team-b'
json '.numberOfResults' 3
search 'term=payments&filters[owner][]=team-a&filters[owner][]=nobody'
json '.numberOfResults' 1
search 'term=zephyrquill&filters[kind]=component'
json '.numberOfResults' 0
search 'term=zephyrquill&filters[kind]=Component&filters[lifecycle]=production'
json '.numberOfResults' 1
search 'term=&pageLimit=4'
json '[(.results | length), .previousPageCursor]' '[4,null]'
next=$(jq -r .nextPageCursor "$WORK/body")
is "$(printf %s "$next" | base64 -d)" 1
first=$(names)
search "term=&pageLimit=4&pageCursor=$next"
json '[(.results | length), .results[0].rank]' '[4,5]'
is "$(printf '%s %s' "$first" "$(names)" | tr ' ' '\n' | sort -u | wc -l)" 8 'no document comes twice'
json_true '.previousPageCursor | @base64d == "0"'
search "term=&pageLimit=4&pageCursor=$(jq -r .nextPageCursor "$WORK/body")"
json '[(.results | length), .nextPageCursor]' '[1,null]'
for refused in 'term=x&types[0]=nosuch' 'term=&pageLimit=101' 'term=&pageLimit=abc' 'term=&pageLimit=-1' 'term=x&filters=bad' 'term=x&filters[]=bad' \
	'term=x&filters[~owner]=bad' 'term=x&pageCursor=zzz' "term=$(printf '%0101d' 0 | tr 0 a)"; do
	search "$refused"
	is_status 400
	json .error.name InputError
done
search "term=$(printf '%0100d' 0 | tr 0 a)"
is_status 200
search 'term=&pageLimit=0'
json '.results | length' 9
as nobody
search 'term=x'
is_status 401
json .error.name AuthenticationError

# ---- documents beside entities, and changes ----

as tests
page 1 "$(entity_id component:default/payments-api)" /docs/default/component/payments-api/walrus/ 'Walrus handbook' 'How the payments walrus is fed quixotic fish'
page 2 "$(entity_id component:default/secretthing)" /docs/default/component/secretthing/walrus/ 'Walrus secrets' 'A quixotic walrus that few may see'
page 3 0 'java	Script:alert(1)' 'Walrus that bites' 'quixotic'
found_within() { # found_within SECONDS QUERY NUMBER
	ok "$2 is found within $1 s" eventually "$1" total_is "$2" "$3"
}
found_within 2 'term=quixotic' 2
json '[.results[].document.title] | sort' '["Walrus handbook","Walrus secrets"]'
found_within 2 'term=walrus+handbook&types[]=techdocs' 1
json '.results[0].document' '{"name":"payments-api","kind":"component","namespace":"default","lifecycle":"production","title":"Walrus handbook","text":"How the payments walrus is fed quixotic fish","location":"/docs/default/component/payments-api/walrus/"}'
search 'term=walrus&filters[name]=payments-api'
json .numberOfResults 2
search 'term=walrus&filters[name]=Payments-API'
json .numberOfResults 0
page 1 "$(entity_id component:default/payments-api)" /docs/default/component/payments-api/walrus/ 'Walrus handbook' 'Now it eats marzipan'
found_within 2 'term=marzipan' 1
found_within 2 'term=fed+quixotic' 0
entity Component newcomer team-a production Newcomer 'brontosaurus' java >>"$CAT/all.yaml"
refresh "$(generated "file:$CAT/all.yaml")"
found_within 15 'term=brontosaurus' 1

# ---- the page, the palette, one entity's documents ----

get '/search?query=payments'
is_status 200
has '<mark>Payments</mark> API'
get '/search?query=payments&types[]=techdocs'
has '/docs/default/component/payments-api/walrus/'
lacks '/catalog/default/component/payments-worker'
get '/search?query=payments&filters[owner][]=team-b'
has 'name="filters[owner][]" value="team-a"'
has 'value="team-b" checked'
lacks 'href="/catalog/default/component/payments-api"'
get '/search?query=refunds'
has '&#60;b&#62;<mark>refunds</mark>&#60;/b&#62;'
lacks '<b>refunds'
get '/search?query=zzzq'
has 'Nothing is found for'
get '/search?query=zephirquil'
has 'href="/search?query=zephyrquill"'
get '/search?query=%3Cscript%3E'
lacks '“<script>'
get /search
has 'What are you looking for?'
get '/palette?q=pay'
has '/catalog/default/component/payments-api'
get '/search/in/default/component/payments-api?q=marzipan'
is_status 200
has '<mark>marzipan</mark>'
lacks '<html'
get '/search/in/default/component/userservice?q=marzipan'
has 'No page here has'
get '/search/in/default/component/nobody?q=marzipan'
is_status 404
get '/search?query=x&types[]=nosuch'
is_status 400

# ---- what somebody may not read counts nowhere ----

as $TEAM
search 'term='
json '[.numberOfResults, (.results | length)]' '[4,4]'
search 'term=zebrafish'
json '[.numberOfResults, .results, .nextPageCursor]' '[0,[],null]'
search 'term=zebrafisch'
json '[.numberOfResults, .results]' '[0,[]]'
search 'term=payments&pageLimit=1&types[]=software-catalog'
json '[.numberOfResults, .nextPageCursor]' '[1,null]'
search 'term=walrus&types[]=techdocs'
json .numberOfResults 1
json '[.results[].document.title]' '["Walrus handbook"]'
get '/search?query=zebrafisch'
lacks zebrafish
get '/search?query=payments'
lacks secretthing
lacks payments-worker
as $BLIND
search 'term='
json '[.numberOfResults, .results]' '[0,[]]'
search 'term=walrus&types[]=techdocs'
json '[.numberOfResults, .results]' '[0,[]]'

# ---- it dies ----

as tests
search_pid() {
	"$BIN" status | awk '$1 == "search" && $2 ~ /^[0-9]+$/ { print $2 }'
}
kill -9 "$(search_pid)"
ok 'another is there soon' eventually 15 total_is 'term=brontosaurus' 1
run status
says 'search ready'
kill -s STOP "$(search_pid)"
search 'term=x'
is_status 503
json .error.name ServiceUnavailableError
has 'try again soon'
get '/search?query=x'
is_status 503
get '/catalog?filters[kind]=component'
is_status 200
kill -s CONT "$(search_pid)"
ok 'and it goes on' eventually 10 total_is 'term=brontosaurus' 1

# ---- limits of the configuration ----

get '/search?query=payments'
lacks 'pageCursor='
echo 'search: {maxTermLength: 8, maxPageLimit: 3, query: {pageLimit: 2}}' >>"$WORK/config.yaml"
own_reload
search 'term=payments&pageLimit=3'
json '.results | length' 3
search 'term=payments'
is_status 200
search 'term=payments&pageLimit=4'
is_status 400
json .error.message 'The page limit "4" is greater than "3"'
search 'term=settlement'
is_status 400
json .error.message 'The term length "10" is greater than "8"'
get '/search?query=payments'
has 'pageCursor=MQ'
done_testing
