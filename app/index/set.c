/* Sets of documents: bitmaps and lists, mostly those that the index holds, and what is made of two of them. */
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "index/private.h"

enum { BITS = 64 };

struct set set_own(struct bitmap *b)
{
	return (struct set){ .map = b, .own = b };
}

struct set set_list(const uint32_t *list, size_t n)
{
	return (struct set){ .list = list, .n = n };
}

struct set set_of(const struct index *ix, const struct posting *p)
{
	const struct bitmap *map = posting_map(ix->mem, p);

	return map ? (struct set){ .map = map, .n = p->n } : set_list(posting_list(ix->mem, p), p->n);
}

void set_free(struct set *s)
{
	bitmap_free(s->own);
	*s = (struct set){ 0 };
}

uint64_t set_count(const struct set *s)
{
	return s->map ? bitmap_count(s->map) : s->n;
}

/* How many of a list are below id. */
static size_t below(const struct set *s, uint64_t id)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (s->list[mid] < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool set_has(const struct set *s, uint32_t id)
{
	size_t at;

	if (s->bits)
		return id < s->n_bits && s->bits[id / BITS] >> id % BITS & 1;
	if (s->map)
		return bitmap_has(s->map, id);
	at = below(s, id);
	return at < s->n && s->list[at] == id;
}

void set_spread(struct arena *mem, struct set *s)
{
	uint64_t n = set_count(s), words;
	uint32_t *ids;
	uint64_t *bits;

	if (!s->map || !n)
		return;
	ids = arena_raw(mem, n * sizeof(*ids));
	n = set_ids(s, 0, n, ids);
	words = ids[n - 1] / BITS + 1;
	if (words > n + (1 << 16))
		return;
	bits = arena_array(mem, uint64_t, words);
	for (uint64_t i = 0; i < n; i++)
		bits[ids[i] / BITS] |= 1ULL << ids[i] % BITS;
	s->bits = bits;
	s->n_bits = words * BITS;
}

uint64_t set_rank(const struct set *s, uint32_t id)
{
	return s->map ? bitmap_rank(s->map, id) : below(s, (uint64_t)id + 1);
}

size_t set_ids(const struct set *s, uint64_t from, size_t n, uint32_t *out)
{
	if (s->map)
		return bitmap_list(s->map, from, n, out);
	size_t at = from < s->n ? from : s->n;

	n = n < s->n - at ? n : s->n - at;
	if (n)
		memcpy(out, s->list + at, n * sizeof(*out));
	return n;
}

/* How many of a list are in a set. */
static uint64_t both(const uint32_t *list, size_t n, const struct set *s)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += set_has(s, list[i]);
	return count;
}

uint64_t set_both(const struct index *ix, const struct set *s, const struct posting *p)
{
	struct set other = set_of(ix, p);

	/* All that are there have what somebody has. */
	if (s->map == ix->all)
		return p->n;
	if (!other.map)
		return both(other.list, other.n, s);
	return s->map ? bitmap_both(other.map, s->map) : both(s->list, s->n, &other);
}

/* Those of a list that are in the other set, or are not. */
static struct set filtered(struct arena *mem, const struct set *list, const struct set *other, bool in)
{
	uint32_t *ids = arena_raw(mem, (list->n + !list->n) * sizeof(*ids));
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		ids[n] = list->list[i];
		n += set_has(other, ids[n]) == in;
	}
	return set_list(ids, n);
}

struct set set_and(struct arena *mem, const struct set *a, const struct set *b)
{
	if (a->map && b->map)
		return set_own(bitmap_and_of(a->map, b->map));
	if (a->map || (!b->map && b->n < a->n))
		return filtered(mem, b, a, true);
	return filtered(mem, a, b, true);
}

struct set set_without(struct arena *mem, const struct set *a, const struct set *b)
{
	if (!a->map)
		return filtered(mem, a, b, false);
	if (b->map)
		return set_own(bitmap_without_of(a->map, b->map));
	struct bitmap *left = bitmap_copy(a->map);

	for (size_t i = 0; i < b->n; i++)
		bitmap_remove(left, b->list[i]);
	return set_own(left);
}

static int compare_ids(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct set set_from_ids(uint32_t *ids, size_t n)
{
	size_t kept = 0;

	if (n > index_limits.list_most) {
		struct bitmap *map = bitmap_new();

		bitmap_add_many(map, ids, n);
		return set_own(map);
	}
	if (n > 1)
		qsort(ids, n, sizeof(*ids), compare_ids);
	for (size_t i = 0; i < n; i++)
		if (!kept || ids[kept - 1] != ids[i])
			ids[kept++] = ids[i];
	return set_list(ids, kept);
}

/* ---- any of many ---- */

static void throw(struct pile * p, struct set *s)
{
	if (!s->map) {
		for (size_t i = 0; i < s->n; i++)
			*list_add(p->mem, &p->ids) = s->list[i];
	} else if (p->map) {
		bitmap_or(p->map, s->map);
	} else {
		p->map = s->own ? s->own : bitmap_copy(s->map);
		s->own = NULL;
	}
	set_free(s);
}

void pile_add(struct pile *p, struct set s)
{
	if (p->n == 1)
		throw(p, &p->only);
	if (p->n++)
		throw(p, &s);
	else
		p->only = s;
}

struct set pile_set(struct pile *p)
{
	if (p->n < 2)
		return p->n ? p->only : set_list(NULL, 0);
	if (!p->map)
		return set_from_ids(p->ids.items, p->ids.n);
	bitmap_add_many(p->map, p->ids.items, p->ids.n);
	return set_own(p->map);
}
