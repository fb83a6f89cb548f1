/* Reading, refreshing and deleting entities. */
#ifndef CATALOG_ENTITY_H
#define CATALOG_ENTITY_H

#include "base/ctx.h"
#include "base/json.h"
#include "catalog/store.h"

/* The stored bytes: what the client gets. */
struct entity {
	const char *ref;
	const char *etag;
	struct str body;
};
struct entities {
	struct entity *items;
	size_t n, cap;
};

/* Whether the database is there with the catalog's tables in it: 0, or an error that says what is missing. */
int catalog_ready(struct ctx *cx);

/* ERR_NOTFOUND in Backstage's words. Parts in any case. */
int entity_by_name(struct ctx *cx, const char *kind, const char *ns, const char *name, struct entity *out);
/* out[i] is the id of refs[i] (full refs in lower case), as other tables and search know it; 0 when there is none. */
int entity_ids(struct ctx *cx, const struct text_list *refs, uint64_t *out);
/* The same of one that cx->who may read; ERR_NOTFOUND. */
int entity_id_by_name(struct ctx *cx, const char *kind, const char *ns, const char *name, uint64_t *out);
int entity_by_uid(struct ctx *cx, const char *uid, struct entity *out);
/* out[i] is the entity that refs[i] names (full refs in lower case), body.p NULL when there is none. */
int entity_by_refs(struct ctx *cx, const struct text_list *refs, struct entity *out);
/* out[i]: whether refs[i] exists. */
int entity_exist(struct ctx *cx, const struct text_list *refs, bool *out);

/* {rootEntityRef, items: [{entity, parentEntityRefs}]}, from the entity up to its roots. ERR_NOTFOUND. */
int entity_ancestry(struct ctx *cx, const char *ref, struct buf *out);
/* Reads again the file an entity comes from, those it names if it is a Location, and those of all its ancestors. ERR_NOTFOUND.
 */
int entity_refresh(struct ctx *cx, const char *ref);
/* Removes it; it returns while its file still has it. ERR_NOTFOUND. */
int entity_delete(struct ctx *cx, const char *uid);
/*
 * What could not be taken in: [{entity_id, entity_ref, location_key, unprocessed_entity, errors}], at most 1000 errors. owner:
 * only entities whose spec.owner is written just so; NULL: all.
 */
int entity_failed(struct ctx *cx, const char *owner, struct json **out);
/* Forgets one of them until its file is processed again. ERR_NOTFOUND. */
int entity_failed_delete(struct ctx *cx, const char *id);
/* Sources that nobody has read yet: [{entity_id, location_key}], at most 1000. */
int entity_pending(struct ctx *cx, struct json **out);

#endif
