/* Walks the relations between entities breadth first. */
#include "catalog/graph.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/list.h"
#include "catalog/entity.h"
#include "catalog/graph_private.h"
#include "catalog/ref.h"
#include "identity/identity.h"
#include "sql/graph.h"

/* How many entities are looked at for each that may be shown, by one who may not read all. */
enum { TRIES = 4 };

struct candidate {
	const char *ref;
	size_t rank; /* among those of its kind */
};
struct candidates {
	struct candidate *items;
	size_t n, cap;
};

struct walk {
	struct ctx *cx;
	const struct graph_query *q;
	struct graph *out;
	struct map nodes; /* ref to graph_node */
	struct graph_rows rows;
	size_t from; /* the level that is walked from: out->nodes from here to its end */
	struct candidates next;
	struct map met; /* what is a candidate already */
	bool last;      /* only relations within the graph are still wanted */
};

/* ---- who is next ---- */

static bool kind_wanted(const struct graph_query *q, const char *ref)
{
	const char *colon = strchr(ref, ':');
	size_t n = colon ? (size_t)(colon - ref) : 0;

	for (size_t i = 0; i < q->kinds.n; i++)
		if (strlen(q->kinds.items[i]) == n && strncmp(q->kinds.items[i], ref, n) == 0)
			return true;
	return !q->kinds.n;
}

/* A relation, and which of its ends the walk came from. */
static void meet(struct walk *w, const struct graph_row *row, bool at_origin)
{
	const char *other = at_origin ? row->target : row->origin;

	*list_add(w->cx->mem, &w->rows) = *row;
	if (w->last || !graph_wants(w->q, at_origin ? row->type : row->inverse) || !kind_wanted(w->q, other))
		return;
	if (!map_get(&w->nodes, other) && !map_put(w->cx->mem, &w->met, other, w))
		*list_add(w->cx->mem, &w->next) = (struct candidate){ .ref = other };
}

static int declared(struct walk *w)
{
	struct q_graph_declared_out row;
	struct id_list ids = { 0 };
	DB_ROWS rows = { 0 };
	size_t n = 0;
	int rc;

	for (size_t i = w->from; i < w->out->nodes.n; i++)
		if (w->out->nodes.items[i]->found)
			*list_add(w->cx->mem, &ids) = w->out->nodes.items[i]->id;
	if (!ids.n)
		return 0;
	rc = q_graph_declared_open(
		w->cx, &(struct q_graph_declared_in){ .ids = id_list_json(w->cx->mem, &ids), .limit = GRAPH_ROWS_MOST }, &rows);
	for (; rc >= 0 && (rc = q_graph_declared_next(&rows, &row)) == 1; n++)
		meet(w, &(struct graph_row){ row.origin, row.type, row.inverse, row.target }, true);
	w->out->more |= n == GRAPH_ROWS_MOST && !w->last;
	return rc;
}

static int pointing(struct walk *w)
{
	struct q_graph_pointing_out row;
	struct id_list hashes = { 0 };
	DB_ROWS rows = { 0 };
	size_t n = 0;
	int rc;

	for (size_t i = w->from; i < w->out->nodes.n; i++) {
		const struct graph_node *node = w->out->nodes.items[i];

		if (node->found)
			*list_add(w->cx->mem, &hashes) = hash64(node->ref, strlen(node->ref));
	}
	if (!hashes.n)
		return 0;
	rc = q_graph_pointing_open(
		w->cx, &(struct q_graph_pointing_in){ .hashes = id_list_json(w->cx->mem, &hashes), .limit = GRAPH_ROWS_MOST },
		&rows);
	/* another ref may have the same hash */
	for (; rc >= 0 && (rc = q_graph_pointing_next(&rows, &row)) == 1; n++)
		if (map_get(&w->nodes, row.target))
			meet(w, &(struct graph_row){ row.origin, row.type, row.inverse, row.target }, false);
	w->out->more |= n == GRAPH_ROWS_MOST;
	return rc;
}

/* ---- taking them in ---- */

static int by_ref(const void *a, const void *b)
{
	return strcmp(((const struct candidate *)a)->ref, ((const struct candidate *)b)->ref);
}

static int by_rank(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return strcmp(x->ref, y->ref);
}

/* So that a limit cuts all kinds alike: the first of each kind, the second of each, and so on. */
static void rank(struct candidates *list)
{
	size_t in_kind = 0;

	if (!list->n)
		return;
	qsort(list->items, list->n, sizeof(*list->items), by_ref);
	for (size_t i = 1; i < list->n; i++) {
		const char *a = list->items[i - 1].ref, *b = list->items[i].ref;

		in_kind = strcspn(a, ":") == strcspn(b, ":") && strncmp(a, b, strcspn(a, ":")) == 0 ? in_kind + 1 : 0;
		list->items[i].rank = in_kind;
	}
	qsort(list->items, list->n, sizeof(*list->items), by_rank);
}

static void name_by_ref(struct arena *mem, struct graph_node *node)
{
	const char *colon = strchr(node->ref, ':'), *slash = colon ? strchr(colon, '/') : NULL;

	node->kind = colon ? arena_strndup(mem, node->ref, (size_t)(colon - node->ref)) : "";
	node->title = slash ? slash + 1 : node->ref;
}

/* What is there of refs: into found, ref to graph_node. */
static int look_up(struct walk *w, const struct text_list *refs, unsigned depth, struct map *found)
{
	struct text_list ask = { 0 };
	struct q_graph_nodes_out row;
	DB_ROWS rows = { 0 };
	int rc;

	for (size_t i = 0; i < refs->n; i++)
		if (ref_storable(refs->items[i]))
			*list_add(w->cx->mem, &ask) = refs->items[i];
	if (!ask.n)
		return 0;
	rc = q_graph_nodes_open(w->cx, &(struct q_graph_nodes_in){ .refs = text_list_json(w->cx->mem, &ask) }, &rows);
	while (rc >= 0 && (rc = q_graph_nodes_next(&rows, &row)) == 1) {
		struct graph_node *node = arena_new(w->cx->mem, struct graph_node);

		*node = (struct graph_node){ .ref = row.ref, .depth = depth, .found = true, .id = row.id };
		name_by_ref(w->cx->mem, node);
		node->kind = row.kind ? row.kind : node->kind;
		node->title = row.title ? row.title : node->title;
		node->type = row.type;
		map_put(w->cx->mem, found, node->ref, node);
	}
	return rc;
}

/* Adds those of refs that may be seen. */
static int take_in(struct walk *w, const struct text_list *refs, unsigned depth)
{
	bool *readable = arena_array(w->cx->mem, bool, refs->n), all = !w->cx->who || !w->cx->who->reads;
	struct map found = { 0 };
	int rc = look_up(w, refs, depth, &found);

	if (rc >= 0 && !all)
		rc = entity_exist(w->cx, refs, readable);
	for (size_t i = 0; rc >= 0 && i < refs->n; i++) {
		struct graph_node *node = map_get(&found, refs->items[i]);

		/* What is hidden and what is not there look alike: both are named only to who named them. */
		if (!all && !readable[i]) {
			if (depth)
				continue;
			node = NULL;
		}
		if (!node) {
			node = arena_new(w->cx->mem, struct graph_node);
			*node = (struct graph_node){ .ref = refs->items[i], .depth = depth };
			name_by_ref(w->cx->mem, node);
		}
		map_put(w->cx->mem, &w->nodes, node->ref, node);
		*list_add(w->cx->mem, &w->out->nodes) = node;
	}
	return rc;
}

/* The candidates become the next level, as many as there is room for. */
static int take_next(struct walk *w, unsigned depth)
{
	bool all = !w->cx->who || !w->cx->who->reads;
	size_t at = 0, most = all ? w->q->limit : w->q->limit * TRIES;
	int rc = 0;

	rank(&w->next);
	w->from = w->out->nodes.n;
	while (rc >= 0 && at < w->next.n && at < most && w->out->nodes.n < w->q->limit) {
		struct text_list refs = { 0 };

		for (size_t room = w->q->limit - w->out->nodes.n; at < w->next.n && room; room--)
			*list_add(w->cx->mem, &refs) = w->next.items[at++].ref;
		rc = take_in(w, &refs, depth);
	}
	/* how many there are that one may not read is nobody's business */
	if (all)
		w->out->left_out += w->next.n - at;
	else
		w->out->more |= at < w->next.n;
	w->next.n = 0;
	w->met = (struct map){ 0 };
	return rc;
}

int graph_walk(struct ctx *cx, const struct graph_query *q, struct graph *out)
{
	struct walk w = { .cx = cx, .q = q, .out = out };
	int rc = 0;

	*out = (struct graph){ 0 };
	if (q->roots.n)
		rc = take_in(&w, &q->roots, 0);
	for (unsigned depth = 1; rc >= 0 && w.from < out->nodes.n; depth++) {
		w.last = depth > q->depth;
		rc = declared(&w);
		if (rc >= 0 && !w.last)
			rc = pointing(&w);
		if (rc >= 0)
			rc = take_next(&w, depth);
	}
	if (rc >= 0)
		graph_edges(cx, q, &w.rows, &w.nodes, out);
	return rc < 0 ? rc : 0;
}
