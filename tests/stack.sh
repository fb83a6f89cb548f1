#!/bin/sh
# A private MariaDB, nginx and portal in one directory: stack.sh run|start|stop|status|database
#
#   CALLBOARD_STATE  the directory [.run]         CALLBOARD_PORT  where nginx listens, on loopback only [7007]
#   CALLBOARD_DB_MEMORY  MariaDB's buffer pool [512M]
#   CALLBOARD_BIN    [build/callboard]            CALLBOARD_CONFIG  files read after docs/examples/app-config.yaml
#
# Each server leads a process group of its own, whose number is kept in STATE/NAME.pid: so what a kill -9 left behind is
# found again, and nothing else is ever ended. "database" starts MariaDB alone.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
real=${CALLBOARD_STATE:-.run}
case $real in /*) ;; *) real=$PWD/$real ;; esac
export CALLBOARD_PORT="${CALLBOARD_PORT:-7007}"
# Whoever writes a plugin sees it as soon as it is saved.
export APP_CONFIG_plugins_watch="${APP_CONFIG_plugins_watch:-true}"
bin=${CALLBOARD_BIN:-build/callboard}
url=http://localhost:$CALLBOARD_PORT
parts="callboard nginx mariadbd"
as=
[ "$(id -u)" != 0 ] || as=--user=root

say() {
	printf '%s\n' "$*" >&2
}
die() {
	say "$@"
	exit 1
}

# Files of one owner: as root in another's directory, go on as that user.
become_owner() {
	[ -d "$real" ] || (umask 077 && mkdir -p "$real")
	owner=$(stat -c %u "$real")
	if [ "$(id -u)" = 0 ] && [ "$owner" != 0 ]; then
		exec setpriv --reuid "$owner" --regid "$(stat -c %g "$real")" --clear-groups sh "$0" "$1"
	fi
	[ "$(id -u)" = "$owner" ] || die "$real belongs to another user; choose another directory with CALLBOARD_STATE."
}

# The name of a unix socket has at most 107 bytes: a long path gets a short link, which callboard finds by STATE/short.
shorten() {
	state=$real
	if [ ${#real} -gt 85 ]; then
		state=${XDG_RUNTIME_DIR:-/tmp}/callboard-$(id -u)-$(printf %s "$real" | cksum | cut -d' ' -f1)
		[ -L "$state" ] || ln -s "$real" "$state"
		[ "$(readlink "$state") $(stat -c %u "$state")" = "$real $(id -u)" ] ||
			die "$state is not what this program put there; remove it, or set XDG_RUNTIME_DIR."
		ln -sfn "$state" "$real/short"
	else
		rm -f "$real/short"
	fi
	export CALLBOARD_STATE="$state"
}

# Process ids of the group that a part leads; nothing when none of them is that part (the number was used again).
group() {
	leader=$(cat "$state/$1.pid" 2>/dev/null) || return 0
	# pid (name) state parent group ...; a name may hold spaces.
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v name="$1" -v leader="$leader" '
		{ rest = $0; sub(/.*\) /, "", rest); split(rest, f, " ") }
		index($2, "(" name) == 1 && f[1] != "Z" && f[3] == leader { print $1 }'
}

alive() {
	pids=$(group "$1")
	[ -n "$pids" ]
}

# Polls a condition every 20 ms: until TENTHS COMMAND...; 1 when it never came true.
until_true() {
	tries=$(($1 * 5))
	shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.02
	done
}

gone() {
	! alive "$1"
}

end() {
	alive "$1" || { rm -f "$state/$1.pid" && return 0; }
	leader=$(cat "$state/$1.pid")
	# The leader alone is told, it knows what its children need; one that lost its leader is told itself.
	case " $(printf '%s' "$pids" | tr '\n' ' ') " in
	*" $leader "*) kill -s TERM "$leader" 2>/dev/null || : ;;
	*) kill -s TERM -- "-$leader" 2>/dev/null || : ;;
	esac
	if ! until_true 200 gone "$1"; then
		say "$1 does not stop; ending it."
		kill -s KILL -- "-$leader" 2>/dev/null || :
		until_true 50 gone "$1" || :
	fi
	rm -f "$state/$1.pid"
}

stop_all() {
	for part in $parts; do
		end "$part"
	done
}

started() {
	alive "$name" || ! kill -0 "$pid" 2>/dev/null
}

# launch NAME LOG COMMAND...: in a session of its own. LOG "-": where this script writes.
launch() {
	name=$1 log=$2
	shift 2
	if [ "$log" = - ]; then
		setsid "$@" </dev/null &
	else
		setsid "$@" </dev/null >>"$log" 2>&1 &
	fi
	pid=$!
	echo "$pid" >"$state/$name.pid"
	until_true 20 started || :
}

install_database() {
	# A MariaDB that starts deletes all temporary tables of its directory: in /tmp those of others as well.
	mkdir -p "$state/mariadb-tmp"
	[ ! -d "$state/mariadb" ] || return 0
	say "Making a database in $real (once) ..."
	rm -rf "$state/mariadb.new"
	# shellcheck disable=SC2086
	TMPDIR=$state/mariadb-tmp mariadb-install-db --no-defaults --datadir="$state/mariadb.new" --auth-root-authentication-method=normal \
		--skip-test-db --force $as >"$state/mariadb-install.log" 2>&1 ||
		die "mariadb-install-db failed: $(tail -n 3 "$state/mariadb-install.log")"
	mv "$state/mariadb.new" "$state/mariadb"
}

start_database() {
	install_database
	rm -f "$state/mariadb.sock"
	# shellcheck disable=SC2086
	launch mariadbd "$state/mariadbd.log" mariadbd --no-defaults --datadir="$state/mariadb" --tmpdir="$state/mariadb-tmp" $as \
		--socket="$state/mariadb.sock" --pid-file="$state/mariadb-own.pid" --skip-networking \
		--innodb-buffer-pool-size="${CALLBOARD_DB_MEMORY:-512M}" --innodb-log-file-size=256M --innodb-flush-log-at-trx-commit=1 \
		--performance-schema=OFF --key-buffer-size=1M --aria-pagecache-buffer-size=1M \
		--character-set-server=utf8mb4 --max-connections=300
}

start_nginx() {
	user=
	[ "$(id -u)" != 0 ] || user="user root;"
	sed -e "s|@STATE@|$state|g; s|@PORT@|$CALLBOARD_PORT|g; s|@STATIC@|$PWD/nginx/static|g; s|@CONF@|$PWD/nginx|g" \
		-e "s|@USER@|$user|g" nginx/dev.conf >"$state/nginx.conf"
	launch nginx "$state/nginx.log" nginx -p "$state" -c "$state/nginx.conf" -e "$state/nginx-error.log"
}

port_is_free() {
	rc=0
	curl -s -o /dev/null --max-time 1 "http://127.0.0.1:$CALLBOARD_PORT/" || rc=$?
	[ $rc = 7 ]
}

database_up() {
	[ -S "$state/mariadb.sock" ] || { alive mariadbd && return 1; }
	[ -S "$state/mariadb.sock" ] || die "MariaDB does not start: $(tail -n 5 "$state/mariadbd.log")"
}

# Left to the program itself: it connects as the portal will.
migrated() {
	"$bin" migrate >"$state/migrate.log" 2>&1 && return 0
	alive mariadbd || die "MariaDB does not start: $(tail -n 5 "$state/mariadbd.log")"
	! grep -q . "$state/migrate.log" || [ $((tries % 50)) != 1 ] || say "$(cat "$state/migrate.log")"
	return 1
}

ready() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 5 "http://127.0.0.1:$CALLBOARD_PORT/.backstage/health/v1/readiness")" = 200 ] &&
		return 0
	alive callboard || die "The portal does not start. $(tail -n 3 "$state/callboard.log" 2>/dev/null)"
	alive nginx || die "nginx does not start: $(tail -n 3 "$state/nginx-error.log")"
	return 1
}

# start_all LOG: everything, ready to answer.
start_all() {
	[ -x "$bin" ] || die "$bin is not there; 'make' builds it."
	stop_all
	port_is_free || die "Port $CALLBOARD_PORT is in use; choose another: CALLBOARD_PORT=7017 make run"
	trap 'stop_all' EXIT
	start_database
	start_nginx
	until_true 300 database_up || die "MariaDB does not answer; see $state/mariadbd.log"
	until_true 100 migrated || die "The schema could not be applied: $(cat "$state/migrate.log")"
	launch callboard "$1" "$bin" serve
	until_true 300 ready || die "The portal does not answer; see $state"
	trap - EXIT
}

all_alive() {
	for part in $parts; do
		alive "$part" || return 1
	done
}

supervised() {
	boss=$(cat "$state/run.pid" 2>/dev/null) && [ -n "$boss" ] && tr '\0' ' ' 2>/dev/null <"/proc/$boss/cmdline" | grep -q stack.sh
}

run() {
	! supervised || die "It runs already at $url (process $boss); 'make stop' stops it."
	echo $$ >"$state/run.pid"
	trap 'exit 0' INT TERM HUP
	start_all -
	trap 'trap "" INT TERM HUP; say "Stopping ..."; stop_all; rm -f "$state/run.pid"' EXIT
	say ""
	say "Callboard is at $url    (Ctrl-C stops it)"
	say ""
	# A portal that is restarted by hand keeps its number; one that ends ends all.
	while all_alive; do
		sleep 0.5 &
		wait $! || :
	done
	die "One of $parts has ended; see $state"
}

start() {
	if all_alive; then
		say "It runs already at $url"
		return 0
	fi
	start_all "$state/callboard.log"
	say "Callboard is at $url    ('make stop' stops it)"
}

stop() {
	if supervised && [ "$boss" != $$ ]; then
		kill -s TERM "$boss" 2>/dev/null || :
		until_true 250 sh -c "! kill -0 $boss 2>/dev/null" || :
	fi
	stop_all
	rm -f "$state/run.pid"
	[ "$state" = "$real" ] || rm -f "$state"
}

status() {
	rc=0
	for part in $parts; do
		if alive "$part"; then
			printf '%-10s running, process %s\n' "$part" "$(cat "$state/$part.pid")"
		else
			printf '%-10s not running\n' "$part"
			rc=1
		fi
	done
	[ $rc != 0 ] || { echo "$url" && echo && "$bin" status; }
	return $rc
}

case ${1:-} in
run | start | stop | status | database) ;;
*) die "usage: tests/stack.sh run|start|stop|status|database" ;;
esac
[ "$1" != stop ] && [ "$1" != status ] || [ -d "$real" ] || { say "Nothing runs in $real." && [ "$1" = stop ] && exit 0 || exit 1; }
become_owner "$1"
shorten
case $1 in
database)
	alive mariadbd || start_database
	until_true 300 database_up || die "MariaDB does not answer; see $state/mariadbd.log"
	;;
*) "$1" ;;
esac
