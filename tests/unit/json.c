/* Reading JSON: what RFC 8259 allows, what it does not, and where a fault is said to be. */
#include "ext/json.h"

#include <math.h>

#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };

/* The value written again, or the error. */
static const char *again(const char *text, size_t n)
{
	struct json *v = NULL;
	struct buf out = { .mem = &mem };

	if (json_parse(&cx, (struct str){ text, n }, &v) < 0)
		return arena_strdup(&mem, cx.err.text);
	json_write(&out, v);
	return buf_text(&out);
}

#define SAME(text) STR_EQ(again(text, sizeof(text) - 1), text)
#define GIVES(text, want) STR_EQ(again(text, sizeof(text) - 1), want)

static void values(void)
{
	SAME("null");
	SAME("true");
	SAME("false");
	SAME("0");
	SAME("12");
	SAME("-1.5");
	SAME("\"a\"");
	SAME("[]");
	SAME("{}");
	SAME("{\"b\":[1,{\"a\":null}],\"a\":\"x\"}");
	GIVES(" \t\r\n[ 1 , 2 ]\n", "[1,2]");
	GIVES("1E2", "100");
	GIVES("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}");
	GIVES("\"\\u00e9\\n\\ud83d\\ude80\\/\"", "\"é\\n🚀/\"");
	GIVES("\"日本\"", "\"日本\"");
	GIVES("\"a\\u0000b\"", "\"a\\u0000b\"");
}

static void numbers(void)
{
	struct json *v = NULL;

	GIVES("9007199254740993", "9007199254740992");
	GIVES("18446744073709551616", "18446744073709552000");
	GIVES("[-123456789012345678901234567890,1]", "[-1.2345678901234568e+29,1]");
	GIVES("1e400", "null");
	OK(json_parse(&cx, STR("[-0]"), &v) == 0 && v->a.items[0]->num == 0 && signbit(v->a.items[0]->num));
	OK(json_parse(&cx, STR("1e400"), &v) == 0 && isinf(v->num));
}

static void faults(void)
{
	GIVES("", "JSON: unexpected end at byte 0");
	GIVES("  ", "JSON: unexpected end at byte 2");
	GIVES("{\"a\": [1, 2", "JSON: unexpected end at byte 11");
	GIVES("\"abc", "JSON: unexpected end at byte 4");
	GIVES("-", "JSON: unexpected end at byte 1");
	GIVES("1 2", "JSON: unexpected character at byte 2");
	GIVES("[1,]", "JSON: unexpected character at byte 3");
	GIVES("{} x", "JSON: unexpected character at byte 3");
	GIVES("[1]]", "JSON: unexpected character at byte 3");
	GIVES("01", "JSON: unexpected character at byte 1");
	GIVES("-01", "JSON: unexpected character at byte 2");
	GIVES("[1.]", "JSON: unexpected character at byte 3");
	GIVES("[1e]", "JSON: unexpected character at byte 3");
	GIVES("+1", "JSON: unexpected character at byte 0");
	GIVES("NaN", "JSON: unexpected character at byte 0");
	GIVES("[-Infinity]", "JSON: unexpected character at byte 2");
	GIVES("TRUE", "JSON: unexpected character at byte 0");
	GIVES("'a'", "JSON: unexpected character at byte 0");
	GIVES("[1]/**/", "JSON: unexpected character at byte 3");
	GIVES("1\0", "JSON: unexpected character at byte 1");
	GIVES("\"a\nb\"", "JSON: control character in a string at byte 2");
	GIVES("\"\xc0\x80\"", "JSON: not UTF-8 at byte 1");
	GIVES("{\"a\\u0000\" :1}", "JSON: NUL in a key at byte 1");
	OK(json_parse(&cx, STR("{a:1}"), &(struct json *){ NULL }) == ERR_INPUT);
	OK(json_parse(&cx, STR("\"\\x\""), &(struct json *){ NULL }) == ERR_INPUT);
	OK(json_parse(&cx, STR("[12345678901234567890,]"), &(struct json *){ NULL }) == ERR_INPUT);
	OK(strstr(cx.err.text, "byte 22"));
}

static const char *nested(size_t n)
{
	char *text = arena_raw(&mem, 2 * n + 1);

	memset(text, '[', n);
	memset(text + n, ']', n);
	text[2 * n] = '\0';
	return text;
}

/* How many of these fit into 64 MiB. */
static size_t most_of(const char *unit)
{
	size_t n = strlen(unit), low = 0, high = 2 << 20;
	char *text = arena_raw(&mem, n * high + 2);

	text[0] = '[';
	for (size_t i = 0; i < high; i++)
		memcpy(text + 1 + i * n, unit, n);
	while (low + 1 < high) {
		size_t middle = (low + high) / 2;
		ARENA own = { 0 };
		struct ctx c = { .mem = &own };
		struct json *v;

		text[middle * n] = ']';
		if (json_parse_within(&c, (struct str){ text, middle * n + 1 }, 64 << 20, &v) == 0)
			low = middle;
		else
			high = middle;
		text[middle * n] = ',';
	}
	return low;
}

/* Small values take many times what their text does. */
static void costs(void)
{
	struct json *v;
	size_t n;

	OK(json_parse_within(&cx, STR("[{\"a\":1}]"), 1 << 20, &v) == 0);
	OK(json_parse_within(&cx, STR("[{\"a\":1}]"), 100, &v) == ERR_TOOLARGE);
	n = most_of("0,");
	OK(n > 300000 && n < 560000);
	n = most_of("{},");
	OK(n > 50000 && n < 80000);
	n = most_of("{\"a\":0},");
	OK(n > 40000 && n < 70000);
	n = most_of("1234567890123456789,");
	OK(n > 100000 && n < 250000);
	/* What stands in texts is no value. */
	n = most_of("\"{{{{{{{{{{{{{{{{,,,,,,,,,,,,,,,,,\",");
	OK(n > 200000);
}

/* ---- the quick reader ---- */

/* 1: it reads what the thorough one reads; 0: it leaves it to that one; -1: they differ. */
static int quick(struct str text)
{
	struct json *v = json_read(&mem, text, 1 << 24), *want = NULL;

	if (!v)
		return 0;
	return json_parse(&cx, text, &want) == 0 && json_equal(v, want) ? 1 : -1;
}

static void quick_texts(void)
{
	static const char *const plain[] = { "null",
					     " true ",
					     "[]",
					     "{}",
					     "-0",
					     "1.5e-3",
					     "\"\"",
					     "[1,2,[3,{\"a\":\"b\"}]]",
					     "\"\\u00e9\\ud83d\\ude00\\n\\\\\\/\"",
					     "{\"\":{\"\\\"\":0}}",
					     "12345678901234567890",
					     "\"\xc3\xa9\"" };
	static const char *const left[] = {
		"",    "[",     "[1,]",        "{\"a\":1,}",  "{\"a\":1,\"a\":2}", "01",       "1.",
		"NaN", "1e999", "\"\\u0000\"", "\"\\ud800\"", "\"\xff\"",          "\"a\nb\"", "[1] 2",
		"tru", "-",     "\"",          "\"\\",        "\"\\u12\"",         "{1:2}",    "[1 2]",
		"+1",  ".5",    "\"\\x\"",     "{\"a\"}"
	};

	for (size_t i = 0; i < LEN(plain); i++)
		OK(quick(str_of(plain[i])) == 1);
	for (size_t i = 0; i < LEN(left); i++)
		OK(quick(str_of(left[i])) == 0);
	OK(quick((struct str){ "1\0", 2 }) == 0);
	OK(quick((struct str){ nested(20), 40 }) == 1);
	OK(quick((struct str){ nested(100), 200 }) == 0);
	OK(json_read(&mem, STR("[[],[],[],[]]"), 100) == NULL);
}

/* Whatever happens to a text, they agree about it. */
static void quick_spoiled(void)
{
	static const char whole[] =
		"{\"kind\":\"Pod\",\"a\":[1,-2.5e3,true,null,\"x\\ty\\u00fc\",{\"b\":{}}],\"c\":\"\xe2\x86\x92\"}";
	static const char odd[] = "\"\\{}[],:0eE.-+ntf\x01\xff\xc3u ";
	unsigned seed = 1;
	size_t differ = 0, same = 0;

	for (int round = 0; round < 20000; round++) {
		char text[sizeof(whole)];
		size_t n = sizeof(whole) - 1;

		memcpy(text, whole, sizeof(whole));
		for (int i = round % 3; i >= 0; i--) {
			seed = seed * 1664525u + 1013904223u;
			text[(seed >> 8) % n] = odd[(seed >> 20) % (sizeof(odd) - 1)];
		}
		int said = quick((struct str){ text, n - (size_t)round % 2 * (seed >> 28) });

		differ += said < 0;
		same += said > 0;
		if (round % 500 == 0)
			arena_reset(&mem);
	}
	OK(differ == 0);
	OK(same > 500);
}

int main(void)
{
	values();
	numbers();
	faults();
	costs();
	quick_texts();
	quick_spoiled();
	STR_EQ(again(nested(128), 256), nested(128));
	STR_EQ(again(nested(129), 258), "JSON: more than 128 levels at byte 128");
	STR_EQ(again(nested(100000), 200000), "JSON: more than 128 levels at byte 128");
	arena_release(&mem);
	return DONE();
}
