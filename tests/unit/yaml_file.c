/* YAML for people: how it looks, and that it reads back as what it was. */
#include "ext/json.h"
#include "ext/yaml.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };

static struct json *parse(const char *text)
{
	struct json *v = NULL;

	if (json_parse(&cx, str_of(text), &v) < 0)
		printf("Bail out! %s: %s\n", text, cx.err.text);
	return v;
}

static const char *written(const char *json)
{
	struct buf b = { .mem = &mem };
	struct json *v = parse(json), *again = NULL;

	if (yaml_write_file(&cx, v, &b) < 0 || yaml_read_one(&cx, buf_str(&b), NULL, &again) < 0)
		return cx.err.text;
	if (!json_equal(v, again))
		printf("# reads back as something else:\n# %s\n", buf_text(&b));
	return json_equal(v, again) ? buf_text(&b) : "another value";
}

int main(void)
{
	STR_EQ(written("{\"kind\":\"A\",\"m\":{\"n\":[{\"a\":1,\"b\":[\"x\"]},{\"c\":{}}],\"e\":[]}}"),
	       "kind: A\nm:\n  n:\n    - a: 1\n      b:\n        - x\n    - c: {}\n  e: []\n");
	STR_EQ(written("[[1,[2]],{\"a\":null}]"), "-\n  - 1\n  -\n    - 2\n- a: null\n");
	STR_EQ(written("{\"t\":\"one\\ntwo\\n\",\"u\":\"one\\n\\ntwo\",\"l\":[\"a\\nb\\n\"]}"),
	       "t: |\n  one\n  two\nu: |-\n  one\n\n  two\nl:\n  - |\n    a\n    b\n");
	STR_EQ(written("{\"r\":\"template:default/x\",\"s\":\"a b\",\"p\":\"./x, y\",\"u\":\"https://a/b?c=d\"}"),
	       "r: template:default/x\ns: a b\np: ./x, y\nu: \"https://a/b?c=d\"\n");
	STR_EQ(written("{\"a\":\"true\",\"b\":\"1\",\"c\":\"\",\"d\":\"null\",\"e\":\"~\",\"f\":\"1e3\",\"no\":\"no\"}"),
	       "a: \"true\"\nb: \"1\"\nc: \"\"\nd: \"null\"\ne: \"~\"\nf: \"1e3\"\nno: no\n");
	/* What would mean something to YAML. */
	static const char *const odd[] = {
		"\"a: b\"", "\"a:\"",      "\"- a\"",     "\"#x\"",       "\"a #b\"",      "\" a\"",          "\"a \"",
		"\"{a}\"",  "\"[a]\"",     "\"*a\"",      "\"&a\"",       "\"!a\"",        "\"%a\"",          "\"@a\"",
		"\"`a\"",   "\"'a\"",      "\"\\\"a\"",   "\"a\\tb\"",    "\"|\"",         "\">\"",           "\"?\"",
		"\"-\"",    "\"---\"",     "\"...\"",     "\"\\u2028\"",  "\"a\\u0085b\"", "\"\\ufeffa\"",    "\"a\\r\\nb\"",
		"\"\\n\"",  "\"a\\n\\n\"", "\"a \\nb\"",  "\"  a\\nb\"",  "\"a\\n# b\"",   "\"a\\n---\\nb\"", "\"=\"",
		"\"<<\"",   "\"0x1F\"",    "\"\\u0000\"", "\"a\\u0007\"", "\"ä: ö\"",      "\"a,\"",          "\"a, b\""
	};

	for (size_t i = 0; i < LEN(odd); i++) {
		const char *v = arena_printf(&mem, "{\"k\":%s,\"l\":[%s,{\"%s\":%s}]}", odd[i], odd[i], "k", odd[i]);
		struct buf b = { .mem = &mem };
		struct json *again = NULL;

		if (strstr(odd[i], "u0000")) /* YAML has no NUL */
			continue;
		OK(yaml_write_file(&cx, parse(v), &b) == 0 && yaml_read_one(&cx, buf_str(&b), NULL, &again) == 0 &&
		   json_equal(again, parse(v)));
		if (!again || !json_equal(again, parse(v)))
			printf("# %s\n# %s\n", v, buf_text(&b));
	}
	struct buf deep = { .mem = &mem }, b = { .mem = &mem };

	for (int i = 0; i < 100; i++)
		buf_addc(&deep, '[');
	buf_addc(&deep, '1');
	for (int i = 0; i < 100; i++)
		buf_addc(&deep, ']');
	OK(yaml_write_file(&cx, parse(buf_text(&deep)), &b) == ERR_INPUT);
	arena_release(&mem);
	return DONE();
}
