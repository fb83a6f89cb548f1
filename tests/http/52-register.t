#!/bin/sh
# Registering from a repository: files to choose from, a first file with an owner from CODEOWNERS; orphans; who may not change things.
. tests/http/lib.sh
. tests/fixtures/own.sh
fixtures
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: {userEntityRef: user:default/ana, dangerouslyAllowOutsideDevelopment: true}}}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
      - type: static
        options: {token: token-that-may-only-read-0123456789, subject: reader}
        accessRestrictions: [{plugin: catalog, permissionAttribute: {action: read}}]
  reading: {allow: [{host: "${SITE#*//}"}]}
integrations:
  github: [{host: github.example, apiBaseUrl: "$SITE/gh/api", token: token-of-github-0123}]
catalog:
  orphanStrategy: keep
  import: {entityFilename: portal.yaml, pullRequestBranchName: portal-file}
  rules: [{allow: [Component, Group, Location]}]
  locations: []
YAML
component() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: %s}\n' "$1"
	printf 'spec: {type: service, lifecycle: production, owner: core}\n'
}
gh='{"auth":"Bearer token-of-github-0123"}'
R=/gh/api/repos/acme
REPO=https://github.example/acme
printf '{"tree":[{"path":"portal.yaml","type":"blob","mode":"100644"},{"path":"x/portal.yaml","type":"blob","mode":"100644"}],
	"truncated":false}' | serve "$R/pay/git/trees/HEAD?recursive=true" - "$gh"
{ component pay-one && component pay-two; } | serve "$R/pay/contents/portal.yaml?ref=HEAD" - "$gh"
component pay-x | serve "$R/pay/contents/x/portal.yaml?ref=HEAD" - "$gh"
printf '{"tree":[],"truncated":false}' | serve "$R/bare/git/trees/HEAD?recursive=true" - "$gh"
printf '# who\n*.js @acme/web\n* @acme/Payments @bob\n' | serve "$R/bare/contents/CODEOWNERS?ref=HEAD" - "$gh"
own_stack "$WORK/config.yaml"
as nobody
token() {
	get "$1"
	csrf=$(sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1)
}

# The files that are there: choose, review, register.
token /catalog-import
post_form /catalog-import "_csrf=$csrf" step=look "target=$REPO/pay"
is_status 200
has 'value="https://github.example/acme/pay/blob/HEAD/portal.yaml" checked'
has 'value="https://github.example/acme/pay/blob/HEAD/x/portal.yaml" checked'
has 'pay-two'
post_form /catalog-import "_csrf=$csrf" step=review "target=$REPO/pay" "targets=$REPO/pay/blob/HEAD/portal.yaml" \
	"targets=$REPO/pay/blob/HEAD/x/portal.yaml"
is_status 200
has 'pay-one'
has 'pay-x'
post_form /catalog-import "_csrf=$csrf" step=register "targets=$REPO/pay/blob/HEAD/portal.yaml" \
	"targets=$REPO/pay/blob/HEAD/x/portal.yaml"
is_status 303
to=$(_header Location)
is "$(mariadb --no-defaults -N -B --socket="$STATE/mariadb.sock" callboard -e "SELECT CONCAT_WS(' ', event, status, JSON_LENGTH(meta, '\$.target'),
	JSON_LENGTH(meta, '\$.locationId')) FROM audit ORDER BY id")" "location-analyze succeeded
location-analyze succeeded
location-mutate succeeded 2 2" 'only the step that registers is a change, and names what'
as tests
becomes component:default/pay-two '.kind == "Component"'
becomes component:default/pay-x '.kind == "Component"'
as nobody
get "$to"
has 'href="/catalog/default/component/pay-two"'
has 'href="/catalog/default/component/pay-x"'
post_form /catalog-import "_csrf=$csrf" step=look "target=$REPO/pay"
has 'registered already'
lacks 'portal.yaml" checked'
# None chosen: the files again, and nothing is registered that was not chosen.
post_form /catalog-import "_csrf=$csrf" step=review "target=$REPO/pay"
is_status 400
has 'Choose at least one file.'
has 'registered already'
component unchosen | serve /unchosen.yaml -
post_form /catalog-import "_csrf=$csrf" step=look "target=$SITE/unchosen.yaml"
is_status 200
has "name=\"offered\" value=\"$SITE/unchosen.yaml\""
for step in register review; do
	post_form /catalog-import "_csrf=$csrf" step=$step "target=$SITE/unchosen.yaml" "offered=$SITE/unchosen.yaml"
	is_status 400
	has 'Choose at least one file.'
	has "name=\"targets\" value=\"$SITE/unchosen.yaml\""
done
post_form /catalog-import "_csrf=$csrf" step=register "target=$SITE/unchosen.yaml"
is_status 400
has 'Choose at least one file.'
as tests
get /api/catalog/locations
lacks 'unchosen.yaml'
as nobody
get '/catalog-import?done=00000000-0000-0000-0000-000000000000'
is_status 404

# None there: a first one, owned by whom CODEOWNERS names for everything.
post_form /catalog-import "_csrf=$csrf" step=look "target=$REPO/bare"
has 'No catalog file found'
has 'name="name" value="bare"'
has 'id="f-name" name="name" value="bare" autocomplete="off" required aria-describedby="h-name"'
has 'id="h-name"'
post_form /catalog-import "_csrf=$csrf" step=prepare "target=$REPO/bare" name=bare type=service lifecycle=production branch=trunk code_owners=1
is_status 200
has 'owner: payments'
has 'such as <code>portal-file</code>'
has 'is not in the catalog yet'
has 'href="https://github.example/acme/bare/new/trunk?filename=portal.yaml&amp;value=apiVersion'
has 'name="target" value="https://github.example/acme/bare/blob/trunk/portal.yaml"'
post_form /catalog-import "_csrf=$csrf" step=prepare "target=$REPO/pay" name=pay type=service lifecycle=production branch=trunk code_owners=1
is_status 400
has 'No CODEOWNERS file'

# Unregistering from the list of the admins leads back to it, and nowhere else; a job can be run at once.
token /admin/locations
has '<title>Locations · Admin'
has '<h2 class="sr">Locations</h2>'
has 'name="to" value="/admin/locations"'
as tests
get /api/catalog/locations
id=$(jq -r ".[] | .data | select(.target | endswith(\"/pay/blob/HEAD/portal.yaml\")) | .id" "$WORK/body")
other=$(jq -r ".[] | .data | select(.target | endswith(\"/pay/blob/HEAD/x/portal.yaml\")) | .id" "$WORK/body")
as nobody
post_form "/catalog-import/$id/delete" "_csrf=$csrf" to=/admin/locations
is_status 303
header Location '/admin/locations?said=unregistered'
post_form "/catalog-import/$other/delete" "_csrf=$csrf" to=/admin/audit
header Location '/catalog?said=unregistered'
get '/admin/locations?said=unregistered'
has 'Unregistered, with all'
get '/admin/jobs?queue=none'
has 'Nothing waits in this queue.'
token /admin/jobs
queue=$(sed -n 's/.*name="queue" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1)
key=$(sed -n 's/.*name="key" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1)
post_form /admin/jobs/again "_csrf=$csrf" "queue=$queue" "key=$key"
is_status 303
header Location "/admin/jobs?queue=$queue&said=queued"
get "$(_header Location)"
has 'as soon as a worker is free'
post_form /admin/jobs/again "_csrf=$csrf" "queue=$queue" key=nothing-like-it
is_status 404
post_form /admin/jobs/again "_csrf=$csrf" queue=é "key=é"
is_status 404
get '/admin/jobs?queue=%C3%A9'
is_status 200

# An orphan says so, and is deleted from its own page.
component lost | serve /lost.yaml -
component kept | serve /kept.yaml -
printf 'apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: both}\nspec: {targets: [./lost.yaml, ./kept.yaml]}\n' | serve /both.yaml -
post_form /catalog-import "_csrf=$csrf" step=register "targets=$SITE/both.yaml"
as tests
becomes component:default/lost '.kind == "Component"'
printf 'apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: both}\nspec: {targets: [./kept.yaml]}\n' | serve /both.yaml -
refresh location:default/both
becomes component:default/lost '.metadata.annotations["backstage.io/orphan"] == "true"'
as nobody
get /catalog/default/component/lost
has 'Nothing brings it any more'
get /catalog/default/component/lost/unregister
has 'it is an orphan'
lacks 'Unregister location'
post_form /catalog/default/component/lost/unregister "_csrf=$csrf" action=entity
is_status 303
header Location '/catalog?filters[kind]=component&said=deleted'
get /catalog/default/component/lost
is_status 404

# Whoever may only read is offered nothing else, and gets nothing else.
as reader
get /catalog/default/component/kept
is_status 200
lacks '/unregister'
lacks '/kept/refresh'
get /catalog/default/component/kept/unregister
is_status 403
get /catalog-import
is_status 403

unharmed
done_testing
