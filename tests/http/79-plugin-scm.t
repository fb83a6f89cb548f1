#!/bin/sh
# Plugins that came with the portal, over the APIs of source hosts: what they find is in the catalog, what is the same writes
# nothing, what fails takes nothing away. SCM_N: how many repositories there are.
# shellcheck disable=SC2317 # functions are called by ok, eventually and trap
. tests/http/lib.sh
. tests/fixtures/own.sh
N=${SCM_N:-2000}
scm_end() {
	[ -z "${SCM:-}" ] || kill "$SCM" 2>/dev/null
	own_end
}
trap scm_end EXIT
node tests/fixtures/scm.mjs "$WORK/scm.port" "$N" 2>"$WORK/scm.log" &
SCM=$!
eventually 10 test -s "$WORK/scm.port" || bail "the fake server does not start: $(cat "$WORK/scm.log")"
read -r GITHUB GITLAB GITEA <<PORTS
$(cat "$WORK/scm.port")
PORTS
SCM_URL=http://127.0.0.1:$GITHUB

base() {
	cat <<YAML
auth: {providers: {guest: {userEntityRef: "user:default/ana", dangerouslyAllowOutsideDevelopment: true}}}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
integrations:
  github: [{host: github.example, apiBaseUrl: "$SCM_URL/gh", token: token-of-github}]
  gitlab: [{host: gitlab.example, apiBaseUrl: "http://127.0.0.1:$GITLAB/gl/api/v4", baseUrl: "https://gitlab.example", token: token-of-gitlab}]
  gitea: [{host: gitea.example, baseUrl: "http://127.0.0.1:$GITEA/gitea", password: token-of-gitea}]
plugins:
  github: {config: {webhookSecret: a-secret-of-the-tests}}
  scorecards: {enabled: true}
YAML
}
# configure: the providers come from the standard input.
configure() {
	{ base && cat; } >"$WORK/config.yaml"
}
configure <<'YAML'
catalog:
  locations: []
  rules: [{allow: [Component, Location]}]
  providers:
    github:
      acme: {host: github.example, organization: acme, schedule: {frequency: {milliseconds: 1}}}
YAML
own_stack "$WORK/config.yaml"
as tests
sql() { mariadb --no-defaults -N -B --socket="$STATE/mariadb.sock" callboard -e "$1"; }
# Rows of entities that were written since the last time it was asked.
written() {
	sql "SELECT COALESCE(SUM(ROWS_CHANGED), 0) FROM information_schema.TABLE_STATISTICS WHERE TABLE_NAME IN ('entity', 'relation', 'claim', 'problem')"
	sql 'FLUSH TABLE_STATISTICS'
}
knob() { curl -s -X POST "$SCM_URL/__set" -d "$1"; }
stat() { curl -s "$SCM_URL/__stats" | jq ".$1"; }
locations() { sql "SELECT COUNT(*) FROM entity WHERE ref LIKE 'location:default/generated-%'"; }
runs() { sql "SELECT COALESCE(SUM(runs), 0) FROM plugin_run WHERE plugin = '$1' AND id = '$2'"; }
# It comes every minute, unless it is sent away for the rest of the test.
away() { sql "UPDATE job SET run_at = run_at + 86400000 WHERE queue = 'plugin.provider' AND state <> 1"; }
idle() { [ "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'plugin.provider' AND (state = 1 OR run_at <= UNIX_TIMESTAMP() * 1000)")" = 0 ]; }
ran() { [ "$(runs "$1" "$2")" -ge "$3" ] && [ "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'plugin.provider' AND state = 1")" = 0 ]; }
# provide PLUGIN ID: runs a provider now, and until it is done.
provide() {
	eventually 60 idle
	_n=$(($(runs "$1" "$2") + 1))
	sql "UPDATE job SET run_at = 0 WHERE queue = 'plugin.provider' AND job_key = '$1/$2'"
	ok "$1/$2 runs" eventually 60 ran "$1" "$2" "$_n"
	away
}
failed() { sql "SELECT error FROM plugin_run WHERE plugin = '$1' AND id = '$2'"; }
KEPT=$((N - N / 50))

# ---- GitHub: every repository that is not archived ----
ok 'the provider runs by itself' eventually 90 ran github discovery 1
away
is "$(failed github discovery)" '' 'it went well'
is "$(locations)" "$KEPT" 'a Location for each repository'
target='https://github.example/acme/repo-00000/blob/main/catalog-info.yaml'
location=generated-$(printf 'url:%s' "$target" | sha1sum | cut -d' ' -f1)
get "/api/catalog/entities/by-name/location/default/$location"
is_status 200
json .spec "{\"presence\":\"optional\",\"target\":\"$target\",\"type\":\"url\"}"
json '.metadata.annotations["backstage.io/managed-by-origin-location"]' "url:$target"
becomes component:default/repo-00000 '.kind == "Component"'
ok 'the log counts' grep -q "discovery: $KEPT entities" "$STATE/callboard.log"
ok 'no token is in the log' sh -c "! grep -q token-of-github '$STATE/callboard.log'"

# ---- the same again writes nothing; one that is new comes, one that is gone goes ----
knob '{}'
read_in() { [ "$(sql "SELECT COUNT(*) FROM job WHERE queue LIKE 'catalog.%' AND run_at < UNIX_TIMESTAMP() * 1000 + 1000")" = 0 ]; }
ok 'all files are read' eventually 120 read_in
sql 'SET GLOBAL userstat = 1'
written >/dev/null
provide github discovery
is "$(stat notModified)" $(((N + 99) / 100)) 'unchanged pages are not sent again'
is "$(written)" 0 'no row of an entity is written'
is "$(sql "SELECT summary FROM plugin_run WHERE plugin = 'github' AND id = 'discovery'")" "0 changed, $KEPT unchanged, 0 removed" 'nothing is written'

# ---- what is in the list anyway is told about the entities, without a request ----
facts() { get "/api/scorecards/facts?ref=component:default/$1" && jq -e "$2" "$WORK/body"; }
tell_facts() { sql "UPDATE job SET run_at = 0 WHERE queue = 'plugin.schedule' AND job_key = '$1/facts' AND state = 0"; }
knob '{}'
tell_facts github
ok 'facts of a repository' eventually 30 facts repo-00001 '.github | map_values(.value) ==
	{archived: false, default_branch: "main", fork: false, topics: ["team-1"], visibility: "internal"}'
ok 'and of the others' eventually 30 facts repo-00002 '.github.visibility.value == "private"'
is "$(stat all)" 0 'GitHub is not asked for them'
knob '{"renamed": "other"}'
provide github discovery
is "$(locations)" "$KEPT" 'a repository has another name'
by_name component:default/repo-00000
is_status 404
knob '{"renamed": ""}'
provide github discovery

# ---- a page that fails, a server that allows no more: nothing goes, and it is said ----
knob "{\"failPage\": $(((N + 99) / 100)), \"n\": $((N - 10))}"
provide github discovery
is "$(locations)" "$KEPT" 'the last page fails: nothing goes'
ok 'and it is said' _part "$(failed github discovery)" 'the repositories of acme: '
knob '{"failPage": 0, "resetIn": 3600}'
provide github discovery
is "$(locations)" "$KEPT" 'no more requests for an hour: nothing goes'
ok 'and it is said' _part "$(failed github discovery)" 'the server allows no more requests until 20'
knob "{\"resetIn\": 0, \"limitOnce\": 1, \"n\": $N}"
provide github discovery
is "$(failed github discovery)" '' 'a limit of a second is waited out'
is "$(stat limited)" 1 'it was met'
is "$(locations)" "$KEPT" 'all are there'

# ---- filters; what is there; one of two that fails, and one whose turn has not come ----
knob '{"files": 3}'
configure <<'YAML'
catalog:
  locations: []
  rules: [{allow: [Component, Location]}]
  providers:
    github:
      filtered:
        host: github.example
        organization: acme
        catalogPath: /docs/*.yaml
        filters:
          branch: trunk
          repository: "repo-0000[0-9]"
          allowForks: false
          visibility: [public, internal]
          topic: {include: [team-0, team-1, team-3], exclude: [experiment]}
        schedule: {frequency: {milliseconds: 1}}
      there: {host: github.example, organization: acme, validateLocationsExist: true, schedule: {frequency: {hours: 1}}}
      person: {host: github.example, organization: someone, schedule: {frequency: {cron: "0 0 1 1 *"}}}
YAML
own_reload
provide github discovery
is "$(failed github discovery)" '' 'three providers'
targets() {
	sql "SELECT JSON_VALUE(body, '$.spec.target') FROM entity WHERE ref LIKE 'location:default/generated-%' ORDER BY 1" | sed 's|https://github.example/||' | paste -sd ' '
}
WANTED='acme/repo-00000/blob/main/catalog-info.yaml acme/repo-00001/blob/main/catalog-info.yaml'
WANTED="$WANTED acme/repo-00001/blob/trunk/docs/*.yaml acme/repo-00002/blob/main/catalog-info.yaml acme/repo-00003/blob/trunk/docs/*.yaml"
WANTED="$WANTED acme/repo-00006/blob/trunk/docs/*.yaml someone/mine/blob/main/catalog-info.yaml"
is "$(targets)" "$WANTED" 'those that fit, and those that have the file'
knob '{"files": 0}'
provide github discovery
is "$(targets)" "$WANTED" 'what has an hour to go stays as it was'
is "$(stat graphql)" 0 'and is not asked for'
knob '{"failAll": "/orgs/acme"}'
provide github discovery
is "$(targets)" "$WANTED" 'one of three fails: nothing goes'
ok 'and it is said' _part "$(failed github discovery)" 'answered 500: broken'
knob '{"failAll": "", "files": 3}'

# ---- GitHub tells that something has changed ----
hook() { # hook EVENT BODY
	post /api/github/webhooks/events "$2" -H "X-GitHub-Event: $1" \
		-H "X-Hub-Signature-256: sha256=$(printf %s "$2" | openssl dgst -sha256 -hmac a-secret-of-the-tests | sed 's/.*= //')"
}
as nobody
post /api/github/webhooks/events '{}' -H 'X-GitHub-Event: push'
is_status 401
REPOSITORY='"repository": {"name": "repo-00000", "html_url": "https://github.example/acme/repo-00000", "default_branch": "main", "owner": {"login": "acme"}}'
hook push "{\"ref\": \"refs/heads/main\", $REPOSITORY}"
is_status 202
json .refreshed 1
hook push "{\"ref\": \"refs/heads/other\", $REPOSITORY}"
json .refreshed 0
knob '{"files": 4}'
hook push '{"ref": "refs/heads/main", "commits": [{"added": ["README.md", "catalog-info.yaml"]}], "repository": {"name": "repo-00003",
	"html_url": "https://github.example/acme/repo-00003", "default_branch": "main", "owner": {"login": "acme"}}}'
json .refreshed 0
as tests
provide github discovery
WANTED=$(echo "$WANTED" | sed 's| acme/repo-00003/blob/trunk| acme/repo-00003/blob/main/catalog-info.yaml&|')
is "$(targets)" "$WANTED" 'a file that is new has the list read that waits for its hour'
as nobody
knob '{}'
hook repository "{\"action\": \"created\", $REPOSITORY}"
json .providers 2
hook star "{$REPOSITORY}"
json .ignored true
hook push '{"ref": 7}'
is_status 202
as tests
provide github discovery
ok 'the list that waits for its hour is read' test "$(stat graphql)" -gt 0

# ---- GitHub: people and teams ----
configure <<'YAML'
catalog:
  locations: [{type: file, target: REPO_FILE}]
  rules: [{allow: [Component, Location]}]
  providers:
    githubOrg:
      - {id: one, githubUrl: "https://github.example", orgs: [acme], schedule: {frequency: {milliseconds: 1}}}
YAML
cat >"$WORK/one.yaml" <<'YAML'
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: pay, annotations: {github.com/project-slug: acme/repo-00000, gitlab.com/project-slug: acme/repo-00000}}
spec: {type: service, lifecycle: production, owner: core}
YAML
sed -i "s|REPO_FILE|$WORK/one.yaml|" "$WORK/config.yaml"
knob '{"extraMembers": 150}'
own_reload
provide github organization
is "$(failed github organization)" '' 'people and teams'
becomes group:default/core '.spec.children == ["web"] and (.spec.members | length) == 152'
becomes group:default/web '.spec.parent == "core" and .spec.profile.displayName == "Web" and .metadata.annotations["github.com/team-slug"] == "acme/web"'
becomes user:default/ana '.spec.memberOf == ["core"] and .spec.profile.email == "ana@acme.example" and .metadata.annotations["github.com/user-login"] == "ana"'
becomes user:default/bob-smith '.metadata.name == "Bob-Smith" and .spec.memberOf == ["core"]'
becomes user:default/cleo '.spec.profile.email == "cleo@acme.example"'
becomes group:default/core '.metadata.annotations["backstage.io/managed-by-location"] == "url:https://github.example/orgs/acme/teams/core"'
provide github discovery
is "$(locations)" 1 'repositories are not configured any more: they go'
knob '{"extraMembers": 0, "failAll": "/graphql"}'
provide github organization
becomes group:default/core '(.spec.members | length) == 152'
knob '{"failAll": ""}'

# ---- GitHub Actions ----
becomes component:default/pay '.kind == "Component"'
as nobody
get /catalog/default/component/pay
has cards/github/actions
get /catalog/default/component/pay/plugins/github/actions
is_status 200
has 'Change &lt;b&gt;3&lt;/b&gt;'
has 'https://github.example/acme/repo-00000/actions/runs/3'
has 'in progress'
as tests
ok 'how the last one ended is a fact' eventually 20 facts pay '.github.last_run.value == "success" and .github.last_run_name.value == "Build"'
as nobody
hook workflow_run '{"action": "completed", "workflow_run": {"name": "Build", "head_branch": "main", "event": "push", "status": "completed",
	"conclusion": "timed_out", "run_started_at": "2026-01-02T03:04:05Z"},
	"repository": {"full_name": "acme/repo-00000", "html_url": "https://github.example/acme/repo-00000"}}'
is_status 202
as tests
ok 'also when a webhook says so' eventually 20 facts pay '.github.last_run.value == "timed_out"'
as nobody
knob '{"run": "failure"}'
get '/catalog/default/component/pay/cards/github/actions?part=1'
has success
is "$(stat runs)" 0 'for a minute nobody is asked again'
sql "DELETE FROM plugin_value WHERE plugin = 'github' AND kind = 1"
knob '{"failAll": "/actions/"}'
for _ in 1 2 3 4 5 6; do get '/catalog/default/component/pay/cards/github/actions?part=1'; done
is_status 200
has 'GitHub does not say'
is "$(stat all)" 1 'and a server that fails is left alone for a while'
sql "DELETE FROM plugin_value WHERE plugin = 'github' AND kind = 1"
knob '{"failAll": ""}'
get '/catalog/default/component/pay/cards/github/actions?part=1'
has failure
as tests

# ---- GitLab: the projects of a group that have the file ----
configure <<'YAML'
catalog:
  locations: [{type: file, target: REPO_FILE}]
  rules: [{allow: [Component, Location]}]
  providers:
    gitlab:
      acme: {host: gitlab.example, group: acme, orgEnabled: true, schedule: {frequency: {milliseconds: 1}}}
YAML
sed -i "s|REPO_FILE|$WORK/one.yaml|" "$WORK/config.yaml"
knob '{"run": "success", "files": 3}'
own_reload
gl_targets() {
	sql "SELECT JSON_VALUE(body, '$.spec.target') FROM entity WHERE ref LIKE 'location:default/generated-%' ORDER BY 1" | sed -n 's|https://gitlab.example/||p' | paste -sd ' '
}
provide gitlab discovery
is "$(failed gitlab discovery)" '' 'GitLab'
GL_WANTED='acme/repo-00000/-/blob/main/catalog-info.yaml acme/repo-00002/-/blob/main/catalog-info.yaml acme/sub/repo-00001/-/blob/main/catalog-info.yaml'
is "$(gl_targets)" "$GL_WANTED" 'projects with the file'
becomes component:default/repo-00001 '.kind == "Component"'
ok 'each project was asked for its file' test "$(stat file)" -ge "$KEPT"
knob '{}'
provide gitlab discovery
is "$(stat notModified) $(stat file)" "$(((N + 99) / 100)) 0" 'what has not changed is not asked for again'
tell_facts gitlab
ok 'facts of a project' eventually 30 facts repo-00002 '.gitlab | .default_branch.value == "main" and .topics.value == ["team-2"]'
is "$(stat all)" "$(((N + 99) / 100))" 'GitLab is not asked for them'
knob "{\"failPage\": $(((N + 99) / 100)), \"n\": 1}"
knob "{\"n\": $N}"
provide gitlab discovery
is "$(gl_targets)" "$GL_WANTED" 'the last page fails: nothing goes'
knob '{"failPage": 0, "files": 2}'
configure <<'YAML'
catalog:
  locations: [{type: file, target: REPO_FILE}]
  rules: [{allow: [Component, Location]}]
  providers:
    gitlab:
      acme:
        host: gitlab.example
        group: acme
        branch: trunk
        projectPattern: "repo-0000[0-9]$"
        excludeRepos: [acme/repo-00000]
        skipForkedRepos: true
        orgEnabled: true
        groupPattern: "^acme(/sub)?$"
        userPattern: "^(gina@|gleo)"
        relations: [INHERITED]
        schedule: {frequency: {milliseconds: 1}}
YAML
sed -i "s|REPO_FILE|$WORK/one.yaml|" "$WORK/config.yaml"
own_reload
provide gitlab discovery
is "$(gl_targets)" 'acme/sub/repo-00001/-/blob/trunk/catalog-info.yaml' 'filters'
provide gitlab organization
is "$(failed gitlab organization)" '' 'people and groups'
becomes group:default/sub '.spec.parent == "acme" and .metadata.annotations["gitlab.example/team-path"] == "acme/sub"'
becomes user:default/gina '.spec.memberOf == ["acme", "sub"] and .spec.profile.email == "gina@acme.example"'
becomes user:default/gleo '.metadata.annotations["gitlab.example/user-login"] == "https://gitlab.example/gleo"'
by_name user:default/gob
is_status 404
by_name group:default/sub-deep
is_status 404
as nobody
get /catalog/default/component/pay/plugins/gitlab/pipelines
has 'https://gitlab.example/acme/repo-00000/-/pipelines/7'
as tests

# ---- Gitea ----
configure <<'YAML'
catalog:
  locations: []
  rules: [{allow: [Component, Location]}]
  providers:
    gitea:
      acme: {host: gitea.example, organization: acme, orgEnabled: true, schedule: {frequency: PT0.001S}}
YAML
knob '{"files": 3}'
own_reload
gt_targets() {
	sql "SELECT JSON_VALUE(body, '$.spec.target') FROM entity WHERE ref LIKE 'location:default/generated-%' ORDER BY 1" | sed -n 's|https://gitea.example/||p' | paste -sd ' '
}
provide gitea discovery
is "$(failed gitea discovery)" '' 'Gitea'
GT_WANTED='acme/repo-00000/src/branch/main/catalog-info.yaml acme/repo-00001/src/branch/main/catalog-info.yaml acme/repo-00002/src/branch/main/catalog-info.yaml'
is "$(gt_targets)" "$GT_WANTED" 'repositories with the file'
becomes component:default/repo-00002 '.kind == "Component"'
knob '{}'
provide gitea discovery
is "$(stat notModified) $(stat file)" "$(((N + 49) / 50)) 0" 'what has not changed is not asked for again'
knob "{\"failPage\": $(((N + 49) / 50))}"
provide gitea discovery
is "$(gt_targets)" "$GT_WANTED" 'the last page fails: nothing goes'
knob '{"failPage": 0}'
provide gitea organization
is "$(failed gitea organization)" '' 'people and teams'
becomes group:default/web-team '.spec.members == ["tleo"] and .metadata.description == "The web"'
becomes user:default/tina '.spec.memberOf == ["Owners"] and .spec.profile.displayName == "Tina"'
unharmed
done_testing
