#!/bin/sh
# make install: what is where, and that the program finds its own files there.
. tests/http/lib.sh

# shellcheck disable=SC2317 # called by ok
into() {
	DESTDIR=$WORK/root PREFIX=$1 BIN=$BIN sh tests/install.sh
}
ok 'installs below /usr' into /usr
for f in usr/bin/callboard usr/share/callboard/sql/schema/0001-job.sql usr/share/callboard/views/layout.html \
	usr/lib/systemd/system/callboard.service usr/lib/systemd/system/callboard-web.socket etc/callboard/app-config.yaml \
	etc/nginx/callboard/callboard.conf etc/nginx/callboard/locations.conf; do
	ok "$f is there" test -f "$WORK/root/$f"
done
ok 'dev.conf is not' test ! -e "$WORK/root/etc/nginx/callboard/dev.conf"
ok 'others may not read the configuration' sh -c "[ \$(stat -c %a '$WORK/root/etc/callboard/app-config.yaml') = 640 ]"

# The program answers from its installed views and statements, with another configuration and the running database.
printf 'backend: {database: {connection: {socketPath: %s/mariadb.sock, user: root, database: callboard}}}\n' \
	"${CALLBOARD_STATE:-$PWD/.run}" >"$WORK/site.yaml"
BIN=$WORK/root/usr/bin/callboard
unset CALLBOARD_SHARE CALLBOARD_CONFIG
run --config "$WORK/site.yaml" config show server
is_exit 0
says "$WORK/root/usr/share/callboard/views"
run --config "$WORK/site.yaml" request GET /.backstage/health/v1/readiness
is_exit 0
says '{"status":"ok"}'
run --config "$WORK/site.yaml" plugin list
is_exit 0
says "$WORK/root/usr/share/callboard/plugins/"
run --config "$WORK/site.yaml" plugin new hello --dir "$WORK/plugins"
is_exit 0
run --config "$WORK/site.yaml" plugin test "$WORK/plugins/hello"
is_exit 0
says '0 failed'
run --config "$WORK/site.yaml" migrate
is_exit 0
run --config "$WORK/root/etc/callboard/app-config.yaml" config check
is_exit 0

# What a sysadmin has changed stays.
echo '# mine' >>"$WORK/root/etc/callboard/app-config.yaml"
BIN=${CALLBOARD_BIN:-build/callboard}
ok 'installs again' into /usr
ok 'my configuration was kept' grep -q '^# mine' "$WORK/root/etc/callboard/app-config.yaml"
ok 'the new one lies beside it' test -f "$WORK/root/etc/callboard/app-config.yaml.new"
ok 'installs below /usr/local' into /usr/local
ok 'the unit starts that program' grep -q '^ExecStart=/usr/local/bin/callboard ' "$WORK/root/usr/local/lib/systemd/system/callboard.service"

done_testing
