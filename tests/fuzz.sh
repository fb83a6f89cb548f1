#!/bin/sh
# Runs fuzz targets one after another: FUZZ_SECONDS=60 tests/fuzz.sh build-fuzz/yaml...
#
# New finds are kept in build-fuzz/corpus; a crash's input is printed and belongs into tests/fuzz/corpus/NAME for ever.
set -u
cd "$(dirname "$0")/.." || exit 1
seconds=${FUZZ_SECONDS:-60}
bad=
for target in "$@"; do
	name=$(basename "$target")
	mkdir -p "build-fuzz/corpus/$name" "build-fuzz/crash/$name"
	seeds=tests/fuzz/corpus/$name
	[ -d "$seeds" ] || seeds=
	dict=
	[ ! -f "tests/fuzz/$name.dict" ] || dict=-dict=tests/fuzz/$name.dict
	printf '%-16s %s s ... ' "$name" "$seconds"
	# shellcheck disable=SC2086
	if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 -verbosity=0 $dict \
		-artifact_prefix="build-fuzz/crash/$name/" "build-fuzz/corpus/$name" $seeds >"build-fuzz/$name.log" 2>&1; then
		awk '/number_of_executed_units/ { print $2 " inputs, no fault" }' "build-fuzz/$name.log"
	else
		echo FAULT
		grep -E 'ERROR|SUMMARY|runtime error|Test unit written' "build-fuzz/$name.log" | head -n 8 | sed 's/^/    /'
		bad="$bad $name"
	fi
done
[ -z "$bad" ] || { echo "Faults in:$bad (build-fuzz/NAME.log)" && exit 1; }
