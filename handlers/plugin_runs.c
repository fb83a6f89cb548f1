/* What plugins do without a request: how it went, when it is done next, and doing it now. */
#include "handlers/plugin_runs.h"

#include "handlers/handlers.h"
#include "handlers/links.h"
#include "identity/audit.h"
#include "plugins/schedule.h"

static const struct {
	enum contribution_kind kind;
	const char *name, *shown;
} kinds[] = { { CONTRIBUTES_SCHEDULE, "schedule", "Schedule" },
	      { CONTRIBUTES_PROVIDER, "provider", "Provider" },
	      { CONTRIBUTES_SEARCH, "search", "Search documents" } };

int plugin_runs(struct ctx *cx, const struct plugin *p, struct json **out)
{
	struct json *state = NULL;
	size_t n = 0;
	int rc;

	for (size_t k = 0; k < LEN(kinds); k++)
		n += p->by_kind[kinds[k].kind].n;
	rc = n ? plugin_schedule_state(cx, p, &state) : 0;

	*out = json_array(cx->mem);
	for (size_t k = 0; rc == 0 && k < LEN(kinds); k++) {
		for (size_t i = 0; i < p->by_kind[kinds[k].kind].n; i++) {
			const char *id = p->by_kind[kinds[k].kind].items[i].id;
			struct json *known = json_get(state, arena_printf(cx->mem, "%s/%s", kinds[k].name, id));
			struct json *row = known ? known : json_object(cx->mem);

			json_set(cx->mem, row, "id", json_str(cx->mem, id));
			json_set(cx->mem, row, "kind", json_str(cx->mem, kinds[k].name));
			json_set(cx->mem, row, "shown", json_str(cx->mem, kinds[k].shown));
			json_set(cx->mem, row, "known", json_bool(cx->mem, known != NULL));
			json_push(cx->mem, *out, row);
		}
	}
	return rc;
}

/* A schedule and a provider may have one name: the form says which is meant. */
static const struct contribution *asked_for(const struct req *rq, const struct plugin *p, const char *kind)
{
	const struct contribution *c = NULL;

	for (size_t k = 0; p && !c && k < LEN(kinds); k++)
		if (!kind || streq(kind, kinds[k].name))
			c = schedule_by_id(p, kinds[k].kind, req_param(rq, "id"));
	return c;
}

int plugin_run(struct req *rq, struct resp *rs)
{
	const struct plugin *p = plugin_by_name(req_param(rq, "name"));
	struct params form = { 0 };
	int rc = req_form(rq, &form);
	const struct contribution *c = rc == 0 ? asked_for(rq, p, params_get(&form, "kind")) : NULL;

	if (rc < 0)
		return rc;
	if (!c)
		return fail(rq->cx, ERR_NOTFOUND, "There is no '%.100s' that the plugin '%.100s' could run",
			    req_param(rq, "id"), req_param(rq, "name"));
	audit_note(rq->cx, "plugin", p->name);
	audit_note(rq->cx, "run", c->id);
	rc = plugin_schedule_run(rq->cx, c);
	return rc < 0 ? rc : resp_redirect(rs, link_plugin(rq->cx->mem, p->name));
}
