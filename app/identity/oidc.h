/* Sign-in by any OpenID Connect provider: authorization code with PKCE, state and nonce. */
#ifndef IDENTITY_OIDC_H
#define IDENTITY_OIDC_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"
#include "identity/resolver.h"

struct oidc_provider {
	const char *name;        /* the key below auth.providers */
	const struct json *conf; /* its settings, for sign_in() */
	const char *metadata_url;
	const char *client_id, *client_secret; /* the secret is "" for a public client */
	const char *scope;                     /* words with spaces between, "openid" among them */
	const char *prompt;                    /* "" leaves it to the provider */
	const char *callback;                  /* where the provider sends the browser back to */
	const char *auth_method;               /* tokenEndpointAuthMethod; "" takes what the provider offers */
	const char *access_type;               /* "offline" makes Google give a refresh token; "" asks for none */
	bool keep_tokens;                      /* keepTokens: may what it gives be kept for those who want it? */
};

/* What a provider gave for a user. Texts are NULL when it gave none; ends are wall clock, ms. */
struct oidc_tokens {
	const char *id, *access, *refresh;
	int64_t id_end, access_end;
};

enum { OIDC_SECRET_LEN = 43, OIDC_WAIT_S = 600 };

/* The URL that the browser goes to, and what it must bring back in an HttpOnly cookie. */
struct oidc_start {
	const char *url, *secret;
};

/* What the provider gave the browser to bring us; NULL: nothing of that name. */
struct oidc_answer {
	const char *code, *iss, *error, *error_description;
};

/*
 * The provider of that name. base: address of this portal, for the callback when the settings name none. ERR_NOTFOUND when it
 * is not configured, or not for env (NULL: whichever); ERR_INPUT when its settings are not complete.
 */
int oidc_provider_find(struct ctx *cx, const char *name, const char *env, const char *base, struct oidc_provider *out);
/* Is somebody who is configured by that name an OpenID Connect provider? */
bool oidc_is_provider(struct ctx *cx, const char *name);

/* Begins a sign-in. request: a small object that oidc_request() gives back. ERR_UNAVAILABLE when the provider cannot be asked.
 */
int oidc_start(struct ctx *cx, const struct oidc_provider *p, const struct json *request, struct oidc_start *out);
/*
 * The request that a state was made for. ERR_AUTH unless the secret (the cookie's; NULL: there was none) belongs to it: the
 * browser did not begin this sign-in.
 */
int oidc_request(struct ctx *cx, const struct oidc_provider *p, const char *secret, const char *state, struct json **request);
/*
 * Ends a sign-in: takes the code to the provider and checks what comes of it. ERR_AUTH says why somebody is not let in,
 * ERR_UNAVAILABLE and ERR_UPSTREAM that the provider is away or does not make sense.
 */
int oidc_finish(struct ctx *cx, const struct oidc_provider *p, const char *secret, const struct oidc_answer *answer,
		struct profile *out, struct oidc_tokens *given);
/*
 * New tokens for those whose t->refresh is set; what the provider does not give anew stays as it is in *t. subject: whose they
 * must be. ERR_AUTH when the provider refuses, or gives what is not to be believed: that will not change. Other errors: it is
 * away.
 */
int oidc_refresh(struct ctx *cx, const struct oidc_provider *p, const char *subject, struct oidc_tokens *t);

#endif
