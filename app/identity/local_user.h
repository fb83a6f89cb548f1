/* Accounts whose passwords are kept here: `auth.providers.local`. */
#ifndef IDENTITY_LOCAL_USER_H
#define IDENTITY_LOCAL_USER_H

#include <stdint.h>

#include "base/ctx.h"
#include "identity/resolver.h"

struct local_user {
	const char *name, *ref, *email;
	bool disabled;
	int64_t created_ms;
};
struct local_users {
	struct local_user *items;
	size_t n, cap;
};

enum { PASSWORD_LEAST = 10, PASSWORD_MOST = 1024 }; /* bytes */

/*
 * Makes an account. name: letters, digits and ". _ -", at most 63, in any case; ref NULL: user:default/NAME. ERR_INPUT for a
 * name, ref or password that will not do, ERR_CONFLICT when the name is taken.
 */
int local_user_add(struct ctx *cx, const char *name, const char *ref, const char *email, const char *password);
/* ERR_NOTFOUND. */
int local_user_get(struct ctx *cx, const char *name, struct local_user *out);
int local_user_list(struct ctx *cx, struct local_users *out);
/*
 * A disabled account cannot sign in, its sessions end, and its user's tokens are revoked. The sessions of one whose password is
 * changed end, too. ERR_NOTFOUND.
 */
int local_user_disable(struct ctx *cx, const char *name, bool disabled);
int local_user_password(struct ctx *cx, const char *name, const char *password);

/*
 * Checks name and password; *out is for sign_in(). ERR_DENIED in the same words and after the same work whether there is no
 * such account, it is disabled or the password is wrong; ERR_TOOMANY with *wait_s after too many attempts.
 */
int local_user_check(struct ctx *cx, const char *name, const char *password, const char *ip, struct profile *out, long *wait_s);

#endif
