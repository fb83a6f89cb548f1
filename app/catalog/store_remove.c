/* Sources and entities that go: removal, orphans, and who takes over. */
#include "base/list.h"
#include "catalog/change.h"
#include "catalog/notice.h"
#include "catalog/stitch.h"
#include "catalog/store.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "jobs/jobs.h"
#include "sql/catalog.h"

enum { CHUNK = 500 };

int store_source(struct ctx *cx, const struct location *loc, const struct location *origin, uint64_t *id, bool *fresh)
{
	struct q_source_by_sha1_out row;
	char sha1[41];
	int rc;

	if (strlen(loc->target) > LOCATION_TARGET_MAX)
		return fail(cx, ERR_INPUT, "Location target %.100s… is longer than %d bytes", loc->target, LOCATION_TARGET_MAX);
	crypto_sha1_hex(str_of(location_format(cx->mem, loc)), sha1);
	rc = q_source_insert_exec(
		cx, &(struct q_source_insert_in){ sha1, loc->type, loc->target, location_format(cx->mem, origin) });
	*fresh = rc >= 0 && db_affected(cx) == 1;
	if (rc >= 0)
		rc = q_source_by_sha1_one(cx, &(struct q_source_by_sha1_in){ .ref_sha1 = sha1 }, &row);
	if (rc == 0)
		return fail(cx, ERR_DEADLOCK, "the source %s vanished while it was being linked", loc->target);
	*id = row.id;
	return rc < 0 ? rc : 0;
}

int store_schedule(struct ctx *cx, uint64_t source_id, bool urgent)
{
	return job_add(cx, &(struct job_add){ .queue = "catalog.source",
					      .key = id_text(cx->mem, source_id),
					      .priority = urgent ? JOB_URGENT : JOB_NORMAL,
					      .max_attempts = 20 });
}

/* An entity that a second source brings as well is handed over with its uid, and that source is read again. */
static int hand_over(struct ctx *cx, const struct map *by_ref, const struct text_list *refs, struct map *given)
{
	struct q_claim_on_out row;
	DB_ROWS rows = { 0 };
	int rc = q_claim_on_open(cx, &(struct q_claim_on_in){ .refs = text_list_json(cx->mem, refs) }, &rows);

	while (rc >= 0 && (rc = q_claim_on_next(&rows, &row)) == 1) {
		const struct q_entity_head_by_ids_out *e = map_get(by_ref, row.ref);

		if (!e || map_get(given, row.ref))
			continue;
		map_put(cx->mem, given, row.ref, given);
		rc = q_entity_give_exec(cx, &(struct q_entity_give_in){ .source_id = row.source_id, .id = e->id });
		if (rc >= 0)
			rc = q_source_forget_exec(cx, &(struct q_source_forget_in){ .id = row.source_id });
		if (rc >= 0)
			rc = store_schedule(cx, row.source_id, true);
	}
	return rc;
}

struct removal {
	const struct id_list *ids;
	size_t from, n;
	bool keep_orphans;
	struct id_list sources; /* that lost a link */
	struct store_result result;
};

static int load_heads(struct ctx *cx, const struct removal *r, struct q_entity_head_by_ids_out *heads, size_t *n)
{
	struct id_list ids = { .items = r->ids->items + r->from, .n = r->n };
	DB_ROWS rows = { 0 };
	int rc = q_entity_head_by_ids_open(cx, &(struct q_entity_head_by_ids_in){ .ids = id_list_json(cx->mem, &ids) }, &rows);

	*n = 0;
	while (rc >= 0 && *n < r->n && (rc = q_entity_head_by_ids_next(&rows, &heads[*n])) == 1)
		++*n;
	return rc;
}

/* Takes the row away, with its relations and its links. The other side of each relation is to be put together again. */
static int remove_one(struct ctx *cx, struct removal *r, const struct q_entity_head_by_ids_out *e, struct text_list *dirty)
{
	struct q_link_of_entity_out link;
	struct relations declared = { 0 };
	DB_ROWS links = { 0 };
	int rc = store_relations(cx, &(struct id_list){ .items = (uint64_t[]){ e->id }, .n = 1 }, &declared);

	for (size_t i = 0; i < declared.n; i++)
		if (ref_storable(declared.items[i].target))
			*list_add(cx->mem, dirty) = declared.items[i].target;
	if (rc >= 0)
		rc = q_relation_delete_origin_exec(cx, &(struct q_relation_delete_origin_in){ .origin_id = e->id });
	if (rc >= 0)
		rc = q_entity_delete_exec(cx, &(struct q_entity_delete_in){ .id = e->id });
	change_note(cx, e->id);
	r->result.removed++;
	if (rc < 0 || !streq(e->kind, "location"))
		return rc;
	rc = q_link_of_entity_open(cx, &(struct q_link_of_entity_in){ .entity_id = e->id }, &links);
	while (rc >= 0 && (rc = q_link_of_entity_next(&links, &link)) == 1) {
		*list_add(cx->mem, &r->sources) = link.source_id;
		if (link.via)
			*list_add(cx->mem, &r->sources) = link.via;
	}
	db_rows_close(&links);
	return rc < 0 ? rc : q_link_delete_entity_exec(cx, &(struct q_link_delete_entity_in){ .entity_id = e->id });
}

static int remove_chunk(struct ctx *cx, void *arg)
{
	struct removal *r = arg;
	struct q_entity_head_by_ids_out *heads = arena_array(cx->mem, struct q_entity_head_by_ids_out, r->n);
	struct map by_ref = { 0 }, given = { 0 };
	struct text_list refs = { 0 }, dirty = { 0 };
	size_t n;
	int rc = load_heads(cx, r, heads, &n);

	r->sources.n = 0;
	r->result = (struct store_result){ 0 };
	for (size_t i = 0; i < n; i++) {
		map_put(cx->mem, &by_ref, heads[i].ref, &heads[i]);
		*list_add(cx->mem, &refs) = heads[i].ref;
	}
	if (rc >= 0 && n)
		rc = hand_over(cx, &by_ref, &refs, &given);
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		if (map_get(&given, heads[i].ref))
			continue;
		if (r->keep_orphans) {
			rc = q_entity_orphan_exec(cx, &(struct q_entity_orphan_in){ .id = heads[i].id });
			*list_add(cx->mem, &dirty) = heads[i].ref;
		} else {
			rc = remove_one(cx, r, &heads[i], &dirty);
		}
	}
	if (rc >= 0)
		rc = store_dirty(cx, &dirty);
	if (rc >= 0)
		rc = notice_changed(cx, &refs);
	r->result.dirty = dirty.n > 0;
	return rc < 0 ? rc : 0;
}

int store_take_out(struct ctx *cx, const struct id_list *ids, bool keep_orphans, struct store_result *out,
		   struct id_list *sources)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < ids->n; i += CHUNK) {
		struct removal r = {
			.ids = ids, .from = i, .n = ids->n - i < CHUNK ? ids->n - i : CHUNK, .keep_orphans = keep_orphans
		};

		rc = db_transaction(cx, remove_chunk, &r);
		out->removed += r.result.removed;
		out->dirty |= r.result.dirty;
		for (size_t k = 0; k < r.sources.n; k++)
			*list_add(cx->mem, sources) = r.sources.items[k];
	}
	return rc;
}

int store_remove(struct ctx *cx, const struct id_list *ids, bool keep_orphans, struct store_result *out)
{
	struct id_list sources = { 0 };
	int rc = store_take_out(cx, ids, keep_orphans, out, &sources);

	return rc < 0 || !sources.n ? rc : store_collect(cx, &sources, keep_orphans, out);
}

/*
 * Finds a way up from a source to a provider; *root is then the ref of the Location that the provider made. Returns 1 when
 * there is one. The way is short, and no source is passed twice.
 */
static int find_root(struct ctx *cx, uint64_t source_id, struct map *seen, const char **root)
{
	const char *key = id_text(cx->mem, source_id);
	struct q_link_of_source_out row;
	struct id_list parents = { 0 };
	struct text_list refs = { 0 };
	DB_ROWS rows = { 0 };
	int rc;

	if (map_put(cx->mem, seen, key, seen))
		return 0;
	rc = q_link_of_source_open(cx, &(struct q_link_of_source_in){ .source_id = source_id }, &rows);
	while (rc >= 0 && (rc = q_link_of_source_next(&rows, &row)) == 1) {
		*list_add(cx->mem, &parents) = row.parent_source;
		*list_add(cx->mem, &refs) = row.ref;
	}
	db_rows_close(&rows);
	for (size_t i = 0; rc >= 0 && i < parents.n; i++) {
		struct q_source_get_out parent;

		rc = q_source_get_one(cx, &(struct q_source_get_in){ .id = parents.items[i] }, &parent);
		if (rc != 1)
			continue; /* gone, or an error that ends the loop */
		if (!streq(parent.type, "provider")) {
			rc = find_root(cx, parents.items[i], seen, root);
			if (rc != 0)
				return rc;
			continue;
		}
		*root = refs.items[i];
		return 1;
	}
	return rc < 0 ? rc : 0;
}

int store_root(struct ctx *cx, uint64_t source_id, const char **root)
{
	struct map seen = { 0 };

	return find_root(cx, source_id, &seen, root);
}

static int drop_source(struct ctx *cx, void *arg)
{
	uint64_t id = *(const uint64_t *)arg;
	int rc = q_problem_clear_exec(cx, &(struct q_problem_clear_in){ .source_id = id });

	if (rc >= 0)
		rc = q_claim_clear_exec(cx, &(struct q_claim_clear_in){ .source_id = id });
	if (rc >= 0)
		rc = q_file_clear_exec(cx, &(struct q_file_clear_in){ .source_id = id });
	if (rc >= 0)
		rc = q_link_delete_source_exec(cx, &(struct q_link_delete_source_in){ .source_id = id, .via = id });
	if (rc >= 0)
		rc = q_source_delete_exec(cx, &(struct q_source_delete_in){ .id = id });
	return rc < 0 ? rc : job_cancel(cx, "catalog.source", id_text(cx->mem, id));
}

/* Its entities go, then the files that a glob found, then itself. */
int store_remove_source(struct ctx *cx, uint64_t id, bool keep_orphans, struct store_result *out)
{
	struct q_entity_of_source_out row;
	struct q_link_via_out child;
	struct id_list ids = { 0 }, children = { 0 };
	DB_ROWS rows = { 0 }, links = { 0 };
	int rc = q_entity_of_source_open(cx, &(struct q_entity_of_source_in){ .source_id = id }, &rows);

	while (rc >= 0 && (rc = q_entity_of_source_next(&rows, &row)) == 1)
		if (!row.orphan)
			*list_add(cx->mem, &ids) = row.id;
	db_rows_close(&rows);
	if (rc >= 0)
		rc = q_link_via_open(cx, &(struct q_link_via_in){ .via = id }, &links);
	while (rc >= 0 && (rc = q_link_via_next(&links, &child)) == 1)
		*list_add(cx->mem, &children) = child.source_id;
	db_rows_close(&links);
	/* The source goes last: what a crash leaves half done is found again by the sweep, which looks for sources without a
	 * way up. */
	if (rc >= 0 && ids.n)
		rc = store_remove(cx, &ids, keep_orphans, out);
	if (rc >= 0 && children.n)
		rc = q_link_delete_via_exec(cx, &(struct q_link_delete_via_in){ .via = id });
	if (rc >= 0 && children.n)
		rc = store_collect(cx, &children, keep_orphans, out);
	return rc < 0 ? rc : db_transaction(cx, drop_source, &id);
}

/* The origin decides by which rules a source is judged: when its root is gone, another one counts. */
static int set_origin(struct ctx *cx, uint64_t id, const char *old, const char *root)
{
	struct q_entity_body_by_ref_out row;
	struct json *entity;
	int rc = q_entity_body_by_ref_one(cx, &(struct q_entity_body_by_ref_in){ .ref = root }, &row);

	if (rc != 1)
		return rc;
	rc = json_parse(cx, row.body, &entity);
	if (rc < 0)
		return rc;
	const struct json *spec = json_get(entity, "spec");
	const char *origin = arena_printf(cx->mem, "%s:%s", json_get_text(spec, "type", ""), json_get_text(spec, "target", ""));

	if (streq(origin, old))
		return 0;
	rc = q_source_origin_exec(cx, &(struct q_source_origin_in){ origin, id });
	return rc < 0 ? rc : store_schedule(cx, id, false);
}

int store_collect(struct ctx *cx, const struct id_list *sources, bool keep_orphans, struct store_result *out)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < sources->n; i++) {
		struct q_source_get_out row;
		const char *root = NULL;

		rc = q_source_get_one(cx, &(struct q_source_get_in){ .id = sources->items[i] }, &row);
		if (rc != 1)
			continue;
		if (streq(row.type, "provider"))
			continue;
		rc = store_root(cx, sources->items[i], &root);
		if (rc >= 0 && !root)
			rc = store_remove_source(cx, sources->items[i], keep_orphans, out);
		else if (rc >= 0)
			rc = set_origin(cx, sources->items[i], row.origin, root);
	}
	return rc < 0 ? rc : 0;
}
