/* Registered locations, and those of the configuration. */
#include "catalog/location.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "catalog/entity.h"
#include "catalog/permission.h"
#include "catalog/ref.h"
#include "catalog/source.h"
#include "ext/crypto.h"
#include "ext/fetch.h"
#include "identity/identity.h"
#include "sql/catalog.h"

static const struct location by_config = { "provider", "config" }, by_api = { "provider", "locations" };

static struct registered registered(struct arena *mem, const char *id, const char *type, const char *target)
{
	const char *name = location_entity_name(mem, &(struct location){ type, target });

	return (struct registered){ id, type, target, arena_printf(mem, "location:default/%s", name) };
}

struct json *location_json(struct arena *mem, const struct registered *l)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "id", json_str(mem, l->id));
	json_set(mem, v, "type", json_str(mem, l->type));
	json_set(mem, v, "target", json_str(mem, l->target));
	json_set(mem, v, "entityRef", json_str(mem, l->entity_ref));
	return v;
}

static void sha1_of(struct arena *mem, const char *type, const char *target, char out[41])
{
	crypto_sha1_hex(str_of(location_format(mem, &(struct location){ type, target })), out);
}

static int check(struct ctx *cx, const char *type, const char *target)
{
	struct location loc;
	struct url url;

	if (!streq(type, "url"))
		return fail(cx, ERR_INPUT, "Registered locations must be of an allowed type [\"url\"]");
	if (strlen(target) > LOCATION_TARGET_MAX)
		return fail(cx, ERR_INPUT, "The target is longer than %d bytes", LOCATION_TARGET_MAX);
	for (const char *c = target; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return fail(cx, ERR_INPUT, "The target must NOT have control characters");
	int rc = location_parse(cx, arena_printf(cx->mem, "%s:%s", type, target), &loc);

	return rc < 0 ? rc : url_parse(cx, target, &url);
}

static int check_writable(struct ctx *cx, const struct catalog_settings **s)
{
	*s = catalog_settings(cx);
	if (!*s)
		return cx->err.code;
	return (*s)->readonly ? fail(cx, ERR_DENIED, "The catalog is read-only: locations cannot be changed") : 0;
}

/* Stores the Location entity of a provider's location, links it, and asks for its file. */
static int put_generated(struct ctx *cx, const struct catalog_settings *s, const struct location *provider,
			 const struct location *loc, struct store_result *stored)
{
	struct origin_of from = { .at = *loc, .origin = *loc, .provider = true };
	struct read_files files = { 0 };
	struct document d;
	uint64_t id;
	bool fresh;
	int rc = store_source(cx, provider, provider, &id, &fresh);

	if (rc < 0)
		return rc;
	document_process(cx, s, &from, document_generated(cx->mem, loc), &files, &d);
	if (d.faults.n)
		return fail(cx, ERR_INPUT, "%s", d.faults.items[0].message);
	return store_documents(cx, s, id, &d, 1, false, stored);
}

static int schedule_target(struct ctx *cx, const struct location *loc)
{
	uint64_t id;
	bool fresh;
	int rc = store_source(cx, loc, loc, &id, &fresh);

	return rc < 0 ? rc : store_schedule(cx, id, true);
}

struct registration {
	const struct catalog_settings *s;
	struct location loc;
	const char *id;
	struct store_result stored;
};

static int insert(struct ctx *cx, void *arg)
{
	struct registration *r = arg;
	struct q_location_by_sha1_out row;
	char sha1[41];
	int rc;

	sha1_of(cx->mem, r->loc.type, r->loc.target, sha1);
	rc = q_location_by_sha1_one(cx, &(struct q_location_by_sha1_in){ .ref_sha1 = sha1 }, &row);
	if (rc == 1)
		return fail(cx, ERR_CONFLICT, "Location %s:%s already exists", r->loc.type, r->loc.target);
	if (rc >= 0)
		rc = q_location_add_exec(cx, &(struct q_location_add_in){ .id = r->id,
									  .ref_sha1 = sha1,
									  .type = r->loc.type,
									  .target = r->loc.target,
									  .created_by = cx->who ? cx->who->ref : "",
									  .created_at = clock_wall_ms() });
	if (rc >= 0)
		rc = put_generated(cx, r->s, &by_api, &r->loc, &r->stored);
	return rc < 0 ? rc : schedule_target(cx, &r->loc);
}

static int existing(struct ctx *cx, const char *type, const char *target, struct registered *out)
{
	struct q_location_by_sha1_out row;
	char sha1[41];

	sha1_of(cx->mem, type, target, sha1);
	int rc = q_location_by_sha1_one(cx, &(struct q_location_by_sha1_in){ .ref_sha1 = sha1 }, &row);

	if (rc == 1)
		*out = registered(cx->mem, row.id, row.type, row.target);
	return rc;
}

int location_register(struct ctx *cx, const char *type, const char *target, bool refresh, struct registered *out)
{
	struct registration r = { .loc = { type, target } };
	char *id = arena_alloc(cx->mem, 37);
	int rc = check_writable(cx, &r.s);

	if (rc == 0)
		rc = check(cx, type, target);
	if (rc < 0)
		return rc;
	crypto_uuid(id);
	r.id = id;
	rc = db_transaction(cx, insert, &r);
	if (rc == ERR_CONFLICT && (refresh || r.s->refresh_on_conflict)) {
		rc = existing(cx, type, target, out);
		if (rc == 1)
			rc = schedule_target(cx, &r.loc);
		store_wake(cx, &r.stored);
		return rc;
	}
	if (rc < 0)
		return rc;
	store_wake(cx, &r.stored);
	*out = registered(cx->mem, id, type, target);
	return 0;
}

static int get_row(struct ctx *cx, const char *id, struct registered *out)
{
	struct q_location_get_out row;
	int rc = q_location_get_one(cx, &(struct q_location_get_in){ .id = id }, &row);

	if (rc == 0)
		return fail(cx, ERR_NOTFOUND, "Found no location with ID %s", id);
	if (rc == 1)
		*out = registered(cx->mem, row.id, row.type, row.target);
	return rc < 0 ? rc : 0;
}

/* To those who may not see locations there are none. */
int location_get(struct ctx *cx, const char *id, struct registered *out)
{
	int may = policy_may(cx, "catalog.location.read", NULL);

	if (may == 0)
		return fail(cx, ERR_NOTFOUND, "Found no location with ID %s", id);
	return may < 0 ? may : get_row(cx, id, out);
}

int location_list(struct ctx *cx, struct registered_list *out)
{
	struct q_location_list_out row;
	DB_ROWS rows = { 0 };
	int rc = policy_may(cx, "catalog.location.read", NULL);

	if (rc <= 0)
		return rc;
	rc = q_location_list_open(cx, &rows);

	while (rc >= 0 && (rc = q_location_list_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = registered(cx->mem, row.id, row.type, row.target);
	return rc < 0 ? rc : 0;
}

int location_by_entity(struct ctx *cx, const char *ref, struct registered *out)
{
	struct q_entity_head_by_ref_out head;
	struct q_source_get_out source;
	struct q_location_by_sha1_out row;
	const char *root = ref, *name;
	bool there = false;
	int rc = entity_exist(cx, &(struct text_list){ .items = &ref, .n = 1 }, &there);

	if (rc == 0 && there)
		rc = q_entity_head_by_ref_one(cx, &(struct q_entity_head_by_ref_in){ .ref = ref }, &head);
	if (rc == 0)
		return fail(cx, ERR_NOTFOUND, "found no entity for ref %s", ref);
	if (rc == 1)
		rc = policy_may(cx, "catalog.location.read", NULL);
	if (rc == 0)
		return fail(cx, ERR_NOTFOUND, "found no registered location for ref %s", ref);
	if (rc == 1)
		rc = q_source_get_one(cx, &(struct q_source_get_in){ .id = head.source_id }, &source);
	if (rc == 1 && !streq(source.type, "provider"))
		rc = store_root(cx, head.source_id, &root);
	if (rc < 0)
		return rc;
	name = strstr(root, "/generated-");
	rc = rc == 1 && name ? q_location_by_sha1_one(cx, &(struct q_location_by_sha1_in){ .ref_sha1 = name + 11 }, &row) : 0;
	if (rc == 0)
		return fail(cx, ERR_NOTFOUND, "found no registered location for ref %s", ref);
	if (rc == 1)
		*out = registered(cx->mem, row.id, row.type, row.target);
	return rc < 0 ? rc : 0;
}

/* ---- change and removal ---- */

struct removal {
	const char *id;
	const struct location *to; /* NULL: away */
	const struct catalog_settings *s;
	struct id_list sources;
	struct store_result stored;
};

/* The Location entity goes, unless the configuration names the same location. */
static int take_out_generated(struct ctx *cx, const char *entity_ref, struct removal *r)
{
	struct q_entity_head_by_ref_out head;
	struct id_list one;
	uint64_t provider;
	bool fresh;
	int rc = store_source(cx, &by_api, &by_api, &provider, &fresh);

	if (rc >= 0)
		rc = q_entity_head_by_ref_one(cx, &(struct q_entity_head_by_ref_in){ .ref = entity_ref }, &head);
	if (rc >= 0)
		q_claim_remove_exec(cx, &(struct q_claim_remove_in){ .source_id = provider, .ref = entity_ref });
	if (rc != 1 || head.source_id != provider)
		return rc < 0 ? rc : 0;
	one = (struct id_list){ .items = arena_new(cx->mem, uint64_t), .n = 1 };
	one.items[0] = head.id;
	return store_take_out(cx, &one, false, &r->stored, &r->sources);
}

static int remove_row(struct ctx *cx, void *arg)
{
	struct removal *r = arg;
	struct registered old;
	int rc = get_row(cx, r->id, &old);

	r->sources.n = 0;
	r->stored = (struct store_result){ 0 };
	if (rc == 0)
		rc = q_location_delete_exec(cx, &(struct q_location_delete_in){ .id = r->id });
	return rc < 0 ? rc : take_out_generated(cx, old.entity_ref, r);
}

int location_remove(struct ctx *cx, const char *id)
{
	struct removal r = { .id = id };
	int rc = check_writable(cx, &r.s);

	if (rc == 0)
		rc = db_transaction(cx, remove_row, &r);
	if (rc >= 0)
		rc = store_collect(cx, &r.sources, false, &r.stored);
	store_wake(cx, &r.stored);
	return rc;
}

static int change_row(struct ctx *cx, void *arg)
{
	struct removal *r = arg;
	struct registered old, other;
	char sha1[41];
	int rc = get_row(cx, r->id, &old);

	r->sources.n = 0;
	r->stored = (struct store_result){ 0 };
	if (rc < 0 || (streq(old.type, r->to->type) && streq(old.target, r->to->target)))
		return rc;
	rc = existing(cx, r->to->type, r->to->target, &other);
	if (rc == 1)
		return fail(cx, ERR_CONFLICT, "Location %s:%s already exists", r->to->type, r->to->target);
	sha1_of(cx->mem, r->to->type, r->to->target, sha1);
	if (rc >= 0)
		rc = q_location_change_exec(cx, &(struct q_location_change_in){ sha1, r->to->type, r->to->target, r->id });
	if (rc >= 0)
		rc = put_generated(cx, r->s, &by_api, r->to, &r->stored);
	if (rc >= 0)
		rc = schedule_target(cx, r->to);
	return rc < 0 ? rc : take_out_generated(cx, old.entity_ref, r);
}

int location_change(struct ctx *cx, const char *id, const char *type, const char *target, struct registered *out)
{
	struct location to = { type, target };
	struct removal r = { .id = id, .to = &to };
	int rc = check_writable(cx, &r.s);

	if (rc == 0)
		rc = check(cx, type, target);
	if (rc == 0)
		rc = db_transaction(cx, change_row, &r);
	if (rc >= 0)
		rc = store_collect(cx, &r.sources, false, &r.stored);
	store_wake(cx, &r.stored);
	if (rc >= 0)
		*out = registered(cx->mem, id, type, target);
	return rc;
}

/* ---- dry run ---- */

enum { DRY_FILES = 200, DRY_ENTITIES = 10000, DRY_BYTES = 32 << 20, DRY_MEMORY = 192 << 20 };

struct dry_run {
	const struct catalog_settings *s;
	struct location root;
	struct json *entities;
	struct map refs, files;
	size_t n_files, left; /* bytes as JSON */
};

static int dry_location(struct ctx *cx, struct dry_run *d, const struct location *loc, bool optional);

static int dry_document(struct ctx *cx, struct dry_run *d, const struct document *doc)
{
	int rc = 0;

	if (doc->faults.n)
		return fail(cx, ERR_INPUT, "%s: %s", doc->faults.items[0].name, doc->faults.items[0].message);
	if (doc->notes.n)
		return fail(cx, ERR_INPUT, "%s: %s", doc->notes.items[0].name, doc->notes.items[0].message);
	if (map_put(cx->mem, &d->refs, doc->ref, d))
		return fail(cx, ERR_INPUT, "Duplicate nested entity: %s", doc->ref);
	if (d->entities->a.n >= DRY_ENTITIES)
		return fail(cx, ERR_INPUT, "more than %d entities: register it to see them all", DRY_ENTITIES);
	if (!document_fits(doc->entity, &d->left))
		return fail(cx, ERR_INPUT, "more than %d MiB of entities: register it to see them all", DRY_BYTES >> 20);
	json_push(cx->mem, d->entities, doc->entity);
	for (size_t i = 0; rc == 0 && i < doc->targets.n; i++)
		rc = dry_location(cx, d, &doc->targets.items[i], doc->optional);
	return rc;
}

static int dry_file(struct ctx *cx, struct dry_run *d, const struct location *loc, bool optional)
{
	struct origin_of from = { .at = *loc, .origin = d->root };
	struct read_files files = { 0 };
	struct documents docs = { 0 };
	struct read_result read;
	int rc;

	if (map_put(cx->mem, &d->files, location_format(cx->mem, loc), d))
		return 0;
	if (++d->n_files > DRY_FILES)
		return fail(cx, ERR_INPUT, "more than %d files: register it to see them all", DRY_FILES);
	rc = reader_read(cx, loc, NULL, &read);
	if (rc == ERR_NOTFOUND && optional)
		return 0;
	if (rc < 0)
		return fail_in(cx, ERR_INPUT, "%s", err_name(rc));
	if (cx->mem->used > DRY_MEMORY)
		return fail(cx, ERR_INPUT, "more than can be tried: register it to see it all");
	rc = source_documents(cx, d->s, &from, read.bytes, &files, &docs);
	for (size_t i = 0; rc == 0 && i < docs.n; i++)
		rc = dry_document(cx, d, &docs.items[i]);
	return rc;
}

static int dry_location(struct ctx *cx, struct dry_run *d, const struct location *loc, bool optional)
{
	const char **targets;
	size_t n;

	if (!reader_is_glob(cx, loc))
		return dry_file(cx, d, loc, optional);
	int rc = reader_glob(cx, loc, &targets, &n);

	if (rc < 0)
		return fail_in(cx, ERR_INPUT, "%s", err_name(rc));
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = dry_file(cx, d, &(struct location){ loc->type, targets[i] }, optional);
	return rc;
}

int location_dry_run(struct ctx *cx, const char *type, const char *target, struct registered *out, bool *exists,
		     struct json **entities)
{
	struct location loc = { type, target };
	struct origin_of from = { .at = loc, .origin = loc, .provider = true };
	struct dry_run d = { .s = catalog_settings(cx), .root = loc, .left = DRY_BYTES };
	struct read_files files = { 0 };
	struct document root;
	int rc = d.s ? check(cx, type, target) : cx->err.code;

	if (rc == 0)
		rc = existing(cx, type, target, out);
	if (rc < 0)
		return rc;
	*exists = rc == 1;
	*out = registered(cx->mem, arena_printf(cx->mem, "%s:%s", type, target), type, target);
	*entities = d.entities = json_array(cx->mem);
	document_process(cx, d.s, &from, document_generated(cx->mem, &loc), &files, &root);
	return dry_document(cx, &d, &root);
}

/* ---- the configuration's locations ---- */

/* Files of configured locations that are known already are read now: rules or kinds may have changed. */
static int read_again(struct ctx *cx, const struct locations *locations)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < locations->n; i++) {
		struct q_source_by_sha1_out source;
		char sha1[41];

		sha1_of(cx->mem, locations->items[i].type, locations->items[i].target, sha1);
		rc = q_source_by_sha1_one(cx, &(struct q_source_by_sha1_in){ .ref_sha1 = sha1 }, &source);
		if (rc == 1)
			rc = store_schedule(cx, source.id, false);
	}
	return rc;
}

static struct document *config_documents(struct ctx *cx, const struct catalog_settings *s)
{
	struct document *docs = arena_array(cx->mem, struct document, s->locations.n);
	struct read_files files = { 0 };

	for (size_t i = 0; i < s->locations.n; i++) {
		const struct location *loc = &s->locations.items[i];
		struct origin_of from = { .at = *loc, .origin = *loc, .provider = true };

		document_process(cx, s, &from, document_generated(cx->mem, loc), &files, &docs[i]);
		if (docs[i].faults.n || docs[i].notes.n)
			log_warn("a location of the configuration is wrong", "location", loc->target, "error",
				 docs[i].faults.n ? docs[i].faults.items[0].message : docs[i].notes.items[0].message, NULL);
	}
	return docs;
}

/* Every worker that starts asks for this; the provider's content_hash tells what configuration it was done for last. */
int config_job(struct ctx *cx, struct job *job)
{
	const struct catalog_settings *s = catalog_settings(cx);
	struct store_result stored = { 0 };
	struct q_source_get_out provider;
	uint64_t id;
	bool fresh, same;
	int rc = s ? store_source(cx, &by_config, &by_config, &id, &fresh) : cx->err.code;

	(void)job;
	if (rc >= 0)
		rc = q_source_get_one(cx, &(struct q_source_get_in){ .id = id }, &provider);
	if (rc < 0)
		return rc;
	same = rc == 1 && provider.content_hash && streq(provider.content_hash, s->hash);
	rc = same ? 0 : read_again(cx, &s->locations);
	if (rc >= 0)
		rc = store_documents(cx, s, id, config_documents(cx, s), s->locations.n, true, &stored);
	if (rc >= 0 && !same)
		rc = q_source_done_exec(
			cx, &(struct q_source_done_in){ .content_hash = s->hash, .read_at = clock_wall_ms(), .id = id });
	store_wake(cx, &stored);
	return rc < 0 ? rc : 0;
}
