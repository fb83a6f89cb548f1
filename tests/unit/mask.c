/* Secrets of a run: none comes out, whatever stands around it, and what is none stays. */
#include "scaffolder/mask.h"

#include "ext/json.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };

static struct mask *of(const char *secrets)
{
	struct json *v = NULL;

	if (json_parse(&cx, str_of(secrets), &v) < 0)
		printf("Bail out! %s\n", cx.err.text);
	return mask_new(&mem, &(const struct json *){ v }, 1);
}

static const char *hide(const char *secrets, const char *text)
{
	return mask_line(of(secrets), &mem, text);
}

static void texts(void)
{
	STR_EQ(hide("{}", "nothing is secret"), "nothing is secret");
	STR_EQ(hide("{\"a\": \"sesame\"}", "open sesame, sesam sesame"), "open ***, sesam ***");
	STR_EQ(hide("{\"a\": \" sesame\\n\"}", "[sesame]"), "[***]");
	STR_EQ(hide("{\"a\": \"x\", \"b\": \"\"}", "x marks a text of one letter"), "x marks a text of one letter");
	STR_EQ(hide("{\"a\": \"ab\"}", "ab"), "***");
	STR_EQ(hide("{\"a\": {\"b\": [\"deep\"]}, \"c\": 12, \"d\": null}", "deep 12 null"), "*** 12 null");
}

static void overlaps(void)
{
	STR_EQ(hide("[\"abcd\", \"cdef\"]", "-abcdef-"), "-***-");
	STR_EQ(hide("[\"abcdef\", \"cd\"]", "abcdef cd abcd"), "*** *** ab***");
	STR_EQ(hide("[\"cd\", \"bcde\", \"abcdefg\"]", "abcdefg abcdef"), "*** a***f");
	STR_EQ(hide("[\"aa\"]", "aaaaa"), "***");
	STR_EQ(hide("[\"ab\"]", "abab"), "******");
	STR_EQ(hide("[\"he\", \"she\", \"hers\", \"his\"]", "ushers"), "u***");
	STR_EQ(hide("[\"abab\", \"babc\"]", "ababc"), "***");
	STR_EQ(hide("[\"*\", \"**\"]", "a ** b"), "a *** b");
}

static void bytes(void)
{
	struct str s = mask_text(of("{\"a\": \"s\\u0000x\"}"), &mem, (struct str){ "a\0s\0xb", 6 });

	OK(s.n == 6 && memcmp(s.p, "a\0***b", 6) == 0);
	STR_EQ(hide("[\"grün\"]", "ist grün, gru\xcc\x88n"), "ist ***, gru\xcc\x88n");
	STR_EQ(hide("[\"a\\\"b\\nc\"]", "{\"k\":\"a\\\"b\\nc\"} a\"b\nc"), "{\"k\":\"***\"} ***");
}

static void values(void)
{
	struct json *v = NULL;
	struct buf b = { .mem = &mem };

	OK(json_parse(&cx, STR("{\"k\": [\"the key\", 7, null, {\"key\": true}]}"), &v) == 0);
	json_write(&b, mask_value(of("[\"key\"]"), &mem, v));
	STR_EQ(buf_text(&b), "{\"k\":[\"the ***\",7,null,{\"***\":true}]}");
	OK(!mask_value(of("[]"), &mem, NULL));
}

/* Every text that begins like a secret for long is where a slow search would show. */
static void large(void)
{
	struct json *secrets = json_array(&mem);
	char *a = arena_alloc(&mem, 100001), *text = arena_alloc(&mem, 4000001);

	memset(a, 'a', 100000);
	memset(text, 'a', 4000000);
	json_push(&mem, secrets, json_fmt(&mem, "%sb", a));
	for (int i = 1; i < 100; i++)
		json_push(&mem, secrets, json_fmt(&mem, "%.*sc%d", i * 7, a, i));
	struct str s = mask_text(mask_new(&mem, &(const struct json *){ secrets }, 1), &mem, str_of(text));

	OK(s.p == text);
	json_push(&mem, secrets, json_str(&mem, a));
	s = mask_text(mask_new(&mem, &(const struct json *){ secrets }, 1), &mem, str_of(text));
	OK(s.n == 3);
}

/* An error quotes as much of a text as there is room for. */
static void cut(void)
{
	struct mask *m = of("[\"0123456789abcdefghij\", \"short\"]");

	STR_EQ(mask_error(m, &mem, "bad: '0123456789abcdefg'"), "bad: '***'");
	STR_EQ(mask_error(m, &mem, "bad: 0123456789abcdefghi"), "bad: ***");
	STR_EQ(mask_error(m, &mem, "0123456789abcdefghijk 0123 shor short"), "***k 0123 shor ***");
	STR_EQ(mask_line(m, &mem, "0123456789abcdefgh"), "0123456789abcdefgh");
}

/* A secret that comes up later hides with those of before, whatever becomes of the text it came from. */
static void later(void)
{
	char token[] = "made-later";
	struct mask *m = of("[\"first\"]");

	STR_EQ(mask_line(m, &mem, "first made-later"), "*** made-later");
	mask_also(m, &mem, str_of(token));
	memset(token, 'x', sizeof(token) - 1);
	STR_EQ(mask_line(m, &mem, "first made-later xx"), "*** *** xx");
	mask_also(m, &mem, STR(""));
	STR_EQ(mask_line(m, &mem, "first made-later"), "*** ***");
	m = of("[]");
	mask_also(m, &mem, STR("only"));
	STR_EQ(mask_line(m, &mem, "the only one"), "the *** one");
}

int main(void)
{
	texts();
	overlaps();
	bytes();
	values();
	later();
	cut();
	large();
	arena_release(&mem);
	return DONE();
}
