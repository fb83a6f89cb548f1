/* Sets of 32-bit numbers, compressed (CRoaring). */
#include "ext/bitmap.h"

#include <stdlib.h>

#include <roaring/roaring.h>

/* The library's own type under our name: no allocation of ours around each set. */
static roaring_bitmap_t *inner(struct bitmap *b)
{
	return (roaring_bitmap_t *)(void *)b;
}

static const roaring_bitmap_t *looked(const struct bitmap *b)
{
	return (const roaring_bitmap_t *)(const void *)b;
}

static struct bitmap *or_abort(roaring_bitmap_t *r)
{
	if (!r)
		abort();
	return (struct bitmap *)(void *)r;
}

struct bitmap *bitmap_new(void)
{
	return or_abort(roaring_bitmap_create());
}

struct bitmap *bitmap_copy(const struct bitmap *b)
{
	return or_abort(roaring_bitmap_copy(looked(b)));
}

void bitmap_free(struct bitmap *b)
{
	if (b)
		roaring_bitmap_free(inner(b));
}

bool bitmap_add(struct bitmap *b, uint32_t n)
{
	return roaring_bitmap_add_checked(inner(b), n);
}

void bitmap_add_many(struct bitmap *b, const uint32_t *list, size_t n)
{
	roaring_bitmap_add_many(inner(b), n, list);
}

bool bitmap_remove(struct bitmap *b, uint32_t n)
{
	return roaring_bitmap_remove_checked(inner(b), n);
}

bool bitmap_has(const struct bitmap *b, uint32_t n)
{
	return roaring_bitmap_contains(looked(b), n);
}

uint64_t bitmap_count(const struct bitmap *b)
{
	return roaring_bitmap_get_cardinality(looked(b));
}

uint64_t bitmap_rank(const struct bitmap *b, uint32_t n)
{
	return roaring_bitmap_rank(looked(b), n);
}

size_t bitmap_list(const struct bitmap *b, uint64_t from, size_t n, uint32_t *out)
{
	roaring_uint32_iterator_t it;
	uint32_t first;

	if (!n || from > UINT32_MAX || !roaring_bitmap_select(looked(b), (uint32_t)from, &first))
		return 0;
	roaring_init_iterator(looked(b), &it);
	roaring_move_uint32_iterator_equalorlarger(&it, first);
	return roaring_read_uint32_iterator(&it, out, n > UINT32_MAX ? UINT32_MAX : (uint32_t)n);
}

void bitmap_or(struct bitmap *a, const struct bitmap *b)
{
	roaring_bitmap_or_inplace(inner(a), looked(b));
}

uint64_t bitmap_both(const struct bitmap *a, const struct bitmap *b)
{
	return roaring_bitmap_and_cardinality(looked(a), looked(b));
}

struct bitmap *bitmap_and_of(const struct bitmap *a, const struct bitmap *b)
{
	return or_abort(roaring_bitmap_and(looked(a), looked(b)));
}

struct bitmap *bitmap_without_of(const struct bitmap *a, const struct bitmap *b)
{
	return or_abort(roaring_bitmap_andnot(looked(a), looked(b)));
}

size_t bitmap_bytes(const struct bitmap *b)
{
	/* A container is two allocations and an entry in each of three arrays; its array has a quarter to spare. */
	enum { EACH = 80, SELF = 64 };
	const roaring_bitmap_t *r = looked(b);

	return SELF + (size_t)r->high_low_container.size * EACH + roaring_bitmap_portable_size_in_bytes(r) * 5 / 4;
}

size_t bitmap_size(const struct bitmap *b)
{
	return roaring_bitmap_portable_size_in_bytes(looked(b));
}

void bitmap_write(const struct bitmap *b, char *to)
{
	roaring_bitmap_portable_serialize(looked(b), to);
}

struct bitmap *bitmap_read(const char *bytes, size_t n)
{
	return (struct bitmap *)(void *)roaring_bitmap_portable_deserialize_safe(bytes, n);
}
