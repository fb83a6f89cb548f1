/* What a site consists of before anything is rendered: its files with their URLs, and its navigation. */
#ifndef DOCS_PLAN_H
#define DOCS_PLAN_H

#include "base/map.h"
#include "docs/mkdocs.h"

enum { NO_FILE = -1 };

/* A file of the site: a page of Markdown, or what is published as it is. */
struct plan_file {
	const char *path;   /* in docs_dir, of included sites behind their name: "guide/setup.md" */
	const char *source; /* relative to the source */
	const char *dest;   /* below the published site: "guide/setup/index.html" */
	const char *url;    /* of a page "guide/setup/", "" for the first; of others dest, encoded */
	bool page;
	bool in_nav;
	const char *nav_title; /* NULL: nav names none */
	uint64_t stamp;        /* tree_stamp() of the source; 0: not known */
};

enum nav_kind { NAV_PAGE, NAV_SECTION, NAV_LINK };

/* The navigation as a list: what belongs to a section follows it, one level deeper. */
struct nav_item {
	enum nav_kind kind;
	unsigned depth;
	const char *title; /* NULL: the page's own */
	long file;         /* of a page */
	const char *url;   /* of a link, as written */
};

struct plan {
	struct mkdocs settings;
	const struct tree *tree;
	struct {
		struct plan_file *items;
		size_t n, cap;
	} files;
	struct {
		struct nav_item *items;
		size_t n, cap;
	} nav;
	struct map by_path, by_source; /* to files.items[i], as i + 1 */
	uint64_t bytes;                /* of all files */
	size_t sites;                  /* that nav includes */
};

/* Reads mkdocs.yml and lists the files. Faults of the navigation are notes; errors are those of mkdocs_read() and tree_list().
 */
int plan_make(struct ctx *cx, const struct tree *t, const struct mkdocs_defaults *defaults, const struct tree_limits *limits,
	      struct notes *notes, struct plan *out);
/* The file at a path of the site; NO_FILE when there is none. */
long plan_find(const struct plan *p, const char *path);
/* The file a target means in the page of file i, without query and fragment; NO_FILE. */
long plan_target(struct arena *mem, const struct plan *p, size_t i, struct str target);
/* Sets dest and url of a page from its path. */
void plan_place(struct arena *mem, struct plan_file *f, bool directory_urls);
/* A page's title where neither nav nor the page has one: "getting-started.md" is "Getting started", the first page "Home". */
const char *plan_default_title(struct arena *mem, const struct plan_file *f);

/* Puts the navigation of one site, of which files[from..] are, into p->nav: for plan.c. */
int nav_make(struct ctx *cx, struct plan *p, const struct mkdocs *s, const char *mount, size_t from, unsigned depth,
	     const struct tree_limits *limits, struct notes *notes);
/* Adds the files of a site that nav includes, mounted at a folder, and its navigation: for nav.c. */
int plan_include(struct ctx *cx, struct plan *p, const char *file, unsigned depth, const char *title,
		 const struct tree_limits *limits, struct notes *notes);

#endif
