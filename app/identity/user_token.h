/* Tokens of people as Backstage issues them: JWTs that say who asks, for an hour, signed with keys that change. */
#ifndef IDENTITY_USER_TOKEN_H
#define IDENTITY_USER_TOKEN_H

#include "identity/identity.h"

enum { USER_TOKEN_MAX = 32768 }; /* bytes */

struct user_token {
	const char *text;
	int64_t lifetime_s;
};

/* "https://portal.example.com/api/auth": below backend.baseUrl, else app.baseUrl. In cx->mem. */
const char *user_token_issuer(struct ctx *cx);
/*
 * A token for a user with these ownership refs (NULL-terminated; they are in the token only when
 * auth.omitIdentityTokenOwnershipClaim is false). It holds for auth.backstageTokenExpiration, 10 minutes to 24 hours; an hour
 * when that is not set. ERR_TOOLARGE when it would have more than USER_TOKEN_MAX bytes.
 */
int user_token_issue(struct ctx *cx, const char *ref, const char *const *owns, struct user_token *out);
/* Does the text say of itself that it is such a token? Nothing else is checked. */
bool user_token_is(struct ctx *cx, const char *token);
/* Whose token it is: a WHO_USER. ERR_AUTH "Illegal token", with the reason in the debug log. */
int user_token_find(struct ctx *cx, const char *token, const struct who **out);
/* The public keys, {"keys": [...]}. */
int user_token_keys(struct ctx *cx, struct json **out);

#endif
