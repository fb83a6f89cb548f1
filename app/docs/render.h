/* Renders pages in a process of their own, so that a page that takes too much, or kills it, is lost alone. */
#ifndef DOCS_RENDER_H
#define DOCS_RENDER_H

#include "docs/pack.h"
#include "docs/part_make.h"

struct render_job {
	const struct part_rules *rules;
	const size_t *files; /* of the plan */
	size_t n;
	int to;                  /* file of parts, which is appended to */
	uint64_t size;           /* of it, before and after */
	uint64_t cpu_ms, memory; /* of one page; bytes beyond what the process has */
	struct notes *notes;
};

/*
 * places: where in the file each page's part is. ERR_INTERNAL: the disk is full, or there is no process to be had. A page that
 * fails leaves a part that says so.
 */
int render_pages(struct ctx *cx, struct render_job *job, struct pack_place *places, size_t *failed);

#endif
