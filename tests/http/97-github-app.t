#!/bin/sh
# GitHub Apps: what is asked about an account, and pushed there, goes with the token of its installation.
. tests/http/lib.sh
. tests/fixtures/own.sh
. tests/fixtures/hosts.sh
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
GIT=$WORK/git
mkdir -p "$GIT" "$WORK/t" "$WORK/plugins/asks"
openssl genrsa -traditional -out "$WORK/app.pem" 2048 2>/dev/null
openssl rsa -in "$WORK/app.pem" -pubout -out "$WORK/app.pub" 2>/dev/null
openssl genrsa -out "$WORK/other.pem" 2048 2>/dev/null
openssl ecparam -name prime256v1 -genkey -noout -out "$WORK/elliptic.pem"
export GITHUB_APP_KEY="$WORK/app.pub"
scm_hosts "$GIT"
FIXTURES=$HOSTS

# configure FILE [MORE OF APP] [MORE OF INTEGRATION]: the app's key from that file.
configure() {
	jq -n --arg host "$GH" --rawfile key "$1" --argjson app "${2:-{\}}" --argjson more "${3:-{\}}" '{
		auth: {providers: {guest: {dangerouslyAllowOutsideDevelopment: true}}}, backend: {auth: {externalAccess: [{type: "static", options: {token: "token-of-the-tests-0123456789", subject: "tests"}}]}},
		integrations: {github: [{host: $host, apiBaseUrl: "http://\($host)/api", baseUrl: "http://\($host)",
			apps: [{appId: 4711, privateKey: $key, clientId: "c", clientSecret: "never-needed", webhookSecret: "nor-this"} + $app]} + $more]}}' >"$WORK/config.json"
}
calls() { # calls JQ WANT: of what GitHub was asked.
	curl -sS "http://$GH/__calls" >"$WORK/calls"
	is "$(jq -rc "$1" "$WORK/calls" 2>&1)" "$2" "$asked: calls $1"
}
forget() { curl -sS -X DELETE "http://$GH/__calls" >/dev/null; }
# act STEPS...: runs them as a template, with nothing kept from before.
act() {
	printf '%s\n' "$@" | jq -s '{apiVersion: "scaffolder.backstage.io/v1beta3", kind: "Template", metadata: {name: "t"}, spec: {type: "x", steps: .}}' >"$WORK/t/template.yaml"
	forget
	run --config "$WORK/config.json" template run "$WORK/t" --apply
	asked=$(printf '%s\n' "$@" | jq -r '.action + " " + (.input.repoUrl // .input.url // "")' | head -1)
}
file() { jq -nc --arg url "http://$GH/$1" '{action: "fetch:plain:file", input: {url: $url, targetPath: "got"}}'; }
publish() { jq -nc --arg repo "$GH?owner=$1&repo=$2" '{action: "publish:github", input: {repoUrl: $repo, protectDefaultBranch: false, defaultBranch: "main"}}'; }
tokens='[.[] | select(.path | endswith("access_tokens")) | .path]'
lists='[.[] | select(.path == "/app/installations")] | length'
# by PATH: whose token the call to it went with.
by() { printf '[.[] | select(.path | startswith("%s")) | .auth // "" | sub("Bearer "; "") | sub("-[0-9]+$"; "")] | unique' "$1"; }

# A repository of each account.
git init -q -b main "$WORK/seed"
echo hello >"$WORK/seed/README.md"
git -C "$WORK/seed" add . && git -C "$WORK/seed" -c user.name=x -c user.email=x@x commit -q -m x
for repo in acme/old brief/pay sleepy/x nobody/y; do
	[ -d "$GIT/github/$repo.git" ] || git init -q --bare -b main "$GIT/github/$repo.git"
	git -C "$WORK/seed" push -q "$GIT/github/$repo.git" main
done

# Read, made and pushed to: with one token of the account, got once.
configure "$WORK/app.pem"
act "$(file acme/old/blob/main/README.md)" "$(jq -nc --arg url "http://$GH/acme/old/tree/main" '{action: "fetch:plain", input: {url: $url}}')" "$(publish acme site)"
is_exit 0
calls "$tokens" '["/app/installations/11/access_tokens"]'
calls "$lists" 2
calls "$(by /repos/acme)" '["ghs-acme"]'
calls "$(by /orgs/acme/repos)" '["ghs-acme"]'
is "$(git -C "$GIT/github/acme/site.git" ls-tree --name-only main | tr '\n' ' ')" 'README.md got '
says_not ghs-acme
says_not never-needed
act "$(jq -nc --arg url "http://$GH/ACME/old/blob/main/README.md" '{action: "fetch:plain:file", input: {url: $url, targetPath: "got"}}')"
calls "$tokens" '["/app/installations/11/access_tokens"]'

# One that ends soon is renewed; each account has its own.
act "$(file brief/pay/blob/main/README.md)" "$(file brief/pay/blob/main/README.md)" "$(file acme/old/blob/main/README.md)"
is_exit 0
calls "$tokens" '["/app/installations/12/access_tokens","/app/installations/12/access_tokens","/app/installations/11/access_tokens"]'
calls "$lists" 2

# Somebody's own token is used as it is.
act "$(publish acme own | jq -c '.input.token = "token-of-ana"')"
calls "$tokens" '[]'
calls "$(by /orgs/acme/repos)" '["token-of-ana"]'

# Taken away, or not to be used.
act "$(file sleepy/x/blob/main/README.md)"
is_exit 1
says 'the GitHub App 4711 is suspended for sleepy'
act "$(file nobody/y/blob/main/README.md)"
is_exit 1
calls "$(by /repos/nobody)" '[""]'
configure "$WORK/app.pem" '{"publicAccess": true, "allowedInstallationOwners": ["nobody", "acme"]}'
act "$(file nobody/y/blob/main/README.md)"
is_exit 0
calls "$(by /repos/nobody)" '["ghs-acme"]'
configure "$WORK/app.pem" '{}' '{"token": "token-of-the-portal"}'
act "$(file nobody/y/blob/main/README.md)"
is_exit 0
calls "$(by /repos/nobody)" '["token-of-the-portal"]'
configure "$WORK/app.pem" '{"allowedInstallationOwners": ["Brief"]}' '{"token": "token-of-the-portal"}'
act "$(file acme/old/blob/main/README.md)" "$(file brief/pay/blob/main/README.md)"
is_exit 0
calls "$(by /repos/acme)" '["token-of-the-portal"]'
calls "$(by /repos/brief)" '["ghs-Brief"]'
configure "$WORK/app.pem"
curl -sS "http://$GH/__fail" -d '{"match": "POST /app/installations/11/", "status": 404, "times": 1}'
act "$(file acme/old/blob/main/README.md)"
is_exit 0
calls "$lists" 4

# What GitHub does not know of the app is not taken for a file that is gone: that would take entities away.
curl -sS "http://$GH/__fail" -d '{"match": "POST /app/installations/11/", "status": 404, "times": 2}'
act "$(file acme/old/blob/main/README.md)"
is_exit 1
says 'has no /app/installations/11/access_tokens'
says UpstreamError
says_not NotFoundError

# A key with \n as in a variable of the environment; PKCS #8; keys that are none, or another's.
jq -j -R -s 'gsub("\n"; "\\n")' "$WORK/app.pem" >"$WORK/line.pem"
configure "$WORK/line.pem"
act "$(file acme/old/blob/main/README.md)"
is_exit 0
openssl pkcs8 -topk8 -nocrypt -in "$WORK/app.pem" -out "$WORK/eight.pem"
configure "$WORK/eight.pem"
act "$(file acme/old/blob/main/README.md)"
is_exit 0
for key in "$WORK/elliptic.pem" "$WORK/seed/README.md"; do
	configure "$key"
	act "$(file acme/old/blob/main/README.md)"
	is_exit 1
	says 'privateKey of the GitHub App 4711: it is no private RSA key in PEM'
done
configure "$WORK/other.pem"
act "$(publish acme denied)"
is_exit 1
says 'the GitHub App 4711: 127.0.0.1'
says 'does not know it, or its privateKey (401)'

# What a server gives in place of a token.
configure "$WORK/app.pem"
for body in '{}' '{"token": "x", "expires_at": "soon"}' '{"token": "x\r\nEvil: 1", "expires_at": "2999-01-01T00:00:00Z"}' '[]'; do
	curl -sS "http://$GH/__fail" -d "$(jq -nc --argjson body "$body" '{match: "POST /app/installations/11/", status: 201, times: 1, body: $body}')"
	act "$(file acme/old/blob/main/README.md)"
	is_exit 1
	says 'gives no token for acme'
done
curl -sS "http://$GH/__fail" -d '{"match": "GET /app/installations", "status": 500, "times": 1}'
act "$(file acme/old/blob/main/README.md)"
is_exit 1
says 'answers with 500'

# What forms suggest, and what a plugin asks where the URL names nobody.
cat >"$WORK/plugins/asks/plugin.lua" <<LUA
local http = require("callboard").http
local function ask(owner)
  return http.request({ method = "POST", url = "http://$GH/api/graphql", auth = "integration", owner = owner, json = { query = "x" } }).status
end
return {
  title = "Asks", version = "1.0.0", capabilities = { http = { "integrations.github" } },
  routes = { ["GET /ask"] = function() return { json = { ask("acme"), ask(nil) } } end },
}
LUA
configure "$WORK/app.pem" '{"allowedInstallationOwners": ["acme", "brief", "sleepy", "other-7"]}'
jq --arg dir "$WORK/plugins" '.plugins.directories = [$dir]' "$WORK/config.json" >"$WORK/portal.json"
own_stack "$WORK/portal.json"
get "/create/repositories?what=owners&host=$GH"
json '[.items[].value] | sort' '["Brief","acme","other-7"]'
get "/create/repositories?what=owners&host=$GH&q=ac"
json '[.items[].value]' '["acme"]'
forget
get "/create/repositories?what=branches&repo=$GH%3Fowner%3Dacme%26repo%3Dold"
calls "$(by /repos/acme)" '["ghs-acme"]'
as token-of-the-tests-0123456789
forget
get /api/asks/ask
json . '[200,401]'
calls "$(by /graphql)" '["","ghs-acme"]'
for _ in 1 2 3 4 5 6 7 8; do get /api/asks/ask; done
curl -sS "http://$GH/__calls" >"$WORK/calls"
ok 'each process gets one token of an account' test "$(jq "$tokens | length" "$WORK/calls")" -le "$(web_workers | wc -l)"
# shellcheck disable=SC2317 # ok calls it
no_secret() { ! grep -E 'ghs-|PRIVATE KEY|never-needed' "$STATE/callboard.log"; }
ok 'no token and no key is in the log' no_secret
unharmed
done_testing
