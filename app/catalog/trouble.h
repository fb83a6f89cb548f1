/* What is wrong with one entity and on its way into the catalog: told where, since when, and whose fault it is. */
#ifndef CATALOG_TROUBLE_H
#define CATALOG_TROUBLE_H

#include "base/ctx.h"
#include "catalog/store.h"

enum trouble_where {
	TROUBLE_OWN,   /* the entity's own document */
	TROUBLE_FILE,  /* the file it is in, or one that it names itself */
	TROUBLE_ABOVE, /* a Location that leads to it */
	TROUBLE_BESIDE /* another file of such a Location */
};
struct trouble {
	enum trouble_where where;
	const char *ref;  /* of the entity the words are about; "" when the file as a whole is meant */
	const char *at;   /* the Location that shows it; NULL for the entity itself */
	const char *name; /* "InputError" */
	const char *message;
	const char *type, *target; /* of the file */
	uint32_t line;             /* 0: not known */
	int64_t since;             /* ms since 1970: when it was seen first */
};
struct troubles {
	struct trouble *items;
	size_t n, cap;
};

/* Of the entity and of all that leads to it, its own first; at most 50 of each place. Ancestors that cx->who may not read are
 * left out. */
int entity_troubles(struct ctx *cx, const char *ref, struct troubles *out);

/* Where an entity was read from, and when last; read_at is 0 when nobody knows. ERR_NOTFOUND. */
struct entity_source {
	const char *type, *target, *origin;
	int64_t read_at;
};
int entity_source(struct ctx *cx, const char *ref, struct entity_source *out);

#endif
