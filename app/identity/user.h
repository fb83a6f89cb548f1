/* A person who asks, made from the ref that a token or a session names. */
#ifndef IDENTITY_USER_H
#define IDENTITY_USER_H

#include "identity/identity.h"

/*
 * A WHO_USER that was not known by a cookie. owns: NULL-terminated ownership refs that a token vouches for; NULL: as the
 * catalog says now. limits: see struct who. ERR_AUTH when the user's account is disabled.
 */
int user_who(struct ctx *cx, const char *ref, const char **owns, const struct json *limits, const struct who **out);

#endif
