/* The parts of a build, which site_build() takes one after the other. */
#ifndef DOCS_BUILD_H
#define DOCS_BUILD_H

#include "docs/layout.h"
#include "docs/part_make.h"
#include "docs/site.h"
#include "docs/stored.h"

/* What was found out of a page beside its part. */
struct built_page {
	size_t file;       /* of the plan */
	const char *title; /* as the site shows it */
	size_t nav;        /* its item of the navigation; SIZE_MAX: none */
	bool taken_over;   /* from the last build */
	struct pack_place place;
	struct part part; /* points into the pack */
	uint64_t sum;     /* of the part */
	const char *edit_url;
	struct site_history history;
};

struct build {
	struct ctx *cx;
	const struct site_options *options;
	struct notes notes;
	struct tree tree;
	struct plan plan;
	struct part_rules rules;
	uint64_t plan_sum; /* of what links depend on */
	struct dir out, reader;
	bool has_previous; /* the last build can be used: its dirs are open and its table is read */
	struct dir previous_out, previous_reader;
	struct stored previous;
	struct pack previous_pack, pack;
	struct storing now;
	struct {
		struct built_page *items;
		size_t n, cap;
	} pages;
	struct map written; /* paths of the published site, to anything */
	uint64_t search_bytes;
	struct layout layout;
	struct site_result *result;
	uint64_t max_output;
};

/* Reads mkdocs.yml, lists the files, and settles the rules for rendering. */
int build_plan(struct build *b);
/* Parts: takes over or renders those of all pages, reads them, and settles titles and warnings. */
int build_parts(struct build *b);
/* The published site: pages, other files, index, metadata; and the reader's table. */
int build_publish(struct build *b);
/* Styles and scripts; sets layout.assets. */
int build_assets(struct build *b);

/* ---- files of the published site: output.c; all count them, and may say ERR_TOOLARGE ---- */

int build_write(struct build *b, const char *path, struct str bytes);
/* Takes a file of the last build that shows the same still. 1: done; 0: there is none. */
int build_keep(struct build *b, const char *path);
/* Copies an open file, unless the last build did when it was the same. */
int build_copy(struct build *b, const char *path, int from);
/* Of a site that is brought up to date: removes the files that it has no more. */
void build_remove_old(struct build *b);

#define METADATA "techdocs_metadata.json"
/* Tells this published site from others, by its metadata; 0: it has none. */
uint64_t site_published(const struct dir *out);

/* Where a page can be changed; NULL. */
const char *edit_url(struct arena *mem, const struct mkdocs *s, const struct plan_file *f);

#endif
