/* Search over everything in the portal: entities, pages of documentation, templates, documents of plugins. */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/str.h"

/* Types in the box. Entities need no documents of their own: search follows the catalog. Plugins bring other types. */
#define SEARCH_CATALOG "software-catalog"
#define SEARCH_DOCS "techdocs"

/* A document of a feature or a plugin. */
struct search_document {
	const char *location; /* where it is shown; unique in its source */
	const char *title;
	struct str text;
	const struct json *fields; /* more that its type has (an object) or NULL: found by filters, given back with the document */
};
/*
 * Makes the documents of one source (say a site, a plugin's collator) what is given: new ones come, changed ones are replaced,
 * others of that source go; n 0 removes the source. entity_id: who may read that entity may read them; 0: who may read the type.
 * In the caller's transaction if there is one. Findable on every host within two seconds of the commit.
 */
int search_put(struct ctx *cx, const char *type, const char *source, uint64_t entity_id, const struct search_document *documents, size_t n);

struct search_filter {
	const char *field;
	const char **values; /* any of them */
	size_t n;
};
struct search_question {
	const char *term; /* "": everything */
	const char **types;
	size_t n_types; /* 0: all */
	const struct search_filter *filters;
	size_t n_filters;
	uint64_t entity_id; /* only documents of this entity; 0: of all */
	unsigned offset, limit;
	bool facets; /* how many there are of each type, of all that fit the rest */
};
struct search_hit {
	const char *type, *location, *title;
	struct str text;                   /* whole */
	const struct json *document;       /* as Backstage's API gives it */
	struct str title_html, text_html;  /* escaped, with <mark> round what was found; text: the part that fits best, short */
	double score;
};
struct search_facet {
	const char *type;
	uint64_t count;
};
struct search_answer {
	struct search_hit *hits;
	size_t n;
	uint64_t total; /* of what cx->who may see */
	struct search_facet *facets;
	size_t n_facets;
};
/*
 * Best first; only what cx->who may read counts anywhere in the answer. ERR_INPUT: a type that is not there, a filter that makes no
 * sense; ERR_UNAVAILABLE: the search process is away, with what to do in its words.
 */
int search_query(struct ctx *cx, const struct search_question *question, struct search_answer *out);

#endif
