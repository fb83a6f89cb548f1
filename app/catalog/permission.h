/* Which entities somebody may read: conditions in Backstage's form, as predicates. */
#ifndef CATALOG_PERMISSION_H
#define CATALOG_PERMISSION_H

#include "base/ctx.h"
#include "base/json.h"
#include "base/str.h"

/*
 * The predicate (see filter.h) of a condition: {rule, params} with the rules IS_ENTITY_OWNER {claims}, IS_ENTITY_KIND {kinds},
 * HAS_ANNOTATION {annotation, value?}, HAS_LABEL {label, value?}, HAS_METADATA {key, value?} and HAS_SPEC {key, value?}, joined
 * by {allOf: []}, {anyOf: []} and {not: {}} (backstage-facts 1.11). ERR_INTERNAL names what is not understood: then nothing may
 * be read.
 */
int permission_compile(struct ctx *cx, const struct json *condition, const struct json **out);
/* The predicate of what cx->who may read; *out NULL: all. */
int permission_predicate(struct ctx *cx, const struct json **out);
/*
 * May cx->who do this ("catalog.entity.delete")? 1, 0, or an error. entity: the thing it would be done to; NULL asks whether
 * there is anything at all that it may be done to, which is how pages know what to offer.
 */
int policy_may(struct ctx *cx, const char *permission, const struct json *entity);
/* Whether a condition of Backstage's form (permission_compile()) fits an entity: 1, 0, or an error. */
int permission_fits(struct ctx *cx, const struct json *condition, const struct json *entity);
/* The same of a stored body, worded: 0, or ERR_DENIED. */
int permission_demand(struct ctx *cx, const char *permission, struct str body);
/* Whether cx->who may read the entity with this body: 1, 0, or an error. */
int permission_reads(struct ctx *cx, struct str body);

#endif
