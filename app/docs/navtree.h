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

/*
 * Appends <ul> with all items. current: the one that is shown (SIZE_MAX: none): it is marked aria-current, and the sections
 * around it are open. href says where an item leads.
 */
void navtree_write(struct buf *out, const struct navtree *nav, size_t current,
		   const char *(*href)(struct arena *mem, const void *arg, const struct shown_item *item), const void *arg);
/* The item that shows a page; SIZE_MAX: none does. */
size_t navtree_find(const struct navtree *nav, const char *url);
/* The page before or behind an item (step -1, 1), by the order of the navigation; NULL: none. */
const struct shown_item *navtree_neighbour(const struct navtree *nav, size_t at, int step);

#endif
