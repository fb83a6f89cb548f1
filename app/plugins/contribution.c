/* What plugins contribute: lists made of their manifests, and for which entities each holds. */
#include "plugins/contribution.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/str.h"

/* Where each kind stands in a manifest, and the member that is its function. Sections are lists, or maps from id to row; the
 * policy is the function itself. */
static const struct section {
	const char *name, *function;
	bool by_path;
} sections[N_CONTRIBUTIONS] = {
	[CONTRIBUTES_NAV] = { "nav", NULL, false },
	[CONTRIBUTES_PAGE] = { "pages", "data", true },
	[CONTRIBUTES_ROUTE] = { "routes", "run", true },
	[CONTRIBUTES_CARD] = { "cards", "data", false },
	[CONTRIBUTES_TAB] = { "tabs", "data", false },
	[CONTRIBUTES_WIDGET] = { "widgets", "data", false },
	[CONTRIBUTES_SCHEDULE] = { "schedules", "run", false },
	[CONTRIBUTES_EVENT] = { "events", "run", false },
	[CONTRIBUTES_WEBHOOK] = { "webhooks", "run", false },
	[CONTRIBUTES_PROVIDER] = { "providers", "run", false },
	[CONTRIBUTES_PROCESSOR] = { "processors", "run", false },
	[CONTRIBUTES_SEARCH] = { "search", "run", false },
	[CONTRIBUTES_ACTION] = { "actions", "run", false },
	[CONTRIBUTES_FILTER] = { "filters", "run", false },
	[CONTRIBUTES_GLOBAL] = { "globals", "run", false },
	[CONTRIBUTES_DECORATOR] = { "form_decorators", "run", false },
	[CONTRIBUTES_POLICY] = { "policy", "run", false },
	[CONTRIBUTES_RULE] = { "permission_rules", "condition", false },
	[CONTRIBUTES_RESOLVER] = { "sign_in_resolvers", "run", false },
	[CONTRIBUTES_HEALTH] = { "health", "check", false },
};

/* Of its function: {"cards", "1", "data", NULL}; without a member where the row is the function itself, and without a key where
 * the section is. */
static const char *const *path_of(struct arena *mem, const struct section *s, const char *key, const struct json *row)
{
	bool itself = row->type == JSON_STRING;
	const char **path;

	if (!s->function || (!itself && !json_get(row, s->function)))
		return NULL;
	path = arena_array(mem, const char *, 4);
	path[0] = s->name;
	path[1] = key;
	path[2] = itself || !key ? NULL : s->function;
	return path;
}

/* A row of the side bar leads to a page of the plugin: its path becomes an address of the portal, and who may see the page may
 * see it. */
static const struct json *nav_row(struct arena *mem, const struct plugin *p, const struct json *row)
{
	struct json *copy = json_copy(mem, row);
	const char *path = json_get_text(row, "path", "/");

	const struct json *page = json_get(json_get(p->manifest, "pages"), path), *may = json_get(page, "permission");

	if (may)
		json_set(mem, copy, "permission", json_copy(mem, may));
	json_set(mem, copy, "path", json_fmt(mem, "/%s%s", p->name, path[1] ? path : ""));
	return copy;
}

static void add(struct arena *mem, struct plugin *p, enum contribution_kind kind, const char *key, const char *id,
		const struct json *row)
{
	const struct json *what = kind == CONTRIBUTES_NAV    ? nav_row(mem, p, row)
				  : row->type == JSON_OBJECT ? row
							     : json_object(mem);

	*list_add(mem, &p->by_kind[kind]) = (struct contribution){
		.plugin = p,
		.id = id ? id : json_get_text(what, "path", key),
		.title = json_get_text(what, "title", p->title),
		.view = json_get_text(what, "view", NULL),
		.permission = json_get_text(what, "permission", NULL),
		.path = path_of(mem, &sections[kind], key, row),
		.row = what,
		.when = json_get(what, "when"),
	};
}

/* ---- order of paths ---- */

/* A fixed part comes before a parameter, and that before a rest. */
static int rank(struct str part)
{
	return part.n && *part.p == '*' ? 2 : part.n && *part.p == ':' ? 1 : 0;
}

static int compare_parts(struct str a, struct str b)
{
	int by_rank = rank(a) - rank(b);
	int by_text = strncmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return by_rank ? by_rank : by_text ? by_text : (a.n > b.n) - (a.n < b.n);
}

static int compare_paths(const void *va, const void *vb)
{
	struct str a = str_of(((const struct contribution *)va)->id), b = str_of(((const struct contribution *)vb)->id);

	while (a.p && b.p) {
		struct str x = str_cut(&a, '/'), y = str_cut(&b, '/');
		int order = compare_parts(x, y);

		if (order)
			return order;
	}
	return (a.p != NULL) - (b.p != NULL);
}

static void add_section(struct arena *mem, struct plugin *p, enum contribution_kind kind)
{
	const struct json *all = json_get(p->manifest, sections[kind].name);
	struct contributions *list = &p->by_kind[kind];

	for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++) {
		const struct json *row = all->a.items[i];

		add(mem, p, kind, arena_printf(mem, "%zu", i + 1), json_get_text(row, "id", NULL), row);
	}
	for (size_t i = 0; json_is(all, JSON_OBJECT) && i < all->o.n; i++)
		add(mem, p, kind, all->o.m[i].key.p, all->o.m[i].key.p, all->o.m[i].value);
	if (json_is(all, JSON_STRING))
		add(mem, p, kind, NULL, sections[kind].name, all);
	if (sections[kind].by_path && list->n > 1)
		qsort(list->items, list->n, sizeof(*list->items), compare_paths);
}

void contributions_of(struct ctx *cx, struct plugin *p)
{
	for (enum contribution_kind kind = 0; kind < N_CONTRIBUTIONS; kind++)
		add_section(cx->mem, p, kind);
}

/* ---- when ---- */

/* Does the text, or one of the texts, fit the wanted one, or one of those? As the catalog compares: ASCII letters without case.
 */
static bool fits_text(const struct json *want, const char *have)
{
	for (size_t i = 0; have && json_is(want, JSON_ARRAY) && i < want->a.n; i++)
		if (fits_text(want->a.items[i], have))
			return true;
	return have && json_is(want, JSON_STRING) && str_ieq(want->s.p, have);
}

static bool fits_any(const struct json *want, const struct json *have)
{
	for (size_t i = 0; json_is(have, JSON_ARRAY) && i < have->a.n; i++)
		if (fits_text(want, json_text(have->a.items[i], NULL)))
			return true;
	return false;
}

static bool has_key(const struct json *want, const struct json *have)
{
	for (size_t i = 0; json_is(want, JSON_ARRAY) && i < want->a.n; i++)
		if (has_key(want->a.items[i], have))
			return true;
	return json_is(want, JSON_STRING) && json_get(have, want->s.p);
}

static bool fits_condition(const struct json_member *m, const struct json *entity)
{
	const struct json *metadata = json_get(entity, "metadata"), *spec = json_get(entity, "spec");

	if (str_is(m->key, "kind"))
		return fits_text(m->value, json_get_text(entity, "kind", NULL));
	if (str_is(m->key, "namespace"))
		return fits_text(m->value, json_get_text(metadata, "namespace", "default"));
	if (str_is(m->key, "tag"))
		return fits_any(m->value, json_get(metadata, "tags"));
	if (str_is(m->key, "annotation"))
		return has_key(m->value, json_get(metadata, "annotations"));
	if (str_is(m->key, "label"))
		return has_key(m->value, json_get(metadata, "labels"));
	return fits_text(m->value, json_text(json_getn(spec, m->key), NULL)); /* type, lifecycle */
}

bool contribution_applies(const struct contribution *c, const struct json *entity)
{
	for (size_t i = 0; json_is(c->when, JSON_OBJECT) && i < c->when->o.n; i++)
		if (!fits_condition(&c->when->o.m[i], entity))
			return false;
	return true;
}
