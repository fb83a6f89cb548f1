/* Search over everything in the portal: entities, pages of documentation, templates, documents of plugins. */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/json.h"
#include "base/str.h"
#include "index/client.h"

/* Documents are of types. Types in the box. Entities need no documents of their own: search follows the catalog. Plugins bring
 * other types. */
#define SEARCH_CATALOG "software-catalog"
#define SEARCH_DOCS "techdocs"

/*
 * Makes a type known, before the workers are made; both texts must last. permission: who may read its documents that are
 * nobody's (those of an entity: who may read the entity). Types nobody has made known are found by nobody.
 */
void search_type(const char *type, const char *permission);

/* A document of a feature or a plugin. */
struct search_document {
	const char *location; /* where it is shown; unique in its source */
	const char *title;
	struct str text;
	const struct json
		*fields;    /* more that its type has (an object) or NULL: found by filters, given back with the document */
	uint64_t entity_id; /* not 0: instead of the one that search_put() is given for all */
};
/*
 * Makes the documents of one source (say a site, a plugin's collator) what is given: new ones come, changed ones are replaced,
 * others of that source go; n 0 removes the source. ERR_INPUT for a type, source or location that is too long. entity_id: who
 * may read that entity may read them; 0: who may read the type. In the caller's transaction if there is one. Findable on every
 * host within two seconds of the commit.
 */
int search_put(struct ctx *cx, const char *type, const char *source, uint64_t entity_id,
	       const struct search_document *documents, size_t n);

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
	bool facets;               /* how many there are of each type, of all that fit the rest */
	const char *const *fields; /* fields whose values are counted, too */
	size_t n_fields;
};
struct search_hit {
	const char *type, *location, *title;
	struct str text;             /* whole */
	const struct json *document; /* as Backstage's API gives it */
	double score;
};
struct search_facet {
	const char *field; /* "": a type */
	const char *value;
	uint64_t count;
};
struct search_answer {
	struct search_hit *hits;
	size_t n;
	uint64_t total;              /* of what cx->who may see */
	struct search_facet *facets; /* most frequent first in each field */
	size_t n_facets;
	const char *meant; /* the term with its typing errors mended; NULL: there is nothing to mend */
	const char *found; /* the term that the hits are of, for search_highlight() */
};
/*
 * Best first; only what cx->who may read counts anywhere in the answer. ERR_INPUT: a type that is not there, a filter that
 * makes no sense; ERR_UNAVAILABLE: the search process is away, with what to do in its words.
 */
int search_query(struct ctx *cx, const struct search_question *question, struct search_answer *out);

struct search_marks {
	const char *before, *behind;                   /* a word that was found */
	void (*put)(struct buf *out, struct str text); /* writes all else, and the word; NULL: as it is */
};
/*
 * The words of a term marked in a text: in the part of about `most` bytes that shows them best, with "…" where it is cut.
 * *found: whether there is one. Lives in cx->mem.
 */
struct str search_highlight(struct ctx *cx, const char *term, struct str text, size_t most, const struct search_marks *m,
			    bool *found);

/* Where this host's search process listens, and what is shared with it; once, before the first question. */
void search_client_setup(const char *socket, struct index_shared *shared);

#endif
