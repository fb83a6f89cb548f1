#!/bin/sh
# Commits of templates that are signed: GnuPG finds the signature good, and what cannot be signed is refused before anything is made.
# shellcheck disable=SC2317 # functions are called by ok, and at the end
. tests/http/lib.sh
. tests/fixtures/hosts.sh
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
GIT=$WORK/git
export GNUPGHOME="$WORK/gnupg"
cleanup() {
	[ -z "$HOSTS" ] || kill "$HOSTS" 2>/dev/null
	gpgconf --kill all
	rm -rf "$WORK"
}
trap cleanup EXIT
mkdir -p "$GIT" "$WORK/t/files"
mkdir -m 700 "$GNUPGHOME"
scm_hosts "$GIT"

# key NAME ALGORITHM [PASSPHRASE]
key() {
	gpg --batch --quiet --pinentry-mode loopback --passphrase "${3:-}" --quick-gen-key "$1 <$1@acme.example>" "$2" default never 2>"$WORK/gpg.log" ||
		echo "# $(cat "$WORK/gpg.log")"
	gpg --batch --quiet --pinentry-mode loopback --passphrase "${3:-}" --armor --export-secret-keys "$1@acme.example" >"$WORK/$1.asc"
}
key portal rsa2048
key curve ed25519
key locked rsa2048 a-passphrase
gpg --batch --armor --export portal@acme.example >"$WORK/public.asc"
echo 'no key' >"$WORK/none.asc"

# configure KEY: of all integrations but GitHub.
configure() {
	jq -n --arg gh "$GH" --arg gl "$GL" --arg gt "$GT" --arg git "$GIT" --rawfile key "$WORK/$1.asc" '{integrations: {
		github: [{host: $gh, apiBaseUrl: "http://\($gh)/api", baseUrl: "http://\($gh)", token: "token-of-the-portal"}],
		gitlab: [{host: $gl, apiBaseUrl: "http://\($gl)/api/v4", baseUrl: "http://\($gl)", token: "token-of-the-portal", commitSigningKey: $key}],
		gitea: [{host: $gt, baseUrl: "http://\($gt)", username: "portal", password: "token-of-the-portal", commitSigningKey: $key}],
		git: [{url: "file://\($git)/signed/", create: true, commitSigningKey: $key}, {url: "file://\($git)/plain/", create: true}]}}' >"$WORK/config.json"
}
echo '# Site' >"$WORK/t/files/README.md"
# act ACTION INPUT: a step of that action behind one that fills the workspace.
act() {
	jq -n --arg action "$1" --argjson input "$2" '{apiVersion: "scaffolder.backstage.io/v1beta3", kind: "Template", metadata: {name: "t"},
		spec: {type: "x", steps: [{id: "f", action: "fetch:plain", input: {url: "./files"}}, {id: "s", action: $action, input: $input}]}}' >"$WORK/t/template.yaml"
	run --config "$WORK/config.json" template run "$WORK/t" --apply
	asked=$1
}
# signed REPOSITORY BRANCH WHO
_signed() { git -C "$GIT/$1" verify-commit --raw "$2" 2>&1 | grep "GOODSIG .* $3 <$3@acme.example>"; }
signed() { ok "$1: $2 has a good signature of $3" _signed "$1" "$2" "$3"; }

for who in portal curve; do
	configure "$who"
	act publish:gitlab "{\"repoUrl\": \"$GL?owner=acme&repo=$who\", \"signCommit\": true}"
	is_exit 0
	signed "gitlab/acme/$who.git" master "$who"
	act publish:gitea "{\"repoUrl\": \"$GT?owner=acme&repo=$who\", \"description\": \"x\", \"signCommit\": true}"
	is_exit 0
	signed "gitea/acme/$who.git" main "$who"
	act publish:git "{\"remoteUrl\": \"$GIT/signed/$who.git\", \"signCommit\": true, \"gitCommitMessage\": \"Two\\n\\nlines\\n\"}"
	is_exit 0
	signed "signed/$who.git" main "$who"
	is "$(git -C "$GIT/signed/$who.git" log -1 --format=%B main | tr '\n' '|')" 'Two||lines||' 'its message is as it was said'
	ok 'a repository with it is whole' git -C "$GIT/signed/$who.git" fsck --strict
	act publish:git "{\"remoteUrl\": \"$GIT/signed/$who.git\", \"signCommit\": true, \"baseBranch\": \"main\", \"defaultBranch\": \"more\", \"targetPath\": \"sub\"}"
	is_exit 0
	signed "signed/$who.git" more "$who"
	is "$(git -C "$GIT/signed/$who.git" rev-parse more^)" "$(git -C "$GIT/signed/$who.git" rev-parse main)" 'upon what was there'
	says_not 'PRIVATE KEY'
done
act publish:gitlab "{\"repoUrl\": \"$GL?owner=acme&repo=unsigned\"}"
is_exit 0
is "$(git -C "$GIT/gitlab/acme/unsigned.git" cat-file commit master | grep -c gpgsig)" 0 'unless it is wanted there is none'

# Without a key nothing is made.
act publish:github "{\"repoUrl\": \"$GH?owner=acme&repo=none\", \"signCommit\": true}"
is_exit 1
says "$GH: the commit is to be signed, and integrations.github has no commitSigningKey for it"
ok 'no repository was made' test ! -e "$GIT/github/acme/none.git"
act publish:git "{\"remoteUrl\": \"$GIT/plain/none.git\", \"signCommit\": true}"
is_exit 1
says 'integrations.git has no commitSigningKey'
ok 'no repository was made' test ! -e "$GIT/plain/none.git"

# Keys that are none.
for key in public none locked; do
	configure "$key"
	act publish:git "{\"remoteUrl\": \"$GIT/signed/$key.git\", \"signCommit\": true}"
	is_exit 1
	case $key in
	locked) says 'commitSigningKey has a passphrase' ;;
	*) says 'commitSigningKey is no private key of OpenPGP that can sign' ;;
	esac
	is "$(git -C "$GIT/signed/$key.git" for-each-ref 2>/dev/null)" '' 'nothing was pushed'
done
done_testing
