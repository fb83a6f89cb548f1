/* Search: words, typing errors, order, who may see what; and against a plain scan of random documents. */
#include "search/search.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/utf8.h"
#include "ext/bitmap.h"
#include "search/private.h"
#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem };

/* ---- words ---- */

/* The words of a text with their places: "payments@0 api@1 paymentsapi@0". */
static const char *words_of(const char *text)
{
	struct tokens t = { 0 };
	struct buf b = { .mem = &mem };
	uint32_t at = 0;

	tokens_of(&mem, str_of(text), &at, &t);
	for (size_t i = 0; i < t.n; i++)
		buf_addf(&b, "%s%.*s@%u", i ? " " : "", (int)t.items[i].text.n, t.items[i].text.p, t.items[i].at);
	return buf_text(&b);
}

static void test_words(void)
{
	STR_EQ(words_of("Hello, wide  World!"), "hello@0 wide@1 world@2");
	STR_EQ(words_of("payments-api"), "payments@0 api@1 paymentsapi@0");
	STR_EQ(words_of("PaymentsApi payments_api"), "payments@0 api@1 paymentsapi@0 payments@2 api@3 paymentsapi@2");
	STR_EQ(words_of("HTTPServer parseJSON2"), "http@0 server@1 httpserver@0 parse@2 json2@3 parsejson2@2");
	STR_EQ(words_of("com.acme.Foo"), "com@0 acme@1 foo@2 comacmefoo@0");
	STR_EQ(words_of("the end.Then"), "the@0 end@1 then@2 endthen@1");
	STR_EQ(words_of("C++ and C# don't"), "c++@0 and@1 c#@2 dont@3");
	STR_EQ(words_of("a/b:c@d"), "a@0 b@1 c@2 d@3");
	STR_EQ(words_of("Café ÉCOLE straße ﬁle ΑΘΉΝΑ Ёлка"), "cafe@0 ecole@1 strasse@2 file@3 αθηνα@4 елка@5");
	STR_EQ(words_of("Cafe\xcc\x81"), "cafe@0");
	STR_EQ(words_of("東京都 a決b"), "東京@0 京都@1 a@2 決@3 b@4");
	STR_EQ(words_of("ＡＢＣ１２"), "abc12@0");
	STR_EQ(words_of("--__..  "), "");
	STR_EQ(words_of("\xff\xfe"
			"a\x80"),
	       "a@0");
	STR_EQ(token_joined(&mem, STR("Payments API")).p, "paymentsapi");
	/* What is too long is cut between characters, and a name that is too long has no whole. */
	char longer[300];

	memset(longer, 'x', sizeof(longer));
	struct tokens t = { 0 };
	uint32_t at = 0;

	tokens_of(&mem, (struct str){ longer, sizeof(longer) }, &at, &t);
	OK(t.n == 1 && t.items[0].text.n == TOKEN_MOST && t.items[0].to == sizeof(longer));
}

static void test_fold(void)
{
	char out[UTF8_FOLD_MOST];

	OK(utf8_fold('Z', out) == 1 && *out == 'z');
	OK(utf8_fold(0xC9, out) == 1 && *out == 'e');
	OK(utf8_fold(0xDF, out) == 2 && memcmp(out, "ss", 2) == 0);
	OK(utf8_fold(0x301, out) == 0);
	OK(utf8_fold(0x130, out) == 1 && *out == 'i');
	OK(utf8_fold(0x6771, out) == 3);
	OK(utf8_fold(0x1F600, out) == 4);
}

/* ---- an engine with some documents ---- */

static struct engine_doc doc_of(uint64_t key, const char *name, const char *title, const char *text)
{
	return (struct engine_doc){ .key = key,
				    .entity = key & ENGINE_PAGE ? 0 : (uint32_t)key,
				    .type = key & ENGINE_PAGE ? STR("techdocs") : STR("software-catalog"),
				    .name = str_of(name),
				    .title = str_of(title),
				    .text = str_of(text),
				    .weight = 1 };
}

static void put(struct engine *e, uint64_t key, const char *name, const char *title, const char *text)
{
	struct engine_doc d = doc_of(key, name, title, text);

	engine_put(e, &d);
}

static struct engine_answer ask_as(struct engine *e, struct engine_question q)
{
	static struct str types[] = { { "software-catalog", 16 }, { "techdocs", 8 } };
	struct buf b = { .mem = &mem };
	struct engine_question asked;
	struct engine_answer a = { 0 };

	q.types = q.types ? q.types : types;
	q.n_types = q.n_types ? q.n_types : 2;
	q.limit = q.limit ? q.limit : 100;
	engine_ask(&b, &q);
	if (!engine_asked(&mem, buf_str(&b), &asked) || engine_answer(&cx, e, &asked, &a) < 0)
		return a;
	b = (struct buf){ .mem = &mem };
	engine_say(&b, &a);
	OK(engine_said(&mem, buf_str(&b), &a));
	return a;
}

/* The keys of what is found, best first: "3 1"; pages with "p". */
static const char *found(struct engine *e, const char *term)
{
	struct engine_answer a = ask_as(e, (struct engine_question){ .term = str_of(term) });
	struct buf b = { .mem = &mem };

	for (size_t i = 0; i < a.n; i++)
		buf_addf(&b, "%s%s%llu", i ? " " : "", a.hits[i].key & ENGINE_PAGE ? "p" : "",
			 (unsigned long long)(a.hits[i].key & ~ENGINE_PAGE));
	return buf_text(&b);
}

static void test_order(void)
{
	struct engine *e = engine_new();

	put(e, 1, "checkout", "", "Pays what the payments service asks for");
	put(e, 2, "payments", "", "Money");
	put(e, 3, "payments-worker", "", "Money");
	put(e, 4, "prepayments", "", "Money");
	put(e, 5, "books", "Payments ledger", "Money");
	put(e, 6 | ENGINE_PAGE, "", "Payments", "How to pay");
	STR_EQ(found(e, "payments"), "2 p6 3 5 1 4");
	STR_EQ(found(e, "PAYMENTS money"), "2 3 5 4");
	STR_EQ(found(e, "paymen"), "2 p6 3 5 1 4");
	STR_EQ(found(e, "payments-worker"), "3");
	STR_EQ(found(e, "paymentsworker"), "3");
	STR_EQ(found(e, "wor payments"), "3");
	STR_EQ(found(e, "epayme"), "4");
	STR_EQ(found(e, "\"payments service\""), "1");
	STR_EQ(found(e, "\"service payments\""), "");
	STR_EQ(found(e, "nothing payments"), "");
	STR_EQ(found(e, "!!"), "1 2 3 4 5 p6");
	/* What has changed is found by what it is now. */
	put(e, 2, "invoices", "", "");
	STR_EQ(found(e, "payments"), "p6 3 5 1 4");
	engine_remove(e, 3);
	engine_remove(e, 3);
	STR_EQ(found(e, "payments"), "p6 5 1 4");
	engine_free(e);
}

static void test_errors(void)
{
	struct engine *e = engine_new();

	put(e, 1, "kubernetes-operator", "", "");
	put(e, 2, "team", "", "");
	put(e, 3, "größe", "", "");
	STR_EQ(found(e, "kuberntes"), "1");
	STR_EQ(found(e, "kubernetse"), "1");
	STR_EQ(found(e, "ukbernetes"), "1");
	STR_EQ(found(e, "kubernnetess"), "1");
	STR_EQ(found(e, "kbrnetesss"), "");
	STR_EQ(found(e, "taem"), "2");
	STR_EQ(found(e, "tema"), "2");
	STR_EQ(found(e, "tearn"), "");
	STR_EQ(found(e, "te"), "2");
	STR_EQ(found(e, "et"), "");
	STR_EQ(found(e, "grösse"), "3");
	STR_EQ(found(e, "grosze"), "3");
	struct engine_answer a = ask_as(e, (struct engine_question){ .term = STR("the kuberntes opreator") });

	OK(a.n == 1 && str_is(a.meant, "the kubernetes operator"));
	a = ask_as(e, (struct engine_question){ .term = STR("kubernetes") });
	OK(a.n == 1 && !a.meant.n);
	engine_free(e);
}

/* ---- filters, types, rights ---- */

static void test_filters(void)
{
	struct engine *e = engine_new();
	struct engine_pair pairs[] = { { STR("kind"), STR("API") },
				       { STR("owner"), STR("group:default/payments") },
				       { STR("~owner"), STR("payments") } };
	struct engine_doc d = doc_of(1, "one", "", "shared");
	struct str api = STR("API"), lower = STR("api");
	struct engine_filter f = { .field = STR("kind"), .values = &api, .n = 1 };

	d.pairs = pairs;
	d.n_pairs = LEN(pairs);
	engine_put(e, &d);
	put(e, 2, "two", "", "shared");
	OK(ask_as(e, (struct engine_question){ .term = STR("shared"), .filters = &f, .n_filters = 1 }).total == 1);
	f.values = &lower;
	OK(ask_as(e, (struct engine_question){ .term = STR("shared"), .filters = &f, .n_filters = 1 }).total == 0);
	STR_EQ(found(e, "shared kind:api"), "1");
	STR_EQ(found(e, "owner:Payments"), "1");
	STR_EQ(found(e, "owner:group:default/payments"), "1");
	STR_EQ(found(e, "owner:\"payments\" shared"), "1");
	STR_EQ(found(e, "kind:system"), "");
	STR_EQ(found(e, "http://shared"), "");
	engine_free(e);
}

static struct str bytes_of(const struct bitmap *b)
{
	char *bytes = arena_alloc(&mem, bitmap_size(b));

	bitmap_write(b, bytes);
	return (struct str){ bytes, bitmap_size(b) };
}

static void test_rights(void)
{
	struct engine *e = engine_new();
	struct bitmap *may = bitmap_new();
	struct str types[] = { STR("techdocs") }, field = STR("kind");
	struct engine_pair kind = { STR("kind"), STR("Secret") };
	struct engine_doc page = doc_of(9 | ENGINE_PAGE, "", "Hidden page", "zebra"), secret = doc_of(2, "secret", "", "zebra");

	put(e, 1, "open", "", "zebra");
	secret.pairs = &kind;
	secret.n_pairs = 1;
	engine_put(e, &secret);
	page.entity = 2;
	engine_put(e, &page);
	bitmap_add(may, 1);
	struct engine_question q = {
		.term = STR("zebra"), .facets = true, .fields = &field, .n_fields = 1, .allowed = bytes_of(may)
	};
	struct engine_answer a = ask_as(e, q);

	OK(a.total == 1 && a.n == 1 && a.hits[0].key == 1);
	OK(a.n_counts == 1 && a.counts[0].n == 1 && str_is(a.counts[0].value, "software-catalog"));
	q.offset = 1;
	OK(ask_as(e, q).n == 0);
	q.offset = 0;
	q.term = STR("secrt");
	a = ask_as(e, q);
	OK(a.total == 0 && !a.n_counts && !a.meant.n);
	q.allowed = STR("no bitmap");
	OK(engine_answer(&cx, e, &q, &a) == ERR_INPUT);
	/* A type that may not be read is not there. */
	q = (struct engine_question){ .term = STR("zebra"), .types = types, .n_types = 1, .facets = true };
	a = ask_as(e, q);
	OK(a.total == 1 && a.n_counts == 1 && str_is(a.counts[0].value, "techdocs"));
	/* Nor are documents of an entity that has gone. */
	engine_remove(e, 2);
	STR_EQ(found(e, "zebra"), "1");
	bitmap_free(may);
	engine_free(e);
}

/* What one owns comes first; what is old, last. */
static void test_owned(void)
{
	struct engine *e = engine_new();
	struct engine_doc a = doc_of(1, "a-ledger", "", ""), b = doc_of(2, "b-ledger", "", ""),
			  c = doc_of(3, "c-ledger", "", "");
	struct str me = STR("group:default/mine");

	a.weight = 0.6F;
	c.owner = me;
	engine_put(e, &a);
	engine_put(e, &b);
	engine_put(e, &c);
	STR_EQ(found(e, "ledger"), "2 3 1");
	struct engine_answer said = ask_as(e, (struct engine_question){ .term = STR("ledger"), .owns = &me, .n_owns = 1 });

	OK(said.n == 3 && said.hits[0].key == 3 && said.hits[1].key == 2);
	engine_free(e);
}

/* ---- marks ---- */

/* Whoever asks has the words of the text written as it likes, not the marks. */
static void put_shouting(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		buf_addc(out, text.p[i] == '<' ? '!' : text.p[i]);
}

static const char *marked(const char *term, const char *text, size_t most)
{
	static const struct search_marks m = { "[", "]", put_shouting };
	bool any;
	struct str s = search_highlight(&cx, term, str_of(text), most, &m, &any);

	return arena_strndup(&mem, s.p, s.n);
}

static void test_marks(void)
{
	STR_EQ(marked("pay", "We pay <b>Payments</b>", 100), "We [pay] !b>[Payments]!/b>");
	STR_EQ(marked("café", "Le CAFE\xcc\x81 noir", 100), "Le [CAFE\xcc\x81] noir");
	STR_EQ(marked("zzz", "nothing here", 100), "nothing here");
	STR_EQ(marked("needle",
		      "hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay hay needle hay hay hay hay "
		      "hay hay hay",
		      60),
	       "…hay hay hay hay hay hay hay hay hay hay [needle] hay hay hay…");
	STR_EQ(marked("needle", "see https://example.com/a/very/long/address/without/a/blank needle end", 40), "…[needle] end");
	STR_EQ(marked("京都", "東京都", 100), "東[京都]");
	STR_EQ(marked("x", "", 10), "");
}

/* ---- against a plain scan ---- */

enum { DOCS = 400, ROUNDS = 600 };
static const char *const vocabulary[] = { "alpha",       "beta",     "gamma",  "delta", "Payments", "payments-api",
					  "PaymentsApi", "api",      "worker", "kafka", "école",    "serviceMesh",
					  "mesh",        "alphabet", "c++",    "東京都" };
static struct {
	bool live;
	char name[64], text[256];
} plain[DOCS];

static uint32_t seed = 7;
static uint32_t dice(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void roll(struct engine *e, uint64_t key)
{
	size_t at = 0;

	str_put(plain[key].name, sizeof(plain[key].name), vocabulary[dice(LEN(vocabulary))]);
	plain[key].text[0] = '\0';
	for (uint32_t n = dice(8); n; n--)
		at += (size_t)snprintf(plain[key].text + at, sizeof(plain[key].text) - at, "%s ",
				       vocabulary[dice(LEN(vocabulary))]);
	plain[key].live = true;
	put(e, key, plain[key].name, "", plain[key].text);
}

static bool has_beginning(struct str text, struct str word)
{
	struct tokens t = { 0 };
	uint32_t at = 0;

	tokens_of(&mem, text, &at, &t);
	for (size_t i = 0; i < t.n; i++)
		if (t.items[i].text.n >= word.n && memcmp(t.items[i].text.p, word.p, word.n) == 0)
			return true;
	return false;
}

static bool has_part(struct str text, struct str word)
{
	struct tokens t = { 0 };
	uint32_t at = 0;

	tokens_of(&mem, text, &at, &t);
	for (size_t i = 0; i < t.n; i++)
		if (memmem(t.items[i].text.p, t.items[i].text.n, word.p, word.n))
			return true;
	return false;
}

/* A word of three letters and more begins one of the name or the text, or is in one of the name. */
static size_t scan(const char *const *words, size_t n)
{
	size_t total = 0;

	for (size_t d = 1; d < DOCS; d++) {
		bool all = plain[d].live;

		for (size_t i = 0; all && i < n; i++)
			all = has_beginning(str_of(plain[d].text), str_of(words[i])) ||
			      has_part(str_of(plain[d].name), str_of(words[i]));
		total += all;
	}
	return total;
}

static void test_against_scan(void)
{
	static const char *const asked[] = { "alp",   "alphabet", "payments", "api",  "mesh",
					     "ecole", "kaf",      "worker",   "ymen", "ser" };
	struct engine *e = engine_new();
	size_t wrong = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t key = 1 + dice(DOCS - 1);
		const char *words[2] = { asked[dice(LEN(asked))], asked[dice(LEN(asked))] };
		size_t n = 1 + dice(2);

		for (uint32_t i = dice(40); i; i--)
			roll(e, 1 + dice(DOCS - 1));
		if (dice(3) == 0) {
			engine_remove(e, key);
			plain[key].live = false;
		}
		while (dice(5) && engine_work(e))
			;
		const char *term = n == 1 ? words[0] : arena_printf(&mem, "%s %s", words[0], words[1]);
		struct engine_answer a = ask_as(e, (struct engine_question){ .term = str_of(term) });
		size_t want = scan(words, n);

		wrong += want && a.total != want;
		if (want && a.total != want)
			printf("# round %u, '%s': %llu found, %zu there\n", round, term, (unsigned long long)a.total, want);
		arena_reset(&mem);
	}
	OK(wrong == 0);
	engine_free(e);
}

/* The best of very many are found without looking at all of them: they must be the first of all. */
static bool first_of_all(struct engine *e, const char *term, struct str *owns)
{
	struct engine_question q = { .term = str_of(term), .owns = owns, .n_owns = owns != NULL, .limit = 10 };
	struct engine_answer few = ask_as(e, q), all;

	q.limit = 20000;
	all = ask_as(e, q);
	for (size_t i = 0; i < few.n; i++)
		if (few.hits[i].key != all.hits[i].key || few.hits[i].score < all.hits[i].score ||
		    few.hits[i].score > all.hits[i].score) {
			printf("# '%s': other documents at place %zu\n", term, i);
			return false;
		}
	return few.n == 10 && few.total == all.total && all.n == all.total;
}

static void test_best_of_many(void)
{
	static const char *const terms[] = {
		"alpha", "alp", "kafka worker", "the mesh", "lph", "paymentsapi", "worker api beta"
	};
	struct engine *e = engine_new();
	struct str me = STR("group:default/mine");
	size_t wrong = 0;

	for (unsigned i = 1; i <= 12000; i++) {
		struct buf b = { .mem = &mem };

		buf_adds(&b, "zebrafish ");
		for (unsigned k = 0; k < 12; k++)
			buf_addf(&b, "%s ", vocabulary[dice(LEN(vocabulary))]);
		const char *name = dice(20) ? arena_printf(&mem, "n%u", i) : vocabulary[dice(LEN(vocabulary))];
		struct engine_doc d = doc_of(i, name, dice(20) ? "" : "zebrafish club", buf_text(&b));

		d.weight = dice(3) ? 1 : 0.6F;
		d.owner = dice(9) ? STR("") : me;
		engine_put(e, &d);
		arena_reset(&mem);
	}
	for (size_t i = 0; i < LEN(terms); i++)
		wrong += !first_of_all(e, terms[i], NULL) + !first_of_all(e, terms[i], &me);
	OK(wrong == 0);
	/* "Zebra Fish" is called so, though the word stands in its text alone, as in all others. */
	put(e, 20000, "x", "Zebra Fish", "about the zebrafish");
	STR_EQ(arena_strndup(&mem, found(e, "zebrafish"), 6), "20000 ");
	engine_free(e);
}

/* After very many changes no more is kept than after few; and what is found is the same. */
static void test_renewal(void)
{
	struct engine *e = engine_new();
	struct engine_stats few, many;

	for (unsigned i = 0; i < 100; i++)
		put(e, 1 + i, arena_printf(&mem, "name-%u", i), "", "some text that is always the same");
	engine_stats(e, &few);
	for (unsigned i = 0; i < 60000; i++) {
		put(e, 1 + i % 100, arena_printf(&mem, "name-%u", i), "", "some text that is always the same");
		while (engine_work(e))
			;
		arena_reset(&mem);
	}
	engine_stats(e, &many);
	OK(many.documents == 100 && many.values < 10);
	printf("# %llu bytes after 100 documents, %llu after 60000 changes; %llu words\n", (unsigned long long)few.bytes,
	       (unsigned long long)many.bytes, (unsigned long long)many.words);
	OK(many.bytes < few.bytes + (4U << 20) && many.words < 8000);
	OK(ask_as(e, (struct engine_question){ .term = STR("always same") }).total == 100);
	STR_EQ(found(e, "name-59999"), "100");
	engine_free(e);
}

int main(void)
{
	test_words();
	test_fold();
	test_order();
	test_errors();
	test_filters();
	test_rights();
	test_owned();
	test_marks();
	test_against_scan();
	test_best_of_many();
	test_renewal();
	arena_release(&mem);
	return DONE();
}
