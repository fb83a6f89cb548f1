/* Reading YAML: scalars, documents and their faults, aliases, limits. */
#include "ext/yaml.h"

#include <math.h>

#include "ext/json.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };

/* One line a document: where it starts, then its value as JSON, "-" for an empty one, or its error. */
static const char *read_with(const char *text, size_t n, const struct yaml_limits *limits)
{
	struct yaml_docs docs = { 0 };
	struct buf out = { .mem = &mem };

	if (yaml_read(&cx, (struct str){ text, n }, limits, &docs) < 0)
		return arena_strdup(&mem, cx.err.text);
	for (size_t i = 0; i < docs.n; i++) {
		const struct yaml_doc *d = &docs.items[i];

		buf_addf(&out, "%s%u ", i ? "\n" : "", d->line);
		if (d->error)
			buf_adds(&out, d->error);
		else if (d->value)
			json_write(&out, d->value);
		else
			buf_addc(&out, '-');
	}
	return buf_text(&out);
}

#define GIVES(text, want) STR_EQ(read_with(text, sizeof(text) - 1, NULL), want)

static void scalars(void)
{
	GIVES("[1, 1.5, true, null, ~, \"1\", 0x10, 2024-01-02]", "1 [1,1.5,true,null,null,\"1\",16,\"2024-01-02\"]");
	GIVES("[True, FALSE, yes, no, on, off, y, Null, NULL, nUll]",
	      "1 [true,false,\"yes\",\"no\",\"on\",\"off\",\"y\",null,null,\"nUll\"]");
	GIVES("[0o17, 017, -3, +4, 0xfF, 0X10, 1_000, 0b1, 1:30]", "1 [15,17,-3,4,255,\"0X10\",\"1_000\",\"0b1\",\"1:30\"]");
	GIVES("[.5, 5., 1e3, 1.5E-2, -.5, ., 1e, 1.2.3, +]", "1 [0.5,5,1000,0.015,-0.5,\".\",\"1e\",\"1.2.3\",\"+\"]");
	GIVES("[0x, 0o8, 0o, -0x1, 12345678901234567890]", "1 [\"0x\",\"0o8\",\"0o\",\"-0x1\",12345678901234567000]");
	GIVES("[!!str 1, !!int \"12\", !!float 1, !!bool x, !!null '', ! 12]", "1 [\"1\",12,1,\"x\",null,\"12\"]");
	GIVES("a:\nb: ''\nc: |\n  x\n   y\nd: >-\n  x\n  y\n", "1 {\"a\":null,\"b\":\"\",\"c\":\"x\\n y\\n\",\"d\":\"x y\"}");
	GIVES("\"\\u00e9\\0\\t\"", "1 \"é\\u0000\\t\"");
	GIVES("a: \xe2\x80\xa8x\xc2\x85\n", "1 {\"a\":\"\xe2\x80\xa8x\xc2\x85\"}");
	GIVES("2024-01-02T03:04:05Z", "1 \"2024-01-02T03:04:05Z\"");

	struct json *v = NULL;

	OK(yaml_read_one(&cx, STR("[.inf, -.INF, .NaN, -0]"), NULL, &v) == 0);
	OK(isinf(v->a.items[0]->num) && v->a.items[1]->num < 0 && isnan(v->a.items[2]->num) && signbit(v->a.items[3]->num));
}

static void keys(void)
{
	GIVES("1: a\n~: b\ntrue: c\n1.50: d\n0x10: e\n",
	      "1 {\"1\":\"a\",\"\":\"b\",\"true\":\"c\",\"1.5\":\"d\",\"16\":\"e\"}");
	GIVES("a: 1\nb: 2\na: 3\n", "1 YAML: map keys must be unique: 'a' (line 3, column 1)");
	GIVES("{a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 1, k: 1, l: 1, m: 1, n: 1, b: 2, a: 1}",
	      "1 YAML: map keys must be unique: 'b' (line 1, column 86)");
	GIVES("<<: {a: 1}\n", "1 {\"<<\":{\"a\":1}}");
	GIVES("? [a]\n: 1\n", "1 YAML: a key must be a scalar, not 'list' (line 1, column 3)");
	GIVES("? {a: 1}\n: 1\n", "1 YAML: a key must be a scalar, not 'map' (line 1, column 3)");
}

static void documents(void)
{
	GIVES("", "");
	GIVES("# only a comment\n", "");
	GIVES("\xef\xbb\xbf"
	      "a: 1\n",
	      "1 {\"a\":1}");
	GIVES("---\na: 1\n---\n---\nb: 2\n...\n---\n", "1 {\"a\":1}\n3 -\n4 {\"b\":2}\n7 -");
	GIVES("--- null\n--- ~\n", "1 null\n2 null");
	GIVES("%YAML 1.2\n---\na: 1\r\n---\r\nb: 2\r\n", "1 {\"a\":1}\n4 {\"b\":2}");
	GIVES("a: 1\n...\nb: 2\n...\n# c\n--- 3\n", "1 {\"a\":1}\n3 {\"b\":2}\n6 3");
	GIVES("a: |\n  ---\n  x\n", "1 {\"a\":\"---\\nx\\n\"}");
}

static void faults(void)
{
	GIVES("a: 1\n---\nb: [1\n--- # next\nc: 3\n",
	      "1 {\"a\":1}\n2 YAML: did not find expected ',' or ']' (line 4, column 1)\n4 {\"c\":3}");
	GIVES("a: 'x\n---\nb: 1\n---\n  c: 1\n d: 1\n---\ne: 1\n",
	      "1 YAML: found unexpected document indicator (line 2, column 1)\n2 {\"b\":1}\n"
	      "4 YAML: did not find expected <document start> (line 6, column 2)\n7 {\"e\":1}");
	GIVES("a: 1\n---\nb: \"\x01\"\n---\nc: 1\n",
	      "1 {\"a\":1}\n2 YAML: control characters are not allowed (line 3, column 5)\n4 {\"c\":1}");
	GIVES("a: \xff\n---\nb: 1\n", "1 YAML: the text is not UTF-8 (line 1, column 4)\n2 {\"b\":1}");
	GIVES("a: 1\n---\nb: é\0", "1 {\"a\":1}\n2 YAML: NUL is not allowed (line 3, column 5)");
	GIVES("a: !foo 1\n---\nb: 1\n", "1 YAML: unknown tag '!foo' (line 1, column 4)\n2 {\"b\":1}");
	GIVES("a: !foo [1]\n", "1 YAML: unknown tag '!foo' (line 1, column 4)");
	GIVES("a: !!str [1]\n", "1 YAML: unknown tag 'tag:yaml.org,2002:str' (line 1, column 4)");
	GIVES("- a\n- *b\n- *c\n", "1 YAML: unknown alias 'b' (line 2, column 3)");
	GIVES("&a [*a]", "1 YAML: alias inside of its own node 'a' (line 1, column 5)");
	GIVES("a: b: c\n", "1 YAML: mapping values are not allowed in this context (line 1, column 5)");
	GIVES("a: 1\n... x\n---\nb: 1\n",
	      "1 {\"a\":1}\n2 YAML: did not find expected <document start> (line 2, column 5)\n3 {\"b\":1}");
	GIVES("%FOO 1 2\nx\n---\na: 1\n", "1 YAML: found unknown directive name (line 1, column 5)\n3 {\"a\":1}");
}

static void aliases(void)
{
	struct json *v = NULL;

	GIVES("&k key: &v [1, {a: b}]\n*k : x\nz: *v\n", "1 YAML: map keys must be unique: 'key' (line 2, column 1)");
	GIVES("- &a [1, &a 2, *a]\n- *a\n- &a 3\n- *a\n", "1 [[1,2,2],2,3,3]");
	GIVES("- &k x\n- {*k : 1}\n", "1 [\"x\",{\"x\":1}]");
	GIVES("- &k [x]\n- {*k : 1}\n", "1 YAML: a key must be a scalar, not 'k' (line 2, column 4)");
	GIVES("- &a 1\n---\n- *a\n", "1 [1]\n2 YAML: unknown alias 'a' (line 3, column 3)");
	OK(yaml_read_one(&cx, STR("a: &v {x: [1]}\nb: *v\n"), NULL, &v) == 0);
	OK(json_get(v, "a") != json_get(v, "b"));
	json_push(&mem, json_path(v, "b", "x", NULL), json_null(&mem));
	OK(json_len(json_path(v, "a", "x", NULL)) == 1 && json_len(json_path(v, "b", "x", NULL)) == 2);
}

static const char *repeat(const char *head, const char *part, size_t n, const char *tail)
{
	struct buf b = { .mem = &mem };

	buf_adds(&b, head);
	for (size_t i = 0; i < n; i++)
		buf_adds(&b, part);
	buf_adds(&b, tail);
	return buf_text(&b);
}

static void limits(void)
{
	struct yaml_docs docs = { 0 };
	const char *text = repeat("", "[", 64, repeat("", "]", 64, ""));
	const char *deep = "- &a [[[[[[[[[[1]]]]]]]]]]\n- [[[[[[[[[[*a]]]]]]]]]]\n";
	const char *bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
			   "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
			   "e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]\n";

	OK(yaml_read(&cx, str_of(text), NULL, &docs) == 0 && docs.n == 1 && docs.items[0].value);
	text = repeat("", "[", 65, "");
	OK(yaml_read(&cx, str_of(text), NULL, &docs) == ERR_INPUT);
	STR_EQ(cx.err.text, "YAML: more than 64 levels deep (line 1, column 65)");
	OK(docs.n == 1);
	STR_EQ(read_with(deep, strlen(deep), &(struct yaml_limits){ .depth = 20 }),
	       "YAML: more than 20 levels deep (line 2, column 13)");
	OK(yaml_read(&cx, str_of(deep), &(struct yaml_limits){ .depth = 21 }, &docs) == 0);
	OK(yaml_read(&cx, str_of(bomb), NULL, &docs) == ERR_TOOLARGE);
	STR_EQ(cx.err.text, "YAML: more than 1000000 nodes (line 6, column 36)");
	OK(mem.used < (size_t)200 << 20);
	OK(yaml_read(&cx, STR("[1, 2, 3]"), &(struct yaml_limits){ .nodes = 3 }, &docs) == ERR_TOOLARGE);
	OK(yaml_read(&cx, STR("[1, 2, 3]"), &(struct yaml_limits){ .nodes = 4 }, &docs) == 0);
	OK(yaml_read(&cx, STR("--- 1\n--- 2\n"), &(struct yaml_limits){ .documents = 1 }, &docs) == ERR_TOOLARGE);
	OK(yaml_read(&cx, STR("[\n---\n[\n---\n"), &(struct yaml_limits){ .documents = 1 }, &docs) == ERR_TOOLARGE);
	OK(yaml_read(&cx, STR("12345"), &(struct yaml_limits){ .bytes = 4 }, &docs) == ERR_TOOLARGE);
}

static void lines(void)
{
	struct json *v = NULL;
	struct yaml_docs docs = { 0 };

	OK(yaml_read_one(&cx, STR("a: 1\nb:\n  - x\n  - y: |\n      t\nc:\n"), NULL, &v) == 0);
	OK(v->line == 1 && json_get(v, "a")->line == 1 && json_get(v, "b")->line == 3);
	OK(json_get(v, "b")->a.items[1]->line == 4 && json_path(json_get(v, "b")->a.items[1], "y", NULL)->line == 4);
	OK(yaml_read(&cx, STR("x: [\n---\na: \x02\n---\n\n# c\nb: 1\n"), NULL, &docs) == 0 && docs.n == 3);
	OK(docs.items[2].line == 4 && docs.items[2].value->line == 7 && json_get(docs.items[2].value, "b")->line == 7);
}

static void single(void)
{
	struct json *v = NULL;

	OK(yaml_read_one(&cx, STR(""), NULL, &v) == 0 && json_is(v, JSON_NULL));
	OK(yaml_read_one(&cx, STR("---\n"), NULL, &v) == 0 && json_is(v, JSON_NULL));
	OK(yaml_read_one(&cx, STR("--- 1\n--- 2\n"), NULL, &v) == ERR_INPUT);
	STR_EQ(cx.err.text, "YAML: expected one document, found 2");
	OK(yaml_read_one(&cx, STR("a: [\n"), NULL, &v) == ERR_INPUT);
	OK(str_starts(cx.err.text, "YAML: did not find expected"));
}

/* Written and read again: the same, or what went wrong. */
static const char *there_and_back(const char *json)
{
	struct buf yaml = { .mem = &mem }, again = { .mem = &mem };
	struct json *v, *back;

	if (json_parse(&cx, str_of(json), &v) < 0 || yaml_write(&cx, v, &yaml) < 0 ||
	    yaml_read_one(&cx, buf_str(&yaml), NULL, &back) < 0)
		return arena_printf(&mem, "%s in %s", cx.err.text, buf_text(&yaml));
	json_write(&again, back);
	return buf_text(&again);
}

static const char *written(const char *json)
{
	struct buf yaml = { .mem = &mem };
	struct json *v;

	return json_parse(&cx, str_of(json), &v) < 0 || yaml_write(&cx, v, &yaml) < 0 ? cx.err.text : buf_text(&yaml);
}

#define SURVIVES(json) STR_EQ(there_and_back(json), json)

static void writing(void)
{
	STR_EQ(written("{\"kind\":\"Component\",\"metadata\":{\"name\":\"a\",\"tags\":[\"x\",\"y\"]},\"spec\":{\"n\":1.5,"
		       "\"on\":true}}"),
	       "kind: Component\nmetadata:\n  name: a\n  tags:\n  - x\n  - y\nspec:\n  n: 1.5\n  on: true\n");
	STR_EQ(written("{\"a\":\"true\",\"b\":\"12\",\"c\":\"\",\"d\":\"null\"}"), "a: 'true'\nb: '12'\nc: ''\nd: 'null'\n");
	STR_EQ(written("{\"a\":\"one\\ntwo\\n\"}"), "a: |\n  one\n  two\n");
	SURVIVES("{\"a\":\"true\",\"b\":\"0x10\",\"c\":\"1e3\",\"d\":\"~\",\"e\":\"\",\"f\":\"2024-01-02\"}");
	SURVIVES("{\"a\":\"- x\",\"b\":\"a: b\",\"c\":\"#no\",\"d\":\" lead\",\"e\":\"trail "
		 "\",\"f\":\"%x\",\"g\":\"@x\",\"h\":\"'q\\\"\"}");
	SURVIVES("{\"a\":\"one\\n  two\\n\\n\",\"b\":\"  one\\ntwo\",\"c\":\"x\\r\\ny\",\"d\":\"\\t\",\"e\":\"x \\ny\"}");
	SURVIVES("{\"a\":\"\xc2\x85\xe2\x80\xa8x\",\"b\":\"\xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x90\xb4\"}");
	SURVIVES("{\"true\":1,\"12\":[[],{},[1,[2]]],\"a b\":null,\"\":false,\"n\":-0.5,\"big\":1e+21}");
	SURVIVES("[\"---\",\"...\",\"? x\",\"! y\",\"&a\",\"*b\",\"[c]\",\"{d}\",\"a,b\"]");
}

static struct json *name_tag(struct arena *to, const char *tag, struct json *v)
{
	struct json *pair = json_array(to);

	json_push(to, pair, json_str(to, tag));
	json_push(to, pair, v);
	return pair;
}

static void tags(void)
{
	static const struct yaml_limits limits = { .tag = name_tag };
	static const char text[] =
		"a: !x 1\nb: &b !y [!!str 2, !!python/name:z ]\nc: *b\n!k d: {e: !x {f: g}}\nh: &i !x j\n*i : k\n";

	STR_EQ(read_with(text, sizeof(text) - 1, &limits),
	       "1 {\"a\":[\"!x\",\"1\"],\"b\":[\"!y\",[\"2\",[\"tag:yaml.org,2002:python/name:z\",\"\"]]],"
	       "\"c\":[\"!y\",[\"2\",[\"tag:yaml.org,2002:python/"
	       "name:z\",\"\"]]],\"d\":{\"e\":[\"!x\",{\"f\":\"g\"}]},\"h\":[\"!x\",\"j\"],\"\":\"k\"}");
}

int main(void)
{
	tags();
	writing();
	scalars();
	keys();
	documents();
	faults();
	aliases();
	limits();
	lines();
	single();
	arena_release(&mem);
	return DONE();
}
