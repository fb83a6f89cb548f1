#!/bin/sh
# catalog.providers.ldapOrg over a real directory: people, groups and who belongs where, in either direction; what is the same writes
# nothing, what fails changes nothing. LDAP_N: how many people the large branch has.
# shellcheck disable=SC2317,SC1003 # functions are called by ok, eventually and trap; a lone backslash is meant
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/slapd.sh
N=${LDAP_N:-20000}

# ---- the directory ----
person() {
	cat <<LDIF
dn: uid=$1,$2
objectClass: inetOrgPerson
uid: $1
cn: $3
sn: ${3##* }
mail: $1@example.org
${4:-description: A person}

LDIF
}
{
	cat <<'LDIF'
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: cn=reader,dc=example,dc=org
objectClass: person
objectClass: simpleSecurityObject
cn: reader
sn: reader
userPassword: reader-secret

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: ou=contractors,dc=example,dc=org
objectClass: organizationalUnit
ou: contractors

dn: ou=groups,dc=example,dc=org
objectClass: organizationalUnit
ou: groups

dn: ou=many,dc=example,dc=org
objectClass: organizationalUnit
ou: many

dn: cn=Platform,ou=groups,dc=example,dc=org
objectClass: groupOfNames
cn: Platform
description: Builds what others build on
businessCategory: department
member: cn=core,ou=groups,dc=example,dc=org

dn: cn=core,ou=groups,dc=example,dc=org
objectClass: groupOfNames
cn: core
businessCategory: team
member: UID=ana, OU=people, DC=example, DC=org
member: uid=bo\2C x,ou=people,dc=example,dc=org

dn: cn=shared,ou=groups,dc=example,dc=org
objectClass: groupOfNames
cn: shared
seeAlso: cn=Platform,ou=groups,dc=example,dc=org
member: cn=nobody,ou=groups,dc=example,dc=org

LDIF
	person ana ou=people,dc=example,dc=org 'Ana Lima'
	person 'bo\, x' ou=people,dc=example,dc=org 'Bo Xu' | sed 's/^uid: .*/uid: bo, x/; s/^mail: .*/mail: bo@example.org/'
	person cy ou=people,dc=example,dc=org 'Cy Ölmez' | sed 's/^cn: \(.*\)/cn:: '"$(printf 'Cy Ölmez' | base64)"'/; s/^sn: .*/sn: O/'
	person dee ou=contractors,dc=example,dc=org 'Dee Doe' 'seeAlso: cn=shared,ou=groups,dc=example,dc=org'
	awk -v n="$N" 'BEGIN { for (i = 1; i <= n; i++) {
		printf "dn: uid=m%d,ou=many,dc=example,dc=org\nobjectClass: inetOrgPerson\nuid: m%d\n", i, i
		printf "cn: Person %d\nsn: P\nmail: m%d@example.org\n\n", i, i } }'
} | slapd_load
slapd_start

# ---- the portal ----
mkdir -p "$WORK/plugins/asker"
cat >"$WORK/plugins/asker/plugin.lua" <<'LUA'
local callboard = require "callboard"

local function options(more)
  local o = { url = callboard.config.url, bind = { dn = "cn=admin,dc=example,dc=org", secret = "admin-secret" },
    base = "ou=people,dc=example,dc=org", attributes = { "uid", "entryUUID" } }
  for key, v in pairs(more) do o[key] = v end
  return o
end

local function route(ask)
  return function(request)
    local good, found = pcall(ask, request.json)
    return good and { json = found } or { status = 500, text = found }
  end
end

return {
  title = "Asker", version = "1.0.0", capabilities = { ldap = { "config.url" } },
  config = { type = "object", properties = { url = { type = "string" } } },
  routes = {
    ["POST /search"] = route(function(more) return callboard.ldap.search(options(more)) end),
    ["POST /find"] = route(function(more)
      return callboard.ldap.search(options { filter = "(description=" .. callboard.ldap.escape(more.text) .. ")" })
    end),
    ["POST /pages"] = route(function(more)
      local sizes = callboard.array {}
      callboard.ldap.search(options(more), function(page)
        sizes[#sizes + 1] = #page
        if #sizes == 3 then error("enough") end
      end)
      return sizes
    end),
  },
}
LUA
base() {
	cat <<YAML
plugins: {directories: [$WORK/plugins], asker: {config: {url: "$LDAP"}}}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
YAML
}
configure() {
	{ base && cat; } >"$WORK/config.yaml"
}
# provider TARGET SECRET [MORE]: the directory; MORE are further keys of it, as flow YAML with a comma before.
provider() {
	cat <<YAML
catalog:
  locations: []
  providers:
    ldapOrg:
      default:
        target: $1
        bind: {dn: "cn=reader,dc=example,dc=org", secret: $2}
        schedule: {frequency: {milliseconds: 1}}
        users:
          - dn: ou=people,dc=example,dc=org
            options:
              filter: |
                (&
                  (objectClass=inetOrgPerson)
                  (!(uid=hidden))
                )
            map: {name: mail, description: description}
            set: {"metadata.annotations['example.org/from']": people, spec.profile.picture: "https://example.org/p.png"}
          - dn: ou=contractors,dc=example,dc=org
            map: {memberOf: seeAlso}
            set: {metadata.namespace: contractors}
        groups:
          dn: ou=groups,dc=example,dc=org
          options: {scope: sub, filter: (objectClass=groupOfNames), paged: {pageSize: 1}}
          map: {type: businessCategory, memberOf: seeAlso}
${3:-}
YAML
}
# People are named by a part of their address here.
provider "$LDAP/" reader-secret | sed 's/name: mail/name: uid/' | configure
own_stack "$WORK/config.yaml"
as tests
sql() { mariadb --no-defaults -N -B --socket="$STATE/mariadb.sock" callboard -e "$1"; }
runs() { sql "SELECT COALESCE(SUM(runs), 0) FROM plugin_run WHERE plugin = 'ldap'"; }
away() { sql "UPDATE job SET run_at = run_at + 86400000 WHERE queue = 'plugin.provider' AND state <> 1"; }
ran() { [ "$(runs)" -ge "$1" ] && [ "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'plugin.provider' AND state = 1")" = 0 ]; }
there() { [ "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'plugin.provider'")" = 1 ]; }
settled() {
	[ "$(sql "SELECT COUNT(*) FROM dirty")" = 0 ] &&
		[ "$(sql "SELECT COUNT(*) FROM job WHERE queue = 'catalog.stitch' AND state = 1")" = 0 ]
}
# provide [SECONDS]: runs the provider now, and until it is done.
provide() {
	_n=$(($(runs) + 1))
	sql "UPDATE job SET run_at = 0 WHERE queue = 'plugin.provider' AND job_key = 'ldap/organization'"
	ok 'the provider runs' eventually "${1:-30}" ran "$_n"
	away
	ok 'and all is put together' eventually 30 settled
}
error() { sql "SELECT error FROM plugin_run WHERE plugin = 'ldap'"; }
summary() { sql "SELECT summary FROM plugin_run WHERE plugin = 'ldap'"; }
refs() { sql "SELECT GROUP_CONCAT(ref ORDER BY ref SEPARATOR ' ') FROM entity WHERE ref LIKE 'user:%' OR ref LIKE 'group:%'"; }
EVERYBODY='group:default/core group:default/platform group:default/shared user:contractors/dee user:default/ana user:default/cy'
ok 'there is a job' eventually 20 there
ok 'it runs by itself' eventually 90 ran 1
away
ok 'and all is put together' eventually 30 settled

# ---- people and groups ----
is "$(error)" '' 'no error'
is "$(refs)" "$EVERYBODY"
is "$(summary)" '6 changed, 0 unchanged, 0 removed, 1 with errors' 'a name that is none is an error of its own'
by_name user:default/ana
json '.spec.memberOf' '["group:default/core"]'
json '.spec.profile' '{"displayName":"Ana Lima","email":"ana@example.org","picture":"https://example.org/p.png"}'
json '.metadata.description' 'A person'
json '.metadata.annotations["backstage.io/ldap-dn"]' 'uid=ana,ou=people,dc=example,dc=org'
json '.metadata.annotations["backstage.io/ldap-rdn"]' ana
json_true '.metadata.annotations["backstage.io/ldap-uuid"] | test("^[0-9a-f]{8}-[0-9a-f]{4}-")'
json '.metadata.annotations["backstage.io/managed-by-location"]' 'ldap://default/uid%3Dana%2Cou%3Dpeople%2Cdc%3Dexample%2Cdc%3Dorg'
json '.metadata.annotations["example.org/from"]' people
json '[.relations[] | .type + " " + .targetRef]' '["memberOf group:default/core"]'
by_name user:default/cy
json '.spec.profile.displayName' 'Cy Ölmez'
json '.spec.memberOf' '[]'
by_name user:contractors/dee
json '.spec.memberOf' '["group:default/shared"]'
by_name group:default/platform
json .metadata.name Platform
json .metadata.description 'Builds what others build on'
json '[.spec.type, .spec.profile.displayName, .spec.children]' '["department","Platform",["group:default/core","group:default/shared"]]'
json '[.relations[] | .type + " " + .targetRef] | sort' '["parentOf group:default/core","parentOf group:default/shared"]'
by_name group:default/core
json '[.spec.parent, .spec.children, .spec.type]' '["group:default/platform",[],"team"]'
by_name group:default/shared
json '[.spec.parent, .spec.type]' '["group:default/platform","unknown"]'

# ---- the same again ----
before=$(sql 'SELECT COUNT(*), SUM(CRC32(etag)) FROM entity')
provide
is "$(summary)" '0 changed, 6 unchanged, 0 removed, 1 with errors' 'the same again writes nothing'
is "$(sql 'SELECT COUNT(*), SUM(CRC32(etag)) FROM entity')" "$before"

# ---- any plugin may ask a directory that it names ----
post /api/asker/search '{}'
json '[.[] | .attributes.uid[0]] | sort' '["ana","bo, x","cy"]'
json '.[0] | keys' '["attributes","dn"]'
post /api/asker/search '{"filter": "(uid=ana)", "hex": ["UID"], "attributes": ["uid"]}'
json . '[{"attributes":{"uid":["616e61"]},"dn":"uid=ana,ou=people,dc=example,dc=org"}]'
post /api/asker/search '{"base": "dc=example,dc=org", "scope": "base", "attributes": ["o"]}'
json '.[0].attributes.o' '["Example"]'
post /api/asker/find '{"text": "A person"}'
json length 3
for text in '*' 'A person)(uid=*' 'A*' '\'; do
	post /api/asker/find "{\"text\": \"$(printf %s "$text" | sed 's/\\/&&/')\"}"
	json . '[]'
done
post /api/asker/pages '{"base": "ou=many,dc=example,dc=org", "size_limit": 2}'
has 'gives no more entries of ou=many'
post /api/asker/pages '{}'
json . '[3]'
post /api/asker/pages '{"base": "ou=many,dc=example,dc=org"}'
has enough
post /api/asker/search '{"url": "ldap://127.0.0.1:1"}'
has 'capabilities.ldap in plugin.lua does not name 127.0.0.1:1'
post /api/asker/search '{"nonsense": 1}'
has nonsense
post /api/asker/search '{"base": "ou=nowhere"}'
has 'has no ou=nowhere'

# ---- renamed, moved, removed ----
ldif <<'LDIF'
dn: uid=bo\2C x,ou=people,dc=example,dc=org
changetype: modrdn
newrdn: uid=bo
deleteoldrdn: 1

dn: cn=core,ou=groups,dc=example,dc=org
changetype: modify
add: member
member: uid=bo,ou=people,dc=example,dc=org

dn: uid=cy,ou=people,dc=example,dc=org
changetype: delete

dn: cn=shared,ou=groups,dc=example,dc=org
changetype: modrdn
newrdn: cn=common
deleteoldrdn: 1

LDIF
provide
is "$(error)" ''
is "$(refs)" 'group:default/common group:default/core group:default/platform user:contractors/dee user:default/ana user:default/bo'
by_name user:default/bo
json '.spec.memberOf' '["group:default/core"]'

# ---- what fails changes nothing, and is said ----
before=$(sql 'SELECT COUNT(*), SUM(CRC32(etag)) FROM entity')
# fails TEXT: with the configuration as it is now.
fails() {
	own_reload
	provide
	ok "said: $1" _part "$(error)" "$1"
	is "$(sql 'SELECT COUNT(*), SUM(CRC32(etag)) FROM entity')" "$before" 'nothing has changed'
}
good() { provider "$LDAP" reader-secret "$@" | sed 's/name: mail/name: uid/'; }
provider "$LDAP" wrong-secret | configure
fails 'does not take cn=reader,dc=example,dc=org with this secret'
get /plugins/ldap
is_status 200
has 'does not take cn=reader,dc=example,dc=org with this secret'
lacks wrong-secret
ok 'no secret is in the log' sh -c "! grep -q -e wrong-secret -e reader-secret '$STATE/callboard.log'"
good | sed 's/(uid=hidden)/(uid=hidden/' | configure
fails 'the filter is not valid'
good | sed 's/ou=contractors,dc=/ou=nowhere,dc=/' | configure
fails 'has no ou=nowhere,dc=example,dc=org'
good | sed 's/secret: reader-secret/secret: ""/' | configure
fails 'bind.secret is empty'
good | sed 's/scope: sub/scope: all/' | configure
fails 'scope must be base, one or sub'
provider 'http://127.0.0.1:1' x | configure
fails 'it begins with ldap:// or ldaps://'
provider 'ldap://127.0.0.1:1' x | configure
fails 'ldap://127.0.0.1:1: no connection'
good | sed "s/ou=contractors,dc=/ou=many,dc=/; s/map: {memberOf: seeAlso}/options: {paged: false}/" | configure
fails 'gives no more entries of ou=many'

# ---- a connection that ends half-way ----
cat >"$WORK/cut.mjs" <<'JS'
// Passes on to the directory, and ends each connection when it has passed so many bytes back.
import net from 'node:net'
import { writeFileSync } from 'node:fs'
const [file, port, bytes] = process.argv.slice(2)
net.createServer((client) => {
  const server = net.connect(Number(port), '127.0.0.1')
  let left = Number(bytes)
  client.pipe(server)
  server.on('data', (data) => {
    client.write(data.subarray(0, left))
    left -= data.length
    if (left <= 0) client.end(() => client.destroy())
  })
  for (const s of [client, server]) s.on('error', () => { }).on('close', () => { client.destroy(); server.destroy() })
}).listen(0, '127.0.0.1', function () { writeFileSync(file, String(this.address().port)) })
JS
node "$WORK/cut.mjs" "$WORK/cut.port" "${LDAP##*:}" 4000 &
CUT=$!
eventually 10 test -s "$WORK/cut.port" || bail 'the server that cuts does not start'
# The groups come through whole, the many do not.
good | sed "s/ou=contractors,dc=/ou=many,dc=/; s/target: .*/target: ldap:\/\/127.0.0.1:$(cat "$WORK/cut.port")/" |
	configure
fails "ldap://127.0.0.1:$(cat "$WORK/cut.port"): no connection"
kill $CUT

# ---- TLS: the server's certificate must be known ----
provider "$LDAPS" reader-secret | configure
fails "$LDAPS: no connection: "
tls() { sed "s/name: mail/name: uid/; s|bind: |tls: {$1}\n        bind: |"; }
provider "$LDAPS" reader-secret | tls 'keys: /nowhere, certs: /nowhere' | configure
fails 'tls.certs: /nowhere cannot be read'
for how in 'rejectUnauthorized: false' "ca: $DIRECTORY/cert.pem"; do
	provider "$LDAPS" reader-secret | tls "$how" | configure
	own_reload
	provide
	is "$(error)" '' "$how"
	is "$(summary)" '0 changed, 6 unchanged, 0 removed' "all is there over TLS"
done

# ---- a second directory, and many people ----
good "      many:
        target: $LDAP
        bind: {dn: \"cn=reader,dc=example,dc=org\", secret: reader-secret}
        schedule: {frequency: {hours: 1}}
        users: {dn: 'ou=many,dc=example,dc=org', options: {paged: {pageSize: 20}}}
        vendor: {dnAttributeName: entryDN, uuidAttributeName: entryUUID}" | configure
own_reload
provide 120
is "$(error)" ''
is "$(sql "SELECT COUNT(*) FROM entity WHERE ref LIKE 'user:default/m%'")" "$N" "$N people"
echo "# $N people took $(sql "SELECT took_ms FROM plugin_run WHERE plugin = 'ldap'") ms"
slapd_stop
before=$(sql 'SELECT COUNT(*), SUM(CRC32(etag)) FROM entity')
provide 60
ok 'a server that is gone is said' _part "$(error)" 'no connection'
is "$(sql 'SELECT COUNT(*), SUM(CRC32(etag)) FROM entity')" "$before" 'and takes nobody away'
slapd_start
provide 60
is "$(error)" '' 'it is back'
is "$(summary)" "0 changed, $((N + 6)) unchanged, 0 removed" 'everybody is still there, also of the one whose turn it is not'

unharmed
done_testing
