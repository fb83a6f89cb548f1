/* /api/catalog: locations, and what a repository would bring. */
#include "catalog/analyze.h"
#include "catalog/location.h"
#include "catalog/ref.h"
#include "handlers/handlers.h"
#include "identity/audit.h"

static bool query_flag(const struct req *rq, const char *name)
{
	const char *v = req_query(rq, name);

	return v && (streq(v, "true") || streq(v, "1"));
}

/* {type, target, presence?} */
static int read_location(struct req *rq, const char **type, const char **target)
{
	static const char *const need[] = { "type", "target", NULL }, *const optional[] = { "presence", NULL };
	struct json *body;
	int rc = body_object(rq, need, optional, &body);

	if (rc == 0)
		rc = body_text(rq, body, "type", type);
	return rc < 0 ? rc : body_text(rq, body, "target", target);
}

void note_location(struct ctx *cx, const struct registered *l)
{
	audit_note(cx, "locationId", l->id);
	audit_note(cx, "target", l->target);
	audit_note(cx, "entityRef", l->entity_ref);
}

int unregister_location(struct ctx *cx, const char *id)
{
	struct registered l;
	struct err before = cx->err;

	if (location_get(cx, id, &l) == 0)
		note_location(cx, &l);
	else
		audit_note(cx, "locationId", id);
	cx->err = before;
	return location_remove(cx, id);
}

static int send_created(struct req *rq, struct resp *rs, const struct registered *l, struct json *entities, const bool *exists)
{
	struct arena *mem = rq->cx->mem;
	struct json *v = json_object(mem);

	if (exists)
		json_set(mem, v, "exists", json_bool(mem, *exists));
	json_set(mem, v, "location", location_json(mem, l));
	json_set(mem, v, "entities", entities);
	return resp_json(rs, 201, v);
}

int location_api_create(struct req *rq, struct resp *rs)
{
	static const char *const known[] = { "dryRun", "onConflict", NULL };
	const char *conflict = req_query(rq, "onConflict"), *type, *target;
	struct registered l;
	struct json *entities;
	bool exists;
	int rc = req_only_query(rq, known);

	if (rc == 0 && conflict && !streq(conflict, "refresh") && !streq(conflict, "reject"))
		rc = fail(rq->cx, ERR_INPUT,
			  "request/query/onConflict must be equal to one of the allowed values: refresh, reject");
	if (rc == 0)
		rc = read_location(rq, &type, &target);
	if (rc < 0)
		return rc;
	if (query_flag(rq, "dryRun")) {
		rc = location_dry_run(rq->cx, type, target, &l, &exists, &entities);
		return rc < 0 ? rc : send_created(rq, rs, &l, entities, &exists);
	}
	rc = location_register(rq->cx, type, target, conflict && streq(conflict, "refresh"), &l);
	if (rc == 0)
		note_location(rq->cx, &l);
	else
		audit_note(rq->cx, "target", target);
	return rc < 0 ? rc : send_created(rq, rs, &l, json_array(rq->cx->mem), NULL);
}

int location_api_list(struct req *rq, struct resp *rs)
{
	struct registered_list list = { 0 };
	struct json *v = json_array(rq->cx->mem);
	int rc = location_list(rq->cx, &list);

	for (size_t i = 0; i < list.n; i++) {
		struct json *item = json_object(rq->cx->mem);

		json_set(rq->cx->mem, item, "data", location_json(rq->cx->mem, &list.items[i]));
		json_push(rq->cx->mem, v, item);
	}
	return rc < 0 ? rc : resp_json(rs, 200, v);
}

int location_api_get(struct req *rq, struct resp *rs)
{
	struct registered l;
	int rc = location_get(rq->cx, req_param(rq, "id"), &l);

	return rc < 0 ? rc : resp_json(rs, 200, location_json(rq->cx->mem, &l));
}

int location_api_change(struct req *rq, struct resp *rs)
{
	const char *type, *target;
	struct registered l;
	int rc = read_location(rq, &type, &target);

	if (rc == 0)
		rc = location_change(rq->cx, req_param(rq, "id"), type, target, &l);
	if (rc == 0)
		note_location(rq->cx, &l);
	return rc < 0 ? rc : resp_json(rs, 200, location_json(rq->cx->mem, &l));
}

int location_api_delete(struct req *rq, struct resp *rs)
{
	int rc = unregister_location(rq->cx, req_param(rq, "id"));

	return rc < 0 ? rc : resp_empty(rs, 204);
}

int location_api_by_entity(struct req *rq, struct resp *rs)
{
	struct ref r = { req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name") };
	struct registered l;
	int rc = location_by_entity(rq->cx, ref_format(rq->cx->mem, &r), &l);

	return rc < 0 ? rc : resp_json(rs, 200, location_json(rq->cx->mem, &l));
}

int location_api_analyze(struct req *rq, struct resp *rs)
{
	static const char *const need[] = { "location", NULL }, *const optional[] = { "catalogFilename", NULL };
	const char *type, *target;
	struct json *body, *v;
	int rc = body_object(rq, need, optional, &body);

	if (rc == 0 && (!json_get(json_get(body, "location"), "type") || !json_get(json_get(body, "location"), "target")))
		rc = fail(rq->cx, ERR_INPUT, "request/body/location must have required properties 'type' and 'target'");
	if (rc == 0)
		rc = body_text(rq, json_get(body, "location"), "type", &type);
	if (rc == 0)
		rc = body_text(rq, json_get(body, "location"), "target", &target);
	if (rc == 0)
		rc = location_analyze(rq->cx, type, target, json_get_text(body, "catalogFilename", "catalog-info.yaml"), &v);
	return rc < 0 ? rc : resp_json(rs, 200, v);
}
