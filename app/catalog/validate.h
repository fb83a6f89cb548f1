/* Is this an entity, and a good one? Every fault is found, not just the first. */
#ifndef CATALOG_VALIDATE_H
#define CATALOG_VALIDATE_H

#include "base/ctx.h"
#include "base/json.h"
#include "catalog/kind.h"

struct fault {
	const char *name;    /* "InputError" */
	const char *message; /* as Backstage words it, with the entity's ref */
	const char *rule;    /* the bare rule: "/spec must have required property 'owner'" */
	uint32_t line;       /* in the file; 0 when not known */
};
struct faults {
	struct fault *items;
	size_t n, cap;
};

/*
 * The loose check before anything else is done: an object whose apiVersion, kind and metadata.name are non-empty texts. True,
 * or one fault is added.
 */
bool validate_envelope(struct arena *mem, const struct json *entity, struct faults *out);
/*
 * The full check: schema of the envelope, field formats, no foreign root fields, keys that differ only in case, a known
 * kind and its spec. True when nothing was added. The entity must have passed validate_envelope().
 */
bool validate_entity(struct arena *mem, const struct kinds *kinds, const struct json *entity, struct faults *out);

/* Field formats (backstage-facts 1.1); the text need not be NUL-free. */
bool valid_name(struct str s);
bool valid_namespace(struct str s);
bool valid_kind(struct str s);
bool valid_api_version(struct str s);
bool valid_key(struct str s); /* of labels and annotations */
bool valid_label_value(struct str s);
bool valid_tag(struct str s);
bool valid_url(struct str s);

#endif
