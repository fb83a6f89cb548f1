/* The address of the graph page, in Backstage's words. */
#ifndef HANDLERS_GRAPH_ASKED_H
#define HANDLERS_GRAPH_ASKED_H

#include "catalog/graph.h"
#include "web/http.h"

enum {
	GRAPH_SHOWN = 120, /* entities, unless "limit" says how many */
	GRAPH_SHOWN_MOST = 500,
	GRAPH_ROOTS_MOST = 50,
	GRAPH_DEPTH_MOST = 50, /* as a number; all that can be reached is the empty text or "Infinity" */
};

struct graph_asked {
	struct graph_query query;
	const char *direction; /* LR, RL, TB or BT: where relations lead */
	const char *curve;     /* curveMonotoneX (bent) or curveStepBefore (square) */
	bool show_filters;
	const char *others; /* the query without its roots, encoded: what stays when one goes to another root */
};

/* ERR_INPUT names the parameter that is wrong. */
int graph_asked(struct req *rq, struct graph_asked *out);

#endif
