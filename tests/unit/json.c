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

int main(void)
{
	values();
	numbers();
	faults();
	costs();
	STR_EQ(again(nested(128), 256), nested(128));
	STR_EQ(again(nested(129), 258), "JSON: more than 128 levels at byte 128");
	STR_EQ(again(nested(100000), 200000), "JSON: more than 128 levels at byte 128");
	arena_release(&mem);
	return DONE();
}
