/* The gallery: what is installed, how it fares, what can be switched on. */
#include "base/clock.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/may.h"
#include "handlers/page.h"
#include "handlers/plugin_runs.h"
#include "identity/audit.h"
#include "plugins/board.h"

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text));
}

static void set_num(struct arena *mem, struct json *v, const char *key, double num)
{
	json_set(mem, v, key, json_num(mem, num));
}

/* "on", "off", "broken" (it cannot be loaded), "stopped" (for its failures). */
static const char *state_of(const struct plugin *p, const struct plugin_health *h)
{
	return p->state == PLUGIN_BROKEN ? "broken" : p->state == PLUGIN_OFF ? "off" : h->off ? "stopped" : "on";
}

static void add_health(struct arena *mem, struct json *v, const struct plugin_health *h)
{
	set_num(mem, v, "calls", (double)h->calls);
	set_num(mem, v, "failures", (double)h->failures);
	set_num(mem, v, "mean_us", h->calls ? (double)h->us / (double)h->calls : 0);
	set_num(mem, v, "memory_kib", (double)(h->most_memory >> 10));
	set_num(mem, v, "failed_at", (double)h->failed_at_ms);
	set_text(mem, v, "failed_what", h->what);
}

static struct json *plugin_row(struct arena *mem, const struct plugin *p)
{
	struct plugin_health h = plugin_health(p);
	struct json *v = json_object(mem);

	set_text(mem, v, "name", p->name);
	set_text(mem, v, "title", p->title);
	set_text(mem, v, "version", p->version);
	set_text(mem, v, "description", p->description);
	set_text(mem, v, "author", p->author);
	set_text(mem, v, "icon", *p->icon ? p->icon : "puzzle");
	set_text(mem, v, "url", link_plugin(mem, p->name));
	set_text(mem, v, "state", state_of(p, &h));
	json_set(mem, v, "boxed", json_bool(mem, p->boxed));
	add_health(mem, v, &h);
	return v;
}

int plugin_gallery(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem), *rows = json_array(mem);
	size_t bad = 0;

	for (size_t i = 0; i < plugins()->n; i++) {
		struct json *row = plugin_row(mem, &plugins()->items[i]);
		const char *state = json_get_text(row, "state", "");

		bad += streq(state, "broken") || streq(state, "stopped");
		json_push(mem, rows, row);
	}
	json_set(mem, vars, "rows", rows);
	set_num(mem, vars, "bad", (double)bad);
	return page_render(rq, rs, 200, "plugins/gallery.html", vars);
}

/* ---- one plugin ---- */

static struct json *contributions_json(struct arena *mem, const struct plugin *p)
{
	static const char *const names[N_CONTRIBUTIONS] = {
		[CONTRIBUTES_NAV] = "Side bar",
		[CONTRIBUTES_PAGE] = "Page",
		[CONTRIBUTES_ROUTE] = "Route",
		[CONTRIBUTES_CARD] = "Card",
		[CONTRIBUTES_TAB] = "Tab",
		[CONTRIBUTES_WIDGET] = "Widget",
		[CONTRIBUTES_SCHEDULE] = "Schedule",
		[CONTRIBUTES_EVENT] = "Event",
		[CONTRIBUTES_WEBHOOK] = "Webhook",
		[CONTRIBUTES_PROVIDER] = "Provider",
		[CONTRIBUTES_PROCESSOR] = "Processor",
		[CONTRIBUTES_ACTION] = "Template action",
		[CONTRIBUTES_FILTER] = "Template filter",
		[CONTRIBUTES_GLOBAL] = "Template global",
		[CONTRIBUTES_DECORATOR] = "Form decorator",
		[CONTRIBUTES_POLICY] = "Policy",
		[CONTRIBUTES_RULE] = "Permission rule",
		[CONTRIBUTES_SEARCH] = "Search documents",
		[CONTRIBUTES_RESOLVER] = "Sign-in resolver",
		[CONTRIBUTES_HEALTH] = "Health rule",
	};
	struct json *list = json_array(mem);

	for (unsigned k = 0; k < N_CONTRIBUTIONS; k++) {
		for (size_t i = 0; i < p->by_kind[k].n; i++) {
			const struct contribution *c = &p->by_kind[k].items[i];
			struct json *v = json_object(mem);

			set_text(mem, v, "kind", names[k]);
			set_text(mem, v, "id", k == CONTRIBUTES_NAV ? json_get_text(c->row, "path", "") : c->id);
			/* Without a title of their own they have the plugin's. */
			set_text(mem, v, "title", json_get_text(c->row, "title", ""));
			set_text(mem, v, "every", json_get_text(c->row, "every", ""));
			set_text(mem, v, "permission", c->permission ? c->permission : "");
			json_set(mem, v, "when", c->when ? json_copy(mem, c->when) : json_null(mem));
			json_push(mem, list, v);
		}
	}
	return list;
}

static struct json *pretty(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	if (!json_len(v))
		return json_null(mem);
	json_write_pretty(&b, v, 2);
	return json_str(mem, buf_text(&b));
}

int plugin_show(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	const struct plugin *p = plugin_by_name(req_param(rq, "name"));

	if (!p)
		return fail(rq->cx, ERR_NOTFOUND, "There is no plugin '%.100s'", req_param(rq, "name"));
	struct json *vars = json_object(mem), *runs;
	struct plugin_health h = plugin_health(p);
	int rc = plugin_runs(rq->cx, p, &runs);
	bool manages = page_allows(rq->cx, "plugin.manage");

	if (rc < 0)
		return rc;
	json_set(mem, vars, "p", plugin_row(mem, p));
	json_set(mem, vars, "runs", runs);
	json_set(mem, vars, "contributions", contributions_json(mem, p));
	json_set(mem, vars, "capabilities", pretty(mem, p->capabilities));
	/* What is said inside may be of use to whoever reads it, and is not for everybody. */
	json_set(mem, vars, "config", manages ? pretty(mem, plugin_config_shown(mem, p)) : json_null(mem));
	set_text(mem, vars, "dir", !manages ? "" : p->file ? arena_printf(mem, "%s/%s", p->dir, p->file) : p->dir);
	set_text(mem, vars, "dir_is", p->file ? "File" : "Folder");
	set_text(mem, vars, "error", manages ? (p->error ? p->error : h.error) : "");
	set_text(mem, vars, "traceback", manages && !p->error ? h.traceback : "");
	set_num(mem, vars, "most_failures", PLUGIN_FAILURES);
	return page_render(rq, rs, 200, "plugins/show.html", vars);
}

int plugin_switch(struct req *rq, struct resp *rs)
{
	const struct plugin *p = plugin_by_name(req_param(rq, "name"));

	if (!p)
		return fail(rq->cx, ERR_NOTFOUND, "There is no plugin '%.100s'", req_param(rq, "name"));
	plugin_switch_on(p);
	audit_note(rq->cx, "plugin", p->name);
	return resp_redirect(rs, link_plugin(rq->cx->mem, p->name));
}
