/* Documents by the words in them, in memory: what the search process holds. Knows no database and nobody who asks. */
#ifndef SEARCH_ENGINE_H
#define SEARCH_ENGINE_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/str.h"

struct engine;

struct engine_pair {
	struct str field, value; /* as filters compare them */
};
/* What is known of a document; it comes as bytes from another process, written and read by the functions below. */
struct engine_doc {
	uint64_t key;    /* of the source: see ENGINE_PAGE */
	uint64_t tag;    /* comes back with a hit */
	uint32_t entity; /* whose document it is: found when that entity is among those that may be read; 0: nobody's */
	struct str type;
	struct str name, title, tags, other, text;
	struct str ref;   /* "component:default/payments-api": of an entity, else empty */
	struct str owner; /* ref of the owner; empty: none */
	float weight;     /* 1: as good as others */
	struct engine_pair *pairs;
	size_t n_pairs;
};
/* Keys of documents that are no entity: their id with this bit. An entity's key is its id. */
#define ENGINE_PAGE (1ULL << 63)

void engine_write(struct buf *to, const struct engine_doc *d);
/* False when the bytes are none. The texts point into them, pairs live in mem. */
bool engine_read(struct arena *mem, struct str bytes, struct engine_doc *out);

struct engine *engine_new(void);
void engine_free(struct engine *e); /* NULL is fine */
void engine_put(struct engine *e, const struct engine_doc *d);
void engine_remove(struct engine *e, uint64_t key);
/* How often documents came, changed or went: while it is the same, so are answers. */
uint64_t engine_changes(const struct engine *e);
/* Does a little of what was put off; true when there is more. For moments when nobody asks. */
bool engine_work(struct engine *e);

/* The changes of the two sequences that have been taken in: of the catalog's entities, and of all other documents. */
struct engine_seen {
	uint64_t entities, pages;
};
/*
 * All of it as a file, for a start that needs not read everything from the database. owner: whose documents they are, any text.
 * Written beside path and renamed; ERR_UNAVAILABLE when that cannot be done (a full disk).
 */
int engine_save(struct ctx *cx, struct engine *e, const struct engine_seen *seen, const char *path, const char *owner);
/*
 * ERR_NOTFOUND when there is no such file; ERR_CONFLICT when it is of no use: written by another version, of another owner, or
 * damaged in any way. The file is not trusted.
 */
int engine_load(struct ctx *cx, const char *path, const char *owner, struct engine **out, struct engine_seen *seen);

struct engine_stats {
	uint64_t documents, words, values, bytes;
};
void engine_stats(const struct engine *e, struct engine_stats *out);

/* What is asked, and by whom. */
struct engine_filter {
	struct str field;
	struct str *values; /* any of them, compared with their case */
	size_t n;
};
struct engine_question {
	struct str term;
	struct str *types; /* that may be found: those who ask may read them */
	size_t n_types;
	struct str *chosen; /* of these, what is wanted; n 0: all */
	size_t n_chosen;
	struct engine_filter *filters;
	size_t n_filters;
	uint32_t entity;    /* 0: of any */
	struct str allowed; /* ids of entities that may be read: bytes of a bitmap; empty: all */
	struct str *owns;   /* refs that speak for who asks: what they own comes first */
	size_t n_owns;
	uint32_t offset, limit;
	bool facets;
	struct str *fields; /* whose values are to be counted */
	size_t n_fields;
};
struct engine_hit {
	uint64_t key, tag;
	double score;
};
struct engine_count {
	struct str field, value; /* field empty: of a type */
	uint64_t n;
};
struct engine_answer {
	uint64_t total;
	struct engine_hit *hits;
	size_t n;
	struct engine_count *counts;
	size_t n_counts;
	struct str meant; /* the term as it was understood, or might have been meant; empty: as it is */
};
/* The same as bytes. */
void engine_ask(struct buf *to, const struct engine_question *q);
bool engine_asked(struct arena *mem, struct str bytes, struct engine_question *out);
void engine_say(struct buf *to, const struct engine_answer *a);
bool engine_said(struct arena *mem, struct str bytes, struct engine_answer *out);

/* Best first. Never changes what is known, but for what makes it quicker. ERR_INPUT when `allowed` is no bitmap. */
int engine_answer(struct ctx *cx, struct engine *e, const struct engine_question *q, struct engine_answer *out);

#endif
