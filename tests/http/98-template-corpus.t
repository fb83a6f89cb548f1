#!/bin/sh
# callboard template: templates of our own, and those of others, of which it says something clear, and harms nobody.
. tests/http/lib.sh
CORPUS=$PWD/../shared/corpus/templates
T=$WORK/service
mkdir -p "$T/skeleton/src" "$T/tests"
cat >"$T/template.yaml" <<'YAML'
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: service, title: Service}
spec:
  type: service
  parameters:
    required: [name]
    properties:
      name: {type: string, pattern: '^[a-z]+$'}
      port: {type: integer, default: 8080}
  steps:
    - id: fill
      action: fetch:template
      input: {url: ./skeleton, values: {name: '${{ parameters.name }}', port: '${{ parameters.port }}', key: '${{ secrets.key }}'}}
    - id: publish
      action: publish:somewhere
      input: {description: x}
    - id: owner
      action: catalog:fetch
      input: {entityRef: 'group:default/owner'}
  output: {port: '${{ parameters.port }}', url: '${{ steps.publish.output.url }}', owner: '${{ steps.owner.output.entity }}'}
YAML
# shellcheck disable=SC2016 # expressions of templates, not of the shell
printf 'port ${{ values.port }}\n' >"$T/skeleton/README.md"
# shellcheck disable=SC2016
printf '#!/bin/sh\necho ${{ values.name }} ${{ values.key }}\n' >"$T/skeleton/src/\${{ values.name }}.sh"
chmod 755 "$T/skeleton/src/"*.sh
ln -s /etc/passwd "$T/skeleton/link"

run template lint "$T"
is_exit 1
says "template.yaml:16: Template action with ID 'publish:somewhere' is not registered"
says_not 'service/template.yaml:1:'

echo 'name: pay' >"$WORK/values.yaml"
echo 'key: sesame-4711' >"$WORK/secrets.yaml"
run template run "$T" --values "$WORK/values.yaml" --secrets "$WORK/secrets.yaml" --out "$WORK/out"
is_exit 0
says 'fill: Finished step fetch:template'
says 'publish: Skipping because publish:somewhere does not support dry-run'
says 'publish:somewhere is not installed here: it was left out'
says 'owner: Skipping because catalog:fetch does not support dry-run'
says 'port: 8080'
says_not sesame
is "$(cat "$WORK/out/README.md")" 'port 8080'
is "$("$WORK/out/src/pay.sh")" 'pay sesame-4711' 'modes are kept, and secrets reach the files'
is "$(readlink "$WORK/out/link")" /etc/passwd 'a link is copied as it is'
run template run "$T"
is_exit 1
says 'the values do not fit the form: instance requires property "name"'
run template run "$T" --values "$WORK/none.yaml"
is_exit 1
run template run
is_exit 2

# What is wrong, with its line.
sed -e 's/url: .\/skeleton/url: .\/none/' -e 's/parameters.port/parameters.prot/' -e 's/id: owner/id: fill/' \
	-e 's/type: integer/type: integre/' "$T/template.yaml" >"$WORK/wrong.yaml"
run template lint "$WORK/wrong.yaml"
is_exit 1
says "wrong.yaml:14: './none' is not beside the template"
says 'wrong.yaml:14: parameters.prot: there is no such parameter'
says "wrong.yaml:18: the id 'fill' stands at two steps"
says 'steps.owner: there is no such step before it'
says "wrong.yaml:10: parameters, page 1: the schema's /properties/port/type"
printf 'kind: Template\na: [\n' >"$WORK/broken.yaml"
run template lint "$WORK/broken.yaml" "$WORK/gone"
is_exit 1
says 'broken.yaml:'
says 'gone: no such file or directory'

# Cases beside the template.
cat >"$T/tests/pay.yaml" <<'YAML'
values: {name: pay, port: 1}
files: {README.md: "port 1\n", src/pay.sh: true, src/none.sh: false}
output: {port: 1}
YAML
printf 'values: {name: PAY}\nerror: does not match pattern\n' >"$T/tests/name.yaml"
run template test "$T"
is_exit 0
says 'ok 2 - '
says '1..2'
printf 'values: {name: pay}\nfiles: {README.md: wrong}\n' >"$T/tests/wrong.yaml"
run template test "$T"
is_exit 1
says 'not ok 3 - '
says '#   README.md: holds'

# Escapes end with a message.
for url in ../.. /etc "./skeleton/../../.." ./skeleton/.git; do
	sed "s|url: ./skeleton|url: $url|" "$T/template.yaml" >"$T/escape.yaml"
	run template run "$T/escape.yaml" --values "$WORK/values.yaml" --out "$WORK/escaped"
	is_exit 1
done
ok 'nothing was written' test ! -e "$WORK/escaped"
ok 'no folder is left behind' sh -c "! find ${CALLBOARD_STATE:-$WORK}/scaffolder/dry-run -mindepth 1 2>/dev/null | grep ."

[ -d "$CORPUS" ] || done_testing

# ---- templates of others ----
grep -rlE '^kind: *Template' --include='*.yaml' --include='*.yml' "$CORPUS" | sort >"$WORK/list"
is "$(wc -l <"$WORK/list")" 86 'there are 86 templates'
: >"$WORK/odd"
written=0 refused=0
while read -r file; do
	run template lint "$file"
	case $STATUS in 0 | 1) ;; *) echo "lint $file: $STATUS" >>"$WORK/odd" ;; esac
	grep -o "action with ID '[^']*'" "$WORK/body" | cut -d' ' -f4 >>"$WORK/unknown"
	test -s "$WORK/body" || echo "lint $file: nothing is said" >>"$WORK/odd"
	run template run "$file" --examples
	case $STATUS in
	0) written=$((written + 1)) ;;
	1) refused=$((refused + 1)) && grep '^callboard template: .' "$WORK/body" >>"$WORK/reasons" || echo "run $file: no reason" >>"$WORK/odd" ;;
	*) echo "run $file: $STATUS" >>"$WORK/odd" ;;
	esac
done <"$WORK/list"
ok 'each of them is judged' cmp "$WORK/odd" /dev/null
ok 'actions that come with the portal are known' sh -c "! grep -E \"'(publish:(git|github|gitlab|gitea)|github:|gitlab:|http:|fetch:(plain|template)|fs:|catalog:|debug:|workspace:)\" '$WORK/unknown'"
echo "# not there: $(sort "$WORK/unknown" | uniq -c | sort -rn | awk '{ printf "%s %s, ", $1, $2 }')"
echo "# $written run, $refused do not"
ok 'most of them run' test "$written" -ge 45
sed 's/.*corpus.templates.//' "$WORK/reasons" | cut -c1-150 | sort | uniq -c | sort -rn | head -n 12 | sed 's/^/# /'
done_testing
