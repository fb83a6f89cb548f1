#!/bin/sh
# Copies the browser libraries that package-lock.json pins to nginx/static/vendor/<folder>-<version>/, each with .gz beside it
# for gzip_static. Does nothing when that was done for this lock already: make vendor
set -eu
cd "$(dirname "$0")"
to=../static/vendor
sum=$(cat package-lock.json files icons vendor.sh | sha256sum | cut -d' ' -f1)
[ "$(cat "$to/.made" 2>/dev/null)" != "$sum" ] || exit 0

work=$(mktemp -d)
new=$to.$$
trap 'rm -rf "$work" "$new"' EXIT
trap 'exit 130' INT TERM HUP
cp package.json package-lock.json "$work"
echo "Fetching the browser libraries (once for each nginx/npm/package-lock.json) ..."
# Nothing of a package is run here, neither at installation nor later.
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >npm.log 2>&1) || {
	cat "$work/npm.log" >&2
	echo "npm could not fetch what nginx/npm/package-lock.json names; 'make vendor' tries again." >&2
	exit 1
}

# sprite FOLDER <names: one file with a symbol for each icon, which <use> can name.
sprite() {
	printf '<svg xmlns="http://www.w3.org/2000/svg">'
	tr -s ' ' '\n' | while read -r icon; do
		[ -f "$1/$icon.svg" ] || { echo "nginx/npm/icons: there is no icon $icon" >&2 && exit 1; }
		sed -e '/^<!--/d' -e '/^<svg/,/^>/d' -e 's|^</svg>|</symbol>|' -e 's|^ *||' "$1/$icon.svg" |
			tr -d '\n' | sed "s|^|<symbol id=\"$icon\" viewBox=\"0 0 24 24\">|"
	done
	printf '</svg>\n'
}

root=$PWD
mkdir -p "$new"
grep -v '^#' files >"$work/files"
while read -r package folder wanted; do
	from=$work/node_modules/$package
	version=$(node -p 'require(process.argv[1]).version' "$from/package.json")
	cd "$from"
	for file in $wanted; do
		[ -f "$file" ] || { echo "nginx/npm/files: $package has no $file" >&2 && exit 1; }
		# Short paths: what a package calls dist or browser/standalone says nothing here.
		short=$(printf %s "$file" | sed -E 's,^(dist|lib|es|styles|browser/standalone)/,,')
		install -D -m 644 "$file" "$root/$new/$folder-$version/$short"
	done
	cd "$root"
done <"$work/files"
sprite "$work/node_modules/lucide-static/icons" <icons >"$new/icons.svg"
find "$new" -type f \( -name '*.js' -o -name '*.mjs' -o -name '*.css' -o -name '*.svg' \) -size +1k -exec gzip -9 -n -k {} +
echo "$sum" >"$new/.made"
rm -rf "$to"
mv "$new" "$to"
