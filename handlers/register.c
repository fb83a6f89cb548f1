/* Registering and unregistering locations in the browser. */
#include "catalog/location.h"
#include "catalog/ref.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"

static int show(struct req *rq, struct resp *rs, int status, const char *target, const char *error, struct json *found,
		bool exists)
{
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem);

	json_set(mem, vars, "target", json_str(mem, target));
	json_set(mem, vars, "error", error ? json_str(mem, error) : json_null(mem));
	json_set(mem, vars, "found", found ? found : json_null(mem));
	json_set(mem, vars, "exists", json_bool(mem, exists));
	return page_render(rq, rs, status, "catalog/register.html", vars);
}

/* What is wrong with the target is said beside it; what is wrong with the portal is an error like any other. */
static int refuse(struct req *rq, struct resp *rs, int rc, const char *target)
{
	if (rc == ERR_UNAVAILABLE || rc == ERR_DEADLOCK || rc == ERR_INTERNAL)
		return rc;
	return show(rq, rs, err_status(rc), target, rq->cx->err.text, NULL, false);
}

int register_show(struct req *rq, struct resp *rs)
{
	const char *target = req_query(rq, "target");

	return show(rq, rs, 200, target ? target : "", NULL, NULL, false);
}

/* What was found, each with the link it will have. */
static struct json *found_json(struct ctx *cx, const struct json *entities)
{
	struct json *list = json_array(cx->mem);

	for (size_t i = 0; i < json_len(entities); i++) {
		struct json *item = json_object(cx->mem), *e = entities->a.items[i];

		if (i == 0)
			continue; /* the Location made for the registration itself */
		json_set(cx->mem, item, "ref", json_str(cx->mem, ref_of_entity(cx->mem, e)));
		json_set(cx->mem, item, "kind", json_get(e, "kind"));
		json_set(cx->mem, item, "metadata", json_get(e, "metadata"));
		json_push(cx->mem, list, item);
	}
	return list;
}

/* Step 1 looks without storing; step 2, with the same form, registers. */
int register_post(struct req *rq, struct resp *rs)
{
	struct params form = { 0 };
	struct registered l;
	struct json *entities;
	bool exists;
	int rc = req_form(rq, &form);
	const char *target = rc == 0 ? params_get(&form, "target") : NULL, *step = rc == 0 ? params_get(&form, "step") : NULL;

	if (rc < 0)
		return rc;
	target = target ? arena_strndup(rq->cx->mem, str_trim(str_of(target)).p, str_trim(str_of(target)).n) : "";
	if (!*target)
		return show(rq, rs, 400, "", "Enter the URL of a catalog-info.yaml file.", NULL, false);
	if (step && streq(step, "register")) {
		rc = location_register(rq->cx, "url", target, true, &l);
		return rc < 0 ? refuse(rq, rs, rc, target) : resp_redirect(rs, link_entity(rq->cx->mem, l.entity_ref));
	}
	rc = location_dry_run(rq->cx, "url", target, &l, &exists, &entities);
	return rc < 0 ? refuse(rq, rs, rc, target) : show(rq, rs, 200, target, NULL, found_json(rq->cx, entities), exists);
}

int register_delete(struct req *rq, struct resp *rs)
{
	int rc = location_remove(rq->cx, req_param(rq, "id"));

	return rc < 0 ? rc : resp_redirect(rs, "/catalog");
}
