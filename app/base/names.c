/* Sorted names. */
#include "base/names.h"

#include <stdlib.h>

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void names_sort(const char **names, size_t n)
{
	if (n > 1)
		qsort(names, n, sizeof(*names), by_name);
}

const void *names_find(const void *items, size_t n, size_t size, struct str name)
{
	for (size_t low = 0; low < n;) {
		size_t mid = low + (n - low) / 2;
		const void *item = (const char *)items + mid * size;
		const char *there = *(const char *const *)item;
		int order = strncmp(name.p, there, name.n);

		if (order == 0 && !there[name.n])
			return item;
		if (order > 0)
			low = mid + 1;
		else
			n = mid;
	}
	return NULL;
}
