/* An entity looked at from behind: what the catalog stores of it, and where it comes from. */
#include "base/list.h"
#include "catalog/location.h"
#include "catalog/query.h"
#include "catalog/trouble.h"
#include "ext/json.h"
#include "ext/yaml.h"
#include "handlers/entity_page.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"

enum { COLOCATED_SHOWN = 100, RELATIONS_LISTED = 300, ANCESTORS = 500 };

static const char *const inspect_tabs[][2] = {
	{ "", "Overview" },     { "ancestry", "Ancestry" }, { "colocated", "Colocated" },
	{ "json", "Raw JSON" }, { "yaml", "Raw YAML" },
};

static int open_inspect(struct req *rq, const char *tab, size_t most, struct entity_page *p)
{
	struct arena *mem = rq->cx->mem;
	struct json *list = json_array(mem);
	int rc = entity_page_open(rq, most, p);

	if (rc == 0)
		rc = entity_head(rq, p->vars, p->doc, "inspect");
	for (size_t i = 0; rc == 0 && i < LEN(inspect_tabs); i++) {
		struct json *t = json_object(mem);
		const char *name = inspect_tabs[i][0];

		json_set(mem, t, "title", json_str(mem, inspect_tabs[i][1]));
		json_set(mem, t, "url", json_str(mem, link_inspect(mem, p->found.ref, name)));
		json_set(mem, t, "current", json_bool(mem, streq(name, tab)));
		json_push(mem, list, t);
	}
	json_set(mem, p->vars, "inspect_tabs", list);
	json_set(mem, p->vars, "inspect", json_str(mem, tab));
	return rc;
}

/* ---- overview ---- */

static struct json *relations_json(struct arena *mem, const struct json *relations)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; json_is(relations, JSON_ARRAY) && i < relations->a.n && i < RELATIONS_LISTED; i++) {
		struct json *r = json_object(mem);

		json_set(mem, r, "type", json_str(mem, json_get_text(relations->a.items[i], "type", "")));
		json_set(mem, r, "ref", json_str(mem, json_get_text(relations->a.items[i], "targetRef", "")));
		json_push(mem, list, r);
	}
	return list;
}

static int add_source(struct entity_page *p)
{
	struct arena *mem = p->cx->mem;
	struct entity_source source;
	struct json *v = json_object(mem);
	struct err before = p->cx->err;
	int rc = entity_source(p->cx, p->found.ref, &source);

	if (rc == ERR_NOTFOUND) {
		p->cx->err = before;
		source = (struct entity_source){ "", "", "", 0 };
		rc = 0;
	}
	json_set(mem, v, "file", json_str(mem, rc == 0 ? source.target : ""));
	json_set(mem, v, "read_at", rc == 0 && source.read_at ? json_num(mem, (double)source.read_at) : json_str(mem, ""));
	json_set(mem, p->vars, "source", v);
	return rc;
}

int inspect_show(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct entity_page p;
	int rc = open_inspect(rq, "", RELATIONS_LISTED, &p);
	const struct json *meta, *items;

	if (rc == 0)
		rc = add_source(&p);
	if (rc < 0)
		return rc;
	meta = json_get(p.doc, "metadata");
	items = json_path(p.doc, "status", "items", NULL);
	json_set(mem, p.vars, "uid", json_str(mem, json_get_text(meta, "uid", "")));
	json_set(mem, p.vars, "etag", json_str(mem, json_get_text(meta, "etag", "")));
	json_set(mem, p.vars, "api_version", json_str(mem, json_get_text(p.doc, "apiVersion", "")));
	json_set(mem, p.vars, "annotations", entity_pairs(mem, json_get(meta, "annotations")));
	json_set(mem, p.vars, "labels", entity_pairs(mem, json_get(meta, "labels")));
	json_set(mem, p.vars, "relations", relations_json(mem, json_get(p.doc, "relations")));
	json_set(mem, p.vars, "relations_total", json_num(mem, (double)relation_count(&p.counts, NULL, NULL)));
	json_set(mem, p.vars, "status", json_is(items, JSON_ARRAY) ? json_copy(mem, items) : json_array(mem));
	return page_render(rq, rs, 200, "catalog/inspect.html", p.vars);
}

/* ---- ancestry ---- */

/* The entity and its ancestors as lines of a tree: each under the one that it leads to, with its depth. */
struct tree {
	struct ctx *cx;
	struct map items; /* by reference */
	struct json *lines;
};

static void add_line(struct tree *t, const char *ref, double depth)
{
	struct arena *mem = t->cx->mem;
	const struct json *item = map_get(&t->items, ref), *parents = json_get(item, "parentEntityRefs");
	const struct json *doc = json_get(item, "entity");
	struct json *line = json_object(mem);

	if (t->lines->a.n >= ANCESTORS || depth > 32)
		return;
	json_set(mem, line, "ref", json_str(mem, ref));
	json_set(mem, line, "depth", json_num(mem, depth));
	json_set(mem, line, "known", json_bool(mem, doc != NULL));
	json_set(mem, line, "target",
		 json_str(mem, json_text(json_path(doc, "spec", "target", NULL),
					 json_text(json_path(doc, "metadata", "annotations", "backstage.io/managed-by-location",
							     NULL),
						   ""))));
	json_set(mem, line, "errors", json_num(mem, (double)json_len(json_path(doc, "status", "items", NULL))));
	json_set(mem, line, "root", json_bool(mem, doc && !json_len(parents)));
	json_push(mem, t->lines, line);
	for (size_t i = 0; json_is(parents, JSON_ARRAY) && i < parents->a.n; i++)
		if (!streq(json_text(parents->a.items[i], ""), ref))
			add_line(t, json_text(parents->a.items[i], ""), depth + 1);
}

static int add_ancestry(struct entity_page *p)
{
	struct tree t = { .cx = p->cx, .lines = json_array(p->cx->mem) };
	struct buf text = { .mem = p->cx->mem };
	const struct json *items;
	struct json *v = NULL;
	int rc = entity_ancestry(p->cx, p->found.ref, &text);

	if (rc == 0)
		rc = json_parse(p->cx, buf_str(&text), &v);
	if (rc < 0)
		return rc;
	items = json_get(v, "items");
	for (size_t i = 0; json_is(items, JSON_ARRAY) && i < items->a.n; i++) {
		const struct json *entity = json_get(items->a.items[i], "entity");

		map_put(p->cx->mem, &t.items, json_get_text(entity_row(p->cx->mem, entity), "ref", ""), items->a.items[i]);
	}
	add_line(&t, p->found.ref, 0);
	json_set(p->cx->mem, p->vars, "lines", t.lines);
	return 0;
}

/* ---- colocated ---- */

/* Entities with the same value of an annotation, itself too. */
static int same_annotation(struct entity_page *p, const char *name, struct json **out)
{
	struct ctx *cx = p->cx;
	const char *value = json_text(json_path(p->doc, "metadata", "annotations", name, NULL), "");
	struct query q = { .orders = { { "kind", false } }, .n_orders = 1, .lacking_last = true, .limit = COLOCATED_SHOWN };
	struct json *rows = json_array(cx->mem);
	struct query_page page = { 0 };
	struct conjunction all = { 0 };
	struct condition *c = list_add(cx->mem, &all);
	int rc = 0;

	*c = (struct condition){ .key = arena_printf(cx->mem, "metadata.annotations.%s", name) };
	*list_add(cx->mem, &c->values) = str_lower(cx->mem, value, strlen(value));
	*list_add(cx->mem, &q.filter) = all;
	if (*value)
		rc = entity_rows(cx, &q, &page, &rows);
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, "value", json_str(cx->mem, value));
	json_set(cx->mem, *out, "total", json_num(cx->mem, (double)page.total));
	json_set(cx->mem, *out, "rows", rows);
	return rc;
}

static int add_colocated(struct entity_page *p)
{
	struct json *location, *origin;
	int rc = same_annotation(p, "backstage.io/managed-by-location", &location);

	if (rc == 0)
		rc = same_annotation(p, "backstage.io/managed-by-origin-location", &origin);
	if (rc < 0)
		return rc;
	json_set(p->cx->mem, p->vars, "by_location", location);
	json_set(p->cx->mem, p->vars, "by_origin", origin);
	return 0;
}

/* ---- raw ---- */

static int text_of(struct entity_page *p, bool yaml, struct buf *out)
{
	if (yaml)
		return yaml_write(p->cx, p->doc, out);
	json_write_pretty(out, p->doc, 2);
	return 0;
}

static int download(struct entity_page *p, struct resp *rs, const char *format, const struct buf *text)
{
	const char *name = json_text(json_path(p->doc, "metadata", "name", NULL), "entity");

	resp_text(rs, 200, streq(format, "yaml") ? "application/yaml; charset=utf-8" : "application/json; charset=utf-8",
		  buf_str(text));
	resp_header(rs, "Content-Disposition",
		    arena_printf(p->cx->mem, "attachment; filename=\"%s-%s.%s\"", p->kind, name, format));
	return 0;
}

int inspect_show_tab(struct req *rq, struct resp *rs)
{
	const char *tab = req_param(rq, "tab");
	bool yaml = streq(tab, "yaml"), raw = yaml || streq(tab, "json");
	struct buf text = { .mem = rq->cx->mem };
	struct entity_page p;
	int rc;

	if (!raw && !streq(tab, "ancestry") && !streq(tab, "colocated"))
		return fail(rq->cx, ERR_NOTFOUND, "There is no view '%.100s' of an entity", tab);
	rc = open_inspect(rq, tab, raw ? RELATIONS_ALL : RELATIONS_SHOWN, &p);
	if (rc == 0 && raw)
		rc = text_of(&p, yaml, &text);
	if (rc == 0 && raw && req_query(rq, "download"))
		return download(&p, rs, tab, &text);
	if (rc == 0 && streq(tab, "ancestry"))
		rc = add_ancestry(&p);
	if (rc == 0 && streq(tab, "colocated"))
		rc = add_colocated(&p);
	if (rc < 0)
		return rc;
	json_set(rq->cx->mem, p.vars, "raw", json_strn(rq->cx->mem, text.p ? text.p : "", text.n));
	return page_render(rq, rs, 200,
			   raw                      ? "catalog/inspect_raw.html"
			   : streq(tab, "ancestry") ? "catalog/inspect_ancestry.html"
						    : "catalog/inspect_colocated.html",
			   p.vars);
}
