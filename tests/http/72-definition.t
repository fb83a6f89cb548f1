#!/bin/sh
# The definition of an API: outline, text, download, and the frames in which libraries show it; also of hostile ones.
. tests/http/lib.sh
. tests/fixtures/own.sh
CAT=$WORK/cat
mkdir "$CAT"
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: {userEntityRef: user:default/guest, dangerouslyAllowOutsideDevelopment: true}}}
catalog:
  rules: [{allow: [API, Location]}]
  locations: [{type: file, target: $CAT/all.yaml}]
YAML
# api NAME TYPE: an API whose definition is the file NAME.
api() {
	cat >>"$CAT/all.yaml" <<YAML
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: $1, title: The $1, description: Says $1}
spec: {type: $2, lifecycle: production, owner: team, definition: {\$text: ./$1}}
YAML
	cat >"$CAT/$1"
}
api rest openapi <<'YAML'
openapi: 3.0.3
info: {title: Rest, version: 1.2.0, description: "<script>alert(1)</script>"}
servers: [{url: https://api.example.test}]
tags: [{name: pets, description: All about them}]
paths:
  /pets/{id}:
    get: {summary: One of them, tags: [pets]}
    delete: {summary: "<img src=x onerror=alert(1)>", deprecated: true}
YAML
printf '{"openapi":"3.1.0","info":{"title":"J","version":"1"},"paths":{"/j":{"get":{"summary":"as JSON"}}}}' | api json openapi
printf 'openapi: 3\npaths: [\n' | api broken openapi
printf 'asyncapi: 2.6.0\ninfo: {title: E, version: 1}\nchannels: {orders: {publish: {summary: An order}}}\n' | api events asyncapi
printf 'type Query { pets: [String!]! }\n' | api graph graphql
printf 'syntax = "proto3";\nservice S {}\n' | api proto grpc
printf 'export const t = <b>1</b>;\n' | api trpc trpc
printf 'no such type\n' | api odd carrier-pigeon
awk 'BEGIN { for (i = 1; i <= 6000; i++) print "line " i }' | api long plain
cat >>"$CAT/all.yaml" <<'YAML'
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: mcp}
spec: {type: mcp-server, lifecycle: production, owner: team, remotes: [{type: streamable-http, url: "https://mcp.example.test"}]}
YAML
own_stack "$WORK/config.yaml"
as nobody

# shellcheck disable=SC2317 # called by eventually
there() {
	get "/catalog/default/api/$1/definition" && [ "$STATUS" = 200 ]
}
ok 'the APIs are there' eventually 30 there mcp
page() {
	get "/catalog/default/api/$1/definition${2:-}"
	is_status 200
	lacks undefined
	lacks ' style='
	lacks '<script>alert'
	lacks '<img src=x'
}

# ---- outlines ----
page rest
has 'Rest 1.2.0 · OpenAPI 3.0.3 · 2 operations'
has '<code class="api-path">/pets/{id}</code>'
has 'One of them'
has 'pets <span class="count">1</span>'
has '&lt;img src=x onerror=alert(1)&gt;'
has 'deprecated'
has 'data-api-frame="/api-docs/render/openapi"'
has 'data-api-raw="/catalog/default/api/rest/definition/raw"'
header_has Content-Security-Policy "default-src 'self'"
page json
has 'as JSON'
page events
has 'AsyncAPI 2.6.0 · 1 operation'
has 'data-api-frame="/api-docs/render/asyncapi"'
page broken
has 'This is no OpenAPI that can be read'
has 'paths: ['
lacks 'data-api-frame'

# ---- text ----
page rest '?view=raw'
has 'servers: [{url: https://api.example.test}]'
has '&lt;script&gt;alert(1)'
lacks 'data-api-frame'
page graph
has 'data-api-explore="graphql"'
has 'data-language="graphql"'
has 'type Query { pets: [String!]! }'
page proto
has 'data-language="protobuf"'
page trpc
has 'data-language="typescript"'
has '&lt;b&gt;1&lt;/b&gt;'
page odd
has 'no such type'
has 'carrier-pigeon · 1 line'
lacks 'data-language'
page long
has 'Only the first 5000 lines are shown'
has 'line 5000'
lacks 'line 5001'
page mcp
has 'https://mcp.example.test'
has 'streamable-http'

# ---- the bare text is never a page ----
get '/catalog/default/API/REST/definition?view=raw'
is_status 303
header Location '/catalog/default/api/rest/definition?view=raw'
get /catalog/default/api/rest/definition/raw
is_status 200
header Content-Type 'text/plain; charset=utf-8'
header X-Content-Type-Options nosniff
header Content-Security-Policy "default-src 'none'; sandbox; frame-ancestors 'none'"
header Content-Disposition 'inline; filename="rest.yaml"'
ok 'it is what the file says, byte for byte' cmp "$CAT/rest" "$WORK/body"
get /catalog/default/api/rest/definition/raw -H "If-None-Match: $(_header ETag)"
is_status 304
get '/catalog/default/api/json/definition/raw?download=1'
header Content-Disposition 'attachment; filename="json.json"'
get '/catalog/default/api/odd/definition/raw?download=1'
header Content-Disposition 'attachment; filename="odd.txt"'
get /catalog/default/api/mcp/definition/raw
is_status 404
for none in /catalog/default/api/nothing/definition /catalog/default/api/nothing/definition/raw /api-docs/render/nothing; do
	get "$none"
	is_status 404
done

# ---- frames: without an origin, and only within the portal's pages ----
for frame in openapi asyncapi; do
	get "/api-docs/render/$frame"
	is_status 200
	header_has Content-Security-Policy "sandbox allow-scripts"
	header_has Content-Security-Policy "frame-ancestors 'self'"
	header_has Content-Security-Policy "default-src 'none'"
	header X-Frame-Options SAMEORIGIN
	ok "$frame: the sandbox gives no origin" test -z "$(_header Content-Security-Policy | grep allow-same-origin)"
	grep -oE '/static/[^"]+' "$WORK/body" >"$WORK/files"
	while read -r file; do
		get "$file" </dev/null
		is_status 200
	done <"$WORK/files"
done
get /oauth2-redirect.html
is_status 200
has '/static/oauth2-redirect.js'
for file in api-definition.js api-definition.css api-graphql.js oauth2-redirect.js vendor/graphql-16.15.0/language/parser.mjs \
	vendor/highlight-11.12.0/core.min.js vendor/highlight-11.12.0/languages/protobuf.min.js; do
	get "/static/$file"
	is_status 200
done
get /static/vendor/graphql-16.15.0/language/parser.mjs
header_has Content-Type text/javascript

unharmed
done_testing
