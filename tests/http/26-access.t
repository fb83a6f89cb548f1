#!/bin/sh
# Who may do what: every route refuses an anonymous caller, tokens and their restrictions, the guest.
. tests/http/lib.sh
. tests/fixtures/own.sh
CAT=$WORK/cat
mkdir "$CAT"
config() {
	cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: $1}}
permission: {enabled: ${2:-false}}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
      - type: static
        options: {token: token-that-may-only-read-0123456789, subject: reader}
        accessRestrictions: [{plugin: catalog, permissionAttribute: {action: read}}]
      - type: static
        options: {token: token-for-another-plugin-0123456789, subject: other}
        accessRestrictions: [{plugin: somewhere-else}]
      - type: static
        options: {token: token-for-locations-0123456789, subject: locations}
        accessRestrictions: [{plugin: catalog, permission: "catalog.location.read, catalog.location.create"}]
plugins: {directories: [$PWD/tests/fixtures/plugins]}
catalog:
  rules: [{allow: [Component, Location, User]}]
  locations: [{type: file, target: $CAT/all.yaml}]
YAML
}
config null
printf 'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\nspec: {type: x, lifecycle: y, owner: z}\n' >"$CAT/all.yaml"
own_stack "$WORK/config.yaml"
as tests
becomes component:default/a '.kind == "Component"'

# ---- every route, as the program lists them ----
routes() {
	"$BIN" routes | while read -r method pattern permission flags _; do
		case $permission in public) continue ;; esac
		printf '%s %s %s\n' "$method" "$(printf %s "$pattern" | sed 's/:kind/component/; s/:namespace/default/; s/:name/a/; s/:plugin/hello/; s/:[a-z]*/x/g; s/\*rest/greeting/')" "$flags"
	done
}
routes >"$WORK/routes"
ok 'there are routes to walk' test "$(wc -l <"$WORK/routes")" -ge 20
# walk WANT NAME: every protected route answers so.
walk() {
	: >"$WORK/wrong"
	while read -r method path flags; do
		ask "$method" "$path" -H 'Content-Type: application/json' -H 'Accept: application/json, text/html' \
			-H "Origin: $URL" --data-binary '{}' </dev/null
		case " $1 " in *" $STATUS "*) ;; *) echo "$method $path ($flags): $STATUS" >>"$WORK/wrong" ;; esac
	done <"$WORK/routes"
	ok "$2" cmp "$WORK/wrong" /dev/null
	[ ! -s "$WORK/wrong" ] || sed 's/^/# /' "$WORK/wrong"
}
as nobody
walk 401 'every route refuses an anonymous caller'
as no-such-token-0123456789
walk 401 'every route refuses an unknown token'
as token-for-another-plugin-0123456789
walk 403 'every route refuses a token for another plugin'
as nobody
get /api/catalog/entities -H 'Authorization: Bearer a b'
is_status 401
get /api/catalog/entities -H 'Authorization: Basic dGVzdHM6dGVzdHM='
is_status 401
json .error.name AuthenticationError
get /.backstage/health/v1/readiness
is_status 200
as no-such-token-0123456789
get /.backstage/health/v1/readiness
is_status 200
# What is not there is not told from what is there and closed.
get /api/catalog/nothing
is_status 404

# ---- restrictions ----
as reader
get /api/catalog/entities
is_status 200
post /api/catalog/entities/by-refs '{"entityRefs":["component:default/a"]}'
is_status 200
get /api/catalog/locations
is_status 200
for path in refresh locations validate-entity; do
	post "/api/catalog/$path" '{}'
	case $path in validate-entity) ;; *) is_status 403 && json .error.name NotAllowedError ;; esac
done
post '/api/catalog/locations?dryRun=true' '{"type":"url","target":"http://127.0.0.1/x.yaml"}'
is_status 403
delete /api/catalog/locations/x
is_status 403
as token-for-locations-0123456789
get /api/catalog/locations
is_status 200
post /api/catalog/locations '{}'
is_status 400
get /api/catalog/entities
is_status 403
delete /api/catalog/locations/x
is_status 403

# ---- the guest ----
as nobody
config '{userEntityRef: "user:default/visitor", dangerouslyAllowOutsideDevelopment: true}'
own_reload
get /catalog/default/component/a
is_status 200
# Pages are for everybody then; programs still say who they are.
get /api/catalog/entities
is_status 401
post /api/catalog/refresh '{"entityRef":"component:default/a"}' -H "Origin: $URL"
is_status 401
as no-such-token-0123456789
get /api/catalog/entities
is_status 401
as nobody
# Another site's page must not act through the visitor's browser.
ask POST /catalog/default/component/a/refresh -H 'Origin: https://evil.example' -d x=1
is_status 403
config '{userEntityRef: "user:default/visitor", dangerouslyAllowOutsideDevelopment: true}' true
own_reload
get /catalog/default/component/a
is_status 200
csrf=$(sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1)
post_form /catalog/default/component/a/refresh "_csrf=$csrf"
is_status 403
config null
own_reload
get /catalog/default/component/a
is_status 401
has 'Sign in first'

# ---- a reload with a mistake is refused, the old configuration goes on ----
cp "$WORK/config.yaml" "$WORK/good.yaml"
echo 'catalog: {readonly: perhaps}' >"$WORK/config.yaml"
kill -s HUP "$(cat "$STATE/callboard.pid")"
ok 'the refusal is in the log' eventually 10 grep -q 'reload refused' "$STATE/callboard.log"
as tests
get /api/catalog/entities
is_status 200
cp "$WORK/good.yaml" "$WORK/config.yaml"

# No secret is in the log.
ok 'no token is in the log' sh -c "! grep -E 'token-of-the-tests|no-such-token|token-that-may' '$STATE/callboard.log'"

unharmed
done_testing
