/* The navigation as it is shown: titles and URLs that are settled, written as nested lists. */
#ifndef DOCS_NAVTREE_H
#define DOCS_NAVTREE_H

#include "base/buf.h"
#include "docs/plan.h"

struct shown_item {
	enum nav_kind kind;
	unsigned depth;
	const char *title;
	const char *url; /* of a page relative to the site, of a link as written; "" for a section and for the first page */
	size_t around;   /* the section that it lies in; SIZE_MAX: none */
};
struct navtree {
	struct shown_item *items;
	size_t n, cap;
};

/* The lists for all pages whose way to the top of the site is the same, since every page has all of it. */
struct navtree_html {
	struct str html; /* nothing is marked in it */
	size_t *marks;   /* where an item's tag can be marked */
};

/* Stands for a prefix that is filled in later. */
#define NAVTREE_HOLE "\x01"

/* Sets around of all items. */
void navtree_settle(struct arena *mem, struct navtree *nav);
/* prefix: put before every URL of the site: "" for pages at its top, "../", NAVTREE_HOLE. */
void navtree_render(struct arena *mem, const struct navtree *nav, const char *prefix, struct navtree_html *out);
/* Appends <ul>. current (SIZE_MAX: none) is marked aria-current, and the sections around it are open. */
void navtree_write(struct buf *out, const struct navtree *nav, const struct navtree_html *html, size_t current);
/* Appends html with the sections open whose marks are given in their order, and behind the last mark aria-current. */
void navtree_mark(struct buf *out, struct str html, const size_t *marks, size_t n);
/* The page before or behind an item (step -1, 1), by the order of the navigation; NULL: none. */
const struct shown_item *navtree_neighbour(const struct navtree *nav, size_t at, int step);

#endif
