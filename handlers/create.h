/* What the pages below /create share: those beside the form itself. */
#ifndef HANDLERS_CREATE_H
#define HANDLERS_CREATE_H

#include "base/arena.h"
#include "base/json.h"

/*
 * A JSON Schema as rows of a table: {name: "reviewers[].name", depth, type: "array of string", required, title, description,
 * has_default, dflt, choices: [texts], limits: [words]}. At most 400, six levels deep.
 */
struct json *create_schema_rows(struct arena *mem, const struct json *schema);

#endif
