#!/bin/sh
# The pages below /create beside the form: actions, templating extensions, the template editor, tasks with their log and files.
. tests/http/lib.sh

# ---- actions ----
as tests
get /create/actions
is_status 200
has 'id="fetch:template"'
has 'id="catalog:register"'
get /api/scaffolder/v2/actions
listed=$(jq length "$WORK/body")
get /create/actions
is "$(grep -c '<section class="card action"' "$WORK/body")" "$listed" 'every action of the API has its section'
# What must be there stands first, with its words.
get '/create/actions?q=fetch:template%20nonsense'
is_status 200
has 'No action is like that'
get '/create/actions?q=FETCH:template'
is_status 200
has '<code>url</code> <span class="badge info">required</span>'
has 'string or boolean'
has 'action: fetch:template'
lacks 'id="fs:rename"'
get '/create/actions?q=targetPath'
has 'id="fetch:plain"'
lacks 'id="debug:wait"'
get '/create/actions?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E'
is_status 200
lacks '<script>alert'
get '/create/actions?nonsense=1'
is_status 400

# ---- templating extensions ----
get /create/templating-extensions
is_status 200
has 'id="filter-parseRepoUrl"'
has '<code>organization</code>'
has 'parameters.repoUrl | parseRepoUrl'
has '<code>groupby</code>'

# ---- the template editor ----
token() { grep -o 'name="csrf" content="[0-9a-f]*' "$WORK/body" | sed 's/.*"//'; }
get '/create/edit?sample=1'
is_status 200
has 'kind: Template'
has 'ui:field: OwnerPicker'
csrf=$(token)
jq -Rs '{template: .}' <handlers/views/create/sample.yaml >"$WORK/sample.json"
edit() {
	_to=$1
	shift
	ask POST "/create/edit/$_to" -H "Origin: $URL" -H "X-CSRF-Token: $csrf" -H 'Content-Type: application/json' "$@"
}
edit check --data-binary "@$WORK/sample.json"
is_status 200
json '.faults | length' 0
json .values.name hello
jq '.template |= sub("debug:log"; "debug:lug")' "$WORK/sample.json" >"$WORK/bad.json"
edit check --data-binary "@$WORK/bad.json"
json '.faults | length' 1
json '.faults[0].message | test("debug:lug")' true
json '.faults[0].line' "$(awk '/debug:log/ { print NR }' handlers/views/create/sample.yaml)"
edit check --data-binary '{"template": "a: [b\n"}'
json '.faults[0].line | type' number
json .whole false
edit check --data-binary '{"template": 7}'
json '.failed | test("template")' true
# What the API's dry run says, from the text of the file; values may be a text, too.
jq '. + {values: "name: from-yaml\ngreeting: Ahoy", secrets: {token: "hunter-two"}}' "$WORK/sample.json" >"$WORK/run.json"
edit dry-run --data-binary "@$WORK/run.json"
is_status 200
json '.directoryContents[0].path' catalog-info.yaml
json '.directoryContents[0].base64Content | @base64d | test("name: from-yaml")' true
json '[.log[].body.message] | any(. == "Ahoy, from-yaml!")' true
jq '. + {values: {name: "NO"}}' "$WORK/sample.json" >"$WORK/run.json"
edit dry-run --data-binary "@$WORK/run.json"
json '.misfits | length' 1
json '.misfits[0] | test("^name .*pattern")' true
jq '. + {values: {}}' "$WORK/sample.json" >"$WORK/run.json"
edit dry-run --data-binary "@$WORK/run.json"
json '.misfits[0]' 'name is not filled in'
jq '. + {values: {name: "yes"}, directoryContents: [{path: "../out", base64Content: ""}]}' "$WORK/sample.json" >"$WORK/run.json"
edit dry-run --data-binary "@$WORK/run.json"
json '.failed | test("out")' true
json 'has("directoryContents")' false
csrf=00
edit dry-run --data-binary "@$WORK/run.json"
is_status 403
get '/create/edit/files?template=template:default/no-such'
json '.failed | test("no-such")' true
get '/create/edit/files?template=component:default/ledger'
json '.failed | test("only .Template. kind")' true
get '/create/edit?template=template:default/service'
is_status 200
has 'New service'
lacks 'managed-by-location'
get '/create/edit/files?template=template:default/service'
json '.template' template.yaml
json '[.files[].path] | any(startswith("skeleton/"))' true
json '[.files[].path] | any(startswith("/") or startswith(".."))' false

# ---- tasks ----
# shellcheck disable=SC2317 # called by ok and eventually
task_is() {
	get "/api/scaffolder/v2/tasks/$1"
	[ "$(jq -r .status "$WORK/body")" = "$2" ]
}
made() {
	post /api/scaffolder/v2/tasks "{\"templateRef\":\"template:default/service\",\"values\":$1}"
	jq -r .id "$WORK/body"
}
id=$(made '{"name":"of-the-page","owner":"group:default/billing-team","public":true,"reason":"Customers look at it"}')
ok 'a task ends' eventually 20 task_is "$id" completed
get "/create/tasks/$id"
is_status 200
has 'New service'
has 'data-ended'
has 'data-step="fetch" data-status="completed"'
has 'of-the-page will be reachable from the internet'
has "href=\"/create/templates/default/service?task=$id\""
lacks 'http-equiv="refresh"'
get "/create/tasks/$id?step=warn"
has 'of-the-page will be reachable'
lacks 'Beginning step Fill in the skeleton'
get "/create/tasks/$id/log"
is_status 200
header_has Content-Disposition "task-$id.log"
has ' warn  of-the-page will be reachable from the internet'
get "/create/tasks/$id/log?step=warn&format=events"
is "$(jq -s '[.[].body.stepId] | unique | join(",")' "$WORK/body")" '"warn"' 'events of one step'
get "/create/tasks/$id/log?format=xml"
is_status 400
get "/create/tasks/$id/files"
is_status 404
has 'its files went with it'
get "/create/tasks/$id/events?after=0"
is_status 200
header_has Content-Type text/event-stream
has 'event: completion'
get /create/tasks/no-such-task
is_status 404
get "/create/tasks?whose=all&template=service"
is_status 200
has "/create/tasks/$id"
get "/create/tasks?whose=all&status=failed&template=no-such"
has 'No tasks like that'
get '/create/tasks?status=odd'
is_status 400
# What has ended is not cancelled, and what goes well is not tried again by chance.
get "/create/tasks/$id"
csrf=$(token)
post_form "/create/tasks/$id/cancel" "_csrf=$csrf"
is_status 303
get "/api/scaffolder/v2/tasks/$id"
json .status completed
post_form "/create/tasks/$id/retry" "_csrf=wrong"
is_status 403

# ---- who may ----
as reader
for page in /create/actions /create/edit /create/tasks "/create/tasks/$id" "/create/tasks/$id/log" "/create/tasks/$id/files"; do
	get "$page"
	is_status 403
done
done_testing
