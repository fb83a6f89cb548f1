#!/bin/sh
# make lint: every rule about the sources that a program can check. Goes on after a fault, and says at the end what was bad.
set -u
cd "$(dirname "$0")/../.." || exit 1
: "${OUT:=build}" "${WARN:?}" "${PKGS:?}"
clang=${CLANG:-clang-14}
jobs=$(nproc)
bad=

files() {
	# Files of the tree, also those not committed yet, without what was removed.
	git ls-files -co --exclude-standard -- "$@" 2>/dev/null | while read -r f; do [ ! -f "$f" ] || echo "$f"; done
}

# step NAME COMMAND...: prints what it says only when it fails.
step() {
	name=$1
	shift
	if said=$("$@" 2>&1); then
		printf 'ok    %s\n' "$name"
	else
		printf 'BAD   %s\n%s\n' "$name" "$said"
		bad="$bad $name"
	fi
}

sources=$(files 'app/*.c' 'handlers/*.c')
tests=$(files 'tests/*.c')
headers=$(files 'app/*.h' 'handlers/*.h')
# shellcheck disable=SC2086
flags="-std=gnu17 -D_GNU_SOURCE -Iapp -I. -I$OUT/gen $(pkg-config --cflags $PKGS) $WARN -O1"

each() { # each COMMAND: of all files on standard input
	xargs -P "$jobs" -n 4 sh -c "$1"' "$@" || exit 1' sh
}
layers() { printf '%s\n' "$sources" "$headers" | xargs awk -f tests/lint/layers.awk; }
words() { printf '%s\n' "$sources" "$headers" | xargs awk -f tests/lint/words.awk; }
compile() { printf '%s\n' "$sources" "$tests" | each "for f do $1 $flags $2 -c -o /dev/null \$f || exit 1; done; set --; :"; }
alone() { printf '%s\n' "$headers" | each "for f do printf '#include \"%s\"\n' \$f | $clang $flags -fsyntax-only -x c - || { echo \"in \$f\"; exit 1; }; done; set --; :"; }
form() { printf '%s\n' "$sources" "$tests" "$headers" | xargs clang-format-14 --dry-run --Werror; }
tidy() { printf '%s\n' "$sources" | each "clang-tidy-14 --quiet \"\$@\" -- $flags 2>/dev/null; exit \$?; :"; }
shells() { { files '*.sh' '*.t' && echo .ci/run; } | xargs shellcheck -x -s sh; }
# The Lua that comes with Callboard, and that of the tests but for what is wrong on purpose.
lua() { files '*.lua' | grep -v -e '^tests/bench/' | xargs luacheck --quiet --no-color --std lua54 --read-globals test --max-line-length 140; }
# A table without a primary key does not replicate well; statements that only one server understands do not scale.
schema() {
	for f in sql/schema/*.sql; do
		awk '
			/^CREATE TABLE/ { name = $0; key = 0 }
			/PRIMARY KEY/ { key = 1 }
			/^\)|\) *ENGINE/ { if (name && !key) { print FILENAME ": no primary key: " name; bad = 1 }; name = "" }
			/LOCK TABLES|GET_LOCK/ { print FILENAME ":" FNR ": not on a cluster: " $0; bad = 1 }
			END { exit bad }' "$f" || return 1
	done
}
# Nothing of one machine goes into the tree.
places() { ! files . | grep -v '^tests/lint/' | xargs grep -nIE '(^|[^a-zA-Z.])/(work|root|home/[a-z]+)/|registry\.npmjs|deb\.debian\.org' --; }

step layers layers
step words words
step schema schema
step places places
step format form
step shellcheck shells
step luacheck lua
step headers-alone alone
step gcc compile gcc "-Wlogical-op -Wduplicated-cond -Wnull-dereference"
step clang compile "$clang" "-Wshorten-64-to-32"
step clang-tidy tidy
[ -z "$bad" ] || { echo "Bad:$bad" && exit 1; }
