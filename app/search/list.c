/* Where a word stands: documents in ascending order, as bytes that are only appended to. */
#include <string.h>

#include "search/private.h"

static size_t put_number(uint8_t *to, uint32_t n)
{
	size_t i = 0;

	for (; n >= 0x80; n >>= 7)
		to[i++] = (uint8_t)(n | 0x80);
	to[i++] = (uint8_t)n;
	return i;
}

static inline uint32_t get_number(const uint8_t **p)
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

static void append_bytes(uint64_t *bytes, struct list *l, uint32_t doc, uint8_t info, const uint8_t *places, size_t n)
{
	l->p = engine_grow(bytes, l->p, l->n, n + 8, &l->cap, 1);
	l->n += (uint32_t)put_number(l->p + l->n, doc - l->last);
	l->p[l->n++] = info;
	l->p[l->n++] = (uint8_t)n;
	memcpy(l->p + l->n, places, n);
	l->n += (uint32_t)n;
	l->last = doc;
}

void list_append(uint64_t *bytes, struct list *l, uint32_t doc, uint8_t info, const uint32_t *places, size_t n)
{
	uint8_t packed[PLACES_MOST * 5];
	size_t size = 0;

	for (size_t i = 0; i < n && i < PLACES_MOST; i++)
		size += put_number(packed + size, places[i] - (i ? places[i - 1] : 0));
	append_bytes(bytes, l, doc, info, packed, size);
}

bool list_next(struct cursor_at *c, struct entry *out)
{
	if (c->p == c->end)
		return false;
	c->doc += get_number(&c->p);
	out->doc = c->doc;
	out->info = *c->p++;
	size_t n = *c->p++;

	out->places = c->p;
	c->p += n;
	out->places_end = c->p;
	return true;
}

void entry_places(const struct entry *e, struct place_list *out)
{
	const uint8_t *p = e->places;
	uint32_t at = 0;

	for (out->n = 0; p < e->places_end; out->n++)
		out->items[out->n] = at += get_number(&p);
}

void list_renumber(uint64_t *bytes, struct list *l, const uint32_t *renumbered)
{
	struct cursor_at c = list_begin(l);
	struct list now = { 0 };
	struct entry e;

	while (list_next(&c, &e))
		if (renumbered[e.doc] != UINT32_MAX)
			append_bytes(bytes, &now, renumbered[e.doc], e.info, e.places, (size_t)(e.places_end - e.places));
	engine_drop(bytes, l->p, l->cap, 1);
	*l = now;
}
