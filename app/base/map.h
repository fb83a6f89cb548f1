/* A table from texts to pointers, in an arena. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"

/* Zero-initialise. Keys are kept by pointer: they must live as long as the map. */
struct map {
	struct map_slot *slots;
	size_t n, cap;
};

/* NULL when key is not there. */
void *map_get(const struct map *m, const char *key);
/* Sets or replaces; value must not be NULL. Returns what stood there before, or NULL. */
void *map_put(struct arena *mem, struct map *m, const char *key, void *value);

#endif
