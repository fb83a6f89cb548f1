/* The catalog's pages: entities by kind, one entity. */
#include <stdlib.h>

#include "base/list.h"
#include "catalog/entity.h"
#include "catalog/location.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"

enum { PAGE = 50 };

int home_show(struct req *rq, struct resp *rs)
{
	(void)rq;
	return resp_redirect(rs, "/catalog");
}

/* ---- the list ---- */

/* "component" -> "Component", "api" -> "API" */
static const char *kind_title(struct arena *mem, const char *kind)
{
	static const char *const proper[] = { "API", "AiResource" };

	for (size_t i = 0; i < LEN(proper); i++)
		if (str_ieq(proper[i], kind))
			return proper[i];
	char *title = arena_strdup(mem, kind);

	if (*title >= 'a' && *title <= 'z')
		*title = (char)(*title - 32);
	return title;
}

static struct json *kinds_json(struct ctx *cx, const char *chosen, const struct kind_count *kinds, size_t n)
{
	struct json *list = json_array(cx->mem);

	for (size_t i = 0; i < n; i++) {
		struct json *k = json_object(cx->mem);

		json_set(cx->mem, k, "title", json_str(cx->mem, kind_title(cx->mem, kinds[i].kind)));
		json_set(cx->mem, k, "total", json_num(cx->mem, (double)kinds[i].total));
		json_set(cx->mem, k, "url", json_str(cx->mem, link_kind(cx->mem, kinds[i].kind, NULL)));
		json_set(cx->mem, k, "chosen", json_bool(cx->mem, streq(kinds[i].kind, chosen)));
		json_push(cx->mem, list, k);
	}
	return list;
}

/* The entity's own document, with what a view would otherwise have to work out. */
static int view_entity(struct ctx *cx, struct str body, struct json **out)
{
	int rc = json_parse(cx, body, out);
	const struct json *meta, *spec;

	if (rc < 0)
		return rc;
	meta = json_get(*out, "metadata");
	spec = json_get(*out, "spec");
	json_set(cx->mem, *out, "ref", json_str(cx->mem, ref_of_entity(cx->mem, *out)));
	json_set(cx->mem, *out, "title",
		 json_str(cx->mem, json_get_text(meta, "title",
						 json_text(json_path(spec, "profile", "displayName", NULL),
							   json_get_text(meta, "name", "")))));
	if (!json_get(*out, "spec"))
		json_set(cx->mem, *out, "spec", json_object(cx->mem));
	return 0;
}

/* "name" and id of the last row, as the address of the next page. */
static int read_cursor(struct req *rq, const char **name, uint64_t *id)
{
	const char *after = req_query(rq, "after"), *dot = after ? strchr(after, ':') : NULL;
	long n;

	*name = "";
	*id = 0;
	if (!after)
		return 0;
	if (!dot || !str_long(arena_strndup(rq->cx->mem, after, (size_t)(dot - after)), 1, INT64_MAX, &n))
		return fail(rq->cx, ERR_INPUT, "The address of this page is damaged (after=%.100s)", after);
	*name = dot + 1;
	*id = (uint64_t)n;
	return 0;
}

/* What is shown when nobody asked for a kind: components, or what there is instead. */
static const char *first_kind(const struct kind_count *kinds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (streq(kinds[i].kind, "component"))
			return kinds[i].kind;
	return n ? kinds[0].kind : "component";
}

int catalog_list(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	const char *asked = req_query(rq, "filters[kind]"),
		   *kind = asked ? str_lower(cx->mem, asked, strlen(asked)) : "component";
	struct json *vars = json_object(cx->mem), *rows = json_array(cx->mem);
	struct entities page = { 0 };
	struct kind_count *kinds;
	const char *name;
	uint64_t id;
	size_t n;
	int rc = read_cursor(rq, &name, &id);

	if (rc == 0)
		rc = entity_kinds(cx, &kinds, &n);
	if (rc == 0 && !asked)
		kind = first_kind(kinds, n);
	if (rc == 0)
		rc = entity_page(cx, kind, name, id, PAGE, &page, &id);
	for (size_t i = 0; rc == 0 && i < page.n; i++) {
		struct json *e;

		rc = view_entity(cx, page.items[i].body, &e);
		if (rc == 0)
			json_push(cx->mem, rows, e);
	}
	if (rc < 0)
		return rc;
	json_set(cx->mem, vars, "kind", json_str(cx->mem, kind_title(cx->mem, kind)));
	json_set(cx->mem, vars, "kinds", kinds_json(cx, kind, kinds, n));
	json_set(cx->mem, vars, "entities", rows);
	json_set(cx->mem, vars, "first", json_bool(cx->mem, !*name));
	json_set(cx->mem, vars, "start_url", json_str(cx->mem, link_kind(cx->mem, kind, NULL)));
	json_set(cx->mem, vars, "next_url", json_null(cx->mem));
	if (page.n == PAGE)
		json_set(cx->mem, vars, "next_url",
			 json_str(cx->mem,
				  link_kind(cx->mem, kind,
					    arena_printf(cx->mem, "%lu:%s", (unsigned long)id, page.items[page.n - 1].ref))));
	return page_render(rq, rs, 200, "catalog/list.html", vars);
}

/* ---- one entity ---- */

/* What a relation is called beside its targets, in the order in which people look for them. */
static const char *const relation_titles[][2] = {
	{ "ownedBy", "Owned by" },          { "partOf", "Part of" },
	{ "hasPart", "Has parts" },         { "providesApi", "Provides APIs" },
	{ "consumesApi", "Consumes APIs" }, { "apiProvidedBy", "Provided by" },
	{ "apiConsumedBy", "Consumed by" }, { "dependsOn", "Depends on" },
	{ "dependencyOf", "Needed by" },    { "memberOf", "Member of" },
	{ "childOf", "Child of" },          { "parentOf", "Parent of" },
	{ "hasMember", "Members" },         { "ownerOf", "Owns" },
};

static size_t relation_rank(const char *type)
{
	size_t i = 0;

	while (i < LEN(relation_titles) && !streq(relation_titles[i][0], type))
		i++;
	return i;
}

static const char *relation_title(const char *type)
{
	size_t i = relation_rank(type);

	return i < LEN(relation_titles) ? relation_titles[i][1] : type;
}

static int by_rank(const void *a, const void *b)
{
	size_t x = relation_rank(json_get_text(*(struct json *const *)a, "type", ""));
	size_t y = relation_rank(json_get_text(*(struct json *const *)b, "type", ""));

	return (x > y) - (x < y);
}

/* Relations in groups of one type: [{title, targets: [{ref, found}]}], and how many targets do not exist. */
static int group_relations(struct ctx *cx, const struct json *entity, struct json *vars)
{
	const struct json *relations = json_get(entity, "relations");
	struct json *groups = json_array(cx->mem), *targets = NULL;
	struct text_list refs = { 0 };
	const char *type = "";
	double missing = 0;
	bool *found;
	int rc;

	for (size_t i = 0; i < json_len(relations); i++)
		*list_add(cx->mem, &refs) = json_get_text(relations->a.items[i], "targetRef", "");
	found = arena_array(cx->mem, bool, refs.n);
	rc = entity_exist(cx, &refs, found);
	for (size_t i = 0; rc == 0 && i < refs.n; i++) {
		const char *now = json_get_text(relations->a.items[i], "type", "");
		struct json *t = json_object(cx->mem);

		if (!streq(now, type)) {
			struct json *g = json_object(cx->mem);

			type = now;
			json_set(cx->mem, g, "title", json_str(cx->mem, relation_title(type)));
			json_set(cx->mem, g, "type", json_str(cx->mem, type));
			targets = json_set(cx->mem, g, "targets", json_array(cx->mem));
			json_push(cx->mem, groups, g);
		}
		missing += !found[i];
		json_set(cx->mem, t, "ref", json_str(cx->mem, refs.items[i]));
		json_set(cx->mem, t, "found", json_bool(cx->mem, found[i]));
		json_push(cx->mem, targets, t);
	}
	if (groups->a.n > 1)
		qsort(groups->a.items, groups->a.n, sizeof(*groups->a.items), by_rank);
	json_set(cx->mem, vars, "relations", groups);
	json_set(cx->mem, vars, "missing", json_num(cx->mem, missing));
	return rc;
}

static struct json *pretty(struct ctx *cx, struct str body)
{
	struct buf b = { .mem = cx->mem };
	struct json *v;

	if (json_parse(cx, body, &v) < 0)
		return json_str(cx->mem, "");
	json_write_pretty(&b, v, 2);
	return json_strn(cx->mem, b.p, b.n);
}

int catalog_show(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct json *vars = json_object(cx->mem), *e;
	struct registered location;
	struct entity found;
	int rc = entity_by_name(cx, req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name"), &found);

	if (rc == 0)
		rc = view_entity(cx, found.body, &e);
	if (rc == 0)
		rc = group_relations(cx, e, vars);
	if (rc < 0)
		return rc;
	rc = location_by_entity(cx, found.ref, &location);
	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	json_set(cx->mem, vars, "location", rc == 0 ? location_json(cx->mem, &location) : json_null(cx->mem));
	json_set(cx->mem, vars, "entity", e);
	json_set(cx->mem, vars, "raw", pretty(cx, found.body));
	json_set(cx->mem, vars, "refreshed", json_bool(cx->mem, req_query(rq, "refreshed") != NULL));
	return page_render(rq, rs, 200, "catalog/entity.html", vars);
}

int catalog_refresh(struct req *rq, struct resp *rs)
{
	struct ref r = { req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name") };
	const char *ref = ref_format(rq->cx->mem, &r);
	int rc = entity_refresh(rq->cx, ref);

	return rc < 0 ? rc : resp_redirect(rs, arena_printf(rq->cx->mem, "%s?refreshed=1", link_entity(rq->cx->mem, ref)));
}
