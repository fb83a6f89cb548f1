/*
 * What an index is made of, from the memory up; for app/index alone.
 *
 * A document has terms, a term is a value of a key, a value knows its documents. Values of a key stand in order, so that ranges
 * and ordered pages are walks; some keys have their values' parts, too (gram.c). set.c says which documents are meant, page.c
 * and facet.c answer.
 */
#ifndef INDEX_PRIVATE_H
#define INDEX_PRIVATE_H

#include "ext/bitmap.h"
#include "index/index.h"
#include "index/limits.h"
#include "index/request.h"

/* ---- memory.c ---- */

/*
 * Documents, keys, values and their lists name each other by 32-bit numbers, in units of eight bytes: half a pointer, and no
 * header around each piece. Nothing moves.
 */
typedef uint32_t spot; /* 0: nowhere */

enum { UNIT = 8, CHUNK_UNITS = 1 << 17, CHUNKS = 1 << 15, SMALL_UNITS = 128, CLASSES = SMALL_UNITS + 26 };

/* A bitmap of a posting, and what it takes. */
struct cell {
	struct bitmap *set;
	uint32_t bytes, changes;
};

struct memory {
	char *chunks[CHUNKS];
	bool joined[CHUNKS]; /* the chunk goes on where the one before it ends */
	uint32_t n_chunks, used;
	bool rising;        /* nothing that was given back is handed out: each spot is larger than the one before */
	spot free[CLASSES]; /* given back, by size */
	struct cell *cells;
	uint32_t n_cells, cap_cells, free_cell;
	uint64_t bytes; /* all that is allocated here, and by must_array() */
};

struct memory *memory_new(void);
void memory_free(struct memory *m);
/* Zeroed. */
spot memory_alloc(struct memory *m, size_t bytes);
/* bytes: as many as were asked for. */
void memory_give(struct memory *m, spot s, size_t bytes);
static inline void *memory_at(const struct memory *m, spot s)
{
	return m->chunks[s / CHUNK_UNITS] + (size_t)(s % CHUNK_UNITS) * UNIT;
}

/* calloc and realloc that abort. */
void *must_alloc(size_t n);
void *must_grow(void *p, size_t n);
/* An array from old to n items, NULL when n is 0; the new ones are zeroed. Counted in m->bytes. */
void *must_array(struct memory *m, void *p, size_t old, size_t n, size_t size);

/* ---- posting.c: the documents that have a value ---- */

/* Most values belong to one document, a few to very many: the number itself, a list, or a bitmap, as n says. */
struct posting {
	uint32_t n;
	uint32_t at; /* 1: the document; up to list_most: spot of a list; else: a cell */
};

/* What is there already, or is not, does no harm. */
void posting_add(struct memory *m, struct posting *p, uint32_t id);
void posting_remove(struct memory *m, struct posting *p, uint32_t id);
void posting_clear(struct memory *m, struct posting *p);
void posting_copy(struct memory *m, struct posting *to, const struct posting *from);
/* Makes one of `all` documents, of which the first n come now; the others by posting_more(). In ascending order. */
void posting_start(struct memory *m, struct posting *p, uint32_t all, const uint32_t *ids, size_t n);
void posting_more(struct memory *m, struct posting *p, const uint32_t *ids, size_t n);
/* The bitmap, or NULL: then it is a list. */
const struct bitmap *posting_map(const struct memory *m, const struct posting *p);
const uint32_t *posting_list(const struct memory *m, const struct posting *p);

/* ---- table.c: what is found by its hash ---- */

/* Grows by one bucket at a time, so that no document waits until everything has been moved. */
struct table {
	spot **parts;
	size_t n_parts, n, buckets, low; /* low: the power of two that buckets has reached */
};
/* What stands in a table begins with this. */
struct link {
	spot next;
};
enum { TABLE_PART = 4096 };

void table_start(struct memory *m, struct table *t);
/* An empty one gets room for so many at once. */
void table_reserve(struct memory *m, struct table *t, size_t n);
void table_free(struct memory *m, struct table *t);
/* The first of those whose hash is like that; the others by their links. */
spot *table_bucket(const struct table *t, uint32_t hash);
void table_add(struct memory *m, struct table *t, spot s, uint32_t hash, uint32_t (*hash_of)(const struct memory *m, spot s));
void table_remove(struct memory *m, struct table *t, spot s, uint32_t hash);

/* ---- ids.c: a spot for each document ---- */

struct ids {
	spot **tops[4096]; /* by the upper 12 bits of the id, the middle 10, the lower 10 */
};
enum { IDS_PAGE = 1024 };

spot ids_get(const struct ids *d, uint32_t id);
/* Where it stands; made when need be. */
spot *ids_slot(struct memory *m, struct ids *d, uint32_t id);
void ids_free(struct memory *m, struct ids *d);

/* ---- key.c: keys and their values ---- */

/*
 * One spelling of a value. Two that differ only in case are two values that stand side by side: so facets and orders do not
 * depend on which document came first.
 */
struct value {
	spot next; /* struct link */
	spot key;
	struct posting docs;
	uint16_t n; /* bytes of text */
	bool mixed; /* has upper case: behind the text it stands once more in lower case */
	bool bare;  /* no text: documents that have the key without a value (null, too long) */
	char text[];
};

struct entry {
	spot block, first; /* the first value in it */
};
struct block {
	uint16_t n, cap;
	spot items[];
};

struct key {
	spot next; /* struct link */
	uint32_t n_values;
	union {
		spot only; /* one value needs no block */
		struct entry *blocks;
	};
	uint32_t n_blocks, cap_blocks;
	spot bare;             /* not among the values */
	struct posting valued; /* documents with a value; not kept for one value, which has them */
	uint64_t n_said;       /* values of all documents: as many as are valued, or some have several */
	struct grams *grams;   /* NULL: nobody asked for parts */
	uint32_t n;
	char name[];
};

static inline struct str key_name(const struct key *k)
{
	return (struct str){ k->name, k->n };
}
static inline struct str value_text(const struct value *v)
{
	return (struct str){ v->text, v->n };
}
static inline struct str value_lower(const struct value *v)
{
	return (struct str){ v->text + (v->mixed ? v->n : 0), v->n };
}
int index_compare(struct str a, struct str b);

spot key_find(const struct index *ix, struct str name);
spot key_make(struct index *ix, struct str name);
/* When it has neither values nor a bare one. */
void key_drop(struct index *ix, spot key);
/* The documents that have a value. */
const struct posting *key_valued(const struct index *ix, const struct key *k);
/* Whether no document has two values of it. */
bool key_is_single(const struct index *ix, const struct key *k);

/* Finds it or makes it, without documents; text.p NULL: the bare one. */
spot value_make(struct index *ix, spot key, struct str text);
/* The same where it is known to be new and behind all others of its key; 0 when it is not. To be linked, soon. */
spot value_append(struct index *ix, spot key, struct str text, uint32_t *hash);
void value_link(struct index *ix, spot value, uint32_t hash);
/* When it has no documents. */
void value_drop(struct index *ix, spot value);

/* ---- order.c: the values of a key in order of (lower, text) ---- */

/* A place in the order; blocks are so small that one value more moves little. */
struct place {
	uint32_t block, at;
};

void order_put(struct index *ix, struct key *k, spot value);
void order_append(struct index *ix, struct key *k, spot value);
void order_take(struct index *ix, struct key *k, spot value);
/* The values of block i; NULL, 0 behind the end. */
const spot *order_block(const struct index *ix, const struct key *k, uint32_t i, uint32_t *n);
/* The first value whose lower-case text is at least that. */
struct place order_from(const struct index *ix, const struct key *k, struct str lower);
void order_free(struct index *ix, struct key *k);

/* Going through the values, up or down. */
struct walk {
	const struct index *ix;
	const struct key *k;
	bool up;
	const spot *items;
	uint32_t block, n, at; /* at: of the next value; going down, one behind it */
};
struct walk walk_from(const struct index *ix, const struct key *k, struct place p, bool up);
/* From the first value up, or from the last down. */
struct walk walk_all(const struct index *ix, const struct key *k, bool up);
/* NULL at the end. */
struct value *walk_next(struct walk *w);

/* ---- index.c: documents ---- */

struct doc {
	uint64_t tag;
	uint32_t n;
	spot terms[]; /* values, in order of (key, value) as numbers */
};

struct index {
	struct memory *mem;
	struct table keys, values;
	struct ids docs;
	struct bitmap *all, *errors;
	uint64_t seq, changes;
	spot *growing; /* the key whose parts are being taken in; 0: none */
	struct {
		uint64_t *items; /* (key, value) of the document that is put in */
		size_t cap;
	} scratch;
};

static inline struct value *value_of(const struct index *ix, spot s)
{
	return memory_at(ix->mem, s);
}
static inline struct key *key_of(const struct index *ix, spot s)
{
	return memory_at(ix->mem, s);
}
/* Of a document that is there. */
static inline struct doc *doc_of(const struct index *ix, uint32_t id)
{
	return memory_at(ix->mem, ids_get(&ix->docs, id));
}
/* A document whose terms are still to be filled in, as many as n. */
void index_restore(struct index *ix, const struct index_doc *doc, uint32_t n);
/* The place of the first term of that key, or behind it. */
uint32_t doc_from(const struct index *ix, const struct doc *d, spot key);
/* The value at a place when it is one of that key, else NULL; the bare one counts as none. */
struct value *doc_value_at(const struct index *ix, const struct doc *d, spot key, uint32_t i);
/* The least value of a document under a key, by lower case; NULL when it has none. */
struct value *doc_least(const struct index *ix, uint32_t id, spot key);

/* ---- gram.c: the parts of values ---- */

void grams_add(struct index *ix, spot key, const struct value *v, uint32_t id, const struct doc *now);
/* now: the document as it will be, NULL: gone. */
void grams_remove(struct index *ix, spot key, const struct value *v, uint32_t id, const struct doc *now);
/* Takes in documents until all are; for a key of a snapshot. */
void grams_build(const struct index *ix, spot key);
void grams_free(struct memory *m, struct grams *g);

/* ---- set.c: which documents are meant ---- */

/* Members are of a bitmap or a list, in ascending order; mostly somebody else's. */
struct set {
	const struct bitmap *map; /* NULL: list */
	const uint32_t *list;
	size_t n;
	const uint64_t
		*bits; /* the members of map once more, quicker to ask; NULL: set_spread() was not called, or was in vain */
	uint64_t n_bits;
	struct bitmap *own; /* map, when it is to be freed */
	bool others;        /* all documents but these */
};

struct ask {
	struct ctx *cx;
	const struct index *ix;
	struct reader r;
};

/* Evaluates a SET of request.h. r.bad when it is malformed. To be freed; `others` is never set. */
struct set set_read(struct ask *a);
void set_free(struct set *s);
struct set set_of(const struct index *ix, const struct posting *p);
struct set set_list(const uint32_t *list, size_t n);
/* Takes the bitmap over. */
struct set set_own(struct bitmap *b);
uint64_t set_count(const struct set *s);
bool set_has(const struct set *s, uint32_t id);
/* For one that is asked for many documents: no more than one step for each. Vain when it is too sparse. */
void set_spread(struct arena *mem, struct set *s);
/* How many are at most id. */
uint64_t set_rank(const struct set *s, uint32_t id);
/* Members from place `from` on, at most n; returns how many. */
size_t set_ids(const struct set *s, uint64_t from, size_t n, uint32_t *out);
/* How many of a posting are in it. */
uint64_t set_both(const struct index *ix, const struct set *s, const struct posting *p);
struct set set_and(struct arena *mem, const struct set *a, const struct set *b);
struct set set_without(struct arena *mem, const struct set *a, const struct set *b);
/* Of ids in any order, some more than once; ids is used up. */
struct set set_from_ids(uint32_t *ids, size_t n);

/* Many sets that become one, of all their members. */
struct pile {
	struct arena *mem;
	size_t n;
	struct set only;
	struct bitmap *map;
	struct {
		uint32_t *items;
		size_t n, cap;
	} ids;
};
/* Uses s up. */
void pile_add(struct pile *p, struct set s);
struct set pile_set(struct pile *p);

/* Documents that have term as a part of a value of the key; within: NULL, or only those are of interest. */
struct set set_containing(struct ask *a, spot key, struct str term, const struct set *within);

/* ---- page.c, facet.c ---- */

void page_answer(struct ask *a, struct buf *out);
int facets_answer(struct ask *a, struct buf *out);

#endif
