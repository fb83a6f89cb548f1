/* What may be an entity's name, and references of users. */
#ifndef IDENTITY_NAME_H
#define IDENTITY_NAME_H

#include <stdbool.h>

#include "base/arena.h"

/* Letters and digits, and ". _ -" between them; at most 63 characters. */
bool is_entity_name(const char *s);
/* A whole reference of a user in lower case: "user:default/ana". */
bool is_user_ref(const char *s);
/* user:default/NAME, in lower case. */
const char *user_ref(struct arena *mem, const char *name);

#endif
