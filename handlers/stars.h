/* What people have starred: kept for them in their settings, where Backstage keeps it. */
#ifndef HANDLERS_STARS_H
#define HANDLERS_STARS_H

#include "catalog/store.h"

/* References in lower case, in the order in which they were starred. */
int stars_of(struct ctx *cx, struct text_list *out);
int stars_set(struct ctx *cx, const char *ref, bool on);
bool stars_has(const struct text_list *stars, const char *ref);

#endif
