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
/* For each document, ascending: distance to the one before, info (head: IN_*, body: how often, at most 255), places. */
struct list {
	uint8_t *p;
	size_t cap;
	uint32_t n, last; /* bytes; the last document */
};
enum { PLACES_MOST = 24 };
struct place_list {
	uint32_t items[PLACES_MOST];
	size_t n;
};
struct entry {
	uint32_t doc;
	uint8_t info;
	const uint8_t *places, *places_end;
};
struct cursor_at {
	const uint8_t *p, *end;
	uint32_t doc;
};
void list_append(uint64_t *bytes, struct list *l, uint32_t doc, uint8_t info, const uint32_t *places, size_t n);
static inline struct cursor_at list_begin(const struct list *l)
{
	return (struct cursor_at){ l->p, l->p ? l->p + l->n : NULL, 0 };
}
/* False at the end. */
bool list_next(struct cursor_at *c, struct entry *out);
void entry_places(const struct entry *e, struct place_list *out);
/* Numbers documents anew: renumbered[old] is the new number; UINT32_MAX: it has gone. */
void list_renumber(uint64_t *bytes, struct list *l, const uint32_t *renumbered);

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
struct words {
	struct word *items;
	size_t cap;
	uint32_t n, free; /* free: a chain by next */
	uint32_t live;
	uint32_t *buckets;
	size_t n_buckets;
	uint32_t *order; /* by text, as all has them; what came since the last merge stands in fresh */
	size_t n_order, cap_order;
	uint32_t *fresh;
	size_t n_fresh, cap_fresh;
	uint32_t *late; /* in the order, and with a head since the last merge */
	size_t n_late, cap_late;
	/* As of the last merge: the texts of the order, and of those in it that have a head, to be looked through quickly. */
	struct texts all, heads;
};
enum { NO_WORD = 0 }; /* place 0 is nobody's */

uint32_t word_find(const struct engine *e, struct str text);
uint32_t word_make(struct engine *e, struct str text);
/* Takes note that a word has got its first head. */
void word_headed(struct engine *e, uint32_t word);
/* Sorts what is fresh into the order, when it is much, or (`now`) more than a little. Words that are in no document any more
 * are forgotten. */
void words_merge(struct engine *e, bool now);
void words_free(struct engine *e);
/* The first place in the order whose word is not before text. */
size_t words_from(const struct engine *e, struct str text);
/* The same from a place on that is not behind it. */
size_t words_behind(const struct engine *e, size_t from, struct str text);
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

struct document {
	uint64_t key, tag;
	uint64_t name, title, ref, owner; /* hashes; 0: none */
	uint32_t *values;
	uint32_t n_values, entity, type;
	uint32_t body; /* words of the text */
	bool live;
	float weight;
};
/* What of a document is looked at for each place it stands in. */
struct light {
	float length; /* words of the text */
	uint8_t head; /* words that name it, at most 255 */
	bool live;
};
struct slot {
	uint64_t key;
	uint32_t doc; /* + 1; 0: free */
};
struct engine {
	uint64_t bytes;
	struct words words;
	struct values values;
	struct document *docs;
	struct light *lights;
	size_t cap_docs, cap_lights;
	uint32_t n_docs, live;
	uint64_t all_body;  /* words of all texts of live documents */
	struct slot *slots; /* open addressing, by key */
	size_t n_slots, used_slots;
	uint32_t turn; /* how often documents were numbered anew */
	uint32_t *renumbered;
	size_t cap_renumbered;
	uint32_t behind; /* words up to here have followed the last numbering */
	struct {
		uint8_t *seen;
		float *now, *sum;
		uint32_t *mark, *touched;
		size_t cap_seen, cap_now, cap_sum, cap_mark, cap_touched;
		uint32_t stamp;
	} scratch;
	struct arena mem; /* of one call */
};
/* The lists of a word, numbered as documents are now. */
struct word *engine_word(struct engine *e, uint32_t word);
/* The live document of a key; NULL: none. */
struct document *engine_find(const struct engine *e, uint64_t key);
uint64_t engine_hash(struct str s);

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

/* ---- match.c: the documents that have all words ---- */

struct found {
	uint32_t doc;
	float score;
};
struct found_list {
	struct found *items;
	size_t n, cap;
};
void match(struct engine *e, struct arena *mem, const struct term *t, bool loose, struct found_list *out);

#endif
