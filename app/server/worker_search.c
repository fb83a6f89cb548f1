/* The search worker: what it is fed, and what it answers. */
#include "base/log.h"
#include "catalog/store.h"
#include "index/kept.h"
#include "search/document.h"
#include "search/engine.h"
#include "server/follower.h"
#include "server/scoreboard.h"

/* ---- the process that reads: 'P' a document as engine_write() writes it; 'R' one that has gone: its key (64); 'Q' a change of
 * the pages that is in: seq (64) ---- */

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
	struct feeder_out *to = ((struct reading *)arg)->to;
	size_t at = feeder_frame(to, 'Q');

	ask_u64(&to->out, seq);
	feeder_end(to, at);
}

static void *begin_reading(struct ctx *cx, struct feeder_out *to, const struct feeder_at *at)
{
	static struct reading r;

	r = (struct reading){ .cx = cx,
			      .to = to,
			      .entities = { send_entity, entity_gone, entities_at, &r },
			      .pages = { send_page, page_gone, pages_at, &r } };
	r.of_entities = follow_new(cx, &follow_entities, &r.entities, at->seq);
	r.of_pages = follow_new(cx, &search_documents, &r.pages, at->other);
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
	struct engine_seen seen;
};

static void take(void *arg, char kind, struct reader *r, struct arena *mem)
{
	struct held *h = arg;
	struct engine_doc doc;

	if (kind == 'Q')
		h->seen.pages = read_u64(r);
	else if (kind == 'R')
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

	int rc = engine_load(w->cx, w->set->search_snapshot, owner, &held.e, &held.seen);

	if (rc < 0 && rc != ERR_NOTFOUND)
		log_warn("search's snapshot is of no use, all is read from the database", "why", w->cx->err.text, NULL);
	if (rc < 0) {
		held.e = engine_new();
		held.seen = (struct engine_seen){ 0 };
	}
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
	return ((const struct held *)arg)->seen.entities;
}

static uint64_t other(const void *arg)
{
	return ((const struct held *)arg)->seen.pages;
}

static int save(struct ctx *cx, const struct worker *w, void *arg, const char *owner)
{
	struct held *h = arg;

	return engine_save(cx, h->e, &h->seen, w->set->search_snapshot, owner);
}

static void set_seq(void *arg, uint64_t n)
{
	((struct held *)arg)->seen.entities = n;
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
		.seq = h->seen.entities, .documents = s.documents, .keys = s.words, .values = s.values, .bytes = s.bytes
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
						 .other = other,
						 .set_seq = set_seq,
						 .work = work,
						 .stats = stats,
						 .save = save,
						 .snapshot = w->set->search_snapshot,
						 .limit_kb = w->set->search_limit_kb,
						 .limit_name = "server.searchMemoryLimit",
						 .shared = &scoreboard()->search });
}
