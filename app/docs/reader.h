/* What the portal's reader shows of a built site: the parts of a page, without the portal's layout around them. */
#ifndef DOCS_READER_H
#define DOCS_READER_H

#include "base/ctx.h"
#include "base/str.h"

struct reader_link {
	const char *title, *url;
};
struct reader_page {
	const char *site_name, *site_description;
	const char *title;
	struct str article;                /* sanitised HTML */
	struct str nav;                    /* <ul> of the site, the page marked aria-current, its sections open */
	struct str toc;                    /* <ul> of the page's headings; empty: none */
	struct reader_link previous, next; /* url NULL: none */
	const char *edit_url;              /* NULL: none */
	const char *author;                /* of the last change; NULL */
	int64_t changed_ms;                /* 0: not known */
	bool has_code, has_mermaid;
	const char *redirect; /* the page moved: go there (everything else is unset); NULL: it did not */
};

/* Whether the parts are there, and of this version of the program. */
bool reader_knows(struct ctx *cx, const char *folder);
/*
 * The page at path ("" the first, "guide/setup/", "guide/setup/index.html") of the site whose reader parts are in folder. base:
 * where the site is shown, ending in '/', put before every URL of the site in nav, previous and next; the article's own links
 * are relative to the page. ERR_NOTFOUND.
 */
int reader_open(struct ctx *cx, const char *folder, const char *path, const char *base, struct reader_page *out);
/* What is around a page that is none of the site's: its name, and the navigation with nothing marked. */
int reader_frame(struct ctx *cx, const char *folder, const char *base, struct reader_page *out);
/* Pages whose path or title is near to one that is not there; at most max. */
int reader_suggest(struct ctx *cx, const char *folder, const char *path, const char *base, size_t max, struct reader_link **out,
		   size_t *n);

#endif
