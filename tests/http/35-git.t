#!/bin/sh
# Repositories: any git server by file and by HTTP, and the APIs of source-code hosts, with credentials that go nowhere else.
. tests/http/lib.sh
. tests/fixtures/own.sh
fixtures
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.com GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.com

cat >"$WORK/config.yaml" <<YAML
auth: {providers: {guest: null}}
backend:
  auth: {externalAccess: [{type: static, options: {token: token-of-the-tests-0123456789, subject: tests}}]}
integrations:
  git:
    - {url: "file://$WORK/git/open"}
    - {url: "$SITE/git/open"}
    - {url: "$SITE/git/private", username: reader, password: s3cret-of-git}
    - {url: "$SITE/git/private/wrong.git", username: reader, password: not-the-s3cret}
  github:
    - {host: github.example, apiBaseUrl: "$SITE/gh/api", token: token-of-github-0123}
    - {host: raw.example, rawBaseUrl: "$SITE/gh/raw"}
  gitlab: [{host: gitlab.example, baseUrl: "https://gitlab.example", apiBaseUrl: "$SITE/gl/api/v4", token: token-of-gitlab-0123}]
  gitea: [{host: gitea.example, baseUrl: "$SITE/gt", username: me, password: token-of-gitea-0123}]
  bitbucketCloud: [{host: bitbucket.org, apiBaseUrl: "$SITE/bb", username: me, appPassword: token-of-bitbucket-0123}]
catalog:
  rules: [{allow: [Component, API, Location]}]
  locations: []
YAML
component() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: %s\n' "$1"
	printf 'spec:\n  type: service\n  lifecycle: production\n  owner: %s\n' "${2:-core}"
}
api() {
	printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: %s}\n' "$1"
	# shellcheck disable=SC2016
	printf 'spec: {type: x, lifecycle: y, owner: z, definition: {$text: %s}}\n' "$2"
}
in_tree() { git -C "$WORK/tree" "$@" >>"$WORK/git.log" 2>&1; }
# push MESSAGE: what lies in the tree becomes a commit of every repository.
push() {
	in_tree add -A
	in_tree commit -q --allow-empty -m "$1"
	for repo in open/shop private/shop private/wrong; do in_tree push -q --force "$WORK/git/$repo.git" HEAD:refs/heads/main; done
}
for repo in open/shop private/shop private/wrong; do git init -q --bare -b main "$WORK/git/$repo.git"; done
git init -q -b main "$WORK/tree"
mkdir -p "$WORK/tree/a/b" "$WORK/tree/sp ace"
component file-one >"$WORK/tree/catalog-info.yaml"
component in-a >"$WORK/tree/a/catalog-info.yaml"
component in-b >"$WORK/tree/a/b/catalog-info.yaml"
{ component spaced && api git-api ../schema.txt; } >"$WORK/tree/sp ace/catalog-info.yaml"
api git-away "git+$SITE/git/open/other.git//x.txt" >"$WORK/tree/away.yaml"
echo 'type Query' >"$WORK/tree/schema.txt"
ln -s /etc/passwd "$WORK/tree/link.yaml"
ln -s a "$WORK/tree/dir-link"
push one
in_tree push -q "$WORK/git/open/shop.git" HEAD:refs/heads/feature/x HEAD:refs/tags/v1
first=$(git -C "$WORK/tree" rev-parse HEAD)
own_stack "$WORK/config.yaml"
as tests

dry() {
	post '/api/catalog/locations?dryRun=true' "{\"type\":\"url\",\"target\":\"$1\"}"
}
register() {
	post /api/catalog/locations "{\"type\":\"url\",\"target\":\"$1\"}"
	[ "$STATUS" = 201 ] || { is_status 201; }
	id=$(jq -r '.location.id?' "$WORK/body")
}
names='[.entities[1:][].metadata.name]'

# ---- any git server ----
for base in "git+file://$WORK/git/open/shop.git" "git+$SITE/git/open/shop.git" "git+$SITE/git/private/shop.git"; do
	dry "$base//catalog-info.yaml?ref=main"
	is_status 201
	json "$names" '["file-one"]'
	dry "$base//catalog-info.yaml"
	is_status 201
	dry "$base//catalog-info.yaml?ref=$first"
	is_status 201
	dry "$base//**/catalog-info.yaml?ref=main"
	is_status 201
	json "$names | sort" '["file-one","git-api","in-a","in-b","spaced"]'
	dry "$base//catalog-info.yaml?ref=no-such-branch"
	is_status 400
	json_true '.error.message | contains("NotFoundError")'
	dry "$base//nothing.yaml?ref=main"
	is_status 400
	json_true '.error.message | contains("NotFoundError") and contains("nothing.yaml")'
	for path in link.yaml dir-link/catalog-info.yaml ../shop.git/HEAD a; do
		dry "$base//$path?ref=main"
		is_status 400
		lacks 'root:x:0'
	done
done
dry "git+$SITE/git/open/shop.git//a/catalog-info.yaml?ref=feature/x"
is_status 201
dry "git+$SITE/git/open/shop.git//a/catalog-info.yaml?ref=v1"
is_status 201
dry "git+$SITE/git/open/none.git//x.yaml"
is_status 400
json_true '.error.message | contains("NotFoundError")'
dry "git+$SITE/git/private/wrong.git//catalog-info.yaml"
is_status 400
json_true '.error.message | contains("refuses access")'
lacks not-the-s3cret
dry "git+$SITE/git/privateer/shop.git//catalog-info.yaml"
is_status 400
json_true '.error.message | startswith("NotAllowedError")'
dry "git+file:///etc//passwd"
json_true '.error.message | startswith("NotAllowedError")'

# A commit that changes a file changes its entities; a placeholder is read from the same commit's tree.
GIT="git+$SITE/git/private/shop.git//**/catalog-info.yaml?ref=main"
register "$GIT"
git_id=$id
becomes component:default/spaced '.kind == "Component"'
json '.metadata.annotations["backstage.io/managed-by-location"]' "url:git+$SITE/git/private/shop.git//sp%20ace/catalog-info.yaml?ref=main"
becomes api:default/git-api '.spec.definition == "type Query\n"'
dry "git+$SITE/git/open/shop.git//away.yaml?ref=main"
is_status 400
json_true '.error.message | contains("another repository")'
component file-one core2 >"$WORK/tree/catalog-info.yaml"
mkdir "$WORK/tree/new"
component in-new >"$WORK/tree/new/catalog-info.yaml"
rm -r "$WORK/tree/a/b"
echo 'type Mutation' >"$WORK/tree/schema.txt"
push two
refresh "$(generated "url:$GIT")"
becomes component:default/file-one '.spec.owner == "core2"'
becomes component:default/in-new '.kind == "Component"'
goes component:default/in-b
becomes api:default/git-api '.spec.definition == "type Mutation\n"'
# History that was rewritten is followed too.
in_tree reset -q --hard "$first"
push three
refresh "$(generated "url:$GIT")"
becomes component:default/file-one '.spec.owner == "core"'
goes component:default/in-new
becomes component:default/in-b '.kind == "Component"'
delete "/api/catalog/locations/$git_id"
is_status 204
by_name component:default/spaced
is_status 404

# ---- source-code hosts ----
# Each file is served only to who has the token.
gh='{"auth":"Bearer token-of-github-0123"}' gl='{"auth":"Bearer token-of-gitlab-0123"}'
gt="{\"auth\":\"Basic $(printf me:token-of-gitea-0123 | base64)\"}" bb="{\"auth\":\"Basic $(printf me:token-of-bitbucket-0123 | base64)\"}"
R=/gh/api/repos/acme/pay
{ component gh-one && api gh-api ./docs/schema.txt; } | serve "$R/contents/catalog-info.yaml?ref=main" - "$gh"
api gh-away https://github.example/acme/other/blob/main/x.txt | serve "$R/contents/away.yaml?ref=main" - "$gh"
echo 'type Pay' | serve "$R/contents/docs/schema.txt?ref=main" - "$gh"
printf '{"tree":[{"path":"catalog-info.yaml","type":"blob","mode":"100644"},{"path":"x/catalog-info.yaml","type":"blob","mode":"100644"},
	{"path":"y/catalog-info.yaml","type":"blob","mode":"120000"},{"path":"x","type":"tree","mode":"040000"}],
	"truncated":false}' | serve "$R/git/trees/main?recursive=true" - "$gh"
component gh-x | serve "$R/contents/x/catalog-info.yaml?ref=main" - "$gh"
PAY=https://github.example/acme/pay/blob/main/catalog-info.yaml
register "$PAY"
becomes component:default/gh-one '.kind == "Component"'
json '.metadata.annotations | [."backstage.io/view-url", ."backstage.io/edit-url", ."backstage.io/source-location"]' \
	"[\"$PAY\",\"https://github.example/acme/pay/edit/main/catalog-info.yaml\",\"url:https://github.example/acme/pay/tree/main/\"]"
becomes api:default/gh-api '.spec.definition == "type Pay\n"'
dry https://github.example/acme/pay/blob/main/away.yaml
is_status 400
json_true '.error.message | contains("another repository")'
is "$(served "$R/contents/catalog-info.yaml?ref=main" '.headers.accept')" application/vnd.github.v3.raw 'the raw form is asked for'
refresh component:default/gh-one
ok 'it is read with its ETag' eventually 10 sh -c "[ \$(curl -s -G --data-urlencode 'path=$R/contents/catalog-info.yaml?ref=main' '$SITE/__stats' | jq .notModified) -ge 1 ]"
dry 'https://github.example/acme/pay/blob/main/**/catalog-info.yaml'
json "$names | unique" '["gh-api","gh-one","gh-x"]'
post /api/catalog/analyze-location '{"location":{"type":"url","target":"https://github.example/acme/pay"}}'
is_status 200
dry https://github.example/acme/pay/blob/other/catalog-info.yaml
is_status 400
json_true '.error.message | contains("NotFoundError")'
dry https://github.example/acme/pay/blob/main/%2e%2e/%2e%2e/secret.yaml
is_status 400
dry https://github.example/acme/pay/issues/1
is_status 400

component raw-one | serve /gh/raw/acme/pay/main/catalog-info.yaml -
dry https://raw.example/acme/pay/blob/main/catalog-info.yaml
json "$names" '["raw-one"]'

R=/gl/api/v4/projects/team%2Fsub%2Fapp/repository
component gl-one | serve "$R/files/dir%2Fcatalog-info.yaml/raw?ref=main" - "$gl"
dry https://gitlab.example/team/sub/app/-/blob/main/dir/catalog-info.yaml
is_status 201
json "$names" '["gl-one"]'
json '.entities[1].metadata.annotations["backstage.io/edit-url"]' https://gitlab.example/team/sub/app/-/edit/main/dir/catalog-info.yaml
printf '[{"path":"dir/catalog-info.yaml","type":"blob","mode":"100644"}]' | serve "$R/tree?recursive=true&per_page=100&page=1&ref=main&path=dir" - "$gl"
dry 'https://gitlab.example/team/sub/app/-/blob/main/dir/*.yaml'
json "$names" '["gl-one"]'

R=/gt/api/v1/repos/org/app
printf '{"type":"file","encoding":"base64","content":"%s"}' "$(component gt-one | base64 -w0)" | serve "$R/contents/catalog-info.yaml?ref=main" - "$gt"
dry https://gitea.example/org/app/src/branch/main/catalog-info.yaml
is_status 201
json "$names" '["gt-one"]'
printf '{"type":"symlink","target":"/etc/passwd"}' | serve "$R/contents/link.yaml?ref=main" - "$gt"
dry https://gitea.example/org/app/src/branch/main/link.yaml
is_status 400
printf '{"type":"file","encoding":"base64","content":"!!!"}' | serve "$R/contents/odd.yaml?ref=main" - "$gt"
dry https://gitea.example/org/app/src/branch/main/odd.yaml
is_status 400
printf 'not json' | serve "$R/contents/odd.yaml?ref=main" - "$gt"
dry https://gitea.example/org/app/src/branch/main/odd.yaml
is_status 400

component bb-one | serve /bb/repositories/ws/app/src/main/catalog-info.yaml - "$bb"
dry https://bitbucket.org/ws/app/src/main/catalog-info.yaml
is_status 201
json "$names" '["bb-one"]'

# A redirect takes no token to another host; a location may not name one either.
: | serve /gh/api/repos/acme/pay/contents/moved.yaml?ref=main - '{"location":"http://127.0.0.2:9/steal"}'
dry https://github.example/acme/pay/blob/main/moved.yaml
is_status 400
json_true '.error.message | contains("not allowed")'

# ---- no secret is told ----
get /api/catalog/entities
lacks s3cret
lacks token-of-
get /api/catalog/entities/unprocessed/failed
lacks s3cret
ok 'no secret is in the log' sh -c "! grep -E 's3cret-of-git|not-the-s3cret|token-of-git|token-of-bitbucket' '$STATE/callboard.log'"

unharmed
done_testing
