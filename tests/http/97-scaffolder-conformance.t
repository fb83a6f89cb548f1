#!/bin/sh
# The black-box tests of software templates that were made on the real Backstage, run against this portal.
. tests/http/lib.sh
. tests/fixtures/own.sh
SUITE=$PWD/../shared/conformance
if [ ! -d "$SUITE/scaffolder" ]; then
	echo '1..0 # SKIP the conformance tests are not there'
	exit 0
fi
mkdir "$WORK/suite"
cp -R "$SUITE/scaffolder" "$WORK/suite"
chmod -R u+w "$WORK/suite"

FIXTURE=127.0.0.1:$(free_port)
export FIXTURE TOKEN=conformance-token-0123456789
cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: null}}
backend:
  auth: {externalAccess: [{type: static, options: {token: $TOKEN, subject: conformance}}]}
integrations:
  gitea: [{host: "$FIXTURE", baseUrl: "http://$FIXTURE"}]
catalog:
  rules: [{allow: [Component, API, Group, Location, Template]}]
  locations: [{type: file, target: "$WORK/suite/scaffolder/fixtures/all.yaml"}]
scaffolder:
  defaultEnvironment: {parameters: {region: eu-1}, secrets: {deployKey: env-secret-98765}}
YAML
own_stack "$WORK/config.yaml"
as "$TOKEN"
becomes component:default/conf-site '.kind == "Component"'
becomes template:default/conf-from-file '.kind == "Template"'
export BASE_URL="$URL"

# suite FILE LEAST [PATTERN]: of the file's tests (whose name fits) none fails, and at least so many ran.
suite() {
	(cd "$WORK/suite/scaffolder" && node --test --test-concurrency=1 --test-reporter=tap ${3:+--test-name-pattern="$3"} "$1.test.mjs") \
		>"$WORK/$1.tap" 2>&1
	passed=$(grep -c '^ *ok .*[^P]$' "$WORK/$1.tap")
	ok "$1: tests ran" test "$passed" -ge "$2"
	ok "$1: none fails" sh -c "! grep -E '^ *not ok ' $WORK/$1.tap"
	grep -A 14 '^ *not ok ' "$WORK/$1.tap" | sed 's/^/# /'
}
suite dryrun 9
suite actions 11
suite inputs 5
suite tasks 9
suite templates 7
suite more 11

unharmed
done_testing
