/* Kinds: what an entity's spec must look like, and which relations its fields make. */
#ifndef CATALOG_KIND_H
#define CATALOG_KIND_H

#include "base/ctx.h"
#include "base/json.h"

enum field_form { TEXT, REF, TEXTS, REFS, OBJECT, LIST, OBJECTS, PROFILE, PRESENCE, REMOTES, STEPS, ANY };
enum field_need {
	OPTIONAL,
	REQUIRED,
	ONLY_MCP_SERVER,
	BUT_MCP_SERVER,
	ONLY_RULE,
	ONLY_PLUGIN,
	ONLY_MARKETPLACE,
};

struct kind_field {
	const char *name; /* below spec; dots lead deeper ("deploy.cluster") in kinds of the configuration */
	enum field_form form;
	enum field_need need;
	const char *relation, *inverse; /* NULL: no relation */
	const char *target_kind;        /* of a ref that names none; NULL: the ref must */
	bool target_ns_default;         /* a ref without namespace means "default", not the entity's own */
};

struct kind_fields {
	struct kind_field *items;
	size_t n, cap;
};

struct kind {
	const char *name;         /* "Component" */
	const char *api_versions; /* separated by blanks */
	struct kind_fields fields;
	const struct json *schema; /* JSON Schema of the whole entity, from the configuration; NULL: none */
};

struct kinds {
	struct kind *items;
	size_t n, cap;
};

/*
 * The built-in kinds and those of `catalog.kinds` in the configuration:
 *   - kind: Dataset
 *     apiVersions: [example.com/v1]
 *     fields: [{name, type, required, relation, inverse, targetKind, targetNamespace}]
 *     schema: {…}
 * An entry without apiVersions adds its fields to the built-in kind of that name. Everything lives in mem.
 * ERR_INPUT names the faulty entry.
 */
int kinds_load(struct ctx *cx, struct arena *mem, struct kinds *out);
/* The kind of exactly that name and apiVersion, or NULL. */
const struct kind *kind_find(const struct kinds *kinds, const char *name, const char *api_version);
/* Whether a field must be there, given spec.type. */
bool field_required(const struct kind_field *f, const struct json *spec);
/* The value of a field; follows dots. */
struct json *field_value(const struct kind_field *f, const struct json *spec);

#endif
