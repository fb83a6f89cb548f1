/* Which entities are meant: the filter parameter, predicates, and the parts of an entity that are asked for. */
#ifndef CATALOG_FILTER_H
#define CATALOG_FILTER_H

#include "base/ctx.h"
#include "base/json.h"

/* What can be searched in an entity (backstage-facts 1.10). */
struct search_row {
	const char *key;      /* dotted path in lower case */
	const char *value;    /* lower case; NULL for null and for what is longer than 200 characters */
	const char *original; /* as written; NULL with value */
};
struct search_rows {
	struct search_row *items;
	size_t n, cap;
};
/* Longer values are as good as none, longer keys are left out. In characters. */
enum { SEARCH_MAX = 200 };
/* What is compared of a text, number or boolean; NULL for all else. */
const char *search_text(struct arena *mem, const struct json *v);
void search_rows(struct arena *mem, const struct json *entity, struct search_rows *out);

/* One key with the values that fit; none: the key must be there. */
struct condition {
	const char *key;
	struct {
		const char **items;
		size_t n, cap;
	} values;
};
struct conjunction {
	struct condition *items;
	size_t n, cap;
};
/* Any of its conjunctions; no conjunction at all fits everything. */
struct filter {
	struct conjunction *items;
	size_t n, cap;
};

/* Adds one filter parameter ("kind=component,spec.type=service"). ERR_INPUT in Backstage's words. */
int filter_add(struct ctx *cx, struct filter *f, const char *text);
bool filter_fits(const struct filter *f, const struct search_rows *rows);

/* ERR_INPUT when a predicate tree is malformed; where is the path in the request ("request/body/query"). */
int predicate_check(struct ctx *cx, const struct json *query, const char *where);
bool predicate_fits(const struct json *query, const struct search_rows *rows);

/* Dotted paths that are asked for. */
struct fields {
	const char **items;
	size_t n, cap;
};
/* Adds a comma-separated list. ERR_INPUT for "[". */
int fields_add(struct ctx *cx, struct fields *f, const char *text);
/* The parts of an entity; itself when no field was asked for. */
struct json *fields_of(struct arena *mem, const struct fields *f, struct json *entity);

#endif
