/*
 * Search. The first byte says what the others are: a term that is looked for and marked, the bytes of a question, the bytes of
 * a document, or a document's text and, behind a NUL, a term; whatever they are, there is an answer or a refusal.
 */
#include "search/engine.h"

#include <stdlib.h>

#include "search/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct engine *small(void)
{
	static const char *const names[] = { "payments-api", "PaymentsWorker", "école", "東京都の店", "c++ builder" };
	struct engine *e = engine_new();

	for (size_t i = 0; i < LEN(names); i++)
		engine_put(e, &(struct engine_doc){ .key = i + 1,
						    .entity = (uint32_t)i + 1,
						    .type = STR("software-catalog"),
						    .name = str_of(names[i]),
						    .text = STR("Takes the payments of the shop, and settles them at night"),
						    .weight = 1 });
	return e;
}

/* What is found is of the documents there are, and a part that is marked is no longer than it may be. */
static void look_for(struct ctx *cx, struct engine *e, struct str term)
{
	static const struct search_marks m = { "<mark>", "</mark>", NULL };
	struct str types[] = { STR("software-catalog"), STR("other") }, fields[] = { STR("kind") };
	struct engine_question q = {
		.term = term, .types = types, .n_types = 2, .limit = 10, .facets = true, .fields = fields, .n_fields = 1
	};
	struct engine_answer a;
	struct engine_stats stats;
	bool found;

	engine_stats(e, &stats);
	if (engine_answer(cx, e, &q, &a) < 0 || a.n > a.total || a.total > stats.documents)
		abort();
	search_highlight(cx, arena_strndup(cx->mem, term.p, term.n), term, 60, &m, &found);
}

static void use_document(struct ctx *cx, struct engine *e, struct str bytes)
{
	struct engine_doc d;

	if (!engine_read(cx->mem, bytes, &d))
		return;
	engine_put(e, &d);
	look_for(cx, e, d.title);
	engine_remove(e, d.key);
}

static void use_question(struct ctx *cx, struct engine *e, struct str bytes)
{
	struct engine_question q;
	struct engine_answer a;

	if (!engine_asked(cx->mem, bytes, &q))
		return;
	q.limit %= 1000;
	if (engine_answer(cx, e, &q, &a) == 0 && a.n > q.limit)
		abort();
}

static void use_text(struct ctx *cx, struct engine *e, struct str bytes)
{
	struct str term = bytes, text = str_cut(&term, '\0');

	for (unsigned i = 0; i < 3; i++) {
		engine_put(e,
			   &(struct engine_doc){
				   .key = 77, .type = STR("other"), .title = text, .tags = text, .text = text, .weight = 1 });
		look_for(cx, e, term.p ? term : text);
		while (engine_work(e))
			;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA mem = { 0 };
	struct ctx cx = { .mem = &mem };

	if (!size)
		return 0;
	struct engine *e = small();
	struct str rest = { (const char *)data + 1, size - 1 };

	switch (*data % 4) {
	case 0:
		look_for(&cx, e, rest);
		break;
	case 1:
		use_question(&cx, e, rest);
		break;
	case 2:
		use_document(&cx, e, rest);
		break;
	default:
		use_text(&cx, e, rest);
	}
	engine_free(e);
	return 0;
}
