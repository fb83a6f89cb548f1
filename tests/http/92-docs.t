#!/bin/sh
# Documentation: where it comes from, what becomes of it when its source changes, breaks, grows or goes, and who may see it.
# shellcheck disable=SC2317 # functions are called by ok and eventually
# It asks the shared stack too.
. tests/http/lib.sh
. tests/fixtures/own.sh
fixtures
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME='Ana Writer' GIT_AUTHOR_EMAIL=t@example.com GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.com
CAT=$WORK/cat
READER=token-of-a-reader-of-some-0123456789
mkdir -p "$CAT/plain/docs/img" "$CAT/broken/docs" "$CAT/many/docs" "$CAT/huge/docs" "$WORK/outside/docs"

# entity NAME REF [SHOWN [ANNOTATION]]: a component whose docs are at REF.
entity() {
	cat <<-YAML
		---
		apiVersion: backstage.io/v1alpha1
		kind: Component
		metadata:
		  name: $1
		  labels: {shown: "${3:-yes}"}
		  annotations: {"backstage.io/${4:-techdocs-ref}": "$2"}
		spec: {type: service, lifecycle: production, owner: core}
	YAML
}
all_entities() {
	entity plain dir:./plain
	entity hidden dir:./plain no
	entity climber dir:../outside
	entity linked dir:./link
	entity leaky dir:./leaky
	entity odd github:./plain
	entity nowhere dir:./not-there
	entity broken dir:./broken
	entity many dir:./many
	entity huge dir:./huge
	entity copy dir:./copy
	entity quiet dir:./plain
	entity young dir:./plain
	entity other plain yes techdocs-entity
	entity by-file "url:git+file://$WORK/git/open/docs.git//?ref=main"
	entity by-http "url:git+$SITE/git/open/docs.git//sub?ref=main"
	entity empty "url:git+file://$WORK/git/open/empty.git//"
	entity unreachable "url:git+http://127.0.0.1:1/team/docs.git//"
	entity forbidden "url:git+$SITE/git/elsewhere/docs.git//"
	[ -n "${WITHOUT_GONE:-}" ] || entity gone dir:./plain
}
all_entities >"$CAT/all.yaml"
page() { printf '# %s\n\n%s\n' "$1" "$2"; }
page Plain 'A page about walruses. ![a picture](img/pic.svg)' >"$CAT/plain/docs/index.md"
page 'Second page' 'More of it.' >"$CAT/plain/docs/second.md"
printf '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>\n' >"$CAT/plain/docs/img/pic.svg"
echo '<script>alert(1)</script>' >"$CAT/plain/docs/evil.html"
echo 'alert(1)' >"$CAT/plain/docs/evil.js"
printf 'site_name: Plain docs\nplugins: [techdocs-core]\n' >"$CAT/plain/mkdocs.yml"
printf 'site_name: [not, a, name\n' >"$CAT/broken/mkdocs.yml"
page Broken x >"$CAT/broken/docs/index.md"
page Secret 'from outside' >"$WORK/outside/docs/index.md"
ln -s "$WORK/outside" "$CAT/link"
cp -R "$CAT/plain" "$CAT/leaky"
ln -s /etc/passwd "$CAT/leaky/docs/passwd.txt"
page Many 'the first of many' >"$CAT/many/docs/index.md"
page Huge x >"$CAT/huge/docs/index.md"
head -c 3000000 /dev/zero >"$CAT/huge/docs/zeros.bin"
# A working copy: what git ignores is not looked at, unless the pages are in it.
mkdir -p "$CAT/copy/build" "$CAT/copy/made/pages"
head -c 3000000 /dev/zero >"$CAT/copy/build/program"
printf 'build/\nmade/\n' >"$CAT/copy/.gitignore"
printf 'docs_dir: made/pages\n' >"$CAT/copy/mkdocs.yml"
page 'Made pages' 'The first of a program.' >"$CAT/copy/made/pages/index.md"

in_tree() { git -C "$WORK/tree" "$@" >>"$WORK/git.log" 2>&1; }
push() {
	in_tree add -A
	in_tree commit -q --allow-empty -m "$1"
	in_tree push -q --force "$WORK/git/open/docs.git" HEAD:refs/heads/main
}
git init -q --bare -b main "$WORK/git/open/docs.git"
git init -q --bare -b main "$WORK/git/open/empty.git"
git init -q -b main "$WORK/tree"
mkdir -p "$WORK/tree/docs" "$WORK/tree/sub/docs"
page 'At the root' first >"$WORK/tree/docs/index.md"
page 'In a folder' first >"$WORK/tree/sub/docs/index.md"
ln -s /etc/passwd "$WORK/tree/docs/passwd.md"
push first

config() {
	cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: null}}
backend:
  auth:
    externalAccess:
      - {type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}
      - {type: static, options: {token: $READER, subject: some}}
integrations:
  git: [{url: "file://$WORK/git/open"}, {url: "$SITE/git/open"}, {url: "http://127.0.0.1:1/team"}]
catalog:
  rules: [{allow: [Component, Location]}]
  locations: [{type: file, target: $CAT/all.yaml}]
permission:
  enabled: true
  roles:
    - {name: role:default/all, members: [service:tests], rules: [{permission: "*"}]}
    - name: role:default/some
      members: [service:some]
      rules: [{permission: catalog.entity.read, if: {rule: HAS_LABEL, params: {label: shown, value: "yes"}}}]
techdocs:
  builder: ${1:-local}
  source: {size: 2}
YAML
}
config
own_stack "$WORK/config.yaml"
as tests
DOCS=$STATE/docs
becomes component:default/plain '.kind == "Component"'

API=/api/techdocs
# sync NAME: leaves the events in $WORK/body; ends TEXT: its last event.
sync() {
	get "$API/sync/default/component/$1" --max-time 60
}
ends() { ok "$asked: ends with $1" _part "$(grep -v '^$' "$WORK/body" | tail -n 2 | tr '\n' ' ')" "$1"; }
static() {
	_site=$1 _file=$2
	shift 2
	get "$API/static/docs/default/component/$_site/$_file" "$@"
}
read_page() { get "/docs/default/component/$1"; }
_shows() {
	static "$1" "${3:-index.html}"
	_contains "$2"
}
# shows NAME TEXT [FILE]: within 15 s.
shows() { ok "$1 shows: $2" eventually 15 _shows "$@"; }
sql() { mariadb --no-defaults -uroot -S "$STATE/mariadb.sock" callboard -N -B -e "$1" 2>/dev/null; }

# Its uid tells when an entity came: this one seems to have been here for years. (Before anybody has read it: bodies are kept.)
becomes component:default/quiet '.kind == "Component"'
sql "UPDATE entity SET body = REPLACE(body, uid, CONCAT('00000000', SUBSTR(uid, 9))) WHERE ref = 'component:default/quiet'"

# ---- a folder of this machine ----
sync plain
is_status 200
header_has Content-Type text/event-stream
ends 'event: finish data: {"updated":true}'
sync plain
ends '{"updated":false}'
static plain index.html
is_status 200
has walruses
static plain 'second/'
has 'More of it'
read_page plain
is_status 303
header Location /docs/default/component/plain/
read_page plain/
is_status 200
has walruses
has 'href="/docs/default/component/plain/second/"'
read_page plain/second
is_status 303
header Location /docs/default/component/plain/second/
read_page plain/index.html
is_status 200
read_page plain/secnd/
is_status 404
has 'Second page'
unmarked() { sed -n '/id="docs-pages"/,/<\/nav>/p' "$WORK/body" | grep -c aria-current | grep -qx 0; }
has 'id="docs-pages"'
ok 'a page that is not there is none of the navigation' unmarked
read_page 'plain/?q=walruses'
is_status 200
has 'id="docs-pages"'
ok 'nor is what was found' unmarked
read_page other/second/
is_status 303
header Location /docs/default/component/plain/second/
get /catalog/default/component/plain/docs
header Location /docs/default/component/plain/

# ---- what is not there, or not allowed ----
sync climber
ends 'event: error'
has 'leads out of the folder'
sync linked
ends 'event: error'
has 'through a link'
sync leaky
ends 'event: error'
has 'lies outside'
sync odd
ends 'event: error'
has "it can be 'dir:' or 'url:'"
sync nowhere
ends 'event: error'
has 'does not exist'
sync broken
ends 'event: error'
has mkdocs.yml
sync huge
ends 'event: error'
has 'larger than 2 MiB'
sync empty
ends 'event: error'
sync unreachable
ends 'event: error'
sync forbidden
ends 'event: error'
has 'is not allowed'
for name in climber linked leaky odd nowhere broken huge empty unreachable forbidden; do
	static $name index.html
	is_status 404
done
read_page climber/
is_status 200
has 'could not be built'
lacks 'from outside'
get /docs
is_status 200
has '/docs/default/component/plain/'
has failed

# ---- nothing of a site runs, and nothing beside it is served ----
for file in evil.html evil.js img/pic.svg; do
	static plain $file
	is_status 200
	header Content-Type 'text/plain; charset=utf-8'
	header X-Content-Type-Options nosniff
	header_has Content-Security-Policy sandbox
done
read_page plain/img/pic.svg
header Content-Type image/svg+xml
header_has Content-Security-Policy sandbox
for path in '../../../../../etc/passwd' '..%2f..%2f..%2fetc%2fpasswd' '%2e%2e/%2e%2e/etc/passwd' 'img/../../reader/x' '....//etc/passwd'; do
	static plain "$path" --path-as-is
	ok "$asked: refused" _part '400 404' "$STATUS"
	lacks root:x:0
done
get "/-docs/default/component/plain/$(ls "$DOCS/default/component/plain")/site/index.html"
is_status 404
get "$API/static/docs/default/Component/PLAIN/img/pic.svg"
is_status 301
header Location "$API/static/docs/default/component/plain/img/pic.svg"

# ---- who may read the entity may read its pages ----
sync hidden
ends '{"updated":true}'
as "$READER"
static plain index.html
is_status 200
for path in "$API/static/docs/default/component/hidden/index.html" "$API/metadata/techdocs/default/component/hidden" \
	"$API/metadata/entity/default/component/hidden" "$API/sync/default/component/hidden" /docs/default/component/hidden/ \
	/docs/default/component/hidden/img/pic.svg /docs-events/default/component/hidden; do
	get "$path"
	is_status 404
	lacks walruses
done
get /docs
has component/plain/
lacks component/hidden/
as nobody
static plain index.html
is_status 401
as tests

# ---- repositories ----
sync by-file
ends '{"updated":true}'
static by-file index.html
has 'At the root'
get "$API/metadata/techdocs/default/component/by-file"
json .etag "$(git -C "$WORK/tree" rev-parse HEAD)"
static by-file passwd/
is_status 404
read_page by-file/
has 'Ana Writer'
sync by-http
static by-http index.html
has 'In a folder'

# A refresh of the entity, as a webhook asks for it, looks at the source at once.
page 'At the root' 'the second time' >"$WORK/tree/docs/index.md"
page 'New page' 'it is new' >"$WORK/tree/docs/new.md"
push second
refresh component:default/by-file
shows by-file 'the second time'
static by-file new/
is_status 200
# So does one of the location that brings the entity, which is what a push is to the plugins of source-code hosts.
page 'At the root' 'the third time' >"$WORK/tree/docs/index.md"
push pushed
refresh "$(generated "file:$CAT/all.yaml")"
shows by-file 'the third time'
# A force-push that takes a page away.
in_tree reset -q --hard HEAD~2
page 'At the root' 'rewritten' >"$WORK/tree/docs/index.md"
in_tree commit -q -a --amend -m rewritten
push third
refresh component:default/by-file
shows by-file rewritten
static by-file new/
is_status 404

# ---- a build that fails leaves what there is ----
echo 'docs_dir: ../..' >"$WORK/tree/mkdocs.yml"
push bad
refresh component:default/by-file
_failed() {
	read_page by-file/
	_contains 'could not be built'
}
ok 'the page says that the newest version failed' eventually 15 _failed
has rewritten
has docs_dir
rm "$WORK/tree/mkdocs.yml"
page 'At the root' mended >"$WORK/tree/docs/index.md"
push mended
refresh component:default/by-file
shows by-file mended
read_page by-file/
lacks 'could not be built'

# ---- kill -9 in the middle of a build ----
i=0
while [ $i -lt 1500 ]; do
	page "Page $i" 'words words words' >"$CAT/many/docs/p$i.md"
	i=$((i + 1))
done
builder() {
	CALLBOARD_STATE=$STATE "$BIN" status | awk '/docs.build component:default\/many/ { print $2; exit }'
}
_building() {
	pid=$(builder)
	[ -n "$pid" ] && [ -n "$(find "$DOCS/default/component/many" -mindepth 2 -name '*.html' -print -quit 2>/dev/null)" ]
}
get /docs/default/component/many/
has 'for the first time'
ok 'a worker builds' eventually 30 _building
kill -9 "$pid"
static many index.html
ok 'no half site is shown' _part '404 200' "$STATUS"
shows many 'the first of many'
static many p1499/
is_status 200
_one_build() { [ "$(find "$DOCS/default/component/many" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]; }
ok 'one build is left' eventually 15 _one_build

# ---- a working copy ----
sync copy
ends '{"updated":true}'
shows copy 'The first of a program.'
page 'Made pages' 'The second of a program.' >"$CAT/copy/made/pages/index.md"
post /api/catalog/refresh '{"entityRef":"component:default/copy"}'
shows copy 'The second of a program.'

# ---- after an upgrade ----
# A page that was made by a program of another version is made anew.
for table in "$DOCS"/default/component/copy/*/reader/site; do printf 'xxxxxxxx' | dd of="$table" conv=notrunc 2>/dev/null; done
ok 'there is such a table' test -f "$table"
read_page copy/
is_status 200
has 'Building these docs'
lacks "$DOCS"
_read_again() { read_page copy/ && _contains 'The second of a program.'; }
ok 'the page is there again' eventually 15 _read_again

# ---- what nobody opens ----
sql "UPDATE job SET run_at = 0 WHERE queue = 'docs.round'"
shows quiet 'A page about walruses'
is "$(sql "SELECT COUNT(*) FROM docs_site WHERE ref = 'component:default/young'")" 0 'what has just come is left alone'

# ---- an entity that goes takes its site with it ----
sync gone
ends '{"updated":true}'
ok 'its folder is there' test -d "$DOCS/default/component/gone"
WITHOUT_GONE=1 all_entities >"$CAT/all.yaml"
refresh "$(generated "file:$CAT/all.yaml")"
goes component:default/gone
_no_folder() { [ ! -e "$DOCS/default/component/gone" ]; }
ok 'its folder goes' eventually 15 _no_folder
_no_row() { [ "$(sql "SELECT COUNT(*) FROM docs_site WHERE ref = 'component:default/gone'")" = 0 ]; }
ok 'its row goes' eventually 15 _no_row
static gone index.html
is_status 404

# ---- built elsewhere ----
config external
own_reload
as tests
run docs build "$CAT/plain" "$DOCS/default/component/plain/site" --cache "$DOCS/default/component/plain/reader" --quiet
is_exit 0
sync plain
ends '{"updated":false}'
static plain index.html
has walruses
read_page plain/second/
is_status 200
has 'More of it'
read_page nowhere/
has 'Nothing is published yet'

_lived() {
	curl -s "$URL/metrics" | grep '^callboard_worker_ends_total' | grep -E 'reason="(timeout|memory)"' >"$WORK/ends"
	! grep -v ' 0$' "$WORK/ends"
}
ok 'no worker hung or grew too large' _lived
ok 'no sanitizer complains' sh -c "! grep -E 'runtime error:|ERROR: AddressSanitizer' $STATE/callboard.log"
done_testing
