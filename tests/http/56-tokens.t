#!/bin/sh
# Tokens: those of a session, checked and forged by another hand; personal ones, by page, command and request.
. tests/http/lib.sh
. tests/fixtures/own.sh
CAT=$WORK/cat
mkdir "$CAT"
cat >"$CAT/all.yaml" <<'YAML'
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ana}
spec: {memberOf: [payments]}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: bob}
spec: {memberOf: []}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: payments}
spec: {type: team, children: []}
YAML
# shellcheck disable=SC2016 # the portal fills in the port
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {local: {}}}
backend:
  baseUrl: "http://127.0.0.1:\${CALLBOARD_PORT}"
  auth:
    externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]
catalog:
  rules: [{allow: [User, Group, Location]}]
  locations: [{type: file, target: $CAT/all.yaml}]
YAML
own_stack "$WORK/config.yaml"
as tests
becomes user:default/ana '.relations | length > 0'
becomes user:default/bob '.kind == "User"'
as nobody
sql() {
	mariadb --no-defaults -N -B -S "$STATE/mariadb.sock" callboard -e "$1"
}
csrf() {
	sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1
}
# sign_in NAME: in a browser that nobody used before.
sign_in() {
	rm -f "$WORK/jar"
	get /login
	post_form /login "_csrf=$(csrf)" "name=$1" 'password=correct horse battery' to=/
}
# The portal's own commands against this stack.
portal() {
	asked="callboard $*"
	STATUS=0
	CALLBOARD_STATE=$STATE "$BIN" "$@" >"$WORK/body" 2>&1 </dev/null || STATUS=$?
}
for name in ana bob; do
	printf 'correct horse battery\n' | CALLBOARD_STATE=$STATE "$BIN" user add "$name" --password-stdin >"$WORK/said" 2>&1 ||
		bail "$(cat "$WORK/said")"
done

# ---- what others need to check the portal's tokens ----
get /api/auth/.well-known/openid-configuration
is_status 200
json .issuer "$URL/api/auth"
json .jwks_uri "$URL/api/auth/.well-known/jwks.json"
json .id_token_signing_alg_values_supported '["ES256"]'
get /api/auth/local/refresh
is_status 401
sign_in ana
get /api/auth/local/refresh
is_status 200
token=$(jq -r .backstageIdentity.token "$WORK/body")
cp "$WORK/jar" "$WORK/jar.ana"
rm -f "$WORK/jar"
get /api/auth/.well-known/jwks.json
is_status 200
json '.keys | length' 1
json '.keys[0] | keys' '["alg","crv","kid","kty","use","x","y"]'
cp "$WORK/body" "$WORK/keys"
node tests/fixtures/token.mjs check "$token" "$WORK/keys" >"$WORK/claims" 2>&1
# claim JQ WANT
claim() {
	is "$(jq -rc "$1" "$WORK/claims")" "$2" "claims: $1"
}
claim .header.typ vnd.backstage.user
claim .header.alg ES256
claim .sub user:default/ana
claim .aud backstage
claim .iss "$URL/api/auth"
claim '.exp - .iat' 3600
claim 'has("ent")' false
ok 'the proof makes a token that is signed too' node tests/fixtures/token.mjs check \
	"$(node tests/fixtures/token.mjs forge limited "$token")" "$WORK/keys"

# ---- a token as a way in ----
as "$token"
get /api/catalog/entities/by-name/user/default/ana
is_status 200
get /api/auth/v1/userinfo
is_status 200
json '[.sub, .ent]' '["user:default/ana",["user:default/ana","group:default/payments"]]'
json .claims.ent '["user:default/ana","group:default/payments"]'
get /api/auth/local/refresh
is_status 401
get /settings/tokens -H 'Accept: text/html'
is_status 403
for how in none hmac self payload type kid limited; do
	as "$(node tests/fixtures/token.mjs forge "$how" "$token" "$WORK/keys")"
	get /api/catalog/entities
	ok "a forged token ($how): 401" _status 401
	get /api/auth/v1/userinfo
	ok "a forged token ($how) tells nothing" _status 401
done
as nobody
get /api/auth/v1/userinfo
is_status 401
# What was signed for too long ago, or by a key that is not believed any more.
sql 'UPDATE user_token_key SET signs_until = 1'
cp "$WORK/jar.ana" "$WORK/jar"
get /api/auth/local/refresh
newer=$(jq -r .backstageIdentity.token "$WORK/body")
rm -f "$WORK/jar"
get /api/auth/.well-known/jwks.json
json '.keys | length' 2
as "$token"
get /api/catalog/entities
is_status 200
as "$newer"
get /api/catalog/entities
is_status 200
sql 'UPDATE user_token_key SET expires_at = 1 WHERE signs_until = 1'
as "$token"
get /api/catalog/entities
is_status 401
as "$newer"
get /api/catalog/entities
is_status 200
as nobody

# ---- personal tokens: the page ----
get /settings/tokens
ok 'the page is for those who signed in' sh -c "[ $STATUS = 303 ] || [ $STATUS = 401 ]"
cp "$WORK/jar.ana" "$WORK/jar"
get /settings/tokens
is_status 200
has 'You have made none yet'
field=$(csrf)
post_form /settings/tokens name=x scope=all days=1
is_status 403
ask POST /settings/tokens -H 'Origin: https://evil.example' --data-urlencode "_csrf=$field" -d name=x -d scope=all -d days=1
is_status 403
# make NAME SCOPE DAYS: $made is the token
make() {
	post_form /settings/tokens "_csrf=$field" "name=$1" "scope=$2" "days=$3"
	made=$(sed -n 's/.*<code>\(cbp_[^<]*\)<.*/\1/p' "$WORK/body")
}
make 'CI <b>' 'read' 30
is_status 200
header cache-control no-store
ok 'the token has 256 random bits' test ${#made} = 47
has 'CI &lt;b&gt;'
has "data-copy=\"$made\""
reader=$made
get /settings/tokens
lacks "$reader"
has 'never used'
make writer 'catalog.location.create, catalog.location.read' 365
writer=$made
make all-of-it all 1
everything=$made
for wrong in '|all|1' 'x||1' 'x|all|0' 'x|all|366' 'x|all|' 'x|rewrite|1' 'x|a..b|1'; do
	make "${wrong%%|*}" "$(printf %s "$wrong" | cut -d'|' -f2)" "${wrong##*|}"
	ok "refused at the form: $wrong" _status 400
	ok "no token: $wrong" test -z "$made"
	ok "said at the form: $wrong" grep -q 'role="alert"' "$WORK/body"
	case $wrong in '|'*) at=name ;; 'x|all|'*) at=days ;; *) at=scope ;; esac
	ok "said beside its field: $wrong" grep -q "<input id=\"$at\".* aria-invalid=\"true\" aria-describedby=\"wrong" "$WORK/body"
	is "$(grep -c 'aria-invalid' "$WORK/body")" 1 'and no other'
done
ok 'only hashes are kept' sh -c "! mariadb --no-defaults -S '$STATE/mariadb.sock' callboard -e 'SELECT * FROM access_token' | grep -q cbp_"
rm -f "$WORK/jar"

# ---- personal tokens: what they may do ----
location='{"type":"url","target":"https://example.com/none.yaml"}'
as "$reader"
get /api/catalog/entities
is_status 200
post '/api/catalog/locations?dryRun=true' "$location"
is_status 403
json .error.name NotAllowedError
get /api/auth/v1/userinfo
json .sub user:default/ana
as "$writer"
get /api/catalog/locations
is_status 200
get /api/catalog/entities
is_status 403
post /api/catalog/locations '{}'
is_status 400
as "$everything"
get /api/catalog/entities
is_status 200
# A token makes no tokens, and is no session.
ask POST /settings/tokens -H "Origin: $URL" -d name=x -d scope=all -d days=1
ok 'a token makes no tokens' test "$STATUS" = 403
get /api/auth/local/refresh
is_status 401
as "${everything}x"
get /api/catalog/entities
is_status 401
as cbp_
get /api/catalog/entities
is_status 401
as nobody
used=$(sql "SELECT used_at FROM access_token WHERE name = 'all-of-it'")
ok 'its use is noted' test "$used" -gt 0
as "$everything"
get /api/catalog/entities
is "$(sql "SELECT used_at FROM access_token WHERE name = 'all-of-it'")" "$used" 'but not each time'
sql "UPDATE access_token SET used_at = 5 WHERE name = 'all-of-it'"
get /api/catalog/entities
ok 'again after a minute' test "$(sql "SELECT used_at FROM access_token WHERE name = 'all-of-it'")" -gt 5

# ---- their end ----
sql "UPDATE access_token SET expires_at = 5 WHERE name = 'writer'"
as "$writer"
get /api/catalog/locations
is_status 401
as nobody
sign_in bob
get /settings/tokens
lacks all-of-it
id=$(sql "SELECT id FROM access_token WHERE name = 'all-of-it'")
post_form "/settings/tokens/$id/revoke" "_csrf=$(csrf)"
is_status 404
cp "$WORK/jar.ana" "$WORK/jar"
get /settings/tokens
has 'expired'
post_form "/settings/tokens/$id/revoke"
is_status 403
post_form "/settings/tokens/$id/revoke" "_csrf=$field"
is_status 303
header location /settings/tokens
rm -f "$WORK/jar"
as "$everything"
get /api/catalog/entities
is_status 401
as nobody

# ---- the command ----
portal token create --user ana --name 'from the command' --scope read --days 3
is_exit 0
command=$(cat "$WORK/body")
as "$command"
get /api/auth/v1/userinfo
json .sub user:default/ana
as nobody
portal token list --user user:default/ana
is_exit 0
says 'from the command'
says revoked
says_not "$command"
id=$(awk '/from the command/ { print $1 }' "$WORK/body")
portal token list --user bob
says 'There are no tokens.'
portal token revoke "$id"
is_exit 0
as "$command"
get /api/catalog/entities
is_status 401
as nobody
portal token revoke "$id-none"
is_exit 1
for wrong in 'create --user ana --name x --scope all' 'create --user ana --name x --scope all --days 1000' 'create --user' 'list more' \
	'revoke' 'unknown'; do
	# shellcheck disable=SC2086
	portal token $wrong
	ok "callboard token $wrong: not understood" _status 2
done
portal token create --user group:default/payments --name x --scope all --days 1
is_exit 1
says 'is no user'

# ---- an account that is disabled ----
as "$reader"
get /api/catalog/entities
is_status 200
CALLBOARD_STATE=$STATE "$BIN" user disable ana >/dev/null
get /api/catalog/entities
is_status 401
as "$newer"
get /api/catalog/entities
is_status 401
CALLBOARD_STATE=$STATE "$BIN" user enable ana >/dev/null
as "$reader"
get /api/catalog/entities
ok 'its tokens are gone for good' _status 401
as nobody

# ---- somebody who is signed out by hand, somebody who left ----
portal token create --user ana --name anew --scope read --days 1
as "$(cat "$WORK/body")"
get /api/catalog/entities
is_status 200
CALLBOARD_STATE=$STATE "$BIN" user sign-out ana >/dev/null
get /api/catalog/entities
is_status 401
as nobody
portal token create --user bob --name bobs --scope read --days 1
bobs=$(cat "$WORK/body")
sql "DELETE FROM local_user WHERE name = 'bob'"
as "$bobs"
get /api/catalog/entities
is_status 200
awk 'BEGIN { RS = "---\n"; ORS = "" } !/name: bob/ { print (n++ ? "---\n" : "") $0 }' "$CAT/all.yaml" >"$WORK/without"
cp "$WORK/without" "$CAT/all.yaml"
as tests
refresh user:default/ana
goes user:default/bob
as "$bobs"
get /api/catalog/entities
is_status 401
as nobody

is "$(sql "SELECT GROUP_CONCAT(event ORDER BY id) FROM audit WHERE plugin = 'auth' AND event LIKE 'token-%'")" \
	token-create,token-create,token-create,token-revoke 'what is done with tokens is recorded'
ok 'no token is in the log' sh -c "! grep -qE 'cbp_|eyJ0eXAi' '$STATE/callboard.log'"
unharmed
done_testing
