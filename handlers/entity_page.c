/* The page of one entity, a tab an address. */
#include "handlers/entity_page.h"

#include "base/list.h"
#include "base/log.h"
#include "catalog/ref.h"
#include "docs/ref.h"
#include "handlers/docs_view.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/kubernetes_page.h"
#include "handlers/links.h"
#include "handlers/may.h"
#include "handlers/page.h"
#include "handlers/plugins.h"
#include "handlers/related.h"
#include "handlers/stars.h"
#include "handlers/view_words.h"
#include "identity/identity.h"
#include "identity/setting.h"

enum { TABLE_ROWS = 50 };

/* ---- what all tabs share ---- */

int entity_page_open(struct req *rq, size_t most, struct entity_page *out)
{
	const char *kind = req_param(rq, "kind");
	int rc;

	*out = (struct entity_page){ .rq = rq, .cx = rq->cx, .vars = json_object(rq->cx->mem) };
	out->kind = str_lower(rq->cx->mem, kind, strlen(kind));
	rc = entity_by_name(rq->cx, kind, req_param(rq, "namespace"), req_param(rq, "name"), &out->found);
	return rc < 0 ? rc : entity_parse(rq->cx, out->found.body, most, &out->doc, &out->counts);
}

static bool is(const struct json *doc, const char *kind)
{
	return str_ieq(json_get_text(doc, "kind", ""), kind);
}

static bool has_dependencies(struct arena *mem, const struct json *doc)
{
	struct related_list related = { 0 };

	if (is(doc, "component") || is(doc, "resource"))
		return true;
	related_of(mem, doc, NULL, &related);
	return related_find(&related, "depends-on") || related_find(&related, "needed-by");
}

static bool has_apis(struct arena *mem, const struct json *doc)
{
	(void)mem;
	return is(doc, "component");
}

static bool has_usage(struct arena *mem, const struct json *doc)
{
	(void)mem;
	return is(doc, "api");
}

static bool has_definition(struct arena *mem, const struct json *doc)
{
	(void)mem;
	return is(doc, "api");
}

static bool has_docs(struct arena *mem, const struct json *doc)
{
	(void)mem;
	return docs_has(doc);
}

static bool has_diagram(struct arena *mem, const struct json *doc)
{
	(void)mem;
	return is(doc, "system") || is(doc, "domain");
}

static const struct tab {
	const char *name, *title, *icon;
	bool (*applies)(struct arena *mem, const struct json *doc); /* NULL: to all */
} tabs[] = {
	{ "", "Overview", "info", NULL },
	{ "docs", "Docs", "book-open", has_docs },
	{ "definition", "Definition", "code", has_definition },
	{ "dependencies", "Dependencies", "waypoints", has_dependencies },
	{ "apis", "APIs", "plug", has_apis },
	{ "usage", "Used by", "box", has_usage },
	{ "diagram", "Diagram", "network", has_diagram },
};

static struct json *tabs_json(struct ctx *cx, const struct json *doc, const char *tab)
{
	struct arena *mem = cx->mem;
	const char *ref = ref_of_entity(mem, doc);
	struct json *list = json_array(mem);

	for (size_t i = 0; i < LEN(tabs); i++) {
		struct json *t = json_object(mem);

		if (tabs[i].applies && !tabs[i].applies(mem, doc))
			continue;
		json_set(mem, t, "title", json_str(mem, tabs[i].title));
		json_set(mem, t, "url", json_str(mem, link_entity_tab(mem, ref, tabs[i].name)));
		json_set(mem, t, "current", json_bool(mem, streq(tabs[i].name, tab)));
		json_push(mem, list, t);
	}
	kubernetes_tab_add(cx, doc, tab, list);
	plugins_tabs(cx, doc, tab, list);
	return list;
}

static struct json *can_json(struct ctx *cx, const struct json *doc)
{
	const struct json *may = page_may_with(cx, doc);
	struct json *can = json_object(cx->mem);

	json_set(cx->mem, can, "refresh", json_bool(cx->mem, json_get_bool(may, "catalog.entity.refresh", false)));
	json_set(cx->mem, can, "remove", json_bool(cx->mem, json_get_bool(may, "catalog.entity.delete", false)));
	return can;
}

static const char *section_of(const struct json *doc)
{
	if (is(doc, "api"))
		return "apis";
	return is(doc, "group") || is(doc, "user") ? "teams" : "catalog";
}

int entity_head(struct req *rq, struct json *vars, const struct json *doc, const char *tab)
{
	struct ctx *cx = rq->cx;
	struct json *e = entity_row(cx->mem, doc);
	const char *kind = json_get_text(doc, "kind", "");
	struct text_list stars = { 0 };
	int rc = stars_of(cx, &stars);

	if (rc == 0)
		rc = entity_warnings(cx, vars, doc);
	if (rc < 0)
		return rc;
	json_set(cx->mem, e, "starred", json_bool(cx->mem, stars_has(&stars, json_get_text(e, "ref", ""))));
	json_set(cx->mem, e, "plural", json_str(cx->mem, kind_plural(cx->mem, kind)));
	json_set(cx->mem, e, "kind_value", json_str(cx->mem, str_lower(cx->mem, kind, strlen(kind))));
	json_set(cx->mem, vars, "e", e);
	json_set(cx->mem, vars, "section", json_str(cx->mem, section_of(doc)));
	json_set(cx->mem, vars, "tabs", tabs_json(cx, doc, tab));
	json_set(cx->mem, vars, "tab", json_str(cx->mem, tab));
	json_set(cx->mem, vars, "can", can_json(cx, doc));
	return 0;
}

/* ---- tabs ---- */

static int show_overview(struct entity_page *p, struct resp *rs)
{
	struct json *cards;
	int rc = entity_head(p->rq, p->vars, p->doc, "");

	if (rc == 0)
		rc = entity_about(p->cx, p->vars, p->doc);
	if (rc == 0)
		rc = docs_card(p->cx, p->vars, p->doc);
	if (rc == 0)
		rc = related_cards(p->cx, p->doc, &p->counts, &cards);
	if (rc < 0)
		return rc;
	json_set(p->cx->mem, p->vars, "related", cards);
	json_set(p->cx->mem, p->vars, "runs", kubernetes_card_json(p->cx, p->doc));
	json_set(p->cx->mem, p->vars, "later", plugins_cards(p->cx, p->doc));
	return page_render(p->rq, rs, 200, "catalog/entity.html", p->vars);
}

/* A page of a group's rows; the group's id is the parameter that says where it begins. */
static int table_json(struct entity_page *p, const struct related *g, struct json **out)
{
	struct arena *mem = p->cx->mem;
	const char *url = p->rq->path;
	struct json *rows;
	long from = 0;
	int rc = query_number(p->rq, g->id, 0, &from);

	if (rc == 0)
		rc = related_rows(p->cx, &g->refs, (size_t)from, TABLE_ROWS, &rows);
	if (rc < 0)
		return rc;
	size_t to = (size_t)from + rows->a.n, back = from > TABLE_ROWS ? (size_t)from - TABLE_ROWS : 0;
	struct json *t = *out = json_object(mem);

	json_set(mem, t, "id", json_str(mem, g->id));
	json_set(mem, t, "title", json_str(mem, g->title));
	json_set(mem, t, "total", json_num(mem, (double)g->refs.n));
	json_set(mem, t, "rows", rows);
	json_set(mem, t, "from", json_num(mem, (double)from + 1));
	json_set(mem, t, "to", json_num(mem, (double)to));
	json_set(mem, t, "previous", json_str(mem, from ? arena_printf(mem, "%s?%s=%zu#%s", url, g->id, back, g->id) : ""));
	json_set(mem, t, "next", json_str(mem, to < g->refs.n ? arena_printf(mem, "%s?%s=%zu#%s", url, g->id, to, g->id) : ""));
	return 0;
}

/* The groups of a tab as tables; one that has no members is named with what would fill it. */
static int show_tables(struct entity_page *p, struct resp *rs, const char *tab)
{
	static const char *const ids[][2] = {
		{ "dependencies", "depends-on" }, { "dependencies", "needed-by" }, { "apis", "provides" },
		{ "apis", "consumes" },           { "usage", "providers" },        { "usage", "consumers" },
	};
	struct arena *mem = p->cx->mem;
	struct json *tables = json_array(mem), *t = NULL;
	struct related_list related = { 0 };
	int rc = entity_head(p->rq, p->vars, p->doc, tab);

	related_of(mem, p->doc, &p->counts, &related);
	for (size_t i = 0; rc == 0 && i < LEN(ids); i++) {
		const struct related *g = related_find(&related, ids[i][1]);

		if (!streq(ids[i][0], tab))
			continue;
		if (g) {
			rc = table_json(p, g, &t);
		} else {
			t = json_object(mem);
			json_set(mem, t, "id", json_str(mem, ids[i][1]));
			json_set(mem, t, "total", json_num(mem, 0));
		}
		json_push(mem, tables, t);
	}
	if (rc < 0)
		return rc;
	json_set(mem, p->vars, "tables", tables);
	return page_render(p->rq, rs, 200, "catalog/entity_tables.html", p->vars);
}

static int show_diagram(struct entity_page *p, struct resp *rs)
{
	struct json *cards;
	int rc = entity_head(p->rq, p->vars, p->doc, "diagram");

	if (rc == 0)
		rc = related_cards(p->cx, p->doc, &p->counts, &cards);
	if (rc < 0)
		return rc;
	json_set(p->cx->mem, p->vars, "related", cards);
	return page_render(p->rq, rs, 200, "catalog/entity_diagram.html", p->vars);
}

/* Kept for people, not for the one guest that all guests are. That it cannot be kept is no reason not to show the page. */
static void note_visit(struct entity_page *p)
{
	struct ctx *cx = p->cx;
	struct err before = cx->err;

	if (!cx->who || cx->who->kind != WHO_USER)
		return;
	if (setting_visit(cx, &(struct visit){ .ref = p->found.ref, .path = p->rq->path, .title = entity_title(p->doc) }) < 0)
		log_warn("a visit cannot be kept", "error", cx->err.text, NULL);
	cx->err = before;
}

int catalog_show(struct req *rq, struct resp *rs)
{
	struct entity_page p;
	int rc = entity_page_open(rq, RELATIONS_SHOWN, &p);

	if (rc < 0)
		return rc;
	note_visit(&p);
	return is(p.doc, "user") || is(p.doc, "group") ? entity_people(&p, rs) : show_overview(&p, rs);
}

int catalog_show_tab(struct req *rq, struct resp *rs)
{
	const char *name = req_param(rq, "tab");
	struct entity_page p;
	int rc = entity_page_open(rq, RELATIONS_ALL, &p);
	size_t i = 1;

	if (rc < 0)
		return rc;
	if (streq(name, "docs") && docs_has(p.doc))
		return resp_redirect(rs, docs_url_of(rq->cx, p.doc));
	/* an address of its own, which knows the kind in lower case only */
	if (streq(name, "definition") && is(p.doc, "api"))
		return resp_redirect(rs, arena_printf(rq->cx->mem, "%s/definition%s%s", link_entity(rq->cx->mem, p.found.ref),
						      *rq->query_string ? "?" : "", rq->query_string));
	while (i < LEN(tabs) && !(streq(tabs[i].name, name) && tabs[i].applies(rq->cx->mem, p.doc)))
		i++;
	if (i == LEN(tabs))
		return fail(rq->cx, ERR_NOTFOUND, "%s has no page '%.100s'", entity_title(p.doc), name);
	return streq(name, "diagram") ? show_diagram(&p, rs) : show_tables(&p, rs, name);
}

/* ---- what its buttons do ---- */

int catalog_refresh(struct req *rq, struct resp *rs)
{
	struct ref r = { req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name") };
	const char *ref = ref_format(rq->cx->mem, &r);
	int rc = entity_refresh(rq->cx, ref);

	return rc < 0 ? rc : resp_redirect(rs, arena_printf(rq->cx->mem, "%s?said=refreshed", link_entity(rq->cx->mem, ref)));
}

int catalog_star(struct req *rq, struct resp *rs)
{
	struct entity_page p;
	struct params form = { 0 };
	int rc = req_form(rq, &form);
	const char *on = rc == 0 ? params_get(&form, "on") : NULL, *to = rc == 0 ? params_get(&form, "to") : NULL;

	if (rc == 0 && (!on || (!streq(on, "0") && !streq(on, "1"))))
		rc = fail(rq->cx, ERR_INPUT, "The field 'on' must be 1 or 0");
	if (rc == 0)
		rc = entity_page_open(rq, RELATIONS_SHOWN, &p);
	if (rc == 0)
		rc = stars_set(rq->cx, p.found.ref, streq(on, "1"));
	return rc < 0 ? rc : resp_redirect(rs, to && *to ? to : link_entity(rq->cx->mem, p.found.ref));
}
