/* What is part of a system, for one view of all of it. */
#include "base/list.h"
#include "catalog/entity.h"
#include "catalog/graph.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "kubernetes/match.h"

enum { PARTS_MOST = 1000 };

/* graph_walk() shows nobody what may not be read. */
static int find_refs(struct ctx *cx, const char *ref, struct text_list *out)
{
	struct graph_query q = { .depth = GRAPH_ENDLESS, .unidirectional = true, .limit = PARTS_MOST + 1 };
	struct graph g = { 0 };

	*list_add(cx->mem, &q.roots) = ref;
	*list_add(cx->mem, &q.relations) = "hasPart";
	int rc = graph_walk(cx, &q, &g);

	for (size_t i = 0; rc == 0 && i < g.nodes.n; i++)
		if (g.nodes.items[i]->found && g.nodes.items[i]->depth > 0)
			*list_add(cx->mem, out) = g.nodes.items[i]->ref;
	return rc;
}

int match_parts(struct ctx *cx, const char *ref, struct match_parts *out)
{
	struct text_list refs = { 0 };
	int rc = find_refs(cx, ref, &refs);

	if (rc < 0 || !refs.n)
		return rc;
	struct entity *found = arena_array(cx->mem, struct entity, refs.n);

	rc = entity_by_refs(cx, &refs, found);
	for (size_t i = 0; rc == 0 && i < refs.n; i++) {
		struct json *entity;

		if (!found[i].body.p)
			continue;
		rc = json_parse(cx, found[i].body, &entity);
		if (rc == 0)
			*list_add(cx->mem, out) = entity;
	}
	return rc;
}

static bool has_parts(const struct json *entity)
{
	const char *kind = json_get_text(entity, "kind", "");

	return str_ieq(kind, "system") || str_ieq(kind, "domain");
}

int match_whole(struct ctx *cx, const struct clusters *all, const struct json *entity, struct lookups *out)
{
	struct match_parts parts = { 0 };
	int rc;

	if (!has_parts(entity))
		return match_entity(cx, all, entity, out);
	rc = match_parts(cx, ref_of_entity(cx->mem, entity), &parts);
	*list_add(cx->mem, &parts) = entity;
	return rc < 0 ? rc : match_entities(cx, all, parts.items, parts.n, out);
}
