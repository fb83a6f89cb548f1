/* Arrays that live as long as the engine. */
#include <stdlib.h>
#include <string.h>

#include "search/private.h"

enum { LARGE = 1 << 20 };

void *engine_grow(uint64_t *bytes, void *p, size_t used, size_t n, size_t *cap, size_t size)
{
	/* What is large grows by less at once: nobody shall wait for it to be cleared. */
	size_t want = *cap + (*cap * size > LARGE ? *cap / 8 : *cap / 2);

	if (used + n <= *cap)
		return p;
	if (want < used + n)
		want = used + n;
	p = reallocarray(p, want, size); /* lint: lives as long as the process */
	if (!p)
		abort();
	memset((char *)p + *cap * size, 0, (want - *cap) * size);
	*bytes += (want - *cap) * size;
	*cap = want;
	return p;
}

void engine_drop(uint64_t *bytes, void *p, size_t cap, size_t size)
{
	*bytes -= cap * size;
	free(p);
}
