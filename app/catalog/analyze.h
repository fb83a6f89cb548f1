/* What a repository could bring: the catalog files it has, or a proposal for one. */
#ifndef CATALOG_ANALYZE_H
#define CATALOG_ANALYZE_H

#include "base/ctx.h"
#include "base/json.h"

/*
 * {existingEntityFiles: [{location, isRegistered, entity}], generateEntities: [{entity, fields: [{field, state, value,
 * description}]}]}. target is a file, a repository or a folder of one. A host that cannot be asked has no files. ERR_INPUT for
 * another type than "url".
 */
int location_analyze(struct ctx *cx, const char *type, const char *target, const char *file_name, struct json **out);

#endif
