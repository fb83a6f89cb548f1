/* From what a provider says of somebody to an entity of the catalog: `signIn.resolvers`. */
#ifndef IDENTITY_RESOLVER_H
#define IDENTITY_RESOLVER_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/list.h"

/* What a provider says of somebody. Texts may be NULL or "" when it does not say. */
struct profile {
	const char *provider; /* "oidc"; the key below auth.providers */
	const char *subject;  /* stable and unique at the provider; never empty */
	const char *email;
	bool email_verified; /* an address that is not is never used to find an entity */
	const char *name;    /* to show */
	const char *username;
	const char *picture;       /* URL */
	const struct json *claims; /* all it says; NULL: nothing beyond this */
	int64_t proven_ms;         /* when, by the clock of the database; 0: now */
	const char *ref;           /* what it knows the entity to be, where there are no resolvers; NULL: it does not */
};

/*
 * The settings of a provider: the object at auth.providers.NAME.ENVIRONMENT, where ENVIRONMENT is auth.environment
 * ("development" when it says nothing), or the one at auth.providers.NAME. NULL: not configured.
 */
const struct json *provider_conf(const struct ctx *cx, const char *name);

/* Is it one of a plugin, "PLUGIN.NAME"? No name of ours has a dot. */
bool resolver_of_plugin(const char *name);
/* Adds the names of a provider's resolvers. */
void resolver_names(const struct json *provider_conf, struct arena *mem, struct text_list *out);

/* Does a provider of the configuration let in users that are not in the catalog? */
bool resolver_allows_strangers(const struct ctx *cx);

/*
 * Tries `signIn.resolvers` of the provider's settings in their order; *ref is the entity ref of the first that fits. ERR_DENIED
 * says in words for the user that there is none, or what is wrong with the settings.
 */
int resolve_user(struct ctx *cx, const struct json *provider_conf, const struct profile *p, const char **ref);

/*
 * Resolves the user and starts a session; *token is for the cookie. Errors of resolve_user() and session_start(). The caller
 * has to end the browser's former session.
 */
int sign_in(struct ctx *cx, const struct json *provider_conf, const struct profile *p, const char *ip, const char *agent,
	    const char **token);

#endif
