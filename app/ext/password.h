/* Passwords (libsodium's argon2id). */
#ifndef EXT_PASSWORD_H
#define EXT_PASSWORD_H

#include "base/ctx.h"
#include "base/str.h"

/* Hashes a password with a salt of its own; about a tenth of a second and 64 MiB. The hash says how it was made. ERR_INTERNAL
 * when there is no memory for it. */
int password_hash(struct ctx *cx, struct str password, const char **hash);
/* Whether the password is the one that was hashed. Costs what making the hash did. */
bool password_fits(const char *hash, struct str password);

#endif
