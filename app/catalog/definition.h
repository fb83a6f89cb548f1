/* What the definition of an API says at a glance. */
#ifndef CATALOG_DEFINITION_H
#define CATALOG_DEFINITION_H

#include "base/ctx.h"
#include "base/json.h"

enum {
	OUTLINE_BYTES = 2 * 1024 * 1024, /* of a definition that is still read */
	OUTLINE_MOST = 500,              /* operations that are listed */
};

/*
 * The operations of an "openapi" or "asyncapi" definition (YAML or JSON), in their groups:
 *	{title, version, format, description, servers: [text], total, groups: [{name, description, operations: [{method, path,
 *	summary, deprecated}]}]}
 * total counts those that are not listed as well. *out is NULL for other types. What is not as it should be is left out.
 * ERR_INPUT or ERR_TOOLARGE when the text cannot be read at all.
 */
int definition_outline(struct ctx *cx, const char *type, struct str text, struct json **out);

#endif
