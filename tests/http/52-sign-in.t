#!/bin/sh
# Signing in with a password: the form, the cookie, the session and its end, attempts, and where people are sent.
# It asks the shared stack too.
. tests/http/lib.sh
. tests/fixtures/own.sh
CAT=$WORK/cat
mkdir "$CAT"
# config PROVIDERS [MORE]: YAML flow of auth.providers, and more of auth.
config() {
	cat >"$WORK/config.yaml" <<YAML
auth:
  providers: $1
  ${2:-nestedGroups: false}
backend:
  auth:
    externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]
catalog:
  rules: [{allow: [Component, Location, User, Group]}]
  locations: [{type: file, target: $CAT/all.yaml}]
YAML
}
cat >"$CAT/all.yaml" <<'YAML'
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: a}
spec: {type: x, lifecycle: y, owner: payments}
---
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
sql() {
	mariadb --no-defaults -N -B -S "$STATE/mariadb.sock" callboard -e "$1"
}
# account ARGUMENTS...: callboard user against the test's stack; the password comes from $password.
account() {
	asked="callboard user $*"
	STATUS=0
	printf '%s\n' "${password:-}" | CALLBOARD_STATE=$STATE "$BIN" user "$@" >"$WORK/body" 2>&1 || STATUS=$?
}
# The hidden field of the page that was asked for last.
csrf() {
	sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1
}
# login NAME PASSWORD [TO]: as a browser does.
login() {
	get "/login"
	post_form /login "_csrf=$(csrf)" "name=$1" "password=$2" "to=${3-/catalog}"
}
logout() {
	get /settings/sessions
	post_form /logout "_csrf=$(csrf)"
}
cookie() {
	awk '$6 == "callboard_session" { print $7 }' "$WORK/jar"
}
forget() {
	rm -f "$WORK/jar"
}

# get_with TOKEN PATH: with that cookie and none of the jar. get_jar FILE PATH: with another browser's cookies.
get_with() {
	touch "$WORK/jar"
	mv "$WORK/jar" "$WORK/jar.kept"
	get "$2" -b "callboard_session=$1"
	mv "$WORK/jar.kept" "$WORK/jar"
}
get_jar() {
	touch "$WORK/jar"
	mv "$WORK/jar" "$WORK/jar.kept"
	cp "$1" "$WORK/jar"
	get "$2"
	mv "$WORK/jar.kept" "$WORK/jar"
}

config '{guest: null, local: {}}'
own_stack "$WORK/config.yaml"
as tests
becomes component:default/a '.kind == "Component"'
becomes user:default/ana '.relations | length == 1'
as nobody

# ---- accounts ----
password='correct horse battery'
account add Ana --password-stdin --email ana@acme.example
is_exit 0
account add ana --password-stdin
is_exit 1
says "there is an account 'ana' already"
password=short
account add bo --password-stdin
is_exit 1
says 'at least 10 characters'
account add '../bo' --password-stdin
is_exit 1
says 'is no name for an account'
password='correct horse battery'
account add bo --password-stdin --ref group:default/bo
is_exit 1
account add bo --password-stdin --ref user:default/robert
is_exit 0
account list
says 'user:default/ana'
says_not 'argon2'
account explode
is_exit 2
is "$(sql "SELECT hash LIKE '\$argon2id\$%' AND hash NOT LIKE '%horse%' FROM local_user WHERE name = 'ana'")" 1 'the password is hashed'

# ---- who is not signed in ----
get '/catalog?filters[kind]=component&a=b'
is_status 303
header Location '/login?to=%2Fcatalog%3Ffilters%5Bkind%5D%3Dcomponent%26a%3Db'
get /settings/sessions
is_status 303
header Location '/login?to=%2Fsettings%2Fsessions'
ask POST /catalog/default/component/a/refresh -H "Origin: $URL" -d x=1
is_status 303
header Location /login
get /api/catalog/entities
is_status 401
json .error.name AuthenticationError
get /catalog -H 'Authorization: Bearer no-such-token-0123456789'
is_status 401

# ---- the form ----
get '/login?to=/catalog/default/component/a'
is_status 200
has 'name="password"'
has 'value="/catalog/default/component/a"'
lacks 'Enter as guest'
login ana 'wrong horse battery'
is_status 403
has 'Name or password is wrong.'
has 'value="ana"'
lacks 'wrong horse'
is "$(cookie)" '' 'no session after a wrong password'
login nobody-like-this 'correct horse battery'
is_status 403
has 'Name or password is wrong.'
login ana ''
is_status 400
has 'Give your password.'
login '' x
is_status 400
has 'Give your user name.'
forget
ask POST /login -H "Origin: $URL" -d 'name=ana&password=correct+horse+battery'
is_status 403
ask POST /login -H 'Origin: https://evil.example' -d 'name=ana&password=correct+horse+battery'
is_status 403

# ---- signed in ----
forget
login ANA 'correct horse battery' /catalog/default/component/a
is_status 303
header Location /catalog/default/component/a
ok 'the cookie is out of reach of scripts and other sites' grep -qi '^Set-Cookie: callboard_session=[A-Za-z0-9_-]\{43\}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800.$' "$WORK/head"
first=$(cookie)
get /catalog/default/component/a
is_status 200
has 'user:default/ana'
get /api/catalog/entities
is_status 200
post /api/catalog/refresh '{"entityRef":"component:default/a"}' -H 'Origin: https://evil.example'
is_status 403
get '/login?to=/catalog'
is_status 303
header Location /catalog
is "$(sql "SELECT COUNT(*) FROM session WHERE token_hash = UNHEX(SHA2('$first', 256))")" 1 'the token is kept as a hash'
is "$(sql "SELECT owns FROM session WHERE ref = 'user:default/ana'")" '["user:default/ana","group:default/payments"]' 'the session knows the groups'
ok 'neither token nor password is in the log' sh -c "! grep -E '$first|horse battery' '$STATE/callboard.log'"

# ---- no fixation: signing in always makes a new token, and ends the browser's old session ----
get /logout
is_status 404
printf '127.0.0.1\tFALSE\t/\tFALSE\t0\tcallboard_session\tAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n' >"$WORK/jar"
login ana 'correct horse battery'
is_status 303
ok 'a planted token is not taken over' test "$(cookie)" != AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
second=$(cookie)
ok 'another token' test "$second" != "$first"
get_with "$first" /catalog
is_status 200
# As if the form had been open in another window.
get /settings/sessions
post_form /login "_csrf=$(csrf)" name=ana 'password=correct horse battery'
is_status 303
third=$(cookie)
ok 'and another one' test "$third" != "$second"
get_with "$second" /catalog
is_status 303
get_with "$third" /catalog
is_status 200
for t in x "$third"x "' OR 1=1 -- " "$(printf %.42s "$third")" "$(printf %3000s a | tr ' ' a)"; do
	get_with "$t" /catalog
	is_status 303
done

# ---- where people are sent ----
for to in //evil.example '/\evil.example' https://evil.example 'javascript:alert(1)' '/a b' "$(printf '/a\r\nSet-Cookie: x=y')" "$(printf '/\t/evil.example')" /login '/login?to=/x' /logout evil.example '' "$(printf '/%2500s' a | tr ' ' a)"; do
	forget
	login ana 'correct horse battery' "$to"
	header Location /
	ok "nothing is smuggled in by $(printf %.20s "$to" | tr '\r\n\t' '...')" sh -c "! grep -qi '^set-cookie: x=y' '$WORK/head'"
done
forget
get '/login?to=%2F%2Fevil.example'
has 'name="to" value="/"'
lacks '"//evil.example'
get '/login?to=%0d%0aSet-Cookie:%20x=y'
is_status 200
has 'name="to" value="/"'
lacks 'Set-Cookie: x=y'
get '/login?to=%2F%22%3E%3Cscript%3E'
has 'name="to" value="/&quot;&gt;&lt;script&gt;"'
lacks '"><script'
get '/login?to=%00'
is_status 400
login ana 'correct horse battery' '/catalog?filters[kind]=group&x=%22'
header Location '/catalog?filters[kind]=group&x=%22'

# ---- a session's end ----
sql "UPDATE session SET seen = seen - 11 * 3600000"
get /catalog
is_status 200
is "$(sql "SELECT COUNT(*) FROM session WHERE token_hash = UNHEX(SHA2('$(cookie)', 256)) AND seen > UNIX_TIMESTAMP() * 1000 - 60000")" 1 'its use is noted'
sql "UPDATE session SET seen = seen - 13 * 3600000"
get /catalog
is_status 303
forget
login ana 'correct horse battery'
sql "UPDATE session SET created = created - 8 * 24 * 3600000"
get /catalog
is_status 303
forget
login ana 'correct horse battery'
token=$(cookie)
logout
is_status 303
header Location '/login?signed-out=1'
is "$(cookie)" '' 'the browser forgets the cookie'
get_with "$token" /catalog
is_status 303
get '/login?signed-out=1'
has 'You are signed out.'

# ---- the list of sessions ----
sql 'DELETE FROM session'
forget
login ana 'correct horse battery'
mv "$WORK/jar" "$WORK/jar.other"
login bo 'correct horse battery'
is_status 303
account sessions bo
is_exit 0
says curl/
forget
get /login
ask POST /login -A 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' -H "Origin: $URL" --data-urlencode "_csrf=$(csrf)" -d 'name=ana&password=correct+horse+battery'
get /settings/sessions
is_status 200
has 'Firefox on Linux'
has ' UTC">just now</time>'
has 'this one'
has 127.0.0.1
his=$(sql "SELECT id FROM session WHERE ref = 'user:default/robert' LIMIT 1")
mine=$(sql "SELECT id FROM session WHERE ref = 'user:default/ana' ORDER BY id LIMIT 1")
lacks "/settings/sessions/$his/end"
has "/settings/sessions/$mine/end"
page=$(csrf)
post_form "/settings/sessions/$his/end" "_csrf=$page"
is_status 404
for id in 0 -1 x 99999999999999999999 18446744073709551615; do
	post_form "/settings/sessions/$id/end" "_csrf=$page"
	is_status 404
done
post_form "/settings/sessions/$mine/end"
is_status 403
post_form "/settings/sessions/$mine/end" "_csrf=$page"
is_status 303
get_jar "$WORK/jar.other" /catalog
is_status 303
get /catalog
is_status 200
mv "$WORK/jar" "$WORK/jar.other"
login ana 'correct horse battery'
is_status 303
get /settings/sessions
post_form /settings/sessions/end-all "_csrf=$(csrf)"
is_status 303
get_jar "$WORK/jar.other" /catalog
is_status 303
is "$(sql "SELECT GROUP_CONCAT(DISTINCT ref) FROM session")" user:default/robert 'signing out everywhere is for one user'
account sign-out user:default/robert
is_exit 0
is "$(sql "SELECT COUNT(*) FROM session")" 0 'the command ends sessions'

# ---- disabled, and another password ----
forget
login ana 'correct horse battery'
get /catalog
is_status 200
account disable ana
is_exit 0
get /catalog
is_status 303
login ana 'correct horse battery'
is_status 403
has 'Name or password is wrong.'
account enable ana
login ana 'correct horse battery'
is_status 303
password='another horse battery'
account password ana --password-stdin
is_exit 0
get /catalog
is_status 303
login ana 'correct horse battery'
is_status 403
login ana 'another horse battery'
is_status 303
account disable nobody-like-this
is_exit 1
says 'there is no account'

# ---- too many attempts: of an account, then of an address ----
sql 'DELETE FROM sign_in_attempt'
forget
for i in 1 2 3 4 5 6 7 8 9 10; do
	login bo "wrong horse $i battery"
done
is_status 403
login bo 'correct horse battery'
is_status 429
has 'Too many attempts. Try again in 10 minutes.'
ok 'it says when to try again' sh -c "sed -n 's/\r//; s/^Retry-After: //p' '$WORK/head' | awk '\$1 > 500 && \$1 <= 600 { good = 1 } END { exit !good }'"
login ana 'another horse battery'
is_status 303
sql "UPDATE sign_in_attempt SET since = since - 601000"
forget
login bo 'correct horse battery'
is_status 303
is "$(sql 'SELECT SUM(failures) FROM sign_in_attempt')" 0 'a good attempt does not count'
sql "UPDATE sign_in_attempt SET failures = 50"
forget
login ana 'another horse battery'
is_status 429

# ---- with a guest beside ----
sql 'DELETE FROM sign_in_attempt'
config '{guest: {dangerouslyAllowOutsideDevelopment: true}, local: {}}'
own_reload
forget
get /catalog
is_status 200
get '/login?to=/catalog'
has 'Enter as guest'
has 'href="/catalog"'
config '{guest: {dangerouslyAllowOutsideDevelopment: true}, local: null}'
own_reload
ask POST /login -H "Origin: $URL" -d x=1
is_status 403
get /login
lacks 'name="password"'

# ---- the audit log ----

ok 'who signed in is recorded' [ "$(sql "SELECT COUNT(*) FROM audit WHERE event = 'sign-in' AND status = 'succeeded' AND actor = 'user:default/ana'")" -gt 0 ]
ok 'and who could not, without being believed' [ "$(sql "SELECT COUNT(*) FROM audit WHERE event = 'sign-in' AND status = 'failed' AND actor = '' AND meta LIKE '%ana%'")" -gt 0 ]
ok 'and who signed out' [ "$(sql "SELECT COUNT(*) FROM audit WHERE event = 'sign-out' AND actor = 'user:default/ana'")" -gt 0 ]
is "$(sql "SELECT COUNT(*) FROM audit WHERE CONCAT(meta, url, COALESCE(error, '')) LIKE '%correct horse%'")" 0 'no password is'

unharmed
done_testing
