/* Who asked for something that is done later, kept as JSON, so that it is done with the same rights. */
#ifndef IDENTITY_ACTOR_H
#define IDENTITY_ACTOR_H

#include "identity/identity.h"

/* {kind, ref, name, owns, limits}; JSON null for the system itself (who NULL). */
struct json *actor_json(struct arena *mem, const struct who *who);
/* Makes cx->who of it. What may be read is looked up anew. ERR_INTERNAL when it is none. */
int actor_become(struct ctx *cx, const struct json *actor);

#endif
