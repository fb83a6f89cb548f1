#!/bin/sh
# Forms that ask for a token of one's own: entered for one host, or that of a sign-in there; kept, masked, and what steps get of it.
# shellcheck disable=SC2317 # functions are called by ok and eventually
. tests/http/lib.sh
. tests/fixtures/own.sh
PROVIDER=
tokens_end() {
	[ -z "$PROVIDER" ] || kill "$PROVIDER" 2>/dev/null
	own_end
}
trap tokens_end EXIT
node tests/fixtures/oidc.mjs "$WORK/oidc.port" >"$WORK/oidc.log" 2>&1 &
PROVIDER=$!
eventually 15 test -s "$WORK/oidc.port" || bail "the provider does not start: $(tail -n 3 "$WORK/oidc.log")"
HOST=127.0.0.1:$(cat "$WORK/oidc.port")
OP=http://$HOST

# template NAME OPTIONS [MORE]: asks where to, with these options, and says what it was given.
template() {
	cat <<-YAML
		---
		apiVersion: scaffolder.backstage.io/v1beta3
		kind: Template
		metadata: {name: $1}
		spec:
		  type: service
		  ${3:-}
		  parameters:
		    - title: Where
		      properties:
		        repoUrl: {title: Repository, type: string, ui:field: RepoUrlPicker, ui:options: {allowedHosts: ['$HOST', gitlab.com], $2}}
		        branch: {title: Branch, type: string, ui:field: RepoBranchPicker, ui:options: {requestUserCredentials: {secretsKey: MINE}}}
		  steps:
		    - {id: all, name: Say it, action: debug:log, input: {message: 'all [\${{ secrets.MINE }}]'}}
		    - {id: part, name: Say a part, action: debug:log, input: {message: 'part [\${{ secrets.MINE | truncate(6, true, "") }}]'}}
	YAML
}
ASKS="requestUserCredentials: {secretsKey: MINE, additionalScopes: {gitea: ['write:repository'], gitlab: [api]}}"
{
	template own "$ASKS"
	template more 'requestUserCredentials: {secretsKey: MINE, additionalScopes: {gitea: [admin]}}'
	template must "$ASKS" 'secrets: {schema: {type: object, required: [MINE], properties: {MINE: {type: string}}}}'
	cat <<-YAML
		---
		apiVersion: scaffolder.backstage.io/v1beta3
		kind: Template
		metadata: {name: owner}
		spec:
		  type: service
		  parameters:
		    properties:
		      known: {title: Owner, type: string, ui:field: RepoOwnerPicker, ui:options: {host: gitlab.com, requestUserCredentials: {secretsKey: A}}}
		      other: {title: Owner, type: string, ui:field: RepoOwnerPicker, ui:options: {host: evil.example, requestUserCredentials: {secretsKey: B}}}
		      silent: {title: Owner, type: string, ui:field: RepoOwnerPicker, ui:options: {host: gitlab.com}}
		  steps: [{id: say, action: debug:log, input: {message: hello}}]
	YAML
	for name in ana bob; do
		printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: %s}\nspec: {profile: {email: %s@acme.example}, memberOf: []}\n' $name $name
	done
} >"$WORK/entities.yaml"
TOKEN=forms-token-0123456789abcdef
# shellcheck disable=SC2016 # the portal fills in the port
{
	cat <<-YAML
		app: {baseUrl: "http://127.0.0.1:\${CALLBOARD_PORT}"}
		backend:
		  baseUrl: "http://127.0.0.1:\${CALLBOARD_PORT}"
		  auth: {externalAccess: [{type: static, options: {token: $TOKEN, subject: tests}}]}
		integrations: {gitea: [{host: "$HOST", baseUrl: "$OP"}]}
		catalog:
		  rules: [{allow: [User, Template]}]
		  locations: [{type: file, target: $WORK/entities.yaml}]
		auth:
		  providers:
		    guest: {userEntityRef: 'user:default/guest', dangerouslyAllowOutsideDevelopment: true}
	YAML
	# "plugged" may not be used for more than signing in; nothing of "google" is to be kept.
	for row in 'oidc additionalScopes: "write:repository"' 'plugged prompt: login' 'google keepTokens: false'; do
		printf '    %s:\n      development:\n        metadataUrl: %s\n        clientId: callboard\n        clientSecret: "a secret: with + and %%"\n' "${row%% *}" "$OP"
		printf '        signIn: {resolvers: [{resolver: emailMatchingUserEntityProfileEmail}]}\n        %s\n' "${row#* }"
	done
} >"$WORK/config.yaml"
own_stack "$WORK/config.yaml"
as "$TOKEN"
becomes user:default/bob .kind
becomes template:default/owner .kind
as nobody

FORM=/create/templates/default/own
# token: of the forms of the page that was asked for last.
token() { sed -n 's/.*name="_csrf" value="\([^"]*\)".*/\1/p' "$WORK/body" | head -n 1; }
digest() { sed -n 's/.*name="_digest" value="\([^"]*\)".*/\1/p' "$WORK/body"; }
# fill FIELD=VALUE...: sends the form, and follows where it leads.
fill() {
	post_form "$FORM" "_csrf=$(token)" "$@"
	TO=$(_header location)
	[ "$STATUS" != 303 ] || get "${TO#"$URL"}"
}
leads() { is "$STATUS ${TO#"$URL"}" "200 $1" "leads to $1"; }
# where HOST FIELD=VALUE...: sends the page with a repository on that host.
where() {
	_host=$1
	shift
	fill _page=1 _do=next /repoUrl= "/repoUrl/host=$_host" /repoUrl/owner=acme /repoUrl/repo=pay /branch=main "$@"
}
sql() { mariadb --no-defaults -uroot -S "$STATE/mariadb.sock" callboard -N -B -e "$1"; }
# makes: confirms what is shown; $task is what comes of it, $log what its steps said.
makes() {
	post_form "$FORM" "_csrf=$(token)" _page=2 _do=create "_digest=$(digest)"
	is_status 303
	task=$(_header location)
	case $task in */create/tasks/*) task=${task##*/create/tasks/} ;; *) bail "there is no task: $task" ;; esac
	cp "$WORK/jar" "$WORK/jar.kept"
	as "$TOKEN"
	ok 'the task ends' eventually 30 ended
	get "/api/scaffolder/v2/tasks/$task/events"
	log=$(jq -r '.[].body.message' "$WORK/body")
	as nobody
	cp "$WORK/jar.kept" "$WORK/jar"
}
ended() { get "/api/scaffolder/v2/tasks/$task" && jq -e '.status == "completed"' "$WORK/body"; }
part() { printf '%s\n' "$log" | sed -n 's/.*part \[\(.*\)\].*/\1/p'; }
said() { ok "$1" grep -qF -e "$2" <<-TEXT
	$log
	TEXT
}

# ---- a token that is entered ----

get "$FORM"
is_status 200
has "Your own access token for $HOST"
has 'Steps act there in your name with it.'
has '<code>write:repository</code>'
lacks 'Steps act in your name at'
is "$(grep -o 'name="/[a-zA-Z]*/token/[^"]*"' "$WORK/body" | tr '\n' ' ')" "name=\"/repoUrl/token/$HOST\" " 'it is asked for once'
# The host alone, as a browser without scripts chooses it.
fill _page=1 _do=next /repoUrl= /repoUrl/host=gitlab.com /repoUrl/owner= /repoUrl/repo= /branch= "/repoUrl/token/$HOST=of-the-other-host"
leads "$FORM?page=1&more=1"
has 'Your own access token for gitlab.com'
has '<code>api</code>'
ok 'the host that was chosen is still chosen' grep -q '<option selected>gitlab.com' "$WORK/body"
lacks 'entered'
where gitlab.com '/repoUrl/token/gitlab.com=  sesame-4711-is-mine '
leads "$FORM?page=review"
has 'Your access token for gitlab.com'
has '••••••••'
lacks sesame
get "$FORM?page=1"
has '•••••••• entered'
lacks sesame
is "$(sql "SELECT COUNT(*) FROM form_draft WHERE state LIKE '%sesame%' OR sealed LIKE '%sesame%'")" 0 'it cannot be read in the draft'
# On another host it counts no more, and does again when that is chosen again.
where "$HOST" "/repoUrl/token/$HOST="
leads "$FORM?page=review"
has "Your access token for $HOST"
lacks '••••••••'
get "$FORM?page=1"
where gitlab.com /repoUrl/token/gitlab.com=
has '••••••••'
makes
said 'what steps say of it is masked' 'all [***]'
is "$(part)" sesame 'steps have it, without the spaces around it'
ok 'the log has it nowhere' sh -c "! grep -q sesame-4711 '$STATE/callboard.log'"
as "$TOKEN"
get "/api/scaffolder/v2/tasks/$task"
lacks sesame
as nobody
get "/create/tasks/$task"
is_status 200
lacks 'Your access token'

# Cleared, and left empty: the secret is not there.
get "$FORM"
where gitlab.com /repoUrl/token/gitlab.com=sesame-4712
get "$FORM?page=1"
fill _page=1 _do=clear:/repoUrl/token/gitlab.com
get "$FORM?page=1"
lacks 'entered'
where gitlab.com /repoUrl/token/gitlab.com=
leads "$FORM?page=review"
makes
said 'nothing was entered, and steps have nothing' 'all []'

# ---- hosts that nobody configured, and pickers that do not ask ----

FORM=/create/templates/default/owner
get "$FORM"
has 'name="/known/token/gitlab.com"'
lacks '/other/token'
lacks '/silent/token'
FORM=/create/templates/default/own
get "$FORM?formData=%7B%22repoUrl%22%3A%22evil.example%3Fowner%3Da%26repo%3Db%22%7D"
is_status 200
lacks '/token/evil'

# ---- a token that has to be there ----

FORM=/create/templates/default/must
get "$FORM"
where gitlab.com /repoUrl/token/gitlab.com=
leads "$FORM?page=1&check=1"
has 'One field is not right yet.'
where gitlab.com /repoUrl/token/gitlab.com=sesame-4713
leads "$FORM?page=review"
makes
is "$(part)" sesame 'it is given'

# ---- that of a sign-in ----

control() { curl -sS -o /dev/null --data-binary "$1" "$OP/__control"; }
given() { curl -sS "$OP/__control" | jq -r '.given[]'; }
control "{\"redirect\":\"$URL/api/auth/oidc/handler/frame\"}"
# sign_in NAME [PROVIDER]: with an empty browser.
sign_in() {
	control "{\"account\":{\"sub\":\"$1\",\"email\":\"$1@acme.example\",\"email_verified\":true,\"name\":\"$1\"}}"
	rm -f "$WORK/jar"
	get "/api/auth/${2:-oidc}/start?env=development&flow=redirect"
	_next=$(_header location)
	until [ "${_next#"$URL"/}" != "$_next" ]; do
		case $_next in /*) _next=$OP$_next ;; esac
		curl -sS -g -o /dev/null -D "$WORK/op.head" -b "$WORK/jar" -c "$WORK/jar" "$_next"
		_next=$(sed -n 's/\r$//; s/^[Ll]ocation: //p' "$WORK/op.head")
		[ -n "$_next" ] || bail "the provider leads nowhere: $(cat "$WORK/op.head")"
	done
	get "${_next#"$URL"}"
	is_status 303
}
FORM=/create/templates/default/own
sign_in ana
get "$FORM"
has "Steps act in your name at $HOST"
lacks "/repoUrl/token/$HOST\" value"
lacks 'Your own access token'
where "$HOST"
leads "$FORM?page=review"
has 'That of your sign-in'
given >"$WORK/given"
makes
said 'it is masked as well' 'all [***]'
ok 'steps have a token that the provider gave' grep -q "^$(part)" "$WORK/given"
given | while IFS= read -r text; do grep -F -e "$text" "$STATE/callboard.log"; done >"$WORK/leaked"
is "$(cat "$WORK/leaked")" '' 'the log has none of them'
is "$(sql "SELECT CONCAT_WS(' ', status, actor, JSON_VALUE(meta, '\$.templateRef')) FROM audit WHERE event = 'token-use'")" \
	'succeeded user:default/ana template:default/own' 'the use of it is recorded'
# Elsewhere she enters one.
get "$FORM"
where gitlab.com
leads "$FORM?page=1&more=1"
has 'Your own access token for gitlab.com'
fill _do=forget

# Where more is wanted than she has.
FORM=/create/templates/default/more
get "$FORM"
has "Your own access token for $HOST"
has 'Your sign-in there does not have all of these scopes.'

# A required one needs not be entered.
FORM=/create/templates/default/must
get "$FORM"
where "$HOST"
leads "$FORM?page=review"
makes
said 'it was given' 'all [***]'

# It ends between the last look and the button.
FORM=/create/templates/default/own
get "$FORM"
where "$HOST"
leads "$FORM?page=review"
was=$(digest)
sql 'UPDATE session SET tokens = NULL'
fill _page=2 _do=create "_digest=$was"
leads "$FORM?page=1&more=1"
has 'Your sign-in there is of no use for it any more'
has "name=\"/repoUrl/token/$HOST\""
where "$HOST" "/repoUrl/token/$HOST=sesame-4714"
leads "$FORM?page=review"
makes
is "$(part)" sesame 'then the one that is entered counts'

# The provider is away when it has to be renewed.
control '{"renew":true,"ttl":2}'
sign_in bob
get "$FORM"
has 'Steps act in your name at'
control '{"down":true}'
away() { get "$FORM" && grep -q 'cannot be renewed now' "$WORK/body"; }
ok 'the form says that the host does not answer' eventually 20 away
control '{"down":false,"ttl":3600,"renew":false}'

# Providers that are for signing in alone.
for name in plugged google; do
	sign_in ana $name
	get "$FORM"
	has "Your own access token for $HOST"
	lacks 'Your sign-in there'
	is "$(sql "SELECT COUNT(*) FROM session WHERE tokens IS NOT NULL AND provider = '$name'")" 0 'none of its tokens are kept'
done
unharmed
done_testing
