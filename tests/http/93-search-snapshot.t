#!/bin/sh
# Search's snapshot from outside: it is read at the start, brought up to date by both sequences of changes, and when it is torn, bent
# or foreign that is told and everything is read from MariaDB.
# shellcheck disable=SC2317,SC2016 # functions are called by ok; the quotes are SQL's
. tests/http/lib.sh
. tests/fixtures/own.sh
config=$WORK/app-config.yaml snapshot=$STATE/search.snapshot log=$WORK/callboard.log
cat >"$WORK/all.yaml" <<YAML
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: walrus, description: eats marzipan}
spec: {type: service, lifecycle: production, owner: nobody}
YAML
configure() { # configure SETTING...: of section server
	cat >"$config" <<-TXT
		backend: {auth: {externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]}}
		catalog: {locations: [{type: file, target: $WORK/all.yaml}]}
		server: {log: {path: $log}, $*}
	TXT
}
configure
own_stack "$config"
as token-of-the-tests-0123456789

sql() {
	mariadb --no-defaults -uroot -S "$CALLBOARD_STATE/mariadb.sock" callboard -N -B -e "$1"
}
# page ID TEXT: a document as search_put() writes it.
page() {
	sql "BEGIN;
		UPDATE id_block SET next_id = LAST_INSERT_ID(next_id) + 1 WHERE name = 'search_change';
		SET @seq = LAST_INSERT_ID();
		REPLACE INTO search_document (id, type, source, location, etag, body) VALUES ($1, 'techdocs', 'site', '/docs/$1', SHA1('$2'),
			JSON_OBJECT('type', 'techdocs', 'entity', 0, 'location', '/docs/$1', 'title', 'Page', 'text', '$2', 'fields', JSON_OBJECT()));
		INSERT INTO search_change (seq, at, ids) VALUES (@seq, 0, '[$1]');
		COMMIT" >/dev/null
}
counts() { # counts NUMBER TERM
	get "/api/search/query?term=$2"
	[ "$STATUS" = 200 ] && [ "$(jq .numberOfResults "$WORK/body")" = "$1" ]
}
finds() { # finds WHAT NUMBER TERM
	ok "$1" eventually 20 counts "$2" "$3"
}
said() {
	grep -qF "$1" "$log"
}
lacks_log() {
	! said "$1"
}
ended() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}
halt() {
	portal=$(cat "$CALLBOARD_STATE/callboard.pid")
	kill -TERM "$portal"
	eventually 20 ended "$portal"
}
up() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$URL/.backstage/health/v1/readiness")" = 200 ]
}
launch() {
	: >"$log"
	setsid "$BIN" serve >>"$CALLBOARD_STATE/callboard.log" 2>&1 </dev/null &
	echo $! >"$CALLBOARD_STATE/callboard.pid"
	eventually 20 up
}
# restart COMMAND: run while the portal is away.
restart() {
	halt
	"$@"
	launch
}

finds 'the entity is found' 1 marzipan
page 1 'quixotic fish'
page 2 'quixotic squid'
finds 'so are pages' 2 quixotic
halt
ok 'search writes its snapshot when it ends' test -s "$snapshot"
page 2 'a lobster'
page 3 'quixotic whale'
launch
finds 'what is in the snapshot and has not changed is found' 1 fish
finds 'what changed while nothing ran is found as it is now' 1 lobster
finds 'and not as it was' 0 squid
finds 'what is new is found' 2 quixotic
finds 'entities, too' 1 marzipan
ok 'without a word against the snapshot' lacks_log "snapshot is of no use"
ok 'and nothing was read anew' lacks_log 'is built anew'

torn() {
	head -c $(($(wc -c <"$snapshot") / 2)) "$snapshot" >"$WORK/half" && cp "$WORK/half" "$snapshot"
}
bent() {
	printf '\377\000\377\000' | dd of="$snapshot" bs=1 seek=$(($(wc -c <"$snapshot") / 3)) conv=notrunc status=none
}
version() {
	printf '\377' | dd of="$snapshot" bs=1 seek=8 conv=notrunc status=none
}
foreign() {
	sql "UPDATE identity SET id = UUID()"
}
for damage in torn bent version foreign; do
	restart "$damage"
	finds "$damage: all is read from the database" 2 quixotic
	finds "$damage: entities, too" 1 marzipan
	ok "$damage: the log tells" said "search's snapshot is of no use"
done

# One of a time whose changes are not kept any more.
forget() {
	sql 'DELETE FROM search_change'
}
page 4 'quixotic seal'
finds 'another page is found' 3 quixotic
restart :
page 5 'quixotic crab'
finds 'one more is found' 4 quixotic
older() {
	page 6 'quixotic otter'
	forget
}
restart older
finds 'too old: all is read from the database' 5 quixotic
ok 'too old: the log tells' said 'is not kept any more'

configure "searchSnapshot: $WORK/nowhere/search.snapshot"
restart :
finds 'it runs without a snapshot' 5 quixotic
page 7 'quixotic eel'
finds 'and follows' 6 quixotic
halt
ok 'the log tells why it could not be written' said 'snapshot could not be written'
launch
done_testing
