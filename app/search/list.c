/* Where a word stands: documents in ascending order, in arrays that are only appended to. */
#include <stdlib.h>
#include <string.h>

#include "search/private.h"

enum { FIRST = 4, LARGE = 1 << 16, PER_ENTRY = sizeof(uint32_t) + 2 };

static size_t put_number(uint8_t *to, uint32_t n)
{
	size_t i = 0;

	for (; n >= 0x80; n >>= 7)
		to[i++] = (uint8_t)(n | 0x80);
	to[i++] = (uint8_t)n;
	return i;
}

/* The three arrays are one piece of memory; each finds its new place in a larger one. */
static void widen(uint64_t *bytes, struct list *l, uint32_t cap)
{
	size_t none = 0;
	uint32_t *docs = engine_grow(bytes, NULL, 0, (size_t)cap * PER_ENTRY, &none, 1);
	uint8_t *infos = (uint8_t *)(docs + cap), *sizes = infos + cap;

	memcpy(docs, list_docs(l), l->n * sizeof(*docs));
	memcpy(infos, list_infos(l), l->n);
	memcpy(sizes, list_sizes(l), l->n);
	if (l->cap)
		engine_drop(bytes, l->docs, (size_t)l->cap * PER_ENTRY, 1);
	l->docs = docs;
	l->cap = cap;
}

static void add_places(uint64_t *bytes, struct list *l, const uint8_t *places, size_t n)
{
	size_t cap = l->cap_places;

	if (l->n_places + n <= sizeof(l->few) && !cap) {
		memcpy(l->few + l->n_places, places, n);
	} else {
		uint8_t few[sizeof(l->few)];

		memcpy(few, l->few, sizeof(few));
		uint8_t *p = engine_grow(bytes, cap ? l->places : NULL, l->n_places, n, &cap, 1);

		if (!l->cap_places)
			memcpy(p, few, l->n_places);
		l->places = p;
		l->cap_places = (uint32_t)cap;
		memcpy(p + l->n_places, places, n);
	}
	l->n_places += (uint32_t)n;
}

void list_append(uint64_t *bytes, struct list *l, uint32_t doc, uint8_t info, const uint32_t *places, size_t n)
{
	uint8_t packed[PLACES_MOST * 5];
	size_t size = 0;

	for (size_t i = 0; i < n && i < PLACES_MOST; i++)
		size += put_number(packed + size, places[i] - (i ? places[i - 1] : 0));
	if (l->n && l->n >= (l->cap ? l->cap : 1))
		widen(bytes, l, l->cap ? l->cap + l->cap / (l->cap > LARGE ? 8 : 2) : FIRST);
	list_docs(l)[l->n] = doc;
	list_infos(l)[l->n] = info;
	list_sizes(l)[l->n] = (uint8_t)size;
	l->n++;
	add_places(bytes, l, packed, size);
}

void list_reserve(uint64_t *bytes, struct list *l, uint32_t n, uint32_t n_places)
{
	size_t cap = 0;

	if (n > 1)
		widen(bytes, l, n);
	if (n_places > sizeof(l->few)) {
		l->places = engine_grow(bytes, NULL, 0, n_places, &cap, 1);
		l->cap_places = (uint32_t)cap;
	}
	l->n = n;
	l->n_places = n_places;
}

/* Places of those that stay close up, run by run; most stay. */
static uint32_t renumber_places(struct list *l, const uint32_t *renumbered)
{
	const uint32_t *docs = list_docs(l);
	const uint8_t *sizes = list_sizes(l);
	uint8_t *places = list_places(l);
	size_t kept = 0, run = 0, at = 0;

	for (uint32_t i = 0; i < l->n; at += sizes[i++]) {
		if (renumbered[docs[i]] != UINT32_MAX)
			continue;
		if (kept != run)
			memmove(places + kept, places + run, at - run);
		kept += at - run;
		run = at + sizes[i];
	}
	if (kept != run)
		memmove(places + kept, places + run, at - run);
	return (uint32_t)(kept + at - run);
}

void list_renumber(struct list *l, const uint32_t *renumbered)
{
	uint32_t *docs = list_docs(l), n = 0;
	uint8_t *infos = list_infos(l), *sizes = list_sizes(l);

	l->n_places = renumber_places(l, renumbered);
	for (uint32_t i = 0; i < l->n; i++) {
		uint32_t doc = renumbered[docs[i]];

		docs[n] = doc;
		infos[n] = infos[i];
		sizes[n] = sizes[i];
		n += doc != UINT32_MAX;
	}
	l->n = n;
}

void list_drop(uint64_t *bytes, struct list *l)
{
	if (l->cap)
		engine_drop(bytes, l->docs, (size_t)l->cap * PER_ENTRY, 1);
	if (l->cap_places)
		engine_drop(bytes, l->places, l->cap_places, 1);
	*l = (struct list){ 0 };
}

bool list_next(struct list_walk *w)
{
	struct list *l = w->list;

	if (w->i >= l->n)
		return false;
	w->places = w->places_end;
	w->places_end += list_sizes(l)[w->i];
	w->doc = list_docs(l)[w->i];
	w->info = list_infos(l)[w->i++];
	return true;
}
