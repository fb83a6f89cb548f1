/* Renders pages in a process of their own, so that a page that takes too much, or kills it, is lost alone. */
#ifndef DOCS_RENDER_H
#define DOCS_RENDER_H

#include "docs/dir.h"
#include "docs/part_make.h"

struct render_job {
	const struct part_rules *rules;
	const size_t *files; /* of the plan */
	size_t n;
	const struct dir *parts; /* where each page's part goes, at the page's path */
	uint64_t cpu_ms, memory; /* of one page; bytes beyond what the process has */
	struct notes *notes;
};

/* ERR_INTERNAL: the disk is full, or there is no process to be had. A page that fails leaves a part that says so. */
int render_pages(struct ctx *cx, const struct render_job *job, size_t *failed);

#endif
