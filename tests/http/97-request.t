#!/bin/sh
# Actions that ask other systems: whom they may ask, what they are answered, fetching with somebody's own token, and attacks.
. tests/http/lib.sh
mkdir -p "$WORK/git" "$WORK/t/files"
# One for requests, one that the integrations have.
node tests/fixtures/server.mjs "$WORK/port" "$WORK/git" 2>"$WORK/server.log" &
SERVER=$!
node tests/fixtures/server.mjs "$WORK/port-gh" "$WORK/git" 2>>"$WORK/server.log" &
HUB=$!
trap 'kill $SERVER $HUB 2>/dev/null; rm -rf "$WORK"' EXIT
eventually 20 test -s "$WORK/port" -a -s "$WORK/port-gh" || { echo "Bail out! $(cat "$WORK/server.log")" && exit 1; }
PORT=$(cat "$WORK/port")
SITE=http://127.0.0.1:$PORT
HUB_SITE=http://127.0.0.1:$(cat "$WORK/port-gh")
serve() { curl -sS -g -o /dev/null -T "$2" ${3:+-H "X-Fixture: $3"} "$SITE$1"; }
hub() { SITE=$HUB_SITE serve "$@"; }
served() { curl -sS -g -G --data-urlencode "path=$1" "$SITE/__stats" | jq -r "$2"; }

cat >"$WORK/config.yaml" <<YAML
scaffolder:
  http: {allow: [{host: "127.0.0.1:$PORT", paths: [/open/, /away]}, {host: "localhost:$PORT"}, {host: "*.example.com"}]}
proxy:
  endpoints:
    /svc: {target: "$SITE/target", headers: {Authorization: "Bearer proxy-secret-1"}, allowedMethods: [GET, POST]}
integrations:
  github: [{host: github.example, apiBaseUrl: "$HUB_SITE/gh", token: token-of-the-portal}]
  git: [{url: "$SITE/git/private", username: reader, password: not-it}]
server: {state: "$WORK/state"}
YAML
# act STEPS [ARGUMENT...]: runs them for real; ACT=dry: not for real.
act() {
	# shellcheck disable=SC2016 # expressions of templates
	jq -n --argjson steps "$1" '{apiVersion: "scaffolder.backstage.io/v1beta3", kind: "Template", metadata: {name: "t"},
		spec: {type: "x", steps: $steps, output: {all: "${{ steps.s.output }}"}}}' >"$WORK/t/template.yaml"
	shift
	asked=act
	STATUS=0
	# shellcheck disable=SC2086 # nothing, where it is a dry run
	"$BIN" --config "$WORK/config.yaml" template run "$WORK/t" ${ACT---apply} --secrets "$WORK/secrets.yaml" --out "$WORK/out" "$@" >"$WORK/body" 2>&1 </dev/null || STATUS=$?
}
echo '{"key": "sesame-4711", "mine": "token-of-ana"}' >"$WORK/secrets.yaml"
step() { printf '[{"id": "s", "action": "%s", "input": %s}]' "$1" "$2"; }

# ---- http:request ----
echo '{"a": [1, 2]}' | serve '/open/x.json?n=1&n=2&q=a%20b' - '{"headers":{"content-type":"application/json","x-told":"sesame-4711"}}'
act "$(step http:request "{\"url\": \"$SITE/open/x.json\", \"params\": {\"q\": \"a b\", \"n\": [1, 2]}, \"headers\": {\"X-Key\": \"\${{ secrets.key }}\", \"X-N\": 5}}")"
is_exit 0
says 'status: 200'
says 'x-told: "***"'
says_not sesame
is "$(served '/open/x.json?n=1&n=2&q=a%20b' '.headers | ."x-key" + ."x-n"')" sesame-47115
echo 'no json' | serve /open/text -
act "$(step http:request "{\"url\": \"$SITE/open/text\", \"logRequestPath\": false}")"
says 'no json'
says_not 'GET http'
act "$(step http:request "{\"url\": \"$SITE/open/none\"}")"
is_exit 1
says 'UpstreamError: The answer is 404'
act "$(step http:request "{\"url\": \"$SITE/open/none\", \"continueOnBadResponse\": true}")"
is_exit 0
says 'status: 404'
act "$(step http:request "{\"method\": \"GET\"}")"
is_exit 1
says 'Invalid input passed to action http:request'

# Whom nobody named is not asked; nor is one inside because somebody else leads there.
: | serve /open/moved - '{"location":"http://127.0.0.1:1/inside"}'
: | serve /open/on - "{\"location\":\"$SITE/open/text\"}"
act "$(step http:request "{\"url\": \"$SITE/open/on\"}")"
is_exit 0
for url in "$SITE/secret" "$SITE/open/../secret" "$SITE/open/%2e%2e/secret" "$SITE/open/moved" http://127.0.0.1:22/open/ http://169.254.169.254/latest/meta-data/ \
	http://metadata.google.internal/ 'http://[::1]:22/' http://0x7f000001/ file:///etc/passwd gopher://127.0.0.1/ "http://user:pw@127.0.0.1:1/open/"; do
	act "$(step http:request "{\"url\": \"$url\"}")"
	is_exit 1
	says NotAllowedError
done
is "$(served /secret .count)" 0
act "$(step http:request "{\"url\": \"$SITE/open/text\", \"headers\": {\"Host\": \"other\"}}")"
is_exit 1
says 'headers.Host is not yours to set'
act "$(step http:request "{\"url\": \"$SITE/open/text\", \"headers\": {\"X\": \"a\\r\\nY: b\"}}")"
is_exit 1

# The proxy knows the secret; nobody else gets to.
echo '{"ok": true}' | serve /target/v1/people?x=1 - '{"auth":"Bearer proxy-secret-1","headers":{"content-type":"application/json"}}'
for path in /proxy/svc/v1/people proxy/svc/v1/people /api/proxy/svc/v1/people; do
	act "$(step http:backstage:request "{\"method\": \"GET\", \"path\": \"$path\", \"params\": {\"x\": 1}, \"headers\": {\"authorization\": \"Bearer mine\"}}")"
	is_exit 0
	says 'code: "200"'
	says 'ok: true'
	says_not proxy-secret
done
for path in /api/catalog/entities /proxy/none/x /proxy/svc/../../secret /proxy/svc/%2e%2e/secret; do
	act "$(step http:request "{\"path\": \"$path\"}")"
	is_exit 1
done
act "$(step http:request "{\"path\": \"/proxy/svc/x\", \"method\": \"DELETE\"}")"
is_exit 1
says 'proxy.endpoints has nothing for DELETE'
ACT='' act "$(step http:request "{\"url\": \"$SITE/open/posted\", \"method\": \"POST\", \"body\": {\"a\": 1}}")"
is_exit 0
says 'A dry run changes nothing elsewhere'
is "$(served /open/posted .count)" 0 'a dry run sends nothing that changes something'

# ---- files, as templates that were made with well-known actions handle them ----
# shellcheck disable=SC2016 # expressions of templates
ACT='' act '[{"id": "w", "action": "roadiehq:utils:fs:write", "input": {"path": "a/x.yaml", "content": "k: [1, NAME]\n"}},
	{"id": "a", "action": "roadiehq:utils:fs:append", "input": {"path": "a/x.yaml", "content": "---\nl: NAME\n"}},
	{"id": "n", "action": "roadiehq:utils:fs:append", "input": {"path": "new", "content": "n"}},
	{"id": "r", "action": "roadiehq:utils:fs:replace", "input": {"files": [{"file": "a/*.yaml", "find": "NAME", "replaceWith": "x%1.*"}]}},
	{"id": "p", "action": "roadiehq:utils:fs:parse", "input": {"path": "a/x.yaml", "parser": "multiyaml"}},
	{"id": "j", "action": "roadiehq:utils:serialize:json", "input": {"data": "${{ steps.p.output.content }}"}},
	{"id": "s", "action": "roadiehq:utils:serialize:yaml", "input": {"data": {"json": "${{ steps.j.output.serialized }}"}}},
	{"id": "z", "action": "roadiehq:utils:sleep", "input": {"amount": 500}}]'
is_exit 0
says 'x%1.*'
is "$(cat "$WORK/out/a/x.yaml")" "$(printf 'k: [1, x%%1.*]\n---\nl: x%%1.*')"
says '[{\"k\":[1,\"x%1.*\"]},{\"l\":\"x%1.*\"}]'
act "$(step roadiehq:utils:fs:write '{"path": "../x", "content": "x"}')"
is_exit 1

# ---- fetching with somebody's own token ----
R=/gh/repos/acme/pay
echo 'for ana' | hub "$R/contents/x.txt?ref=main" - '{"auth":"Bearer token-of-ana"}'
FILE='"url": "https://github.example/acme/pay/blob/main/x.txt", "targetPath": "x.txt"'
act "$(step fetch:plain:file "{$FILE}")"
is_exit 1
act "$(step fetch:plain:file "{$FILE, \"token\": \"\${{ secrets.mine }}\"}")"
is_exit 0
is "$(cat "$WORK/out/x.txt")" 'for ana'
says_not token-of-ana
act "$(step fetch:template:file "{$FILE, \"replace\": true, \"token\": \"token-of-ana\"}")"
is_exit 0
mkdir -p "$WORK/tree/acme-pay-1/skel"
printf '#!/bin/sh\n' >"$WORK/tree/acme-pay-1/skel/run.sh"
chmod 755 "$WORK/tree/acme-pay-1/skel/run.sh"
tar -C "$WORK/tree" -czf "$WORK/tree.tgz" acme-pay-1
echo '{"sha": "0123456789012345678901234567890123456789"}' | hub "$R/commits/main" - '{"auth":"Bearer token-of-ana"}'
hub "$R/tarball/0123456789012345678901234567890123456789" "$WORK/tree.tgz" '{"auth":"Bearer token-of-ana"}'
TREE='"url": "https://github.example/acme/pay/tree/main/skel", "targetPath": "tree"'
for action in fetch:plain fetch:template; do
	rm -rf "$WORK/out/tree"
	act "$(step $action "{$TREE}")"
	is_exit 1
	act "$(step $action "{$TREE, \"token\": \"token-of-ana\"}")"
	is_exit 0
	ok "$action: what may be run may be run afterwards" test -x "$WORK/out/tree/run.sh"
done
git init -q --bare -b main "$WORK/git/private/a.git"
git init -q -b main "$WORK/seed"
printf '#!/bin/sh\n' >"$WORK/seed/run.sh"
chmod 755 "$WORK/seed/run.sh"
git -C "$WORK/seed" add -A
git -C "$WORK/seed" -c user.name=t -c user.email=t@t commit -q -m one
git -C "$WORK/seed" push -q "$WORK/git/private/a.git" main
commit=$(git -C "$WORK/seed" rev-parse HEAD)
for ref in main "$commit"; do
	GITTREE="\"url\": \"git+$SITE/git/private/a.git//?ref=$ref\", \"targetPath\": \"git\""
	act "$(step fetch:plain "{$GITTREE, \"token\": \"s3cret-of-git\"}")"
	is_exit 0
	ok 'a git tree keeps its modes' test -x "$WORK/out/git/run.sh"
	act "$(step fetch:plain "{$GITTREE}")"
	is_exit 1
	says 'refuses access'
done

# ---- attacks ----
# An archive that leads outside, or holds links.
for evil in ../../escaped /abs/../../escaped; do
	mkdir -p "$WORK/evil/r"
	echo x >"$WORK/evil/r/f"
	tar -C "$WORK/evil" --transform "s|^r/f|r/$evil|" -P -czf "$WORK/evil.tgz" r/f
	hub "$R/tarball/0123456789012345678901234567890123456789" "$WORK/evil.tgz" '{"auth":"Bearer token-of-ana"}'
	act "$(step fetch:plain '{"url": "https://github.example/acme/pay/tree/main/", "targetPath": "evil", "token": "token-of-ana"}')"
	is_exit 1
	says 'outside'
	ok 'nothing is outside' sh -c "! find '$WORK' -name escaped | grep ."
done
rm -rf "$WORK/evil"
mkdir -p "$WORK/evil/r/sub"
ln -s /etc/passwd "$WORK/evil/r/passwd"
ln -s ../.. "$WORK/evil/r/sub/up"
echo x >"$WORK/evil/r/f"
ln "$WORK/evil/r/f" "$WORK/evil/r/hard"
tar -C "$WORK/evil" -czf "$WORK/evil.tgz" r
hub "$R/tarball/0123456789012345678901234567890123456789" "$WORK/evil.tgz" '{"auth":"Bearer token-of-ana"}'
act "$(step fetch:plain '{"url": "https://github.example/acme/pay/tree/main/", "targetPath": "links", "token": "token-of-ana"}')"
is_exit 0
is "$(find "$WORK/out/links" ! -type d | wc -l)" 1 'links of an archive are left out'
# Addresses that nobody allowed.
for url in http://169.254.169.254/latest/meta-data/ http://127.0.0.1:22/x "$SITE/secret.txt" file:///etc/passwd git+file:///etc git+http://127.0.0.1:1/x.git//a \
	"https://github.example/acme/pay/blob/main/%2e%2e/%2e%2e/secret"; do
	for action in fetch:plain fetch:template; do
		act "$(step $action "{\"url\": \"$url\", \"targetPath\": \"x\"}")"
		is_exit 1
	done
	act "$(step fetch:plain:file "{\"url\": \"$url\", \"targetPath\": \"x\"}")"
	is_exit 1
	lacks 'root:x:0'
done
# Names out of values, and targets that lead outside.
echo x >"$WORK/t/files/\${{ values.name }}"
for name in ../../evil /tmp/evil .git/hooks/pre-commit 'a/../../evil'; do
	act "$(step fetch:template "{\"url\": \"./files\", \"values\": {\"name\": \"$name\"}}")"
	case $name in /tmp/evil) ok "$name stays within" test ! -e /tmp/evil ;; *) is_exit 1 ;; esac
done
for target in ../evil /etc/evil .git .git/hooks a/../../evil; do
	for action in fetch:plain fetch:template; do
		act "$(step $action "{\"url\": \"./files\", \"targetPath\": \"$target\", \"values\": {\"name\": \"n\"}}")"
		is_exit 1
	done
done
ok 'nothing was written outside' sh -c "! find '$WORK' -name evil -path '*evil' ! -path '$WORK/evil' | grep ."
# A secret that comes back in an answer, also within other text, is hidden in outputs and logs.
echo '{"v": "is sesame-4711!", "sesame-4711": 1}' | serve /open/leak - '{"headers":{"content-type":"application/json"}}'
# shellcheck disable=SC2016 # expressions of templates
act '[{"id": "s", "action": "http:request", "input": {"url": "'"$SITE"'/open/leak", "headers": {"x": "${{ secrets.key }}"}}},
	{"id": "l", "action": "debug:log", "input": {"message": "got ${{ steps.s.output.body | dump }}"}}]'
is_exit 0
says 'is ***!'
says_not sesame
done_testing
