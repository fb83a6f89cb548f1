/* Entities that somebody else makes (a plugin's provider): all of them, or what has changed. */
#ifndef CATALOG_PROVIDE_H
#define CATALOG_PROVIDE_H

#include "base/ctx.h"
#include "base/json.h"
#include "base/list.h"
#include "base/str.h"

/* The entities of a set, each as JSON; as text it takes a fraction of the memory. */
struct provided {
	struct str *items;
	size_t n, cap;
};
struct provide_result {
	size_t changed, unchanged, removed;
	size_t faulty; /* entities that are wrong: as for those of a file, the stored version stays, and the fault is shown */
};

/*
 * Replaces all that the provider ("PLUGIN/ID") brought before: a source of type "provider", to which rules do not apply.
 * Entities are validated, related and annotated as a file's are; one that is the same writes nothing. What is not in the set
 * goes, unless one of it could not be told by kind and name. Runs its own transactions: after an error, part of it may be
 * stored, but nothing is removed.
 */
int provide_full(struct ctx *cx, const char *provider, const struct provided *set, struct provide_result *out);
/* Adds or changes some (a list of entities; changed in place), takes others of the provider's away (a list of refs). Either may
 * be NULL. */
int provide_delta(struct ctx *cx, const char *provider, const struct json *upsert, const struct json *remove,
		  struct provide_result *out);
/* All that it brought goes, or becomes orphans (catalog.orphanStrategy), and the provider is forgotten. */
int provide_nothing(struct ctx *cx, const char *provider);

#endif
