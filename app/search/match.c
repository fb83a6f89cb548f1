/* The documents that have all words, as a set; and then how well those fit that whoever asks may see. */
#include <math.h>
#include <string.h>

#include "base/list.h"
#include "search/private.h"

/* BM25's usual constants, for texts. */
static const float TF_MOST = 1.2F, BY_LENGTH = 0.75F;
/* A text's words count less than those that name a document; side by side they count twice. */
static const float OF_BODY = 0.6F, OF_PHRASE = 2.0F, OF_SMALL = 0.5F;

/* Words that are looked at one after the other lie far apart: so many ahead are asked for. */
enum { AHEAD = 8 };

struct run {
	struct engine *e;
	struct arena *mem;
	size_t n_bits; /* words of a set */
	float average; /* words of a text */
};

static struct run run_of(struct engine *e, struct arena *mem)
{
	return (struct run){ .e = e,
			     .mem = mem,
			     .n_bits = bits_words(e->n_docs),
			     .average = e->live ? (float)e->all_body / (float)e->live + 1 : 1 };
}

/* ---- sets ---- */

uint64_t bits_and(uint64_t *a, const uint64_t *b, size_t n)
{
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += (uint64_t)__builtin_popcountll(a[i] &= b[i]);
	return all;
}

void bits_add_list(uint64_t *bits, struct list *l)
{
	const uint32_t *docs = list_docs(l);

	for (uint32_t i = 0; i < l->n; i++)
		bits_add(bits, docs[i]);
}

static void prefetch(const struct engine *e, uint32_t word)
{
	const char *w = (const char *)&e->words.items[word];

	__builtin_prefetch(w);
	__builtin_prefetch(w + 64);
}

static uint64_t *no_bits(const struct run *r)
{
	return arena_array(r->mem, uint64_t, r->n_bits);
}

/* ---- scores ---- */

static float head_score(const struct light *d, uint8_t info)
{
	float short_first = 0.7F + 0.6F / (1.0F + (float)d->head);
	float best = info & IS_WHOLE ? 4.5F : info & IN_NAME ? 3.2F : info & IN_TITLE ? 3.0F : info & IN_TAGS ? 2.0F : 0.8F;

	return info & (IN_NAME | IN_TITLE) ? best * short_first : best;
}

static float body_score(const struct run *r, const struct light *d, uint8_t often)
{
	float tf = (float)often;

	return OF_BODY * tf * (TF_MOST + 1) / (tf + TF_MOST * (1 - BY_LENGTH + BY_LENGTH * d->length / r->average));
}

/* The rarer a word, the more it says. */
static float rarity(const struct run *r, uint64_t count)
{
	return logf(1 + ((float)r->e->live - (float)count + 0.5F) / ((float)count + 0.5F)) + 0.2F;
}

/* ---- phrases ---- */

static bool in_row(const struct list_walk *words, const struct token *items, size_t n)
{
	const uint8_t *first = words[0].places;
	const uint8_t *next[TERM_WORDS];
	uint32_t at[TERM_WORDS], place = 0;

	for (size_t k = 1; k < n; k++) {
		next[k] = words[k].places;
		at[k] = 0;
	}
	while (first < words[0].places_end) {
		size_t k = 1;

		place += place_next(&first);
		for (; k < n; k++) {
			uint32_t want = place + items[k].at - items[0].at;

			while (at[k] < want && next[k] < words[k].places_end)
				at[k] += place_next(&next[k]);
			if (at[k] != want)
				break;
		}
		if (k == n)
			return true;
	}
	return false;
}

/* Moves each list on until all are at the same document; false at the end of one. */
static bool meet(struct list_walk *words, size_t n, uint32_t doc)
{
	for (size_t i = 0; i < n;) {
		while (words[i].doc < doc)
			if (!list_next(&words[i]))
				return false;
		if (words[i].doc > doc) {
			doc = words[i].doc;
			i = 0;
			continue;
		}
		i++;
	}
	return true;
}

static void find_phrase_in(struct run *r, const struct tokens *t, bool head, uint64_t *bits, struct found_list *out)
{
	size_t n = t->n < TERM_WORDS ? t->n : TERM_WORDS;
	struct list_walk words[TERM_WORDS];

	for (size_t i = 0; i < n; i++) {
		uint32_t word = word_find(r->e, t->items[i].text);
		struct word *w = word ? engine_word(r->e, word) : NULL;

		if (w)
			words[i] = list_begin(head ? &w->head : &w->body);
		if (!w || !list_next(&words[i]))
			return;
	}
	while (meet(words, n, words[0].doc)) {
		uint32_t doc = words[0].doc;
		const struct light *d = &r->e->lights[doc];

		if (bits_has(r->e->living, doc) && in_row(words, t->items, n)) {
			bits_add(bits, doc);
			*list_add(r->mem, out) = (struct found){ doc, head ? head_score(d, words[0].info)
									   : OF_PHRASE * body_score(r, d, words[0].info) };
		}
		if (!list_next(&words[0]))
			return;
	}
}

/* ---- the documents ---- */

static void find_phrase(struct run *r, const struct tokens *t, struct match *out)
{
	struct match_word *w = &out->words[out->n++];
	uint64_t *bits = no_bits(r);

	find_phrase_in(r, t, true, bits, &w->phrase);
	find_phrase_in(r, t, false, bits, &w->phrase);
	w->rarity = rarity(r, bits_and(bits, r->e->living, r->n_bits));
	bits_and(out->bits, bits, r->n_bits);
}

/* Counts the documents of all variants: *bits are these. */
static void count_word(struct run *r, struct match_word *w, uint64_t *bits)
{
	struct engine *e = r->e;

	for (size_t i = 0; i < w->variants.n; i++) {
		if (i + AHEAD < w->variants.n)
			prefetch(e, w->variants.items[i + AHEAD].word);
		struct word *word = engine_word(e, w->variants.items[i].word);

		bits_add_list(bits, &word->head);
		if (!w->variants.items[i].head_only)
			bits_add_list(bits, &word->body);
	}
	w->rarity = rarity(r, bits_and(bits, e->living, r->n_bits));
}

/* True when something is left. */
static bool find_word(struct run *r, struct str text, bool loose, struct match *out)
{
	struct match_word *w = &out->words[out->n++];
	uint64_t *bits = no_bits(r);

	expand(r->e, r->mem, text, loose, &w->variants);
	count_word(r, w, bits);
	return bits_and(out->bits, bits, r->n_bits) > 0;
}

/* Small words are looked for as they are: a beginning like "a" says nothing. All documents stay. */
static void find_optional(struct run *r, struct str text, struct match *out)
{
	uint32_t word = word_find(r->e, text);
	struct match_word *w = &out->words[out->n];

	if (!word)
		return;
	*list_add(r->mem, &w->variants) = (struct variant){ word, OF_SMALL, false };
	count_word(r, w, no_bits(r));
	out->n++;
}

void match_find(struct engine *e, struct arena *mem, const struct term *t, bool loose, struct match *out)
{
	struct run r = run_of(e, mem);
	bool some = e->live > 0;

	*out = (struct match){ .bits = no_bits(&r) };
	if (r.n_bits)
		memcpy(out->bits, e->living, r.n_bits * sizeof(*out->bits));
	for (size_t i = 0; i < t->n_phrases; i++)
		find_phrase(&r, &t->phrases[i], out);
	for (size_t i = 0; some && i < t->n_words; i++)
		if (!t->words[i].optional)
			some = find_word(&r, t->words[i].text, loose, out);
	/* Alone they find everything, and nothing comes before anything else. */
	for (size_t i = 0; some && out->n && i < t->n_words; i++)
		if (t->words[i].optional)
			find_optional(&r, t->words[i].text, out);
}

/* ---- how well they fit ---- */

static inline void take_score(struct run *r, uint32_t doc, float score)
{
	float *now = &r->e->scratch.now[doc];

	*now = *now < score ? score : *now;
}

static void score_variant(struct run *r, const struct variant *v, const uint64_t *bits)
{
	struct word *w = engine_word(r->e, v->word);
	const struct light *lights = r->e->lights;
	const uint32_t *docs = list_docs(&w->head);
	const uint8_t *infos = list_infos(&w->head);

	for (uint32_t i = 0; i < w->head.n; i++)
		if (bits_has(bits, docs[i]))
			take_score(r, docs[i], v->quality * head_score(&lights[docs[i]], infos[i]));
	docs = list_docs(&w->body);
	infos = list_infos(&w->body);
	for (uint32_t i = 0; !v->head_only && i < w->body.n; i++)
		if (bits_has(bits, docs[i]))
			take_score(r, docs[i], v->quality * body_score(r, &lights[docs[i]], infos[i]));
}

static void score_word(struct run *r, const struct match_word *w, const uint64_t *bits, bool first)
{
	float *now = r->e->scratch.now, *sum = r->e->scratch.sum;

	for (size_t i = 0; i < w->phrase.n; i++)
		if (bits_has(bits, w->phrase.items[i].doc))
			take_score(r, w->phrase.items[i].doc, w->phrase.items[i].score);
	for (size_t i = 0; i < w->variants.n; i++) {
		if (i + AHEAD < w->variants.n)
			prefetch(r->e, w->variants.items[i + AHEAD].word);
		score_variant(r, &w->variants.items[i], bits);
	}
	for (size_t i = 0; i < r->n_bits; i++)
		for (uint64_t left = bits[i]; left; left &= left - 1) {
			size_t doc = i * 64 + (size_t)__builtin_ctzll(left);

			sum[doc] = (first ? 0 : sum[doc]) + w->rarity * now[doc];
			now[doc] = 0;
		}
}

void match_score(struct engine *e, struct match *m, const uint64_t *bits)
{
	struct run r = run_of(e, NULL);

	e->scratch.now = engine_grow(&e->bytes, e->scratch.now, 0, e->n_docs, &e->scratch.cap_now, sizeof(float));
	e->scratch.sum = engine_grow(&e->bytes, e->scratch.sum, 0, e->n_docs, &e->scratch.cap_sum, sizeof(float));
	for (uint32_t i = 0; !m->n && i < e->n_docs; i++)
		e->scratch.sum[i] = 1;
	for (size_t i = 0; i < m->n; i++)
		score_word(&r, &m->words[i], bits, i == 0);
}

float match_named(struct engine *e, struct match *m, uint64_t *bits)
{
	ARENA mem = { 0 };
	struct run r = run_of(e, &mem);
	uint64_t *named = no_bits(&r);
	float most = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct match_word *w = &m->words[i];
		float best = 0;

		for (size_t k = 0; k < w->phrase.n; k++)
			bits_add(named, w->phrase.items[k].doc);
		for (size_t k = 0; k < w->variants.n; k++) {
			const struct variant *v = &w->variants.items[k];

			bits_add_list(named, &engine_word(e, v->word)->head);
			best = !v->head_only && best < v->quality ? v->quality : best;
		}
		most += w->rarity * best * OF_BODY * (TF_MOST + 1);
	}
	bits_and(bits, named, r.n_bits);
	return most;
}
