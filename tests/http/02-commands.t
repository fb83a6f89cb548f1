#!/bin/sh
# The command line: usage, configuration, routes, requests without a server, migrations, doctor.
. tests/http/lib.sh

run
is_exit 2
says 'usage: callboard'
run help
is_exit 0
says 'CALLBOARD_CONFIG'
run serve --help
is_exit 0
says 'SIGHUP'
run stattus
is_exit 2
says "did you mean 'status'?"
run routes a b
is_exit 2
says "too many arguments, at 'b'"
run version
is_exit 0
run --config
is_exit 2
run --config /nonexistent.yaml status
is_exit 1
says 'No such file'

cat >"$WORK/bad.yaml" <<'YAML'
app:
  titel: Mine
catalog:
  readonly: perhaps
integrations:
  github:
    - host: github.com
      token: very-secret-token
sonarqube: {baseUrl: http://sonar}
YAML
run config check --config "$WORK/bad.yaml"
is_exit 1
says "bad.yaml:2: warning: app.titel is not a known setting; did you mean app.title?"
says 'bad.yaml:4: error: catalog.readonly must be true or false, not string'
says 'bad.yaml:9: warning: sonarqube is not a known setting'
sed -i '/readonly/d; s/^catalog:$/catalog: {}/' "$WORK/bad.yaml"
run config check --config "$WORK/bad.yaml"
is_exit 0
run --config="$WORK/bad.yaml" config show
is_exit 0
says '<secret>'
says_not very-secret-token
run config show app.title
is_exit 0
says '"Callboard"'
run config show no.such
is_exit 1
run config keys backend.database.connection.pass
is_exit 0
says 'text, secret'

run routes /.backstage
is_exit 0
says health_liveness
run routes no-such-route
is_exit 1

run request GET /.backstage/health/v1/readiness
is_exit 0
says 'HTTP/1.1 200 OK'
says '{"status":"ok"}'
run request GET '/api/catalog/entities/by-name/component/default/ledger?x=1' --as user:default/ana
is_exit 0
says '"name":"ledger"'
run request GET /api/catalog/nothing
is_exit 1
says 'HTTP/1.1 404'
says NotFoundError
run request POST /api/catalog/entities/by-refs -d '{"entityRefs":["component:default/ledger"],"fields":["metadata.name"]}'
is_exit 0
says '{"items":[{"metadata":{"name":"ledger"}}]}'
run request GET
is_exit 2
run request GET catalog
is_exit 2
run request GET / -H nonsense
is_exit 2

run migrate
is_exit 0
says 'up to date'
run status
is_exit 0
says 'running since'
CALLBOARD_STATE=$WORK run status
is_exit 1
run doctor
is_exit 0
says 'Nothing is wrong.'
says MariaDB
printf 'backend: {database: {connection: {socketPath: /nonexistent.sock}}}\n' >"$WORK/away.yaml"
CALLBOARD_CONFIG=$WORK/away.yaml run doctor
is_exit 1
says 'BAD   database'

run lint docs/examples/all.yaml docs/examples/org.yaml docs/examples/delivery.yaml docs/examples/money.yaml
is_exit 0
run lint docs/examples/broken.yaml
is_exit 1
says 'docs/examples/broken.yaml:'

done_testing
