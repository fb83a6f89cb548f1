/* Documents by what they hold: (key, value) -> the documents that have it. Knows no entities; in memory, one process. */
#ifndef INDEX_INDEX_H
#define INDEX_INDEX_H

#include "base/buf.h"
#include "base/ctx.h"

struct index;

/* One value of a document. Keys are in lower case; value is as written, p NULL when only the key counts (null, too long). */
struct index_term {
	struct str key, value;
};
struct index_terms {
	struct index_term *items;
	size_t n, cap;
};
/* What else is known of a document. */
struct index_doc {
	uint32_t id;  /* chosen by the caller, for good: unordered lists and ties are in its order */
	uint64_t tag; /* comes back with the id, so that the caller sees whether what it then reads is what was indexed */
	bool error;   /* for the set of those with errors */
};

struct index *index_new(void);
void index_free(struct index *ix); /* NULL is fine */
/* Sets all that is known of a document; terms in any order, equal ones count once. Cheap where little has changed. */
void index_put(struct index *ix, const struct index_doc *doc, const struct index_terms *terms);
void index_remove(struct index *ix, uint32_t id);

/* The change that has been taken in last. */
uint64_t index_seq(const struct index *ix);
void index_set_seq(struct index *ix, uint64_t seq);

/* Differs from what it was before whenever anything that an answer could tell has changed. */
uint64_t index_changes(const struct index *ix);

/*
 * Answers one request (see request.h) by appending to answer. ERR_INPUT when it is malformed, ERR_TOOLARGE when facets
 * would make it larger than 64 MiB. Never changes what is indexed.
 */
int index_answer(struct ctx *cx, const struct index *ix, struct str request, struct buf *answer);

/*
 * Parts of this key's values will be asked for: what that takes is made in index_work(), one key after the other. False when
 * there is nothing to be made (now).
 */
bool index_expect(struct index *ix, struct str key);
/* Does a little, less than a millisecond, of what was put off; true when there is more. For moments when nobody asks. */
bool index_work(struct index *ix);

struct index_stats {
	uint64_t seq, documents, keys, values;
	uint64_t bytes; /* of memory that all of it takes, nearly */
};
void index_stats(const struct index *ix, struct index_stats *out);

/*
 * The whole index as a file, for a start that needs not read everything from the database. owner: whose documents they are,
 * any text. Written beside path and renamed, so path is always whole; ERR_UNAVAILABLE when that cannot be done (a full disk).
 */
int index_save(struct ctx *cx, const struct index *ix, const char *path, const char *owner);
/*
 * ERR_NOTFOUND when there is no such file; ERR_CONFLICT when it is of no use: written by another version, of another owner, or
 * damaged in any way. The file is not trusted.
 */
int index_load(struct ctx *cx, const char *path, const char *owner, struct index **out);

#endif
