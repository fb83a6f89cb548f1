/* Entity references: [<kind>:][<namespace>/]<name>. */
#ifndef CATALOG_REF_H
#define CATALOG_REF_H

#include "base/ctx.h"
#include "base/json.h"
#include "base/str.h"

struct ref {
	const char *kind, *ns, *name; /* as written; compare without regard to case */
};

enum { REF_MAX = 191 }; /* bytes of "kind:namespace/name": three parts of at most 63 and two separators */

/*
 * Parses text as Backstage's parseEntityRef does: the first ":" ends the kind, unless a "/" comes before it. A part that is
 * missing is taken from the defaults (dflt_ns NULL: "default"); a kind missing in both, or an empty part, is ERR_INPUT. Parts
 * live in cx->mem.
 */
int ref_parse(struct ctx *cx, const char *text, const char *dflt_kind, const char *dflt_ns, struct ref *out);
/* "kind:namespace/name", all in lower case: the form that is stored and compared. */
const char *ref_format(struct arena *mem, const struct ref *r);
/* Of an entity's own kind, metadata.namespace (default "default") and metadata.name; NULL when one is no text. */
const char *ref_of_entity(struct arena *mem, const struct json *entity);
/* For people: without the default namespace, and without the kind when it is dflt_kind (NULL: always with kind). */
const char *ref_humanise(struct arena *mem, const char *ref, const char *dflt_kind);

#endif
