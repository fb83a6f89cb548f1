/* Bodies of entities that were read lately, in memory that all workers of a host share. */
#ifndef CATALOG_BODY_CACHE_H
#define CATALOG_BODY_CACHE_H

#include "base/arena.h"
#include "catalog/entity.h"

/*
 * Takes a piece of zeroed memory that is shared with all processes forked from now on; once, before the first fork. Without it
 * (and with less than 1 MiB) nothing is kept.
 */
void body_cache_setup(void *shared, size_t n);
/*
 * The entity with this id whose etag begins with these 16 hex digits; its parts live in mem. False when it is not there (any
 * more). Never waits for anybody: who reads what is being written sees that, and finds nothing.
 */
bool body_cache_get(struct arena *mem, uint32_t id, uint64_t tag, struct entity *out);
void body_cache_put(uint32_t id, uint64_t tag, const struct entity *e);

/* Since the start. */
struct body_cache_stats {
	uint64_t bytes, hits, misses;
};
void body_cache_stats(struct body_cache_stats *out);

#endif
