/* Tokens of other programs: `backend.auth.externalAccess`. */
#ifndef IDENTITY_EXTERNAL_H
#define IDENTITY_EXTERNAL_H

#include "identity/identity.h"

/*
 * Whose token this is; *out->limits says what it may do. ERR_AUTH "Illegal token"; ERR_UNAVAILABLE when the keys to check it
 * with cannot be had now.
 */
int external_find(struct ctx *cx, const char *token, const struct who **out);
/* May a token with these accessRestrictions do this? 0 or ERR_DENIED. What is badly configured allows nothing. */
int external_allow(struct ctx *cx, const struct json *limits, const char *permission);
/* What a permission does, in Backstage's words ("read"), or "" when it has no such attribute. */
const char *permission_action(const char *permission);

#endif
