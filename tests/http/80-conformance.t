#!/bin/sh
# The black-box tests that were made on the real Backstage, run against this portal; what waits for a later step is listed.
. tests/http/lib.sh
. tests/fixtures/own.sh
SUITE=$PWD/../shared/conformance
LATER=$PWD/tests/fixtures/conformance-later.txt
if [ ! -d "$SUITE" ]; then
	echo '1..0 # SKIP the conformance tests are not there'
	exit 0
fi
command -v npm >/dev/null || { echo '1..0 # SKIP npm is not there' && exit 0; }
mkdir "$WORK/suite"
cp -R "$SUITE/." "$WORK/suite"
chmod -R u+w "$WORK/suite"
(cd "$WORK/suite" && npm install --ignore-scripts --no-audit --no-fund --no-package-lock) >"$WORK/npm.log" 2>&1 ||
	bail "npm install fails: $(tail -n 3 "$WORK/npm.log")"

FIXTURE_PORT=$(free_port)
export FIXTURE_PORT TOKEN=conformance-token-0123456789 CONFORMANCE_INTERVAL=2 TMPDIR="$WORK"
export CONFORMANCE_DEADLINE_MS=15000 CONFORMANCE_REPORTER=tap
config=$("$WORK/suite/run.sh" config)
printf 'auth:\n  providers:\n    guest: null\n' >>"$config"
own_stack "$config"
export BASE_URL="$URL"
"$WORK/suite/run.sh" test >"$WORK/tap" 2>"$WORK/tap.err" </dev/null
cp "$WORK/tap" "${CONFORMANCE_TAP:-/dev/null}"

# "suite > test" of each test that passed or failed; suites that fail because of what is in them do not count.
outcomes() {
	awk -v want="$1" '
		function flush() { if (name != "" && kind != "suite") print name; name = "" }
		/^ *# Subtest: / { depth = match($0, /#/) - 1; sub(/^ *# Subtest: /, ""); path[depth] = $0; next }
		/^ *(not )?ok [0-9]+ - / {
			flush()
			depth = match($0, /[^ ]/) - 1
			got = $0 ~ /^ *not ok/ ? "failed" : "passed"
			if ($0 ~ /# (SKIP|TODO)/ || got != want) next
			name = ""
			for (i = 0; i <= depth; i += 4) name = name (i ? " > " : "") path[i]
			kind = "test"
			next
		}
		/^ *type: .suite./ || /failureType: .subtestsFailed/ { kind = "suite" }
		END { flush() }' "$WORK/tap" | sort -u
}
outcomes failed >"$WORK/failed"
outcomes passed >"$WORK/passed"
echo "# $(wc -l <"$WORK/passed") passed, $(wc -l <"$WORK/failed") failed, $(grep -vc '^#' "$LATER") of them are known"
ok 'the tests ran' test "$(wc -l <"$WORK/passed")" -gt 400
grep -v '^#' "$LATER" | sort -u >"$WORK/later"
comm -23 "$WORK/failed" "$WORK/later" >"$WORK/new"
ok 'nothing fails but what waits for lists, counts and facets' cmp "$WORK/new" /dev/null
sed 's/^/# fails: /' "$WORK/new"
# The list is kept true: what passes by now must be taken from it.
comm -12 "$WORK/later" "$WORK/passed" >"$WORK/done"
ok 'what is listed still fails' cmp "$WORK/done" /dev/null
sed 's/^/# passes: /' "$WORK/done"
comm -23 "$WORK/later" "$WORK/failed" | comm -23 - "$WORK/passed" >"$WORK/unknown"
ok 'what is listed exists' cmp "$WORK/unknown" /dev/null
sed 's/^/# no such test: /' "$WORK/unknown"

unharmed
done_testing
