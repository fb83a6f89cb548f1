#!/bin/sh
# What showing documentation costs: requests a second of a file of a site, behind the check of who may have it, and of a page of
# the reader, against a static file of nginx with the same bytes. In turn, so that what else the machine does hits all of them.
#
#	make bench-docs			ROUNDS=10, SECONDS_EACH=2, 16 connections
set -eu
cd "$(dirname "$0")/.."
state=${CALLBOARD_BENCH_STATE:-$PWD/.run-bench-docs} rounds=${ROUNDS:-10} seconds=${SECONDS_EACH:-2}
export CALLBOARD_BIN="${CALLBOARD_BIN:-build/callboard}" CALLBOARD_STATE="$state" CALLBOARD_PORT="${CALLBOARD_PORT:-18094}"
export CALLBOARD_CONFIG="$state/bench.yaml" TOKEN=token-of-the-bench-0123456789
base=http://127.0.0.1:$CALLBOARD_PORT
. tests/bench/lib.sh
tidy() {
	sh tests/stack.sh stop
	rm -rf "$state"
}
trap tidy EXIT
trap 'exit 130' INT TERM HUP

ask() { curl -sf -o /dev/null -H "Authorization: Bearer $TOKEN" "$base$1"; }
mkdir -m 700 "$state"
cat >"$CALLBOARD_CONFIG" <<-TXT
	backend:
	  auth: {externalAccess: [{type: static, options: {token: $TOKEN, subject: bench}}]}
TXT
sh tests/stack.sh start >&2
site=default/component/callboard
until_true ask "/api/catalog/entities/by-name/component/default/callboard"
ask "/api/techdocs/sync/$site"
page=plugin-api
cp "$(echo "$state/docs/$site"/*/site/$page/index.html)" "$state/page.html"
sed -i "s|include .*/locations.conf;|&\nlocation = /bench/page { alias $state/page.html; default_type text/plain; }|" "$state/nginx.conf"
kill -HUP "$(cat "$state/nginx.pid")"
until_true ask /bench/page

rate() { wrk -t1 -c16 -d"$seconds" -H "Authorization: Bearer $TOKEN" "$base$1" | awk '$1 == "Requests/sec:" { print $2 }'; }
for _ in $(seq "$rounds"); do
	rate /bench/page >>"$state/static"
	rate "/api/techdocs/static/docs/$site/$page/index.html" >>"$state/file"
	rate "/docs/$site/$page/" >>"$state/reader"
done
row() { # row NAME FILE
	awk -v name="$1" -v n="$(median <"$state/$2")" -v all="$(median <"$state/static")" \
		'BEGIN { printf "  %-34s %8.0f a second %5.0f %%\n", name, n, 100 * n / all }'
}
echo "a page of $(($(wc -c <"$state/page.html") / 1024)) KiB, medians of $rounds times $seconds s:"
row 'a static file' static
row 'the file of a site, with its check' file
row 'a page of the reader' reader
