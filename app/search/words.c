/* The dictionary: each word once, found by its text, by how it begins and by what is in it. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "search/private.h"

enum { FRESH_LEAST = 1024, FRESH_PART = 8 };

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
	w->fresh = engine_grow(&e->bytes, w->fresh, w->n_fresh, 1, &w->cap_fresh, sizeof(*w->fresh));
	w->fresh[w->n_fresh++] = i;
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
	engine_drop(&e->bytes, x->head.p, x->head.cap, 1);
	engine_drop(&e->bytes, x->body.p, x->body.cap, 1);
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
size_t words_behind(const struct engine *e, size_t from, struct str text)
{
	const struct texts *all = &e->words.all;
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

size_t words_from(const struct engine *e, struct str text)
{
	return words_behind(e, 0, text);
}

/* Words that no list has any more go; what is left closes up. */
static size_t keep_used(struct engine *e, uint32_t *list, size_t n)
{
	struct words *w = &e->words;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct word *x = &w->items[list[i]];

		if (!x->head.n && !x->body.n)
			forget(e, list[i]);
		else
			list[kept++] = list[i];
	}
	return kept;
}

/* From behind, so that nothing is moved twice. */
static void merge_fresh(struct engine *e)
{
	struct words *w = &e->words;
	size_t a = w->n_order, b = w->n_fresh, at = a + b;

	w->order = engine_grow(&e->bytes, w->order, w->n_order, w->n_fresh, &w->cap_order, sizeof(*w->order));
	while (b)
		if (a && compare_words(&w->order[a - 1], &w->fresh[b - 1], w->items) > 0)
			w->order[--at] = w->order[--a];
		else
			w->order[--at] = w->fresh[--b];
	w->n_order += w->n_fresh;
	w->n_fresh = 0;
}

static void texts_add(struct engine *e, struct texts *t, uint32_t word)
{
	const struct word *w = &e->words.items[word];

	t->text = engine_grow(&e->bytes, t->text, t->n_text, w->n + 1U, &t->cap_text, 1);
	t->starts = engine_grow(&e->bytes, t->starts, t->n, 2, &t->cap_starts, sizeof(*t->starts));
	t->words = engine_grow(&e->bytes, t->words, t->n, 1, &t->cap_words, sizeof(*t->words));
	t->pairs = engine_grow(&e->bytes, t->pairs, t->n, 1, &t->cap_pairs, sizeof(*t->pairs));
	t->starts[t->n] = (uint32_t)t->n_text;
	t->pairs[t->n] = texts_pairs(word_text(w));
	t->words[t->n++] = word;
	memcpy(t->text + t->n_text, w->text, w->n);
	t->text[t->n_text + w->n] = '\0';
	t->n_text += w->n + 1;
	t->starts[t->n] = (uint32_t)t->n_text;
}

static void list_texts(struct engine *e)
{
	struct words *w = &e->words;

	w->all.n_text = w->all.n = w->heads.n_text = w->heads.n = w->n_late = 0;
	for (size_t i = 0; i < w->n_order; i++) {
		struct word *x = &w->items[w->order[i]];

		x->sorted = true;
		texts_add(e, &w->all, w->order[i]);
		if (x->head.n)
			texts_add(e, &w->heads, w->order[i]);
	}
}

void words_merge(struct engine *e, bool now)
{
	struct words *w = &e->words;

	size_t n = w->n_fresh + w->n_late;

	if (!n || n < FRESH_LEAST || (!now && n < w->n_order / FRESH_PART))
		return;
	w->n_order = keep_used(e, w->order, w->n_order);
	w->n_fresh = keep_used(e, w->fresh, w->n_fresh);
	qsort_r(w->fresh, w->n_fresh, sizeof(*w->fresh), compare_words, w->items);
	merge_fresh(e);
	list_texts(e);
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
	free(w->order);
	free(w->fresh);
	free(w->late);
	texts_free(&w->all);
	texts_free(&w->heads);
}
