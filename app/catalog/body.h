/* The bytes of an entity as clients get them, and how a new tail is put on them. */
#ifndef CATALOG_BODY_H
#define CATALOG_BODY_H

#include "catalog/relation.h"

struct problem {
	const char *name, *message;
};
struct problems {
	struct problem *items;
	size_t n, cap;
};

struct body {
	struct str text;
	size_t etag_at; /* offset of the etag's 40 characters */
	size_t tail_at; /* offset of what relations and status make of it */
	char etag[41];
};

/*
 * Serialises entity in Backstage's order of keys, with uid, etag, relations (sorted, and made distinct, in place) and, when
 * there are problems, status.items. hash is that of the entity's own content; the etag is made of it and of the tail.
 */
void body_make(struct arena *mem, const struct json *entity, const char *uid, const char *hash, struct relations *relations,
	       const struct problems *problems, struct body *out);
/* The same body with other relations and status, without parsing it. */
void body_retail(struct arena *mem, const struct body *old, const char *hash, struct relations *relations,
		 const struct problems *problems, struct body *out);

/* The first 16 hex digits of an etag: tells two bodies of an entity from each other where an etag would be too long. */
uint64_t body_tag(const char *etag);

#endif
