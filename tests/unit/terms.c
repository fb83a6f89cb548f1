/* Terms straight from the bytes: the same as search_rows() of the parsed entity. */
#include "catalog/terms.h"

#include "base/clock.h"
#include "catalog/body.h"
#include "corpus.h"
#include "rows.h"
#include "tap.h"

enum { RANDOM = 30000 };

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static uint64_t seed = 7;

static unsigned any(unsigned n)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(seed >> 33) % n;
}

/* ---- written by hand ---- */

static void by_hand(void)
{
	static const char *const bodies[] = {
		"{}",
		"{\"kind\":\"K\",\"KIND\":\"k\",\"\":\"x\",\"attachments\":{\"a\":1},\"Relations\":[1],\"status\":3}",
		"{\"metadata\":{\"name\":\"N\",\"Name\":\"other\",\"namespace\":\"Ns\",\"uid\":\"u\",\"etag\":\"e\",\"Etag\":"
		"\"E\"}}",
		"{\"metadata\":{\"name\":{\"a\":1},\"namespace\":3,\"uid\":[1],\"etag\":{\"x\":\"y\"},\"name2\":null}}",
		"{\"metadata\":\"text\",\"relations\":\"text\",\"status\":{\"items\":{}}}",
		"{\"metadata\":[{\"name\":1}],\"relations\":[1,{},[],{\"type\":3,\"targetRef\":[]},{\"type\":\"T\"},{"
		"\"targetRef\":\"r\"}]}",
		"{\"relations\":[{\"type\":\"ownedBy\",\"target\":{\"a\":[1]},\"targetRef\":\"Group:default/T\\u00e9\"}]}",
		"{\"status\":{\"items\":[]}}",
		"{\"status\":{\"other\":[1],\"items\":[{\"level\":\"error\",\"more\":[{}]}]}}",
		"{\"spec\":{\"a\":{\"\":{\"\":1},\"b\":[]},\"\":\"x\",\"c\":{}}}",
		"{\"\":{\"\":{\"\":1},\"a\":2},\"x\":[[\"a\",[\"B\"]],[],[{\"k\":[true,null,1.5]}]]}",
		"{\"\":[\"Item\",{\"k\":\"v\"}]}",
		"{\"n\":[0,-0,-0.0,0e5,1e21,1e20,123456789012345,1234567890123456,12345678901234567890,-5,1.10,1E+2,1e-7,0."
		"000001]}",
		"{\"n\":[1e308,1e309,-1e400,5e-324,1e-400,0.1,100.0,-1.5e300,9007199254740993,-123456789012345678]}",
		"{\"e\":\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\"}",
		"{\"e\":[\"\\ud83d\",\"\\ude00\",\"\\ud83d\\ud83d\\ude00\",\"\\ud83dx\",\"\\ud83d\\n\",\"\\ud83d\\u0041\","
		"\"\\uDE00\\uD83D\"]}",
		"{\"k\\\"\\u0041\\ud83d\\ude00\":\"v\",\"K\\n\":[\"I\\n\"]}",
		"{\"nul\":\"a\\u0000b\",\"list\":[\"c\\u0000d\",\"\\u0000\"],\"relations\":[{\"type\":\"t\\u0000u\","
		"\"targetRef\":\"x\\u0000\"}]}",
		"{\"tags\":[\"Java\",\"java\",\"\",\"a.b\",true,false,null,3,{\"Deep\":\"Er\"}]}",
	};
	static const char *const bad[] = {
		"",
		"[]",
		"null",
		"3",
		"\"x\"",
		"{",
		"{\"a\"",
		"{\"a\":",
		"{\"a\":1",
		"{\"a\":1,",
		"{\"a\":1,}",
		"{,\"a\":1}",
		"{\"a\":1\"b\":2}",
		"{\"a\":[1,]}",
		"{\"a\":[1}",
		"{\"a\":{]}",
		"{\"a\":tru}",
		"{\"a\":01}",
		"{\"a\":1.}",
		"{\"a\":1e}",
		"{\"a\":-}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12\"}",
		"{\"a\":\"\\u12g4\"}",
		"{\"a\":\"b\\",
		"{\"a\":\"\\",
		"{\"a\":\"\\u",
		"{\"a\":\"x\ny\"}",
		"{\"a\":1}x",
		"{a:1}",
		"{\"relations\":[",
		"{\"status\":{\"items\":[",
		"{\"metadata\":{\"namespace\":\"",
		"{\"metadata\":{\"name\":{\"a\":",
	};
	struct json *v;

	for (size_t i = 0; i < LEN(bodies); i++)
		OK(json_parse(&cx, str_of(bodies[i]), &v) == 0 && rows_agree(&cx, str_of(bodies[i])));
	for (size_t i = 0; i < LEN(bad); i++) {
		struct index_terms terms = { .n = 99 };
		bool error;
		char *exact = malloc(strlen(bad[i]) + 1); /* so that a read behind the end is seen by the sanitizer */

		memcpy(exact, bad[i], strlen(bad[i]));
		OK(terms_of(&cx, (struct str){ exact, strlen(bad[i]) }, &terms, &error) == ERR_INTERNAL && terms.n == 99);
		OK(json_parse(&cx, str_of(bad[i]), &v) < 0 || !json_is(v, JSON_OBJECT));
		free(exact);
	}
}

/* One character, as it is and as escapes, around the limit of 200, in keys, values, items and relations. */
static void at_the_limit(void)
{
	static const char *const letters[] = { "x",       "X",       "\xc3\xa9",       "\xe2\x82\xac", "\xf0\x9f\x98\x80",
					       "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\n",          "\\ud83d" };
	bool all = true;

	for (size_t i = 0; i < LEN(letters); i++) {
		for (size_t n = 40; n < 1000; n = n < 45 || (n > 190 && n < 210) ? n + 1 : n < 190 ? n + 5 : n * 2) {
			struct buf run = { .mem = &mem }, body = { .mem = &mem };

			for (size_t k = 0; k < n; k++)
				buf_adds(&run, letters[i]);
			buf_addf(&body,
				 "{\"v\":\"%s\",\"w\":\"%s\\u0000\",\"l\":[\"%s\",\"%s\\u0000xxxx\"],\"%s\":1,\"k\":{\"%s\":["
				 "\"%s\"]},"
				 "\"relations\":[{\"type\":\"%s\",\"targetRef\":\"%s\"}],\"metadata\":{\"name\":\"%s\",\"%s\":"
				 "\"\"}}",
				 run.p, run.p, run.p, run.p, run.p, run.p, run.p, run.p, run.p, run.p, run.p);
			all &= rows_agree(&cx, buf_str(&body));
		}
		arena_reset(&mem);
	}
	OK(all);
}

static struct str nested(const char *open, const char *inner, const char *close, size_t n)
{
	struct buf b = { .mem = &mem };

	buf_adds(&b, "{\"a\":");
	for (size_t i = 0; i < n; i++)
		buf_adds(&b, open);
	buf_adds(&b, inner);
	for (size_t i = 0; i < n; i++)
		buf_adds(&b, close);
	buf_addc(&b, '}');
	return buf_str(&b);
}

static void deep(void)
{
	struct index_terms terms;
	bool error, all = true;

	for (size_t n = 1; n < 127; n++) {
		all &= rows_agree(&cx, nested("[", "\"x\"", "]", n)) && rows_agree(&cx, nested("[\"y\",", "1", ",{}]", n));
		all &= rows_agree(&cx, nested("{\"K\":", "[\"x\",true]", ",\"b\":\"c\"}", n));
	}
	OK(all);
	OK(terms_of(&cx, nested("[", "1", "]", 127), &terms, &error) == 0);
	OK(terms_of(&cx, nested("[", "1", "]", 128), &terms, &error) == ERR_INTERNAL);
	OK(terms_of(&cx, nested("[", "", "", 1000000), &terms, &error) == ERR_INTERNAL);
	arena_reset(&mem);
}

/* ---- random ---- */

static const char *random_text(void)
{
	static const char *const parts[] = { "a",
					     "B",
					     "name",
					     "Type",
					     "metadata",
					     ".",
					     "\xc3\xa9",
					     "\xf0\x9f\x98\x80",
					     "\"",
					     "\\",
					     "\n",
					     "\x01",
					     " ",
					     "/",
					     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" };
	static const char *const known[] = { "kind",   "metadata", "name", "namespace", "uid",  "etag", "relations",
					     "status", "items",    "type", "targetRef", "spec", "",     "attachments" };
	struct buf b = { .mem = &mem };

	if (any(2))
		return known[any(LEN(known))];
	for (unsigned n = any(20) ? any(5) : any(60); n; n--)
		buf_adds(&b, parts[any(LEN(parts))]);
	return buf_text(&b);
}

static struct json *random_value(unsigned depth)
{
	static const double numbers[] = { 0, 1, -1, 1.5, 1e21, 1e-7, 123456789012345, 1234567890123456768.0, 0.1 };
	struct json *v;
	unsigned n = any(5);

	switch (any(depth < 5 ? 8 : 5)) {
	case 0:
		return json_null(&mem);
	case 1:
		return json_bool(&mem, any(2));
	case 2:
		return json_num(&mem, any(3) ? numbers[any(LEN(numbers))] : (double)any(1000000) / (any(1000) + 1));
	case 3:
	case 4:
		return json_str(&mem, random_text());
	case 5:
		v = json_array(&mem);
		for (; n; n--)
			json_push(&mem, v, random_value(depth + 1));
		return v;
	default:
		v = json_object(&mem);
		for (n += depth == 0 ? 4 : 0; n; n--)
			json_set(&mem, v, random_text(), random_value(depth + 1));
		return v;
	}
}

static void at_random(void)
{
	bool same = true, whole = true;
	size_t objects = 0;

	for (size_t i = 0; i < RANDOM && same; i++) {
		struct buf b = { .mem = &mem };
		struct json *v = random_value(0);

		if (json_is(v, JSON_OBJECT)) {
			objects++;
			json_write(&b, v);
			same = rows_agree(&cx, buf_str(&b));
			/* what is torn or has a wrong byte is told, or happens to be right */
			if (any(2))
				b.n = any((unsigned)b.n);
			else
				b.p[any((unsigned)b.n)] = "{}[],:\"\\x0e.-"[any(13)];
			whole &= rows_agree(&cx, buf_str(&b));
		}
		arena_reset(&mem);
	}
	OK(same);
	OK(whole);
	OK(objects > RANDOM / 5);
}

/* ---- the corpus ---- */

/* How fast, for the reader of the test's output; judged by nobody. */
static void time_it(const struct str *bodies, size_t n)
{
	size_t bytes = 0, count = 0;
	uint64_t begun = clock_mono_us(), took;
	ARENA each = { 0 };
	struct ctx one = { .mem = &each };

	do {
		for (size_t i = 0; i < n; i++) {
			struct index_terms terms;
			bool error;

			arena_reset(&each);
			terms_of(&one, bodies[i], &terms, &error);
			bytes += bodies[i].n;
		}
		count += n;
	} while ((took = clock_mono_us() - begun) < 200000);
	printf("# %.0f bodies of %zu bytes a second, %.0f MB/s\n", (double)count * 1e6 / (double)took, bytes / count,
	       (double)bytes / (double)took);
}

static void over_corpus(void)
{
	struct corpus all = { 0 };
	struct kinds kinds = { 0 };
	struct problems none = { 0 }, some = { .items = &(struct problem){ "InputError", "why" }, .n = 1 };
	size_t same = 0;

	corpus_read(&cx, CORPUS, &all);
	if (!all.n) {
		printf("# no corpus\n");
		return;
	}
	OK(kinds_load(&cx, &mem, &kinds) == 0);
	struct str *bodies = arena_array(&mem, struct str, all.n);

	for (size_t i = 0; i < all.n; i++) {
		const struct json *e = all.items[i];
		const struct kind *kind = kind_find(&kinds, json_get_text(e, "kind", ""), json_get_text(e, "apiVersion", ""));
		struct relations relations = { 0 };
		struct faults faults = { 0 };
		struct body body;

		if (kind && validate_entity(&mem, &kinds, e, &faults))
			relations_of(&cx, kind, e, &relations);
		body_make(&mem, e, "00000000-0000-0000-0000-000000000000", "hash", &relations, i % 3 ? &none : &some, &body);
		bodies[i] = body.text;
		same += rows_agree(&cx, body.text);
	}
	printf("# %zu entities of the corpus\n", all.n);
	OK(same == all.n && all.n > 1000);
	time_it(bodies, all.n);
}

int main(void)
{
	by_hand();
	at_the_limit();
	deep();
	at_random();
	over_corpus();
	arena_release(&mem);
	return DONE();
}
