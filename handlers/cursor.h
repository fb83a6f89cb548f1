/* Where a page of a list stands, as the client carries it from one page to the next. */
#ifndef HANDLERS_CURSOR_H
#define HANDLERS_CURSOR_H

#include "catalog/query.h"

/*
 * All that the client itself has asked for. What it may read is no part of it: that is decided anew for each page. It comes
 * from outside, so nothing in it is believed: at worst it is a question that its bearer could have asked without it.
 */
struct cursor {
	struct text_list filters;     /* as the parameter "filter" has them */
	const struct json *predicate; /* NULL: none */
	const char *text;             /* NULL: any */
	struct text_list text_fields;
	struct query_order order; /* field NULL: none */
	struct query_edge edge;
	bool backwards;
	uint64_t total; /* of the first page */
};

/* Base64 of JSON: Backstage's client looks into it for "query", to know how to send it. */
const char *cursor_write(struct arena *mem, const struct cursor *c);
/* ERR_INPUT for what cursor_write() cannot have made. */
int cursor_read(struct ctx *cx, const char *text, struct cursor *out);
/* The base64 of a JSON object; ERR_INPUT "Malformed cursor, …". */
int cursor_open(struct ctx *cx, const char *text, struct json **out);
/* A whole number from 0 to most; false when it is something else. */
bool cursor_number(const struct json *v, double most, uint64_t *out);

#endif
