/* /api/catalog: entities one by one, refresh, validation, analysis. Behaviour: backstage-facts 1.11 and the recorded answers.
 */
#include "base/list.h"
#include "catalog/document.h"
#include "catalog/entity.h"
#include "catalog/ref.h"
#include "handlers/handlers.h"
#include "identity/audit.h"

/* ---- one entity ---- */

static int send_entity(struct req *rq, struct resp *rs, const struct entity *e)
{
	rs->etag = arena_printf(rq->cx->mem, "\"%s\"", e->etag);
	return resp_json_text(rs, 200, e->body);
}

int catalog_api_by_name(struct req *rq, struct resp *rs)
{
	struct entity e;
	int rc = entity_by_name(rq->cx, req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name"), &e);

	return rc < 0 ? rc : send_entity(rq, rs, &e);
}

int catalog_api_by_uid(struct req *rq, struct resp *rs)
{
	struct entity e;
	int rc = entity_by_uid(rq->cx, req_param(rq, "uid"), &e);

	return rc < 0 ? rc : send_entity(rq, rs, &e);
}

int catalog_api_delete(struct req *rq, struct resp *rs)
{
	int rc = entity_delete(rq->cx, req_param(rq, "uid"));

	return rc < 0 ? rc : resp_empty(rs, 204);
}

int catalog_api_ancestry(struct req *rq, struct resp *rs)
{
	struct ref r = { req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name") };
	struct buf out = { .mem = rq->cx->mem };
	int rc = entity_ancestry(rq->cx, ref_format(rq->cx->mem, &r), &out);

	return rc < 0 ? rc : resp_json_text(rs, 200, buf_str(&out));
}

int catalog_api_refresh(struct req *rq, struct resp *rs)
{
	static const char *const need[] = { "entityRef", NULL };
	struct json *body;
	const char *text;
	struct ref r;
	int rc = body_object(rq, need, NULL, &body);

	if (rc == 0)
		rc = body_text(rq, body, "entityRef", &text);
	if (rc == 0)
		rc = ref_parse(rq->cx, text, NULL, NULL, &r);
	if (rc == 0)
		audit_note(rq->cx, "entityRef", ref_format(rq->cx->mem, &r));
	if (rc == 0)
		rc = entity_refresh(rq->cx, ref_format(rq->cx->mem, &r));
	return rc < 0 ? rc : resp_empty(rs, 200);
}

/* ---- validation ---- */

static struct json *error_json(struct arena *mem, const char *name, const char *message, const char *cause)
{
	struct json *v = json_object(mem), *c = json_object(mem);

	json_set(mem, v, "name", json_str(mem, name));
	json_set(mem, v, "message", json_str(mem, message));
	if (cause && !streq(cause, message)) {
		json_set(mem, c, "name", json_str(mem, "Error"));
		json_set(mem, c, "message", json_str(mem, cause));
		json_set(mem, v, "cause", c);
	}
	return v;
}

static int send_faults(struct req *rq, struct resp *rs, const struct faults *faults)
{
	struct arena *mem = rq->cx->mem;
	struct json *v = json_object(mem), *errors = json_array(mem);

	for (size_t i = 0; i < faults->n; i++)
		json_push(mem, errors, error_json(mem, faults->items[i].name, faults->items[i].message, faults->items[i].rule));
	json_set(mem, v, "errors", errors);
	return resp_json(rs, 400, v);
}

/* The location of a validation: a url, for what the entity names relative to it. */
static int validation_place(struct req *rq, const struct json *body, struct origin_of *out, const char **bad)
{
	const char *text;
	int rc = body_text(rq, body, "location", &text);

	if (rc < 0)
		return rc;
	out->provider = true;
	if (location_parse(rq->cx, text, &out->at) < 0)
		*bad = arena_strdup(rq->cx->mem, rq->cx->err.text);
	else if (!streq(out->at.type, "url"))
		*bad = arena_printf(rq->cx->mem,
				    "Invalid location ref %s, only 'url:<target>' is supported, e.g. url:https://host/path",
				    text);
	out->origin = out->at;
	return 0;
}

int catalog_api_validate(struct req *rq, struct resp *rs)
{
	static const char *const need[] = { "entity", "location", NULL };
	struct read_files files = { 0 };
	struct origin_of from = { 0 };
	const struct catalog_settings *s = catalog_settings(rq->cx);
	struct document d;
	struct json *body;
	const char *bad = NULL;
	int rc = s ? body_object(rq, need, NULL, &body) : rq->cx->err.code;

	if (rc == 0)
		rc = validation_place(rq, body, &from, &bad);
	if (rc < 0)
		return rc;
	if (bad) {
		struct fault f = { "TypeError", bad, bad, 0 };

		return send_faults(rq, rs, &(struct faults){ .items = &f, .n = 1 });
	}
	document_process(rq->cx, s, &from, json_get(body, "entity"), &files, &d);
	if (d.faults.n)
		return send_faults(rq, rs, &d.faults);
	return d.notes.n ? send_faults(rq, rs, &d.notes) : resp_empty(rs, 200);
}

/* ---- what could not be taken in ---- */

/* NULL: whoever it is. */
static const char *owner_asked(struct req *rq)
{
	const char *owner = req_query(rq, "owner");

	return owner && *owner ? owner : NULL;
}

static int send_unprocessed(struct req *rq, struct resp *rs, const char *type, struct json *items)
{
	struct json *v = json_object(rq->cx->mem);

	json_set(rq->cx->mem, v, "type", json_str(rq->cx->mem, type));
	json_set(rq->cx->mem, v, "entities", items);
	return resp_json(rs, 200, v);
}

int catalog_api_failed(struct req *rq, struct resp *rs)
{
	struct json *items;
	int rc = entity_failed(rq->cx, owner_asked(rq), &items);

	return rc < 0 ? rc : send_unprocessed(rq, rs, "failed", items);
}

/* What nobody has read yet has no owner yet. */
int catalog_api_pending(struct req *rq, struct resp *rs)
{
	struct json *items = json_array(rq->cx->mem);
	int rc = owner_asked(rq) ? 0 : entity_pending(rq->cx, &items);

	return rc < 0 ? rc : send_unprocessed(rq, rs, "pending", items);
}

int catalog_api_failed_delete(struct req *rq, struct resp *rs)
{
	int rc = entity_failed_delete(rq->cx, req_param(rq, "id"));

	return rc < 0 ? rc : resp_empty(rs, 204);
}
