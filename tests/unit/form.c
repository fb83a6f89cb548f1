/* Forms of templates: which fields there are, what is posted, what does not fit, what is shown and what never is. */
#include "ext/json.h"
#include "scaffolder/draft.h"
#include "scaffolder/form.h"
#include "scaffolder/form_pick.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static struct form form;
static bool signed_in;

static struct json *parse(const char *text)
{
	struct json *v = NULL;

	if (json_parse(&cx, str_of(text), &v) < 0)
		printf("Bail out! %s: %s\n", text, cx.err.text);
	return v;
}

static const char *text(const struct json *v)
{
	struct buf b = { .mem = &mem };

	if (!v)
		return "undefined";
	json_write(&b, v);
	return buf_text(&b);
}

/* A form of pages, '{"properties": …}' or a list of such. */
static void begin(const char *parameters)
{
	struct json *entity = parse("{\"spec\":{}}");

	json_set(&mem, json_get(entity, "spec"), "parameters", parse(parameters));
	form_open(&cx, entity, &form);
	OK(form_begin(&form) == 0);
}

/* The names of a page's fields, with their widgets. */
static const char *fields_of(const struct json *list)
{
	struct buf b = { .mem = &mem };

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *f = list->a.items[i];

		buf_addf(&b, "%s%s:%s", i ? " " : "", json_get_text(f, "place", "?"), json_get_text(f, "widget", "?"));
		if (json_len(json_get(f, "fields")))
			buf_addf(&b, "(%s)", fields_of(json_get(f, "fields")));
		if (json_len(json_get(f, "items")))
			buf_addf(&b, "[%s]", fields_of(json_get(f, "items")));
	}
	return buf_text(&b);
}

static const char *shown(size_t page)
{
	struct json *v;

	return form_page(&form, page, NULL, &v) < 0 ? cx.err.text : fields_of(json_get(v, "fields"));
}

static bool more;
static void post(size_t page, const char *posted)
{
	more = false;
	OK(form_post(&form, page, parse(posted), &more) == 0);
}

static const char *wrong(size_t page)
{
	struct json *errors;

	return form_errors(&form, page, &errors) < 0 ? cx.err.text : text(errors);
}

static const char *given(void)
{
	struct json *v;

	return form_values(&form, &v) < 0 ? cx.err.text : text(v);
}

static void kinds(void)
{
	begin("{\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"type\":\"integer\"},\"c\":{\"type\":\"boolean\"},"
	      "\"d\":{\"enum\":[\"x\",1]},\"e\":{\"type\":[\"null\",\"number\"]},\"f\":{\"type\":\"array\",\"items\":{\"type\":"
	      "\"string\"}},"
	      "\"g\":{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"enum\":[1,2]}},\"h\":{\"type\":\"object\","
	      "\"properties\":{\"i\":{}}},"
	      "\"j\":{\"type\":\"object\"},\"k\":{\"oneOf\":[{\"const\":1,\"title\":\"One\"},{\"const\":2}]}}}");
	STR_EQ(shown(0), "/a:text /b:number /c:checkbox /d:select /e:number /f:list /g:checkboxes /h:object(/h/i:text) /j:json "
			 "/k:select");
	begin("{\"properties\":{\"a\":{\"ui:widget\":\"textarea\"},\"b\":{\"ui:widget\":\"password\"},\"c\":{\"ui:field\":"
	      "\"Secret\"},"
	      "\"d\":{\"ui:options\":{\"widget\":\"hidden\"}},\"e\":{\"type\":\"integer\",\"ui:widget\":\"updown\"},"
	      "\"f\":{\"type\":\"string\",\"format\":\"date\"},\"g\":{\"ui:field\":\"OwnersOwnThing\"},\"h\":{\"ui:widget\":"
	      "\"nothing\"}},"
	      "\"ui:order\":[\"f\",\"*\",\"a\"]}");
	STR_EQ(shown(0), "/f:date /b:password /c:secret /e:number /g:text /h:text /a:textarea");
}

static void conditions(void)
{
	begin("{\"properties\":{\"m\":{\"enum\":[\"a\",\"b\"],\"default\":\"b\"}},\"dependencies\":{\"m\":{\"oneOf\":["
	      "{\"properties\":{\"m\":{\"enum\":[\"a\"]},\"x\":{\"type\":\"string\",\"default\":\"X\"}},\"required\":[\"x\"]},"
	      "{\"properties\":{\"m\":{\"enum\":[\"b\"]}}}]}}}");
	STR_EQ(shown(0), "/m:select");
	post(0, "{\"/m\":[\"a\"]}");
	OK(more);
	STR_EQ(shown(0), "/m:select /x:text");
	STR_EQ(given(), "{\"m\":\"a\",\"x\":\"X\"}");
	post(0, "{\"/m\":[\"a\"],\"/x\":[\"\"]}");
	OK(!more);
	STR_EQ(wrong(0), "{\"/x\":\"Fill this in.\"}");
	post(0, "{\"/m\":[\"a\"],\"/x\":[\"y\"]}");
	STR_EQ(wrong(0), "{}");
	/* What no condition asks for any more is kept, and not given. */
	post(0, "{\"/m\":[\"b\"]}");
	STR_EQ(given(), "{\"m\":\"b\"}");
	post(0, "{\"/m\":[\"a\"],\"/x\":[\"y\"]}");
	STR_EQ(given(), "{\"m\":\"a\",\"x\":\"y\"}");
	/* One page asks what another was told. */
	begin("[{\"properties\":{\"on\":{\"type\":\"boolean\",\"default\":false}}},"
	      "{\"if\":{\"properties\":{\"on\":{\"const\":true}}},\"then\":{\"properties\":{\"y\":{\"type\":\"string\"}}},"
	      "\"else\":{\"properties\":{\"n\":{\"type\":\"string\"}}}}]");
	STR_EQ(shown(1), "/n:text");
	post(0, "{\"/on\":[\"false\",\"true\"]}");
	STR_EQ(shown(1), "/y:text");
}

static void alternatives(void)
{
	begin("{\"properties\":{\"s\":{\"oneOf\":[{\"title\":\"A\",\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":["
	      "\"a\"]},"
	      "{\"title\":\"B\",\"properties\":{\"b\":{\"type\":\"integer\"}},\"required\":[\"b\"]}]}}}");
	STR_EQ(shown(0), "/s:object(/s/a:text)");
	post(0, "{\"?/s\":[\"1\"],\"/s/b\":[\"3\"]}");
	STR_EQ(shown(0), "/s:object(/s/b:number)");
	STR_EQ(given(), "{\"s\":{\"b\":3}}");
	/* Given by an address: the one that fits. */
	begin("{\"properties\":{\"s\":{\"oneOf\":[{\"properties\":{\"a\":{}},\"required\":[\"a\"]},{\"properties\":{\"b\":{}},"
	      "\"required\":[\"b\"]}]}}}");
	form.values = parse("{\"s\":{\"b\":\"x\"}}");
	STR_EQ(shown(0), "/s:object(/s/b:text)");
}

static void typed(void)
{
	begin("{\"properties\":{\"n\":{\"type\":\"number\"},\"i\":{\"type\":\"integer\"},\"b\":{\"type\":\"boolean\"},\"e\":{"
	      "\"enum\":[1,\"1x\"]},"
	      "\"l\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},\"t\":{\"ui:widget\":\"textarea\"},\"j\":{\"type\":"
	      "\"object\"},"
	      "\"g\":{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"enum\":[1,2,3]}}}}");
	post(0, "{\"/n\":[\"1.5\"],\"/i\":[\"7\"],\"/b\":[\"false\",\"true\"],\"/e\":[\"1\"],\"/l\":[\"2\"],\"/l/"
		"0\":[\"4\"],\"/l/1\":[\"\"],"
		"\"/t\":[\"a\\r\\nb\"],\"/j\":[\"{\\\"x\\\":[1]}\"],\"/g\":[\"\",\"3\",\"1\"]}");
	STR_EQ(given(), "{\"l\":[4],\"g\":[3,1],\"n\":1.5,\"i\":7,\"b\":true,\"e\":1,\"t\":\"a\\nb\",\"j\":{\"x\":[1]}}");
	post(0, "{\"/n\":[\"many\"],\"/i\":[\"1.5\"],\"/b\":[\"false\"],\"/e\":[\"other\"],\"/l\":[\"1\"],\"/l/0\":[\"x\"],\"/"
		"t\":[\"\"],\"/j\":[\"{\"],\"/g\":[\"\"]}");
	STR_EQ(wrong(0), "{\"/n\":\"Enter a number.\",\"/i\":\"Enter a whole number.\",\"/e\":\"Choose one of: 1, "
			 "1x.\",\"/l/0\":\"Enter a whole number.\","
			 "\"/j\":\"This must be an object, written as JSON.\"}");
	STR_EQ(text(json_get(form.values, "t")), "undefined");
}

static void lists(void)
{
	begin("{\"properties\":{\"l\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"k\"],\"properties\":{"
	      "\"k\":{\"type\":\"string\"},"
	      "\"v\":{\"default\":\"V\"}}}}}}");
	form_change(&form, 0, "add:/l");
	form_change(&form, 0, "add:/l");
	STR_EQ(shown(0), "/l:list[/l/0:object(/l/0/k:text /l/0/v:text) /l/1:object(/l/1/k:text /l/1/v:text)]");
	post(0, "{\"/l\":[\"2\"],\"/l/0/k\":[\"a\"],\"/l/0/v\":[\"1\"],\"/l/1/k\":[\"\"],\"/l/1/v\":[\"2\"]}");
	STR_EQ(wrong(0), "{\"/l/1/k\":\"Fill this in.\"}");
	form_change(&form, 0, "up:/l/1");
	STR_EQ(given(), "{\"l\":[{\"v\":\"2\"},{\"v\":\"1\",\"k\":\"a\"}]}");
	form_change(&form, 0, "remove:/l/0");
	form_change(&form, 0, "remove:/l/7");
	form_change(&form, 0, "add:/nothing");
	form_change(&form, 0, "what is this");
	STR_EQ(given(), "{\"l\":[{\"v\":\"1\",\"k\":\"a\"}]}");
}

static void secrets(void)
{
	struct json *v;

	begin("{\"required\":[\"s\"],\"properties\":{\"s\":{\"type\":\"string\",\"minLength\":4,\"ui:field\":\"Secret\"},"
	      "\"p\":{\"type\":\"string\",\"ui:widget\":\"password\"},\"q\":{\"type\":\"string\",\"ui:backstage\":{\"review\":{"
	      "\"mask\":\"<q>\"}}}}}");
	STR_EQ(wrong(0), "{\"/s\":\"Fill this in.\"}");
	post(0, "{\"/s\":[\"abc\"],\"/p\":[\"hunter2\"],\"/q\":[\"quiet\"]}");
	STR_EQ(wrong(0), "{\"/s\":\"At least 4 characters.\"}");
	post(0, "{\"/s\":[\"sésame\"],\"/p\":[\"\"],\"/q\":[\"quiet\"]}");
	STR_EQ(wrong(0), "{}");
	STR_EQ(text(form.values), "{\"q\":\"quiet\"}");
	STR_EQ(given(), "{\"q\":\"quiet\",\"s\":\"******\",\"p\":\"hunter2\"}");
	OK(form_secrets(&form, &v, &signed_in) == 0);
	STR_EQ(text(v), "{\"s\":\"sésame\"}");
	OK(form_page(&form, 0, NULL, &v) == 0);
	OK(!strstr(text(v), "same") && !strstr(text(v), "hunter2"));
	OK(form_review(&form, &v) == 0);
	OK(!strstr(text(v), "same") && !strstr(text(v), "hunter2") && !strstr(text(v), "quiet") && strstr(text(v), "<q>"));
	form_change(&form, 0, "clear:/s");
	OK(form_secrets(&form, &v, &signed_in) == 0);
	STR_EQ(text(v), "{}");
}

static void repositories(void)
{
	struct json *parts;

	begin("{\"properties\":{\"r\":{\"type\":\"string\",\"ui:field\":\"RepoUrlPicker\",\"ui:options\":{\"allowedOwners\":["
	      "\"acme\"],"
	      "\"allowedHosts\":[\"github.com\"]}}}}");
	post(0, "{\"/r\":[\"\"],\"/r/host\":[\"github.com\"],\"/r/owner\":[\" acme \"],\"/r/repo\":[\"a b\"]}");
	STR_EQ(given(), "{\"r\":\"github.com?owner=acme&repo=a+b\"}");
	STR_EQ(wrong(0), "{}");
	post(0, "{\"/r\":[\"\"],\"/r/host\":[\"github.com\"],\"/r/owner\":[\"other\"],\"/r/repo\":[\"x\"]}");
	STR_EQ(wrong(0), "{\"/r\":\"“other” is not allowed here.\"}");
	post(0, "{\"/r\":[\"\"],\"/r/host\":[\"github.com\"],\"/r/owner\":[\"acme\"],\"/r/repo\":[\"\"]}");
	STR_EQ(wrong(0), "{\"/r\":\"Enter the name of the repository.\"}");
	parts = form_repo_parts(&mem, "h:8?owner=a%2Fb&repo=c+d&x");
	STR_EQ(text(parts), "{\"host\":\"h:8\",\"owner\":\"a/b\",\"repo\":\"c d\",\"x\":\"\"}");
	STR_EQ(form_repo_url(&mem, parts), "h:8?owner=a%2Fb&repo=c+d");
}

static void references(void)
{
	begin("{\"properties\":{\"o\":{\"ui:field\":\"OwnerPicker\"},\"e\":{\"ui:field\":\"EntityPicker\",\"ui:options\":{"
	      "\"defaultKind\":\"API\"}},"
	      "\"m\":{\"type\":\"array\",\"ui:field\":\"MultiEntityPicker\",\"ui:options\":{\"defaultKind\":\"API\"}},\"t\":{"
	      "\"ui:field\":\"EntityTagsPicker\",\"type\":\"array\"}}}");
	post(0, "{\"/o\":[\"Pay\"],\"/e\":[\"component:x\"],\"/m\":[\"\",\"api:default/a\",\"b, a\"],\"/t\":[\"\",\"go\",\"go, "
		"C\"]}");
	STR_EQ(given(), "{\"m\":[\"api:default/a\",\"api:default/b\"],\"t\":[\"go\",\"C\"],\"o\":\"group:default/"
			"pay\",\"e\":\"component:default/x\"}");
	OK(strstr(wrong(0), "“C” is no tag") != NULL);
	STR_EQ(text(form_entity_predicate(
		       &cx, parse("[{\"kind\":\"API\",\"spec.type\":[\"a\",\"b\"]},{\"x\":{\"exists\":true}}]"), false)),
	       "{\"$all\":[{\"$any\":[{\"$all\":[{\"kind\":{\"$in\":[\"API\"]}},{\"spec.type\":{\"$in\":[\"a\",\"b\"]}}]},"
	       "{\"$all\":[{\"x\":{\"$exists\":true}}]}]}]}");
}

static void misfits(void)
{
	struct json *errors;
	size_t page = 9;

	begin("[{\"properties\":{\"a\":{}}},{\"properties\":{\"b\":{}}}]");
	OK(form_misfits(&form, parse("[{\"path\":[],\"name\":\"required\",\"argument\":\"b\",\"message\":\"requires\"}]"),
			&page, &errors) == 0);
	OK((int)page == 1);
	STR_EQ(text(errors), "{\"/b\":\"Fill this in.\"}");
}

/* Whatever a schema is, it ends, soon, and with words. */
static void hostile(void)
{
	struct buf b = { .mem = &mem };

	begin("{\"properties\":{\"a\":{\"$ref\":\"#\"},\"b\":{\"$ref\":\"#/definitions/no\"},\"c\":{\"$ref\":\"http://x/\"}}}");
	OK(strstr(shown(0), "/a") != NULL);
	begin("{\"definitions\":{\"t\":{\"properties\":{\"l\":{\"$ref\":\"#/definitions/t\"},\"r\":{\"$ref\":\"#/definitions/"
	      "t\"}}}},"
	      "\"properties\":{\"t\":{\"$ref\":\"#/definitions/t\"}}}");
	OK(strlen(shown(0)) < 100000);
	begin("{\"properties\":[1],\"required\":\"x\",\"allOf\":{},\"oneOf\":[],\"anyOf\":[7],\"dependencies\":[],\"if\":3}");
	STR_EQ(shown(0), "");
	buf_adds(&b, "{\"properties\":{\"x\":{\"default\":1}");
	for (int i = 0; i < 10000; i++)
		buf_addf(&b, ",\"f%d\":{\"type\":\"string\"}", i);
	buf_adds(&b, "}}");
	struct json *entity = parse("{\"spec\":{}}"), *v;

	json_set(&mem, json_get(entity, "spec"), "parameters", parse(buf_text(&b)));
	form_open(&cx, entity, &form);
	OK(form_begin(&form) == ERR_INPUT);
	OK(strstr(cx.err.text, "more than 2000 fields") != NULL);
	/* Conditions within conditions, and a pattern that costs. */
	buf_clear(&b);
	for (int i = 0; i < 60; i++)
		buf_adds(&b, "{\"allOf\":[");
	buf_adds(&b, "{}");
	for (int i = 0; i < 60; i++)
		buf_adds(&b, "]}");
	begin(buf_text(&b));
	STR_EQ(shown(0), "");
	begin("{\"properties\":{\"p\":{\"type\":\"string\",\"pattern\":\"^(a+)+$\"}}}");
	post(0, "{\"/"
		"p\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"]}");
	OK(strstr(wrong(0), "/p") != NULL);
	begin("{\"properties\":{\"a/b~c \\\"d\\\"\":{\"title\":\"<script>\"}}}");
	post(0, "{\"/a~1b~0c \\\"d\\\"\":[\"x\"]}");
	STR_EQ(given(), "{\"a/b~c \\\"d\\\"\":\"x\"}");
	OK(form_page(&form, 0, NULL, &v) == 0);
	STR_EQ(json_get_text(json_get(v, "fields")->a.items[0], "id", ""), "f-a_7e1b_7e0c_20_22d_22");
}

int main(void)
{
	cx.conf = parse("{}");
	kinds();
	conditions();
	alternatives();
	typed();
	lists();
	secrets();
	repositories();
	references();
	misfits();
	hostile();
	arena_release(&mem);
	return DONE();
}
