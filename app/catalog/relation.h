/* The relations that an entity's fields declare. */
#ifndef CATALOG_RELATION_H
#define CATALOG_RELATION_H

#include "base/ctx.h"
#include "base/json.h"
#include "catalog/kind.h"

struct relation {
	const char *type, *inverse; /* "ownedBy", "ownerOf" */
	const char *target;         /* full ref in lower case */
};
struct relations {
	struct relation *items;
	size_t n, cap;
};

/*
 * Sorted, each (type, target) once. The entity passed validate_entity(). A target longer than can be stored (512 bytes) is
 * ERR_INPUT.
 */
int relations_of(struct ctx *cx, const struct kind *kind, const struct json *entity, struct relations *out);
/* Sorts by type, then target; each stands once afterwards. */
void relations_sort(struct relations *list);
/* Whether a ref could be that of an entity: three well-formed parts, at most REF_MAX bytes. */
bool ref_storable(const char *ref);

#endif
