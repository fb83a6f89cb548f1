#!/bin/sh
# Templates are chosen and filled in: the gallery, the form's pages as a browser without scripts sends them, what pickers look up,
# what is kept and what never comes back; and every template of others has its form.
. tests/http/lib.sh
. tests/fixtures/own.sh
CORPUS=$PWD/../shared/corpus/templates
fixtures
HOST=${SITE#http://}
mkdir "$WORK/cat" "$WORK/corpus"
cp tests/fixtures/templates/fields.yaml "$WORK/cat"
sed 's/group:default\/parcels-team/group:default\/b/' tests/fixtures/templates/plain.yaml >"$WORK/cat/plain.yaml"
cat >"$WORK/cat/more.yaml" <<YAML
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: strict, title: '<img src=x onerror=alert(1)>', description: '[x](javascript:alert(1)) <script>alert(1)</script>'}
spec:
  type: service
  secrets: {schema: {type: object, required: [deploy], properties: {deploy: {type: string}}}}
  parameters:
    required: [name]
    properties:
      name: {title: '</label><script>alert(1)</script>', type: string, description: '**bold** <b onclick=x>raw</b>', ui:help: '<i>help</i>'}
  steps: [{id: say, action: debug:log, input: {message: hello}}]
---
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: repo, title: Repo}
spec:
  type: service
  parameters:
    properties:
      where: {type: string, ui:field: RepoUrlPicker, ui:options: {allowedHosts: ['$HOST']}}
  steps: [{id: say, action: debug:log, input: {message: hello}}]
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: a, title: Alpha}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: sys, tags: [go, java]}
spec: {owner: a}
YAML

# Every template of the corpus, under a name of its own.
n=0
if [ -d "$CORPUS" ]; then
	find "$CORPUS" -name '*.yaml' -size -200k >"$WORK/files"
	while IFS= read -r file; do
		awk -v out="$WORK/corpus/doc" 'BEGIN { n = 1 } /^---[ \t]*$/ { n++; next } { print >(out "-" n) }' "$file"
		for doc in "$WORK"/corpus/doc-*; do
			[ -f "$doc" ] || continue
			if grep -q '^apiVersion: *"\{0,1\}scaffolder.backstage.io/v1beta3' "$doc" && grep -q '^kind: *"\{0,1\}Template' "$doc"; then
				n=$((n + 1))
				sed "0,/^  name:.*/s//  name: corpus-$n/" "$doc" >"$WORK/corpus/t$n.yaml"
				echo "corpus-$n $file" >>"$WORK/names"
			fi
			rm -f "$doc"
		done
	done <"$WORK/files"
fi

TOKEN=forms-token-0123456789abcdef
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: {userEntityRef: 'user:default/guest', dangerouslyAllowOutsideDevelopment: true}}}
backend:
  auth: {externalAccess: [{type: static, options: {token: $TOKEN, subject: tests}}]}
integrations: {gitea: [{host: "$HOST", baseUrl: "$SITE"}]}
catalog:
  rules: [{allow: [Component, API, Group, System, Location, Template]}]
  locations:
    - {type: file, target: '$WORK/cat/*.yaml'}
    - {type: file, target: '$WORK/corpus/*.yaml'}
YAML
own_stack "$WORK/config.yaml"
as "$TOKEN"
becomes template:default/fields '.kind == "Template"'
becomes template:default/strict '.kind == "Template"'
becomes template:default/plain '.kind == "Template"'
as nobody

FORM=/create/templates/default/fields
# token: of the forms of the page that was asked for last.
token() {
	sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1
}
# fill FIELD=VALUE...: sends the form, and follows where it leads.
fill() {
	post_form "$FORM" "_csrf=$(token)" "$@"
	TO=$(_header location)
	[ "$STATUS" != 303 ] || get "${TO#"$URL"}"
}
leads() { is "$STATUS ${TO#"$URL"}" "200 $1" "leads to $1"; }

# ---- the gallery ----

get '/create?filters[tags]=forms-demo'
is_status 200
has '<h1>Templates <span class="count">2</span></h1>'
has '>A service with everything</a>'
has 'over <strong>three pages</strong>'
has "href=\"$FORM\""
get '/create?filters[tags]=forms-demo&filters[type]=website'
has '<span class="count">1</span></h1>'
lacks 'A service with everything'
get '/create?filters[text]=everything'
has '<span class="count">1</span></h1>'
get '/create?filters[text]=nothing-like-it'
has 'No template is like that'
get /
has 'data-go="t"'
get /catalog/default/template/fields
has "class=\"button primary\" href=\"$FORM\""

# ---- a form, page by page ----

get "$FORM"
is_status 200
has 'who</strong> answers for it'
has 'name="/port" '
lacks 'name="/why"'
has 'value="8080"'
get "$FORM?page=3"
has 'value="1"' # what has not been seen is not led past

fill _page=1 _do=next /name=Pay! /owner= /about= /kind= /kind=api /tier= /trial=false /port=80
leads "$FORM?page=1&check=1"
has 'This does not match the pattern'
has 'Fill this in.'
has 'At least 1024.'
has '3 fields are not right yet.'
ok 'the first of them has the focus' grep -q 'id="f-name"[^>]*autofocus' "$WORK/body"
ok 'and is told by its error' grep -q 'id="f-name"[^>]*aria-invalid="true"[^>]*aria-describedby="f-name-e ' "$WORK/body"

fill _page=1 _do=next /name=pay /owner=a '/about=two
lines' /kind= /kind=site /tier= /trial=false /trial=true
leads "$FORM?page=1&more=1"
has 'asks for more'
has 'name="/path" '
has 'name="/why" '
lacks 'name="/port"'
fill _page=1 _do=next /name=pay /owner=a /about= /kind= /kind=site /tier= /trial=false /trial=true /path=/p /why=abc
leads "$FORM?page=1&check=1"
has 'At least 5 characters.'
fill _page=1 _do=next /name=pay /owner=a /about= /kind= /kind=site /tier= /trial=false /path=/p
leads "$FORM?page=2"
get "$FORM?page=1"
has 'name="/owner"'
ok 'a reference is shown short' grep -q 'name="/owner"[^>]*value="a"' "$WORK/body"

get "$FORM?page=2"
lacks 'name="/preview"' # its flag is off
has 'QuarkusExtensionList” is an extension that this portal does not have'
has 'You are in no group'
fill _page=2 _do=add:/env /tags= /tags=go,java /uses= /part= /mine= /regions= /env=0 /words=0 /team/mail= /team/since= /share=20 /extra= /odd= '?/size=1' /size/machines=3
leads "$FORM?page=2"
has 'name="/env/0/key"'
has 'name="/tags" value="java" checked'
has 'name="/size/machines"'
lacks 'name="/size/memory"'
fill _page=2 _do=next /tags= /tags=go /uses= /uses=x /part=nothing /mine= /regions= /regions=west /env=1 /env/0/key= /env/0/value=v /words=0 /team/mail=me /team/since= /share=20 '/extra={"a":1' /odd= '?/size=1' /size/machines=many
leads "$FORM?page=2&check=1"
has 'system:default/nothing” is not in the catalog'
has 'Enter an e-mail address.'
has 'written as JSON'
has 'Enter a whole number.'
ok 'errors of lists stand at their items' grep -q 'id="f-env-0-key"[^>]*aria-invalid' "$WORK/body"
fill _page=2 _do=next /tags= /tags=go /uses= /uses=x /part=sys /mine= /regions= /regions=west /env=1 /env/0/key=k /env/0/value=v /words=1 /words/0= /team/mail=me@example.org /team/since= /share=30 '/extra={"a":1}' /odd= '?/size=1' /size/machines=4
leads "$FORM?page=3"

fill _page=3 _do=next /repoUrl= /repoUrl/host=github.com /repoUrl/owner=acme /repoUrl/repo= /branch= /token=short /pin=4711-pin /note=hidden
leads "$FORM?page=3&check=1"
has 'Enter the name of the repository.'
has 'At least 8 characters.'
lacks 4711-pin
fill _page=3 _do=next /repoUrl= /repoUrl/host=github.com /repoUrl/owner=acme /repoUrl/repo=pay /branch= /token=sesame-4711 /pin= /note=hidden
leads "$FORM?page=review"
has 'github.com?owner=acme&amp;repo=pay'
has '••••••••'
has '****'
has 'A web site'
lacks sesame-4711
lacks 4711-pin
lacks hidden-
lacks '>hidden<'
lacks '>8080<' # of a condition that does not hold
get "$FORM?page=3"
has '•••••••• entered'
lacks sesame-4711

# ---- drafts ----

cp "$WORK/jar" "$WORK/jar.mine"
get "$FORM"
has 'You began this before'
: >"$WORK/jar"
get "$FORM"
lacks 'You began this before'
cp "$WORK/jar.mine" "$WORK/jar"
# sql STATEMENT: what the database says.
sql() { mariadb --socket "$STATE/mariadb.sock" -u root -N -B callboard -e "$1" 2>/dev/null; }
is "$(sql 'SELECT COUNT(*) FROM form_draft')" 1 'one draft is kept'
is "$(sql "SELECT COUNT(*) FROM form_draft WHERE state LIKE '%sesame%' OR sealed LIKE '%sesame%' OR state LIKE '%4711-pin%' OR sealed LIKE '%4711-pin%'")" 0 'nothing secret can be read in it'

# ---- what was seen is what is made ----

get "$FORM?page=review"
digest=$(sed -n 's/.*name="_digest" value="\([^"]*\)".*/\1/p' "$WORK/body")
fill _page=4 _do=create _digest=other
leads "$FORM?page=review&changed=1"
has 'Look once more'
post_form "$FORM" _page=4 _do=create "_digest=$digest"
is_status 403
get "$FORM?page=review"
post_form "$FORM" "_csrf=$(token)" _page=4 _do=create "_digest=$digest"
is_status 303
task=$(_header location)
task=${task##*/create/tasks/}
ok 'it leads to the task' test -n "$task"
is "$(sql 'SELECT COUNT(*) FROM form_draft')" 0 'the draft is gone'
as "$TOKEN"
get "/api/scaffolder/v2/tasks/$task"
json '.spec.parameters | [.name, .owner, .kind, .path, .trial, .share, .pin, .note]' '["pay","group:default/a","site","/p",false,30,"4711-pin","hidden"]'
json '.spec.parameters | [.tags, .uses, .part, .regions, (.env | length), .env[0].key, .env[0].value, .words, .extra, .size]' '[["go"],["api:default/x"],"system:default/sys",["west"],1,"k","v",[],{"a":1},{"machines":4}]'
json '.spec.parameters | [.port, .why, .repoUrl]' '[null,null,"github.com?owner=acme&repo=pay"]'
json '.spec.parameters.token' '***********'
lacks sesame
json .spec.user.ref user:default/guest
as nobody
get "$FORM?task=$task"
has 'value="pay"'
has 'name="/path"'
as "$TOKEN"
get '/api/scaffolder/v2/tasks'
as nobody
get "$FORM?task=nothing"
is_status 404

# ---- prefilled by an address ----

get "$FORM?formData=%7B%22name%22%3A%22from-link%22%2C%22kind%22%3A%22job%22%7D"
has 'value="from-link"'
lacks 'name="/port"'
has 'name="_given"'
get "$FORM?formData=%7Bx"
is_status 400
has 'formData in the address'
get "$FORM?formData=%5B%5D"
is_status 400

# ---- what a form cannot be ----

FORM=/create/templates/default/strict
get "$FORM"
is_status 200
lacks '<script>alert'
lacks '<img src=x'
lacks 'javascript:alert'
lacks onclick
has '<strong>bold</strong>'
fill _page=1 _do=next /name=x
leads "$FORM?page=review"
digest=$(sed -n 's/.*name="_digest" value="\([^"]*\)".*/\1/p' "$WORK/body")
post_form "$FORM" "_csrf=$(token)" _page=2 _do=create "_digest=$digest"
is_status 400 # its secrets do not fit, and no field asks for them
get /create/templates/default/nothing
is_status 404

# ---- pickers ----

get '/create/entities?q=al&filter={"kind":"Group"}&kind=Group'
json '.items[0] | [.value, .label, .title]' '["group:default/a","a","Alpha"]'
get '/create/entities?q=&filter=[{"kind":["System","Group"]}]'
json .total 2
get '/create/entities?q=zzz'
json .total 0
get '/create/entities?filter=nonsense'
is_status 400
get '/create/tags?q=&kinds=["System"]'
json '[.items[].value]' '["go","java"]'
get "/create/repositories?what=owners&host=$HOST"
json '.items' '[]'
json_true '.why | startswith("Type it: ")'
printf '[{"name":"one"},{"name":"two"}]' >"$WORK/repos"
serve "/api/v1/users/acme/repos?limit=50" "$WORK/repos"
get "/create/repositories?what=repositories&host=$HOST&owner=acme&q=tw"
json '[.items[].value]' '["two"]'
header Cache-Control 'private, max-age=60'
printf '[{"name":"main"}]' >"$WORK/branches"
serve "/api/v1/repos/acme/one/branches?limit=50" "$WORK/branches"
get "/create/repositories?what=branches&repo=$HOST%3Fowner%3Dacme%26repo%3Done"
json '[.items[].value]' '["main"]'
get '/create/repositories?what=owners&host=169.254.169.254'
json .items '[]'
# No part of an address leads elsewhere in the API.
printf '[{"name":"inner"}]' >"$WORK/inner"
serve "/api/v1/repos?limit=50" "$WORK/inner"
get "/create/repositories?what=repositories&host=$HOST&owner=.."
json .items '[]'
json_true '.why | contains("is not a name")'
# The same hosts, asked with somebody's own token.
completed() { post "/api/scaffolder/v2/autocomplete/gitea/$1" "{\"token\": \"own\", \"context\": $2}"; }
as "$TOKEN"
completed branches "{\"host\": \"$HOST\", \"owner\": \"acme\", \"repository\": \"one\"}"
json .results '[{"id":"main"}]'
completed branches "{\"host\": \"$HOST\", \"owner\": \"acme\", \"repository\": \"..\"}"
is_status 400
completed branches "{\"host\": \"$HOST\", \"owner\": \"acme\", \"repository\": \"nothing\"}"
is_status 404
completed branches '{"host": "169.254.169.254", "owner": "acme", "repository": "one"}'
is_status 400
as nobody

# ---- the editor's preview ----

get "$FORM"
csrf=$(token)
post_form /create/edit/form "_csrf=$csrf" "template=$(cat tests/fixtures/templates/fields.yaml)" 'values={"trial":true}'
is_status 200
has 'data-field="/why"'
has 'data-field="/repoUrl"'
post_form /create/edit/form "_csrf=$csrf" "template=$(cat tests/fixtures/templates/fields.yaml)" _page=3 /token=sesame-4711 /pin=4711-pin /note=seen
is_status 200
has '&quot;note&quot;:&quot;seen&quot;'
lacks sesame-4711
lacks 4711-pin
post_form /create/edit/form "_csrf=$csrf" 'template=a: [' -H 'Accept: text/html'
is_status 400
has '(line '
post_form /create/edit/form "_csrf=$csrf" 'template=kind: Component'
is_status 400
has 'Input template is not a template'
# shellcheck disable=SC2016 # a schema
deep=$(printf '{"properties":{"a":{"$ref":"#"}},"allOf":['; seq -s, 200 | sed 's/[0-9]*/{"if":{"pattern":"^(a+)+$"},"then":{}}/g'; printf ']}')
post_form /create/edit/form "_csrf=$csrf" "template={\"apiVersion\":\"scaffolder.backstage.io/v1beta3\",\"kind\":\"Template\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"type\":\"x\",\"parameters\":$deep,\"steps\":[]}}"
is_status 200
many=$(awk 'BEGIN { printf "{\"properties\":{\"x\":{}"; for (i = 0; i < 10000; i++) printf ",\"f%d\":{}", i; print "}}" }')
printf 'template={"apiVersion":"scaffolder.backstage.io/v1beta3","kind":"Template","metadata":{"name":"x"},"spec":{"type":"x","parameters":%s,"steps":[]}}' "$many" >"$WORK/many"
ask POST /create/edit/form -H "Origin: $URL" --data-urlencode "_csrf=$csrf" --data "@$WORK/many"
is_status 400
has 'more than 2000 fields'

# ---- the templates of others ----

# Each property of each page has a field of its own, unless it is hidden or waits for a flag.
missing() {
	jq -r '[.spec.parameters | if type == "array" then .[] else . end | select(type == "object") | .properties // {} | to_entries[]
		| select(.value | type == "object") | select((.value["ui:widget"] // .value["ui:options"].widget) != "hidden" and (.value["backstage:featureFlag"] | not))
		| .key] | .[]' "$WORK/entity.json" | while IFS= read -r key; do
		grep -qF "data-field=\"/$key\"" "$WORK/body" || echo "$key"
	done
}
if [ "$n" -gt 0 ]; then
	as "$TOKEN"
	# shellcheck disable=SC2317 # called by eventually
	_all_there() {
		get '/api/catalog/entities?filter=kind=template&fields=metadata.name'
		[ "$(jq '[.[] | select(.metadata.name | startswith("corpus-"))] | length' "$WORK/body")" -ge "$1" ]
	}
	# Some are no entities here either: what is wrong with them is said where templates are read.
	ok 'most templates of others are read' eventually 30 _all_there $((n * 8 / 10))
	jq -r '.[].metadata.name | select(startswith("corpus-"))' "$WORK/body" >"$WORK/read"
	bad_forms='' lost='' read=0
	while IFS= read -r name; do
		as "$TOKEN"
		get "/api/catalog/entities/by-name/template/default/$name"
		jq 'del(.relations, .status)' "$WORK/body" >"$WORK/entity.json"
		as nobody
		get "/create/templates/default/$name"
		[ "$STATUS" = 200 ] || bad_forms="$bad_forms $name:$STATUS"
		post_form /create/edit/form "_csrf=$csrf" "template=$(cat "$WORK/entity.json")"
		[ "$STATUS" = 200 ] || bad_forms="$bad_forms $name:preview:$STATUS"
		for key in $(missing); do lost="$lost $name:$key"; done
		read=$((read + 1))
	done <"$WORK/read"
	echo "# $read forms of $n templates"
	ok 'so many of them show that it is no accident' test "$read" -ge 60
	is "$bad_forms" '' 'each shows its form'
	is "$lost" '' 'each of their properties has a field'
fi
unharmed
done_testing
