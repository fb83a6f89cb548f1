/* All rows of a table and then all that change, by a sequence of changes without gaps. */
#include "catalog/follow.h"

#include "base/list.h"
#include "catalog/store.h"
#include "ext/db.h"
#include "ext/json.h"

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

struct follow {
	struct ctx *cx;
	const struct follow_source *source;
	const struct follow_to *to;
	uint64_t seq;                 /* what has been given */
	struct arena own, kept, step; /* of this struct, of what is pending, of one step */
	bool begun, loaded;
	uint64_t last_id, from; /* while it loads: how far, and which change was the last when it began */
	struct pending pending;
};

struct follow *follow_new(struct ctx *cx, const struct follow_source *source, const struct follow_to *to, uint64_t seq)
{
	struct arena own = { 0 };
	struct follow *f = arena_new(&own, struct follow);

	*f = (struct follow){ .cx = cx, .source = source, .to = to, .seq = seq, .own = own, .loaded = seq > 0 };
	return f;
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	struct arena own = f->own;

	arena_release(&f->step);
	arena_release(&f->kept);
	arena_release(&own);
}

static void give_seq(struct follow *f, uint64_t seq)
{
	f->seq = seq;
	f->to->seq(f->to->arg, seq);
}

static int last_change(struct follow *f, uint64_t *out)
{
	struct follow_number next;
	int rc = db_one(f->cx, f->source->next, NULL, &next);

	if (rc == 0)
		return fail(f->cx, ERR_UNAVAILABLE, "the database has no sequence of changes yet");
	if (rc > 0)
		*out = next.seq - 1;
	return rc < 0 ? rc : 0;
}

/* The next entities by id. What changes meanwhile is among the changes that are taken in afterwards. */
static int load(struct follow *f)
{
	struct follow_row row;
	DB_ROWS rows = { 0 };
	size_t n = 0;
	int rc = f->begun ? 0 : last_change(f, &f->from);

	if (rc < 0)
		return rc;
	f->begun = true;
	rc = db_open(f->cx, f->source->walk, &(struct follow_behind){ f->last_id, LOAD }, &rows);
	for (; rc >= 0 && (rc = db_next(&rows, &row)) == 1; n++) {
		f->to->row(f->to->arg, &row);
		f->last_id = row.id;
	}
	if (rc < 0)
		return rc;
	f->loaded = n < LOAD;
	if (f->loaded)
		give_seq(f, f->from);
	return 1;
}

static int add_ids(struct follow *f, struct str json)
{
	struct json *ids;
	int rc = json_parse(f->cx, json, &ids);

	for (size_t i = 0; rc == 0 && i < json_len(ids); i++)
		*list_add(&f->kept, &f->pending.ids) = (uint64_t)ids->a.items[i]->num;
	*list_add(&f->kept, &f->pending.ends) = f->pending.ids.n;
	return rc;
}

/* The next changes of the sequence: 1 when there are some, 0 when there are none. */
static int look(struct follow *f)
{
	uint64_t seq = f->seq, last = seq;
	struct follow_change row;
	DB_ROWS rows = { 0 };
	int rc = last_change(f, &last);

	if (rc < 0 || last == seq)
		return rc;
	if (last < seq)
		return fail(f->cx, ERR_CONFLICT, "the database is at change %llu, the index at %llu already",
			    (unsigned long long)last, (unsigned long long)seq);
	f->pending = (struct pending){ .first = seq + 1 };
	arena_reset(&f->kept);
	rc = db_open(f->cx, f->source->behind, &(struct follow_behind){ seq, ROWS }, &rows);
	while (rc >= 0 && (rc = db_next(&rows, &row)) == 1) {
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
static int apply(struct follow *f)
{
	struct pending *p = &f->pending;
	struct id_list ids = { .items = p->ids.items + p->at, .n = p->ids.n - p->at < APPLY ? p->ids.n - p->at : APPLY };
	struct follow_row row;
	DB_ROWS rows = { 0 };
	size_t i = 0;
	int rc = ids.n ? db_open(f->cx, f->source->by_ids, &(struct follow_ids){ id_list_json(f->cx->mem, &ids) }, &rows) : 0;

	/* rows come in the order of the list */
	while (ids.n && rc >= 0 && (rc = db_next(&rows, &row)) == 1) {
		for (; i < ids.n && ids.items[i] != row.id; i++)
			f->to->gone(f->to->arg, ids.items[i]);
		i++;
		f->to->row(f->to->arg, &row);
	}
	if (rc < 0)
		return rc;
	for (; i < ids.n; i++)
		f->to->gone(f->to->arg, ids.items[i]);
	p->at += ids.n;
	while (p->done < p->ends.n && p->ends.items[p->done] <= p->at)
		p->done++;
	if (p->done)
		give_seq(f, p->first + p->done - 1);
	return 1;
}

int follow_step(struct follow *f)
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
