/* The parts of a build, which site_build() takes one after the other. */
#ifndef DOCS_BUILD_H
#define DOCS_BUILD_H

#include "docs/dir.h"
#include "docs/layout.h"
#include "docs/part_make.h"
#include "docs/site.h"
#include "docs/stored.h"

/* What was found out of a page beside its part. */
struct built_page {
	size_t file;       /* of the plan */
	const char *title; /* as the site shows it; NULL until that is known */
	struct str search; /* its entries of the search index */
	unsigned flags;
	uint64_t sum; /* of its part */
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
	struct dir out, reader, parts;
	bool has_previous; /* the last build can be used: its dirs are open and its table is read */
	struct dir previous_out, previous_parts;
	struct stored previous, now;
	struct {
		struct built_page *items;
		size_t n, cap;
	} pages;
	struct text_list written; /* paths of the published site */
	uint64_t search_bytes;
	struct layout layout;
	struct site_result *result;
	uint64_t max_output;
};

/* Reads mkdocs.yml, lists the files, and settles the rules for rendering. */
int build_plan(struct build *b);
/* Parts: takes over or renders those of all pages, reads them, and settles titles, warnings and the search index. */
int build_parts(struct build *b);
/* The published site: pages, other files, index, metadata; and the reader's table. */
int build_publish(struct build *b);
/* Styles and scripts; sets layout.assets. */
int build_assets(struct build *b);
/* Writes a file of the published site and counts it. ERR_TOOLARGE. */
int build_write(struct build *b, const char *path, struct str bytes);
/* Where a page can be changed; NULL. */
const char *edit_url(struct arena *mem, const struct mkdocs *s, const struct plan_file *f);

#endif
