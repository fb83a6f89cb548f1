#!/bin/sh
# What building documentation costs, against MkDocs with Material from Debian: processor time of a full build, and of a build
# after one page changed.
#
#	make bench-docs			SOURCE=../shared/corpus/techdocs/dfds__backstage ROUNDS=10
#
# First the command line, a program that starts for each build; then the portal's worker and docs serve, which are there already
# (tests/bench/docs.c). Both build the same pages with the extensions of techdocs-core, in a folder in memory where there is one. The site is built
# as it is and with its pages several times over (COPIES=6), since starting a program is a part of a small build.
set -eu
cd "$(dirname "$0")/.."
bin=$PWD/${CALLBOARD_BIN:-build/callboard}
inside=${bin%/callboard}/tests/bench/docs source=${SOURCE:-../shared/corpus/techdocs/dfds__backstage} rounds=${ROUNDS:-10}
[ -d "$source" ] || { echo "bench-docs: there is no $source; name one with SOURCE=" >&2 && exit 1; }
work=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/bench-docs.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

ticks=$(getconf CLK_TCK)
# spent: processor time of all that this shell has waited for, in ticks.
spent() { awk '{ sub(/^.*\) /, ""); print $14 + $15 }' "/proc/$$/stat"; }
# cost TIMES COMMAND...: milliseconds of processor time of one run.
cost() {
	times=$1
	shift
	before=$(spent)
	for _ in $(seq "$times"); do "$@" >/dev/null 2>&1 || { echo "failed: $*" >&2 && return 1; }; done
	took=$(spent)
	took_ms=$(awk -v t=$((took - before)) -v hz="$ticks" -v n="$times" 'BEGIN { printf "%.1f", t * 1000 / hz / n }')
}

# prepare FOLDER COPIES: a site that both read, with no navigation of its own.
prepare() {
	mkdir -p "$1/docs"
	for i in $(seq "$2"); do cp -r "$source/docs" "$1/docs/part-$i"; done
	printf '# Home\n' >"$1/docs/index.md"
	cat >"$1/mkdocs.yml" <<-'YAML'
		site_name: Bench
		theme: {name: material, font: false}
		plugins: [search]
		markdown_extensions:
		  - admonition
		  - toc: {permalink: true}
		  - pymdownx.caret
		  - pymdownx.critic
		  - pymdownx.details
		  - pymdownx.superfences
		  - pymdownx.inlinehilite
		  - pymdownx.magiclink
		  - pymdownx.mark
		  - pymdownx.smartsymbols
		  - pymdownx.highlight: {linenums: true}
		  - pymdownx.extra
		  - pymdownx.tabbed: {alternate_style: true}
		  - pymdownx.tasklist: {custom_checkbox: true}
		  - pymdownx.tilde
	YAML
}
# What a build is removed by is a process that this shell does not wait for: it is no part of what is measured.
mkfifo "$work/remove" "$work/removed"
while read -r path; do rm -rf "$path" && echo; done <"$work/remove" >"$work/removed" &
exec 3>"$work/remove" 4<"$work/removed"
remove() { echo "$1" >&3 && read -r _ <&4; }
ours_full() { remove "$work/out" && remove "$work/cache" && ours "$1"; }
ours_one() { echo word >>"$1/docs/index.md" && ours "$1"; }
ours() { "$bin" docs build "$1" "$work/out" --cache "$work/cache" --quiet; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.0f", a / b }'; }
# row WHO FULL ONE: how they compare with the peer's time.
row() { printf '  %-34s %8s ms %5s times less %10s ms %5s times less\n' "$1" "$2" "$(ratio "$peer" "$2")" "$3" "$(ratio "$peer" "$3")"; }

printf '%-36s %11s %33s\n' '' 'full build' 'one page changed'
for copies in 1 "${COPIES:-6}"; do
	site=$work/site-$copies
	prepare "$site" "$copies"
	cost 1 mkdocs build -q -f "$site/mkdocs.yml" -d "$work/mkdocs"
	peer=$took_ms
	cost "$rounds" ours_full "$site"
	full=$took_ms
	cost "$rounds" ours_one "$site"
	echo "$(find "$site/docs" -name '*.md' | wc -l) pages: mkdocs $peer ms"
	row 'callboard docs build' "$full" "$took_ms"
	rm -rf "$work/out" "$work/cache" "$work/mkdocs"
	figures=$("$inside" "$site" "$work" "$rounds")
	# shellcheck disable=SC2086 # five figures
	set -- $figures
	row 'in a process, where it is' "$1" "$2"
	row 'in a process, beside (the portal)' "$1" "$3"
	row 'the same, source fetched anew' "$1" "$4"
	echo "  opening a page for a reader: $5 us"
	rm -rf "$site"
done
cost 20 "$bin" version
echo "of these, starting and ending the program: $took_ms ms"
