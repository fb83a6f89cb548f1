#!/bin/sh
# Signing in by OpenID Connect, against a real provider: the way there and back, and every answer that must not be believed.
. tests/http/lib.sh
. tests/fixtures/own.sh
CAT=$WORK/cat
mkdir "$CAT"
cat >"$CAT/all.yaml" <<'YAML'
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ana}
spec: {profile: {displayName: Ana, email: ana@acme.example}, memberOf: [payments]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: payments}
spec: {type: team, children: []}
YAML
mkdir -p "$WORK/plugins/people" "$WORK/plugins/idle"
cat >"$WORK/plugins/people/plugin.lua" <<'LUA'
return { title = "People", version = "1.0.0", sign_in_resolvers = {
  never = function() return nil end,
  byNickname = function(profile, provider)
    local name = profile.claims.preferred_username
    if name == "raise" then error("words of the resolver's inside") end
    if name == "number" then return 7 end
    if name == "group" then return "group:default/payments" end
    if name == "loop" then while true do end end
    if name == "nil" or provider ~= "plugged" or profile.provider ~= provider then return nil end
    return name and "user:default/" .. name
  end,
} }
LUA
cat >"$WORK/plugins/idle/plugin.lua" <<'LUA'
return { title = "Idle", version = "1.0.0", sign_in_resolvers = { any = function() return "user:default/ana" end } }
LUA
# shellcheck disable=SC2317 # called by trap
provider_end() {
	[ -z "${PROVIDER:-}" ] || kill "$PROVIDER" 2>/dev/null
	own_end
}
trap provider_end EXIT
node tests/fixtures/oidc.mjs "$WORK/oidc.port" >"$WORK/oidc.log" 2>&1 &
PROVIDER=$!
eventually 15 test -s "$WORK/oidc.port" || bail "the provider does not start: $(tail -n 3 "$WORK/oidc.log")"
OP=http://127.0.0.1:$(cat "$WORK/oidc.port")

# shellcheck disable=SC2016 # the portal fills in the port
cat >"$WORK/config.yaml" <<YAML
app: {baseUrl: "http://127.0.0.1:\${CALLBOARD_PORT}"}
auth:
  providers:
    oidc:
      development:
        metadataUrl: $OP/.well-known/openid-configuration
        clientId: callboard
        clientSecret: "a secret: with + and %"
        signIn: {resolvers: [{resolver: emailMatchingUserEntityProfileEmail}]}
      production: {metadataUrl: $OP, clientId: other}
    posting:
      development:
        metadataUrl: $OP
        clientId: posting
        clientSecret: "a secret: with + and %"
        tokenEndpointAuthMethod: client_secret_post
        signIn: {resolvers: [{resolver: emailMatchingUserEntityProfileEmail}]}
    public:
      metadataUrl: $OP
      clientId: public
      signIn: {resolvers: [{resolver: emailMatchingUserEntityProfileEmail}]}
    plugged:
      metadataUrl: $OP
      clientId: callboard
      clientSecret: "a secret: with + and %"
      signIn: {resolvers: [{resolver: people.never}, {resolver: people.byNickname}, {resolver: emailMatchingUserEntityProfileEmail}]}
    elsewhere: {development: {metadataUrl: "$OP/elsewhere", clientId: callboard, clientSecret: "a secret: with + and %"}}
    okta: {development: {clientId: a}}
    github: {development: {clientId: a, clientSecret: b}}
    google: {development: {metadataUrl: "$OP/nothing", clientId: callboard, clientSecret: x}}
backend:
  baseUrl: "http://127.0.0.1:\${CALLBOARD_PORT}"
  auth:
    externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]
plugins: {directories: [$WORK/plugins], idle: {enabled: false}}
catalog:
  rules: [{allow: [User, Group]}]
  locations: [{type: file, target: $CAT/all.yaml}]
YAML
own_stack "$WORK/config.yaml"
as tests
becomes user:default/ana '.kind == "User"'
as nobody

control() {
	curl -sS -o /dev/null --data-binary "$1" "$OP/__control"
}
counted() {
	curl -sS "$OP/__control" | jq -r ".$1"
}
control "{\"redirect\":\"$URL/api/auth/oidc/handler/frame\",
	\"account\":{\"sub\":\"ana\",\"email\":\"ana@acme.example\",\"email_verified\":true,\"name\":\"Ana of the provider\"}}"

forget() {
	rm -f "$WORK/jar"
}
cookie() {
	awk -v name="$1" '$6 == name { print $7 }' "$WORK/jar"
}
# provider URL: goes through the provider as a browser, until it sends the browser back; $BACK is the path at the portal.
provider() {
	BACK='' _next=$1 _hops=0
	while [ $_hops -lt 8 ]; do
		_hops=$((_hops + 1))
		case $_next in
		"$URL"/*) BACK=${_next#"$URL"} && return ;;
		/*) _next=$OP$_next ;;
		'') break ;;
		esac
		curl -sS -g -o "$WORK/op.body" -D "$WORK/op.head" -b "$WORK/jar" -c "$WORK/jar" "$_next"
		_next=$(sed -n 's/\r$//; s/^[Ll]ocation: //p' "$WORK/op.head")
	done
	echo "# the provider does not send the browser back: $(head -n 1 "$WORK/op.head") $(grep -o "<pre.*" "$WORK/op.body" | head -c 400)"
}
# begin [QUERY]: to the provider and back, up to what it sends along.
begin() {
	get "/api/auth/oidc/start?env=development&flow=redirect${1:-}"
	START=$(_header location)
	provider "$START"
}
# "user:default/ana" when the browser is signed in.
signed_in() {
	get /api/auth/oidc/refresh
	jq -r '.backstageIdentity.identity.userEntityRef // .error.name' "$WORK/body"
}

# ---- the way there and back ----
get '/api/auth/oidc/start?env=development&flow=redirect&redirectUrl=/catalog%3Fx=1'
is_status 302
header_has location "$OP/auth?"
for part in response_type=code client_id=callboard code_challenge_method=S256 scope=openid%20profile%20email; do
	header_has location "$part"
done
header_has set-cookie 'oidc-nonce='
header_has set-cookie 'HttpOnly; SameSite=Lax; Max-Age=600'
header cache-control no-store
before=$(cookie oidc-nonce)
begin '&redirectUrl=/catalog%3Fx=1'
ok 'each start has a secret of its own' test "$before" != "$(cookie oidc-nonce)"
ok 'the cookie is not what the provider sees' sh -c "! printf %s '$START' | grep -q '$(cookie oidc-nonce)'"
kept=$(cookie oidc-nonce) used=$BACK
get "$BACK"
is_status 303
header location '/catalog?x=1'
header_has set-cookie 'oidc-nonce=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0'
is "$(signed_in)" user:default/ana 'signed in'
json .profile.displayName 'Ana of the provider'
json .profile.email ana@acme.example
json .backstageIdentity.identity '{"type":"user","userEntityRef":"user:default/ana","ownershipEntityRefs":["user:default/ana","group:default/payments"]}'
json .backstageIdentity.expiresInSeconds 3600
json .providerInfo '{}'
header cache-control no-store
jq -r .backstageIdentity.token "$WORK/body" >"$WORK/token"
mv "$WORK/jar" "$WORK/jar.ana"
as "$(cat "$WORK/token")"
get /api/catalog/entities/by-name/user/default/ana
is_status 200
# A token is no session: it cannot make itself last longer.
get /api/auth/oidc/refresh
is_status 401
as nobody
cp "$WORK/jar.ana" "$WORK/jar"
post /api/auth/oidc/refresh '{}' -H "Origin: $URL"
is_status 200
post /api/auth/oidc/refresh '{}' -H 'Origin: https://evil.example'
is_status 403
get /api/auth/okta/refresh
is_status 401
post /api/auth/oidc/logout '{}' -H "Origin: $URL"
is_status 401
is "$(signed_in)" user:default/ana 'still signed in'
post /api/auth/oidc/logout '{}' -H "Origin: $URL" -H 'X-Requested-With: XMLHttpRequest'
is_status 200
is "$(signed_in)" AuthenticationError 'signed out'
cp "$WORK/jar.ana" "$WORK/jar"
is "$(signed_in)" AuthenticationError 'and the session is over, not only forgotten'
forget

# ---- answers that belong to no sign-in of this browser ----
# refused PATH TEXT: nobody is signed in by it, and the page says why.
refused() {
	get "$1"
	is_status "${3:-401}"
	has "$2"
	ok 'no session cookie' test -z "$(cookie callboard_session)"
}
refused "$used" 'began no sign-in'
# The same answer again, in the browser that kept its cookie: the provider knows that the code was used.
curl_jar=$WORK/jar
printf '127.0.0.1\tFALSE\t/\tFALSE\t0\toidc-nonce\t%s\n' "$kept" >"$curl_jar"
refused "$used" 'used already'
forget
begin
other=$BACK
forget
begin
refused "$other" 'not the answer to the sign-in that this browser began'
state=$(printf %s "$BACK" | sed 's/.*[?&]state=\([^&]*\).*/\1/')
refused "/api/auth/oidc/handler/frame?code=abc" 'not the answer to'
refused "$(printf %s "$BACK" | sed "s/state=.*\./state=eyJ0byI6Ii9ldmlsIn0./")" 'not the answer to'
refused "$(printf %s "$BACK" | sed 's/iss=[^&]*/iss=https%3A%2F%2Fevil.example/')" 'of another provider'
begin
state=$(printf %s "$BACK" | sed 's/.*[?&]state=\([^&]*\).*/\1/')
refused "/api/auth/oidc/handler/frame?state=$state&error=access_denied&error_description=No%3Cb%3Ebody" 'access_denied: No&lt;b&gt;body'
begin
state=$(printf %s "$BACK" | sed 's/.*[?&]state=\([^&]*\).*/\1/')
refused "/api/auth/oidc/handler/frame?state=$state" 'sent no code' 400
begin
state=$(printf %s "$BACK" | sed 's/.*[?&]state=\([^&]*\).*/\1/')
refused "/api/auth/oidc/handler/frame?state=$state&code=invented" 'used already'
# PKCE: a code that was made for another browser's challenge, carried over with everything but the cookie.
forget
begin
stolen=$(printf %s "$BACK" | sed 's/.*[?&]code=\([^&]*\).*/\1/')
forget
begin
refused "$(printf %s "$BACK" | sed "s/code=[^&]*/code=$stolen/")" 'used already'

# ---- tokens that lie ----
for lie in none hmac stranger audience issuer nonce expired future party hash; do
	control "{\"lie\":\"$lie\"}"
	forget
	begin
	get "$BACK"
	ok "a token that lies ($lie) is refused" _status 401
	ok "and nobody is signed in ($lie)" test -z "$(cookie callboard_session)"
done
control '{"lie":"","userinfo":"other"}'
forget
begin
refused "$BACK" 'two different people'
control '{"userinfo":""}'

# ---- rotated keys ----
control '{"rotate":true}'
forget
begin
get "$BACK"
is_status 303
is "$(signed_in)" user:default/ana 'signed in with a new key'
ok 'metadata is kept' test "$(counted metadata)" -le 12

# ---- who is not let in ----
forget
control '{"account":{"sub":"bob","email":"bob@acme.example","email_verified":true}}'
begin
get "$BACK"
is_status 403
ok 'no session for whom no entity fits' test -z "$(cookie callboard_session)"
forget
control '{"account":{"sub":"eve","email":"ana@acme.example","email_verified":false}}'
begin
get "$BACK"
is_status 403
ok 'an address that was not verified proves nothing' test -z "$(cookie callboard_session)"
control '{"account":{"sub":"ana","email":"ana@acme.example","email_verified":true}}'

# ---- where people are sent ----
for to in https://evil.example/ //evil.example '/\evil.example' http:%2F%2F127.0.0.1:1%2F javascript:alert%281%29 "$URL@evil.example/" \
	"$URL.evil.example/" '/x%0d%0aSet-Cookie:a=b' "$URL//evil.example"; do
	get "/api/auth/oidc/start?env=development&flow=redirect&redirectUrl=$to"
	ok "redirectUrl=$to is refused" _status 400
done
forget
begin "&redirectUrl=$URL/catalog%3Fa=b%23c"
get "$BACK"
header location '/catalog?a=b#c'
for query in flow=other flow=popup\&origin=https://evil.example env=production; do
	get "/api/auth/oidc/start?$query"
	ok "$query is refused" sh -c "[ $STATUS = 400 ] || [ $STATUS = 404 ]"
done
for name in none github 'o%2Fidc' 'x%0d%0a'; do
	get "/api/auth/$name/start"
	ok "provider $name: 404" _status 404
done
get /api/auth/okta/start
is_status 400
has 'metadataUrl is missing'
get /api/auth/google/start
is_status 503

# ---- the small window ----
forget
get "/api/auth/oidc/start?env=development&flow=popup&origin=$URL"
provider "$(_header location)"
get "$BACK"
is_status 200
has '/sign-in-popup.'
lacks '<script>'
header_has content-security-policy "default-src 'self'"
sed -n 's/.*data-message="\([^"]*\)".*/\1/p' "$WORK/body" | sed 's/&quot;/"/g; s/&amp;/\&/g' >"$WORK/message"
ok 'the message is for Backstage' jq -e '.type == "authorization_response" and .response.backstageIdentity.identity.userEntityRef == "user:default/ana"' "$WORK/message"
is "$(signed_in)" user:default/ana 'signed in by the small window'
get /static/sign-in-popup.js
is_status 200
has 'window.location.origin'
forget
control '{"lie":"audience"}'
get "/api/auth/oidc/start?flow=popup"
provider "$(_header location)"
get "$BACK"
is_status 401
has 'authorization_response'
has 'for another audience'
control '{"lie":""}'

# ---- providers that answer with a form ----
forget
begin
ask POST /api/auth/oidc/handler/frame -H "Origin: $OP" -H 'Sec-Fetch-Site: cross-site' --data "${BACK#*\?}"
is_status 303
BACK=$(_header location)
get "$BACK"
is_status 303
is "$(signed_in)" user:default/ana 'signed in by a form'

# ---- other kinds of client ----
for name in posting public; do
	forget
	get "/api/auth/$name/start"
	provider "$(_header location)"
	get "$BACK"
	ok "a client of the kind '$name' signs in" _status 303
	get "/api/auth/$name/refresh"
	is_status 200
done
# Only the host that is configured may have an address within.
forget
before=$(counted tokens)
get /api/auth/elsewhere/start
provider "$(_header location)"
get "$BACK"
is_status 502
is "$(counted tokens)" "$before" 'an endpoint on another host of this network is not asked'

# ---- resolvers of plugins ----
# shellcheck disable=SC2317 # called by ok
logged() { grep '"message":"sign-in refused"' "$STATE/callboard.log" | grep -qF "$1"; }
# plugged NICKNAME [EMAIL]: signs in at the provider whose resolvers are a plugin's.
plugged() {
	control "{\"account\":{\"sub\":\"$1\",\"email\":\"${2:-$1@acme.example}\",\"email_verified\":true,\"preferred_username\":\"$1\"}}"
	forget
	get /api/auth/plugged/start
	provider "$(_header location)"
	get "$BACK"
}
who_is_it() {
	get /api/auth/plugged/refresh
	jq -r '.backstageIdentity.identity.userEntityRef // .error.name' "$WORK/body"
}
plugged ana
is_status 303
is "$(who_is_it)" user:default/ana 'a plugin says who it is'
plugged nil ana@acme.example
is_status 303
is "$(who_is_it)" user:default/ana 'nil: the next resolver is tried'
plugged stranger
is_status 403
has 'No user of the catalog belongs to'
for name in raise number group loop; do
	plugged $name ana@acme.example
	is_status 403
	has 'It cannot be found out who you are just now'
	lacks inside
	lacks people
	ok "nobody is signed in ($name)" test -z "$(cookie callboard_session)"
done
ok 'the log says what it raised' logged "words of the resolver's inside"
ok 'the log says what is no user' logged "'group:default/payments' is not the reference of a user"
ok 'the log says what is no text' logged 'neither the reference of a user nor nil, but a number'
ok 'the log says that it never ended' logged 'out of '
# resolver NAME: the configuration with another one.
resolver() {
	sed "s/resolver: people.never/resolver: $1/" "$WORK/config.yaml" >"$WORK/other.yaml"
	CALLBOARD_CONFIG=$WORK/other.yaml run config check
}
resolver people.none
is_exit 1
says "auth.providers: resolver 'people.none': the plugin people has no such resolver"
resolver nobody.any
is_exit 1
says "resolver 'nobody.any': there is no such plugin"
resolver idle.any
is_exit 0
says "warning: auth.providers: resolver 'idle.any': its plugin is off, so that it lets nobody in"
control '{"account":{"sub":"ana","email":"ana@acme.example","email_verified":true,"name":"Ana of the provider"}}'

# ---- the provider is away ----
forget
begin
control '{"down":true}'
get "$BACK" -H 'Accept: text/html'
ok 'away: an error of the gateway kind' sh -c "[ $STATUS = 502 ] || [ $STATUS = 503 ]"
ok 'away: no session' test -z "$(cookie callboard_session)"
control '{"down":false}'
begin
get "$BACK"
is_status 303

# ---- the audit log ----
audited() {
	mariadb --no-defaults -N -B -S "$STATE/mariadb.sock" callboard -e "SELECT COUNT(*) FROM audit WHERE $1"
}
ok 'sign-ins are recorded' test "$(audited "event = 'sign-in' AND status = 'succeeded' AND actor = 'user:default/ana'")" -ge 5
is "$(audited "event = 'sign-out' AND actor = 'user:default/ana'")" 1 'so are sign-outs'
is "$(audited "url LIKE '%code=%'")" 0 'no code is recorded'
ok 'what anybody can cause is only in the log' grep -q '"eventId":"sign-in".*"status":"failed"' "$STATE/callboard.log"

ok 'no secret is in the log' sh -c "! grep -E 'a secret: with|$kept' '$STATE/callboard.log'"
unharmed
done_testing
