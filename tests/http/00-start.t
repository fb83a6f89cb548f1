#!/bin/sh
# The stack answers: health, errors in Backstage's shape, static files, headers.
. tests/http/lib.sh

get /.backstage/health/v1/readiness
is_status 200
json .status ok
header_has Content-Type application/json
header X-Content-Type-Options nosniff
get /.backstage/health/v1/liveness
is_status 200
json .status ok

get /api/catalog/no-such-thing
is_status 404
json '.error.name' NotFoundError
# As Backstage's backends say it: below the plugin's own path.
json '.request' '{"method":"GET","url":"/no-such-thing"}'
json '.response.statusCode' 404
ask PUT /.backstage/health/v1/liveness
is_status 404

get /no/such/page -H 'Accept: text/html'
is_status 404
header_has Content-Type text/html
header_has Content-Security-Policy "default-src 'self'"
has '<html'

head_of /.backstage/health/v1/readiness
is_status 200
ok 'HEAD has no body' test ! -s "$WORK/body"

# A reference ties nginx's log to ours; a client does not choose it.
get /.backstage/health/v1/liveness -H 'X-Request-Id: chosen-by-client'
header_has X-Request-Id ''
ok 'the reference is not the one the client sent' test "$(_header X-Request-Id)" != chosen-by-client

# Input that must not hurt.
get '/%00'
is_status 400
get '/api/catalog/entities/by-uid/%ff%fe'
ok 'bad UTF-8 in a path is refused' test "$STATUS" = 400 -o "$STATUS" = 404
get "/$(head -c 6000 /dev/zero | tr '\0' a)"
is_status 404
ask WHATEVER /.backstage/health/v1/liveness
ok 'an unknown method is refused' test "$STATUS" -ge 400 -a "$STATUS" -lt 500

done_testing
