/* The index worker: what it is fed, and what it answers. */
#include "base/list.h"
#include "base/log.h"
#include "catalog/feed.h"
#include "index/kept.h"
#include "server/follower.h"
#include "server/scoreboard.h"

/* ---- the process that reads: 'P' a document: id (32), tag (64), error (8), n (32), n times key, whether there is a value (8),
 * value; 'R' one that has gone: id (32) ---- */

static void send_doc(void *arg, const struct index_doc *doc, const struct index_terms *terms)
{
	struct feeder_out *to = arg;
	size_t at = feeder_frame(to, 'P');

	ask_u32(&to->out, doc->id);
	ask_u64(&to->out, doc->tag);
	ask_u8(&to->out, doc->error);
	ask_u32(&to->out, (uint32_t)terms->n);
	for (size_t i = 0; i < terms->n; i++) {
		ask_text(&to->out, terms->items[i].key);
		ask_u8(&to->out, terms->items[i].value.p != NULL);
		ask_text(&to->out, terms->items[i].value);
	}
	feeder_end(to, at);
}

static void send_gone(void *arg, uint32_t id)
{
	struct feeder_out *to = arg;
	size_t at = feeder_frame(to, 'R');

	ask_u32(&to->out, id);
	feeder_end(to, at);
}

static void send_seq(void *arg, uint64_t seq)
{
	feeder_seq(arg, seq);
}

static void *begin_feed(struct ctx *cx, struct feeder_out *to, const struct feeder_at *at)
{
	static struct feed_to feed_to;

	feed_to = (struct feed_to){ send_doc, send_gone, send_seq, to };
	return feed_new(cx, &feed_to, at->seq);
}

static int step(void *state)
{
	return feed_step(state);
}

/* ---- the worker ---- */

struct held {
	struct index *ix;
	struct kept *kept;
};

static void take_doc(struct index *ix, struct reader *r, struct arena *mem)
{
	struct index_terms terms = { 0 };
	struct index_doc doc = { .id = read_u32(r), .tag = read_u64(r), .error = read_u8(r) };

	for (uint32_t n = read_u32(r); n && !r->bad; n--) {
		struct index_term t = { .key = read_text(r) };
		bool has = read_u8(r);
		struct str value = read_text(r);

		if (has)
			t.value = value;
		*list_add(mem, &terms) = t;
	}
	if (!r->bad)
		index_put(ix, &doc, &terms);
}

static void take(void *arg, char kind, struct reader *r, struct arena *mem)
{
	struct held *h = arg;

	if (kind == 'P')
		take_doc(h->ix, r, mem);
	else
		index_remove(h->ix, read_u32(r));
}

static int work_out(void *ix, struct ctx *cx, struct str request, struct buf *out)
{
	return index_answer(cx, ix, request, out);
}

/* Statistics change by themselves. */
static int answer(void *arg, struct ctx *cx, unsigned flags, struct str request, struct buf *out)
{
	struct held *h = arg;

	if (flags & INDEX_ASK_ANEW || !request.n || *request.p == 'S')
		return work_out(h->ix, cx, request, out);
	return kept_answer(h->kept, cx, index_changes(h->ix), request, work_out, h->ix, out);
}

static void *begin(struct worker *w, const char *owner)
{
	static struct held held;
	int rc = index_load(w->cx, w->set->index_snapshot, owner, &held.ix);

	if (rc < 0 && rc != ERR_NOTFOUND)
		log_warn("the index's snapshot is of no use, all is read from the database", "why", w->cx->err.text, NULL);
	if (rc < 0)
		held.ix = index_new();
	held.kept = kept_new();
	return &held;
}

static void end(void *arg)
{
	struct held *h = arg;

	index_free(h->ix);
	h->ix = NULL;
}

static uint64_t seq(const void *arg)
{
	return index_seq(((const struct held *)arg)->ix);
}

static void set_seq(void *arg, uint64_t n)
{
	index_set_seq(((struct held *)arg)->ix, n);
}

static bool work(void *arg)
{
	return index_work(((struct held *)arg)->ix);
}

/* What people type is looked for in these: it shall not be made ready only when the first one asks. */
static bool prepare(void *arg)
{
	static const char *const searched[] = { "metadata.name", "metadata.title" };
	struct held *h = arg;
	bool more = false;

	for (size_t i = 0; i < LEN(searched) && !more; i++)
		more = index_expect(h->ix, str_of(searched[i]));
	return more;
}

static void stats(const void *arg, struct index_stats *out)
{
	index_stats(((const struct held *)arg)->ix, out);
}

static int save(struct ctx *cx, const struct worker *w, void *arg, const char *owner)
{
	return index_save(cx, ((const struct held *)arg)->ix, w->set->index_snapshot, owner);
}

void worker_run_index(struct worker *w)
{
	static const struct feeder_kind feeder = { "index", begin_feed, step };

	follower_run(w, &(struct follower_kind){ .name = "index",
						 .feeder = &feeder,
						 .take = take,
						 .answer = answer,
						 .begin = begin,
						 .end = end,
						 .seq = seq,
						 .set_seq = set_seq,
						 .work = work,
						 .prepare = prepare,
						 .stats = stats,
						 .save = save,
						 .snapshot = w->set->index_snapshot,
						 .limit_kb = w->set->index_limit_kb,
						 .limit_name = "server.indexMemoryLimit",
						 .shared = &scoreboard()->index });
}
