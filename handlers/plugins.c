/* What plugins contribute: their routes, pages, cards, tabs and widgets, and the places of the portal where these appear. */
#include "handlers/plugins.h"

#include "base/log.h"
#include "catalog/ref.h"
#include "handlers/entity_page.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/may.h"
#include "handlers/page.h"
#include "handlers/plugin_request.h"
#include "handlers/plugin_view.h"
#include "identity/identity.h"
#include "plugins/host.h"

/* ---- what appears where ---- */

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text));
}

/* What nobody may see is not offered. */
static bool offered(struct ctx *cx, const struct contribution *c)
{
	return page_allows(cx, "plugin.page.read") && (!c->permission || page_allows(cx, c->permission));
}

struct json *plugins_nav(struct ctx *cx)
{
	const struct contributions *all = plugins_contribute(CONTRIBUTES_NAV);
	struct json *list = json_array(cx->mem);

	for (size_t i = 0; i < all->n; i++) {
		const struct contribution *c = &all->items[i];
		struct json *v = json_object(cx->mem);

		if (!offered(cx, c))
			continue;
		set_text(cx->mem, v, "title", c->title);
		set_text(cx->mem, v, "url", json_get_text(c->row, "path", "/"));
		set_text(cx->mem, v, "icon", json_get_text(c->row, "icon", c->plugin->icon));
		set_text(cx->mem, v, "id", arena_printf(cx->mem, "plugin-%s", c->plugin->name));
		json_push(cx->mem, list, v);
	}
	return list;
}

static struct json *later_json(struct ctx *cx, const struct contribution *c, const char *url)
{
	struct json *v = json_object(cx->mem);

	set_text(cx->mem, v, "title", c->title);
	set_text(cx->mem, v, "url", arena_printf(cx->mem, "%s?part=1", url));
	set_text(cx->mem, v, "page", url);
	return v;
}

struct json *plugins_cards(struct ctx *cx, const struct json *entity)
{
	const struct contributions *all = plugins_contribute(CONTRIBUTES_CARD);
	const char *ref = ref_of_entity(cx->mem, entity);
	struct json *list = json_array(cx->mem);

	for (size_t i = 0; i < all->n; i++) {
		const struct contribution *c = &all->items[i];

		if (contribution_applies(c, entity) && offered(cx, c))
			json_push(cx->mem, list,
				  later_json(cx, c, link_entity_plugin(cx->mem, ref, "cards", c->plugin->name, c->id)));
	}
	return list;
}

struct json *plugins_widgets(struct ctx *cx)
{
	const struct contributions *all = plugins_contribute(CONTRIBUTES_WIDGET);
	struct json *list = json_array(cx->mem);

	for (size_t i = 0; i < all->n; i++) {
		const struct contribution *c = &all->items[i];

		if (offered(cx, c))
			json_push(cx->mem, list, later_json(cx, c, link_widget(cx->mem, c->plugin->name, c->id)));
	}
	return list;
}

void plugins_tabs(struct ctx *cx, const struct json *entity, const char *current, struct json *list)
{
	const struct contributions *all = plugins_contribute(CONTRIBUTES_TAB);
	const char *ref = ref_of_entity(cx->mem, entity);

	for (size_t i = 0; i < all->n; i++) {
		const struct contribution *c = &all->items[i];
		struct json *v = json_object(cx->mem);

		if (!contribution_applies(c, entity) || !offered(cx, c))
			continue;
		set_text(cx->mem, v, "title", c->title);
		set_text(cx->mem, v, "url", link_entity_plugin(cx->mem, ref, "plugins", c->plugin->name, c->id));
		json_set(cx->mem, v, "current",
			 json_bool(cx->mem, streq(current, arena_printf(cx->mem, "%s/%s", c->plugin->name, c->id))));
		json_push(cx->mem, list, v);
	}
}

bool plugins_answer(const struct req *rq)
{
	const struct plugin *p = plugin_by_name(req_param(rq, "plugin"));

	return p && p->state != PLUGIN_OFF;
}

/* ---- finding what is asked for ---- */

static int allow(struct req *rq, const struct contribution *c)
{
	int rc = identity_allow(rq->cx, "plugin.page.read");

	return rc == 0 && c->permission ? identity_allow(rq->cx, c->permission) : rc;
}

static int find_by_id(struct req *rq, enum contribution_kind kind, const struct contribution **out)
{
	const struct plugin *p = plugin_by_name(req_param(rq, "plugin"));
	const char *id = req_param(rq, "id");

	for (size_t i = 0; p && p->state == PLUGIN_ON && i < p->by_kind[kind].n; i++) {
		*out = &p->by_kind[kind].items[i];
		if (streq((*out)->id, id))
			return allow(rq, *out);
	}
	return plugin_no_such(rq);
}

/* What the plugin's function gives for a view: a table, or nothing. */
static int call_for_view(struct req *rq, const struct contribution *c, const char *what, struct json *request,
			 struct json **vars)
{
	struct json *args[] = { request };
	int rc = 0;

	*vars = NULL;
	if (c->path)
		rc = plugin_call(rq->cx, c, what, CALL_SHORT, args, 1, vars);
	if (rc == 0 && *vars && !json_is(*vars, JSON_OBJECT))
		return fail(rq->cx, ERR_PLUGIN, "plugin %s, %s gives back a %s; a view takes a table of its variables",
			    c->plugin->name, what, json_type_name(*vars));
	if (!*vars)
		*vars = json_object(rq->cx->mem);
	return rc;
}

static int print(struct req *rq, struct resp *rs, const struct contribution *c, const char *what, struct json *request,
		 const char **html)
{
	struct json *vars;
	int rc = call_for_view(rq, c, what, request, &vars);

	if (rc == 0 && json_get(request, "entity") && !json_get(vars, "entity"))
		json_set(rq->cx->mem, vars, "entity", json_get(request, "entity"));
	return rc < 0 ? rc : plugin_view(rq, rs, c->plugin, c->view, vars, html);
}

/* ---- cards, widgets, tabs ---- */

/*
 * One part of a page, or the same as a page of its own for who has no scripts. What is wrong with a plugin stands in its place
 * and is nobody else's trouble.
 */
static int show_part(struct req *rq, struct resp *rs, const struct contribution *c, const char *what, struct json *request,
		     struct json *vars, const char *view)
{
	struct arena *mem = rq->cx->mem;
	const char *html = "";
	int rc = print(rq, rs, c, arena_printf(mem, "%s %s", what, c->id), request, &html);

	json_set(mem, vars, "failed", json_bool(mem, false));
	json_set(mem, vars, "why", json_null(mem));
	if (rc == ERR_PLUGIN || rc == ERR_UNAVAILABLE) {
		log_error("a plugin failed", "plugin", c->plugin->name, "error", rq->cx->err.text, NULL);
		json_set(mem, vars, "failed", json_bool(mem, true));
		json_set(mem, vars, "why",
			 page_allows(rq->cx, "plugin.manage") ? json_str(mem, rq->cx->err.text) : json_null(mem));
		rq->cx->err = (struct err){ 0 };
	} else if (rc < 0) {
		return rc;
	}
	set_text(mem, vars, "title", c->title);
	set_text(mem, vars, "plugin", c->plugin->title);
	set_text(mem, vars, "plugin_url", link_plugin(mem, c->plugin->name));
	set_text(mem, vars, "body", html);
	if (!json_get(vars, "section"))
		set_text(mem, vars, "section", "");
	return page_render(rq, rs, 200, view, vars);
}

static const char *part_view(const struct req *rq)
{
	return req_query(rq, "part") ? "plugins/part.html" : "plugins/page.html";
}

/* What a plugin shows of the entity that the path names: c, its page, and the request with it. */
static int open_part(struct req *rq, enum contribution_kind kind, const struct contribution **c, struct entity_page *p,
		     struct json **request)
{
	int rc = find_by_id(rq, kind, c);

	if (rc == 0)
		rc = entity_page_open(rq, RELATIONS_SHOWN, p);
	if (rc == 0 && !contribution_applies(*c, p->doc))
		rc = plugin_no_such(rq);
	if (rc < 0)
		return rc;
	*request = plugin_request(rq, "/", &rq->path_params);
	json_set(rq->cx->mem, *request, "entity", p->doc);
	return 0;
}

int plugin_card(struct req *rq, struct resp *rs)
{
	const struct contribution *c;
	struct json *request;
	struct entity_page p;
	int rc = open_part(rq, CONTRIBUTES_CARD, &c, &p, &request);

	return rc < 0 ? rc : show_part(rq, rs, c, "card", request, p.vars, part_view(rq));
}

int plugin_tab(struct req *rq, struct resp *rs)
{
	const struct contribution *c;
	struct json *request;
	struct entity_page p;
	int rc = open_part(rq, CONTRIBUTES_TAB, &c, &p, &request);

	if (rc == 0)
		rc = entity_head(rq, p.vars, p.doc, arena_printf(rq->cx->mem, "%s/%s", c->plugin->name, c->id));
	return rc < 0 ? rc : show_part(rq, rs, c, "tab", request, p.vars, "plugins/tab.html");
}

int plugin_widget(struct req *rq, struct resp *rs)
{
	const struct contribution *c;
	int rc = find_by_id(rq, CONTRIBUTES_WIDGET, &c);

	if (rc < 0)
		return rc;
	return show_part(rq, rs, c, "widget", plugin_request(rq, "/", &rq->path_params), json_object(rq->cx->mem),
			 part_view(rq));
}

/* ---- pages ---- */

static int open_page(struct req *rq, const struct contribution **c, struct json **request)
{
	const char *path = arena_printf(rq->cx->mem, "/%s", req_param(rq, "rest"));
	const struct plugin *p = plugin_by_name(req_param(rq, "plugin"));
	struct params params = { 0 };

	*c = p && p->state == PLUGIN_ON ? plugin_find(rq, p, CONTRIBUTES_PAGE, path, &params) : NULL;
	if (!*c)
		return plugin_no_such(rq);
	*request = plugin_request(rq, path, &params);
	return allow(rq, *c);
}

static int show_page(struct req *rq, struct resp *rs, const struct contribution *c, struct json *vars)
{
	struct arena *mem = rq->cx->mem;
	const char *html, *to = json_get_text(vars, "redirect", NULL), *title = json_get_text(vars, "title", c->title);
	double status = json_get_num(vars, "status", 200);

	if (to)
		return plugin_redirect(rq, rs, to);
	int rc = plugin_view(rq, rs, c->plugin, c->view, vars, &html);

	if (rc < 0)
		return rc;
	struct json *frame = json_object(mem);

	set_text(mem, frame, "title", title);
	set_text(mem, frame, "plugin", c->plugin->title);
	set_text(mem, frame, "plugin_url", link_plugin(mem, c->plugin->name));
	set_text(mem, frame, "section", arena_printf(mem, "plugin-%s", c->plugin->name));
	set_text(mem, frame, "body", html);
	json_set(mem, frame, "failed", json_bool(mem, false));
	return page_render(rq, rs, status >= 200 && status < 600 ? (int)status : 200, "plugins/page.html", frame);
}

int plugin_page(struct req *rq, struct resp *rs)
{
	const struct contribution *c;
	struct json *request, *vars;
	int rc = open_page(rq, &c, &request);

	if (rc == 0)
		rc = call_for_view(rq, c, arena_printf(rq->cx->mem, "page %s", c->id), request, &vars);
	return rc < 0 ? rc : show_page(rq, rs, c, vars);
}

/* A form of a plugin's page, for the page's function `submit`: what it gives back is shown, or {redirect}. */
int plugin_page_post(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	const struct contribution *c;
	struct json *request, *vars = NULL;
	int rc = open_page(rq, &c, &request);

	if (rc < 0)
		return rc;
	if (!streq(json_get_text(c->row, "submit", ""), "function"))
		return fail(rq->cx, ERR_NOTFOUND, "the page %s of the plugin %s takes no forms", c->id, c->plugin->name);
	struct contribution submit = *c;
	const char *path[] = { "pages", c->id, "submit", NULL };

	submit.path = path;
	rc = call_for_view(rq, &submit, arena_printf(mem, "form of page %s", c->id), request, &vars);
	return rc < 0 ? rc : show_page(rq, rs, c, vars);
}

/* ---- routes, files ---- */

int plugin_route(struct req *rq, struct resp *rs)
{
	const char *path = arena_printf(rq->cx->mem, "/%s", req_param(rq, "rest"));
	const struct plugin *p = plugin_by_name(req_param(rq, "plugin"));
	struct params params = { 0 };
	const struct contribution *c = p && p->state == PLUGIN_ON ? plugin_find(rq, p, CONTRIBUTES_ROUTE, path, &params) : NULL;
	struct json *answer = NULL;

	if (!c)
		return plugin_no_such(rq);
	int rc = c->permission ? identity_allow(rq->cx, c->permission) : 0;

	if (rc == 0)
		rc = plugin_call(rq->cx, c, c->id, CALL_SHORT, (struct json *[]){ plugin_request(rq, path, &params) }, 1,
				 &answer);
	return rc < 0 ? rc : plugin_answer(rq, rs, p, answer);
}

static const char *media_type(const char *path)
{
	static const char *const types[][2] = {
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" },
		{ ".json", "application/json" },
		{ ".svg", "image/svg+xml" },
		{ ".png", "image/png" },
		{ ".webp", "image/webp" },
		{ ".woff2", "font/woff2" },
	};

	for (size_t i = 0; i < LEN(types); i++)
		if (str_ends(path, types[i][0]))
			return types[i][1];
	return "text/plain; charset=utf-8";
}

/* A file below static/ of a plugin. */
int plugin_static(struct req *rq, struct resp *rs)
{
	const char *path = req_param(rq, "path");
	const struct plugin *p = plugin_by_name(req_param(rq, "plugin"));
	struct str text;

	if (!p || p->state != PLUGIN_ON)
		return plugin_no_such(rq);
	int rc = plugin_file(rq->cx, p, arena_printf(rq->cx->mem, "static/%s", path), &text);

	if (rc < 0)
		return rc;
	if (str_ends(path, ".js") && !plugin_may(p, "scripts", NULL))
		return fail(rq->cx, ERR_NOTFOUND, "%s: plugin.lua does not declare capabilities.scripts", path);
	resp_header(rs, "Cache-Control", "private, max-age=60");
	rs->etag = arena_printf(rq->cx->mem, "\"%s\"", p->hash);
	return resp_text(rs, 200, media_type(path), text);
}
