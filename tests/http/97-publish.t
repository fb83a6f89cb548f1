#!/bin/sh
# Actions that change something elsewhere, each against an API before real repositories: what is pushed, what is asked, what is
# told when it does not work, and that nothing is made twice.
. tests/http/lib.sh
. tests/fixtures/hosts.sh
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
GIT=$WORK/git
# shellcheck disable=SC2317 # it is called at the end
cleanup() {
	[ -z "$HOSTS" ] || kill "$HOSTS" 2>/dev/null
	rm -rf "$WORK"
}
trap cleanup EXIT
mkdir -p "$GIT" "$WORK/t/files/docs"
scm_hosts "$GIT"

cat >"$WORK/config.yaml" <<YAML
integrations:
  github: [{host: "$GH", apiBaseUrl: "http://$GH/api", baseUrl: "http://$GH", token: token-of-the-portal}]
  gitlab: [{host: "$GL", apiBaseUrl: "http://$GL/api/v4", baseUrl: "http://$GL", token: token-of-the-portal}]
  gitea: [{host: "$GT", baseUrl: "http://$GT", username: portal, password: token-of-the-portal}]
  git: [{url: "file://$GIT/plain/"}, {url: "file://$GIT/made/", create: true}]
server: {state: "$WORK/state"}
YAML

# A workspace with what matters about files.
echo '# Site' >"$WORK/t/files/README.md"
printf '#!/bin/sh\n' >"$WORK/t/files/run.sh"
chmod 755 "$WORK/t/files/run.sh"
echo 'a page' >"$WORK/t/files/docs/index.md"
printf '*.log\n' >"$WORK/t/files/.gitignore"
echo x >"$WORK/t/files/ignored.log"
ln -s README.md "$WORK/t/files/link"

# step ACTION INPUT: a template of that step behind one that fills the workspace.
step() {
	# shellcheck disable=SC2016 # expressions of templates
	jq -n --arg action "$1" --argjson input "$2" '{apiVersion: "scaffolder.backstage.io/v1beta3", kind: "Template",
		metadata: {name: "t"}, spec: {type: "x", output: {all: "${{ steps.s.output }}"},
		steps: [{id: "f", action: "fetch:plain", input: {url: "./files"}}, {id: "s", action: $action, input: $input}]}}' \
		>"$WORK/t/template.yaml"
	echo '{"key": "sesame-4711"}' >"$WORK/secrets.yaml"
}
# act ACTION INPUT [ARGUMENT...]: runs it.
act() {
	step "$1" "$2"
	_id=$1
	shift 2
	run --config "$WORK/config.yaml" template run "$WORK/t" --apply --secrets "$WORK/secrets.yaml" "$@"
	asked="$_id"
}
hosts() { curl -sS "http://$GH$1" ${2:+-d "$2"}; }
forget() { curl -sS -X DELETE "http://$GH/__calls" >/dev/null; }
# calls JQ WANT: of what the APIs were asked.
calls() {
	hosts /__calls >"$WORK/calls"
	is "$(jq -rc "$1" "$WORK/calls" 2>&1)" "$2" "$asked: calls $1"
}
# body PATH: jq for the body of the call that has it.
of() { printf '[.[] | select(.method + " " + .path == "%s")] | last | .body' "$1"; }
tree_is() { is "$(git -C "$GIT/$1" ls-tree -r "$2" | awk '{ print $1, $4 }' | tr '\n' ';')" "$3" "$1: the tree of $2"; }
commits() { git -C "$GIT/$1" rev-list --count "$2"; }
ALL='100644 .gitignore;100644 README.md;100644 docs/index.md;120000 link;100755 run.sh;'

# ---- any git server ----
git init -q --bare -b main "$GIT/plain/a.git"
git init -q --bare -b main "$GIT/other.git"
act publish:git "{\"remoteUrl\": \"$GIT/plain/a.git\", \"gitAuthorName\": \"Ana\", \"gitAuthorEmail\": \"ana@acme.example\", \"gitCommitMessage\": \"The first\"}"
is_exit 0
says "commitHash: $(git -C "$GIT/plain/a.git" rev-parse main)"
tree_is plain/a.git main "$ALL"
is "$(git -C "$GIT/plain/a.git" log -1 --format='%an %ae %s' main)" 'Ana ana@acme.example The first'
act publish:git "{\"remoteUrl\": \"$GIT/plain/a.git\", \"defaultBranch\": \"add\", \"baseBranch\": \"main\", \"targetPath\": \"sub\", \"sourcePath\": \"docs\", \"filesToDelete\": [\"link\"]}"
is_exit 0
tree_is plain/a.git add '100644 .gitignore;100644 README.md;100644 docs/index.md;100755 run.sh;100644 sub/index.md;'
act publish:git "{\"remoteUrl\": \"$GIT/plain/a.git\"}"
is_exit 1
says "there is a branch 'main' already"
for url in "$GIT/other.git" "$GIT/plain/../other.git" https://git.example/x.git git@git.example:x.git "http://169.254.169.254/x.git"; do
	act publish:git "{\"remoteUrl\": \"$url\"}"
	is_exit 1
	says 'NotAllowedError'
done
is "$(git -C "$GIT/other.git" for-each-ref)" '' 'nothing was pushed where nothing may be'
act publish:git "{\"remoteUrl\": \"http://portal:s3cret-word@127.0.0.1:1/x.git\"}"
is_exit 1
says_not s3cret-word

# ---- a branch that the server is still writing, for a worker that was ended ----
# locked NAME: a repository at Gitea whose hook update is what standard input says; $n is the number of the push.
locked() {
	git init -q --bare -b main "$GIT/gitea/acme/$1.git"
	git -C "$GIT/gitea/acme/$1.git" config http.receivepack true
	{
		# shellcheck disable=SC2016 # of the hook
		printf '#!/bin/sh\necho >>tries\nn=$(wc -l <tries)\n' && cat
	} >"$GIT/gitea/acme/$1.git/hooks/update"
	chmod +x "$GIT/gitea/acme/$1.git/hooks/update"
	act publish:git "{\"remoteUrl\": \"http://$GT/acme/$1.git\"}"
}
locked freed <<'SH'
if [ "$n" = 1 ]; then touch refs/heads/main.lock; else rm -f refs/heads/main.lock; fi
SH
is_exit 0
is "$(commits gitea/acme/freed.git main) $(wc -l <"$GIT/gitea/acme/freed.git/tries")" '1 2' 'it is pushed when the branch is free'
locked written <<'SH'
git update-ref "$1" "$3"
SH
is_exit 0
is "$(commits gitea/acme/written.git main) $(wc -l <"$GIT/gitea/acme/written.git/tries")" '1 1' 'what was written meanwhile is what was to be done'
locked moved <<'SH'
git update-ref "$1" "$(git -c user.name=x -c user.email=x@x commit-tree -m x "$(git mktree </dev/null)")"
SH
is_exit 1
says "the branch 'main' has moved"
locked never <<'SH'
touch refs/heads/main.lock
SH
is_exit 1
says 'the git server does not take main: failed to update ref'

# ---- a folder in which repositories are made ----
act publish:git "{\"remoteUrl\": \"file://$GIT/made/team/new.git\", \"defaultBranch\": \"trunk\"}"
is_exit 0
says "git+file://$GIT/made/team/new.git//?ref=trunk"
tree_is made/team/new.git trunk "$ALL"
is "$(git -C "$GIT/made/team/new.git" symbolic-ref HEAD)" refs/heads/trunk 'what one clones is what was pushed'
act publish:git "{\"remoteUrl\": \"$GIT/made/team/new.git/\", \"defaultBranch\": \"trunk\", \"gitCommitMessage\": \"Once more\"}"
is_exit 1
says "there is a branch 'trunk' already"
mkdir "$GIT/made/taken"
echo mine >"$GIT/made/taken/file"
act publish:git "{\"remoteUrl\": \"$GIT/made/taken\"}"
is_exit 1
is "$(ls -A "$GIT/made/taken")" file 'a folder that is no repository is left as it is'
act publish:git "{\"remoteUrl\": \"$GIT/made/base.git\", \"baseBranch\": \"main\"}"
is_exit 1
act publish:git "{\"remoteUrl\": \"$GIT/plain/none.git\"}"
is_exit 1
says 'no such git repository'
act publish:git "{\"remoteUrl\": \"$GIT/made/../out.git\"}"
is_exit 1
act publish:git "{\"remoteUrl\": \"file://$GIT/made/%2e%2e/out.git\"}"
is_exit 1
is "$(cd "$GIT" && find made -mindepth 1 -maxdepth 1 | sort | tr '\n' ' ')" 'made/taken made/team ' 'nothing else was made'
is "$(find "$GIT" -name 'out.git*' -o -name 'none.git*')" '' 'nor elsewhere'

# ---- over ssh ----
if [ -x /usr/sbin/sshd ]; then
	for key in host user other; do ssh-keygen -q -t ed25519 -N '' -f "$WORK/$key"; done
	SSH_PORT=$(node tests/fixtures/free-port.mjs)
	cat >"$WORK/sshd.conf" <<-CONF
		Port $SSH_PORT
		ListenAddress 127.0.0.1
		HostKey $WORK/host
		AuthorizedKeysFile $WORK/user.pub
		PidFile none
		StrictModes no
		UsePAM no
		PermitRootLogin yes
	CONF
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	/usr/sbin/sshd -D -f "$WORK/sshd.conf" -E "$WORK/sshd.log" &
	SSHD=$!
	ok 'a server for ssh listens' eventually 20 grep -q listening "$WORK/sshd.log"
	SSH="ssh://$(id -un)@127.0.0.1:$SSH_PORT"
	PRINT=$(ssh-keygen -lf "$WORK/host.pub" | cut -d' ' -f2)
	cp "$WORK/config.yaml" "$WORK/plain.yaml"
	# of_ssh KEY HOSTKEY
	of_ssh() { sed "s|^  git: .*|  git: [{url: '$SSH/', sshKey: $WORK/$1$2}]|" "$WORK/plain.yaml" >"$WORK/config.yaml"; }
	git init -q --bare -b main "$GIT/ssh.git"
	of_ssh user ", hostKey: '$PRINT'"
	act publish:git "{\"remoteUrl\": \"$SSH$GIT/ssh.git\"}"
	is_exit 0
	tree_is ssh.git main "$ALL"
	act publish:git "{\"remoteUrl\": \"$SSH$GIT/ssh.git\", \"defaultBranch\": \"more\", \"baseBranch\": \"main\", \"targetPath\": \"x\"}"
	is_exit 0
	is "$(commits ssh.git more)" 2
	of_ssh other ", hostKey: '$PRINT'"
	act publish:git "{\"remoteUrl\": \"$SSH$GIT/ssh.git\", \"defaultBranch\": \"no\"}"
	is_exit 1
	says 'AuthenticationError'
	for key in ", hostKey: '$(ssh-keygen -lf "$WORK/other.pub" | cut -d' ' -f2)'" ''; do
		of_ssh user "$key"
		act publish:git "{\"remoteUrl\": \"$SSH$GIT/ssh.git\", \"defaultBranch\": \"no\"}"
		is_exit 1
		says "the server's key is not the one"
	done
	is "$(git -C "$GIT/ssh.git" for-each-ref | wc -l)" 2
	cp "$WORK/plain.yaml" "$WORK/config.yaml"
	kill $SSHD
else
	echo '# no sshd is here: pushing over ssh was not tried'
fi

# ---- GitHub ----
forget
act publish:github "{\"repoUrl\": \"$GH?owner=acme&repo=site\", \"description\": \"A site\", \"defaultBranch\": \"trunk\", \"repoVisibility\": \"internal\",
	\"topics\": [\"Web\"], \"access\": \"acme/core\", \"collaborators\": [{\"user\": \"eve\", \"access\": \"push\"}, {\"team\": \"web\", \"access\": \"pull\"}],
	\"repoVariables\": {\"REGION\": \"eu\"}, \"secrets\": {\"KEY\": \"\${{ secrets.key }}\"}, \"requiredApprovingReviewCount\": 2, \"requiredCommitSigning\": true,
	\"requiredStatusCheckContexts\": [\"ci\"], \"subscribe\": true, \"allowRebaseMerge\": false}"
is_exit 0
says "remoteUrl: http://$GH/acme/site.git"
says "repoContentsUrl: http://$GH/acme/site/blob/trunk"
says "commitHash: $(git -C "$GIT/github/acme/site.git" rev-parse trunk)"
tree_is github/acme/site.git trunk "$ALL"
is "$(git -C "$GIT/github/acme/site.git" log -1 --format='%an %ae %s' trunk)" 'Scaffolder scaffolder@backstage.io initial commit'
calls "$(of 'POST /orgs/acme/repos') | [.name, .description, .private, .visibility, .allow_rebase_merge, .allow_squash_merge, .delete_branch_on_merge, .squash_merge_commit_title]" \
	'["site","A site",true,"internal",false,true,false,"COMMIT_OR_PR_TITLE"]'
calls "$(of 'PUT /orgs/acme/teams/core/repos/acme/site')" '{"permission":"admin"}'
calls "$(of 'PUT /repos/acme/site/collaborators/eve')" '{"permission":"push"}'
calls "$(of 'PUT /orgs/acme/teams/web/repos/acme/site')" '{"permission":"pull"}'
calls "$(of 'PUT /repos/acme/site/topics')" '{"names":["web"]}'
calls "$(of 'POST /repos/acme/site/actions/variables') | [.name, .value]" '["REGION","eu"]'
calls "$(of 'PUT /repos/acme/site/actions/secrets/KEY') | [.key_id, (.encrypted_value | @base64d | length > 40)]" '["key-1",true]'
calls "$(of 'PUT /repos/acme/site/branches/trunk/protection') | [.enforce_admins, .required_status_checks.strict, .required_status_checks.contexts, .restrictions, .required_pull_request_reviews.required_approving_review_count]" \
	'[true,true,["ci"],null,2]'
calls '[.[] | select(.path | endswith("required_signatures"))] | length' 1
calls '[.[] | select(.path | endswith("/subscription"))] | length' 1
is "$(grep -c sesame "$WORK/calls")" 0 'the secret goes sealed'
calls '[.[].auth] | unique' '["Bearer token-of-the-portal"]'

forget
act publish:github "{\"repoUrl\": \"$GH?owner=ana&repo=mine\", \"token\": \"token-of-ana\", \"protectDefaultBranch\": false}"
is_exit 0
tree_is github/ana/mine.git master "$ALL"
calls '[.[].auth] | unique' '["Bearer token-of-ana"]'
calls '[.[] | select(.path | test("protection"))] | length' 0
act publish:github "{\"repoUrl\": \"$GH?owner=acme&repo=old\"}"
is_exit 1
says 'Failed to create the organization repository acme/old: 422'
says 'name already exists on this account'
act publish:github "{\"repoUrl\": \"$GH?owner=acme&repo=denied\", \"token\": \"token-of-nobody\"}"
is_exit 1
says 'AuthenticationError'
says_not token-of-nobody
act publish:github "{\"repoUrl\": \"$GH?repo=x\"}"
is_exit 1
says 'missing owner'
act publish:github "{\"repoUrl\": \"$GH?owner=acme&repo=../../user\"}"
is_exit 1
act publish:github '{"repoUrl": "git.example?owner=acme&repo=x"}'
is_exit 1
says 'No matching integration configuration for host git.example'
act publish:github "{\"repoUrl\": \"$GT?owner=acme&repo=x\"}"
is_exit 1
says 'is a host of integrations.gitea'

# A server that is asked too much, away, or refuses.
forget
hosts /__fail '{"match": "POST /orgs/acme/repos", "status": 429, "headers": {"retry-after": "0"}, "times": 2}'
act github:repo:create "{\"repoUrl\": \"$GH?owner=acme&repo=patient\", \"autoInit\": true, \"workflowAccess\": \"organization\"}"
is_exit 0
calls '[.[] | select(.path == "/orgs/acme/repos")] | length' 3
calls "$(of 'PUT /repos/acme/patient/actions/permissions/access')" '{"access_level":"organization"}'
hosts /__fail '{"match": "GET /users/acme", "status": 502, "times": 1}'
act github:repo:create "{\"repoUrl\": \"$GH?owner=acme&repo=again\"}"
is_exit 0
# It was made, and yet the answer was an error: it is found.
forget
hosts /__fail '{"match": "POST /orgs/acme/repos", "status": 502, "times": 1, "after": true}'
act github:repo:create "{\"repoUrl\": \"$GH?owner=acme&repo=found\"}"
is_exit 0
calls '[.[] | select(.path == "/orgs/acme/repos")] | length' 1
hosts /__fail '{"match": "POST /orgs/acme/repos", "status": 403, "body": {"message": "Resource not accessible"}, "times": 1}'
act github:repo:create "{\"repoUrl\": \"$GH?owner=acme&repo=never\"}"
is_exit 1
says 'NotAllowedError: Failed to create the organization repository acme/never: 403 Resource not accessible'
hosts /__fail '{"match": "PUT /repos/acme/patient/branches", "status": 403, "body": {"message": "Upgrade to GitHub Pro or make this repository public"}, "times": 1}'
act github:repo:push "{\"repoUrl\": \"$GH?owner=acme&repo=patient\", \"defaultBranch\": \"main\"}"
is_exit 0
says 'Branch protection was not enabled'
tree_is github/acme/patient.git main "$ALL"

# A change that is proposed.
git init -q -b main "$WORK/seed"
echo old >"$WORK/seed/old.txt"
git -C "$WORK/seed" add -A
git -C "$WORK/seed" -c user.name=t -c user.email=t@t commit -q -m one
for kind in github gitlab; do git -C "$WORK/seed" push -q "$GIT/$kind/acme/old.git" main; done
forget
PR="\"repoUrl\": \"$GH?owner=acme&repo=old\", \"branchName\": \"add-site\", \"title\": \"Add the site\", \"description\": \"See\""
act publish:github:pull-request "{$PR, \"targetPath\": \"sites/x\", \"sourcePath\": \"docs\", \"filesToDelete\": [\"old.txt\"], \"reviewers\": [\"eve\"], \"teamReviewers\": [\"core\"], \"assignees\": [\"ana\"], \"draft\": true}"
is_exit 0
says 'targetBranchName: main'
says "remoteUrl: http://$GH/acme/old/pull/"
tree_is github/acme/old.git add-site '100644 sites/x/index.md;'
is "$(git -C "$GIT/github/acme/old.git" log -1 --format=%s add-site)" 'Add the site'
calls "$(of 'POST /repos/acme/old/pulls')" '{"base":"main","body":"See","draft":true,"head":"acme:add-site","title":"Add the site"}'
calls '.[] | select(.path | endswith("requested_reviewers")) | .body' '{"reviewers":["eve"],"team_reviewers":["core"]}'
act publish:github:pull-request "{$PR}"
is_exit 1
says "there is a branch 'add-site' already"
forget
act publish:github:pull-request "{$PR, \"update\": true}"
is_exit 0
calls '[.[] | select(.method == "POST" and (.path | endswith("/pulls")))] | length' 0
is "$(commits github/acme/old.git add-site)" 3
act publish:github:pull-request "{$PR, \"token\": \"token-of-ana\", \"branchName\": \"from-fork\"}"
is_exit 0
is "$(commits github/ana/old.git from-fork)" 2 'who may not write proposes from a fork'
calls "$(of 'POST /repos/acme/old/pulls') | .head" ana:from-fork

forget
act github:issues:create "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"title\": \"Look\", \"labels\": [\"a\"]}"
is_exit 0
says "issueUrl: http://$GH/acme/old/issues/"
act github:issues:label "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"number\": 5, \"labels\": [\"b\"]}"
is_exit 0
calls "$(of 'POST /repos/acme/old/issues/5/labels')" '{"labels":["b"]}'
act github:webhook "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"webhookUrl\": \"https://ci.example/hook\", \"webhookSecret\": \"\${{ secrets.key }}\", \"contentType\": \"json\"}"
is_exit 0
says_not sesame
calls "$(of 'POST /repos/acme/old/hooks') | [.events, .active, .config.url, .config.content_type, .config.secret, .config.insecure_ssl]" \
	'[["push"],true,"https://ci.example/hook","json","sesame-4711","0"]'
act github:autolinks:create "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"keyPrefix\": \"T-\", \"urlTemplate\": \"https://t.example/<num>\"}"
is_exit 0
calls "$(of 'POST /repos/acme/old/autolinks') | [.key_prefix, .is_alphanumeric]" '["T-",true]'
act github:deployKey:create "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"publicKey\": \"ssh-ed25519 AAAA\", \"privateKey\": \"\${{ secrets.key }}\", \"deployKeyName\": \"push it\"}"
is_exit 0
says 'privateKeySecretName: PUSH_IT_PRIVATE_KEY'
calls "$(of 'POST /repos/acme/old/keys') | .title" 'push it'
act github:environment:create "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"name\": \"pro duction\", \"waitTimer\": 5, \"reviewers\": [\"user:default/eve\", \"group:core\"],
	\"deploymentBranchPolicy\": {\"protected_branches\": false, \"custom_branch_policies\": true}, \"customBranchPolicyNames\": [\"release/*\"], \"environmentVariables\": {\"A\": \"1\"}, \"secrets\": {\"S\": \"x\"}}"
is_exit 0
calls "$(of 'PUT /repos/acme/old/environments/pro duction') | [.wait_timer, .reviewers[0].type, .reviewers[0].id, .reviewers[1].id]" '[5,"User",7,55]'
calls "$(of 'POST /repos/acme/old/environments/pro duction/deployment-branch-policies')" '{"name":"release/*","type":"branch"}'
calls "$(of 'PUT /repos/acme/old/environments/pro duction/secrets/S') | .key_id" key-2
act github:branch-protection:create "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"enforceAdmins\": false, \"blockCreations\": true}"
is_exit 0
calls "$(of 'PUT /repos/acme/old/branches/main/protection') | [.enforce_admins, .block_creations]" '[false,true]'
act github:pages:enable "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"sourcePath\": \"/docs\"}"
is_exit 0
calls "$(of 'POST /repos/acme/old/pages')" '{"build_type":"workflow","source":{"branch":"main","path":"/docs"}}'
act github:actions:dispatch "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"workflowId\": \"deploy.yaml\", \"branchOrTagName\": \"main\", \"workflowInputs\": {\"a\": \"b\"}, \"returnWorkflowRunDetails\": true}"
is_exit 0
says 'workflowRunId: 77'
calls "$(of 'POST /repos/acme/old/actions/workflows/deploy.yaml/dispatches') | [.ref, .inputs]" '["main",{"a":"b"}]'

# ---- GitLab ----
forget
act publish:gitlab "{\"repoUrl\": \"$GL?owner=acme&repo=site\", \"defaultBranch\": \"main\", \"topics\": [\"web\"], \"settings\": {\"merge_method\": \"ff\"}, \"ownerUsername\": \"eve\",
	\"branches\": [{\"name\": \"dev\", \"create\": true, \"protect\": true, \"ref\": \"main\"}], \"projectVariables\": [{\"key\": \"A\", \"value\": \"\${{ secrets.key }}\", \"masked\": true}]}"
is_exit 0
says "remoteUrl: http://$GL/acme/site"
says "repoContentsUrl: http://$GL/acme/site/-/blob/main"
says 'created: true'
tree_is gitlab/acme/site.git main "$ALL"
calls "$(of 'POST /projects') | [.name, .namespace_id, .visibility, .topics, .merge_method]" '["site",10,"private",["web"],"ff"]'
calls '.[] | select(.path | endswith("/members")) | .body' '{"access_level":50,"user_id":17}'
calls '.[] | select(.path | endswith("/repository/branches")) | .body' '{"branch":"dev","ref":"main"}'
calls '.[] | select(.path | endswith("/protected_branches")) | .body' '{"name":"dev"}'
calls '.[] | select(.path | endswith("/variables")) | .body' '{"key":"A","masked":true,"value":"sesame-4711"}'
says_not sesame
act publish:gitlab "{\"repoUrl\": \"$GL?owner=acme&repo=site\"}"
is_exit 1
says 'has already been taken'
act publish:gitlab "{\"repoUrl\": \"$GL?owner=acme&repo=site\", \"skipExisting\": true}"
is_exit 0
says 'created: false'
act publish:gitlab "{\"repoUrl\": \"$GL?owner=nobody&repo=site\"}"
is_exit 1
says 'The namespace nobody is not found'
act publish:gitlab "{\"repoUrl\": \"$GL?owner=ana&repo=bare\", \"sourcePath\": false, \"token\": \"token-of-ana\", \"setUserAsOwner\": true}"
is_exit 0
says_not commitHash

forget
MR="\"repoUrl\": \"$GL?owner=acme&repo=old\", \"branchName\": \"add\", \"title\": \"Add\""
act publish:gitlab:merge-request "{$MR, \"targetPath\": \"x\", \"sourcePath\": \"docs\", \"reviewers\": [\"eve\", \"none\"], \"assignee\": \"@eve\", \"labels\": [\"a\", \"b\"], \"removeSourceBranch\": true,
	\"assignReviewersFromApprovalRules\": true, \"autoMerge\": true}"
is_exit 0
says 'projectPath: acme/old'
says "mergeRequestUrl: http://$GL/mr/"
tree_is gitlab/acme/old.git add '100644 old.txt;100644 x/index.md;'
calls '.[] | select(.method == "POST" and (.path | endswith("/merge_requests"))) | .body | [.source_branch, .target_branch, .assignee_id, .reviewer_ids, .labels, .remove_source_branch]' \
	'["add","main",17,[17],"a,b",true]'
calls '[.[] | select(.method == "PUT") | .body]' '[{"reviewer_ids":[5,6]},{"auto_merge":true,"merge_when_pipeline_succeeds":true}]'
act gitlab:repo:push "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"branchName\": \"main\", \"commitMessage\": \"More\", \"sourcePath\": \"docs\"}"
is_exit 0
says "commitHash: $(git -C "$GIT/gitlab/acme/old.git" rev-parse main)"
act gitlab:repo:push "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"branchName\": \"main\", \"commitMessage\": \"Again\", \"sourcePath\": \"docs\"}"
is_exit 1
says 'index.md: there is such a file in the repository already'
act gitlab:repo:push "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"branchName\": \"main\", \"commitMessage\": \"Gone\", \"sourcePath\": \"docs\", \"commitAction\": \"delete\"}"
is_exit 0
tree_is gitlab/acme/old.git main '100644 old.txt;'

forget
act gitlab:group:ensureExists "{\"repoUrl\": \"$GL?owner=acme&repo=x\", \"path\": [\"acme\", \"sub\", {\"name\": \"Deep One\", \"slug\": \"deep\"}], \"description\": \"D\"}"
is_exit 0
calls '[.[] | select(.method == "POST") | .body | [.name, .path, .description]]' '[["Deep One","deep","D"]]'
act gitlab:group:access "{\"repoUrl\": \"$GL?owner=acme&repo=x\", \"path\": \"acme/sub\", \"userIds\": [7, 8], \"groupIds\": [9], \"accessLevel\": \"maintainer\"}"
is_exit 0
says 'accessLevel: 40'
calls "$(of 'PUT /groups/acme/sub/members/8')" '{"access_level":40}'
calls "$(of 'POST /groups/acme/sub/share')" '{"group_access":40,"group_id":9}'
act gitlab:group:migrate "{\"destinationUrl\": \"$GL?owner=acme&repo=moved\", \"destinationAccessToken\": \"token-of-ana\", \"sourceUrl\": \"https://gitlab.example\", \"sourceFullPath\": \"a/b\", \"sourceAccessToken\": \"t\"}"
is_exit 0
says "importedRepoUrl: http://$GL/acme/moved"
calls "$(of 'POST /bulk_imports') | .entities[0].source_full_path" a/b
act gitlab:issues:create "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"projectId\": 12, \"title\": \"Look\", \"dueDate\": \"2026-12-31\", \"assignees\": [3]}"
is_exit 0
says 'issueIid: 1'
calls "$(of 'POST /projects/12/issues') | [.title, .due_date, .assignee_ids]" '["Look","2026-12-31",[3]]'
act gitlab:issue:edit "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"projectId\": 12, \"issueIid\": 1, \"stateEvent\": \"close\", \"addLabels\": \"x\"}"
is_exit 0
says 'state: closed'
calls "$(of 'PUT /projects/12/issues/1')" '{"add_labels":"x","state_event":"close"}'
act gitlab:pipeline:trigger "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"projectId\": \"acme/old\", \"tokenDescription\": \"d\", \"branch\": \"main\", \"variables\": {\"a\": \"b\"}}"
is_exit 0
says "pipelineUrl: http://$GL/pipelines/3"
calls "$(of 'POST /projects/acme/old/trigger/pipeline')" '{"ref":"main","token":"trigger-token-0815","variables":{"a":"b"}}'
calls '[.[] | select(.method == "DELETE") | .path]' '["/projects/acme/old/triggers/4"]'
act gitlab:projectAccessToken:create "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"projectId\": 12}"
is_exit 0
says 'access_token: "***"'
says_not project-token
calls "$(of 'POST /projects/12/access_tokens') | [.access_level, .scopes, (.expires_at | test(\"^20..-..-..\$\"))]" '[40,["read_repository"],true]'
act gitlab:projectDeployToken:create "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"projectId\": 12, \"name\": \"n\", \"scopes\": [\"read_registry\"]}"
is_exit 0
says 'user: gitlab+deploy-1'
says_not deploy-token-4711
for turn in POST PUT; do
	act gitlab:projectVariable:create "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"projectId\": 12, \"key\": \"KEY_1\", \"value\": \"v\", \"variableType\": \"env_var\", \"maskedAndHidden\": true}"
	is_exit 0
	calls "[.[] | select(.method == \"$turn\" and (.path | test(\"/variables\")))] | last | .body | [.key, .masked, .environment_scope]" '["KEY_1",true,"*"]'
done
act gitlab:projectVariable:create "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"projectId\": 12, \"key\": \"a b\", \"value\": \"v\", \"variableType\": \"env_var\"}"
is_exit 1
says 'does not match pattern'
act gitlab:user:info "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"token\": \"token-of-ana\"}"
is_exit 0
says 'username: ana'

# ---- Gitea ----
forget
act publish:gitea "{\"repoUrl\": \"$GT?owner=acme&repo=site\", \"description\": \"A site\", \"repoVisibility\": \"public\"}"
is_exit 0
says "repoContentsUrl: http://$GT/acme/site/src/branch/main/"
tree_is gitea/acme/site.git main "$ALL"
calls "$(of 'POST /orgs/acme/repos') | [.name, .description, .private, .default_branch]" '["site","A site",false,"main"]'
act publish:gitea "{\"repoUrl\": \"$GT?owner=acme&repo=old\", \"description\": \"x\"}"
is_exit 1
says 'ConflictError'
act publish:gitea "{\"repoUrl\": \"$GT?owner=eve&repo=x\", \"description\": \"x\"}"
is_exit 1
says 'eve is neither an organization'
act publish:gitea "{\"repoUrl\": \"$GT?owner=ana&repo=mine\", \"description\": \"x\", \"token\": \"token-of-ana\"}"
is_exit 0
tree_is gitea/ana/mine.git main "$ALL"

# ---- what was done before the end stays done ----
# killed ACTION INPUT FAULT JQ: killed while the fault holds a call, and taken up again from the checkpoints.
killed() {
	rm -rf "$WORK/notes" "$WORK/space"
	forget
	hosts /__fail "$3"
	step "$1" "$2"
	"$BIN" --config "$WORK/config.yaml" template run "$WORK/t" --apply --out "$WORK/space" --checkpoints "$WORK/notes" >"$WORK/killed" 2>&1 &
	_pid=$!
	ok "$1: it comes so far" eventually 20 sh -c "$4"
	kill -9 $_pid
	wait $_pid 2>/dev/null
	hosts /__fail '{}'
	act "$1" "$2" --out "$WORK/space" --checkpoints "$WORK/notes"
	is_exit 0
}
came() { printf 'curl -s http://%s/__calls | jq -e "%s"' "$GH" "$1"; }
killed publish:github "{\"repoUrl\": \"$GH?owner=acme&repo=once\", \"defaultBranch\": \"main\"}" '{"match": "POST /orgs/acme/repos", "status": 0, "after": true}' \
	"test -d $GIT/github/acme/once.git/refs"
calls '[.[] | select(.method == "POST" and .path == "/orgs/acme/repos")] | length' 1
is "$(commits github/acme/once.git main)" 1
killed publish:github "{\"repoUrl\": \"$GH?owner=acme&repo=pushed\", \"defaultBranch\": \"main\"}" '{"match": "git POST /acme/pushed.git/git-receive-pack", "status": 0, "after": true}' \
	"git -C $GIT/github/acme/pushed.git rev-parse -q --verify main"
says "commitHash: $(git -C "$GIT/github/acme/pushed.git" rev-parse main)"
is "$(commits github/acme/pushed.git main)" 1 'the push was not done again'
killed publish:github:pull-request "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"branchName\": \"once\", \"title\": \"Once\", \"description\": \"d\"}" \
	'{"match": "POST /repos/acme/old/pulls", "status": 0, "after": true}' "$(came '[.[] | select(.method == \"POST\" and (.path | endswith(\"/pulls\")))] | length == 1')"
calls '[.[] | select(.method == "POST" and (.path | endswith("/pulls")))] | length' 1
is "$(commits github/acme/old.git once)" 2
killed github:issues:create "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"title\": \"Only once\"}" '{"match": "POST /repos/acme/old/issues", "status": 0, "after": true}' \
	"$(came '[.[] | select(.method == \"POST\")] | length == 1')"
calls '[.[] | select(.method == "POST")] | length' 1
killed github:webhook "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"webhookUrl\": \"https://once.example\"}" '{"match": "POST /repos/acme/old/hooks", "status": 0, "after": true}' \
	"$(came '[.[] | select(.method == \"POST\")] | length == 1')"
calls '[.[] | select(.method == "POST")] | length' 1
killed publish:gitlab "{\"repoUrl\": \"$GL?owner=acme&repo=once\", \"defaultBranch\": \"main\", \"skipExisting\": true}" '{"match": "POST /projects", "status": 0, "after": true}' \
	"test -d $GIT/gitlab/acme/once.git/refs"
says 'created: true'
calls '[.[] | select(.method == "POST" and .path == "/projects")] | length' 1
tree_is gitlab/acme/once.git main "$ALL"
killed publish:gitea "{\"repoUrl\": \"$GT?owner=acme&repo=once\", \"description\": \"x\"}" '{"match": "POST /orgs/acme/repos", "status": 0, "after": true}' \
	"test -d $GIT/gitea/acme/once.git/refs"
tree_is gitea/acme/once.git main "$ALL"
# A line that was torn by an end takes none of those behind it along: the commit is still that of the first time.
torn() { act publish:git "{\"remoteUrl\": \"$GIT/plain/torn.git\"}" --out "$WORK/space" --checkpoints "$WORK/notes"; }
git init -q --bare -b main "$GIT/plain/torn.git"
rm -rf "$WORK/space"
printf '{"begun": "v1.ta' >"$WORK/notes"
torn
is_exit 0
sed -i '/"state"/d' "$WORK/notes"
# shellcheck disable=SC2317 # called by ok
_later() { [ "$(git -C "$GIT/plain/torn.git" log -1 --format=%ct main)" -lt "$(date +%s)" ]; }
ok 'a second later' eventually 5 _later
torn
is_exit 0
# Somebody else's repository of that name is not taken for ours, whenever it is tried again.
rm -rf "$WORK/notes" "$WORK/space"
for turn in first again; do
	act publish:gitea "{\"repoUrl\": \"$GT?owner=acme&repo=old\", \"description\": \"x\"}" --out "$WORK/space" --checkpoints "$WORK/notes"
	ok "$turn: a repository that was there is refused" test "$STATUS" = 1
	says 'ConflictError'
done

# ---- cancelled on the way ----
rm -rf "$WORK/state"
cancelled() {
	hosts /__fail "$3"
	forget
	step "$1" "$2"
	"$BIN" --config "$WORK/config.yaml" template run "$WORK/t" --apply >"$WORK/body" 2>&1 &
	_pid=$!
	ok "$1: it comes so far" eventually 20 sh -c "$4"
	kill -TERM $_pid
	STATUS=0
	wait $_pid || STATUS=$?
	asked="cancelled: $1"
	is_exit 1
	says 'has been cancelled'
	hosts /__fail '{}'
}
cancelled publish:gitea "{\"repoUrl\": \"$GT?owner=acme&repo=slow\", \"description\": \"x\"}" '{"match": "POST /orgs/acme/repos", "status": 0}' \
	"$(came '[.[] | select(.method == \"POST\")] | length == 1')"
cancelled publish:gitea "{\"repoUrl\": \"$GT?owner=acme&repo=stuck\", \"description\": \"x\"}" '{"match": "git POST /acme/stuck.git", "status": 0, "after": true}' \
	"git -C $GIT/gitea/acme/stuck.git rev-parse -q --verify main"
cancelled publish:gitea "{\"repoUrl\": \"$GT?owner=acme&repo=later\", \"description\": \"x\"}" '{"match": "POST /orgs/acme/repos", "status": 429, "headers": {"retry-after": "100"}}' \
	"$(came '[.[] | select(.method == \"POST\")] | length == 1')"
ok 'no repository is left behind in between' sh -c "! find '$WORK/state' -name 'git-*' | grep ."

# ---- a dry run changes nothing ----
forget
for action in publish:github:pull-request github:issues:create github:webhook gitlab:group:ensureExists gitlab:group:access; do
	case $action in
	gitlab*) step $action "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"path\": [\"new\"], \"userIds\": [1]}" ;;
	*) step $action "{\"repoUrl\": \"$GH?owner=acme&repo=old\", \"branchName\": \"b\", \"title\": \"t\", \"description\": \"d\", \"webhookUrl\": \"https://x\"}" ;;
	esac
	[ $action != gitlab:group:access ] || step $action "{\"repoUrl\": \"$GL?owner=acme&repo=old\", \"path\": \"acme\", \"userIds\": [1]}"
	run --config "$WORK/config.yaml" template run "$WORK/t"
	is_exit 0
done
calls length 0
done_testing
