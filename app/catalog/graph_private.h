/* What the parts of the graph's walk share. */
#ifndef CATALOG_GRAPH_PRIVATE_H
#define CATALOG_GRAPH_PRIVATE_H

#include "base/map.h"
#include "catalog/graph.h"

/* A relation as it is stored, with an end in the graph. */
struct graph_row {
	const char *origin, *type, *inverse, *target;
};
struct graph_rows {
	struct graph_row *items;
	size_t n, cap;
};

/* Whether relations of that name are asked for. */
bool graph_wants(const struct graph_query *q, const char *relation);
/* Makes the edges of out from rows: those with both ends among nodes (ref to graph_node). */
void graph_edges(struct ctx *cx, const struct graph_query *q, const struct graph_rows *rows, const struct map *nodes,
		 struct graph *out);

#endif
