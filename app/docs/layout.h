/* Pages of a published site, whole: they need no portal. */
#ifndef DOCS_LAYOUT_H
#define DOCS_LAYOUT_H

#include "docs/navtree.h"
#include "docs/part.h"
#include "docs/site.h"

enum { LAYOUT_DEPTHS = 16 };

struct layout {
	struct arena *mem;
	const struct mkdocs *settings;
	const struct navtree *nav;
	struct navtree_html navs[LAYOUT_DEPTHS]; /* made when they are first needed: of pages at each depth */
	const char *assets; /* what is put behind names of styles and scripts ("?0123"); NULL: there are none */
};
struct layout_page {
	const char *url, *title;
	size_t nav; /* its item of the navigation; SIZE_MAX: none */
	const struct part *part;
	const char *edit_url; /* NULL: none */
	struct site_history history;
};

void layout_page(struct layout *l, const struct layout_page *p, struct buf *out);
/* What is shown where no page is; it may be shown at any depth. */
void layout_not_found(const struct layout *l, struct buf *out);
/* A page that moved to url. */
void layout_moved(const char *url, struct buf *out);

#endif
