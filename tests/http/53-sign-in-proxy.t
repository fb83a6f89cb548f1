#!/bin/sh
# Who a proxy in front says is there, and which entity that becomes: every resolver, oauth2-proxy's headers, the load balancer's token.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
CAT=$WORK/cat
mkdir "$CAT" "$WORK/keys"
# config PROVIDER SETTINGS [MORE]: of auth.providers, and more of auth.
config() {
	cat >"$WORK/config.yaml" <<YAML
auth:
  providers: {guest: null, $1: $2}
  ${3:-environment: development}
backend:
  reading: {allow: [{host: "127.0.0.1:*"}]}
  auth:
    externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]
catalog:
  rules: [{allow: [Location, User, Group]}]
  locations: [{type: file, target: $CAT/all.yaml}]
YAML
}
# user NAME EMAIL ANNOTATIONS
user() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: %s, annotations: {%s}}\nspec: {profile: {email: "%s"}, memberOf: []}\n' "$1" "$3" "$2"
}
{
	user ana Ana@Acme.example 'github.com/user-id: "17", acme.example/login: ana.k'
	user bo bo@acme.example 'acme.example/login: bo.k'
	user twin1 twin@acme.example ''
	user twin2 twin@acme.example ''
	user cafe cafe@acme.example ''
} >"$CAT/all.yaml"
resolvers() {
	config oauth2Proxy "{signIn: {resolvers: [$1]}}" "${2:-}"
	own_reload
}
# says_is REF|STATUS HEADER...: who one is who comes with these headers; a status is how nobody is answered: 200, the page with the
# other ways to sign in, where no proxy says anything; 403, where no user fits what it says.
says_is() {
	_want=$1
	shift
	for _h in "$@"; do
		set -- "$@" -H "$_h"
		shift
	done
	rm -f "$WORK/jar"
	get '/login?to=/catalog' "$@"
	case $_want in
	[0-9]*)
		is_status "$_want"
		ok "nobody by $*" test -z "$(awk '/callboard_session/' "$WORK/jar" 2>/dev/null)"
		return
		;;
	esac
	is_status 303
	get /catalog "$@"
	ok "$_want by $*" _contains "$_want"
}

config oauth2Proxy '{signIn: {resolvers: [{resolver: forwardedUserMatchingUserEntityName}]}}'
own_stack "$WORK/config.yaml"
as tests
becomes user:default/cafe '.kind == "User"'
as nobody

# ---- the headers ----
get /catalog
is_status 303
says_is 200 'X-Request: none'
has 'There is no way to sign in from here'
says_is user:default/ana 'X-Forwarded-User: Ana'
says_is 403 'X-Forwarded-User: stranger'
has "No user of the catalog belongs to &#39;stranger&#39;"
# Said twice: a client's own header beside the proxy's.
says_is 200 'X-Forwarded-User: bo' 'X-Forwarded-User: ana'
says_is 200 'X_Forwarded_User: ana'
says_is 403 'X-Forwarded-User: ../../ana'
says_is 200 "X-Forwarded-User: $(printf %300s a | tr ' ' a)"
# The proxy now says that somebody else is there, or nobody: the session is not his.
says_is user:default/ana 'X-Forwarded-User: ana'
get /catalog -H 'X-Forwarded-User: bo'
is_status 303
get /catalog
is_status 303
get /catalog -H 'X-Forwarded-User: ana'
is_status 200
# Signing out does not sign in again by itself.
get /settings/sessions -H 'X-Forwarded-User: ana'
csrf=$(sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1)
post_form /logout "_csrf=$csrf" -H 'X-Forwarded-User: ana'
header Location '/login?signed-out=1'
get '/login?signed-out=1' -H 'X-Forwarded-User: ana'
is_status 200
has 'Sign in as ana'
# Only who opens the page is signed in: not who asks for its head, nor a picture or a script of another page.
_sessions() {
	[ "$(mariadb --no-defaults -N -B -S "$STATE/mariadb.sock" callboard -e 'SELECT COUNT(*) FROM session')" = "$1" ]
}
mariadb --no-defaults -S "$STATE/mariadb.sock" callboard -e 'DELETE FROM session'
rm -f "$WORK/jar"
head_of /login -H 'X-Forwarded-User: ana'
is_status 200
for dest in image script iframe empty; do
	get /login -H 'X-Forwarded-User: ana' -H "Sec-Fetch-Dest: $dest"
	is_status 200
	header Set-Cookie ''
done
ok 'no session began' _sessions 0
get /login -H 'X-Forwarded-User: ana' -H 'Sec-Fetch-Dest: document'
is_status 303
ok 'one did' _sessions 1
# Only the word of proxies that are named counts.
resolvers '{resolver: forwardedUserMatchingUserEntityName}' 'trustedProxies: [10.1.2.0/24, "fd00::/8", unix]'
get /catalog -H 'X-Forwarded-User: ana'
is_status 303
says_is 200 'X-Forwarded-User: ana'
ok 'the log tells of it' grep -q 'a proxy that is not trusted says who asks' "$STATE/callboard.log"
says_is 200 'X-Forwarded-User: ana' 'X-Forwarded-For: 10.1.2.3' 'X-Real-IP: 10.1.2.3' 'Peer-Addr: 10.1.2.3'
resolvers '{resolver: forwardedUserMatchingUserEntityName}' 'trustedProxies: [127.0.0.0/9]'
says_is user:default/ana 'X-Forwarded-User: ana'
resolvers '{resolver: forwardedUserMatchingUserEntityName}' 'trustedProxies: []'
says_is 200 'X-Forwarded-User: ana'

# ---- resolvers ----
resolvers '{resolver: emailMatchingUserEntityProfileEmail}'
says_is user:default/ana 'X-Forwarded-User: x' 'X-Forwarded-Email: ana@acme.EXAMPLE'
says_is user:default/ana 'X-Forwarded-User: x' 'X-Forwarded-Email: ana+portal@acme.example'
says_is 403 'X-Forwarded-User: x' 'X-Forwarded-Email: ana@evil.example'
says_is 403 'X-Forwarded-User: x' 'X-Forwarded-Email: %@acme.example'
says_is 403 'X-Forwarded-User: x' "X-Forwarded-Email: x' OR '1'='1"
# Two users with one address are nobody's; what only looks alike is not the same.
says_is 403 'X-Forwarded-User: x' 'X-Forwarded-Email: twin@acme.example'
has 'several users of the catalog have'
says_is 403 'X-Forwarded-User: x' 'X-Forwarded-Email: café@acme.example'
says_is user:default/cafe 'X-Forwarded-User: x' 'X-Forwarded-Email: cafe@acme.example'
says_is 403 'X-Forwarded-User: ana'

resolvers '{resolver: emailLocalPartMatchingUserEntityName, allowedDomains: [acme.example]}'
says_is user:default/bo 'X-Forwarded-Email: BO+x@acme.example'
says_is 403 'X-Forwarded-Email: bo@evil.example'
says_is 403 'X-Forwarded-Email: bo@acme.example@evil.example'
resolvers '{resolver: preferredUsernameMatchingUserEntityName}'
says_is user:default/bo 'X-Forwarded-User: ana' 'X-Forwarded-Preferred-Username: bo'
resolvers '{resolver: usernameMatchingUserEntityName}'
says_is user:default/bo 'X-Forwarded-User: ana' 'X-Forwarded-Preferred-Username: bo'
resolvers '{resolver: usernameMatchingUserEntityName, requireMatchingGithubUserId: true}'
says_is user:default/ana 'X-Forwarded-User: 17' 'X-Forwarded-Preferred-Username: ana'
says_is 403 'X-Forwarded-User: 18' 'X-Forwarded-Preferred-Username: ana'
says_is 403 'X-Forwarded-User: 17' 'X-Forwarded-Preferred-Username: bo'
resolvers '{resolver: userIdMatchingUserEntityAnnotation, annotation: acme.example/login}'
says_is user:default/ana 'X-Forwarded-User: ana.k'
says_is 403 'X-Forwarded-User: ana'
resolvers "{resolver: userIdMatchingUserEntityAnnotation, annotation: \"x\\\" || 1\"}"
says_is 403 'X-Forwarded-User: ana.k'
resolvers '{resolver: dangerouslyAllowSignInWithoutUserInCatalog}'
says_is user:default/stranger 'X-Forwarded-User: stranger'
says_is 403 'X-Forwarded-User: not a name'
# In their order, the first that fits; an option lets in whom the catalog does not know.
resolvers '{resolver: emailMatchingUserEntityProfileEmail}, {resolver: usernameMatchingUserEntityName, dangerouslyAllowSignInWithoutUserInCatalog: true}'
says_is user:default/bo 'X-Forwarded-User: ana' 'X-Forwarded-Email: bo@acme.example'
says_is user:default/ana 'X-Forwarded-User: ana' 'X-Forwarded-Email: x@acme.example'
says_is user:default/new 'X-Forwarded-User: new' 'X-Forwarded-Email: x@acme.example'
resolvers '{resolver: noSuchResolver}'
says_is 403 'X-Forwarded-User: ana'
has 'is not a sign-in resolver'
resolvers ''
says_is 403 'X-Forwarded-User: ana'
has 'has no signIn.resolvers'
# Settings below the environment's name, as Backstage has them.
config oauth2Proxy '{production: {signIn: {resolvers: [{resolver: usernameMatchingUserEntityName}]}}}' 'environment: production'
own_reload
says_is user:default/bo 'X-Forwarded-User: bo'

# ---- the load balancer's token ----
fixtures
node tests/fixtures/alb.mjs "$WORK/keys" >"$WORK/tokens"
token() {
	jq -r ".$1" "$WORK/tokens"
}
serve "/keys/$(token kid)" "$WORK/keys/$(token kid)"
config awsalb "{issuer: $(token iss), signer: \"$(token signer)\", keyUrl: \"$SITE/keys\", signIn: {resolvers: [{resolver: emailMatchingUserEntityProfileEmail}]}}"
own_reload
says_is user:default/ana "X-Amzn-Oidc-Data: $(token good)" 'X-Amzn-Oidc-Identity: sub-ana'
get /catalog -H 'X-Amzn-Oidc-Identity: sub-bo'
is_status 303
says_is user:default/bo "X-Amzn-Oidc-Data: $(token bo)" 'X-Amzn-Oidc-Identity: sub-bo'
while read -r name why; do
	says_is 401 "X-Amzn-Oidc-Data: $(token "$name")"
	has "$why"
done <<'LIST'
expired has expired
issuer of another issuer
signer_other of another load balancer
forged signature is wrong
none is not allowed
changed signature is wrong
path_key names no key
nobody names nobody
LIST
says_is 401 'X-Amzn-Oidc-Data: rubbish'
says_is 401 'X-Amzn-Oidc-Data: a.b.c'
says_is 503 "X-Amzn-Oidc-Data: $(token unknown_key)"
says_is 200 'X-Forwarded-User: ana'
ok 'a key is fetched once by each worker at most' test "$(served "/keys/$(token kid)" .count)" -le "$(web_workers | wc -l)"

unharmed
done_testing
