/*
 * What the engine is made of, from the memory up; for app/search alone.
 *
 * A document has a number; a word (term) has two lists of the documents it stands in: in what names a document (head), and in
 * its text (body). Numbers only rise: a document that changes gets a new one, the old one is dead, and lists are only appended
 * to. When there are many dead ones all are numbered anew; a list follows when it is next used.
 */
#ifndef SEARCH_PRIVATE_H
#define SEARCH_PRIVATE_H

#include "search/engine.h"
#include "search/token.h"

/* ---- memory.c ---- */

/* Grows a zeroed array to hold n more behind `used`; aborts without memory. bytes counts. */
void *engine_grow(uint64_t *bytes, void *p, size_t used, size_t n, size_t *cap, size_t size);
void engine_drop(uint64_t *bytes, void *p, size_t cap, size_t size);

/* ---- list.c: where a word stands ---- */

/* Where in its head: what a place there is worth. */
enum {
	IN_NAME = 1,
	IN_TITLE = 2,
	IN_TAGS = 4,
	IN_OTHER = 8,
	IS_WHOLE = 16, /* the name or the title is this word */
};
/*
 * Documents, ascending; of each an info (head: IN_*, body: how often, at most 255) and its places, as bytes. One document, and
 * a few bytes of places, need no memory of their own: most words stand in one document alone.
 */
struct list {
	union {
		uint32_t *docs; /* cap of them, behind them as many infos, then as many sizes */
		struct {
			uint32_t doc;
			uint8_t info, size;
		} one; /* cap is 0 */
	};
	union {
		uint8_t *places;
		uint8_t few[8]; /* cap_places is 0 */
	};
	uint32_t n, cap, n_places, cap_places;
};
enum { PLACES_MOST = 24 };
static inline uint32_t *list_docs(struct list *l)
{
	return l->cap ? l->docs : &l->one.doc;
}
static inline uint8_t *list_infos(struct list *l)
{
	return l->cap ? (uint8_t *)(l->docs + l->cap) : &l->one.info;
}
/* Bytes that the places of each take. */
static inline uint8_t *list_sizes(struct list *l)
{
	return l->cap ? (uint8_t *)(l->docs + l->cap) + l->cap : &l->one.size;
}
static inline uint8_t *list_places(struct list *l)
{
	return l->cap_places ? l->places : l->few;
}
void list_append(uint64_t *bytes, struct list *l, uint32_t doc, uint8_t info, const uint32_t *places, size_t n);
/* Makes an empty list one of so many documents and bytes of places, which the caller fills in. */
void list_reserve(uint64_t *bytes, struct list *l, uint32_t n, uint32_t n_places);
/* Numbers documents anew: renumbered[old] is the new number, which is not larger; UINT32_MAX: it has gone. */
void list_renumber(struct list *l, const uint32_t *renumbered);
void list_drop(uint64_t *bytes, struct list *l);

/* One document after the other, with its places. */
struct list_walk {
	struct list *list;
	uint32_t i, doc;
	uint8_t info;
	const uint8_t *places, *places_end;
};
static inline struct list_walk list_begin(struct list *l)
{
	return (struct list_walk){ .list = l, .places_end = list_places(l) };
}
/* False at the end. */
bool list_next(struct list_walk *w);
static inline uint32_t place_next(const uint8_t **p)
{
	uint32_t n = *(*p)++;

	if (n < 0x80)
		return n;
	n &= 0x7F;
	for (unsigned shift = 7;; shift += 7) {
		uint32_t b = *(*p)++;

		n |= (b & 0x7F) << shift;
		if (b < 0x80)
			return n;
	}
}

/* ---- words.c: the dictionary ---- */

struct word {
	char *text; /* NULL: free */
	uint32_t n, next, turn;
	bool sorted; /* it stands in the order */
	struct list head, body;
};
/* Words in order, their texts one behind the other, each with a NUL behind it. */
struct texts {
	char *text;
	uint32_t *starts, *words; /* by place; starts has one more */
	uint64_t *pairs;          /* by place: which pairs of letters are in it */
	size_t n_text, n, cap_text, cap_starts, cap_words, cap_pairs;
};
/* A bit for each pair of bytes that follow one another; some share one. */
static inline uint64_t texts_pairs(struct str s)
{
	uint64_t pairs = 0;

	for (size_t i = 1; i < s.n; i++)
		pairs |= 1ULL << (((uint8_t)s.p[i - 1] * 29U + (uint8_t)s.p[i]) % 64);
	return pairs;
}
static inline struct str texts_at(const struct texts *t, size_t i)
{
	return (struct str){ t->text + t->starts[i], t->starts[i + 1] - t->starts[i] - 1 };
}
/* The next order, while it is made: a little between two questions, which use the one before. */
struct merge {
	bool begun;
	size_t at, at_fresh;    /* what of the order, and of what is fresh, is in the next one */
	size_t n_fresh, n_late; /* as many were there when it began */
	uint32_t *fresh;        /* these, sorted */
	size_t cap_fresh;
	struct texts all, heads;
	uint32_t *gone; /* words that are in no document any more */
	size_t n_gone, cap_gone;
};
struct words {
	struct word *items;
	size_t cap;
	uint32_t n, free; /* free: a chain by next */
	uint32_t live;
	uint32_t *buckets;
	size_t n_buckets;
	struct texts all, heads; /* those of the last merge in order; those of them that have a head */
	struct texts fresh;      /* what came since, in no order */
	uint32_t *late;          /* in the order, and with a head since the last merge */
	size_t n_late, cap_late;
	struct merge next;
};
enum { NO_WORD = 0 }; /* place 0 is nobody's */

uint32_t word_find(const struct engine *e, struct str text);
uint32_t word_make(struct engine *e, struct str text);
/* Takes note that a word has got its first head. */
void word_headed(struct engine *e, uint32_t word);
/*
 * Sorts what is fresh into the order: all of it when that is much, or a little of it when it is worth the while. Words that are
 * in no document any more are forgotten. True when there is more to do.
 */
enum merge_how { MERGE_WHEN_MUCH, MERGE_A_LITTLE };
bool words_merge(struct engine *e, enum merge_how how);
void words_free(struct engine *e);
/* The first place, at `from` or behind it, whose word is not before text. */
size_t texts_behind(const struct texts *t, size_t from, struct str text);
static inline struct str word_text(const struct word *w)
{
	return (struct str){ w->text, w->n };
}

/* ---- values.c: what filters compare ---- */

struct value {
	char *text; /* field, NUL, value; NULL: free */
	uint32_t n_field, n_value, next, uses;
	uint32_t next_folded; /* of those whose folded hash falls into the same bucket */
	uint64_t folded;      /* hash of both, folded */
	uint32_t field;       /* equal for values of one field */
	uint32_t turn;
	struct list docs; /* that have it */
};
struct values {
	struct value *items;
	size_t cap;
	uint32_t n, free, live;
	uint32_t *buckets, *folded; /* by what is written, by what is folded */
	size_t n_buckets;
};
/* The spellings of a folded value, one behind the other: 0 begins, and 0 is the end. */
uint32_t value_next_folded(const struct engine *e, uint64_t folded, uint32_t before);
uint32_t value_find(const struct engine *e, struct str field, struct str value);
/* Counts one more use. */
uint32_t value_take(struct engine *e, struct str field, struct str value);
void value_give(struct engine *e, uint32_t value);
void values_free(struct engine *e);
uint64_t value_folded(struct arena *mem, struct str field, struct str value);

/* ---- engine.c: documents ---- */

/* All there is of a document, at a place that stays. */
struct document {
	uint64_t key, tag;
	uint64_t name, title, ref, owner; /* hashes; 0: none */
	uint32_t *values;
	uint32_t n_values;
	uint32_t body;         /* words of the text */
	uint32_t number, turn; /* as it stands in lists: number_of() */
	uint32_t next;         /* of a free place: the next one, + 1 */
	bool live;
};
/* What of it is looked at for each document that has a word, by number. */
struct light {
	uint64_t key;
	float length, weight; /* length: words of the text */
	uint32_t entity, type, place;
	uint32_t called; /* a bit each for name, title and ref: engine_called() */
	uint8_t head;    /* words that name it, at most 255 */
};
/* The next numbers, while they are given: a little between two questions, which use the ones before. */
struct numbering {
	bool begun;
	uint32_t at, n; /* documents that were looked at, those of them that live */
	struct light *lights;
	uint64_t *living;
	size_t cap_lights, cap_living;
};
struct slot {
	uint64_t key;
	uint32_t place; /* + 1; 0: free */
};
struct engine {
	uint64_t bytes, changes;
	struct words words;
	struct values values;
	struct document *docs;
	size_t cap_docs;
	uint32_t n_places, free; /* free: a chain by next */
	struct light *lights;
	uint64_t *living; /* bits, by number */
	size_t cap_lights, cap_living;
	uint32_t n_docs, live;   /* numbers given, documents that have one now */
	uint64_t all_body;       /* words of all texts of live documents */
	float most_weight;       /* that a document ever had */
	struct bitmap *entities; /* ids of those that are live */
	uint64_t entity_turn;    /* how often that set has changed */
	struct slot *slots;      /* open addressing, by key */
	size_t n_slots, used_slots;
	uint32_t turn; /* how often documents were numbered anew */
	uint32_t *renumbered;
	size_t cap_renumbered;
	struct numbering next;
	uint32_t behind, behind_values, behind_places; /* so many words, values and places have followed the last numbering */
	struct sight *sights;                          /* sight.c */
	uint64_t questions;                            /* that were asked */
	struct {
		float *now, *sum; /* by number; now is 0 between questions */
		size_t cap_now, cap_sum;
	} scratch;
	struct arena mem; /* of one call */
};
/* The lists of a word, the list of a value, numbered as documents are now. */
struct word *engine_word(struct engine *e, uint32_t word);
struct list *engine_value(struct engine *e, uint32_t value);
/* The live document of a key; NULL: none. */
struct document *engine_find(const struct engine *e, uint64_t key);
/* A document as it was in another engine, without its words; from->values are numbers of values of this one. */
void engine_restore(struct engine *e, const struct document *from, const struct light *light);
uint64_t engine_hash(struct str s);
/* The bit by which documents that are called so can be told from most others; of no hash: none. */
static inline uint32_t engine_called(uint64_t hash)
{
	return hash ? 1U << (hash >> 59) : 0;
}

/* ---- sets of documents: a bit for each number ---- */

static inline size_t bits_words(uint32_t n)
{
	return (n + 63ULL) / 64;
}
static inline bool bits_has(const uint64_t *bits, uint32_t n)
{
	return bits[n / 64] >> (n % 64) & 1;
}
static inline void bits_add(uint64_t *bits, uint32_t n)
{
	bits[n / 64] |= 1ULL << (n % 64);
}
static inline void bits_remove(uint64_t *bits, uint32_t n)
{
	bits[n / 64] &= ~(1ULL << (n % 64));
}
/* Both arrays have n words: a becomes what both have, and the number of that is returned. */
uint64_t bits_and(uint64_t *a, const uint64_t *b, size_t n);
/* All documents of a list. */
void bits_add_list(uint64_t *bits, struct list *l);

/* ---- sight.c: what somebody may see ---- */

/*
 * The documents, dead ones among them, of which type and entity may be seen: those of the types, of an entity that is there and
 * is allowed, or of none. Kept for those who ask next with the same rights. ERR_INPUT when `allowed` is no bitmap.
 */
int sight_of(struct ctx *cx, struct engine *e, const uint32_t *types, size_t n_types, struct str allowed, const uint64_t **out);
void sights_free(struct engine *e);

/* ---- term.c: what was typed ---- */

enum { TERM_WORDS = 32, TERM_PHRASES = 8, TERM_FIELDS = 16 };
struct term_word {
	struct str text;
	uint32_t from, to; /* in the term */
	bool optional;     /* found or not: it adds to the score */
};
struct term_field {
	struct str field, value;
};
struct term {
	struct term_word words[TERM_WORDS];
	size_t n_words;
	struct tokens phrases[TERM_PHRASES]; /* words that must stand side by side */
	size_t n_phrases;
	struct term_field fields[TERM_FIELDS]; /* owner:payments */
	size_t n_fields;
	struct str joined; /* all of it as one word, to compare names with */
	struct str folded; /* as typed, without case */
};
void term_read(struct arena *mem, struct str text, struct term *out);

/* ---- expand.c: the words of the dictionary that a typed word may mean ---- */

struct variant {
	uint32_t word;
	float quality; /* 1: the very word */
	bool head_only;
};
struct variants {
	struct variant *items;
	size_t n, cap;
};
/* loose: parts of words in texts, and words with typing errors, too. */
void expand(struct engine *e, struct arena *mem, struct str typed, bool loose, struct variants *out);
/* The word that was most likely meant by one that is nowhere; empty: none is near. */
struct str expand_nearest(struct engine *e, struct arena *mem, struct str typed);

/* ---- match.c: the documents that have all words, and how well they fit ---- */

struct found {
	uint32_t doc;
	float score;
};
struct found_list {
	struct found *items;
	size_t n, cap;
};
struct match_word {
	struct variants variants;
	struct found_list phrase; /* of a phrase: where it stands */
	float rarity;             /* what the word counts */
};
struct match {
	uint64_t *bits; /* the documents; whoever judges them takes some away */
	struct match_word words[TERM_WORDS + TERM_PHRASES];
	size_t n;
};
void match_find(struct engine *e, struct arena *mem, const struct term *t, bool loose, struct match *out);
/* Of bits, leaves those that a word names, or a phrase is in; no other has a higher score than is returned, weights apart. */
float match_named(struct engine *e, struct match *m, uint64_t *bits);
/* e->scratch.sum has the score of each of these, which are some of m->bits. */
void match_score(struct engine *e, struct match *m, const uint64_t *bits);

#endif
