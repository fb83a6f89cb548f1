/* What a build leaves beside the pages' parts: the site's table of pages, navigation, moves and files. */
#ifndef DOCS_STORED_H
#define DOCS_STORED_H

#include "base/map.h"
#include "docs/dir.h"
#include "docs/navtree.h"

#define STORED_FILE "site"
#define STORED_PARTS "parts"

struct stored_page {
	const char *url, *path, *title; /* path: of its part, below STORED_PARTS */
	uint64_t shown;                 /* sum of all that its published page shows; 0: write it again */
	const char *edit_url, *author;  /* NULL: none */
	int64_t changed_ms;
};
struct stored_pair {
	const char *from, *to;
};
struct stored {
	const char *name, *about; /* about NULL: none */
	struct {
		struct stored_page *items;
		size_t n, cap;
	} pages;
	struct navtree nav;
	struct stored_pairs {
		struct stored_pair *items;
		size_t n, cap;
	} moved,                    /* URL of a page that is no more, to where it is now: a URL of the site or of elsewhere */
		files;              /* a published file's path, to what tells whether its source changed */
	struct map by_url, by_file; /* to pages.items[i] and files.items[i], as i + 1, after stored_index() */
};

void stored_write(const struct stored *s, struct buf *out);
/* Reads the table of a reader's folder. ERR_NOTFOUND: there is none that this program can read. */
int stored_read(struct ctx *cx, const struct dir *reader, struct stored *out);
/* For who looks for many pages and files. */
void stored_index(struct arena *mem, struct stored *s);
/* NULL: there is no such page. */
const struct stored_page *stored_page(const struct stored *s, const char *url);

#endif
