/* All entities and then all that changes, as documents for an index. */
#include "catalog/feed.h"

#include "base/list.h"
#include "base/log.h"
#include "catalog/store.h"
#include "catalog/terms.h"
#include "ext/db.h"
#include "ext/json.h"
#include "sql/catalog.h"
#include "sql/change.h"

enum { LOAD = 500, APPLY = 200, ROWS = 50 };

/* Changes that were read and are to be taken in: ids, and where each change of the sequence ends. */
struct pending {
	struct id_list ids;
	size_t at;
	struct {
		size_t *items;
		size_t n, cap;
	} ends;
	size_t done; /* changes that are in */
	uint64_t first;
};

struct feed {
	struct ctx *cx;
	const struct feed_to *to;
	uint64_t seq;                 /* what has been given */
	struct arena own, kept, step; /* of this struct, of what is pending, of one step */
	bool begun, loaded;
	uint64_t last_id, from; /* while it loads: how far, and which change was the last when it began */
	struct pending pending;
};

struct feed *feed_new(struct ctx *cx, const struct feed_to *to, uint64_t seq)
{
	struct arena own = { 0 };
	struct feed *f = arena_new(&own, struct feed);

	*f = (struct feed){ .cx = cx, .to = to, .seq = seq, .own = own, .loaded = seq > 0 };
	return f;
}

void feed_free(struct feed *f)
{
	if (!f)
		return;
	struct arena own = f->own;

	arena_release(&f->step);
	arena_release(&f->kept);
	arena_release(&own);
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

static void give_seq(struct feed *f, uint64_t seq)
{
	f->seq = seq;
	f->to->seq(f->to->arg, seq);
}

static int last_change(struct feed *f, uint64_t *out)
{
	struct q_change_next_out next;
	int rc = q_change_next_one(f->cx, &next);

	if (rc == 0)
		return fail(f->cx, ERR_UNAVAILABLE, "the database has no sequence of changes yet");
	if (rc > 0)
		*out = next.seq - 1;
	return rc < 0 ? rc : 0;
}

/* What cannot be understood is told and left out: better than an index that stands still. */
static void put(struct feed *f, uint64_t id, const char *etag, struct str body)
{
	struct index_terms terms = { 0 };
	struct index_doc doc = { .id = (uint32_t)id };
	int rc = id > UINT32_MAX ? fail(f->cx, ERR_INTERNAL, "ids beyond 2^32 cannot be indexed")
				 : terms_of(f->cx, body, &terms, &doc.error);

	if (rc < 0) {
		log_error("an entity is left out of the index", "id", id_text(f->cx->mem, id), "why", f->cx->err.text, NULL);
		if (id <= UINT32_MAX)
			f->to->gone(f->to->arg, doc.id);
		return;
	}
	doc.tag = body_tag(etag);
	f->to->put(f->to->arg, &doc, &terms);
}

/* The next entities by id. What changes meanwhile is among the changes that are taken in afterwards. */
static int load(struct feed *f)
{
	struct q_entity_walk_out row;
	DB_ROWS rows = { 0 };
	size_t n = 0;
	int rc = f->begun ? 0 : last_change(f, &f->from);

	if (rc < 0)
		return rc;
	f->begun = true;
	rc = q_entity_walk_open(f->cx, &(struct q_entity_walk_in){ f->last_id, LOAD }, &rows);
	for (; rc >= 0 && (rc = q_entity_walk_next(&rows, &row)) == 1; n++) {
		put(f, row.id, row.etag, row.body);
		f->last_id = row.id;
	}
	if (rc < 0)
		return rc;
	f->loaded = n < LOAD;
	if (f->loaded)
		give_seq(f, f->from);
	return 1;
}

static int add_ids(struct feed *f, struct str json)
{
	struct json *ids;
	int rc = json_parse(f->cx, json, &ids);

	for (size_t i = 0; rc == 0 && i < json_len(ids); i++)
		*list_add(&f->kept, &f->pending.ids) = (uint64_t)ids->a.items[i]->num;
	*list_add(&f->kept, &f->pending.ends) = f->pending.ids.n;
	return rc;
}

/* The next changes of the sequence: 1 when there are some, 0 when there are none. */
static int look(struct feed *f)
{
	uint64_t seq = f->seq, last = seq;
	struct q_change_behind_out row;
	DB_ROWS rows = { 0 };
	int rc = last_change(f, &last);

	if (rc < 0 || last == seq)
		return rc;
	if (last < seq)
		return fail(f->cx, ERR_CONFLICT, "the database is at change %llu, the index at %llu already",
			    (unsigned long long)last, (unsigned long long)seq);
	f->pending = (struct pending){ .first = seq + 1 };
	arena_reset(&f->kept);
	rc = q_change_behind_open(f->cx, &(struct q_change_behind_in){ seq, ROWS }, &rows);
	while (rc >= 0 && (rc = q_change_behind_next(&rows, &row)) == 1) {
		if (row.seq != f->pending.first + f->pending.ends.n)
			break;
		rc = add_ids(f, row.ids);
	}
	if (rc < 0)
		f->pending.ends.n = 0;
	else if (!f->pending.ends.n)
		rc = fail(f->cx, ERR_CONFLICT, "change %llu is not kept any more", (unsigned long long)seq + 1);
	return rc < 0 ? rc : 1;
}

/* The next entities among what is pending, as they are now; those that are not there any more have gone. */
static int apply(struct feed *f)
{
	struct pending *p = &f->pending;
	struct id_list ids = { .items = p->ids.items + p->at, .n = p->ids.n - p->at < APPLY ? p->ids.n - p->at : APPLY };
	struct q_entity_by_ids_out row;
	DB_ROWS rows = { 0 };
	size_t i = 0;
	int rc = ids.n ? q_entity_by_ids_open(f->cx, &(struct q_entity_by_ids_in){ id_list_json(f->cx->mem, &ids) }, &rows) : 0;

	/* rows come in the order of the list */
	while (ids.n && rc >= 0 && (rc = q_entity_by_ids_next(&rows, &row)) == 1) {
		for (; i < ids.n && ids.items[i] != row.id; i++)
			f->to->gone(f->to->arg, (uint32_t)ids.items[i]);
		i++;
		put(f, row.id, row.etag, row.body);
	}
	if (rc < 0)
		return rc;
	for (; i < ids.n; i++)
		f->to->gone(f->to->arg, (uint32_t)ids.items[i]);
	p->at += ids.n;
	while (p->done < p->ends.n && p->ends.items[p->done] <= p->at)
		p->done++;
	if (p->done)
		give_seq(f, p->first + p->done - 1);
	return 1;
}

int feed_step(struct feed *f)
{
	struct arena *outer = f->cx->mem;
	int rc;

	f->cx->mem = &f->step;
	f->cx->err = (struct err){ 0 };
	if (!f->loaded)
		rc = load(f);
	else if (f->pending.done < f->pending.ends.n)
		rc = apply(f);
	else
		rc = look(f);
	f->cx->mem = outer;
	arena_reset(&f->step);
	return rc;
}
