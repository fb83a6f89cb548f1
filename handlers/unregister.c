/* Taking an entity out of the catalog: what that would take along is shown before anything is done. */
#include "base/list.h"
#include "catalog/location.h"
#include "catalog/query.h"
#include "catalog/ref.h"
#include "catalog/settings.h"
#include "ext/json.h"
#include "handlers/entity_page.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "identity/audit.h"
#include "identity/identity.h"

enum { LISTED = 100 };

enum state {
	STATE_BOOTSTRAP, /* the configuration names its location */
	STATE_DELETE,    /* no registered location: it can only be deleted */
	STATE_UNREGISTER /* a registered location brings it */
};

struct removal_page {
	struct entity_page page;
	enum state state;
	struct registered location;
};

static const char *origin_of(const struct json *doc)
{
	return json_text(json_path(doc, "metadata", "annotations", "backstage.io/managed-by-origin-location", NULL), "");
}

static bool configured(struct ctx *cx, const char *origin)
{
	const struct catalog_settings *s = catalog_settings(cx);
	struct err before = cx->err;
	struct location l;

	if (!s || location_parse(cx, origin, &l) < 0) {
		cx->err = before;
		return false;
	}
	for (size_t i = 0; i < s->locations.n; i++)
		if (streq(s->locations.items[i].type, l.type) && streq(s->locations.items[i].target, l.target))
			return true;
	return false;
}

static int open_removal(struct req *rq, struct removal_page *out)
{
	int rc = entity_page_open(rq, RELATIONS_SHOWN, &out->page);
	bool orphan;

	if (rc < 0)
		return rc;
	orphan = streq(json_text(json_path(out->page.doc, "metadata", "annotations", "backstage.io/orphan", NULL), ""), "true");
	out->state = STATE_DELETE;
	if (orphan)
		return 0;
	rc = location_by_entity(rq->cx, out->page.found.ref, &out->location);
	if (rc == 0)
		out->state = STATE_UNREGISTER;
	else if (rc == ERR_NOTFOUND && configured(rq->cx, origin_of(out->page.doc)))
		out->state = STATE_BOOTSTRAP;
	return rc == ERR_NOTFOUND ? 0 : rc;
}

/* All that came by the same registration. */
static int add_colocated(struct removal_page *r)
{
	struct ctx *cx = r->page.cx;
	struct query q = { .orders = { { "kind", false } }, .n_orders = 1, .lacking_last = true, .limit = LISTED };
	struct json *list = json_array(cx->mem);
	struct query_page page;
	int rc = filter_add(cx, &q.filter, "kind");

	if (rc < 0)
		return rc;
	struct condition *c = list_add(cx->mem, &q.filter.items[0]);
	const char *origin = origin_of(r->page.doc);

	*c = (struct condition){ .key = "metadata.annotations.backstage.io/managed-by-origin-location" };
	*list_add(cx->mem, &c->values) = str_lower(cx->mem, origin, strlen(origin));
	rc = entity_rows(cx, &q, &page, &list);
	json_set(cx->mem, r->page.vars, "colocated", list);
	json_set(cx->mem, r->page.vars, "colocated_total", json_num(cx->mem, rc == 0 ? (double)page.total : 0));
	return rc;
}

static int show(struct removal_page *r, struct resp *rs, int status, const char *error)
{
	static const char *const names[] = { "bootstrap", "delete", "unregister" };
	struct ctx *cx = r->page.cx;
	struct json *vars = r->page.vars;
	int rc = entity_head(r->page.rq, vars, r->page.doc, "unregister");

	json_set(cx->mem, vars, "colocated", json_array(cx->mem));
	json_set(cx->mem, vars, "colocated_total", json_num(cx->mem, 0));
	if (rc == 0 && r->state == STATE_UNREGISTER)
		rc = add_colocated(r);
	if (rc < 0)
		return rc;
	json_set(cx->mem, vars, "state", json_str(cx->mem, names[r->state]));
	json_set(cx->mem, vars, "error", json_str(cx->mem, error));
	json_set(cx->mem, vars, "origin", json_str(cx->mem, origin_of(r->page.doc)));
	json_set(cx->mem, vars, "sees_some", json_bool(cx->mem, cx->who && cx->who->reads));
	json_set(cx->mem, vars, "location",
		 r->state == STATE_UNREGISTER ? location_json(cx->mem, &r->location) : json_null(cx->mem));
	return page_render(r->page.rq, rs, status, "catalog/unregister.html", vars);
}

int unregister_show(struct req *rq, struct resp *rs)
{
	struct removal_page r = { 0 };
	int rc = open_removal(rq, &r);

	return rc < 0 ? rc : show(&r, rs, 200, "");
}

/* Back to the list in which the entity stood. */
static int leave(struct removal_page *r, struct resp *rs, const char *said)
{
	struct arena *mem = r->page.cx->mem;

	return resp_redirect(rs, arena_printf(mem, "%s&said=%s", link_index(mem, r->page.kind, NULL, NULL), said));
}

static int remove_location(struct removal_page *r)
{
	struct ctx *cx = r->page.cx;
	int rc = identity_allow(cx, "catalog.location.delete");

	if (rc == 0 && r->state != STATE_UNREGISTER)
		rc = fail(cx, ERR_CONFLICT, "No registered location brings it any more: it can only be deleted.");
	return rc < 0 ? rc : unregister_location(cx, r->location.id);
}

int unregister_post(struct req *rq, struct resp *rs)
{
	struct removal_page r = { 0 };
	struct params form = { 0 };
	const char *action;
	bool location;
	int rc = req_form(rq, &form);

	if (rc == 0)
		rc = open_removal(rq, &r);
	if (rc < 0)
		return rc;
	action = params_get(&form, "action");
	location = action && streq(action, "location");
	if (location)
		audit_as(rq->cx, "catalog.location.delete");
	if (!location && !(action && streq(action, "entity")))
		return show(&r, rs, 400, "Choose what is to be done.");
	rc = location ? remove_location(&r)
		      : entity_delete(rq->cx, json_text(json_path(r.page.doc, "metadata", "uid", NULL), ""));
	if (rc == ERR_DENIED || rc == ERR_CONFLICT || rc == ERR_NOTFOUND)
		return show(&r, rs, err_status(rc), arena_strdup(rq->cx->mem, rq->cx->err.text));
	return rc < 0 ? rc : leave(&r, rs, location ? "unregistered" : "deleted");
}
