/*
 * Bodies of entities that were read lately: a ring of records that are written one behind the other, the oldest being
 * overwritten, and a table that says where an entity's record begins. There are no locks: a piece of the ring is taken with one
 * atomic addition, and a record carries a checksum of itself, so that one that is overwritten while it is read, or was left
 * half written by a worker that died, is as good as none. The checksum is of what was meant, never of what stands in the ring:
 * others may have written over it meanwhile, and a checksum of that would vouch for a mixture.
 */
#include "catalog/body_cache.h"

#include <string.h>

#include "base/hash.h"

enum { LEAST = 1 << 20, BYTES_PER_SLOT = 512, ETAG = 40 };

struct record {
	uint64_t check; /* of all that follows */
	uint64_t tag;
	uint32_t id, n_ref, n_body;
	char etag[ETAG + 1];
	char text[]; /* ref, NUL, body, NUL */
};

struct ring {
	uint64_t head; /* bytes ever taken; a record's place is where it began, modulo size */
	uint64_t hits, misses;
};

static struct {
	struct ring *ring;
	uint64_t *slots; /* by id: where the record begins, plus 1; 0: nowhere */
	size_t n_slots;
	char *bytes;
	size_t size;
} cache;

void body_cache_setup(void *shared, size_t n)
{
	if (!shared || n < LEAST)
		return;
	cache.ring = shared;
	cache.n_slots = n / BYTES_PER_SLOT;
	cache.slots = (uint64_t *)(cache.ring + 1);
	cache.bytes = (char *)(cache.slots + cache.n_slots);
	cache.size = (n - sizeof(*cache.ring) - cache.n_slots * sizeof(*cache.slots)) / 8 * 8;
}

static uint64_t *slot_of(uint32_t id)
{
	return &cache.slots[(id * 0x9e3779b97f4a7c15ull >> 20) % cache.n_slots];
}

static void count(uint64_t *what)
{
	__atomic_fetch_add(what, 1, __ATOMIC_RELAXED);
}

static uint64_t check_of(const struct record *r, size_t n)
{
	return checksum64(&r->tag, n - offsetof(struct record, tag));
}

/* A copy of what stands there, if it is whole and is that entity. */
static struct record *copy_of(struct arena *mem, uint64_t at, uint32_t id, uint64_t tag)
{
	struct record head;
	size_t place = at % cache.size, n;

	if (place + sizeof(head) > cache.size)
		return NULL;
	memcpy(&head, cache.bytes + place, sizeof(head));
	n = sizeof(head) + (size_t)head.n_ref + head.n_body + 2;
	if (head.id != id || head.tag != tag || n > cache.size - place)
		return NULL;
	struct record *r = arena_raw(mem, n);

	memcpy(r, cache.bytes + place, n);
	return r->n_ref == head.n_ref && r->n_body == head.n_body && r->id == id && r->tag == tag && r->check == check_of(r, n)
		       ? r
		       : NULL;
}

bool body_cache_get(struct arena *mem, uint32_t id, uint64_t tag, struct entity *out)
{
	uint64_t at = cache.ring ? __atomic_load_n(slot_of(id), __ATOMIC_ACQUIRE) : 0;
	struct record *r = at ? copy_of(mem, at - 1, id, tag) : NULL;

	if (!cache.ring)
		return false;
	count(r ? &cache.ring->hits : &cache.ring->misses);
	if (r)
		*out = (struct entity){ r->text, r->etag, { r->text + r->n_ref + 1, r->n_body } };
	return r;
}

/* A piece of the ring that does not go over its end; what is left there is passed over. */
static uint64_t take(size_t n)
{
	uint64_t at;

	do
		at = __atomic_fetch_add(&cache.ring->head, n, __ATOMIC_RELAXED);
	while (at % cache.size + n > cache.size);
	return at;
}

void body_cache_put(uint32_t id, uint64_t tag, const struct entity *e)
{
	size_t n_ref = strlen(e->ref), n = sizeof(struct record) + n_ref + e->body.n + 2, whole = (n + 7) / 8 * 8;

	/* One large body shall not push out all others. */
	if (!cache.ring || whole > cache.size / 64)
		return;
	ARENA mem = { 0 };
	struct record *r = arena_alloc(&mem, n);

	r->tag = tag;
	r->id = id;
	r->n_ref = (uint32_t)n_ref;
	r->n_body = (uint32_t)e->body.n;
	memcpy(r->etag, e->etag, strnlen(e->etag, ETAG));
	memcpy(r->text, e->ref, n_ref + 1);
	memcpy(r->text + n_ref + 1, e->body.p, e->body.n);
	r->check = check_of(r, n);
	uint64_t at = take(whole);

	memcpy(cache.bytes + at % cache.size, r, n);
	__atomic_store_n(slot_of(id), at + 1, __ATOMIC_RELEASE);
}

void body_cache_stats(struct body_cache_stats *out)
{
	*out = (struct body_cache_stats){ 0 };
	if (cache.ring)
		*out = (struct body_cache_stats){ cache.size, __atomic_load_n(&cache.ring->hits, __ATOMIC_RELAXED),
						  __atomic_load_n(&cache.ring->misses, __ATOMIC_RELAXED) };
}
