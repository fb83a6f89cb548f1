#!/bin/sh
# Descriptors that others wrote: each is taken in, or refused with a message that says where and why.
# shellcheck disable=SC2317,SC2154 # settled is called by ok; variables are those of lib.sh
. tests/http/lib.sh
. tests/fixtures/own.sh
CORPUS=$PWD/../shared/corpus/catalog
if [ ! -d "$CORPUS" ]; then
	echo '1..0 # SKIP the corpus is not there'
	exit 0
fi
CORPUS=$(cd "$CORPUS" && pwd)
fixtures
# Nothing is asked of the internet: github.com is the fixture server, which has nothing.
{
	cat <<YAML
auth: {providers: {guest: null}}
backend:
  auth: {externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]}
integrations:
  github: [{host: github.com, apiBaseUrl: "$SITE/api", rawBaseUrl: "$SITE/raw"}]
catalog:
  rules:
    - allow: [Component, API, Resource, System, Domain, Group, User, Location, Template, AiResource, Plugin, Package,
        PluginCollection, MCPServer, EnrichmentData]
  locations:
YAML
	for folder in "$CORPUS"/*/; do
		printf '    - {type: file, target: "%s**/*.{yaml,yml,json}"}\n' "$folder"
	done
} >"$WORK/config.yaml"
start=$(date +%s)
own_stack "$WORK/config.yaml"
as tests

# Every location is there, nobody waits to be read, no job is due.
settled() {
	get /api/catalog/entities/unprocessed/pending
	[ "$(jq -c .entities "$WORK/body")" = '[]' ] || return 1
	curl -s "$URL/metrics" | grep -q '^callboard_jobs{.*state="\(due\|running\)"' && return 1
	get '/api/catalog/entities?filter=kind=location&fields=kind'
	[ "$(jq length "$WORK/body")" -ge "$(grep -c 'type: file' "$WORK/config.yaml")" ]
}
ok 'all of it is read' eventually 60 settled
echo "# read in $(($(date +%s) - start)) s, from an empty machine"
node tests/fixtures/corpus.mjs "$CORPUS" "$URL" token-of-the-tests-0123456789 >"$WORK/body" 2>"$WORK/corpus.log"
asked='the comparison' STATUS=
ok 'the comparison runs' test -s "$WORK/body"
jq -r '"# \(.files) files, \(.documents) documents: \(.entities) entities, \(.elsewhere) provided by another file first, \(.refused) refused",
	(.kinds | to_entries | sort_by(-.value) | .[] | "#   \(.value)\t\(.key)"), "# refused:",
	(.reasons | to_entries | sort_by(-.value) | .[] | "#   \(.value)\t\(.key)"),
	(.lost[] | "# lost: " + .), (.vague[] | "# vague: " + .)' "$WORK/body"
json_true '.documents > 1000'
json_true '(.entities + .elsewhere) / .documents > 0.9'
json '.lost | length' 0
json '.vague | length' 0
json '.entities + .elsewhere + .refused == .documents' true

# What was read is what is found.
node tests/fixtures/questions.mjs "$URL" token-of-the-tests-0123456789 >"$WORK/body" 2>"$WORK/corpus.log" || cat "$WORK/corpus.log"
asked='random questions'
jq -r '"# \(.asked) random questions (SEED=\(.seed)): \(.pages) pages with \(.found) entities", (.wrong[] | "# wrong: " + .)' "$WORK/body"
json_true '.asked > 0 and .found > 1000'
json '.wrong | length' 0

unharmed
done_testing
