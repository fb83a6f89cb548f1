/* The one door to lists, counts and facets of entities: for pages, the API, Lua and jobs. */
#ifndef CATALOG_QUERY_H
#define CATALOG_QUERY_H

#include "base/ctx.h"
#include "catalog/entity.h"
#include "catalog/filter.h"

enum { QUERY_ORDERS = 8 };

struct query_order {
	const char *field;
	bool down;
};
/* The entity that a page goes on behind (or stands before). */
struct query_edge {
	const char *value; /* of the first order, lower case; NULL: none */
	uint32_t id;
};
struct query {
	struct filter filter;
	const struct json *predicate; /* predicate_check()ed; NULL: none */
	const char *text;             /* a part of a value of one of text_fields; NULL: any */
	struct text_list text_fields; /* none: the first order's field, else metadata.uid */
	struct query_order orders[QUERY_ORDERS];
	size_t n_orders;   /* none: by id, which is the order in which they came */
	bool lacking_last; /* entities without the first order's field come last instead of being left out */
	bool backwards;    /* the page that stands before edge */
	const struct query_edge *edge;
	bool with_errors; /* only entities that processing has something to say about */
	uint64_t offset;
	uint32_t limit; /* 0: count only */
	bool passing;   /* a piece of a walk over many: what it reads is not kept for others */
};

/* An entity as the index knows it. */
struct query_hit {
	uint32_t id;
	uint64_t tag; /* body_tag() of its etag */
};
struct query_page {
	uint64_t total;     /* all that fit, whatever the page */
	bool before, after; /* there is more on that side */
	struct query_hit *hits;
	size_t n;
	struct query_edge first, last; /* of the page, when it is not empty */
};
/*
 * Only what cx->who may read counts. ERR_UNAVAILABLE when the index is away, with what to do in its words; ERR_INPUT for more
 * than 65,535 values or 255 text fields.
 */
int query_page(struct ctx *cx, const struct query *q, struct query_page *out);

struct facet_value {
	const char *value; /* as written */
	uint32_t count;
};
struct facet {
	struct facet_value *items;
	size_t n;
};
/* out[i] for facets->items[i]: values in their order, only those that are there. */
int query_facets(struct ctx *cx, const struct query *q, const struct text_list *facets, struct facet *out);

/*
 * The ids of all entities that cx->who may read, as bytes of a bitmap (ext/bitmap.h); empty: there is no limit. As query_page()
 * otherwise.
 */
int query_readable(struct ctx *cx, struct str *out);

/*
 * Adds the entities of hits, in their order. Those that have gone meanwhile are left out, and so are those that have changed
 * and fit no longer.
 */
int query_bodies(struct ctx *cx, const struct query *q, const struct query_hit *hits, size_t n, struct entities *out);

/* Whether an entity fits all that q asks for and cx->who may read it, judged by its document alone: 1, 0, or an error. */
int query_fits(struct ctx *cx, const struct query *q, const struct json *entity);

#endif
