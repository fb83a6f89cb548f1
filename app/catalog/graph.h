/* The catalog as a graph: the entities around some, as far as asked, and the relations between them. */
#ifndef CATALOG_GRAPH_H
#define CATALOG_GRAPH_H

#include "base/ctx.h"
#include "catalog/store.h"

enum {
	GRAPH_ENDLESS = 1000,    /* as a depth */
	GRAPH_ROWS_MOST = 20000, /* relations that one step of the walk looks at, each way */
};

struct graph_query {
	struct text_list roots;     /* full refs in lower case, each once */
	unsigned depth;             /* steps away from a root */
	struct text_list kinds;     /* in lower case; none: all. Roots are shown whatever they are */
	struct text_list relations; /* those that are followed and shown, as the nearer entity names them; none: all */
	bool unidirectional;        /* only what leads away from the roots, named once: no relations within one distance */
	bool merge;                 /* both names of a relation ("ownerOf", "ownedBy") at one edge */
	size_t limit;               /* entities at most */
};

struct graph_node {
	const char *ref;
	const char *kind, *title, *type; /* as written; of what is not found, parts of the ref; type may be NULL */
	unsigned depth;                  /* 0: a root */
	bool found;                      /* false: something names it, and there is no such entity */
	uint64_t id;
};
struct graph_edge {
	const struct graph_node *from, *to;
	const char *name;    /* of the relation, seen from `from` */
	const char *inverse; /* the name seen from `to`; NULL unless merged */
	unsigned depth;      /* of the end that is further away */
};
struct graph {
	struct {
		struct graph_node **items;
		size_t n, cap;
	} nodes; /* by depth */
	struct {
		struct graph_edge *items;
		size_t n, cap;
	} edges;         /* by depth, then name and ends */
	size_t left_out; /* entities in reach that the limit kept out */
	bool more;       /* there are more than left_out says: not counted, or not looked at */
};

/*
 * Walks breadth first. What cx->who may not read is not there, nor is anything that only it leads to; a root that may not be
 * read or does not exist is a node that is not found. Where the limit cuts a step, each kind keeps its share. Three statements
 * a step, whatever the size of the catalog.
 */
int graph_walk(struct ctx *cx, const struct graph_query *q, struct graph *out);

/* "apiConsumedBy" for people: "API consumed by". */
const char *relation_words(struct arena *mem, const char *name);

#endif
