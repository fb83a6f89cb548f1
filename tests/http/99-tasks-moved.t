#!/bin/sh
# scaffolder.taskRecovery.workspaceProvider: database. A task goes on from the files in the database when those of its host are gone: as they
# were, or not at all; nobody can read them there, they take no more than they may, and go with the task.
# shellcheck disable=SC2317,SC2016 # functions are called by ok; expressions of templates
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/tasks.sh
mkdir -p "$WORK/plugins/acme" "$WORK/templates/skeleton/deep/er" "$WORK/templates/skeleton/empty" "$WORK/templates/noise" "$WORK/templates/held"
cat >"$WORK/plugins/acme/plugin.lua" <<'LUA'
return {
  title = "Acme", version = "1.0.0",
  actions = {
    { id = "acme:file", description = "Adds a line to a file.", run = function(ctx, input)
        local before = ctx.workspace.exists("lines") and ctx.workspace.read("lines") or ""
        ctx.workspace.write("lines", before .. input.line .. "\n")
        ctx.log("added " .. input.line)
      end },
    { id = "acme:private", description = "Takes rights away.", run = function(ctx)
        ctx.workspace.folder("private/inner")
        ctx.workspace.write("private/key", "of a door")
        ctx.workspace.mode("private/key", 384)
        ctx.workspace.mode("private", 448)
      end },
  },
}
LUA
printf '#!/bin/sh\necho run\n' >"$WORK/templates/skeleton/run.sh"
chmod 755 "$WORK/templates/skeleton/run.sh"
printf 'text' >"$WORK/templates/skeleton/deep/er/größer näher.txt"
: >"$WORK/templates/skeleton/nothing"
printf 'build/\n' >"$WORK/templates/skeleton/.gitignore"
ln -s deep/er "$WORK/templates/skeleton/link"
ln -s nowhere/at/all "$WORK/templates/skeleton/dangling"
ln -s ../../../outside "$WORK/templates/skeleton/leads-outside"
long=$(printf 'n%.0s' $(seq 120))
mkdir -p "$WORK/templates/skeleton/$long"
printf 'x' >"$WORK/templates/skeleton/$long/$long"
# More than one row of the database, and what no compression makes smaller than the limit.
head -c 700000 /dev/urandom >"$WORK/templates/skeleton/large"
head -c 1200000 /dev/urandom >"$WORK/templates/noise/noise"
# Compressed, it would stand there as it is.
{ head -c 50000 /dev/urandom && printf sesame-4711-in-a-file && head -c 50000 /dev/urandom; } >"$WORK/templates/held/key"
# template NAME STEPS [MORE OF SPEC]
template() {
	jq -n --arg name "$1" --argjson steps "$2" --argjson more "${3:-{\}}" '{apiVersion: "scaffolder.backstage.io/v1beta3", kind: "Template",
		metadata: {name: $name}, spec: ({type: "x", steps: $steps} + $more)}' >"$WORK/templates/$1.yaml"
}
wait_step='{"id": "wait", "name": "Wait", "action": "debug:wait", "input": {"seconds": 60}}'
short_step='{"id": "wait", "action": "debug:wait", "input": {"milliseconds": 1500}}'
tree_step='{"id": "tree", "action": "fetch:plain", "input": {"url": "./skeleton"}}'
file_step() { printf '{"id": "%s", "action": "acme:file", "input": {"line": "%s"}}' "$1" "$1"; }
show_step='{"id": "show", "action": "debug:log", "input": {"message": "shown", "listWorkspace": "with-contents"}}'
template tree "[$tree_step, {\"id\": \"private\", \"action\": \"acme:private\"}, $wait_step]"
template files "[$(file_step one), $short_step, $(file_step two), $show_step]"
template same "[$(file_step one), {\"id\": \"log\", \"action\": \"debug:log\", \"input\": {\"message\": \"nothing\"}}, $wait_step]"
template over "[$(file_step one), $short_step, $show_step]" '{"EXPERIMENTAL_recovery": {"EXPERIMENTAL_strategy": "startOver"}}'
template noise "[{\"id\": \"noise\", \"action\": \"fetch:plain\", \"input\": {\"url\": \"./noise\"}}, $wait_step]"
template held '[{"id": "s", "action": "acme:file", "input": {"line": "${{ secrets.key }}"}},
	{"id": "key", "action": "fetch:plain", "input": {"url": "./held"}}, '"$wait_step]"
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: null}}
plugins: {directories: ["$WORK/plugins"]}
catalog: {rules: [{allow: [Template]}], locations: [{type: file, target: "$WORK/templates/*.yaml"}]}
scaffolder:
  concurrentTasksLimit: 2
  taskTimeoutJanitorFrequency: {hours: 1}
  taskRecovery: {staleTimeout: {seconds: 5}, workspaceProvider: database, workspaceLimit: 1}
backend:
  auth:
    externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]
YAML

# A limit that is none: nothing starts with it.
sed 's/workspaceLimit: 1/workspaceLimit: 0/' "$WORK/config.yaml" >"$WORK/odd.yaml"
CALLBOARD_CONFIG=$WORK/odd.yaml run config check
is_exit 1
says 'scaffolder.taskRecovery.workspaceLimit must be a whole number from 1 to 1024'
CALLBOARD_CONFIG=$WORK/config.yaml run config check
is_exit 0
says_not warning

own_stack "$WORK/config.yaml"
as tests
for name in tree files same over noise held; do becomes "template:default/$name" '.kind == "Template"'; done

# begin NAME [SECRETS]
begin() {
	create "$1" '{}' ${2:+"$2"}
	FILES=$STATE/scaffolder/tasks/$ID
}
cancel() {
	post "/api/scaffolder/v2/tasks/$ID/cancel" '{}'
	now_is cancelled
}
retry() {
	post "/api/scaffolder/v2/tasks/$ID/retry" '{}'
	is_status 201
}
# The host is gone, with all that it had: only the database is there still.
lose_host() {
	eventually 20 _busy
	sql "UPDATE task SET host = 'gone' WHERE id = '$ID'"
	rm -rf "$FILES"
	kill -9 "$(busy_worker)"
}
rows() { sql "SELECT COUNT(*) FROM task_workspace"; }
no_rows() { [ "$(rows)" = 0 ]; }
# What is in the workspace: kind, modes, where links lead, contents.
inventory() {
	[ ! -d "$FILES/workspace" ] || (cd "$FILES/workspace" && find . -mindepth 1 -printf '%p %y %m %l\n' | LC_ALL=C sort &&
		find . -type f -exec sha256sum {} + | LC_ALL=C sort -k 2)
}
_as_before() { inventory | _same_as "$WORK/before"; }
_same_as() { diff "$1" -; }

# Files, modes, links and empty folders are what they were.
begin tree
in_step wait
inventory >"$WORK/before"
is "$(grep -cE ' (l 777 (deep/er|nowhere/at/all|../../../outside)|d 755 |f 755 |f 600 |d 700 )' "$WORK/before")" 11 'of all kinds'
ok 'there is no copy of them on the host' test ! -e "$FILES/saved-1"
is "$(sql "SELECT COUNT(*), MAX(LENGTH(bytes)) <= 1 << 20 FROM task_workspace WHERE task_id = '$ID'")" "$(printf '2\t1')" 'they are in rows that any database takes'
is "$(sql "SELECT COUNT(DISTINCT run, copy) FROM task_workspace")" 1 'those of the steps before have gone'
lose_host
says_event '.type == "recovered"'
ok 'the files are as they were' eventually 20 _as_before
# Once more, from what the second worker has not written.
in_step wait
lose_host
ok 'and are so again' eventually 20 _as_before
cancel
is "$(rows)" 0 'they go when the task is cancelled'

begin files
in_step wait
lose_host
now_is completed 'on another host'
events
json_true 'any(.[]; .body.message | contains("one\ntwo\n"))'
json '[.[] | select(.body.message | startswith("added")).body.message]' '["added one","added two"]'
is "$(rows)" 0 'they go when the task ends'

# What has not changed is not written once more.
begin same
in_step wait
is "$(sql "SELECT MIN(copy), MAX(copy) FROM task_workspace; SELECT saved FROM task WHERE id = '$ID'" | tr '\n\t' '  ')" '1 1 1 ' 'one copy, of the first step'
sql "UPDATE task_workspace SET bytes = CONCAT(LEFT(bytes, 50), 'x', SUBSTRING(bytes, 52))"
lose_host
now_is failed 'somebody has touched what was kept'
says_event '.type == "completion" and (.body.error.message | contains("not whole"))'
is "$(rows)" 0 'they go when the task fails'
retry
in_step wait
sql 'DELETE FROM task_workspace'
lose_host
now_is failed 'what was kept is missing'
says_event '.type == "completion" and (.body.error.message | contains("not whole"))'
retry
in_step wait
cancel
# One that begins anew has none.
begin over
in_step wait
lose_host
now_is completed 'from its beginning'
events
json_true '[.[] | select(.body.message | contains("one\none"))] == []'

# No more than it may.
begin noise
now_is failed
says_event '.type == "completion" and .body.error.name == "PayloadTooLargeError" and
	(.body.error.message | contains("more than 1 MiB") and contains("scaffolder.taskRecovery.workspaceLimit"))'
is "$(rows)" 0 'nothing of it stays'

# Nobody reads there what is in the files.
begin held '{"key": "sesame-4711"}'
in_step wait
no_secret() { ! grep -rlF --exclude-dir=scaffolder sesame-4711 "$STATE"; }
ok 'there are rows' test "$(rows)" = 1
is "$(grep -rlF sesame-4711 "$FILES/workspace" | wc -l)" 2 'it is in the workspace'
ok 'and nowhere in the database or in a log' no_secret
lose_host
says_event '.type == "recovered"'
in_step wait
_secret_is_back() { grep -qF sesame-4711 "$FILES/workspace/lines"; }
ok 'the new worker has it' eventually 20 _secret_is_back
# Nobody has heard of it for long: the sweep ends it, and takes what nobody needs.
sql "INSERT INTO task_workspace (task_id, run, copy, piece, bytes) VALUES ('no-such-task', 1, 1, 0, 'x');
	UPDATE task SET run = run + 1 WHERE id = '$ID'; DELETE FROM job WHERE job_key = '$ID'"
ok 'who lost it lets go' eventually 20 _idle
sql "UPDATE task SET heartbeat_at = 1 WHERE id = '$ID'; UPDATE job SET run_at = 0 WHERE queue = 'scaffolder.sweep'"
now_is failed
ok 'no row is left' eventually 20 no_rows

# A task goes on from where its files are, whatever is said now.
sed -i 's/workspaceProvider: database/workspaceProvider: local/' "$WORK/config.yaml"
begin files
in_step wait
own_reload
now_is completed 'begun with the one, ended with the other'
begin tree
in_step wait
lose_host
now_is failed
says_event '.type == "completion" and (.body.error.message | contains("on the host gone"))'
# One of Backstage's modules that is not here: the database, as there.
sed -i 's/workspaceProvider: local/workspaceProvider: gcpBucket/' "$WORK/config.yaml"
own_reload
ok 'it is told' grep -q 'no such provider.*gcpBucket' "$STATE/callboard.log"
begin tree
in_step wait
lose_host
now_is completed 'with its files from the database'

ok 'no secret is anywhere' no_secret
nothing_left() { [ -z "$(ls "$STATE/scaffolder/tasks")" ]; }
ok 'no workspace is left' eventually 10 nothing_left
ok 'the log tells of no crash' _log_is_clean
done_testing
