/* The outline of an API's definition, from good ones, odd ones and hostile ones. */
#include "catalog/definition.h"

#include "base/str.h"
#include "tests/unit/tap.h"

/* "GET /a One; …" with groups as "[name]". */
static const char *words(struct arena *mem, const struct json *outline)
{
	const struct json *groups = json_get(outline, "groups");
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < json_len(groups); i++) {
		const struct json *operations = json_get(groups->a.items[i], "operations");

		buf_addf(&b, "[%s]", json_get_text(groups->a.items[i], "name", "?"));
		for (size_t k = 0; k < operations->a.n; k++) {
			const struct json *o = operations->a.items[k];

			buf_addf(&b, "%s %s %s%s;", json_get_text(o, "method", "?"), json_get_text(o, "path", "?"),
				 json_get_text(o, "summary", "?"), json_get_bool(o, "deprecated", false) ? " (old)" : "");
		}
	}
	return buf_text(&b);
}

static const struct {
	const char *type, *text;
	const char *format, *version, *words;
	const char *server; /* the first; NULL: none */
} cases[] = {
	{ "openapi",
	  "openapi: 3.0.3\ninfo: {title: T, version: 2}\ntags: [{name: b, description: B}, {name: a}]\n"
	  "servers: [{url: https://x.test/v1}]\n"
	  "paths:\n  /a: {get: {summary: One, tags: [a, b]}, parameters: []}\n"
	  "  /b: {post: {operationId: two, tags: [b], deprecated: true}, delete: {}}\n",
	  "OpenAPI 3.0.3", "2", "[b]post /b two (old);[a]get /a One;[]delete /b ;", "https://x.test/v1" },
	{ "OpenAPI",
	  "{\"swagger\":\"2.0\",\"host\":\"x.test\",\"basePath\":\"/v1\",\"paths\":{\"/\":{\"get\":{\"summary\":\"S\"}}}}",
	  "OpenAPI 2.0", "", "[]get / S;", "x.test/v1" },
	/* what is not as it should be is left out */
	{ "openapi",
	  "openapi: 3\ninfo: 7\ntags: {a: b}\nservers: {}\npaths: {/a: [], /b: {get: 3, put: {tags: 5, summary: []}}}\n",
	  "OpenAPI 3", "", "[]put /b ;", NULL },
	{ "openapi", "openapi: []\npaths: text\n", "OpenAPI ", "", "", NULL },
	{ "asyncapi",
	  "asyncapi: 2.6.0\nservers: {p: {url: 'k.test:9092', protocol: kafka}}\n"
	  "channels: {c: {subscribe: {operationId: onC}, publish: {summary: P}, bindings: {}}, d: 3}\n",
	  "AsyncAPI 2.6.0", "", "[]publish c P;subscribe c onC;", "k.test:9092 (kafka)" },
	{ "asyncapi",
	  "asyncapi: 3.0.0\nchannels: {c: {address: 'a/{id}'}}\noperations: {o: {action: send, channel: {$ref: "
	  "'#/channels/c'}, "
	  "summary: S}, p: {action: receive, channel: 3}}\n",
	  "AsyncAPI 3.0.0", "", "[]send a/{id} S;receive  ;", NULL },
};

static void test_outlines(struct ctx *cx)
{
	for (size_t i = 0; i < LEN(cases); i++) {
		struct json *out;
		const struct json *servers;

		OK(definition_outline(cx, cases[i].type, str_of(cases[i].text), &out) == 0 && out);
		STR_EQ(json_get_text(out, "format", NULL), cases[i].format);
		STR_EQ(json_get_text(out, "version", NULL), cases[i].version);
		STR_EQ(words(cx->mem, out), cases[i].words);
		servers = json_get(out, "servers");
		STR_EQ(json_len(servers) ? json_text(servers->a.items[0], NULL) : NULL, cases[i].server);
	}
}

static void test_refused(struct ctx *cx)
{
	struct buf deep = { .mem = cx->mem }, large = { .mem = cx->mem };
	struct json *out;

	OK(definition_outline(cx, "graphql", STR("type Query"), &out) == 0 && !out);
	OK(definition_outline(cx, "openapi", STR("a: [b"), &out) == ERR_INPUT && !out);
	OK(definition_outline(cx, "openapi", STR("{\"a\":"), &out) == ERR_INPUT && !out);
	OK(definition_outline(cx, "openapi", STR("- a\n"), &out) == ERR_INPUT);
	OK(strstr(cx->err.text, "should be an object") != NULL);
	OK(definition_outline(cx, "openapi", STR("a: 1\n---\nb: 2\n"), &out) == ERR_INPUT);
	for (unsigned i = 0; i < 10000; i++)
		buf_addc(&deep, '[');
	OK(definition_outline(cx, "openapi", buf_str(&deep), &out) < 0);
	/* each alias is the one before, ten times */
	OK(definition_outline(cx, "openapi",
			      STR("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
				  "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
				  "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"),
			      &out) < 0);
	while (large.n <= OUTLINE_BYTES)
		buf_adds(&large, "# nothing but comments\n");
	OK(definition_outline(cx, "openapi", buf_str(&large), &out) == ERR_TOOLARGE);
}

static void test_many(struct ctx *cx)
{
	struct buf b = { .mem = cx->mem };
	struct json *out;

	buf_adds(&b, "openapi: 3.1.0\npaths:\n");
	for (unsigned i = 0; i < OUTLINE_MOST + 7; i++)
		buf_addf(&b, "  /p%u: {get: {}}\n", i);
	OK(definition_outline(cx, "openapi", buf_str(&b), &out) == 0);
	OK(json_get_num(out, "total", 0) == OUTLINE_MOST + 7);
	OK(json_len(json_get(json_get(out, "groups")->a.items[0], "operations")) == OUTLINE_MOST);
}

int main(void)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem, .request_id = "" };

	test_outlines(&cx);
	test_refused(&cx);
	test_many(&cx);
	return DONE();
}
