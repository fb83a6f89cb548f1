#!/bin/sh
# Puts what package-lock.json pins into tests/npm/node_modules; does nothing when that was done for this lock already.
set -eu
cd "$(dirname "$0")"
sum=$(sha256sum package-lock.json | cut -d' ' -f1)
[ "$(cat node_modules/.callboard 2>/dev/null)" != "$sum" ] || exit 0

# Files of one owner: as root in another's tree, go on as that user, whose cache root's HOME does not hold.
owner=$(stat -c %u .)
if [ "$(id -u)" = 0 ] && [ "$owner" != 0 ]; then
	cache=$(mktemp -d)
	chown "$owner" "$cache"
	trap 'rm -rf "$cache"' EXIT
	HOME=$cache setpriv --reuid "$owner" --regid "$(stat -c %g .)" --clear-groups sh ./install.sh
	exit
fi
echo "Fetching what the tests in a browser are made with (once for each tests/npm/package-lock.json) ..."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Nothing of a package is run at installation.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >"$log" 2>&1 || {
	cat "$log" >&2
	echo "npm could not fetch what tests/npm/package-lock.json names." >&2
	exit 1
}
echo "$sum" >node_modules/.callboard
