/* Putting bodies together again when relations or status changed through others. */
#include "catalog/stitch.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/counters.h"
#include "base/hash.h"
#include "base/list.h"
#include "catalog/change.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "sql/catalog.h"

enum { BATCH = 1000, MAX_WAIT_MS = 30000 };

static int gather_outgoing(struct ctx *cx, struct stitch_item *items, size_t n)
{
	struct relations *found = arena_array(cx->mem, struct relations, n);
	struct id_list ids = { 0 };
	int rc;

	for (size_t i = 0; i < n; i++)
		*list_add(cx->mem, &ids) = items[i].id;
	rc = store_relations(cx, &ids, found);
	for (size_t i = 0; rc >= 0 && i < n; i++)
		items[i].relations = found[i];
	return rc;
}

static int gather_incoming(struct ctx *cx, const struct map *by_ref, const struct id_list *hashes)
{
	struct q_relation_to_targets_out row;
	DB_ROWS rows = { 0 };
	int rc = q_relation_to_targets_open(cx, &(struct q_relation_to_targets_in){ .hashes = id_list_json(cx->mem, hashes) },
					    &rows);

	while (rc >= 0 && (rc = q_relation_to_targets_next(&rows, &row)) == 1) {
		struct stitch_item *item = map_get(by_ref, row.target);

		if (item)
			*list_add(cx->mem, &item->relations) = (struct relation){ row.inverse, row.target, row.origin };
	}
	return rc;
}

static int gather_problems(struct ctx *cx, const struct map *by_ref, const struct text_list *refs)
{
	struct q_problem_of_refs_out row;
	DB_ROWS rows = { 0 };
	int rc = q_problem_of_refs_open(cx, &(struct q_problem_of_refs_in){ .refs = text_list_json(cx->mem, refs) }, &rows);

	while (rc >= 0 && (rc = q_problem_of_refs_next(&rows, &row)) == 1) {
		struct stitch_item *item = map_get(by_ref, row.ref);

		if (item)
			*list_add(cx->mem, &item->problems) = (struct problem){ row.name, row.message };
	}
	return rc;
}

/* A Location shows what is wrong with the files it names, too. */
static int gather_at_location(struct ctx *cx, struct stitch_item *item)
{
	struct q_problem_at_location_out row;
	DB_ROWS rows = { 0 };
	int rc = q_problem_at_location_open(cx, &(struct q_problem_at_location_in){ .entity_id = item->id }, &rows);

	while (rc >= 0 && (rc = q_problem_at_location_next(&rows, &row)) == 1)
		*list_add(cx->mem, &item->problems) = (struct problem){ row.name, row.message };
	return rc;
}

int stitch_gather(struct ctx *cx, struct stitch_item *items, size_t n, bool outgoing)
{
	struct map by_ref = { 0 };
	struct id_list hashes = { 0 };
	struct text_list refs = { 0 };
	int rc = n && outgoing ? gather_outgoing(cx, items, n) : 0;

	for (size_t i = 0; i < n; i++) {
		map_put(cx->mem, &by_ref, items[i].ref, &items[i]);
		*list_add(cx->mem, &hashes) = hash64(items[i].ref, strlen(items[i].ref));
		*list_add(cx->mem, &refs) = items[i].ref;
	}
	if (rc >= 0 && n)
		rc = gather_incoming(cx, &by_ref, &hashes);
	if (rc >= 0 && n)
		rc = gather_problems(cx, &by_ref, &refs);
	for (size_t i = 0; rc >= 0 && i < n; i++)
		if (items[i].is_location)
			rc = gather_at_location(cx, &items[i]);
	return rc;
}

/* An orphan carries the annotation that says so: the one case in which a stored body is parsed. */
static int mark_orphan(struct ctx *cx, struct q_entity_full_by_refs_out *e)
{
	struct relations none = { 0 };
	struct json *entity, *meta;
	struct body body;
	int rc = json_parse(cx, e->body, &entity);

	if (rc < 0)
		return rc;
	meta = json_get(entity, "metadata");
	const char *uid = json_get_text(meta, "uid", "");

	json_set(cx->mem, json_get(meta, "annotations"), "backstage.io/orphan", json_str(cx->mem, "true"));
	json_remove(meta, "uid");
	json_remove(meta, "etag");
	e->hash = "orphan";
	body_make(cx->mem, entity, uid, e->hash, &none, &(struct problems){ 0 }, &body);
	e->body = body.text;
	e->etag_at = body.etag_at;
	e->tail_at = body.tail_at;
	return 0;
}

struct batch {
	struct text_list refs;
	struct dirty_rows {
		struct q_dirty_delete_in *items;
		size_t n, cap;
	} rows;
};

/* What is stored of the batch's entities; 1 when some are not there. */
static int load(struct ctx *cx, const struct batch *b, struct q_entity_full_by_refs_out *full, size_t *n)
{
	DB_ROWS rows = { 0 };
	int rc = q_entity_full_by_refs_open(cx, &(struct q_entity_full_by_refs_in){ .refs = text_list_json(cx->mem, &b->refs) },
					    &rows);

	*n = 0;
	while (rc >= 0 && *n < b->refs.n && (rc = q_entity_full_by_refs_next(&rows, &full[*n])) == 1)
		++*n;
	return rc < 0 ? rc : *n < b->refs.n;
}

/*
 * Who adds entities takes ids before it looks for relations to them, and so makes all who take some wait for its commit. An
 * entity that is not there now and will not be seen then either was added after the mark was, and has seen what it is about.
 */
static int wait_for_new(struct ctx *cx)
{
	return q_id_take_exec(cx, &(struct q_id_take_in){ .n = 1, .name = "entity" });
}

static int write_bodies(struct ctx *cx, struct q_entity_full_by_refs_out *full, struct stitch_item *items, size_t n)
{
	struct q_entity_stitch_in *out = arena_array(cx->mem, struct q_entity_stitch_in, n);
	size_t changed = 0;
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < n; i++) {
		const char *old = full[i].etag;
		struct body body;

		rc = full[i].orphan ? mark_orphan(cx, &full[i]) : 0;
		if (rc < 0)
			break;
		body_retail(cx->mem,
			    &(struct body){ .text = full[i].body, .etag_at = full[i].etag_at, .tail_at = full[i].tail_at },
			    full[i].hash, &items[i].relations, &items[i].problems, &body);
		if (streq(body.etag, old))
			continue;
		change_note(cx, full[i].id);
		out[changed++] = (struct q_entity_stitch_in){ .etag = arena_strdup(cx->mem, body.etag),
							      .tail_at = body.tail_at,
							      .etag_at = body.etag_at,
							      .body = body.text,
							      .id = full[i].id,
							      .old = old };
	}
	if (rc >= 0)
		rc = q_entity_stitch_many(cx, out, changed);
	if (rc >= 0 && changed && db_affected(cx) < changed)
		rc = fail(cx, ERR_DEADLOCK, "an entity was changed by somebody else meanwhile");
	return rc;
}

static int stitch_batch(struct ctx *cx, void *arg)
{
	struct batch *b = arg;
	struct q_entity_full_by_refs_out *full = arena_array(cx->mem, struct q_entity_full_by_refs_out, b->refs.n);
	struct stitch_item *items = arena_array(cx->mem, struct stitch_item, b->refs.n);
	size_t n;
	int rc = load(cx, b, full, &n);

	if (rc == 1) {
		rc = wait_for_new(cx);
		if (rc >= 0)
			rc = load(cx, b, full, &n);
	}
	for (size_t i = 0; i < n; i++)
		items[i] = (struct stitch_item){ .id = full[i].id,
						 .ref = full[i].ref,
						 .is_location = streq(full[i].kind, "location") };
	if (rc >= 0)
		rc = stitch_gather(cx, items, n, true);
	if (rc >= 0)
		rc = write_bodies(cx, full, items, n);
	if (rc >= 0)
		rc = q_dirty_delete_many(cx, b->rows.items, b->rows.n);
	return rc < 0 ? rc : 0;
}

/* The next dirty refs behind after, and the rows that name them: those that come later stay for another round. */
static int take(struct ctx *cx, const char *after, struct batch *b)
{
	struct q_dirty_refs_out ref;
	struct q_dirty_ids_out row;
	DB_ROWS refs = { 0 }, ids = { 0 };
	int rc = q_dirty_refs_open(cx, &(struct q_dirty_refs_in){ after, BATCH }, &refs);

	while (rc >= 0 && (rc = q_dirty_refs_next(&refs, &ref)) == 1)
		*list_add(cx->mem, &b->refs) = ref.ref;
	if (rc >= 0)
		rc = q_dirty_ids_open(cx, &(struct q_dirty_ids_in){ .refs = text_list_json(cx->mem, &b->refs) }, &ids);
	while (rc >= 0 && (rc = q_dirty_ids_next(&ids, &row)) == 1)
		list_add(cx->mem, &b->rows)->id = row.id;
	return rc;
}

/*
 * Sources that nobody has read yet go first, so that a mass of new entities is stitched once and not after each file; but
 * nothing waits longer than MAX_WAIT_MS.
 */
static bool should_wait(struct ctx *cx)
{
	struct q_dirty_oldest_out oldest;

	return q_dirty_oldest_one(cx, &oldest) == 1 && clock_wall_ms() - oldest.since < MAX_WAIT_MS &&
	       job_is_due(cx, "catalog.source", JOB_NORMAL) == 1;
}

int stitch_job(struct ctx *cx, struct job *job)
{
	ARENA mem = { 0 };
	struct arena *outer = cx->mem;
	char after[REF_MAX + 1] = "";
	int rc = 0;

	if (should_wait(cx)) {
		job_again(job, 200);
		return 0;
	}
	cx->mem = &mem;
	for (;;) {
		struct batch b = { 0 };

		arena_reset(&mem);
		rc = take(cx, after, &b);
		if (rc < 0 || (!b.refs.n && !*after))
			break;
		if (b.refs.n)
			rc = db_transaction(cx, stitch_batch, &b);
		/* at the end of the table once more from the start: others went on marking */
		snprintf(after, sizeof(after), "%s", b.refs.n ? b.refs.items[b.refs.n - 1] : "");
		if (rc < 0 || (rc = job_renew(cx, job)) < 0)
			break;
	}
	cx->mem = outer;
	return rc;
}
