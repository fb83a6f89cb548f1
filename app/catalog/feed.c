/* All entities and then all that changes, as documents for an index. */
#include "catalog/feed.h"

#include "base/log.h"
#include "catalog/follow.h"
#include "catalog/store.h"
#include "catalog/terms.h"
#include "sql/catalog.h"
#include "sql/change.h"

_Static_assert(sizeof(struct q_entity_walk_out) == sizeof(struct follow_row), "a row as it is read");
_Static_assert(sizeof(struct q_entity_by_ids_out) == sizeof(struct follow_row), "a row as it is read");
_Static_assert(sizeof(struct q_change_behind_out) == sizeof(struct follow_change), "a change as it is read");
const struct follow_source follow_entities = { &q_change_next, &q_change_behind, &q_entity_walk, &q_entity_by_ids };

struct feed {
	struct ctx *cx;
	const struct feed_to *to;
	struct arena own;
	struct follow_to rows;
	struct follow *follow;
};

/* What cannot be understood is told and left out: better than an index that stands still. */
static void take_row(void *arg, const struct follow_row *row)
{
	const struct feed *f = arg;
	struct index_terms terms = { 0 };
	struct index_doc doc = { .id = (uint32_t)row->id };
	int rc = row->id > UINT32_MAX ? fail(f->cx, ERR_INTERNAL, "ids beyond 2^32 cannot be indexed")
				      : terms_of(f->cx, row->body, &terms, &doc.error);

	if (rc < 0) {
		log_error("an entity is left out of the index", "id", id_text(f->cx->mem, row->id), "why", f->cx->err.text,
			  NULL);
		if (row->id <= UINT32_MAX)
			f->to->gone(f->to->arg, doc.id);
		return;
	}
	doc.tag = body_tag(row->etag);
	f->to->put(f->to->arg, &doc, &terms);
}

static void take_gone(void *arg, uint64_t id)
{
	const struct feed *f = arg;

	f->to->gone(f->to->arg, (uint32_t)id);
}

static void take_seq(void *arg, uint64_t seq)
{
	const struct feed *f = arg;

	f->to->seq(f->to->arg, seq);
}

struct feed *feed_new(struct ctx *cx, const struct feed_to *to, uint64_t seq)
{
	struct arena own = { 0 };
	struct feed *f = arena_new(&own, struct feed);

	*f = (struct feed){ .cx = cx, .to = to, .own = own, .rows = { take_row, take_gone, take_seq, f } };
	f->follow = follow_new(cx, &follow_entities, &f->rows, seq);
	return f;
}

void feed_free(struct feed *f)
{
	if (!f)
		return;
	struct arena own = f->own;

	follow_free(f->follow);
	arena_release(&own);
}

int feed_step(struct feed *f)
{
	return follow_step(f->follow);
}

int feed_owner(struct ctx *cx, const char **out)
{
	struct q_database_identity_out row;
	int rc = q_database_identity_one(cx, &row);

	if (rc == 0)
		return fail(cx, ERR_UNAVAILABLE, "table identity is empty: the schema is not complete yet");
	*out = rc > 0 ? row.id : NULL;
	return rc < 0 ? rc : 0;
}
