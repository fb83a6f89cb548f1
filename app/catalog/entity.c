/* Reading, refreshing and deleting entities. */
#include "catalog/entity.h"

#include "base/list.h"
#include "base/map.h"
#include "catalog/notice.h"
#include "catalog/permission.h"
#include "catalog/ref.h"
#include "catalog/settings.h"
#include "ext/json.h"
#include "identity/identity.h"
#include "jobs/jobs.h"
#include "sql/catalog.h"

int catalog_ready(struct ctx *cx)
{
	struct q_schema_there_out out;
	int rc = q_schema_there_one(cx, &out);

	return rc == 0 ? fail(cx, ERR_UNAVAILABLE, "The database has no schema yet") : rc < 0 ? rc : 0;
}

int entity_by_name(struct ctx *cx, const char *kind, const char *ns, const char *name, struct entity *out)
{
	const char *ref = ref_format(cx->mem, &(struct ref){ kind, ns, name });
	struct q_entity_body_by_ref_out row;
	int rc = ref_storable(ref) ? q_entity_body_by_ref_one(cx, &(struct q_entity_body_by_ref_in){ .ref = ref }, &row) : 0;

	if (rc == 1)
		rc = permission_reads(cx, row.body);
	if (rc == 0)
		return fail(cx, ERR_NOTFOUND, "No entity named '%s' found, with kind '%s' in namespace '%s'", name, kind, ns);
	if (rc == 1)
		*out = (struct entity){ ref, row.etag, row.body };
	return rc < 0 ? rc : 0;
}

int entity_ids(struct ctx *cx, const struct text_list *refs, uint64_t *out)
{
	struct q_entity_heads_by_refs_out row;
	DB_ROWS rows = { 0 };
	int rc = q_entity_heads_by_refs_open(cx, &(struct q_entity_heads_by_refs_in){ text_list_json(cx->mem, refs) }, &rows);

	struct map by_ref = { 0 };

	while (rc >= 0 && (rc = q_entity_heads_by_refs_next(&rows, &row)) == 1) {
		uint64_t *id = arena_new(cx->mem, uint64_t);

		*id = row.id;
		map_put(cx->mem, &by_ref, row.ref, id);
	}
	for (size_t i = 0; rc >= 0 && i < refs->n; i++) {
		const uint64_t *id = map_get(&by_ref, refs->items[i]);

		out[i] = id ? *id : 0;
	}
	return rc < 0 ? rc : 0;
}

int entity_id_by_name(struct ctx *cx, const char *kind, const char *ns, const char *name, uint64_t *out)
{
	struct text_list one = { 0 };
	struct entity entity;
	int rc = entity_by_name(cx, kind, ns, name, &entity);

	if (rc < 0)
		return rc;
	*list_add(cx->mem, &one) = entity.ref;
	return entity_ids(cx, &one, out);
}

int entity_by_uid(struct ctx *cx, const char *uid, struct entity *out)
{
	struct q_entity_body_by_uid_out row;
	int rc = strlen(uid) == 36 ? q_entity_body_by_uid_one(cx, &(struct q_entity_body_by_uid_in){ .uid = uid }, &row) : 0;

	if (rc == 1)
		rc = permission_reads(cx, row.body);
	if (rc == 0)
		return fail(cx, ERR_NOTFOUND, "No entity with uid %s", uid);
	if (rc == 1)
		*out = (struct entity){ NULL, row.etag, row.body };
	return rc < 0 ? rc : 0;
}

int entity_by_refs(struct ctx *cx, const struct text_list *refs, struct entity *out)
{
	struct text_list ask = { 0 };
	struct map found = { 0 };
	DB_ROWS rows = { 0 };
	int rc;

	for (size_t i = 0; i < refs->n; i++) {
		out[i] = (struct entity){ .ref = refs->items[i] };
		if (ref_storable(refs->items[i]) && !map_put(cx->mem, &found, refs->items[i], &ask))
			*list_add(cx->mem, &ask) = refs->items[i];
	}
	found = (struct map){ 0 };
	rc = q_entity_bodies_by_refs_open(cx, &(struct q_entity_bodies_by_refs_in){ .refs = text_list_json(cx->mem, &ask) },
					  &rows);
	while (rc >= 0) {
		struct q_entity_bodies_by_refs_out *row = arena_new(cx->mem, struct q_entity_bodies_by_refs_out);

		rc = q_entity_bodies_by_refs_next(&rows, row);
		if (rc != 1)
			break;
		rc = permission_reads(cx, row->body);
		if (rc == 1)
			map_put(cx->mem, &found, row->ref, row);
	}
	for (size_t i = 0; rc >= 0 && i < refs->n; i++) {
		const struct q_entity_bodies_by_refs_out *row = map_get(&found, refs->items[i]);

		if (row)
			out[i].body = row->body;
	}
	return rc < 0 ? rc : 0;
}

/* Where not everything may be read, what may not does not exist. */
static int readable(struct ctx *cx, const struct text_list *refs, bool *out)
{
	struct entity *found = arena_array(cx->mem, struct entity, refs->n);
	int rc = entity_by_refs(cx, refs, found);

	for (size_t i = 0; rc == 0 && i < refs->n; i++)
		out[i] = found[i].body.p != NULL;
	return rc;
}

int entity_exist(struct ctx *cx, const struct text_list *refs, bool *out)
{
	struct q_entity_heads_by_refs_out row;
	struct text_list ask = { 0 };
	struct map found = { 0 };
	DB_ROWS rows = { 0 };
	int rc;

	if (cx->who && cx->who->reads)
		return readable(cx, refs, out);
	for (size_t i = 0; i < refs->n; i++)
		if (ref_storable(refs->items[i]))
			*list_add(cx->mem, &ask) = refs->items[i];
	rc = q_entity_heads_by_refs_open(cx, &(struct q_entity_heads_by_refs_in){ .refs = text_list_json(cx->mem, &ask) },
					 &rows);
	while (rc >= 0 && (rc = q_entity_heads_by_refs_next(&rows, &row)) == 1)
		map_put(cx->mem, &found, row.ref, &found);
	for (size_t i = 0; i < refs->n; i++)
		out[i] = map_get(&found, refs->items[i]) != NULL;
	return rc < 0 ? rc : 0;
}

/* May cx->who change what is stored under this ref? 1; 0 when there is nothing, or nothing to be seen; ERR_DENIED. */
static int may_change(struct ctx *cx, const char *permission, const char *ref)
{
	struct q_entity_body_by_ref_out row;
	int rc;

	if (!cx->who)
		return 1;
	rc = ref_storable(ref) ? q_entity_body_by_ref_one(cx, &(struct q_entity_body_by_ref_in){ .ref = ref }, &row) : 0;
	if (rc == 1)
		rc = permission_reads(cx, row.body);
	if (rc == 1)
		rc = permission_demand(cx, permission, row.body) < 0 ? cx->err.code : 1;
	return rc;
}

/* ---- up the tree ---- */

static int head_of(struct ctx *cx, const char *ref, struct q_entity_head_by_ref_out *out)
{
	return ref_storable(ref) ? q_entity_head_by_ref_one(cx, &(struct q_entity_head_by_ref_in){ .ref = ref }, out) : 0;
}

/* Each Location that names the entity's source, once. */
static int parents_of(struct ctx *cx, uint64_t source_id, struct text_list *out)
{
	struct q_link_of_source_out row;
	DB_ROWS rows = { 0 };
	int rc = q_link_of_source_open(cx, &(struct q_link_of_source_in){ .source_id = source_id }, &rows);

	while (rc >= 0 && (rc = q_link_of_source_next(&rows, &row)) == 1)
		if (!out->n || !streq(out->items[out->n - 1], row.ref))
			*list_add(cx->mem, out) = row.ref;
	return rc < 0 ? rc : 0;
}

/* The names of others are not for everybody's eyes either. */
static int leave_readable(struct ctx *cx, struct text_list *refs)
{
	bool *found = arena_array(cx->mem, bool, refs->n);
	size_t n = 0;
	int rc = cx->who && cx->who->reads ? readable(cx, refs, found) : 0;

	if (rc < 0 || !cx->who || !cx->who->reads)
		return rc;
	for (size_t i = 0; i < refs->n; i++)
		if (found[i])
			refs->items[n++] = refs->items[i];
	refs->n = n;
	return 0;
}

static int add_ancestor(struct ctx *cx, const char *ref, struct map *seen, struct text_list *queue, struct buf *out)
{
	struct q_entity_head_by_ref_out head;
	struct q_entity_body_by_ref_out body;
	struct text_list parents = { 0 };
	int rc = head_of(cx, ref, &head);

	if (rc == 1)
		rc = q_entity_body_by_ref_one(cx, &(struct q_entity_body_by_ref_in){ .ref = ref }, &body);
	if (rc == 1)
		rc = permission_reads(cx, body.body);
	if (rc != 1)
		return rc;
	rc = parents_of(cx, head.source_id, &parents);
	if (rc == 0)
		rc = leave_readable(cx, &parents);
	if (rc < 0)
		return rc;
	buf_adds(out, out->p[out->n - 1] == '[' ? "{\"entity\":" : ",{\"entity\":");
	buf_add(out, body.body.p, body.body.n);
	buf_adds(out, ",\"parentEntityRefs\":");
	buf_adds(out, text_list_json(cx->mem, &parents));
	buf_addc(out, '}');
	for (size_t i = 0; i < parents.n; i++)
		if (!map_put(cx->mem, seen, parents.items[i], seen))
			*list_add(cx->mem, queue) = parents.items[i];
	return 1;
}

int entity_ancestry(struct ctx *cx, const char *ref, struct buf *out)
{
	struct text_list queue = { 0 };
	struct map seen = { 0 };
	int rc;

	*list_add(cx->mem, &queue) = ref;
	map_put(cx->mem, &seen, ref, &seen);
	buf_adds(out, "{\"rootEntityRef\":");
	json_write_text(out, str_of(ref));
	buf_adds(out, ",\"items\":[");
	for (size_t i = 0; i < queue.n; i++) {
		rc = add_ancestor(cx, queue.items[i], &seen, &queue, out);
		if (rc == 0 && i == 0)
			return fail(cx, ERR_NOTFOUND, "No such entity %s", ref);
		if (rc < 0)
			return rc;
	}
	buf_adds(out, "]}");
	return 0;
}

/* A Location's own targets are read again too, and what a glob among them finds. */
static int add_targets(struct ctx *cx, uint64_t entity_id, struct id_list *sources)
{
	struct q_link_of_entity_out row;
	DB_ROWS rows = { 0 };
	int rc = q_link_of_entity_open(cx, &(struct q_link_of_entity_in){ .entity_id = entity_id }, &rows);

	while (rc >= 0 && (rc = q_link_of_entity_next(&rows, &row)) == 1)
		*list_add(cx->mem, sources) = row.source_id;
	return rc;
}

static int refresh_sources(struct ctx *cx, const struct id_list *sources)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < sources->n; i++)
		rc = store_schedule(cx, sources->items[i], true);
	return rc < 0 ? rc : notice_refreshed(cx, sources->items, sources->n);
}

int entity_refresh(struct ctx *cx, const char *ref)
{
	struct text_list queue = { 0 };
	struct id_list sources = { 0 };
	struct map seen = { 0 };
	int rc = may_change(cx, "catalog.entity.refresh", ref);

	if (rc == 0)
		return fail(cx, ERR_NOTFOUND, "Entity %s not found", ref);
	*list_add(cx->mem, &queue) = ref;
	map_put(cx->mem, &seen, ref, &seen);
	for (size_t i = 0; rc >= 0 && i < queue.n; i++) {
		struct q_entity_head_by_ref_out head;
		struct q_source_get_out source;
		struct text_list parents = { 0 };

		rc = head_of(cx, queue.items[i], &head);
		if (rc == 0 && i == 0)
			return fail(cx, ERR_NOTFOUND, "Entity %s not found", ref);
		if (rc != 1)
			continue;
		if (i == 0 && streq(head.kind, "location"))
			rc = add_targets(cx, head.id, &sources);
		if (rc >= 0)
			rc = q_source_get_one(cx, &(struct q_source_get_in){ .id = head.source_id }, &source);
		if (rc == 1 && !streq(source.type, "provider"))
			*list_add(cx->mem, &sources) = head.source_id;
		if (rc >= 0)
			rc = parents_of(cx, head.source_id, &parents);
		for (size_t k = 0; rc >= 0 && k < parents.n; k++)
			if (!map_put(cx->mem, &seen, parents.items[k], &seen))
				*list_add(cx->mem, &queue) = parents.items[k];
	}
	if (rc >= 0)
		rc = refresh_sources(cx, &sources);
	job_wake();
	return rc < 0 ? rc : 0;
}

struct deletion {
	const char *uid;
	struct id_list sources;
	struct store_result stored;
};

/* Its registration goes with it; the configuration brings its own back, and a plugin's provider does at its next run. */
static int delete_provided(struct ctx *cx, const char *provider, const char *ref)
{
	const char *dash = strrchr(ref, '-');

	if (streq(provider, "config"))
		return job_add(cx, &(struct job_add){ .queue = "catalog.config", .key = "all", .priority = JOB_URGENT });
	if (!streq(provider, "locations") || !dash)
		return 0;
	return q_location_delete_by_sha1_exec(cx, &(struct q_location_delete_by_sha1_in){ .ref_sha1 = dash + 1 });
}

static int delete_one(struct ctx *cx, void *arg)
{
	struct deletion *d = arg;
	struct q_entity_head_by_uid_out head;
	struct q_source_get_out source;
	struct id_list one = { .items = arena_new(cx->mem, uint64_t), .n = 1 };
	int rc = strlen(d->uid) == 36 ? q_entity_head_by_uid_one(cx, &(struct q_entity_head_by_uid_in){ .uid = d->uid }, &head)
				      : 0;

	if (rc == 0)
		return fail(cx, ERR_NOTFOUND, "No entity with uid %s", d->uid);
	if (rc == 1)
		rc = may_change(cx, "catalog.entity.delete", head.ref);
	if (rc == 0)
		return fail(cx, ERR_NOTFOUND, "No entity with uid %s", d->uid);
	d->sources.n = 0;
	d->stored = (struct store_result){ 0 };
	one.items[0] = head.id;
	if (rc >= 0)
		rc = store_take_out(cx, &one, false, &d->stored, &d->sources);
	if (rc >= 0)
		rc = q_source_get_one(cx, &(struct q_source_get_in){ .id = head.source_id }, &source);
	if (rc != 1)
		return rc;
	if (streq(source.type, "provider"))
		return delete_provided(cx, source.target, head.ref);
	rc = q_source_forget_exec(cx, &(struct q_source_forget_in){ .id = head.source_id });
	return rc < 0 ? rc : store_schedule(cx, head.source_id, true);
}

int entity_delete(struct ctx *cx, const char *uid)
{
	struct deletion d = { .uid = uid };
	int rc = db_transaction(cx, delete_one, &d);

	if (rc >= 0)
		rc = store_collect(cx, &d.sources, false, &d.stored);
	store_wake(cx, &d.stored);
	return rc < 0 ? rc : 0;
}

static struct json *failed_json(struct ctx *cx, const struct q_problem_failed_out *row)
{
	struct json *item = json_object(cx->mem), *doc = NULL;

	if (row->doc.n && json_parse(cx, row->doc, &doc) < 0)
		doc = NULL;
	json_set(cx->mem, item, "entity_id", json_str(cx->mem, id_text(cx->mem, row->id)));
	json_set(cx->mem, item, "entity_ref", json_str(cx->mem, row->ref));
	json_set(cx->mem, item, "location_key", json_fmt(cx->mem, "%s:%s", row->type, row->target));
	json_set(cx->mem, item, "unprocessed_entity", doc ? doc : json_null(cx->mem));
	json_set(cx->mem, item, "errors", json_array(cx->mem));
	return item;
}

int entity_failed(struct ctx *cx, const char *owner, struct json **out)
{
	struct q_problem_failed_out row;
	struct json *item = NULL;
	uint64_t source = 0;
	DB_ROWS rows = { 0 };
	int rc = q_problem_failed_open(cx, &(struct q_problem_failed_in){ .owner = owner, .limit = 1000 }, &rows);

	*out = json_array(cx->mem);
	while (rc >= 0 && (rc = q_problem_failed_next(&rows, &row)) == 1) {
		struct json *error = json_object(cx->mem);

		/* the faults of one entity stand together */
		if (!item || source != row.source_id || !*row.ref || !streq(json_get_text(item, "entity_ref", ""), row.ref))
			json_push(cx->mem, *out, item = failed_json(cx, &row));
		source = row.source_id;
		json_set(cx->mem, error, "name", json_str(cx->mem, row.name));
		json_set(cx->mem, error, "message", json_str(cx->mem, row.message));
		json_push(cx->mem, json_get(item, "errors"), error);
	}
	return rc < 0 ? rc : 0;
}

int entity_pending(struct ctx *cx, struct json **out)
{
	struct q_source_pending_out row;
	DB_ROWS rows = { 0 };
	int rc = q_source_pending_open(cx, &rows);

	*out = json_array(cx->mem);
	while (rc >= 0 && (rc = q_source_pending_next(&rows, &row)) == 1) {
		struct json *item = json_object(cx->mem);

		json_set(cx->mem, item, "entity_id", json_str(cx->mem, id_text(cx->mem, row.id)));
		json_set(cx->mem, item, "location_key", json_fmt(cx->mem, "%s:%s", row.type, row.target));
		json_push(cx->mem, *out, item);
	}
	return rc < 0 ? rc : 0;
}

int entity_failed_delete(struct ctx *cx, const char *id)
{
	long n = 0;
	bool number = str_long(id, 1, INT64_MAX, &n);
	int rc = number ? q_problem_forget_exec(cx, &(struct q_problem_forget_in){ .id = (uint64_t)n }) : 0;

	if (rc >= 0 && (!number || !db_affected(cx)))
		return fail(cx, ERR_NOTFOUND, "No unprocessed entity with id %s", id);
	return rc;
}
