/* Plain YAML scalars by the core schema, as the JavaScript library reads them. Only for ext/yaml.c. */
#ifndef EXT_YAML_SCALAR_H
#define EXT_YAML_SCALAR_H

#include "base/json.h"

/*
 * Gives v the type and value that text has when it stands plain: null ~ true false, 12 0o17 0x1f, 1.5e3 .inf .nan and the
 * like; else a string that keeps the pointer. text is NUL-terminated.
 */
void yaml_resolve(struct str text, struct json *v);
/*
 * The same for a scalar with the tag "!" (text) or one of the core schema ("tag:yaml.org,2002:int"): what does not fit the tag
 * is text, as in JavaScript. False when the tag is none for scalars.
 */
bool yaml_resolve_tag(const char *tag, struct str text, struct json *v);

#endif
