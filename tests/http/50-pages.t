#!/bin/sh
# The pages: the list, one entity, its problems, registering a location; without JavaScript and without an API token.
. tests/http/lib.sh
as nobody

# shellcheck disable=SC2317 # called by eventually
there() {
	get "$1" && [ "$STATUS" = 200 ]
}
ok "the example is there" eventually 30 there /catalog/default/component/ledger

get /
is_status 200
has 'No stars yet'
has 'href="/catalog?filters[kind]=component"'
get /catalog
is_status 200
header Content-Type 'text/html; charset=utf-8'
header_has Content-Security-Policy "default-src 'self'"
has '<h1>Components'
has 'href="/catalog/default/component/ledger"'
lacks '<script>'
lacks ' style='
lacks 'undefined'
get '/catalog?filters[kind]=group'
is_status 200
has '<h1>Groups'
has 'href="/catalog/default/group/'
get '/catalog?filters[kind]=nothing-like-it'
is_status 200
has 'Nothing here matches'

get /catalog/default/component/ledger
is_status 200
has 'owned by'
has 'href="/catalog/default/group/'
get /catalog/default/component/ledger/inspect
has 'backstage.io/managed-by-location'
get /catalog/default/component/ledger/unregister
has 'names its location'
# What the author wrote is text, not markup.
get /catalog/default/component/no-such-thing
is_status 404
header Content-Type 'text/html; charset=utf-8'
has 'Not found'
has "No entity named &#39;no-such-thing&#39; found"
has 'Reference <code>'
get '/catalog/default/component/%3Cscript%3E'
is_status 404
lacks '<script>'

# Forms: without the token nothing happens; with it the answer is a redirect.
post_form /catalog/default/component/ledger/refresh
is_status 403
get /catalog/default/component/ledger
csrf=$(sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1)
ok 'the page has a form token' test -n "$csrf"
post_form /catalog/default/component/ledger/refresh "_csrf=$csrf"
is_status 303
header Location '/catalog/default/component/ledger?said=refreshed'
get '/catalog/default/component/ledger?said=refreshed'
has 'being read again'

get '/catalog-import?target=https://example.test/x.yaml'
is_status 200
has 'value="https://example.test/x.yaml"'
csrf=$(sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1)
post_form /catalog-import "_csrf=$csrf" step=look target=
is_status 400
has 'Enter the URL'
post_form /catalog-import "_csrf=$csrf" step=look 'target=http://127.0.0.1:1/<b>.yaml'
is_status 400
has 'backend.reading.allow'
lacks '<b>'
post_form /catalog-import "_csrf=$csrf" step=register 'targets=file:/etc/passwd'
is_status 400

# What Backstage has elsewhere.
for move in /home=/ \
	/settings/auth-providers=/settings/sessions \
	/settings/feature-flags=/settings \
	/devtools=/admin \
	/devtools/info=/admin \
	/devtools/scheduled-tasks=/admin/jobs \
	/devtools/unprocessed-entities=/admin/errors; do
	get "${move%=*}"
	is_status 303
	header Location "${move#*=}"
done

get /static/callboard.css
is_status 200
header_has Content-Type text/css

done_testing
