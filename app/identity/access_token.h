/* Personal API tokens: what a person gives a program so that it may act for them, within limits and for a time. */
#ifndef IDENTITY_ACCESS_TOKEN_H
#define IDENTITY_ACCESS_TOKEN_H

#include "identity/identity.h"

#define ACCESS_TOKEN_PREFIX "cbp_"
enum { ACCESS_TOKEN_DAYS_MAX = 365 };

struct access_token {
	const char *id, *user, *name, *scope;
	int64_t created_ms, expires_ms;
	int64_t used_ms, revoked_ms; /* 0: never */
};
struct access_token_list {
	struct access_token *items;
	size_t n, cap;
};

/*
 * Makes a token for a user ("user:default/ana"). scope: "all", or words between spaces or commas: "read" for whatever only
 * reads, names of permissions ("catalog.location.create"). days: 1 to ACCESS_TOKEN_DAYS_MAX. *token is shown once and kept
 * only as a hash. ERR_INPUT says what is wrong, and *wrong (which may be NULL) is the name of the argument that is,
 * ERR_CONFLICT when the user has too many.
 */
int access_token_create(struct ctx *cx, const char *user, const char *name, const char *scope, long days, const char **token,
			const char **wrong);
/*
 * Whose token it is: a WHO_USER with limits. Notes, at most once a minute, that it is used. ERR_AUTH "Illegal token", also when
 * its user is gone: neither in the catalog nor an account, and no provider lets in users that are not in the catalog.
 */
int access_token_find(struct ctx *cx, const char *token, const struct who **out);
/* Tokens of a user (NULL: of everybody), the newest first; expired and revoked ones too, for a while. */
int access_token_list(struct ctx *cx, const char *user, struct access_token_list *out);
/* Ends a token for good. user: whose it must be; NULL: anybody's. ERR_NOTFOUND. */
int access_token_revoke(struct ctx *cx, const char *user, const char *id);
/* Ends all tokens of a user for good. */
int access_token_revoke_all(struct ctx *cx, const char *user);
/* "active", "expired" or "revoked". */
const char *access_token_state(const struct access_token *t);

#endif
