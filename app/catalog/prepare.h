/* What somebody wants to know before a location is registered: what is wrong with its file, and how a first file could look. */
#ifndef CATALOG_PREPARE_H
#define CATALOG_PREPARE_H

#include "base/ctx.h"
#include "base/json.h"

/*
 * Reads one file and checks its documents, without what it leads to: {entities: [entity], faults: [{ref, line, name,
 * message}]}; ref is "" and line 0 where they are not known. Errors are those of reading.
 */
int prepare_check(struct ctx *cx, const char *target, struct json **out);
/*
 * Who owns the whole repository that target is in (its page, a folder, a file) by its CODEOWNERS file: the name of a team
 * without "@org/"; "" when there is no such file or it does not say.
 */
int prepare_code_owner(struct ctx *cx, const char *target, const char **owner);
/* The page of the repository's host on which a new file can be written, prefilled as far as the host allows; NULL: none known.
 */
const char *prepare_new_file_url(struct ctx *cx, const char *target, const char *branch, const char *name, const char *text);
/* The address that a file in the root of the repository will have; NULL when that cannot be told. */
const char *prepare_file_url(struct ctx *cx, const char *target, const char *branch, const char *name);

#endif
