#!/bin/sh
# The black-box tests of TechDocs that were made on the real Backstage, run against this portal.
. tests/http/lib.sh
. tests/fixtures/own.sh
SUITE=$PWD/../shared/conformance
if [ ! -d "$SUITE/techdocs" ]; then
	echo '1..0 # SKIP the conformance tests are not there'
	exit 0
fi
mkdir "$WORK/suite"
cp -R "$SUITE/techdocs" "$SUITE/scaffolder" "$WORK/suite"
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
YAML
own_stack "$WORK/config.yaml"
as "$TOKEN"
becomes component:default/conf-site '.kind == "Component"'
export BASE_URL="$URL"
# The order of the files is the suite's own: one port is opened by several.
for file in techdocs build search; do
	(cd "$WORK/suite/techdocs" && node --test --test-concurrency=1 --test-reporter=tap "$file.test.mjs") >"$WORK/$file.tap" 2>&1
	passed=$(grep -c '^ *ok ' "$WORK/$file.tap")
	echo "# $file: $passed passed"
	ok "$file: tests ran" test "$passed" -gt 5
	ok "$file: none fails" sh -c "! grep -E '^ *not ok ' $WORK/$file.tap"
	grep -A 12 '^ *not ok ' "$WORK/$file.tap" | sed 's/^/# /'
done
unharmed
done_testing
