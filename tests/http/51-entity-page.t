#!/bin/sh
# The pages of entities: every tab, what is wrong, people, inspect, unregister, peek, star, what is not there.
. tests/http/lib.sh
. tests/fixtures/own.sh
fixtures
CAT=$WORK/cat
mkdir "$CAT"
HOST=${SITE#*//}
LONG=$(printf 'n%.0s' $(seq 63))
head='apiVersion: backstage.io/v1alpha1'

cat >"$CAT/org.yaml" <<YAML
$head
kind: Group
metadata: {name: root}
spec: {type: company, children: []}
---
$head
kind: Group
metadata:
  name: payments
  links: [{url: "https://chat.test/pay", title: "#pay", icon: chat}, {url: "javascript:alert(1)", title: bad}]
spec: {type: team, parent: root, children: [], profile: {displayName: Payments, email: pay@example.test, picture: "http://plain.test/x.png"}}
---
$head
kind: Group
metadata: {name: cards}
spec: {type: squad, parent: payments, children: []}
---
$head
kind: User
metadata: {name: ana}
spec: {memberOf: [payments], profile: {displayName: Ana Lima, email: ana@example.test, picture: "https://pictures.test/ana.png"}}
YAML
for i in $(seq 30); do
	printf -- '---\n%s\nkind: User\nmetadata: {name: member-%02d}\nspec: {memberOf: [cards]}\n' "$head" "$i"
done >>"$CAT/org.yaml"
cat >"$CAT/things.yaml" <<YAML
$head
kind: Domain
metadata: {name: money}
spec: {owner: payments}
---
$head
kind: System
metadata: {name: paying}
spec: {owner: payments, domain: money}
---
$head
kind: Component
metadata:
  name: pay
  namespace: shop
  title: <b>Pay</b> & go
  description: <script>alert(1)</script> takes money
  tags: [java]
  labels: {example.test/tier: one}
  annotations: {example.test/note: '"><img src=x>', backstage.io/edit-url: 'https://code.test/edit/pay.yaml'}
  links: [{url: "https://dash.test/", title: Dashboard <i>, icon: dashboard}, {url: "javascript:alert(2)", title: evil}]
spec:
  type: service
  lifecycle: production
  owner: group:default/payments
  system: default/paying
  providesApis: [default/pay-api]
  consumesApis: [default/no-such-api]
  dependsOn: ['resource:default/db', 'component:default/nowhere']
---
$head
kind: Component
metadata: {name: pay-part}
spec: {type: library, lifecycle: deprecated, owner: user:ana, subcomponentOf: shop/pay}
---
$head
kind: API
metadata: {name: pay-api}
spec: {type: openapi, lifecycle: production, owner: cards, definition: 'openapi: 3.0.0', system: paying}
---
$head
kind: Resource
metadata: {name: db}
spec: {type: database, owner: payments, system: paying}
---
$head
kind: Component
metadata: {name: $LONG}
spec: {type: service, lifecycle: experimental, owner: payments}
---
$head
kind: Component
metadata: {name: alone}
spec: {type: service, lifecycle: experimental, owner: payments}
YAML
{
	printf '%s\nkind: Component\nmetadata: {name: hub}\nspec:\n  type: service\n  lifecycle: production\n  owner: payments\n  dependsOn:\n' "$head"
	for i in $(seq 120); do printf '    - resource:part-%03d\n' "$i"; done
} >"$CAT/hub.yaml"
cat >"$CAT/all.yaml" <<YAML
$head
kind: Location
metadata: {name: all}
spec: {targets: [./org.yaml, ./things.yaml, ./hub.yaml]}
YAML
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: {userEntityRef: user:default/ana, dangerouslyAllowOutsideDevelopment: true}}}
backend:
  auth: {externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]}
  reading: {allow: [{host: "$HOST"}]}
catalog:
  rules: [{allow: [Component, API, Resource, System, Domain, Group, User, Location]}]
  locations: [{type: file, target: $CAT/all.yaml}]
YAML
CALLBOARD_STRICT_VIEWS=1
export CALLBOARD_STRICT_VIEWS
own_stack "$WORK/config.yaml"
as tests
becomes component:shop/pay '.relations | length == 7'
becomes group:default/payments '[.relations[] | select(.type == "ownerOf")] | length == 7'
becomes group:default/cards '[.relations[] | select(.type == "hasMember")] | length == 30'

# token PATH: a form token of that page.
token() {
	get "$1"
	csrf=$(sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1)
}
# What an author wrote is text, never markup or a script's address.
clean() {
	lacks '<script>alert'
	lacks '<b>Pay'
	lacks '<img src=x'
	lacks 'javascript:'
	lacks 'undefined'
}
as nobody

# The overview: who answers for it, what it needs, what is not there.
get /catalog/shop/component/pay
is_status 200
clean
has '&lt;b&gt;Pay&lt;/b&gt; &amp; go'
has '&lt;script&gt;alert(1)&lt;/script&gt; takes money'
has 'href="/catalog?filters[kind]=component&amp;filters[namespace]=shop"'
has 'href="mailto:pay@example.test"'
has 'href="https://chat.test/pay"'
has 'href="https://dash.test/"'
has '(not a web address)'
has 'Labels <span class="count">1'
has '<dt><code>example.test/tier</code></dt><dd>one</dd>'
has 'href="https://code.test/edit/pay.yaml" title="Edit"'
has 'Depends on <span class="count">2'
has 'Provides APIs <span class="count">1'
has 'Subcomponents <span class="count">1'
has 'data-graph="/catalog-graph/data?rootEntityRefs[]=component%3Ashop%2Fpay&amp;maxDepth=1"'
has 'href="/catalog/shop/component/pay/dependencies"'
lacks 'href="/catalog/shop/component/pay/definition"'
# Which field to mend.
has '<code>spec.consumesApis</code> names <code>default/no-such-api</code>'
has '<code>spec.dependsOn</code> names <code>component:default/nowhere</code>'
lacks '<code>spec.owner</code> names'
lacks 'href="/catalog/default/component/nowhere"'
# In any case of letters.
get /catalog/Shop/Component/PAY
is_status 200

# Tabs have addresses; one that does not apply is not there.
get /catalog/shop/component/pay/dependencies
is_status 200
clean
has 'href="/catalog/default/resource/db"'
has 'not in the catalog'
has 'aria-current="page">Dependencies'
get /catalog/shop/component/pay/apis
is_status 200
has 'href="/catalog/default/api/pay-api"'
get /catalog/default/api/pay-api/usage
is_status 200
has 'href="/catalog/shop/component/pay"'
has 'Nobody consumes it'
get /catalog/default/system/paying/diagram
is_status 200
has 'data-graph='
get /catalog/default/component/alone/dependencies
has 'dependsOn:'
for none in shop/component/pay/diagram shop/component/pay/usage default/api/pay-api/apis default/user/ana/dependencies shop/component/pay/nothing; do
	get "/catalog/$none"
	is_status 404
done
# 120 of one relation: six on the overview, fifty a page.
get /catalog/default/component/hub
has 'Depends on <span class="count">120'
has 'href="/catalog/default/component/hub/dependencies">All 120'
has 'and 115 more'
get '/catalog/default/component/hub/dependencies?depends-on=100'
has '101–120 of 120'
has 'href="/catalog/default/component/hub/dependencies?depends-on=50#depends-on"'
get '/catalog/default/component/hub/dependencies?depends-on=x'
is_status 400
get "/catalog/default/component/$LONG"
is_status 200

# Systems and domains list what they have, the rest is in the index.
get /catalog/default/system/paying
has 'Components <span class="count">1'
has 'Resources <span class="count">1'
has 'APIs <span class="count">1'
get /catalog/default/domain/money
has 'Systems <span class="count">1'
get '/catalog?filters[kind]=resource&filters[system]=paying'
has 'href="/catalog/default/resource/db"'
has 'Part of'
get '/catalog?filters[kind]=resource&filters[system]=other'
has 'Nothing here matches'

# People.
get /catalog/default/group/payments
is_status 200
clean
has 'Owns <span class="count">8'
has 'href="/catalog?filters[kind]=api&amp;filters[type]=openapi&amp;filters[owners]=group%3Adefault%2Fpayments&amp;filters[owners]=group%3Adefault%2Fcards">openapi'
has 'Members <span class="count">1'
has 'https://pictures.test/ana.png'
lacks 'http://plain.test/'
get '/catalog/default/group/payments?relations=direct&members=aggregated'
has 'Owns <span class="count">7'
has 'Members <span class="count">31'
has '1–24 of 31'
get '/catalog/default/group/payments?members=aggregated&offset=24'
has '25–31 of 31'
get '/catalog/default/group/payments?members=aggregated&q=member-07'
has 'Members <span class="count">1'
has 'href="/catalog/default/user/member-07"'
get '/catalog/default/group/payments?q=%3Cb%3Enobody'
has '&lt;b&gt;nobody'
get /catalog/default/user/ana
is_status 200
has 'href="mailto:ana@example.test"'
has 'href="/catalog/default/group/root"'
has 'Owns <span class="count">8'
get '/catalog/default/user/ana?relations=direct'
has 'Owns <span class="count">1'

# The short view, and what the catalog stores.
get /catalog/shop/component/pay/peek
is_status 200
clean
has 'data-ref="group:default/payments"'
lacks '<html'
get /catalog/shop/component/pay/inspect
has 'data-copy="java" title="Copy"'
is_status 200
clean
has 'example.test/tier'
has 'component:default/nowhere'
get /catalog/shop/component/pay/inspect/ancestry
has 'href="/catalog/default/location/all"'
has '>root<'
get /catalog/shop/component/pay/inspect/colocated
has 'From the same file <span class="count">8'
get /catalog/shop/component/pay/inspect/yaml
lacks '<script>alert'
lacks '<b>Pay'
has 'kind: Component'
get '/catalog/shop/component/pay/inspect/yaml?download=1'
header Content-Disposition 'attachment; filename="component-pay.yaml"'
has 'title: <b>Pay</b> & go'
get '/catalog/shop/component/pay/inspect/json?download=1'
json .metadata.name pay
get /catalog/shop/component/pay/inspect/other
is_status 404

# A star needs a token and leads back to a page of ours only.
token /catalog/shop/component/pay
post_form /catalog/shop/component/pay/star on=1 to=/catalog
is_status 403
post_form /catalog/shop/component/pay/star "_csrf=$csrf" on=1 to=/catalog
is_status 303
header Location /catalog
post_form /catalog/shop/component/pay/star "_csrf=$csrf" on=0 to=https://elsewhere.test/
header Location /
post_form /catalog/shop/component/pay/star "_csrf=$csrf" on=maybe
is_status 400
post_form /catalog/shop/component/no-such/star "_csrf=$csrf" on=1
is_status 404

# What is not there: near names, the same answer on every page of it.
get /catalog/default/component/alonne
is_status 404
has 'Did you mean'
has 'href="/search?query=alonne"'
has 'href="/catalog/default/component/alone"'
for page in '' /peek /inspect /dependencies /unregister; do
	get "/catalog/default/component/qqqqqqq$page"
	is_status 404
	has 'No entity named'
	lacks 'Did you mean'
done
get '/catalog/default/component/%3Cscript%3Ealert(1)'
is_status 404
clean

# Unregister: what the configuration brings cannot go.
get /catalog/shop/component/pay/unregister
is_status 200
clean
has 'cannot be unregistered here'
has 'Advanced: delete the entity'
post_form /catalog/shop/component/pay/unregister action=entity
is_status 403
token /catalog/shop/component/pay/unregister
post_form /catalog/shop/component/pay/unregister "_csrf=$csrf" action=location
is_status 409
has 'Nothing was changed'
post_form /catalog/shop/component/pay/unregister "_csrf=$csrf" action=x
is_status 400

# What was registered goes with all that it brought.
printf '%s\nkind: Component\nmetadata: {name: guest-one}\nspec: {type: t, lifecycle: l, owner: payments}\n---\n%s\nkind: Component\nmetadata: {name: guest-two}\nspec: {type: t, lifecycle: l, owner: payments}\n' "$head" "$head" | serve /two.yaml -
token /catalog-import
post_form /catalog-import "_csrf=$csrf" step=look "target=$SITE/two.yaml"
is_status 200
has 'guest-one'
has 'guest-two'
post_form /catalog-import "_csrf=$csrf" step=register "targets=$SITE/two.yaml"
is_status 303
done_at=$(_header Location)
as tests
becomes component:default/guest-two '.kind == "Component"'
as nobody
get "$done_at"
is_status 200
has 'href="/catalog/default/component/guest-one"'
post_form /catalog-import "_csrf=$csrf" step=look "target=$SITE/two.yaml"
has 'registered already'
has 'Read it again'
get /catalog/default/component/guest-one/unregister
has '<strong>3 entities</strong>'
has 'Unregister location'
has 'href="/catalog/default/component/guest-two"'
has 'Delete only this entity instead'

# A file that turns bad: the last good version stays, and the page says what, where, since when and what to do.
printf '%s\nkind: Component\nmetadata: {name: guest-one}\nspec: {type: t, owner: payments}\n' "$head" | serve /two.yaml -
as tests
refresh component:default/guest-one
becomes component:default/guest-one '.status.items | length > 0'
as nobody
get /catalog/default/component/guest-one
is_status 200
has '1 problem in its file'
has "/spec must have required property"
lacks 'BuiltinKindsEntityProcessor'
has ", line 4"
has 'since <time'
has 'last good version'
get /catalog/default/component/guest-one/peek
has '1 problem'
# A Location says it of the files that it names, and so does what comes from another of them.
printf '%s\nkind: Location\nmetadata: {name: two-files}\nspec: {targets: [./fine.yaml, ./gone.yaml]}\n' "$head" | serve /loc.yaml -
printf '%s\nkind: Component\nmetadata: {name: fine}\nspec: {type: t, lifecycle: l, owner: payments}\n' "$head" | serve /fine.yaml -
token /catalog-import
post_form /catalog-import "_csrf=$csrf" step=look "target=$SITE/loc.yaml"
is_status 400
has 'gone.yaml'
has 'Register anyway'
post_form /catalog-import "_csrf=$csrf" step=register "targets=$SITE/loc.yaml"
is_status 303
as tests
becomes location:default/two-files '.status.items | length == 1'
becomes component:default/fine '.kind == "Component"'
as nobody
get /catalog/default/location/two-files
has '1 problem in its files'
has 'gone.yaml'
get /catalog/default/component/fine
has 'Problems where it comes from'
has 'href="/catalog/default/location/two-files"'
lacks '1 problem in its file'

token /catalog/default/component/guest-one/unregister
post_form /catalog/default/component/guest-one/unregister "_csrf=$csrf" action=location
is_status 303
header Location '/catalog?filters[kind]=component&said=unregistered'
get '/catalog?filters[kind]=component&said=unregistered'
has 'Unregistered, with all that its location brought.'
as tests
goes component:default/guest-one
goes component:default/guest-two
as nobody
get '/catalog?said=%3Cb%3Eanything'
lacks '<b>anything'
lacks 'class="note ok"'

# A bad file is told with its lines before it is registered.
printf '%s\nkind: Component\nmetadata: {name: bad name}\nspec: {type: t}\n' "$head" | serve /bad.yaml -
token /catalog-import
post_form /catalog-import "_csrf=$csrf" step=look "target=$SITE/bad.yaml"
is_status 400
has 'Line 3:'
has 'Line 4:'
# A page that is no repository of a known host has no files: a first one is proposed.
post_form /catalog-import "_csrf=$csrf" step=look "target=https://code.test/acme/My%20pay"
is_status 200
has 'No catalog file found'
has '<option value="payments">'
post_form /catalog-import "_csrf=$csrf" step=prepare "target=https://github.com/acme/pay" name='bad name' type=service lifecycle=production branch=main owner=payments
is_status 400
has 'aria-invalid="true"'
post_form /catalog-import "_csrf=$csrf" step=prepare "target=https://github.com/acme/pay" name=pay type=service lifecycle=production branch=main owner=payments 'description=a: <b>' title=T body=B
is_status 200
has 'name: pay'
has 'href="https://github.com/acme/pay/new/main?filename=catalog-info.yaml&amp;value='
has 'https://github.com/acme/pay/blob/main/catalog-info.yaml'
lacks '<b>'

unharmed
done_testing
