/* What an entity is related to, in the groups in which people look for it. */
#include "handlers/related.h"

#include "base/list.h"
#include "catalog/entity.h"
#include "catalog/ref.h"
#include "handlers/entity_view.h"
#include "handlers/links.h"
#include "handlers/view_words.h"

/* Of each type, to make a row of an entity. */
enum { ROW_RELATIONS = 20 };

/* What breaks me and whom I break come first. kind NULL: whatever the target is. */
static const struct {
	const char *id, *type, *kind, *title, *tab;
} groups[] = {
	{ "depends-on", "dependsOn", NULL, "Depends on", "dependencies" },
	{ "needed-by", "dependencyOf", NULL, "Needed by", "dependencies" },
	{ "provides", "providesApi", NULL, "Provides APIs", "apis" },
	{ "consumes", "consumesApi", NULL, "Consumes APIs", "apis" },
	{ "providers", "apiProvidedBy", NULL, "Provided by", "usage" },
	{ "consumers", "apiConsumedBy", NULL, "Consumed by", "usage" },
	{ "systems", "hasPart", "system", "Systems", "" },
	{ "subdomains", "hasPart", "domain", "Subdomains", "" },
	{ "components", "hasPart", "component", "Components", "" },
	{ "apis", "hasPart", "api", "APIs", "" },
	{ "resources", "hasPart", "resource", "Resources", "" },
};
static const char told_elsewhere[] = " ownedBy ownerOf partOf memberOf hasMember childOf parentOf ";

static bool is_kind(const char *ref, const char *kind)
{
	size_t n = strlen(kind);

	return strncmp(ref, kind, n) == 0 && ref[n] == ':';
}

static const char *kind_of(struct arena *mem, const char *ref)
{
	const char *colon = strchr(ref, ':');

	return colon ? arena_strndup(mem, ref, (size_t)(colon - ref)) : "";
}

static struct related *add(struct arena *mem, struct related_list *out, const char *id)
{
	struct related *g = list_add(mem, out);

	*g = (struct related){ .id = id, .tab = "" };
	return g;
}

/* A group for what is in no table: another kind's parts, or a relation of somebody's own model. */
static struct related *other(struct arena *mem, struct related_list *out, const char *type, const char *ref)
{
	bool part = streq(type, "hasPart");
	const char *kind = part ? kind_of(mem, ref) : NULL;
	const char *id = part ? arena_printf(mem, "parts-%s", kind) : type;
	struct related *g = related_find(out, id);

	if (g)
		return g;
	g = add(mem, out, id);
	g->type = type;
	g->kind = kind;
	g->title = part ? kind_plural(mem, kind) : type;
	return g;
}

static struct related *group_of(struct arena *mem, struct related_list *out, const char *type, const char *ref, bool component)
{
	for (size_t i = 0; i < LEN(groups); i++) {
		if (!streq(groups[i].type, type) || (groups[i].kind && !is_kind(ref, groups[i].kind)))
			continue;
		struct related *g = related_find(out, groups[i].id);

		if (g)
			return g;
		g = add(mem, out, groups[i].id);
		g->type = groups[i].type;
		g->kind = groups[i].kind;
		g->title = component && streq(g->id, "components") ? "Subcomponents" : groups[i].title;
		g->tab = groups[i].tab;
		return g;
	}
	return other(mem, out, type, ref);
}

/* Those of the table in its order, then the others as they came. */
static void sort(struct arena *mem, struct related_list *list)
{
	struct related_list sorted = { 0 };

	for (size_t i = 0; i < LEN(groups); i++)
		if (related_find(list, groups[i].id))
			*list_add(mem, &sorted) = *related_find(list, groups[i].id);
	for (size_t i = 0; i < list->n; i++)
		if (!related_find(&sorted, list->items[i].id))
			*list_add(mem, &sorted) = list->items[i];
	*list = sorted;
}

void related_of(struct arena *mem, const struct json *doc, const struct relation_counts *counts, struct related_list *out)
{
	const struct json *relations = json_get(doc, "relations");
	bool component = str_ieq(json_get_text(doc, "kind", ""), "component");

	for (size_t i = 0; json_is(relations, JSON_ARRAY) && i < relations->a.n; i++) {
		const char *type = json_get_text(relations->a.items[i], "type", "");
		const char *ref = json_get_text(relations->a.items[i], "targetRef", "");

		if (!strstr(told_elsewhere, arena_printf(mem, " %s ", type)))
			*list_add(mem, &group_of(mem, out, type, ref, component)->refs) = ref;
	}
	sort(mem, out);
	for (size_t i = 0; i < out->n; i++)
		out->items[i].total =
			counts ? relation_count(counts, out->items[i].type, out->items[i].kind) : out->items[i].refs.n;
}

struct related *related_find(const struct related_list *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (streq(list->items[i].id, id))
			return &list->items[i];
	return NULL;
}

static struct json *row_of(struct ctx *cx, const struct entity *e)
{
	struct json *doc, *row;

	if (e->body.p && entity_parse(cx, e->body, ROW_RELATIONS, &doc, NULL) == 0) {
		row = entity_row(cx->mem, doc);
		json_set(cx->mem, row, "known", json_bool(cx->mem, true));
		return row;
	}
	row = json_object(cx->mem);
	json_set(cx->mem, row, "ref", json_str(cx->mem, e->ref));
	json_set(cx->mem, row, "known", json_bool(cx->mem, false));
	return row;
}

int related_rows(struct ctx *cx, const struct text_list *refs, size_t from, size_t n, struct json **out)
{
	struct text_list part = { 0 };
	struct entity *found;
	int rc;

	*out = json_array(cx->mem);
	if (from >= refs->n)
		return 0;
	part.items = refs->items + from;
	part.n = n < refs->n - from ? n : refs->n - from;
	found = arena_array(cx->mem, struct entity, part.n);
	rc = entity_by_refs(cx, &part, found);
	for (size_t i = 0; rc == 0 && i < part.n; i++)
		json_push(cx->mem, *out, row_of(cx, &found[i]));
	return rc;
}

/* Where all of a group are: a tab of this page, the index with a filter that says the same, or the list of all relations. */
static const char *more_url(struct arena *mem, const char *ref, const struct related *g)
{
	if (*g->tab)
		return link_entity_tab(mem, ref, g->tab);
	if (streq(g->type, "hasPart") && g->kind)
		return link_index(mem, g->kind, "system", ref);
	return arena_printf(mem, "%s#relations", link_inspect(mem, ref, ""));
}

static struct json *card(struct ctx *cx, const char *ref, const struct related *g, struct json *all, size_t at)
{
	struct arena *mem = cx->mem;
	struct json *c = json_object(mem), *rows = json_array(mem);
	size_t shown = g->refs.n < RELATED_SHOWN ? g->refs.n : RELATED_SHOWN;

	for (size_t i = 0; i < shown; i++)
		json_push(mem, rows, all->a.items[at + i]);
	json_set(mem, c, "id", json_str(mem, g->id));
	json_set(mem, c, "type", json_str(mem, g->type));
	json_set(mem, c, "kind", json_str(mem, g->kind ? g->kind : ""));
	json_set(mem, c, "title", json_str(mem, g->title));
	json_set(mem, c, "total", json_num(mem, (double)g->total));
	json_set(mem, c, "rows", rows);
	json_set(mem, c, "more", json_str(mem, g->total > shown ? more_url(mem, ref, g) : ""));
	return c;
}

int related_cards(struct ctx *cx, const struct json *doc, const struct relation_counts *counts, struct json **out)
{
	const char *ref = ref_of_entity(cx->mem, doc);
	struct related_list list = { 0 };
	struct text_list refs = { 0 };
	struct json *rows;
	size_t at = 0;
	int rc;

	related_of(cx->mem, doc, counts, &list);
	for (size_t i = 0; i < list.n; i++)
		for (size_t k = 0; k < list.items[i].refs.n && k < RELATED_SHOWN; k++)
			*list_add(cx->mem, &refs) = list.items[i].refs.items[k];
	rc = related_rows(cx, &refs, 0, refs.n, &rows);
	*out = json_array(cx->mem);
	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		const struct related *g = &list.items[i];

		json_push(cx->mem, *out, card(cx, ref, g, rows, at));
		at += g->refs.n < RELATED_SHOWN ? g->refs.n : RELATED_SHOWN;
	}
	return rc;
}
