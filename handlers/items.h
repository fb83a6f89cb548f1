/* Sending the entities of a query as a JSON list: at once when they are few, else piece by piece as they are read. */
#ifndef HANDLERS_ITEMS_H
#define HANDLERS_ITEMS_H

#include "catalog/query.h"
#include "web/http.h"

enum { ITEMS_PIECE = 200 }; /* entities of one piece */

struct items {
	struct query *query; /* what page answers; asked again for what stands behind */
	const struct fields *fields;
	struct query_page page;
	uint64_t behind;  /* how many at most follow those of page; only with at most one order, which is all an edge knows */
	const char *head; /* up to the list: "{\"items\":[" */
	const char *tail;
};

/*
 * Answers with head, the entities and tail. What it and all it points to lives in rq->cx->mem. What goes wrong in the first
 * piece is an error; later it can only end the answer, which is then no JSON.
 */
int items_send(struct req *rq, struct resp *rs, const struct items *it);

#endif
