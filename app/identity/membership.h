/* Which groups a user speaks for. */
#ifndef IDENTITY_MEMBERSHIP_H
#define IDENTITY_MEMBERSHIP_H

#include "base/ctx.h"

/*
 * Ownership entity refs of a user: the ref itself, then the groups it is a member of by either side's word, as the catalog's
 * relations are now; with `auth.nestedGroups: true` those groups' parents too, and theirs. NULL-terminated, each once.
 */
int membership_find(struct ctx *cx, const char *user_ref, const char ***owns);

#endif
