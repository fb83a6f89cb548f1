#!/bin/sh
# callboard docs: sites of the corpus, attacks, faults, a disk that is full, a renderer that is killed, serving.
. tests/http/lib.sh
asked=docs

# make_site NAME MKDOCS: a folder with that configuration and one page.
make_site() {
	S=$WORK/$1
	mkdir -p "$S/docs"
	printf '%s\n' "$2" >"$S/mkdocs.yml"
	printf '# Home\n' >"$S/docs/index.md"
}
page() { # page PATH: the body becomes a page of the site that was built
	cat "$WORK/out/$1" >"$WORK/body" 2>/dev/null || echo "(there is no $1)" >"$WORK/body"
}
docs_build() {
	rm -rf "$WORK/out"
	run docs build "$S" "$WORK/out"
}

run docs
is_exit 2
run docs build
is_exit 2
run docs build "$WORK/nothing" "$WORK/out"
is_exit 1
run docs check
is_exit 2
run docs serve "$WORK" --port x
is_exit 2

# Works from an empty folder with no configuration and no database.
mkdir "$WORK/empty"
(cd "$WORK/empty" && printf '# Alone\n' >README.md && unset CALLBOARD_CONFIG && "$OLDPWD/$BIN" docs build . ../alone) >"$WORK/log" 2>&1
ok 'a README alone is a site' grep -q '<h1 id="alone">Alone' "$WORK/alone/index.html"
ok 'it has its style' test -s "$WORK/alone/assets/docs.css"

# What is there and no site is not replaced.
make_site plain 'site_name: Plain'
mkdir "$WORK/out"
echo mine >"$WORK/out/file"
run docs build "$S" "$WORK/out"
is_exit 1
says 'is no built site'
ok 'nothing was lost' test -s "$WORK/out/file"
rm -r "$WORK/out"
run docs build "$S" "$WORK/out" --cache "$WORK/out"
is_exit 2
ok 'no folder is both' test ! -e "$WORK/out"
# Nor is what is there and no cache, whatever it has of one.
mkdir "$WORK/cache"
echo mine >"$WORK/cache/site"
echo mine >"$WORK/cache/.file"
run docs build "$S" "$WORK/out" --cache "$WORK/cache"
is_exit 1
says 'is no cache of a build'
ok 'nothing was lost' test -s "$WORK/cache/.file" -a -s "$WORK/cache/site" -a ! -e "$WORK/out"
rm -r "$WORK/cache"
mkdir -p "$WORK/cache/site"
echo mine >"$WORK/cache/site/index.html"
run docs build "$S" "$WORK/out" --cache "$WORK/cache"
is_exit 1
ok 'a site is no cache' test -s "$WORK/cache/site/index.html"
rm -r "$WORK/cache"
run docs build "$S" "$WORK/out" --cache "$WORK/cache"
is_exit 0
says '1 pages, 1 rendered'
run docs build "$S" "$WORK/out" --cache "$WORK/cache"
says '1 pages, 0 rendered'

# With a cache the site is brought up to date where it is, also where a file becomes a folder; another site is built anew.
again() { run docs build "$S" "$WORK/out" --cache "$WORK/cache"; }
before=$(stat -c %i "$WORK/out")
echo one >"$S/docs/thing"
printf '# More\n' >"$S/docs/more.md"
again
says '2 pages, 1 rendered'
is "$(stat -c %i "$WORK/out")" "$before" 'it is the same folder'
page more/index.html
has 'More'
rm "$S/docs/more.md" "$S/docs/thing"
mkdir "$S/docs/thing"
printf '# In a folder\n' >"$S/docs/thing/index.md"
again
is_exit 0
page thing/index.html
has 'In a folder'
ok 'what is gone from the source is gone' test ! -e "$WORK/out/more"
ok 'nothing else is left' test "$(find "$WORK" -maxdepth 1 -name '*.new-*' -o -maxdepth 1 -name '*.old-*' | wc -l)" = 0
other=$S
make_site second 'site_name: Second'
run docs build "$S" "$WORK/out"
S=$other
again
is_exit 0
says '2 pages, 2 rendered'
page index.html
has 'Plain'
printf '# Passed over\n' >"$S/docs/thing/README.md"
again
is_exit 0
page thing/index.html
has 'In a folder'
page search/search_index.json
lacks 'Passed over'
# What asks for Markdown where none is read stays as it was written.
printf '# Home\n\n- <div markdown="1">\n\n  *x*\n\n  </div>\n' >"$S/docs/index.md"
again
page index.html
has '<div markdown="1">'
rm -r "$S/docs/thing"

# Attacks by configuration.
make_site evil 'site_name: Evil
hooks: [hook.py]
theme: {name: material, custom_dir: over}
copyright: !!python/object/apply:os.getcwd []
plugins: [techdocs-core, exec: {scripts: [x.py]}]
markdown_extensions:
  - "os:system": {name: id}
  - pymdownx.snippets: {base_path: ["/", "../.."]}
extra_css: ["https://evil.example/x.css", "../../x.css", "/etc/passwd"]'
printf 'import os\nos.system("touch hooked")\n' >"$S/hook.py"
printf '# Home\n\n--8<-- "etc/passwd"\n\n<script>alert(1)</script><svg onload=alert(1)></svg><a href="javascript:alert(1)">x</a>\n' >"$S/docs/index.md"
docs_build
is_exit 0
says 'hooks is not used'
ok 'nothing of it was run' test ! -e "$S/hooked"
page index.html
lacks 'alert'
lacks 'root:'
lacks 'evil.example'
lacks "$WORK"

for docs_dir in .. ../.. /etc docs/../.. ../evil/docs; do
	make_site outside "docs_dir: $docs_dir"
	docs_build
	is_exit 1
	says 'lies outside'
	ok 'nothing is left' test ! -e "$WORK/out" -a ! -e "$WORK/out.parts"
done
make_site link 'site_name: Link'
ln -s /etc/passwd "$S/docs/passwd.txt"
docs_build
is_exit 1
says 'docs/passwd.txt: it lies outside'
rm "$S/docs/passwd.txt"
ln -s / "$S/docs/top"
docs_build
is_exit 1

# Backstage's own fixtures.
corpus=${CALLBOARD_SHARED:-../shared}/corpus/techdocs
if [ -d "$corpus" ]; then
	for f in "$corpus"/techdocs-node-fixtures/*.yml; do
		make_site fixture ''
		cp "$f" "$S/mkdocs.yml"
		docs_build
		case $f in
		*invalid_doc_dir*) is_exit 1 ;;
		*) is_exit 0 ;;
		esac
	done
	for site in dfds__backstage mkdocs__mkdocs squidfunk__mkdocs-material thatmlopsguy__dokaseca-portal-catalog/catalog/components; do
		S=$corpus/$site
		docs_build
		is_exit 0
		says ', 0 failed'
		ok "$site: its index is JSON" jq -e '.docs | length > 0' "$WORK/out/search/search_index.json"
	done
fi

# Too much of everything.
make_site big 'site_name: Big'
awk 'BEGIN { for (i = 0; i < 100000; i++) print "<div>" }' >"$S/docs/deep.md"
printf '# Other\n' >"$S/docs/other.md"
docs_build
is_exit 0
says '1 failed'
page deep/index.html
has 'could not be rendered'
page other/index.html
has 'Other'

# A disk that is full: no site is better than half of one. The limit of a file's size stands for it.
head -c 3000000 /dev/zero >"$S/docs/zero.bin"
asked='a full disk'
(
	trap '' XFSZ
	ulimit -f 1000
	"$BIN" docs build "$S" "$WORK/full" >"$WORK/log" 2>&1
)
ok 'the build says so' grep -q 'File too large' "$WORK/log"
ok 'nothing is left' test ! -e "$WORK/full" -a ! -e "$WORK/full.parts"

# The renderer is killed while it works: its page says so, the build ends well.
make_site kill 'site_name: Kill'
awk 'BEGIN { for (i = 0; i < 400000; i++) print "para *x* [a](b)\n" }' >"$S/docs/slow.md"
"$BIN" docs build "$S" "$WORK/killed" >"$WORK/log" 2>&1 &
pid=$!
# shellcheck disable=SC2317
child() { kid=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null) && [ -n "$kid" ]; }
if eventually 20 child; then
	# shellcheck disable=SC2086
	kill -9 $kid 2>/dev/null
fi
wait "$pid"
is $? 0 'a build whose renderer was killed ends well'
ok 'the other page is there' test -s "$WORK/killed/index.html"

# Faults as compilers say them.
make_site faults 'nav: [index.md]'
printf '# A\n\n[x](gone.md)\n[y](#none)\n' >"$S/docs/index.md"
printf '# B\n' >"$S/docs/b.md"
run docs check "$S"
is_exit 1
says "$S/docs/index.md:3: gone.md leads nowhere"
says "$S/docs/index.md:4: #none:"
says "$S/docs/b.md: the page is not in nav"
printf '# A\n' >"$S/docs/index.md"
rm "$S/docs/b.md"
run docs check "$S"
is_exit 0

# Serving, with what changes.
"$BIN" docs serve "$S" --port 0 >"$WORK/url" 2>/dev/null &
pid=$!
ok 'the server says where' eventually 20 test -s "$WORK/url"
at=$(cat "$WORK/url")
# shellcheck disable=SC2317
served() { curl -s --max-time 5 "$at" | grep -qF "$1"; }
ok 'a page is served' served '<h1 id="a">A'
printf '# Changed\n' >"$S/docs/index.md"
ok 'a change shows' eventually 20 served 'Changed'
ok 'what is not there is not' test "$(curl -s -o /dev/null -w '%{http_code}' --path-as-is "${at}../../etc/passwd")" = 404
ok 'another host is not served' test "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$at")" = 404
kill "$pid"
wait "$pid"
is $? 0 'the server ends'

# Rendering compared with what MkDocs and techdocs-core give.
cases=${CALLBOARD_SHARED:-../shared}/conformance/techdocs
asked=conformance
if [ -d "$cases" ]; then
	RENDER="$PWD/$BIN docs build" LEVEL=must node "$cases/check-render.mjs" "$cases/render.json" >"$WORK/body" 2>&1
	is $? 0 'every rendering case that must be passed is'
fi
done_testing
