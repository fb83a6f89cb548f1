/* The types of documents that this host knows. */
#include "search/type.h"

#include "catalog/permission.h"

enum { TYPES_MOST = 64 };

static struct known {
	const char *type, *permission;
} types[TYPES_MOST] = {
	{ SEARCH_CATALOG, "catalog.entity.read" },
	{ SEARCH_DOCS, "catalog.entity.read" },
};
static size_t n_types = 2;

void search_type(const char *type, const char *permission)
{
	if (!search_type_is_known(type) && n_types < TYPES_MOST)
		types[n_types++] = (struct known){ type, permission };
}

bool search_type_is_known(const char *type)
{
	for (size_t i = 0; i < n_types; i++)
		if (streq(types[i].type, type))
			return true;
	return false;
}

int search_types_readable(struct ctx *cx, struct str **out, size_t *n)
{
	*out = arena_array(cx->mem, struct str, n_types);
	*n = 0;
	for (size_t i = 0; i < n_types; i++) {
		int may = policy_may(cx, types[i].permission, NULL);

		if (may < 0)
			return may;
		if (may)
			(*out)[(*n)++] = str_of(types[i].type);
	}
	return 0;
}
