/* Writing what changed: entities and relations of one source, in short transactions. Removal is in store_remove.c. */
#include "catalog/store.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "catalog/change.h"
#include "catalog/notice.h"
#include "catalog/stitch.h"
#include "ext/crypto.h"
#include "jobs/jobs.h"
#include "sql/catalog.h"

enum { CHUNK = 500 };

const char *text_list_json(struct arena *mem, const struct text_list *list)
{
	struct buf b = { .mem = mem };

	buf_addc(&b, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			buf_addc(&b, ',');
		json_write_text(&b, str_of(list->items[i]));
	}
	buf_addc(&b, ']');
	return buf_text(&b);
}

const char *id_list_json(struct arena *mem, const struct id_list *list)
{
	struct buf b = { .mem = mem };

	buf_addc(&b, '[');
	for (size_t i = 0; i < list->n; i++)
		buf_addf(&b, i ? ",%lu" : "%lu", (unsigned long)list->items[i]);
	buf_addc(&b, ']');
	return buf_text(&b);
}

const char *id_text(struct arena *mem, uint64_t id)
{
	return arena_printf(mem, "%lu", (unsigned long)id);
}

int store_relations(struct ctx *cx, const struct id_list *ids, struct relations *out)
{
	struct q_relation_of_origins_out row;
	DB_ROWS rows = { 0 };
	int rc;

	if (!ids->n)
		return 0;
	rc = q_relation_of_origins_open(cx, &(struct q_relation_of_origins_in){ .ids = id_list_json(cx->mem, ids) }, &rows);
	for (size_t i = 0; rc >= 0 && (rc = q_relation_of_origins_next(&rows, &row)) == 1;) {
		while (ids->items[i] != row.origin_id) /* rows come in the order of the list */
			i = (i + 1) % ids->n;
		*list_add(cx->mem, &out[i]) = (struct relation){ row.type, row.inverse, row.target };
	}
	return rc < 0 ? rc : 0;
}

int store_dirty(struct ctx *cx, const struct text_list *refs)
{
	struct q_dirty_add_in *in = arena_array(cx->mem, struct q_dirty_add_in, refs->n);
	int64_t now = clock_wall_ms();

	for (size_t i = 0; i < refs->n; i++)
		in[i] = (struct q_dirty_add_in){ now, refs->items[i] };
	return q_dirty_add_many(cx, in, refs->n);
}

void store_wake(struct ctx *cx, const struct store_result *r)
{
	if (r->dirty && job_add(cx, &(struct job_add){ .queue = "catalog.stitch", .key = "all", .priority = JOB_NORMAL }) < 0)
		log_warn("the stitching could not be queued", "error", cx->err.text, NULL);
	job_wake();
}

/* One entity of the batch that is new or differs. */
struct change {
	struct document *doc;
	uint64_t id;
	const char *uid, *etag; /* of what is stored */
	bool fresh;
	struct body body;
};
struct changes {
	struct change *items;
	size_t n, cap;
};

struct chunk {
	const struct catalog_settings *settings;
	uint64_t source_id;
	struct document *docs;
	size_t n;
	/* made by each run of the transaction */
	struct changes changes;
	size_t n_fresh;
	struct map own; /* refs of changes */
	struct map dirtied;
	struct text_list dirty;
	struct id_list let_go; /* sources that a Location named before: collected after the commit */
	struct store_result result;
};

static int claim(struct ctx *cx, struct chunk *c, const char *ref)
{
	log_warn("entity is already provided by another source; the first keeps it", "entity", ref, NULL);
	return q_claim_add_exec(cx, &(struct q_claim_add_in){ .source_id = c->source_id, .ref = ref });
}

/* Compares documents with what is stored: fills changes, claims what others own. */
static int compare(struct ctx *cx, struct chunk *c)
{
	struct text_list refs = { 0 };
	struct map stored = { 0 };
	DB_ROWS rows = { 0 };
	int rc;

	for (size_t i = 0; i < c->n; i++)
		*list_add(cx->mem, &refs) = c->docs[i].ref;
	rc = q_entity_heads_by_refs_open(cx, &(struct q_entity_heads_by_refs_in){ .refs = text_list_json(cx->mem, &refs) },
					 &rows);
	while (rc >= 0) {
		struct q_entity_heads_by_refs_out *row = arena_new(cx->mem, struct q_entity_heads_by_refs_out);

		rc = q_entity_heads_by_refs_next(&rows, row);
		if (rc != 1)
			break;
		map_put(cx->mem, &stored, row->ref, row);
	}
	db_rows_close(&rows);
	for (size_t i = 0; rc >= 0 && i < c->n; i++) {
		struct document *d = &c->docs[i];
		const struct q_entity_heads_by_refs_out *old = map_get(&stored, d->ref);

		if (old && old->source_id != c->source_id && !old->orphan)
			rc = claim(cx, c, d->ref);
		else if (old && old->source_id == c->source_id && !old->orphan && streq(old->hash, d->hash))
			c->result.unchanged++;
		else
			*list_add(cx->mem, &c->changes) = (struct change){ .doc = d,
									   .id = old ? old->id : 0,
									   .uid = old ? old->uid : NULL,
									   .etag = old ? old->etag : NULL,
									   .fresh = !old };
		if (rc >= 0 && old && old->orphan && old->source_id != c->source_id)
			rc = q_entity_give_exec(cx, &(struct q_entity_give_in){ .source_id = c->source_id, .id = old->id });
	}
	return rc;
}

static int give_ids(struct ctx *cx, struct chunk *c)
{
	struct q_id_taken_out taken;
	int rc;

	for (size_t i = 0; i < c->changes.n; i++) {
		c->n_fresh += c->changes.items[i].fresh;
		map_put(cx->mem, &c->own, c->changes.items[i].doc->ref, &c->changes.items[i]);
	}
	if (!c->n_fresh)
		return 0;
	rc = q_id_take_exec(cx, &(struct q_id_take_in){ .n = c->n_fresh, .name = "entity" });
	if (rc >= 0)
		rc = q_id_taken_one(cx, &taken);
	if (rc < 0)
		return rc;
	uint64_t next = taken.first;

	for (size_t i = 0; i < c->changes.n; i++) {
		struct change *ch = &c->changes.items[i];

		if (!ch->fresh)
			continue;
		char *uid = arena_alloc(cx->mem, 37);

		crypto_uuid(uid);
		ch->uid = uid;
		ch->id = next++;
	}
	return 0;
}

static void dirty(struct ctx *cx, struct chunk *c, const char *ref)
{
	if (ref_storable(ref) && !map_get(&c->own, ref) && !map_put(cx->mem, &c->dirtied, ref, c))
		*list_add(cx->mem, &c->dirty) = ref;
}

struct relation_rows {
	struct q_relation_insert_in *items;
	size_t n, cap;
};
struct relation_keys {
	struct q_relation_delete_in *items;
	size_t n, cap;
};

static void add_row(struct ctx *cx, struct chunk *c, struct relation_rows *rows, const struct change *ch,
		    const struct relation *r)
{
	*list_add(cx->mem, rows) = (struct q_relation_insert_in){ ch->id,     r->type,   hash64(r->target, strlen(r->target)),
								  r->inverse, r->target, ch->doc->ref };
	dirty(cx, c, r->target);
}

/* Relations of a changed entity: what went, what came. old is sorted as new is. */
static void diff(struct ctx *cx, struct chunk *c, const struct change *ch, const struct relations *old,
		 struct relation_rows *add, struct relation_keys *del)
{
	const struct relations *now = &ch->doc->relations;
	size_t i = 0, k = 0;

	while (i < old->n || k < now->n) {
		const struct relation *a = i < old->n ? &old->items[i] : NULL, *b = k < now->n ? &now->items[k] : NULL;
		int cmp = !a ? 1 : !b ? -1 : strcmp(a->type, b->type);

		if (!cmp)
			cmp = strcmp(a->target, b->target);
		if (cmp > 0) {
			add_row(cx, c, add, ch, b);
		} else if (cmp < 0) {
			*list_add(cx->mem, del) =
				(struct q_relation_delete_in){ ch->id, a->type, hash64(a->target, strlen(a->target)) };
			dirty(cx, c, a->target);
		}
		i += cmp <= 0;
		k += cmp >= 0;
	}
}

/* What the changed entities declared before: old[i] belongs to changes.items[i]. */
static int old_relations(struct ctx *cx, struct chunk *c, struct relations *old)
{
	struct id_list ids = { 0 };
	struct relations *found;
	size_t k = 0;
	int rc;

	for (size_t i = 0; i < c->changes.n; i++)
		if (!c->changes.items[i].fresh)
			*list_add(cx->mem, &ids) = c->changes.items[i].id;
	found = arena_array(cx->mem, struct relations, ids.n);
	rc = store_relations(cx, &ids, found);
	for (size_t i = 0; rc >= 0 && i < c->changes.n; i++)
		if (!c->changes.items[i].fresh)
			old[i] = found[k++];
	return rc;
}

static int write_relations(struct ctx *cx, struct chunk *c)
{
	struct relations *old = arena_array(cx->mem, struct relations, c->changes.n);
	struct relation_rows add = { 0 };
	struct relation_keys del = { 0 };
	int rc = old_relations(cx, c, old);

	for (size_t i = 0; rc >= 0 && i < c->changes.n; i++) {
		relations_sort(&old[i]);
		diff(cx, c, &c->changes.items[i], &old[i], &add, &del);
	}
	if (rc >= 0)
		rc = q_relation_delete_many(cx, del.items, del.n);
	if (rc >= 0)
		rc = q_relation_insert_many(cx, add.items, add.n);
	return rc;
}

/* Bodies with the relations from both sides, as of this transaction. */
static int make_bodies(struct ctx *cx, struct chunk *c)
{
	struct stitch_item *items = arena_array(cx->mem, struct stitch_item, c->changes.n);
	int rc;

	for (size_t i = 0; i < c->changes.n; i++) {
		const struct change *ch = &c->changes.items[i];

		items[i] = (struct stitch_item){ .id = ch->id,
						 .ref = ch->doc->ref,
						 .is_location = !ch->fresh && str_starts(ch->doc->ref, "location:") };
		for (size_t k = 0; k < ch->doc->relations.n; k++)
			*list_add(cx->mem, &items[i].relations) = ch->doc->relations.items[k];
	}
	rc = stitch_gather(cx, items, c->changes.n, false);
	for (size_t i = 0; rc >= 0 && i < c->changes.n; i++) {
		struct change *ch = &c->changes.items[i];

		body_make(cx->mem, ch->doc->entity, ch->uid, ch->doc->hash, &items[i].relations, &items[i].problems, &ch->body);
	}
	return rc;
}

static struct q_entity_insert_in insert_row(struct ctx *cx, const struct chunk *c, const struct change *ch)
{
	const char *ref = ch->doc->ref, *colon = strchr(ref, ':'), *slash = strchr(ref, '/');

	return (struct q_entity_insert_in){
		.id = ch->id,
		.ref = ref,
		.uid = ch->uid,
		.kind = arena_strndup(cx->mem, ref, (size_t)(colon - ref)),
		.namespace = arena_strndup(cx->mem, colon + 1, (size_t)(slash - colon - 1)),
		.name = slash + 1,
		.source_id = c->source_id,
		.hash = ch->doc->hash,
		.etag = ch->body.etag,
		.etag_at = ch->body.etag_at,
		.tail_at = ch->body.tail_at,
		.body = ch->body.text,
	};
}

static int write_entities(struct ctx *cx, struct chunk *c)
{
	struct q_entity_insert_in *add = arena_array(cx->mem, struct q_entity_insert_in, c->changes.n);
	struct q_entity_update_in *change = arena_array(cx->mem, struct q_entity_update_in, c->changes.n);
	size_t n_add = 0, n_change = 0;
	int rc;

	for (size_t i = 0; i < c->changes.n; i++) {
		const struct change *ch = &c->changes.items[i];

		change_note(cx, ch->id);
		if (ch->fresh)
			add[n_add++] = insert_row(cx, c, ch);
		else
			change[n_change++] = (struct q_entity_update_in){ .hash = ch->doc->hash,
									  .etag = ch->body.etag,
									  .etag_at = ch->body.etag_at,
									  .tail_at = ch->body.tail_at,
									  .body = ch->body.text,
									  .id = ch->id,
									  .old = ch->etag };
	}
	rc = q_entity_insert_many(cx, add, n_add);
	if (rc >= 0)
		rc = q_entity_update_many(cx, change, n_change);
	if (rc >= 0 && n_change && db_affected(cx) < n_change)
		rc = fail(cx, ERR_DEADLOCK, "an entity was changed by somebody else meanwhile");
	return rc;
}

/* The sources that a Location names are those it is linked to; what it named before may go. */
static int write_links(struct ctx *cx, struct chunk *c, const struct change *ch)
{
	struct id_list gone = { 0 }, kept = { 0 };
	struct q_link_of_entity_out row;
	DB_ROWS rows = { 0 };
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < ch->doc->targets.n; i++) {
		uint64_t id;
		bool fresh;

		rc = store_source(cx, &ch->doc->targets.items[i], &ch->doc->origin, &id, &fresh);
		if (rc >= 0)
			rc = q_link_add_exec(cx, &(struct q_link_add_in){ id, ch->id, 0, ch->doc->optional });
		if (rc >= 0 && fresh)
			rc = store_schedule(cx, id, false);
		*list_add(cx->mem, &kept) = id;
	}
	if (rc >= 0 && !ch->fresh)
		rc = q_link_of_entity_open(cx, &(struct q_link_of_entity_in){ .entity_id = ch->id }, &rows);
	while (rc >= 0 && !ch->fresh && (rc = q_link_of_entity_next(&rows, &row)) == 1) {
		bool keep = row.via != 0;

		for (size_t i = 0; i < kept.n; i++)
			keep |= kept.items[i] == row.source_id;
		if (!keep)
			*list_add(cx->mem, &gone) = row.source_id;
	}
	db_rows_close(&rows);
	for (size_t i = 0; rc >= 0 && i < gone.n; i++) {
		rc = q_link_delete_exec(cx, &(struct q_link_delete_in){ gone.items[i], ch->id, 0 });
		*list_add(cx->mem, &c->let_go) = gone.items[i];
	}
	return rc < 0 ? rc : 0;
}

/* Whoever wants to know hears of the batch. */
static int tell(struct ctx *cx, const struct chunk *c)
{
	struct text_list refs = { 0 };

	for (size_t i = 0; i < c->changes.n; i++)
		*list_add(cx->mem, &refs) = c->changes.items[i].doc->ref;
	return notice_changed(cx, &refs);
}

static int write_chunk(struct ctx *cx, void *arg)
{
	struct chunk *c = arg;
	int rc;

	c->changes.n = c->n_fresh = c->dirty.n = c->let_go.n = 0;
	c->own = c->dirtied = (struct map){ 0 };
	c->result = (struct store_result){ 0 };
	rc = compare(cx, c);
	if (rc >= 0 && c->changes.n)
		rc = give_ids(cx, c);
	if (rc >= 0 && c->changes.n)
		rc = write_relations(cx, c);
	if (rc >= 0 && c->changes.n)
		rc = make_bodies(cx, c);
	if (rc >= 0 && c->changes.n)
		rc = write_entities(cx, c);
	for (size_t i = 0; rc >= 0 && i < c->changes.n; i++)
		if (str_starts(c->changes.items[i].doc->ref, "location:"))
			rc = write_links(cx, c, &c->changes.items[i]);
	if (rc >= 0)
		rc = store_dirty(cx, &c->dirty);
	if (rc >= 0)
		rc = tell(cx, c);
	c->result.changed = c->changes.n;
	c->result.dirty |= c->dirty.n > 0;
	return rc < 0 ? rc : 0;
}

static void add_result(struct store_result *sum, const struct store_result *r)
{
	sum->changed += r->changed;
	sum->unchanged += r->unchanged;
	sum->removed += r->removed;
	sum->dirty |= r->dirty;
}

/* Two sources that bring the same new ref at the same moment: the second one sees it when it looks again. */
static int run_chunk(struct ctx *cx, struct chunk *c)
{
	int rc = ERR_CONFLICT;

	for (int i = 0; i < 4 && rc == ERR_CONFLICT; i++)
		rc = db_transaction(cx, write_chunk, c);
	return rc < 0 || !c->let_go.n ? rc : store_collect(cx, &c->let_go, c->settings->keep_orphans, &c->result);
}

int store_remove_others(struct ctx *cx, const struct catalog_settings *s, uint64_t source_id, const struct map *named,
			struct store_result *out)
{
	struct q_entity_of_source_out row;
	struct id_list gone = { 0 };
	DB_ROWS rows = { 0 };
	int rc = q_entity_of_source_open(cx, &(struct q_entity_of_source_in){ .source_id = source_id }, &rows);

	while (rc >= 0 && (rc = q_entity_of_source_next(&rows, &row)) == 1)
		if (!map_get(named, row.ref) && !(row.orphan && s->keep_orphans))
			*list_add(cx->mem, &gone) = row.id;
	db_rows_close(&rows);
	return rc < 0 || !gone.n ? rc : store_remove(cx, &gone, s->keep_orphans, out);
}

int store_documents(struct ctx *cx, const struct catalog_settings *s, uint64_t source_id, struct document *docs, size_t n,
		    bool complete, struct store_result *out)
{
	struct document *good = arena_array(cx->mem, struct document, n);
	struct map named = { 0 };
	size_t n_good = 0;
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		if (!docs[i].ref)
			complete = false;
		else
			map_put(cx->mem, &named, docs[i].ref, &docs[i]);
		if (docs[i].ref && !docs[i].faults.n)
			good[n_good++] = docs[i];
	}
	if (complete)
		rc = q_claim_clear_exec(cx, &(struct q_claim_clear_in){ .source_id = source_id });
	for (size_t i = 0; rc >= 0 && i < n_good; i += CHUNK) {
		struct chunk c = {
			.settings = s, .source_id = source_id, .docs = good + i, .n = n_good - i < CHUNK ? n_good - i : CHUNK
		};

		rc = run_chunk(cx, &c);
		add_result(out, &c.result);
	}
	if (rc >= 0 && complete)
		rc = store_remove_others(cx, s, source_id, &named, out);
	return rc < 0 ? rc : 0;
}
