#!/bin/sh
# The black-box tests that were made on the real Backstage, run against this portal.
. tests/http/lib.sh
. tests/fixtures/own.sh
SUITE=$PWD/../shared/conformance
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
echo "# $(wc -l <"$WORK/passed") passed, $(wc -l <"$WORK/failed") failed"
ok 'the tests ran' test "$(wc -l <"$WORK/passed")" -gt 600
ok 'none fails' cmp "$WORK/failed" /dev/null
sed 's/^/# fails: /' "$WORK/failed"

unharmed
done_testing
