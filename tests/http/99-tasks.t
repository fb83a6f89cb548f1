#!/bin/sh
# Tasks of software templates: made, listed, watched, cancelled, tried again; taken up when their worker, the portal or the database goes
# away; secrets nowhere; who may do what.
# shellcheck disable=SC2317,SC2016 # functions are called by ok; expressions of templates
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/tasks.sh
fixtures
mkdir -p "$WORK/plugins/acme" "$WORK/templates"
cat >"$WORK/plugins/acme/plugin.lua" <<LUA
local http = require("callboard").http
local function ask(input) return http.request({ method = "GET", url = input.url, timeout = 20 }).status end
return {
  title = "Acme", version = "1.0.0", capabilities = { http = { "${SITE#http://}" } },
  actions = {
    { id = "acme:file", description = "Adds a line to a file.", run = function(ctx, input)
        local before = ctx.workspace.exists("lines") and ctx.workspace.read("lines") or ""
        ctx.workspace.write("lines", before .. input.line .. "\n")
        ctx.log("added " .. input.line)
      end },
    { id = "acme:once", description = "Asks once.", run = function(ctx, input)
        ctx.output("status", ctx.checkpoint("asked", function() return ask(input) end))
      end },
    { id = "acme:look", description = "Asks once, or finds out.", run = function(ctx, input)
        ctx.output("status", ctx.checkpoint("asked", function() return ask(input) end, function() return 299 end))
      end },
    { id = "acme:large", description = "Gives much.", run = function(ctx) ctx.output("text", ("x"):rep(900000)) end },
    { id = "acme:much", description = "Says much.", run = function(ctx) for i = 1, 200 do ctx.log(i .. ("x"):rep(200000)) end end },
    { id = "acme:token", description = "Makes a secret.", run = function(ctx)
        ctx.hide("made-47" .. "13")
        ctx.output("token", "made-47" .. "13")
      end },
    { id = "acme:fails", description = "Fails the first time.", run = function(ctx, input)
        if ctx.checkpoint("tries", function() return 1 end) and not ctx.workspace.exists("never") then
          local again = pcall(function() ctx.checkpoint("broken", function() error("first") end) end)
        end
        if not ctx.secrets.ok then ctx.fail("ConflictError", "no: " .. (ctx.secrets.key or "none")) end
        ctx.output("key", ctx.secrets.key)
      end },
  },
}
LUA
# template NAME STEPS [MORE OF SPEC]
template() {
	jq -n --arg name "$1" --argjson steps "$2" --argjson more "${3:-{\}}" '{apiVersion: "scaffolder.backstage.io/v1beta3", kind: "Template",
		metadata: {name: $name}, spec: ({type: "x", steps: $steps} + $more)}' >"$WORK/templates/$1.yaml"
}
wait_step='{"id": "wait", "name": "Wait", "action": "debug:wait", "input": {"seconds": 60}}'
short_step='{"id": "wait", "action": "debug:wait", "input": {"milliseconds": 1500}}'
file_step() { printf '{"id": "%s", "action": "acme:file", "input": {"line": "%s"}}' "$1" "$1"; }
show_step='{"id": "show", "action": "debug:log", "input": {"message": "shown", "listWorkspace": "with-contents"}}'
log_step='{"id": "log", "action": "debug:log", "input": {"message": "hello ${{ parameters.who }}"}}'
slow="$SITE/slow"
template quick "[$log_step]" '{"parameters": {"required": ["who"], "properties": {"who": {"type": "string"}}}, "output": {"said": "${{ parameters.who }}"}}'
template wait "[$wait_step]"
template files "[$(file_step one), $short_step, $(file_step two), $show_step]"
template gone "[$(file_step one), $wait_step]"
template none "[$(file_step one), $wait_step]" '{"EXPERIMENTAL_recovery": {"EXPERIMENTAL_strategy": "none"}}'
template over "[$(file_step one), $short_step, $show_step]" '{"EXPERIMENTAL_recovery": {"EXPERIMENTAL_strategy": "startOver"}}'
template once "[{\"id\": \"o\", \"action\": \"acme:once\", \"input\": {\"url\": \"$slow\"}}]" '{"output": {"status": "${{ steps.o.output.status }}"}}'
template look "[{\"id\": \"o\", \"action\": \"acme:look\", \"input\": {\"url\": \"$slow\"}}]" '{"output": {"status": "${{ steps.o.output.status }}"}}'
template fails '[{"id": "f", "action": "acme:fails"}]' '{"output": {"key": "[${{ steps.f.output.key }}]"}}'
template large '[{"id": "x", "action": "acme:large"}]' "$(jq -n '{output: [range(12) | {key: "k\(.)", value: "${{ steps.x.output.text }}"}] | from_entries}')"
template much '[{"id": "m", "action": "acme:much"}]'
template wants '[{"id": "a", "action": "debug:log", "input": {"message": "a"}}]' '{"secrets": {"schema": {"type": "object", "required": ["key"], "properties": {"key": {"type": "string", "minLength": 8}}}}}'
template token "[{\"id\": \"t\", \"action\": \"acme:token\"}, {\"id\": \"f\", \"action\": \"acme:file\", \"input\": {\"line\": \"[\${{ steps.t.output.token }}]\"}}, $wait_step]"
template held "[{\"id\": \"s\", \"action\": \"debug:log\", \"input\": {\"message\": \"\${{ secrets.key }}\"}}, $wait_step]"
template tags '[{"id": "a", "action": "debug:log", "input": {"message": "a"}}, {"id": "b", "action": "debug:log", "input": {"message": "b"}, "backstage:permissions": {"tags": ["inner"]}}]' \
	'{"parameters": [{"title": "One"}, {"title": "Two", "backstage:permissions": {"tags": ["inner"]}}]}'
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: null}}
plugins: {directories: ["$WORK/plugins"]}
catalog: {rules: [{allow: [Template]}], locations: [{type: file, target: "$WORK/templates/*.yaml"}]}
scaffolder: {concurrentTasksLimit: 2, taskTimeoutJanitorFrequency: {hours: 1}, taskRecovery: {staleTimeout: {seconds: 5}}}
backend:
  auth:
    keys: [{secret: shared-by-all-hosts-0123456789}]
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
      - {type: static, options: {token: token-of-ana-0123456789, subject: ana}}
      - {type: static, options: {token: token-that-may-only-read-0123456789, subject: reader}, accessRestrictions: [{plugin: catalog}]}
permission:
  enabled: true
  roles:
    - name: role:default/ana
      members: ["service:ana"]
      rules:
        - {permission: catalog.entity.read}
        - {permission: scaffolder.task.create}
        - {permission: scaffolder.task.read, if: {rule: IS_TASK_OWNER, params: {createdBy: [\$currentUser]}}}
        - {permission: scaffolder.task.cancel, if: {rule: IS_TASK_OWNER, params: {createdBy: [\$currentUser]}}}
        - {permission: scaffolder.template.parameter.read, if: {not: {rule: HAS_TAG, params: {tag: inner}}}}
        - {permission: scaffolder.template.step.read, if: {not: {rule: HAS_TAG, params: {tag: inner}}}}
        - permission: scaffolder.action.execute
          if: {anyOf: [{rule: HAS_ACTION_ID, params: {actionId: "debug:wait"}}, {rule: HAS_STRING_PROPERTY, params: {key: message, value: a}}]}
YAML
own_stack "$WORK/config.yaml"
as tests
for name in quick wait files gone none over once look fails large much wants token held tags; do becomes "template:default/$name" '.kind == "Template"'; done

# From its beginning to its end.
create quick '{"who": "eve"}'
is_status 201
now_is completed
json '[.spec.parameters.who, .createdBy, .spec.templateInfo.entityRef, has("secrets")]' '["eve","tests","template:default/quick",false]'
events
json '[.[].type] | unique' '["completion","log"]'
json '[.[] | select(.type == "completion").body | .message, .output.said]' '["Run completed with status: completed","eve"]'
last=$(jq '.[-2].id' "$WORK/body")
get "/api/scaffolder/v2/tasks/$ID/events?after=$last"
json '[.[].type]' '["completion"]'
get "/api/scaffolder/v2/tasks/$ID/eventstream?after=$last"
is "$(grep -c '^event: ' "$WORK/body") $(grep '^event: ' "$WORK/body")" '1 event: completion' 'the stream begins behind it, and ends with the task'
get "/api/scaffolder/v2/tasks/$ID/events?after=$((last + 100))"
json '[.[].type]' '["completion"]'
get "/api/scaffolder/v2/tasks/$ID/eventstream?after=$((last + 1))"
is "$(grep '^event: ' "$WORK/body")" 'event: completion' 'whoever has seen all is told the end'
get "/api/scaffolder/v2/tasks/$ID/eventstream" -H "Last-Event-ID: $last"
is "$(grep -c '^event: ' "$WORK/body")" 1 'what a browser had last'
post "/api/scaffolder/v2/tasks/$ID/cancel" '{}'
is_status 200
now_is completed 'what has ended stays as it is'
# A long log comes in pieces that a worker has memory for.
sql "INSERT INTO task_event SELECT '$ID', 1000 + seq, 'log', 1, JSON_OBJECT('message', REPEAT('x', 100000)) FROM seq_1_to_40;
	UPDATE task SET last_event = 1040 WHERE id = '$ID'"
events
ok 'a poll gives a part' test "$(wc -c <"$WORK/body")" -lt 2000000
last=$(jq '.[-1].id' "$WORK/body")
get "/api/scaffolder/v2/tasks/$ID/events?after=$last"
is "$(jq '.[0].id' "$WORK/body")" $((last + 1)) 'the next one goes on behind it'
get "/api/scaffolder/v2/tasks/$ID/eventstream?after=1000"
is "$(grep -c '^event: log' "$WORK/body")" 40 'a stream gives all'
get "/create/tasks/$ID"
ok 'a page shows the last of it' test "$(wc -c <"$WORK/body")" -lt 2000000
has 'These are the last 10 lines'
get "/create/tasks/$ID/log"
is "$(grep -c 'xxxx' "$WORK/body")" 40 'and so does a download'
create quick '{}'
is_status 400
json '.errors[0].stack' 'instance requires property "who"'
create quick '{"who": "x"}' '{"key": 1}'
is_status 400
create nothing
is_status 404
get /api/scaffolder/v2/tasks/none
is_status 404
get '/api/scaffolder/v2/tasks?order=asc:status&limit=1'
json '[(.tasks | length), .totalTasks]' '[1,1]'
get '/api/scaffolder/v2/tasks?limit=none'
is_status 400
get '/api/scaffolder/v2/tasks?limit=0'
json '[(.tasks | length), .totalTasks]' '[0,1]'
sql "INSERT INTO task (id, status, template_ref, created_by, created_at, actor, spec, ended_at) SELECT CONCAT('sorted-', seq),
	ELT(1 + seq % 2, 'failed', 'completed'), 'template:default/x', ELT(1 + seq % 3, 'zoe', 'yan', 'yan'), 10 - seq, '{}', '{}', 1 FROM seq_1_to_5"
get '/api/scaffolder/v2/tasks?createdBy=zoe&createdBy=yan&order=asc:created_by&order=desc:status&order=asc:created_at'
json '[.tasks[].id] | join(" ")' 'sorted-4 sorted-2 sorted-5 sorted-1 sorted-3'
get '/api/scaffolder/v2/tasks?order=asc:status&order=up:created_by'
is_status 400
has up:created_by
sql "DELETE FROM task WHERE id LIKE 'sorted-%'"
sql "SELECT meta FROM audit WHERE event = 'task-mutate'" >"$WORK/body"
has '"templateRef":"template:default/quick"'
ok 'what was filled in is in the audit log' grep -qF 'who' "$WORK/body"

# Two at once, the third waits; cancelled in mid-action, tried again.
create wait
first=$ID
in_step wait
create wait
second=$ID
in_step wait
create wait
post "/api/scaffolder/v2/tasks/$ID/retry" '{}'
is_status 409
_is_now open
ok 'the third waits' _is_now open
post "/api/scaffolder/v2/tasks/$ID/cancel" '{}'
now_is cancelled 'before it began'
ID=$first
post "/api/scaffolder/v2/tasks/$ID/cancel" '{}'
json . '{"status":"cancelled"}'
now_is cancelled 'in mid-action'
events
json '[.[] | select(.type == "cancelled").body | .message, .stepId, .status]' '["Step wait has been cancelled.","wait","cancelled"]'
json '[.[] | select(.type == "completion").body.message]' '["Run completed with status: cancelled"]'
post "/api/scaffolder/v2/tasks/$ID/retry" '{}'
is_status 201
in_step wait
events
json '[.[] | select(.type == "completion")]' '[]'
for ID in $first $second; do
	post "/api/scaffolder/v2/tasks/$ID/cancel" '{}'
	now_is cancelled
done

# Its worker is killed: taken up behind the last step, with the files as they were.
create files
in_step wait
kill_worker
now_is completed 'though its worker was killed'
events
json '[.[] | select(.type == "recovered").body.recoverStrategy]' '["resume"]'
json '[.[] | select(.body.message | startswith("added")).body.message]' '["added one","added two"]'
json '[.[].body.message | select(startswith("Beginning step") or startswith("Starting"))] | length' 5
json_true 'any(.[]; .body.message | contains("one\ntwo\n"))'
json '[.[].id] | . == sort' true

# As its template wants it, or its configuration.
create none
in_step wait
kill_worker
now_is failed
says_event '.type == "completion" and (.body.error.message | contains("is not to be taken up again"))'
post "/api/scaffolder/v2/tasks/$ID/retry" '{}'
in_step wait
post "/api/scaffolder/v2/tasks/$ID/cancel" '{}'
now_is cancelled
create over
in_step wait
kill_worker
now_is completed 'from the beginning'
events
json '[.[] | select(.body.message == "added one")] | length' 2
json '[.[] | select(.type == "recovered").body.recoverStrategy]' '["startOver"]'
json_true '[.[] | select(.body.message | contains("one\none")) ] == []'

# On a host that has not its files, or after they were touched.
create files
in_step wait
touch "$STATE/scaffolder/tasks/$ID/saved-1/more"
kill_worker
now_is failed
says_event '.type == "completion" and (.body.error.message | contains("not whole"))'
post "/api/scaffolder/v2/tasks/$ID/retry" '{}'
now_is completed
create gone
in_step wait
rm -rf "$STATE/scaffolder/tasks/$ID"
kill_worker
now_is failed
says_event '.type == "completion" and (.body.error.message | contains("on the host"))'

# What was begun and may be done: never twice without being asked.
printf ok | serve /slow - '{"delay": 3000}'
asked_for() { [ "$(served /slow .count)" = "$1" ]; }
create once
ok 'it is asked' eventually 10 asked_for 1
kill_worker
now_is failed
says_event '.type == "completion" and .body.error.name == "ConflictError" and (.body.error.message | contains("It is not known whether this was done"))'
is "$(served /slow .count)" 1 'asked once'
printf ok | serve /slow -
post "/api/scaffolder/v2/tasks/$ID/retry" '{}'
now_is completed
is "$(served /slow .count)" 2 'asked again, since somebody said so'
printf ok | serve /slow - '{"delay": 3000}'
create look
ok 'it is asked' eventually 10 asked_for 3
kill_worker
now_is completed 'an action that can find out goes on'
says_event '.type == "completion" and .body.output.status == 299'
is "$(served /slow .count)" 3 'asked once'

# Secrets: kept sealed while they are needed, then wiped; new ones may be given.
create held '{}' '{"key": "sesame-4711"}'
in_step wait
is "$(sql "SELECT secrets IS NOT NULL AND INSTR(secrets, 'sesame') = 0, INSTR(state, 'sesame') FROM task WHERE id = '$ID'")" "$(printf '1\t0')" 'sealed'
says_event '.body.stepId == "s" and .body.message == "***"'
kill_worker
says_event '.type == "recovered"'
post "/api/scaffolder/v2/tasks/$ID/cancel" '{}'
now_is cancelled
is "$(sql "SELECT COUNT(*) FROM task WHERE (secrets IS NOT NULL OR state IS NOT NULL) AND ended_at > 0")" 0 'wiped'
create token
in_step wait
get "/create/tasks/$ID/files?path=lines"
is_status 200
has '[***]'
lacks made-4713
post "/api/scaffolder/v2/tasks/$ID/cancel" '{}'
now_is cancelled
create fails '{}' '{"key": "sesame-4711"}'
now_is failed
says_event '.type == "completion" and .body.error.name == "ConflictError" and .body.error.message == "no: ***"'
post "/api/scaffolder/v2/tasks/$ID/retry" '{"secrets": {"key": "sesame-4712", "ok": "yes"}}'
is_status 201
now_is completed
says_event '.type == "completion" and .body.output.key == "[***]"'

# What a template wants of secrets has to be given once more; a template that is gone is no more run.
create wants '{}' '{"key": "sesame-4713"}'
now_is completed
post "/api/scaffolder/v2/tasks/$ID/retry" '{}'
is_status 400
json '.errors[0].message' 'secrets.key is required'
post "/api/scaffolder/v2/tasks/$ID/retry" '{"secrets": {"key": "sesame-4713"}}'
is_status 201
now_is completed
# Its page asks for them, too, and says what is wrong.
sql "UPDATE task SET status = 'failed' WHERE id = '$ID'"
get "/create/tasks/$ID"
csrf=$(grep -o 'name="csrf" content="[0-9a-f]*' "$WORK/body" | sed 's/.*"//')
has 'name="secret.key"'
again() { post_form "/create/tasks/$ID/retry" "_csrf=$csrf" "$@"; }
again
is_status 400
has 'It was not tried again'
has 'key is missing'
has 'name="secret.key"'
again secret.key=short
is_status 400
has 'key does not meet minimum length of 8'
lacks '"short"'
_is_now failed
json .status failed
again secret.key=sesame-4713
is_status 303
now_is completed
sql "UPDATE task SET template_ref = 'template:default/gone-for-ever' WHERE id = '$ID'"
post "/api/scaffolder/v2/tasks/$ID/retry" '{"secrets": {"key": "sesame-4713"}}'
is_status 404
again secret.key=sesame-4713
is_status 404
dry_run() { # dry_run SECRETS
	post /api/scaffolder/v2/dry-run "$(jq -n --argjson s "$1" '{template: {apiVersion: "scaffolder.backstage.io/v1beta3", kind: "Template", metadata: {name: "t"},
		spec: {type: "x", secrets: {schema: {type: "object", required: ["key"]}}, steps: []}}, values: {}, secrets: $s, directoryContents: []}')"
}
dry_run '{}'
is_status 400
json '.errors[0].message' 'secrets.key is required'
dry_run '{"key": 1}'
is_status 400
has 'request/body/secrets/key must be string'
dry_run '{"key": "x"}'
is_status 200

# A log has an end, which it says; how the steps went is told on.
create much
now_is completed
events_bytes() { sql "SELECT SUM(LENGTH(body)) < 33 << 20, SUM(body LIKE '%has more than 32 MiB%') FROM task_event WHERE task_id = '$ID'"; }
is "$(events_bytes)" "$(printf '1\t1')" 'no more than that is kept, and said once'
is "$(sql "SELECT COUNT(*) FROM task_event WHERE task_id = '$ID' AND marked AND body LIKE '%\"stepId\":\"m\"%'")" 2 'its step begins and ends'

create large
now_is failed 'its output is too large'
says_event '.type == "completion" and (.body.error.message | contains("output of the template has more than 8 MiB"))'

# A reload and a restart of the portal.
create files
in_step wait
own_reload
now_is completed 'over a reload'
create files
in_step wait
CALLBOARD_STATE=$STATE sh tests/stack.sh stop >/dev/null 2>&1
own_stack "$WORK/config.yaml"
now_is completed 'over a stop and a start'
events
json '[.[] | select(.body.message | startswith("added")).body.message]' '["added one","added two"]'

# The database goes away for a moment.
create files
in_step wait
kill -9 "$(cat "$STATE/mariadbd.pid")"
CALLBOARD_STATE=$STATE sh tests/stack.sh start >>"$WORK/start.log" 2>&1
now_is completed 'over the death of the database'
events
json '[.[] | select(.body.message | startswith("added")).body.message]' '["added one","added two"]'

# Somebody else has it; nobody has heard of it; it takes too long.
create wait
in_step wait
sql "UPDATE task SET run = run + 1 WHERE id = '$ID'"
says_event '.type == "recovered"'
sql "DELETE FROM job WHERE job_key = '$ID'"
ok 'who lost it lets go' eventually 10 _idle
sql "UPDATE task SET heartbeat_at = 1 WHERE id = '$ID'; UPDATE job SET run_at = 0 WHERE queue = 'scaffolder.sweep'"
now_is failed
says_event '.type == "completion" and .body.error.name == "TimeoutError"'
sed -i 's/concurrentTasksLimit: 2/taskTimeout: {seconds: 2}, concurrentTasksLimit: 2/' "$WORK/config.yaml"
own_reload
create wait
now_is failed
says_event '.type == "completion" and (.body.error.message | contains("scaffolder.taskTimeout"))'

# A list of large ones is no more than a worker has memory for.
sql "UPDATE task SET spec = JSON_INSERT(spec, '\$.large', REPEAT('x', 9000000)) ORDER BY created_at DESC, id DESC LIMIT 2"
get '/api/scaffolder/v2/tasks?limit=3'
json '[.tasks[].spec | length > 0]' '[true,false,true]'
sql "UPDATE task SET spec = JSON_REMOVE(spec, '\$.large')"

# Who may do what.
as reader
post /api/scaffolder/v2/tasks '{"templateRef": "quick", "values": {"who": "x"}}'
is_status 403
task
is_status 403
as nobody
get /api/scaffolder/v2/tasks
is_status 401
as token-of-ana-0123456789
task
is_status 403
get /api/scaffolder/v2/tasks
json . '{"tasks":[],"totalTasks":0}'
get /api/scaffolder/v2/templates/default/template/tags/parameter-schema
json '[.steps[].title]' '["One"]'
create tags
now_is completed
json '[.spec.steps[].id]' '["a"]'
create quick '{"who": "x"}'
now_is failed
says_event '.type == "completion" and .body.error.message == "Unauthorized action: debug:log. The action is not allowed."'
get /api/scaffolder/v2/tasks
json '[.totalTasks, ([.tasks[].createdBy] | unique)]' '[2,["ana"]]'
as tests
get '/api/scaffolder/v2/tasks?createdBy=ana&status=failed'
json '[.tasks[].status]' '["failed"]'

get /metrics
has 'callboard_scaffolder_tasks_completed_total'
no_secret() { ! grep -rlF -e sesame-471 -e made-4713 "$STATE"; }
ok 'no secret is in the database, in its files, or in a log' no_secret
nothing_left() { [ -z "$(ls "$STATE/scaffolder/tasks")" ]; }
ok 'no workspace is left' eventually 5 nothing_left
ok 'the log tells of no crash' _log_is_clean
done_testing
