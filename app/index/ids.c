/* A spot for each document, by its id: three levels, of which only what is used exists. */
#include <stdlib.h>

#include "index/private.h"

enum { PAGE_BITS = 10, TOP_SHIFT = 20 };

spot ids_get(const struct ids *d, uint32_t id)
{
	spot **top = d->tops[id >> TOP_SHIFT];
	const spot *page = top ? top[(id >> PAGE_BITS) % IDS_PAGE] : NULL;

	return page ? page[id % IDS_PAGE] : 0;
}

spot *ids_slot(struct memory *m, struct ids *d, uint32_t id)
{
	spot ***top = &d->tops[id >> TOP_SHIFT];

	if (!*top)
		*top = must_array(m, NULL, 0, IDS_PAGE, sizeof(**top));
	spot **page = &(*top)[(id >> PAGE_BITS) % IDS_PAGE];

	if (!*page)
		*page = must_array(m, NULL, 0, IDS_PAGE, sizeof(**page));
	return &(*page)[id % IDS_PAGE];
}

void ids_free(struct memory *m, struct ids *d)
{
	for (size_t i = 0; i < LEN(d->tops); i++) {
		for (size_t k = 0; d->tops[i] && k < IDS_PAGE; k++)
			if (d->tops[i][k])
				must_array(m, d->tops[i][k], IDS_PAGE, 0, sizeof(spot));
		if (d->tops[i])
			must_array(m, d->tops[i], IDS_PAGE, 0, sizeof(spot *));
		d->tops[i] = NULL;
	}
}
