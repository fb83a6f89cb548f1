/*
 * Markdown as TechDocs sites use it, to HTML: what Python-Markdown, PyMdown Extensions and the GitHub alerts plugin make of
 * it under the techdocs-core bundle. Linear in time and memory for every input; knows no files and no sites: what it needs
 * from outside, it asks for.
 */
#ifndef MARKDOWN_MARKDOWN_H
#define MARKDOWN_MARKDOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/str.h"

/* Where a link or an image points, as written; out: what the page shall say. */
enum markdown_link { MARKDOWN_LINK, MARKDOWN_IMAGE };

struct markdown_options {
	/* What a relative target means in the page being rendered; NULL: as written. Returns arena text of cx. */
	const char *(*resolve)(struct ctx *cx, void *arg, enum markdown_link kind, const char *target);
	/* A snippet's text by its name (pymdownx.snippets). ERR_NOTFOUND: it is left out. NULL: none are read. */
	int (*snippet)(struct ctx *cx, void *arg, const char *name, struct str *text);
	void *arg;
	size_t max_output; /* bytes of HTML; ERR_TOOLARGE beyond. 0: 16 MiB */
	/* Extensions of mkdocs.yml that change how a page reads (base names of markdown_extensions with their options), or
	 * NULL. */
	const struct json *extensions;
};

struct markdown_heading {
	unsigned level;         /* 1 to 6 */
	const char *id;         /* unique in the page */
	struct str html, plain; /* the heading's content without its permalink */
	struct str text;        /* plain text of what follows, up to the next heading: for the search */
};

struct markdown_page {
	struct str html;         /* not sanitised: raw HTML of the author is in it */
	const struct json *meta; /* front matter and meta-data block, never NULL: an object */
	const char *title;       /* of the first level-1 heading that begins the page, plain; NULL: none */
	struct str lead;         /* plain text before the first heading */
	struct markdown_heading *headings;
	size_t n_headings;
	bool has_code, has_mermaid, has_tabs; /* what the page's scripts are needed for */
	size_t steps;                         /* work that was done, in bytes looked at: grows with the source, and no faster */
};

/* Renders one page. Results live in cx->mem. ERR_TOOLARGE, ERR_INPUT (front matter that is no YAML is text, not an error). */
int markdown_render(struct ctx *cx, struct str source, const struct markdown_options *options, struct markdown_page *out);

#endif
