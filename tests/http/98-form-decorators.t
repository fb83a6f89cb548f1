#!/bin/sh
# Decorators of forms: plugins set values and secrets when a form is confirmed; one that fails refuses it, and nothing is lost.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
mkdir -p "$WORK/plugins/acme" "$WORK/plugins/other"
cat >"$WORK/plugins/acme/plugin.lua" <<'LUA'
local callboard = require "callboard"
return {
	title = "Acme",
	version = "0.1.0",
	actions = { { id = "acme:nothing", description = "Does nothing.", run = function() end } },
	filters = { { id = "shout", run = function(value) return value:upper() end } },
	globals = { { id = "region", value = "eu" } },
	form_decorators = {
		{ id = "acme:set", description = "Sets what it is told.", schema = { input = { type = "object", required = { "name" },
			properties = { name = { type = "string" } } } },
			run = function(ctx, input, form)
				return { parameters = { [input.name] = (form.parameters.first or "") .. "+" .. tostring(input.add), from = ctx.template,
					who = callboard.user().ref, gone = callboard.null }, secrets = { KEY = "sesame-" .. #(form.secrets.word or "") } }
			end },
		{ id = "acme:nil", run = function() end },
		{ id = "acme:raises", run = function() error("nobody knows who pays", 0) end },
		{ id = "acme:hangs", run = function() while true do end end },
		{ id = "acme:odd", run = function() return { values = {} } end },
		{ id = "acme:list", run = function() return { parameters = { 1 } } end },
		{ id = "acme:number", run = function() return { secrets = { KEY = 1 } } end },
	},
}
LUA
cat >"$WORK/plugins/other/plugin.lua" <<'LUA'
return { title = "Other", version = "0.1.0", form_decorators = { { id = "acme:nil", run = function() return { parameters = { first = "taken" } } end } } }
LUA
# template NAME DECORATORS [KEY]
template() {
	cat <<-YAML
		---
		apiVersion: scaffolder.backstage.io/v1beta3
		kind: Template
		metadata: {name: $1}
		spec:
		  type: service
		  ${3:-EXPERIMENTAL_formDecorators}: $2
		  parameters:
		    required: [first]
		    properties:
		      first: {title: First, type: string}
		      cost: {title: Cost, type: string, maxLength: 12}
		      gone: {title: Gone, type: string, default: here}
		      word: {title: Word, type: string, ui:field: Secret}
		  steps:
		    - {id: say, name: Say it, action: debug:log, input: {message: 'all [\${{ secrets.KEY }}] part [\${{ secrets.KEY | truncate(6, true, "") }}]'}}
	YAML
}
SET='{id: acme:set, input: {name: cost, add: 1}}'
{
	template sets "[$SET, {id: acme:nil}]"
	template twice "[{id: acme:set, input: {name: first, add: a}}, {id: acme:set, input: {name: cost, add: b}}]" formDecorators
	template raises "[$SET, {id: acme:raises}]"
	template hangs '[{id: acme:hangs}]'
	template odd '[{id: acme:odd}]'
	template list '[{id: acme:list}]'
	template number '[{id: acme:number}]'
	template unknown '[{id: acme:unknown}]'
	template input '[{id: acme:set, input: {add: 1}}]'
} >"$WORK/entities.yaml"
TOKEN=forms-token-0123456789abcdef
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: {userEntityRef: 'user:default/guest', dangerouslyAllowOutsideDevelopment: true}}}
backend:
  auth: {externalAccess: [{type: static, options: {token: $TOKEN, subject: tests}}]}
plugins:
  directories: [$WORK/plugins]
  limits: {seconds: 1}
catalog:
  rules: [{allow: [Template]}]
  locations: [{type: file, target: $WORK/entities.yaml}]
YAML
own_stack "$WORK/config.yaml"
as "$TOKEN"
becomes template:default/input .kind
as nobody

field() { sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" "$WORK/body" | head -n 1; }
# confirms NAME FIRST: fills in a form, and confirms it.
confirms() {
	FORM=/create/templates/default/$1
	get "$FORM"
	post_form "$FORM" "_csrf=$(field _csrf)" _page=1 _do=next "/first=$2" /cost= /gone=here /word=secret-4711
	get "$FORM?page=review"
	post_form "$FORM/create" "_csrf=$(field _csrf)" _page=2 _do=create "_digest=$(field _digest)"
}
tasks() { mariadb --no-defaults -uroot -S "$STATE/mariadb.sock" callboard -N -B -e 'SELECT COUNT(*) FROM task'; }
# made: the task that came of it, when it has ended.
made() {
	is_status 303
	task=$(_header location)
	case $task in */create/tasks/*) task=${task##*/create/tasks/} ;; *) bail "there is no task: $task" ;; esac
	as "$TOKEN"
	ok 'the task ends' eventually 30 ended
	as nobody
}
ended() { get "/api/scaffolder/v2/tasks/$task" && jq -e '.status == "completed"' "$WORK/body"; }
# refused WORDS: nothing is made, and the review says so.
refused() {
	is_status 400
	has 'Nothing has been created'
	has "$1"
	is "$(tasks)" "$before" 'no task is made'
	get "$FORM?page=1"
	has 'value="mine"'
	has '•••••••• entered'
}

# ---- what they set ----

# One that is not there is left out, as in Backstage, and that is said.
confirms unknown mine
made
json '.spec.parameters.first' mine
get /create/templates/default/unknown
post_form /create/templates/default/unknown "_csrf=$(field _csrf)" _page=1 _do=next /first=mine
get '/create/templates/default/unknown?page=review'
has 'not installed here: acme:unknown'
lacks '/create/templates/default/unknown/create'

confirms sets mine
made
json '.spec.parameters | [.first, .cost, .from, .who, .gone]' '["mine","mine+1","template:default/sets","user:default/guest",null]'
lacks sesame
as "$TOKEN"
get "/api/scaffolder/v2/tasks/$task/events"
has 'all [***] part [sesame]'
as nobody
confirms twice x
made
json '.spec.parameters | [.first, .cost]' '["x+a","x+a+b"]'

# ---- what refuses a form ----

before=$(tasks)
confirms raises mine
refused 'the form decorator &#39;acme:raises&#39; failed: '
confirms raises mine
has 'nobody knows who pays'
confirms hangs mine
refused 'the form decorator &#39;acme:hangs&#39; failed: '
confirms odd mine
refused 'which is neither parameters nor secrets'
confirms list mine
refused 'the form decorator &#39;acme:list&#39; failed: the parameters it gave are no table of names'
confirms number mine
refused 'the secret &#39;KEY&#39; it gave is no text'
confirms input mine
refused 'input of the form decorator &#39;acme:set&#39;: '
# What it gave is judged again: twelve characters are too many with what it adds.
confirms sets mine-mine-mine
is_status 400
has 'what the form decorator &#39;acme:set&#39; gave does not fit the template: instance.cost does not meet maximum length of 12'
# A web worker runs none, and makes nothing without them.
FORM=/create/templates/default/sets
get "$FORM?page=review"
post_form "$FORM" "_csrf=$(field _csrf)" _page=2 _do=create "_digest=$(field _digest)"
is_status 303
is "$(_header location)" "$FORM?page=review" 'it leads back to the review'
is "$(tasks)" "$before" 'no task is made'
get "$FORM?page=review"
post_form "$FORM/create" "_csrf=$(field _csrf)" _page=2 _do=back
is_status 303
post_form "$FORM/create" _page=2 _do=create
is_status 403

# ---- clients of the API ----

as "$TOKEN"
post /api/scaffolder/v2/tasks '{"templateRef":"template:default/raises","values":{"first":"api"}}'
is_status 201
get /api/scaffolder/v2/templates/default/template/sets/parameter-schema
json '.EXPERIMENTAL_formDecorators | map(.id)' '["acme:set","acme:nil"]'
json '.formDecorators[0].input' '{"name":"cost","add":1}'
get /api/scaffolder/v2/templates/default/template/twice/parameter-schema
json '.EXPERIMENTAL_formDecorators | length' 2
as nobody

# ---- the command line ----

mkdir "$WORK/t"
for name in sets unknown input; do
	awk -v RS='---\n' -v name="$name" 'index($0, "{name: " name "}")' "$WORK/entities.yaml" >"$WORK/t/$name.yaml"
done
run --config "$WORK/config.yaml" template lint "$WORK/t/sets.yaml"
is_exit 0
run --config "$WORK/config.yaml" template lint "$WORK/t/unknown.yaml"
is_exit 1
says "unknown.yaml:6: there is no form decorator 'acme:unknown'"
run --config "$WORK/config.yaml" template lint "$WORK/t/input.yaml"
is_exit 1
says "input of the form decorator 'acme:set'"

ok 'the log says that another id is taken' grep -q 'a form decorator of a plugin is left out' "$STATE/callboard.log"
as "$TOKEN"
get /plugins/acme
is_status 200
for words in 'Form decorator' 'Template action' 'Template filter' 'Template global'; do has "$words"; done
unharmed
done_testing
