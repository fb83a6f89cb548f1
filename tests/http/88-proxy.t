#!/bin/sh
# /api/proxy: what of a request and its answer passes, who may ask, and that nothing leads out of the target.
# shellcheck disable=SC2317,SC1003 # functions are called by ok, eventually and trap; a lone backslash is meant
. tests/http/lib.sh
. tests/fixtures/own.sh

# ---- a target that says what it was asked ----
cat >"$WORK/target.mjs" <<'JS'
import http from 'node:http'
import { writeFileSync } from 'node:fs'
let held, cut = 0
http.createServer((req, res) => {
  const url = new URL(req.url, 'http://target')
  const parts = []
  req.on('data', (part) => parts.push(part))
  req.on('end', () => {
    if (url.pathname.endsWith('/large')) {
      const piece = Buffer.alloc(1 << 20, 'x')
      let left = Number(url.searchParams.get('mib'))
      const pour = () => {
        while (left-- > 0) if (!res.write(piece)) return res.once('drain', pour)
        res.end()
      }
      res.writeHead(200, { 'content-type': 'text/plain', ...(url.searchParams.has('length') && { 'content-length': left << 20 }) })
      return pour()
    }
    if (url.pathname.endsWith('/torn')) {
      res.writeHead(200, { 'content-length': 1000 })
      res.write('half')
      return setTimeout(() => res.destroy(), 50)
    }
    // Its second piece comes when somebody asks for /go.
    if (url.pathname.endsWith('/slow')) {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.write('first\n')
      res.on('close', () => cut++)
      held = res
      return
    }
    if (url.pathname.endsWith('/go')) {
      held?.end('second\n')
      return res.end('gone')
    }
    if (url.pathname.endsWith('/cuts')) return res.end(String(cut))
    if (url.pathname.endsWith('/silent')) return
    if (url.pathname.endsWith('/empty')) return res.writeHead(204).end()
    if (url.pathname.endsWith('/strange')) return res.socket.end('HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n')
    if (url.pathname.endsWith('/encoded')) {
      res.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'x-odd' })
      return res.end('as it is')
    }
    if (url.pathname.endsWith('/redirect')) return res.writeHead(302, { location: url.searchParams.get('to') }).end('elsewhere')
    const status = Number(url.searchParams.get('status') || 200)
    res.writeHead(status, {
      'content-type': 'application/json', 'cache-control': 'max-age=7', 'set-cookie': 'callboard_session=forged',
      'x-accel-redirect': '/metrics',
      'x-custom': 'yes', 'x-other': 'no', 'x-frame-options': 'ALLOWALL', 'content-security-policy': 'default-src *',
    })
    res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body: Buffer.concat(parts).toString() }))
  })
}).listen(0, '127.0.0.1', function () { writeFileSync(process.argv[2], String(this.address().port)) })
JS
node "$WORK/target.mjs" "$WORK/target.port" &
TARGET=$!
end() {
	kill "$TARGET" 2>/dev/null
	own_end
}
trap end EXIT
eventually 10 test -s "$WORK/target.port" || bail 'the target does not start'
PORT=$(cat "$WORK/target.port")
THERE=http://127.0.0.1:$PORT

cat >"$WORK/base.yaml" <<YAML
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
      - {type: static, options: {token: token-that-may-only-read-0123456789, subject: reader}, accessRestrictions: [{plugin: catalog}]}
      - {type: static, options: {token: token-of-the-proxy-only-0123456789, subject: proxy}, accessRestrictions: [{plugin: proxy}]}
YAML
{
	cat "$WORK/base.yaml"
	cat <<YAML
proxy:
  reviveConsumedRequestBodies: true
  endpoints:
    /plain: $THERE
    bare: $THERE/b
    /deep/v1:
      target: $THERE/svc.v1/?key=k
      changeOrigin: false
      headers: {Authorization: Bearer secret-of-the-target, X-Extra: extra}
      allowedHeaders: [X-Custom, Cookie, Set-Cookie, X-Accel-Redirect, Host, Content-Security-Policy]
    /read: {target: "$THERE", allowedMethods: [GET]}
    /rewritten:
      target: $THERE/base
      pathRewrite:
        '^/api/proxy/rewritten/old/([a-z]+)/(\d+)': '/new/\$2/\$1\$\$'
        '^/api/proxy/rewritten': '/'
    /forward: {target: "$THERE", credentials: forward}
    /own: {target: "$THERE", allowedHeaders: [Authorization], credentials: dangerously-allow-unauthenticated}
    /follow: {target: "$THERE/in", followRedirects: true, allowedHeaders: [Location]}
    /location: {target: "$THERE", allowedHeaders: [Location]}
    /gone: http://127.0.0.1:1
    /hasty: {target: "$THERE", proxyTimeout: 1000}
YAML
} >"$WORK/config.yaml"
own_stack "$WORK/config.yaml"
as tests

# ---- where to ----
get '/api/proxy/plain/a/b?x=1&y=%20z'
is_status 200
json .url '/a/b?x=1&y=%20z'
json .method GET
get /api/proxy/plain
json .url /
get '/api/proxy/PLAIN/?q'
json .url '/?q'
get /api/proxy/bare/x
json .url /b/x
get /api/proxy/bare
json .url /b/
get '/api/proxy/deep/v1/a//b?x=1'
json .url '/svc.v1/a/b?key=k&x=1'
get /api/proxy/deep/v10
is_status 404
get /api/proxy/nothing
is_status 404
json .error.name NotFoundError
get /api/proxy/rewritten/old/abc/12/x
json .url '/base/new/12/abc$/x'
get /api/proxy/rewritten/other
json .url /base/other

# ---- nothing leads out of the target's path ----
for path in /.. /../x /a/../../x /%2e%2e/x /.%2E/x /a/..%2fx '/..\x' /%2e%2e%5cx /%252e%252e/x /..%3b/x '/..;/x' /a%2f..%2f..%2fx; do
	ask GET "/api/proxy/deep/v1$path" --path-as-is
	ok "$path does not lead out ($STATUS)" grep -q -e InputError -e NotFoundError "$WORK/body"
done
get /api/proxy/deep/v1/a..b/..c/%252f
json .url '/svc.v1/a..b/..c/%252f?key=k'
ask GET '/api/proxy/plain/@127.0.0.1:1/x' --path-as-is
json .url '/@127.0.0.1:1/x'
ask GET '/api/proxy/plain//127.0.0.1:1/x' --path-as-is
json .url '/127.0.0.1:1/x'

# ---- what is told to the target ----
ask GET /api/proxy/plain/h -H 'X-Custom: c' -H 'Cookie: callboard_session=secret' -H 'Accept: text/x' -H 'X-Forwarded-User: ana' \
	-H 'Connection: X-Custom'
json '.headers | [.authorization, .cookie, .["x-custom"], .["x-forwarded-user"], .accept]' '[null,null,null,null,"text/x"]'
json .headers.host "127.0.0.1:$PORT"
ask GET /api/proxy/deep/v1/h -H 'X-Custom: c' -H 'Cookie: a=b' -H 'X-Extra: mine'
json '.headers | [.authorization, .cookie, .["x-custom"], .["x-extra"]]' '["Bearer secret-of-the-target",null,"c","extra"]'
json .headers.host "${URL#http://}"
get /api/proxy/forward/h
json .headers.authorization 'Bearer token-of-the-tests-0123456789'
get /api/proxy/own/h
json .headers.authorization null
as nobody
ask GET /api/proxy/own/h -H 'Authorization: Bearer of-the-target'
is_status 200
json .headers.authorization 'Bearer of-the-target'
as tests
for method in POST PUT PATCH DELETE; do
	ask $method /api/proxy/plain/m -H 'Content-Type: text/x' --data-binary 'a body'
	json '[.method, .body, .headers["content-type"]] | join(" ")' "$method a body text/x"
done
head -c 3000000 /dev/zero | tr '\0' y >"$WORK/big"
ask POST /api/proxy/plain/m -H 'Content-Type: text/x' --data-binary "@$WORK/big"
json '.body | length' 3000000
head_of /api/proxy/plain/m
is_status 200
ask OPTIONS /api/proxy/plain/m
json .method OPTIONS
post /api/proxy/read/m '{}'
is_status 404
get /api/proxy/read/m
is_status 200

# ---- what is told to the client ----
get '/api/proxy/plain/x?status=418'
is_status 418
header Content-Type application/json
header Cache-Control max-age=7
header Set-Cookie ''
header X-Custom ''
header X-Frame-Options DENY
header_has Content-Security-Policy "default-src 'none'; sandbox"
header X-Content-Type-Options nosniff
get /api/proxy/deep/v1/x
header X-Custom yes
header X-Other ''
header Set-Cookie ''
header_has Content-Security-Policy sandbox
json .method GET
get '/api/proxy/plain/x?status=500'
is_status 500
json .url '/x?status=500'
get /api/proxy/plain/empty
is_status 204
get /api/proxy/plain/encoded
header Content-Encoding x-odd
is "$(cat "$WORK/body")" 'as it is'
get '/api/proxy/plain/redirect?to=http://example.org/'
is_status 302
header Location ''
get '/api/proxy/location/redirect?to=http://example.org/'
header Location http://example.org/
get '/api/proxy/follow/redirect?to=/in/x'
is_status 200
json .url /in/x
get '/api/proxy/follow/redirect?to=http://127.0.0.1:1/x'
is_status 502

# ---- bodies pass as they come, whatever their size ----
peak() { awk '/VmHWM/ { print $2 }' "/proc/$1/status"; }
stream_workers() { CALLBOARD_STATE=$STATE "$BIN" status | awk '$1 == "stream" { print $2 }'; }
before=0
for pid in $(stream_workers); do [ "$(peak "$pid")" -le "$before" ] || before=$(peak "$pid"); done
is "$(curl -sS -H "Authorization: Bearer $as" "$URL/api/proxy/plain/large?mib=200" | wc -c)" $((200 << 20)) '200 MiB'
after=0
for pid in $(stream_workers); do [ "$(peak "$pid")" -le "$after" ] || after=$(peak "$pid"); done
ok "need no memory ($before KiB, then $after KiB)" [ $((after - before)) -lt 20000 ]
curl -sS -N -H "Authorization: Bearer $as" "$URL/api/proxy/plain/slow" >"$WORK/slow" &
READER=$!
ok 'what is there comes at once' eventually 10 grep -q first "$WORK/slow"
ok 'and what is not, later' sh -c "! grep -q second '$WORK/slow'"
get /api/proxy/plain/go
wait $READER
ok 'then the rest' grep -q second "$WORK/slow"
curl -sS -N -H "Authorization: Bearer $as" "$URL/api/proxy/plain/slow" >"$WORK/slow" &
READER=$!
ok 'one that is left' eventually 10 grep -q first "$WORK/slow"
kill $READER
get /api/proxy/plain/go
get /api/proxy/plain/torn 2>/dev/null
ok 'an answer that is torn looks torn' [ "$STATUS" = 000 ]

# ---- targets that do not answer as they should ----
get /api/proxy/gone/x
is_status 502
lacks 127.0.0.1
ok 'the log says more' grep -q "proxy endpoint '/gone': http://127.0.0.1:1/" "$STATE/callboard.log"
get /api/proxy/plain/strange
is_status 502
get /api/proxy/hasty/silent
is_status 504

# ---- who may ----
as nobody
get /api/proxy/plain/x
is_status 401
get /api/proxy/forward/x
is_status 401
get /api/proxy/own/x
is_status 200
post /api/proxy/own/x '{}'
is_status 200
as an-unknown-token
get /api/proxy/plain/x
is_status 401
as reader
get /api/proxy/plain/x
is_status 403
as token-of-the-proxy-only-0123456789
get /api/proxy/plain/x
is_status 200
get /api/catalog/entities
is_status 403
as tests

# ---- what changes something is in the audit log; what only reads is not ----
sql() { mariadb --no-defaults -N -B --socket="$STATE/mariadb.sock" callboard -e "$1"; }
written() { sql "SELECT COUNT(*) FROM audit WHERE plugin = 'proxy' AND event = 'endpoint-mutate' AND $1"; }
ok 'a POST is written down' [ "$(written "meta LIKE '%/plain%' AND method = 'POST' AND actor = 'tests'")" -ge 1 ]
is "$(written "method = 'GET'")" 0 'a GET is not'
ok 'no secret is in the log' sh -c "! grep -q secret-of-the-target '$STATE/callboard.log'"

# ---- a configuration that cannot be right ----
# refuses PROXY TEXT
refuses() {
	{
		cat "$WORK/base.yaml"
		printf 'proxy: %s\n' "$1"
	} >"$WORK/bad.yaml"
	CALLBOARD_CONFIG=$WORK/bad.yaml run config check
	is_exit 1
	says "$2"
}
refuses '{endpoints: {/x: {changeOrigin: true}}}' 'proxy.endpoints./x: target is missing'
refuses '{endpoints: {/x: nowhere}}' "proxy.endpoints./x: target 'nowhere' is not a URL"
refuses '{endpoints: {/x: "ftp://x/"}}' 'target must begin with http:// or https://'
refuses '{endpoints: {/x: {target: "http://x", credentials: all}}}' 'credentials must be require, forward or dangerously-'
refuses '{endpoints: {/x: {target: "http://x", pathRewrite: {"(": ""}}}}' "proxy.endpoints./x: pathRewrite '('"
refuses '{endpoints: {"/": "http://x"}}' 'it must be a path, like /example'
{
	cat "$WORK/base.yaml"
	printf 'proxy: {skipInvalidProxies: true, endpoints: {/x: nowhere, /y: "%s"}}\n' "$THERE"
} >"$WORK/config.yaml"
own_reload
get /api/proxy/x/a
is_status 404
get /api/proxy/y/a
json .url /a
{
	cat "$WORK/base.yaml"
	printf 'proxy: {/old: "%s"}\n' "$THERE"
} >"$WORK/config.yaml"
own_reload
get /api/proxy/old/a
json .url /a

unharmed
done_testing
