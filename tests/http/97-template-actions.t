#!/bin/sh
# Actions of templates: those of a plugin beside those of the portal, what they are given, and how they may end.
. tests/http/lib.sh
. tests/fixtures/own.sh
mkdir -p "$WORK/plugins/acme"
cat >"$WORK/plugins/acme/plugin.lua" <<'LUA'
local callboard = require "callboard"
return {
  title = "Acme", version = "1.0.0",
  filters = {
    { id = "shout", description = "In capitals.", schema = { input = { type = "string" } },
      run = function(value, times, named)
        if type(value) ~= "string" then error("not a text") end
        return value:upper():rep(times or 1) .. (named and named.ending or "")
      end },
    { id = "loops", run = function() while true do end end },
    { id = "upper", run = function() return "never" end },
  },
  globals = { { id = "region", value = { name = "eu" } }, { id = "twice", run = function(x) return 2 * x end },
              { id = "parameters", value = "never" } },
  actions = {
    { id = "acme:hello", description = "Says hello.", supports_dry_run = true,
      schema = { input = { type = "object", required = { "name" }, properties = { name = { type = "string" } } } },
      run = function(ctx, input)
        ctx.log(callboard.name .. " says hello to " .. input.name .. " of " .. ctx.task.template)
        ctx.workspace.write("hello/" .. input.name .. ".sh", "echo " .. (ctx.secrets.key or "-"), 493)
        ctx.output("made", ctx.checkpoint("made", function() return { at = "hello/" .. input.name .. ".sh" } end))
        ctx.output("user", ctx.user.ref or "nobody")
        ctx.output("yaml", ctx.yaml.decode("a: [1, b]"))
      end },
    { id = "acme:fails", description = "Fails.", supports_dry_run = true,
      run = function(ctx, input)
        if input.how == "name" then ctx.fail("ConflictError", "it is there already") end
        if input.how == "path" then ctx.workspace.write("../x", "x") end
        if input.how == "caught" then ctx.output("ok", (pcall(ctx.workspace.read, "/etc/passwd"))) return end
        error("it broke")
      end },
    { id = "acme:remote", description = "Changes something elsewhere.",
      schema = { output = { type = "object", properties = { url = { type = "string" } } } }, run = function() error("never") end },
    { id = "acme:asks", description = "Asks.", supports_dry_run = true,
      run = function(ctx) ctx.http.request { url = "https://api.github.com/zen", auth = "integration" } end },
    { id = "acme:publishes", description = "Publishes.", supports_dry_run = true,
      run = function(ctx) ctx.git.publish { url = "https://github.com/a/b.git", branch = "main" } end },
    { id = "debug:log", description = "Not this one.", run = function() end },
  },
}
LUA
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: null}}
plugins: {directories: ["$WORK/plugins"]}
scaffolder: {defaultEnvironment: {parameters: {region: eu}, secrets: {deploy: deploy-98765}}}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
      - {type: static, options: {token: token-that-may-only-read-0123456789, subject: reader}, accessRestrictions: [{plugin: catalog}]}
YAML
own_stack "$WORK/config.yaml"
as tests

get /api/scaffolder/v2/actions
json '[.[].id | select(startswith("acme:"))] | join(",")' acme:asks,acme:fails,acme:hello,acme:publishes,acme:remote
json '.[] | select(.id == "debug:log") | .description | test("message")' true
json '[.[] | select(.description == "" or (.schema | not))] | length' 0

# dry STEPS [OUTPUT] [SECRETS]
dry() {
	post /api/scaffolder/v2/dry-run "$(jq -n --argjson steps "$1" --argjson output "${2:-null}" --argjson secrets "${3:-null}" '{
		template: {apiVersion: "scaffolder.backstage.io/v1beta3", kind: "Template", metadata: {name: "t"},
			spec: ({type: "x", steps: $steps} + (if $output then {output: $output} else {} end))},
		values: {}, directoryContents: []} + (if $secrets then {secrets: $secrets} else {} end)')"
}
# shellcheck disable=SC2016 # expressions of templates
dry '[{"id": "h", "action": "acme:hello", "input": {"name": "eve"}}]' \
	'{"at": "${{ steps.h.output.made.at }}", "user": "${{ steps.h.output.user }}", "yaml": "${{ steps.h.output.yaml.a }}"}' '{"key": "sesame-4711"}'
is_status 200
json '.output' '{"at":"hello/eve.sh","user":"nobody","yaml":[1,"b"]}'
json '.directoryContents[0] | [.path, .executable, (.base64Content | @base64d)]' '["hello/eve.sh",true,"echo sesame-4711"]'
json_true '[.log[].body.message] | index("acme says hello to eve of template:default/dry-run")'
lacks sesame
dry '[{"action": "acme:hello"}]'
is_status 400
json .error.message 'Invalid input passed to action acme:hello, instance requires property "name"'
# shellcheck disable=SC2016
dry '[{"id": "r", "action": "acme:remote"}]' '{"url": "${{ steps.r.output.url }}"}'
json .output.url '<example>'

dry '[{"action": "acme:fails", "input": {"how": "name"}}]'
is_status 409
json .error.message 'it is there already'
dry '[{"action": "acme:fails", "input": {"how": "path"}}]'
is_status 403
# shellcheck disable=SC2016
dry '[{"id": "c", "action": "acme:fails", "input": {"how": "caught"}}]' '{"ok": "${{ steps.c.output.ok }}"}'
json .output.ok false
dry '[{"action": "acme:fails"}]'
is_status 400
json_true '.error.message | test("acme:fails: .*it broke")'

# Filters and globals of a plugin, in steps and skeletons.
get /api/scaffolder/v2/templating-extensions
json '[.filters.shout.description, .filters.shout.schema.input.type, (.filters | has("upper")), (.filters | has("parseRepoUrl"))]' '["In capitals.","string",false,true]'
json '[.globals.values.region.value.name, (.globals.functions | has("twice")), (.globals.values | has("parameters"))]' '["eu",true,false]'
# shellcheck disable=SC2016
post /api/scaffolder/v2/dry-run "$(jq -n '{values: {}, template: {apiVersion: "scaffolder.backstage.io/v1beta3", kind: "Template", metadata: {name: "t"},
	spec: {type: "x", steps: [{id: "t", action: "fetch:template", input: {url: "./skel", values: {name: "pay"}}}],
		output: {a: "${{ \"pay\" | shout(2, ending=\"!\") }}", b: "${{ twice(21) }}", c: "${{ region.name }}", d: "${{ \"x\" | upper }}", e: "${{ 7 | shout }}"}}},
	directoryContents: [{path: "skel/${{ values.name | shout }}.txt", base64Content: ("${{ region.name }} ${{ twice(4) }} ${{ values.name | shout }}" | @base64)}]}')"
is_status 200
# shellcheck disable=SC2016
json .output '{"a":"PAYPAY!","b":42,"c":"eu","d":"X","e":"${{ 7 | shout }}"}'
json '.directoryContents[0] | [.path, (.base64Content | @base64d)]' '["PAY.txt","eu 8 PAY"]'
# One that does not end takes no longer than a plugin may, and does not switch it off.
# shellcheck disable=SC2016
dry '[{"action": "debug:log", "input": {"message": "${{ 1 | loops }}"}}]' '{"still": "${{ \"a\" | shout }}"}'
is_status 200
json .output.still A

# An action of a plugin asks what the plugin may ask, not what the portal may.
dry '[{"action": "acme:asks"}]'
is_status 403
has 'capabilities.http'
dry '[{"action": "acme:publishes"}]'
is_status 403

# Whoever may try a template must not get the portal's own secrets by it.
# shellcheck disable=SC2016
dry '[{"action": "catalog:write", "input": {"filePath": "f", "entity": {"metadata": {"name": "${{ environment.parameters.region }} ${{ environment.secrets.deploy }}"}}}}]'
json '.directoryContents[0].base64Content | @base64d | test("eu [*]{3}")' true

# Who may.
as reader
get /api/scaffolder/v2/actions
is_status 403
dry '[{"action": "debug:log"}]'
is_status 403
as nobody
dry '[{"action": "debug:log"}]'
is_status 401
as tests
for body in '{}' '[]' '{"template": [], "values": {}, "directoryContents": []}' '{"template": {}, "values": 1, "directoryContents": []}'; do
	post /api/scaffolder/v2/dry-run "$body"
	is_status 400
done
post /api/scaffolder/v2/dry-run '{"template": {"apiVersion": "scaffolder.backstage.io/v1beta3", "kind": "Template", "metadata": {"name": "t"},
	"spec": {"type": "x", "parameters": {"required": ["a"]}, "steps": []}}, "values": {}, "directoryContents": []}'
is_status 400
json '.errors[0].stack' 'instance requires property "a"'
for path in ../x /etc/x .git/hooks/post-checkout 'a/../../x'; do
	post /api/scaffolder/v2/dry-run "$(jq -n --arg path "$path" '{template: {apiVersion: "scaffolder.backstage.io/v1beta3", kind: "Template",
		metadata: {name: "t"}, spec: {type: "x", steps: []}}, values: {}, directoryContents: [{path: $path, base64Content: "eA=="}]}')"
	is_status 403
done
post /api/scaffolder/v2/dry-run '{"template": {"apiVersion": "scaffolder.backstage.io/v1beta3", "kind": "Template", "metadata": {"name": "t"},
	"spec": {"type": "x", "steps": []}}, "values": {}, "directoryContents": [{"path": "a", "base64Content": "?"}]}'
is_status 400
ok 'no folder is left behind' sh -c "! find $STATE/scaffolder/dry-run -mindepth 1 | grep ."
mkdir "$STATE/scaffolder/dry-run/left" && touch -d '2 hours ago' "$STATE/scaffolder/dry-run/left"
dry '[]'
is_status 200
ok 'what a process that died left goes' test ! -e "$STATE/scaffolder/dry-run/left"
get /api/scaffolder/v2/templates/default/template/none/parameter-schema
is_status 404
get /api/scaffolder/v2/templates/default/component/x/parameter-schema
is_status 400
unharmed
done_testing
