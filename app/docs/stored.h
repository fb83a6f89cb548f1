/* What a build leaves beside the pages' parts: a table of pages, navigation, moves and files, read where it lies. */
#ifndef DOCS_STORED_H
#define DOCS_STORED_H

#include "docs/navtree.h"
#include "docs/pack.h"

#define STORED_FILE "site"

struct stored_page {
	const char *url, *path, *source, *title;
	const char *edit_url, *author; /* NULL: none */
	int64_t changed_ms;
	uint64_t shown;          /* sum of all that its published page shows; 0: write it again */
	uint64_t made_of, stamp; /* of the source: checksum (0: render it again), and tree_stamp() */
	uint64_t sum;            /* of the part */
	struct pack_place part;
	size_t nav; /* its item of the navigation; SIZE_MAX: none */
};
/* A published file. */
struct stored_file {
	const char *path;
	uint64_t bytes, stamp; /* stamp: of what it was copied from; 0: it was made */
};
struct stored_move {
	const char *from, *to; /* URL of a page that is no more, and where it is now: a URL of the site or of elsewhere */
};

/* What is written. */
struct storing {
	const char *name, *about; /* about NULL: none */
	uint64_t rules;           /* of part_rules: parts hold as long as it is the same */
	uint64_t plan;            /* of all paths and URLs: links mean the same as long as it is the same */
	uint64_t published;       /* stamp of the published site's metadata: this table is of that site */
	uint64_t sizes[PACK_FILES];
	struct {
		struct stored_page *items;
		size_t n, cap;
	} pages;
	struct {
		struct stored_file *items;
		size_t n, cap;
	} files;
	struct {
		struct stored_move *items;
		size_t n, cap;
	} moves;
	struct navtree nav;
};

/* ERR_TOOLARGE. Sorts the lists. */
int stored_write(struct ctx *cx, struct storing *s, struct buf *out);

/* What is read. Texts point into it. */
struct stored {
	const char *name, *about;
	size_t pages, files, moves, nav; /* how many */
	struct str nav_html;             /* of all pages: NAVTREE_HOLE stands for the site's place */
	const struct stored_head *head;
	const char *records, *texts;
};
/* Reads the table of a reader's folder. ERR_NOTFOUND: there is none that this program can read. */
int stored_read(struct ctx *cx, const struct dir *reader, struct stored *out);
/* Has it the bytes that were written? stored_read() looks at its form alone. */
bool stored_is_whole(const struct stored *s);
uint64_t stored_rules(const struct stored *s);
uint64_t stored_plan(const struct stored *s);
uint64_t stored_published(const struct stored *s);
const uint64_t *stored_sizes(const struct stored *s);

/* i below the number of them; pages are in order of their URLs, files in that of their paths. */
struct stored_page stored_page_at(const struct stored *s, size_t i);
struct stored_file stored_file_at(const struct stored *s, size_t i);
/* False: there is none. */
bool stored_find_page(const struct stored *s, const char *url, struct stored_page *out);
bool stored_find_file(const struct stored *s, const char *path, struct stored_file *out);
/* NULL: the page did not move. */
const char *stored_find_move(const struct stored *s, const char *url);
/* An item of the navigation; *mark: where its tag can be marked in nav_html. */
struct shown_item stored_nav_at(const struct stored *s, size_t i, size_t *mark);

#endif
