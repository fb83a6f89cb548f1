# Verbs of the HTTP tests (POSIX sh, curl, jq). A test sources this file, asks and judges, and ends with done_testing:
#
#	. tests/http/lib.sh
#	get /api/catalog/entities?limit=1 && is_status 200
#	json '.[0].kind' Component
#	done_testing
#
# It runs from the top of the tree against the stack at CALLBOARD_PORT: `make check T=catalog`, or by hand next to `make run`.
# shellcheck shell=sh
set -u
BIN=${CALLBOARD_BIN:-build/callboard}
URL=http://127.0.0.1:${CALLBOARD_PORT:-7007}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM HUP
tests=0 bad=0 as='' asked=''

# ask METHOD PATH [curl's arguments...]: leaves $STATUS, the head in $WORK/head, the body in $WORK/body.
ask() {
	asked="$1 $(printf %.80s "$2")"
	_method=$1 _path=$2
	shift 2
	case $_method in HEAD) set -- --head "$@" ;; *) set -- -X "$_method" "$@" ;; esac
	: >"$WORK/head"
	: >"$WORK/body"
	STATUS=$(curl -sS -g -D "$WORK/head" -o "$WORK/body" -w '%{http_code}' --max-time 30 -b "$WORK/jar" -c "$WORK/jar" \
		${as:+-H "Authorization: Bearer $as"} "$@" "$URL$_path") || STATUS=000
	# curl writes the head of a HEAD answer as its body.
	[ "$_method" != HEAD ] || : >"$WORK/body"
}
get() { ask GET "$@"; }
head_of() { ask HEAD "$@"; }
delete() { ask DELETE "$@"; }
# post PATH JSON, put PATH JSON; more arguments are curl's.
post() { _body POST "$@"; }
put() { _body PUT "$@"; }
_body() {
	_m=$1 _p=$2 _json=$3
	shift 3
	ask "$_m" "$_p" -H 'Content-Type: application/json' --data-binary "$_json" "$@"
}
# post_form PATH NAME=VALUE...: as a browser sends a form of our own pages.
post_form() {
	_p=$1
	shift
	for _field in "$@"; do
		set -- "$@" --data-urlencode "$_field"
		shift
	done
	ask POST "$_p" -H "Origin: $URL" "$@"
}

# Who asks from now on: "as tests" may do all, "as reader" may read the catalog, "as TOKEN", "as nobody".
as() {
	case $1 in
	tests) as=token-of-the-tests-0123456789 ;;
	reader) as=token-that-may-only-read-0123456789 ;;
	nobody) as= ;;
	*) as=$1 ;;
	esac
}

# ok NAME CONDITION...: the condition is a command.
ok() {
	tests=$((tests + 1))
	_name=$1
	shift
	if "$@" >"$WORK/said" 2>&1; then
		echo "ok $tests - $_name"
	else
		bad=$((bad + 1))
		echo "not ok $tests - $_name"
		[ -z "$asked" ] || echo "# after: $asked -> ${STATUS:-}"
		head -c 4000 "$WORK/said" | sed 's/^/# /'
	fi
}
_equal() {
	[ "$1" = "$2" ] || { printf 'got:  %s\nwant: %s\n' "$1" "$2" && return 1; }
}
# is GOT WANT [NAME]
is() { ok "${3:-is $2}" _equal "$1" "$2"; }
is_status() { ok "$asked: status $1" _status "$1"; }
_status() {
	_equal "$STATUS" "$1" || { head -c 1000 "$WORK/body" && return 1; }
}
_contains() {
	grep -qF -e "$1" "$WORK/body" || { head -c 1500 "$WORK/body" && return 1; }
}
_absent() {
	! grep -nF -e "$1" "$WORK/body"
}
has() { ok "$asked: has $1" _contains "$1"; }
lacks() { ok "$asked: lacks $1" _absent "$1"; }
# header NAME VALUE: exactly; header_has NAME TEXT: part of it. Names in any case.
header() { is "$(_header "$1")" "$2" "$asked: header $1"; }
header_has() { ok "$asked: header $1 has $2" _part "$(_header "$1")" "$2"; }
_part() {
	case $1 in *"$2"*) ;; *) echo "got: $1" && return 1 ;; esac
}
_header() {
	awk -v name="$1" 'BEGIN { FS = ": *"; name = tolower(name) ":" }
		{ sub(/\r$/, "") } tolower(substr($0, 1, length(name))) == name { print substr($0, length(name) + 2) }' "$WORK/head"
}
# json FILTER WANT: what jq makes of the body, compact; texts without quotes.
json() { is "$(jq -rc "$1" "$WORK/body" 2>&1)" "$2" "$asked: $1"; }
# json_true FILTER
json_true() { ok "$asked: $1" jq -e "$1" "$WORK/body"; }

# Command line: run ARGUMENT..., then is_exit STATUS, says TEXT, says_not TEXT (standard output and error together).
run() {
	asked="callboard $*"
	STATUS=0
	"$BIN" "$@" >"$WORK/body" 2>&1 </dev/null || STATUS=$?
}
is_exit() { ok "$asked: exit status $1" _status "$1"; }
says() { has "$@"; }
says_not() { lacks "$@"; }

# eventually SECONDS COMMAND...: polls until the command is true; 1 when it never was. A busy machine has three times as long.
eventually() {
	_tries=$(($1 * 60))
	shift
	until "$@" >/dev/null 2>&1; do
		_tries=$((_tries - 1))
		[ $_tries -gt 0 ] || return 1
		sleep 0.05
	done
}

done_testing() {
	echo "1..$tests"
	[ $bad = 0 ]
	exit
}
