/*
 * Tokens that a sign-in provider gave for the user of a session, for others that believe them: kept in the session's row,
 * sealed with a key that follows from the browser's cookie alone. They end with the session, however that ends.
 */
#ifndef IDENTITY_PROVIDER_TOKEN_H
#define IDENTITY_PROVIDER_TOKEN_H

#include "identity/oidc.h"

/*
 * Keeps them with the session that has just begun; cookie is its token. access: the access token as well, which most have no
 * use for.
 */
int provider_token_keep(struct ctx *cx, const char *cookie, const struct oidc_tokens *given, bool access);

enum provider_token_state {
	PROVIDER_TOKEN_NONE, /* there is none, or none any more: whoever wants one signs in again */
	PROVIDER_TOKEN_AWAY, /* it has ended, and the provider does not answer */
	PROVIDER_TOKEN_HELD,
};
struct provider_token {
	enum provider_token_state state;
	const char *text; /* of PROVIDER_TOKEN_HELD, in cx->mem */
	bool first;       /* nobody has had it since the session began */
};
/*
 * The id token, or the access token, of the session of cx->who, which must have one; cookie is its token. One that is about to
 * end is renewed at the provider, by one at a time; who comes meanwhile waits only where the old one has ended.
 * A refusal of the provider takes all tokens of the session away. Errors are those of the database.
 */
int provider_token_get(struct ctx *cx, const char *cookie, bool access, struct provider_token *out);
/* Whether provider_token_get() would give one. It is not used by that. */
int provider_token_look(struct ctx *cx, const char *cookie, bool access, enum provider_token_state *out);

#endif
