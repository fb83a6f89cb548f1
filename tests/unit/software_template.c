/* What a Template entity asks and does, and what is wrong with it. */
#include "ext/json.h"
#include "ext/yaml.h"
#include "scaffolder/source.h"
#include "scaffolder/template.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };

static const char head[] = "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\n"
			   "metadata: {name: t, title: T, description: D}\nspec:\n  type: x\n";

static struct json *entity(const char *spec)
{
	struct json *v = NULL;

	if (yaml_read_one(&cx, str_of(arena_printf(&mem, "%s%s", head, spec)), NULL, &v) < 0)
		printf("Bail out! %s\n", cx.err.text);
	return v;
}

static struct json *value(const char *yaml)
{
	struct json *v = NULL;

	if (yaml_read_one(&cx, str_of(yaml), NULL, &v) < 0)
		printf("Bail out! %s\n", cx.err.text);
	return v;
}

static const char *written(const struct json *v)
{
	struct buf b = { .mem = &mem };

	json_write(&b, v);
	return buf_text(&b);
}

static const char *judged(const char *spec)
{
	return template_entity(&cx, entity(spec)) < 0 ? cx.err.text : "good";
}

static void entities(void)
{
	STR_EQ(judged("  steps: []\n"), "good");
	OK(strstr(judged("  owner: x\n"), "steps") != NULL);
	STR_EQ(judged("  steps: []\n  output: {links: [], text: [], a: b}\n"), "good");
	STR_EQ(judged("  steps: []\n  output: {deep: {a: b}}\n"), "/spec/output/deep must be string - type: string");
	OK(template_entity(&cx, value("{kind: Component}")) == ERR_INPUT);
	STR_EQ(cx.err.text, "Input template is not a template");
}

static void forms(void)
{
	struct json *e =
		entity("  steps: [{action: a}, {id: two, name: Two, action: b}]\n  presentation: {buttonLabels: {}}\n"
		       "  parameters:\n    - {title: P, description: Q, properties: {n: {type: integer, default: 3}}}\n"
		       "    - {required: [s], properties: {s: {enum: [a, b]}, f: {type: boolean}}}\n"
		       "  secrets: {schema: {required: [pw], properties: {pw: {minLength: 4}}}}\n");

	STR_EQ(written(template_steps(&mem, e)),
	       "[{\"action\":\"a\",\"id\":\"step-1\",\"name\":\"a\"},{\"id\":\"two\",\"name\":\"Two\",\"action\":\"b\"}]");
	struct json *form = template_form(&mem, e);

	STR_EQ(json_get_text(form, "title", ""), "T");
	STR_EQ(json_get_text(form, "description", ""), "D");
	STR_EQ(written(json_get(form, "presentation")), "{\"buttonLabels\":{}}");
	OK(json_len(json_get(form, "steps")) == 2 && !json_get(form, "ui:options"));
	STR_EQ(json_get_text(json_get(form, "steps")->a.items[0], "description", ""), "Q");
	STR_EQ(json_get_text(json_get(form, "steps")->a.items[1], "title", ""), "Please enter the following information");
	STR_EQ(written(template_defaults(&mem, e, false)), "{\"n\":3}");
	STR_EQ(written(template_defaults(&mem, e, true)), "{\"n\":3,\"s\":\"a\",\"f\":false}");
	OK(template_misfits(&mem, e, value("{s: a}"))->a.n == 0);
	OK(template_misfits(&mem, e, value("{n: x}"))->a.n == 2);
	OK(template_secret_misfits(&mem, e, value("{pw: abcd}"))->a.n == 0);
	OK(template_secret_misfits(&mem, e, NULL)->a.n == 1);
	OK(!strstr(written(template_secret_misfits(&mem, e, value("{pw: abc}"))), "abc"));
	OK(template_secret_misfits(&mem, entity("  steps: []\n"), NULL)->a.n == 0);
}

static const char *lint(const char *spec)
{
	const struct template_source nowhere = { 0 };
	struct faults faults = { 0 };
	struct buf b = { .mem = &mem };

	template_lint(&cx, entity(spec), NULL, &nowhere, &faults);
	for (size_t i = 0; i < faults.n; i++)
		buf_addf(&b, "%s%u: %s", i ? "; " : "", faults.items[i].line, faults.items[i].rule);
	return buf_text(&b);
}

static void faults(void)
{
	STR_EQ(lint("  parameters: {properties: {n: {}}}\n  steps:\n    - {id: a, action: x, input: {v: '${{ parameters.n "
		    "}}'}}\n"
		    "  output: {o: '${{ steps.a.output.v }} ${{ steps[\"b-c\"] }}'}\n"),
	       "");
	STR_EQ(lint("  steps:\n    - {id: a, action: x, if: '${{ steps.b.output.v }}'}\n    - {id: b, action: x}\n    - {id: "
		    "b, action: x}\n"),
	       "7: steps.b: there is no such step before it; 9: the id 'b' stands at two steps");
	STR_EQ(lint("  steps:\n    - action: x\n      input: {v: '${{ a || b }}', w: 'my.steps.c'}\n"),
	       "8: '${{ a || b }}' cannot be parsed: the name of a filter is missing before '|'");
	STR_EQ(lint("  parameters:\n    - {properties: {n: {type: integre}}}\n  steps: []\n"),
	       "7: parameters, page 1: the schema's /properties/n/type must be equal to one of the allowed values");
}

static const char *place(const char *annotations)
{
	struct json *e = json_object(&mem), *meta = json_set(&mem, e, "metadata", json_object(&mem));
	struct template_source s;

	json_set(&mem, meta, "annotations", value(annotations));
	s = template_source_of(&cx, e);
	return s.folder ? arena_printf(&mem, "folder %s", s.folder) : s.url ? s.url : "nowhere";
}

static void places(void)
{
	STR_EQ(place("{backstage.io/managed-by-location: 'url:https://a/b/template.yaml'}"), "https://a/b/template.yaml");
	STR_EQ(place("{backstage.io/managed-by-location: 'file:/srv/t/template.yaml'}"), "folder /srv/t");
	STR_EQ(place("{backstage.io/managed-by-location: 'url:file:///srv/t/template.yaml'}"), "nowhere");
	STR_EQ(place("{backstage.io/managed-by-location: 'url:https://a/x', backstage.io/source-location: 'url:https://a/b/'}"),
	       "https://a/b/");
	/* An author's own annotation opens no folder of the server. */
	STR_EQ(place("{backstage.io/managed-by-location: 'url:https://a/x', backstage.io/source-location: 'file:/etc/x'}"),
	       "https://a/x");
	STR_EQ(place("{backstage.io/source-location: 'file:/etc/x'}"), "nowhere");
	STR_EQ(place("{}"), "nowhere");
}

int main(void)
{
	cx.conf = json_object(&mem);
	entities();
	forms();
	faults();
	places();
	return DONE();
}
