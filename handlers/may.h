/* What a page may offer to whoever looks at it. */
#ifndef HANDLERS_MAY_H
#define HANDLERS_MAY_H

#include "base/ctx.h"
#include "base/json.h"

/* {"catalog.location.create": true, …}: every permission; one on entities is true when there may be some that it is given for.
 */
struct json *page_may(struct ctx *cx);
/* The same of the permissions on entities, for this one. */
struct json *page_may_with(struct ctx *cx, const struct json *entity);
/* May whoever asks do this, as routes.def asks before a page? That he may not leaves no error behind. */
bool page_allows(struct ctx *cx, const char *permission);

#endif
