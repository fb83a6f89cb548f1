/* Which relations of a graph are shown, in which direction and under which names. */
#include <stdlib.h>

#include "base/list.h"
#include "catalog/graph_private.h"

/* Of each pair of names, the one that an edge with both starts with (Backstage's order). */
static const char *const first_names[] = { "ownerOf",  "consumesApi", "apiProvidedBy", "hasPart",
					   "parentOf", "hasMember",   "dependsOn" };

bool graph_wants(const struct graph_query *q, const char *relation)
{
	for (size_t i = 0; i < q->relations.n; i++)
		if (streq(q->relations.items[i], relation))
			return true;
	return !q->relations.n;
}

static bool comes_first(const char *name)
{
	for (size_t i = 0; i < LEN(first_names); i++)
		if (streq(first_names[i], name))
			return true;
	return false;
}

struct edging {
	struct ctx *cx;
	const struct graph_query *q;
	struct map seen; /* a relation may be declared at both ends */
	struct graph *out;
};

static void add(struct edging *e, const struct graph_node *from, const struct graph_node *to, const char *name,
		const char *inverse)
{
	const char *key = arena_printf(e->cx->mem, "%s %s %s", from->ref, name, to->ref);

	if (map_put(e->cx->mem, &e->seen, key, e))
		return;
	*list_add(e->cx->mem, &e->out->edges) =
		(struct graph_edge){ from, to, name, inverse, from->depth > to->depth ? from->depth : to->depth };
}

static void add_row(struct edging *e, const struct graph_row *r, const struct graph_node *a, const struct graph_node *b)
{
	bool forth = graph_wants(e->q, r->type), back = graph_wants(e->q, r->inverse);

	if (e->q->unidirectional && a->depth == b->depth && a->depth)
		return;
	if (e->q->merge) {
		if ((forth || back) && comes_first(r->inverse) && !comes_first(r->type))
			add(e, b, a, r->inverse, r->type);
		else if (forth || back)
			add(e, a, b, r->type, r->inverse);
		return;
	}
	if (e->q->unidirectional && forth && back) {
		forth = a->depth <= b->depth;
		back = !forth;
	}
	if (forth)
		add(e, a, b, r->type, NULL);
	if (back)
		add(e, b, a, r->inverse, NULL);
}

static int by_depth(const void *a, const void *b)
{
	const struct graph_edge *x = a, *y = b;
	int c;

	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	if ((c = strcmp(x->name, y->name)) != 0 || (c = strcmp(x->from->ref, y->from->ref)) != 0)
		return c;
	return strcmp(x->to->ref, y->to->ref);
}

void graph_edges(struct ctx *cx, const struct graph_query *q, const struct graph_rows *rows, const struct map *nodes,
		 struct graph *out)
{
	struct edging e = { .cx = cx, .q = q, .out = out };

	for (size_t i = 0; i < rows->n; i++) {
		const struct graph_node *a = map_get(nodes, rows->items[i].origin), *b = map_get(nodes, rows->items[i].target);

		if (a && b)
			add_row(&e, &rows->items[i], a, b);
	}
	if (out->edges.n > 1)
		qsort(out->edges.items, out->edges.n, sizeof(*out->edges.items), by_depth);
}

const char *relation_words(struct arena *mem, const char *name)
{
	struct buf b = { .mem = mem };

	for (const char *at = name; *at;) {
		bool api = strncasecmp(at, "api", 3) == 0 && !(at[3] >= 'a' && at[3] <= 'z') && (at == name || *at == 'A');

		if (at > name && *at >= 'A' && *at <= 'Z')
			buf_addc(&b, ' ');
		if (api)
			buf_adds(&b, "API");
		else
			buf_addc(&b, ascii_lower(*at));
		at += api ? 3 : 1;
	}
	return buf_text(&b);
}
