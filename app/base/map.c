/* A table from texts to pointers, in an arena: open addressing, never more than half full. */
#include "base/map.h"

#include <string.h>

#include "base/hash.h"

struct map_slot {
	const char *key;
	void *value;
	uint64_t hash;
};

static struct map_slot *find(const struct map *m, const char *key, uint64_t hash)
{
	size_t i = hash & (m->cap - 1);

	while (m->slots[i].key && (m->slots[i].hash != hash || strcmp(m->slots[i].key, key) != 0))
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

void *map_get(const struct map *m, const char *key)
{
	return m->cap ? find(m, key, hash64(key, strlen(key)))->value : NULL;
}

static void grow(struct arena *mem, struct map *m)
{
	struct map old = *m;

	m->cap = old.cap ? old.cap * 2 : 32;
	m->slots = arena_array(mem, struct map_slot, m->cap);
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].key)
			*find(m, old.slots[i].key, old.slots[i].hash) = old.slots[i];
}

void *map_put(struct arena *mem, struct map *m, const char *key, void *value)
{
	if (m->n * 2 >= m->cap)
		grow(mem, m);
	uint64_t hash = hash64(key, strlen(key));
	struct map_slot *s = find(m, key, hash);
	void *before = s->value;

	m->n += s->key == NULL;
	*s = (struct map_slot){ key, value, hash };
	return before;
}
