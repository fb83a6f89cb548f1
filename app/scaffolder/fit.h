/* Whether values fit a JSON Schema, said as clients of Backstage's scaffolder are used to. */
#ifndef SCAFFOLDER_FIT_H
#define SCAFFOLDER_FIT_H

#include "base/ctx.h"
#include "base/json.h"

/*
 * A list of what does not fit, at most 100, in the order of the schema's keywords: {path, property: "instance.name", message,
 * schema, instance, name: "minLength", argument, stack}. Empty: all fits. secret: the value itself is left out.
 */
struct json *fit_errors(struct arena *mem, const struct json *schema, const struct json *value, bool secret);
/* Their stacks ("instance requires property \"url\""), with a comma between. */
const char *fit_text(struct arena *mem, const struct json *errors);

#endif
