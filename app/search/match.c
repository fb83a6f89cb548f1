/* The documents that have all words, and how well they fit: word by word, into one number for each document. */
#include <math.h>
#include <string.h>

#include "base/list.h"
#include "search/private.h"

/* BM25's usual constants, for texts. */
static const float TF_MOST = 1.2F, BY_LENGTH = 0.75F;

struct run {
	struct engine *e;
	struct arena *mem;
	float average; /* words of a text */
	uint8_t step;  /* words that have been looked for before this one */
	bool optional;
	uint32_t stamp, n_touched, count;
};

static void make_room(struct engine *e)
{
	uint64_t *bytes = &e->bytes;
	uint32_t n = e->n_docs;

	e->scratch.seen = engine_grow(bytes, e->scratch.seen, 0, n, &e->scratch.cap_seen, 1);
	e->scratch.now = engine_grow(bytes, e->scratch.now, 0, n, &e->scratch.cap_now, sizeof(float));
	e->scratch.sum = engine_grow(bytes, e->scratch.sum, 0, n, &e->scratch.cap_sum, sizeof(float));
	e->scratch.mark = engine_grow(bytes, e->scratch.mark, 0, n, &e->scratch.cap_mark, sizeof(uint32_t));
	e->scratch.touched = engine_grow(bytes, e->scratch.touched, 0, n, &e->scratch.cap_touched, sizeof(uint32_t));
}

/* A document has the word that is looked for: counted once, and its best score kept. */
static inline void touch(struct run *r, uint32_t doc, float score)
{
	struct engine *e = r->e;
	uint8_t *seen = &e->scratch.seen[doc];

	if (e->scratch.mark[doc] != r->stamp) {
		e->scratch.mark[doc] = r->stamp;
		r->count++;
		if (r->step == 0 && !r->optional) {
			e->scratch.touched[r->n_touched++] = doc;
			e->scratch.sum[doc] = 0;
		} else if (*seen != r->step) {
			return;
		}
		*seen = (uint8_t)(r->step + 1);
		e->scratch.now[doc] = score;
	} else if (*seen == r->step + 1 && e->scratch.now[doc] < score) {
		e->scratch.now[doc] = score;
	}
}

static float head_score(const struct light *d, uint8_t info)
{
	float short_first = 0.7F + 0.6F / (1.0F + (float)d->head);
	float best = info & IS_WHOLE ? 4.5F : info & IN_NAME ? 3.2F : info & IN_TITLE ? 3.0F : info & IN_TAGS ? 2.0F : 0.8F;

	return info & (IN_NAME | IN_TITLE) ? best * short_first : best;
}

static float body_score(const struct run *r, const struct light *d, uint8_t often)
{
	float tf = (float)often;

	return 0.6F * tf * (TF_MOST + 1) / (tf + TF_MOST * (1 - BY_LENGTH + BY_LENGTH * d->length / r->average));
}

static void take_variant(struct run *r, const struct variant *v)
{
	const struct word *w = engine_word(r->e, v->word);
	const struct light *docs = r->e->lights;
	struct cursor_at head = list_begin(&w->head), body = list_begin(&w->body);
	struct entry en;

	while (list_next(&head, &en))
		if (docs[en.doc].live)
			touch(r, en.doc, v->quality * head_score(&docs[en.doc], en.info));
	while (!v->head_only && list_next(&body, &en))
		if (docs[en.doc].live)
			touch(r, en.doc, v->quality * body_score(r, &docs[en.doc], en.info));
}

/* ---- phrases ---- */

static bool stands(const struct place_list *p, uint32_t at)
{
	for (size_t i = 0; i < p->n && p->items[i] <= at; i++)
		if (p->items[i] == at)
			return true;
	return false;
}

/* Whether the words of a phrase stand side by side in a document that has them all. */
static bool in_row(const struct entry *entries, const struct token *items, size_t n)
{
	struct place_list first, next;

	entry_places(&entries[0], &first);
	for (size_t i = 0; i < first.n; i++) {
		size_t k = 1;

		for (; k < n; k++) {
			entry_places(&entries[k], &next);
			if (!stands(&next, first.items[i] + items[k].at - items[0].at))
				break;
		}
		if (k == n)
			return true;
	}
	return false;
}

/* Moves each list on until all are at the same document; false at the end of one. */
static bool meet(struct cursor_at *lists, struct entry *entries, size_t n, uint32_t doc)
{
	for (size_t i = 0; i < n;) {
		while (entries[i].doc < doc)
			if (!list_next(&lists[i], &entries[i]))
				return false;
		if (entries[i].doc > doc) {
			doc = entries[i].doc;
			i = 0;
			continue;
		}
		i++;
	}
	return true;
}

static void take_phrase_in(struct run *r, const struct tokens *t, bool head)
{
	struct cursor_at *lists = arena_array(r->mem, struct cursor_at, t->n);
	struct entry *entries = arena_array(r->mem, struct entry, t->n);

	for (size_t i = 0; i < t->n; i++) {
		uint32_t word = word_find(r->e, t->items[i].text);
		const struct word *w = word ? engine_word(r->e, word) : NULL;

		lists[i] = w ? list_begin(head ? &w->head : &w->body) : (struct cursor_at){ 0 };
		if (!w || !list_next(&lists[i], &entries[i]))
			return;
	}
	while (meet(lists, entries, t->n, entries[0].doc)) {
		const struct light *d = &r->e->lights[entries[0].doc];

		if (d->live && in_row(entries, t->items, t->n))
			touch(r, entries[0].doc, head ? head_score(d, entries[0].info) : 2 * body_score(r, d, entries[0].info));
		if (!list_next(&lists[0], &entries[0]))
			return;
	}
}

/* ---- all words ---- */

static void begin_word(struct run *r, bool optional)
{
	r->optional = optional;
	r->count = 0;
	if (++r->e->scratch.stamp == 0) {
		memset(r->e->scratch.mark, 0, r->e->scratch.cap_mark * sizeof(uint32_t));
		r->e->scratch.stamp = 1;
	}
	r->stamp = r->e->scratch.stamp;
}

/* The rarer a word, the more it says. Those that have it stay; of an optional one all do. */
static void end_word(struct run *r)
{
	struct engine *e = r->e;
	float idf = logf(1 + ((float)e->live - (float)r->count + 0.5F) / ((float)r->count + 0.5F)) + 0.2F;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < r->n_touched; i++) {
		uint32_t doc = e->scratch.touched[i];
		bool has = e->scratch.seen[doc] == r->step + 1;

		if (has)
			e->scratch.sum[doc] += idf * e->scratch.now[doc];
		if (r->optional)
			e->scratch.seen[doc] = r->step;
		if (has || r->optional)
			e->scratch.touched[kept++] = doc;
		else
			e->scratch.seen[doc] = 0;
	}
	r->n_touched = kept;
	r->step += !r->optional;
}

static void look_for(struct run *r, struct str word, bool optional, bool loose)
{
	struct variants variants = { 0 };

	expand(r->e, r->mem, word, loose, &variants);
	begin_word(r, optional);
	for (size_t i = 0; i < variants.n; i++)
		take_variant(r, &variants.items[i]);
	end_word(r);
}

static void take_all(struct run *r)
{
	for (uint32_t i = 0; i < r->e->n_docs; i++) {
		if (!r->e->lights[i].live)
			continue;
		r->e->scratch.touched[r->n_touched++] = i;
		r->e->scratch.sum[i] = 1;
	}
}

/* Small words are looked for as they are: a beginning like "a" says nothing. */
static void look_for_optional(struct run *r, const struct term_word *w)
{
	uint32_t word = word_find(r->e, w->text);

	begin_word(r, true);
	if (word)
		take_variant(r, &(struct variant){ word, 0.5F, false });
	end_word(r);
}

void match(struct engine *e, struct arena *mem, const struct term *t, bool loose, struct found_list *out)
{
	struct run r = { .e = e, .mem = mem, .average = e->live ? (float)e->all_body / (float)e->live + 1 : 1 };
	size_t needed = t->n_phrases;

	make_room(e);
	for (size_t i = 0; i < t->n_phrases; i++) {
		begin_word(&r, false);
		take_phrase_in(&r, &t->phrases[i], true);
		take_phrase_in(&r, &t->phrases[i], false);
		end_word(&r);
	}
	for (size_t i = 0; i < t->n_words; i++) {
		if (!t->words[i].optional && (r.n_touched || !needed))
			look_for(&r, t->words[i].text, false, loose);
		needed += !t->words[i].optional;
	}
	if (!needed)
		take_all(&r);
	for (size_t i = 0; needed && r.n_touched && i < t->n_words; i++)
		if (t->words[i].optional)
			look_for_optional(&r, &t->words[i]);
	out->items = arena_array(mem, struct found, r.n_touched);
	for (uint32_t i = 0; i < r.n_touched; i++) {
		uint32_t doc = e->scratch.touched[i];

		out->items[i] = (struct found){ doc, e->scratch.sum[doc] };
		e->scratch.seen[doc] = 0;
	}
	out->n = out->cap = r.n_touched;
}
