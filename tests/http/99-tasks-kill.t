#!/bin/sh
# kill -9 of the worker at CALLBOARD_KILLS (100) random instants of a template of six steps: each task completes, or fails cleanly and can
# be tried again; what changes something elsewhere happens at most once, a repository has one commit, each line of the log is there
# once, no secret anywhere. Half of them with the files kept on the host, half in the database.
# shellcheck disable=SC2317,SC2016 # functions are called by ok; variables of jq
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/hosts.sh
kills=${CALLBOARD_KILLS:-100}
COUNTER_PORT=$(free_port)
export COUNTER_PORT

mkdir -p "$WORK/plugins/once" "$WORK/template/skeleton" "$WORK/hosts"
scm_hosts "$WORK/hosts"
FIXTURES=$HOSTS
cat >"$WORK/plugins/once/plugin.lua" <<LUA
local http = require("callboard").http
return {
  title = "Once", version = "1.0.0", capabilities = { http = { "127.0.0.1:$COUNTER_PORT" } },
  actions = {
    { id = "test:write", description = "Writes files.", run = function(ctx, input)
        for i = 1, 20 do ctx.workspace.write("made/" .. i .. ".txt", "file " .. i) end
        ctx.log("wrote with " .. ctx.secrets.key)
      end },
    { id = "test:once", description = "Counts elsewhere.", run = function(ctx, input)
        ctx.log("before")
        local n = ctx.checkpoint("counted", function()
          return { n = http.request({ method = "POST", url = input.counter .. "/once/" .. ctx.task.id }).json.n, key = ctx.secrets.key }
        end)
        ctx.log("counted " .. n.n)
        ctx.output("n", n.n)
        ctx.output("key", n.key)
      end },
  },
}
LUA
sed "s/GITEA/$GT/" >"$WORK/template/template.yaml" <<'YAML'
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: six}
spec:
  type: service
  owner: group:default/team
  parameters: {properties: {counter: {type: string}}}
  steps:
    - {id: write, name: Write, action: "test:write"}
    - {id: render, name: Render, action: "fetch:template", input: {url: ./skeleton, values: {name: "${{ context.task.id }}"}}}
    - {id: once, name: Once, action: "test:once", input: {counter: "${{ parameters.counter }}"}}
    - {id: move, name: Move, action: "fs:rename", input: {files: [{from: made, to: moved}, {from: a.txt, to: moved/a.txt}]}}
    - {id: publish, name: Publish, action: "publish:gitea", input: {repoUrl: "GITEA?owner=acme&repo=${{ context.task.id }}", description: Killed at times}}
    - {id: tell, name: Tell, action: "debug:log", input: {message: "${{ secrets.key }} and ${{ secrets.other }}", listWorkspace: true}}
  output: {n: "${{ steps.once.output.n }}", key: "[${{ steps.once.output.key }}]", id: "${{ context.task.id }}"}
YAML
echo "name: \${{ values.name }}" >"$WORK/template/skeleton/a.txt"
cat >"$WORK/config.yaml" <<YAML
backend: {auth: {externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]}}
plugins: {directories: ["$WORK/plugins"]}
catalog: {rules: [{allow: [Template]}], locations: [{type: file, target: "$WORK/template/template.yaml"}]}
integrations: {gitea: [{host: "$GT", baseUrl: "http://$GT", username: portal, password: token-of-the-portal}]}
scaffolder: {concurrentTasksLimit: 1, taskRecovery: {workspaceProvider: local}}
YAML
own_stack "$WORK/config.yaml"
as tests
becomes template:default/six '.kind == "Template"'

killed() { # killed HOW-MANY FILE
	node tests/fixtures/tasks_killed.mjs "$URL" "$as" template:default/six "$1" "$(cat "$STATE/callboard.pid")" "$2"
}
ok "$((kills / 2)) tasks whose worker is killed" killed $((kills / 2)) "$WORK/local.json"
sed -i 's/workspaceProvider: local/workspaceProvider: database/' "$WORK/config.yaml"
own_reload
ok "$((kills - kills / 2)) more, with their files in the database" killed $((kills - kills / 2)) "$WORK/database.json"
jq -s '.[0] + {rounds: map(.rounds) | add, leaks: map(.leaks) | add, others: .[1].peaceful}' "$WORK/local.json" "$WORK/database.json" >"$WORK/killed.json"
cp "$WORK/killed.json" "$WORK/body"
asked="$kills killed tasks"
json .peaceful.status completed
json '.peaceful.counts' 1
json '.peaceful as $p | [.others.status, .others.output == $p.output, .others.log == $p.log]' '["completed",true,true]'
json '.rounds | length' "$kills"
json '[.rounds[] | select(.status != "completed" and .status != "failed")]' '[]'
json '[.rounds[] | select(.status == "failed") | .error | select(contains("It is not known whether this was done") | not)]' '[]'
json '[.rounds[] | select(.counts > 1) | .counts]' '[]'
json '.peaceful as $p | [.rounds[] | select(.status == "completed" and (.counts != 1 or .output != $p.output)) | .output]' '[]'
json '.peaceful as $p | [.rounds[] | select(.status == "completed" and .log != $p.log) | .log - $p.log, $p.log - .log]' '[]'
json '[.rounds[] | select(.completions != 1 or (.growing | not)) | .id]' '[]'
json '[.rounds[] | select(.again and .again.status != "completed") | .again.error]' '[]'
json_true '[.rounds[] | select(.recovered > 0)] | length > 0'
json .leaks 0
# Each task that has completed, then or when it was tried again, has one repository with one commit of all its files.
jq -r '.rounds[] | select(.status == "completed" or .again.status == "completed") | .id' "$WORK/killed.json" | sort >"$WORK/done"
while read -r id; do
	printf '%s %s %s\n' "$id" "$(git -C "$WORK/hosts/gitea/acme/$id.git" rev-list --count --all 2>&1)" \
		"$(git -C "$WORK/hosts/gitea/acme/$id.git" ls-tree -r --name-only main 2>&1 | wc -l)"
done <"$WORK/done" >"$WORK/repositories"
is "$(grep -cv ' 1 21$' "$WORK/repositories")" 0 'a repository has one commit, and all files'
is "$(wc -l <"$WORK/repositories")" "$(wc -l <"$WORK/done")" 'and each task has one'
jq -r '"# \(.rounds | map(select(.recovered > 0)) | length) were taken up again, \(.rounds | map(select(.status == "failed")) | length) failed cleanly, " +
	"one takes \(.length) ms"' "$WORK/killed.json"

nothing_left() {
	# shellcheck disable=SC2012
	[ "$(ls "$STATE/scaffolder/tasks" | wc -l)" = 0 ] || { ls -R "$STATE/scaffolder/tasks" && return 1; }
}
ok 'no workspace is left' eventually 5 nothing_left
no_secret() {
	! grep -rlF -e tell-nobody-4711 -e nobody-4711-either "$STATE"
}
ok 'no secret is in the database, in its files, or in a log' no_secret
mariadb --no-defaults -uroot -S "$STATE/mariadb.sock" callboard -N -B \
	-e 'SELECT (SELECT COUNT(*) FROM task WHERE secrets IS NOT NULL OR state IS NOT NULL) + (SELECT COUNT(*) FROM task_workspace)' >"$WORK/body"
json . 0
ok 'the log tells of no crash' _log_is_clean
done_testing
