/* What rendering leaves of a page, whatever the site around it looks like: kept between builds. */
#ifndef DOCS_PART_H
#define DOCS_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/str.h"

enum {
	PART_H1 = 1,
	PART_CODE = 2,
	PART_MERMAID = 4,
	PART_TABS = 8,
	PART_FAILED = 16,
	PART_HIDE_TOC = 32,
	PART_HIDE_NAV = 64,
	PART_SNIPPETS = 128, /* needs names snippets */
	PART_LOST = 256,     /* needs names what was not found */
};

struct part {
	uint64_t made_of;  /* checksum of the source; 0: render it again */
	unsigned flags;    /* PART_* */
	struct str title;  /* of its meta data or its first heading; empty: none */
	struct str about;  /* description of its meta data */
	struct str toc;    /* <ul> of its headings; empty: fewer than make a list */
	struct str lead;   /* JSON text of what stands before the first heading */
	struct str search; /* entries of the search index, with commas between; empty: none */
	/*
	 * What else the page depends on, one a line: "S hash name" (a snippet; hash "-": not there), "L url target" (a link as
	 * written, and what it became; url "-": nothing was found).
	 */
	struct str needs;
	struct str article; /* clean HTML */
	struct str strict;  /* the same for a page of the portal; empty: it is the same */
};

/* Appends p as bytes. */
void part_write(const struct part *p, struct buf *out);
/* Reads what part_write() wrote; the texts point into bytes. False when it is none. */
bool part_read(struct str bytes, struct part *out);

#endif
