/* A page that is asked for, and its rows; between page.c, page_walk.c and page_sort.c. */
#ifndef INDEX_PAGE_H
#define INDEX_PAGE_H

#include "index/private.h"

enum { MAX_ORDERS = 8 };

struct page {
	struct {
		spot key; /* 0: nobody has it */
		bool down;
	} orders[MAX_ORDERS];
	unsigned n_orders, flags;
	uint32_t limit;
	uint64_t offset;
	bool edge_has_value;
	struct str edge_value;
	uint32_t edge_id;
};

/* A document with what it is ordered by. */
struct row {
	uint32_t id;
	spot first;    /* its least value of the order that the rows were made for; 0: none */
	uint64_t head; /* the first bytes of that in lower case, for most comparisons */
};

struct rows {
	struct row *items;
	size_t n, cap;
	unsigned around; /* PAGE_BEFORE, PAGE_AFTER */
};

/* The value of a row of the first order, in lower case. */
static inline struct str row_lower(const struct index *ix, const struct row *r)
{
	return r->first ? value_lower(value_of(ix, r->first)) : STR("");
}

/* page_sort.c: gathers all documents of the set, then puts those of the page in order. */
struct rows page_sort(const struct ask *a, const struct page *p, const struct set *set);
/* Rows of a set for an order (0 is the first); those at the places from..to are then where they belong. */
struct row *page_rows(const struct ask *a, const struct page *p, unsigned level, const struct set *set, size_t *n);
void page_put_in_order(const struct ask *a, const struct page *p, unsigned level, struct row *rows, size_t n, size_t from,
		       size_t to);

/*
 * page_walk.c: walks along the values of the first order until the page is full. False when that seems to take longer than
 * gathering all; then nothing is in out. total: how many documents of the set are ordered.
 */
bool page_walk(const struct ask *a, const struct page *p, const struct set *set, uint64_t total, struct rows *out);

#endif
