/* What templates have beyond the language itself, for GET /api/scaffolder/v2/templating-extensions. */
#ifndef SCAFFOLDER_EXTENSION_H
#define SCAFFOLDER_EXTENSION_H

#include "base/ctx.h"
#include "base/json.h"

/* {filters: {name: {description, schema, examples}}, globals: {functions, values}} */
int template_extensions(struct ctx *cx, struct json **out);

#endif
