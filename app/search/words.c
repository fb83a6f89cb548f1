/* The dictionary: each word once, found by its text, by how it begins and by what is in it. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "search/private.h"

enum {
	FRESH_LEAST = 2048,
	FRESH_PART = 8,
	MERGE_WORDS = 2048, /* at once: a fraction of a millisecond */
};

static int compare(struct str a, struct str b)
{
	int by_text = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return by_text ? by_text : (a.n > b.n) - (a.n < b.n);
}

static uint32_t *bucket(const struct words *w, struct str text)
{
	return &w->buckets[hash64(text.p, text.n) & (w->n_buckets - 1)];
}

uint32_t word_find(const struct engine *e, struct str text)
{
	const struct words *w = &e->words;
	uint32_t i = w->n_buckets ? *bucket(w, text) : NO_WORD;

	while (i && !str_eq(word_text(&w->items[i]), text))
		i = w->items[i].next;
	return i;
}

/* Twice as many buckets; everything finds its place again. */
static void widen(struct engine *e)
{
	struct words *w = &e->words;
	size_t n = w->n_buckets ? w->n_buckets * 2 : 1024, cap = 0;

	engine_drop(&e->bytes, w->buckets, w->n_buckets, sizeof(*w->buckets));
	w->buckets = engine_grow(&e->bytes, NULL, 0, n, &cap, sizeof(*w->buckets));
	w->n_buckets = n;
	for (uint32_t i = 1; i < w->n; i++) {
		struct word *x = &w->items[i];

		if (!x->text)
			continue;
		uint32_t *b = bucket(w, word_text(x));

		x->next = *b;
		*b = i;
	}
}

static uint32_t new_place(struct engine *e)
{
	struct words *w = &e->words;
	uint32_t i = w->free;

	if (i) {
		w->free = w->items[i].next;
		return i;
	}
	w->items = engine_grow(&e->bytes, w->items, w->n, 2, &w->cap, sizeof(*w->items));
	w->n += !w->n; /* place 0 is nobody's */
	return w->n++;
}

static void texts_add(struct engine *e, struct texts *t, uint32_t word, struct str text, uint64_t pairs)
{
	t->text = engine_grow(&e->bytes, t->text, t->n_text, text.n + 1, &t->cap_text, 1);
	t->starts = engine_grow(&e->bytes, t->starts, t->n, 2, &t->cap_starts, sizeof(*t->starts));
	t->words = engine_grow(&e->bytes, t->words, t->n, 1, &t->cap_words, sizeof(*t->words));
	t->pairs = engine_grow(&e->bytes, t->pairs, t->n, 1, &t->cap_pairs, sizeof(*t->pairs));
	t->starts[t->n] = (uint32_t)t->n_text;
	t->pairs[t->n] = pairs;
	t->words[t->n++] = word;
	memcpy(t->text + t->n_text, text.p, text.n);
	t->text[t->n_text + text.n] = '\0';
	t->n_text += text.n + 1;
	t->starts[t->n] = (uint32_t)t->n_text;
}

/* The first n go, the others close up. */
static void texts_drop_first(struct texts *t, size_t n)
{
	uint32_t bytes = n ? t->starts[n] : 0;

	t->n -= n;
	t->n_text -= bytes;
	memmove(t->text, t->text + bytes, t->n_text);
	memmove(t->words, t->words + n, t->n * sizeof(*t->words));
	memmove(t->pairs, t->pairs + n, t->n * sizeof(*t->pairs));
	for (size_t i = 0; i <= t->n; i++)
		t->starts[i] = t->starts[i + n] - bytes;
}

static void add_fresh(struct engine *e, uint32_t word)
{
	struct str text = word_text(&e->words.items[word]);

	texts_add(e, &e->words.fresh, word, text, texts_pairs(text));
}

uint32_t word_make(struct engine *e, struct str text)
{
	struct words *w = &e->words;
	uint32_t i = word_find(e, text), *b;
	size_t cap = 0;

	if (i)
		return i;
	if (w->live >= w->n_buckets)
		widen(e);
	i = new_place(e);
	struct word *x = &w->items[i];

	*x = (struct word){ .n = (uint32_t)text.n, .turn = e->turn };
	x->text = engine_grow(&e->bytes, NULL, 0, text.n, &cap, 1);
	memcpy(x->text, text.p, text.n);
	b = bucket(w, text);
	x->next = *b;
	*b = i;
	w->live++;
	add_fresh(e, i);
	return i;
}

void word_headed(struct engine *e, uint32_t word)
{
	struct words *w = &e->words;

	if (!w->items[word].sorted)
		return;
	w->late = engine_grow(&e->bytes, w->late, w->n_late, 1, &w->cap_late, sizeof(*w->late));
	w->late[w->n_late++] = word;
}

static void release(struct engine *e, struct word *x)
{
	engine_drop(&e->bytes, x->text, x->n, 1);
	list_drop(&e->bytes, &x->head);
	list_drop(&e->bytes, &x->body);
}

static void forget(struct engine *e, uint32_t i)
{
	struct words *w = &e->words;
	uint32_t *at = bucket(w, word_text(&w->items[i]));

	while (*at != i)
		at = &w->items[*at].next;
	*at = w->items[i].next;
	release(e, &w->items[i]);
	w->items[i] = (struct word){ .next = w->free };
	w->free = i;
	w->live--;
}

/* ---- order ---- */

static int compare_words(const void *a, const void *b, void *words)
{
	const struct word *items = words;

	return compare(word_text(&items[*(const uint32_t *)a]), word_text(&items[*(const uint32_t *)b]));
}

/* In steps that double: what is asked for is mostly near. */
size_t texts_behind(const struct texts *all, size_t from, struct str text)
{
	size_t step = 1, low = from, high = from;

	while (high < all->n && compare(texts_at(all, high), text) < 0) {
		low = high + 1;
		high += step;
		step *= 2;
	}
	high = high < all->n ? high : all->n;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (compare(texts_at(all, mid), text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void begin_merge(struct engine *e)
{
	struct words *w = &e->words;
	struct merge *m = &w->next;

	m->fresh = engine_grow(&e->bytes, m->fresh, 0, w->fresh.n, &m->cap_fresh, sizeof(*m->fresh));
	m->n_fresh = w->fresh.n;
	if (m->n_fresh) {
		memcpy(m->fresh, w->fresh.words, m->n_fresh * sizeof(*m->fresh));
		qsort_r(m->fresh, m->n_fresh, sizeof(*m->fresh), compare_words, w->items);
	}
	m->begun = true;
	m->at = m->at_fresh = m->n_gone = 0;
	m->n_late = w->n_late;
	m->all.n = m->all.n_text = m->heads.n = m->heads.n_text = 0;
}

/* One word more of the next order; false at the end. */
static bool merge_word(struct engine *e)
{
	struct words *w = &e->words;
	struct merge *m = &w->next;
	bool old = m->at < w->all.n, fresh = m->at_fresh < m->n_fresh;

	if (!old && !fresh)
		return false;
	if (old && fresh)
		old = compare(texts_at(&w->all, m->at), word_text(&w->items[m->fresh[m->at_fresh]])) < 0;
	uint32_t word = old ? w->all.words[m->at] : m->fresh[m->at_fresh];
	struct word *x = &w->items[word];
	struct str text = old ? texts_at(&w->all, m->at) : word_text(x);
	uint64_t pairs = old ? w->all.pairs[m->at] : texts_pairs(text);

	*(old ? &m->at : &m->at_fresh) += 1;
	x->sorted = x->head.n || x->body.n;
	if (x->sorted) {
		texts_add(e, &m->all, word, text, pairs);
		if (x->head.n)
			texts_add(e, &m->heads, word, text, pairs);
	} else {
		m->gone = engine_grow(&e->bytes, m->gone, m->n_gone, 1, &m->cap_gone, sizeof(*m->gone));
		m->gone[m->n_gone++] = word;
	}
	return true;
}

static void swap(struct texts *a, struct texts *b)
{
	struct texts kept = *a;

	*a = *b;
	*b = kept;
}

/* The first n go, the others close up. */
static void drop_first(uint32_t *list, size_t *all, size_t n)
{
	memmove(list, list + n, (*all - n) * sizeof(*list));
	*all -= n;
}

/* A word that had gone may have come back meanwhile. */
static void end_merge(struct engine *e)
{
	struct words *w = &e->words;
	struct merge *m = &w->next;

	swap(&w->all, &m->all);
	swap(&w->heads, &m->heads);
	if (m->n_fresh)
		texts_drop_first(&w->fresh, m->n_fresh);
	if (m->n_late)
		drop_first(w->late, &w->n_late, m->n_late);
	for (size_t i = 0; i < m->n_gone; i++) {
		const struct word *x = &w->items[m->gone[i]];

		if (x->head.n || x->body.n)
			add_fresh(e, m->gone[i]);
		else
			forget(e, m->gone[i]);
	}
	m->begun = false;
}

static void merge(struct engine *e, size_t words)
{
	bool more = true;

	for (; words && more; words--)
		more = merge_word(e);
	if (!more)
		end_merge(e);
}

bool words_merge(struct engine *e, enum merge_how how)
{
	struct words *w = &e->words;
	size_t n = w->fresh.n + w->n_late;
	bool much = n >= FRESH_LEAST && n >= w->all.n / FRESH_PART;

	if (how == MERGE_WHEN_MUCH && much) {
		if (w->next.begun)
			merge(e, SIZE_MAX);
		begin_merge(e);
		merge(e, SIZE_MAX);
	} else if (how == MERGE_A_LITTLE && (w->next.begun || n >= FRESH_LEAST)) {
		if (!w->next.begun)
			begin_merge(e);
		merge(e, MERGE_WORDS);
	}
	return w->next.begun;
}

static void texts_free(struct texts *t)
{
	free(t->text);
	free(t->starts);
	free(t->words);
	free(t->pairs);
}

void words_free(struct engine *e)
{
	struct words *w = &e->words;

	for (uint32_t i = 1; i < w->n; i++)
		if (w->items[i].text)
			release(e, &w->items[i]);
	free(w->items);
	free(w->buckets);
	free(w->next.fresh);
	free(w->late);
	free(w->next.gone);
	texts_free(&w->all);
	texts_free(&w->heads);
	texts_free(&w->fresh);
	texts_free(&w->next.all);
	texts_free(&w->next.heads);
}
