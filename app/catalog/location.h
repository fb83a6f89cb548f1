/* Registered locations, and those of the configuration. */
#ifndef CATALOG_LOCATION_H
#define CATALOG_LOCATION_H

#include "catalog/reader.h"
#include "catalog/settings.h"
#include "catalog/store.h"

struct registered {
	const char *id, *type, *target, *entity_ref;
};
struct registered_list {
	struct registered *items;
	size_t n, cap;
};

/*
 * Registers a location; its file is read by a job at once. ERR_INPUT for a type other than "url" or a target that is no
 * location, ERR_DENIED when the catalog is read-only, ERR_CONFLICT ("Location url:… already exists") unless refresh: then
 * the one that exists is read again and given.
 */
int location_register(struct ctx *cx, const char *type, const char *target, bool refresh, struct registered *out);
/*
 * What registering would bring: entities (the generated Location first) as they would be stored, without uid and relations.
 * Locations inside are followed. ERR_INPUT says what is wrong ("NotFoundError: Unable to read url, …"); nothing is stored.
 */
int location_dry_run(struct ctx *cx, const char *type, const char *target, struct registered *out, bool *exists,
		     struct json **entities);
/* ERR_NOTFOUND. */
int location_get(struct ctx *cx, const char *id, struct registered *out);
int location_list(struct ctx *cx, struct registered_list *out);
/* The registered location that an entity came from, any number of hops up. ERR_NOTFOUND. */
int location_by_entity(struct ctx *cx, const char *ref, struct registered *out);
/* Moves a location to another target. ERR_NOTFOUND, ERR_CONFLICT, ERR_INPUT, ERR_DENIED. */
int location_change(struct ctx *cx, const char *id, const char *type, const char *target, struct registered *out);
/* Takes it away with all that nothing else brings. ERR_NOTFOUND, ERR_DENIED. */
int location_remove(struct ctx *cx, const char *id);

/* As the API shows one: {id, type, target, entityRef}. */
struct json *location_json(struct arena *mem, const struct registered *l);

#endif
