/* What a sign-in is worth at a source-code host: an access token with which steps act there in somebody's own name. */
#ifndef SCAFFOLDER_CREDENTIAL_H
#define SCAFFOLDER_CREDENTIAL_H

#include "base/json.h"
#include "identity/oidc.h"

/*
 * May steps use the access token that this provider gives? It has the host, the scheme and the port of an integration, and is
 * asked for a scope that lets them write there.
 */
bool credential_wanted(struct ctx *cx, const struct oidc_provider *p);

enum sign_in_worth {
	SIGN_IN_NONE,  /* one does not sign in there, or it may not be used */
	SIGN_IN_LACKS, /* it has not all scopes that are wanted */
	SIGN_IN_ENDED, /* there is no token, or none any more: whoever wants one signs in again */
	SIGN_IN_AWAY,  /* it has ended, and the provider does not answer */
	SIGN_IN_HELD,
};
/*
 * What the session of cx->who is worth at a host for these scopes (a list of texts, or NULL); cookie is its token, NULL for
 * none. Errors are those of the database.
 */
int credential_look(struct ctx *cx, const char *cookie, const char *host, const struct json *scopes, enum sign_in_worth *out);
/* The token of SIGN_IN_HELD, in cx->mem. ERR_UNAVAILABLE when it has ended since. */
int credential_take(struct ctx *cx, const char *cookie, const char **token);

/* "gitlab" in additionalScopes and the like, for the kind of a host; both kinds of Bitbucket are one. */
const char *credential_kind(const char *host_kind);

#endif
