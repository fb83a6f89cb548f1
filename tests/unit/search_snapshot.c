/* Search's snapshot: what is loaded answers as what was saved, and goes on; nothing of a damaged or foreign file is used. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "search/private.h"
#include "tests/unit/tap.h"

enum { DOCS = 300, CHANGES = 2000 };

static struct arena mem;
static struct ctx cx = { .mem = &mem };
static char path[] = "/tmp/callboard-search-XXXXXX";
static const struct engine_seen seen = { 17, 4 };

static const char *const words[] = { "alpha", "beta",  "Payments", "payments-api", "PaymentsApi", "worker",
				     "kafka", "école", "c++",      "東京都",       "the",         "gateway" };

static uint32_t dice(uint32_t n)
{
	static uint32_t seed = 11;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static const char *some(uint32_t n)
{
	struct buf b = { .mem = &mem };

	for (; n; n--)
		buf_addf(&b, "%s ", words[dice(LEN(words))]);
	return buf_text(&b);
}

static void change(struct engine *e)
{
	uint32_t id = 1 + dice(DOCS);
	bool page = dice(2);
	struct engine_pair pairs[] = { { STR("kind"), dice(2) ? STR("Component") : STR("API") },
				       { STR("location"), str_of(arena_printf(&mem, "/%u", id)) } };

	if (dice(4) == 0) {
		engine_remove(e, page ? id | ENGINE_PAGE : id);
		return;
	}
	engine_put(e, &(struct engine_doc){ .key = page ? id | ENGINE_PAGE : id,
					    .tag = dice(1000),
					    .entity = id,
					    .type = page ? STR("techdocs") : STR("software-catalog"),
					    .name = str_of(page ? "" : arena_printf(&mem, "%s-%u", words[dice(8)], id)),
					    .title = str_of(some(dice(3))),
					    .text = str_of(some(dice(60))),
					    .ref = str_of(page ? "" : arena_printf(&mem, "component:default/%u", id)),
					    .owner = dice(2) ? STR("group:default/a") : STR(""),
					    .weight = dice(5) ? 1 : 0.6F,
					    .pairs = pairs,
					    .n_pairs = LEN(pairs) });
}

/* The bytes of the answer to a question. */
static struct str said(struct engine *e, const char *term)
{
	struct str types[] = { STR("software-catalog"), STR("techdocs") }, owns = STR("group:default/a"), field = STR("kind");
	struct engine_question q = { .term = str_of(term),
				     .types = types,
				     .n_types = 2,
				     .owns = &owns,
				     .n_owns = 1,
				     .facets = true,
				     .fields = &field,
				     .n_fields = 1,
				     .limit = 50 };
	struct engine_answer a;
	struct buf b = { .mem = &mem };

	if (engine_answer(&cx, e, &q, &a) == 0)
		engine_say(&b, &a);
	return buf_str(&b);
}

static bool answer_the_same(struct engine *a, struct engine *b)
{
	static const char *const terms[] = { "",
					     "alpha",
					     "payments",
					     "pay wor",
					     "\"alpha beta\"",
					     "paymnets",
					     "yment",
					     "kind:api",
					     "the kafka",
					     "東京",
					     "c++",
					     "zzzz",
					     "wor kafka",
					     "ecole",
					     "paymentsapi-7",
					     "alpha-1",
					     "the",
					     "gatewya",
					     "\"c++ the\"",
					     "location:/9",
					     "component:default/9" };
	size_t wrong = 0;

	for (size_t i = 0; i < LEN(terms); i++)
		if (!str_eq(said(a, terms[i]), said(b, terms[i]))) {
			printf("# other answers to '%s'\n", terms[i]);
			wrong++;
		}
	return !wrong;
}

static struct engine *filled(void)
{
	struct engine *e = engine_new();

	for (unsigned i = 0; i < CHANGES; i++)
		change(e);
	return e;
}

static int load(const char *owner, struct engine **out)
{
	struct engine_seen ignored;

	return engine_load(&cx, path, owner, out, &ignored);
}

static void test_the_same(void)
{
	struct engine *e = filled(), *loaded = NULL;
	struct engine_seen got;
	struct engine_stats a, b;

	OK(engine_save(&cx, e, &seen, path, "me") == 0);
	OK(engine_load(&cx, path, "me", &loaded, &got) == 0 && got.entities == seen.entities && got.pages == seen.pages);
	engine_stats(e, &a);
	engine_stats(loaded, &b);
	OK(a.documents == b.documents && a.values == b.values);
	OK(answer_the_same(e, loaded));
	/* What is loaded can be saved, and what changes afterwards changes both. */
	OK(engine_save(&cx, loaded, &seen, path, "me") == 0);
	for (unsigned i = 0; i < DOCS; i++) {
		engine_remove(e, i);
		engine_remove(loaded, i);
		engine_remove(e, (i / 2) | ENGINE_PAGE);
		engine_remove(loaded, (i / 2) | ENGINE_PAGE);
	}
	OK(answer_the_same(e, loaded));
	engine_free(loaded);
	engine_free(e);
}

/* Saved while lists are still to be numbered anew. */
static void test_behind(void)
{
	struct engine *e = filled(), *loaded = NULL;

	while (e->behind >= e->words.n || !e->turn) {
		for (unsigned i = 0; i < 8; i++)
			change(e);
		engine_work(e);
	}
	OK(engine_save(&cx, e, &seen, path, "me") == 0 && load("me", &loaded) == 0);
	OK(answer_the_same(e, loaded));
	engine_free(loaded);
	engine_free(e);
}

/* What plugins write is long and much at times; what is kept of it can be read again. */
static void test_much(void)
{
	enum { PAIRS = 100000 };
	struct engine_pair *pairs = arena_array(&mem, struct engine_pair, PAIRS);
	struct str longer = str_of(arena_printf(&mem, "%0300d", 7));
	struct engine *e = engine_new(), *loaded = NULL;

	pairs[0] = (struct engine_pair){ longer, STR("long field") };
	pairs[1] = (struct engine_pair){ STR("long"), longer };
	for (unsigned i = 2; i < PAIRS; i++)
		pairs[i] = (struct engine_pair){ STR("tags"), str_of(arena_printf(&mem, "tag-%u", i)) };
	engine_put(e, &(struct engine_doc){ .key = 1,
					    .type = STR("techdocs"),
					    .title = STR("alpha"),
					    .weight = 1,
					    .pairs = pairs,
					    .n_pairs = PAIRS });
	OK(engine_save(&cx, e, &seen, path, "me") == 0 && load("me", &loaded) == 0);
	OK(answer_the_same(e, loaded));
	engine_free(loaded);
	engine_free(e);
}

static void test_refused(void)
{
	struct engine *e = filled(), *loaded = NULL;
	struct stat st;
	size_t believed = 0;

	OK(engine_save(&cx, e, &seen, path, "me") == 0);
	engine_free(e);
	OK(load("you", &loaded) == ERR_CONFLICT);
	int fd = open(path, O_RDWR);

	OK(fd >= 0 && fstat(fd, &st) == 0);
	for (off_t at = 0; at < st.st_size; at += 1 + st.st_size / 150) {
		char byte, other;

		if (pread(fd, &byte, 1, at) != 1)
			break;
		other = (char)(byte ^ 0x10);
		believed += pwrite(fd, &other, 1, at) != 1 || load("me", &loaded) != ERR_CONFLICT;
		if (pwrite(fd, &byte, 1, at) != 1)
			break;
	}
	OK(believed == 0);
	OK(load("me", &loaded) == 0);
	engine_free(loaded);
	OK(ftruncate(fd, st.st_size / 2) == 0 && load("me", &loaded) == ERR_CONFLICT);
	OK(ftruncate(fd, 0) == 0 && load("me", &loaded) == ERR_CONFLICT);
	close(fd);
	OK(unlink(path) == 0 && load("me", &loaded) == ERR_NOTFOUND);
}

int main(void)
{
	int fd = mkstemp(path);

	OK(fd >= 0);
	close(fd);
	test_the_same();
	test_behind();
	test_much();
	test_refused();
	arena_release(&mem);
	return DONE();
}
