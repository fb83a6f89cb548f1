/* The search worker: what it is fed, and what it answers. */
#include "base/log.h"
#include "catalog/store.h"
#include "index/kept.h"
#include "search/document.h"
#include "search/engine.h"
#include "server/follower.h"
#include "server/scoreboard.h"

/* ---- the process that reads: 'P' a document as engine_write() writes it; 'R' one that has gone: its key (64) ---- */

/* Follows two sequences: of the catalog's entities, and of all other documents. */
struct reading {
	struct ctx *cx;
	struct feeder_out *to;
	struct follow_to entities, pages;
	struct follow *of_entities, *of_pages;
};

static void send_gone(struct reading *r, uint64_t key)
{
	size_t at = feeder_frame(r->to, 'R');

	ask_u64(&r->to->out, key);
	feeder_end(r->to, at);
}

static void send_doc(struct reading *r, int rc, const struct engine_doc *doc, uint64_t key)
{
	if (rc < 0)
		log_error("a document is left out of search", "id", id_text(r->cx->mem, key & ~ENGINE_PAGE), "why",
			  r->cx->err.text, NULL);
	if (rc <= 0) {
		send_gone(r, key);
		return;
	}
	size_t at = feeder_frame(r->to, 'P');

	engine_write(&r->to->out, doc);
	feeder_end(r->to, at);
}

static void send_entity(void *arg, const struct follow_row *row)
{
	struct reading *r = arg;
	struct engine_doc doc;

	send_doc(r, document_of_entity(r->cx, row, &doc), &doc, row->id);
}

static void send_page(void *arg, const struct follow_row *row)
{
	struct reading *r = arg;
	struct engine_doc doc;

	send_doc(r, document_of_page(r->cx, row, &doc), &doc, row->id | ENGINE_PAGE);
}

static void entity_gone(void *arg, uint64_t id)
{
	send_gone(arg, id);
}

static void page_gone(void *arg, uint64_t id)
{
	send_gone(arg, id | ENGINE_PAGE);
}

static void entities_at(void *arg, uint64_t seq)
{
	feeder_seq(((struct reading *)arg)->to, seq);
}

static void pages_at(void *arg, uint64_t seq)
{
	(void)arg;
	(void)seq;
}

static void *begin_reading(struct ctx *cx, struct feeder_out *to, uint64_t seq)
{
	static struct reading r;

	(void)seq; /* there is no snapshot: everything is read */
	r = (struct reading){ .cx = cx,
			      .to = to,
			      .entities = { send_entity, entity_gone, entities_at, &r },
			      .pages = { send_page, page_gone, pages_at, &r } };
	r.of_entities = follow_new(cx, &follow_entities, &r.entities, 0);
	r.of_pages = follow_new(cx, &search_documents, &r.pages, 0);
	return &r;
}

static int step(void *arg)
{
	struct reading *r = arg;
	int entities = follow_step(r->of_entities), pages = entities < 0 ? entities : follow_step(r->of_pages);

	return pages < 0 ? pages : entities > 0 || pages > 0;
}

/* ---- the worker ---- */

struct held {
	struct engine *e;
	struct kept *kept;
	uint64_t seq;
};

static void take(void *arg, char kind, struct reader *r, struct arena *mem)
{
	struct held *h = arg;
	struct engine_doc doc;

	if (kind == 'R')
		engine_remove(h->e, read_u64(r));
	else if (engine_read(mem, (struct str){ r->p, (size_t)(r->end - r->p) }, &doc))
		engine_put(h->e, &doc);
}

static int work_out(void *engine, struct ctx *cx, struct str request, struct buf *out)
{
	struct engine_question question;
	struct engine_answer said;
	int rc;

	if (!engine_asked(cx->mem, request, &question))
		return fail(cx, ERR_INPUT, "the request to search is malformed");
	rc = engine_answer(cx, engine, &question, &said);
	if (rc == 0)
		engine_say(out, &said);
	return rc;
}

static int answer(void *arg, struct ctx *cx, unsigned flags, struct str request, struct buf *out)
{
	struct held *h = arg;

	(void)flags;
	return kept_answer(h->kept, cx, engine_changes(h->e), request, work_out, h->e, out);
}

static void *begin(struct worker *w, const char *owner)
{
	static struct held held;

	(void)w;
	(void)owner;
	held.e = engine_new();
	held.kept = kept_new();
	return &held;
}

static void end(void *arg)
{
	struct held *h = arg;

	engine_free(h->e);
	h->e = NULL;
}

static uint64_t seq(const void *arg)
{
	return ((const struct held *)arg)->seq;
}

static void set_seq(void *arg, uint64_t n)
{
	((struct held *)arg)->seq = n;
}

static bool work(void *arg)
{
	return engine_work(((struct held *)arg)->e);
}

static void stats(const void *arg, struct index_stats *out)
{
	const struct held *h = arg;
	struct engine_stats s;

	engine_stats(h->e, &s);
	*out = (struct index_stats){
		.seq = h->seq, .documents = s.documents, .keys = s.words, .values = s.values, .bytes = s.bytes
	};
}

void worker_run_search(struct worker *w)
{
	static const struct feeder_kind feeder = { "search", begin_reading, step };

	follower_run(w, &(struct follower_kind){ .name = "search index",
						 .feeder = &feeder,
						 .take = take,
						 .answer = answer,
						 .begin = begin,
						 .end = end,
						 .seq = seq,
						 .set_seq = set_seq,
						 .work = work,
						 .stats = stats,
						 .limit_kb = w->set->search_limit_kb,
						 .limit_name = "server.searchMemoryLimit",
						 .shared = &scoreboard()->search });
}
