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

/* prefix: put before every URL of the site: "" for pages at its top, "../", "/docs/default/component/x/". */
void navtree_render(struct arena *mem, const struct navtree *nav, const char *prefix, struct navtree_html *out);
/* Appends <ul>. current (SIZE_MAX: none) is marked aria-current, and the sections around it are open. */
void navtree_write(struct buf *out, const struct navtree *nav, const struct navtree_html *html, size_t current);
/* The item that shows a page; SIZE_MAX: none does. */
size_t navtree_find(const struct navtree *nav, const char *url);
/* The page before or behind an item (step -1, 1), by the order of the navigation; NULL: none. */
const struct shown_item *navtree_neighbour(const struct navtree *nav, size_t at, int step);

#endif
