/* Growable arrays in an arena. */
#include "base/list.h"

void *list_grow(struct arena *mem, void *items, size_t *cap, size_t size)
{
	size_t old = *cap;

	*cap = old ? old * 2 : 8;
	return arena_grow(mem, items, old * size, *cap * size);
}
