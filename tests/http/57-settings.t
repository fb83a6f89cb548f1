#!/bin/sh
# What people set for themselves: Backstage's user settings, and who has any.
. tests/http/lib.sh
. tests/fixtures/own.sh
cat >"$WORK/config.yaml" <<YAML
backend: {auth: {externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]}}
YAML
own_stack "$WORK/config.yaml"
api=/api/user-settings
# ask_as REF METHOD PATH [BODY]
ask_as() {
	_ref=$1 _m=$2 _p=$3
	shift 3
	run request "$_m" "$_p" --as "$_ref" -H "Origin: $URL" -H "Host: ${URL#http://}" ${1:+-d "$1"}
}
ana=user:default/ana
ask_as $ana GET $api/buckets/b/keys/k
says 'HTTP/1.1 404'
says "Unable to find 'k' in bucket 'b'"
ask_as $ana PUT $api/buckets/b/keys/k '{"value":{"a":[1,null,"é"]}}'
says 'HTTP/1.1 200 OK'
says '{"bucket":"b","key":"k","value":{"a":[1,null,"é"]}}'
ask_as USER:default/Ana GET $api/buckets/b/keys/k
says '"value":{"a":[1,null,"é"]}'
ask_as user:default/bo GET $api/buckets/b/keys/k
says 'HTTP/1.1 404'
ask_as $ana PUT $api/buckets/b/keys/k '{"value":null}'
says '"value":null'
ask_as $ana PUT $api/buckets/b%2Fc/keys/%C3%A9 '{"value":"x"}'
says '{"bucket":"b/c","key":"é","value":"x"}'
ask_as $ana POST $api/multiget '{"items":[{"bucket":"b","key":"k"},{"bucket":"b","key":"none"},{"bucket":"b/c","key":"é"}]}'
says '{"items":[{"bucket":"b","key":"k","value":null},null,{"bucket":"b/c","key":"é","value":"x"}]}'
ask_as $ana DELETE $api/buckets/b/keys/k
says 'HTTP/1.1 204'
ask_as $ana DELETE $api/buckets/b/keys/k
says 'HTTP/1.1 204'
ask_as $ana GET $api/buckets/b/keys/k
says 'HTTP/1.1 404'

for wrong in '{}' '[]' '7' 'x'; do
	ask_as $ana PUT $api/buckets/b/keys/k "$wrong"
	says 'HTTP/1.1 400'
done
for wrong in '{}' '{"items":7}' '{"items":[{}]}' '{"items":[{"bucket":"b","key":""}]}'; do
	ask_as $ana POST $api/multiget "$wrong"
	says 'HTTP/1.1 400'
done
long=$(printf 'x%.0s' $(seq 256))
ask_as $ana PUT "$api/buckets/$long/keys/k" '{"value":1}'
says 'HTTP/1.1 400'
says '1 to 255 characters'
ask_as $ana PUT "$api/buckets/b/keys/${long#x}" '{"value":1}'
says 'HTTP/1.1 200'
awk 'BEGIN { printf "{\"value\":\""; for (i = 0; i < 65530; i++) printf "x"; print "\"}" }' >"$WORK/fits"
awk 'BEGIN { printf "{\"value\":\""; for (i = 0; i < 65535; i++) printf "x"; print "\"}" }' >"$WORK/large"
ask_as $ana PUT $api/buckets/b/keys/big "@$WORK/fits"
says 'HTTP/1.1 200'
ask_as $ana PUT $api/buckets/b/keys/big "@$WORK/large"
says 'HTTP/1.1 413'
sql() { mariadb --no-defaults -N -B --socket="$STATE/mariadb.sock" callboard -e "$1"; }
sql "INSERT INTO user_setting (user_ref, bucket, name, value, changed_at) SELECT 'user:default/many', 'b', seq, '1', 0 FROM seq_1_to_1000"
ask_as user:default/many PUT $api/buckets/b/keys/k '{"value":1}'
says 'HTTP/1.1 413'
ask_as user:default/many PUT $api/buckets/b/keys/7 '{"value":2}'
says 'HTTP/1.1 200'

# ---- stars, where Backstage keeps them ----
ask_as $ana PUT $api/buckets/starredEntities/keys/entityRefs '{"value":["component:default/x"]}'
says 'HTTP/1.1 200'

# ---- who has none ----
as tests
get $api/buckets/b/keys/k
is_status 403
has 'is a service'
put $api/buckets/b/keys/k '{"value":1}'
is_status 403
as nobody
get $api/buckets/b/keys/k
is_status 401
put $api/buckets/b/keys/k '{"value":1}'
is_status 401
# A page of another site writes nothing through the browser of somebody.
run request PUT $api/buckets/b/keys/k --as $ana -d '{"value":1}' -H 'Origin: https://evil.example' -H "Host: ${URL#http://}"
says 'HTTP/1.1 403'

unharmed
done_testing
