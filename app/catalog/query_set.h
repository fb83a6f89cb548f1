/* Filters and predicates as sets of index/request.h; for query.c and its test. */
#ifndef CATALOG_QUERY_SET_H
#define CATALOG_QUERY_SET_H

#include "catalog/query.h"

/* Appends the SET of all that q asks for, and of predicate (NULL: none) with it. ERR_INPUT: too much of one thing. */
int query_set(struct ctx *cx, const struct query *q, const struct json *predicate, struct buf *to);
/* The keys that q->text is looked for in, in lower case. */
void query_text_keys(struct ctx *cx, const struct query *q, struct text_list *out);

#endif
