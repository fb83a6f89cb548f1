/* What the files of OpenID Connect share. */
#ifndef IDENTITY_OIDC_PRIVATE_H
#define IDENTITY_OIDC_PRIVATE_H

#include "identity/oidc.h"

/*
 * The provider's metadata: fetched when it is older than ten minutes; an old one serves on when it cannot be fetched. In
 * cx->mem. ERR_UNAVAILABLE when there is none.
 */
int oidc_metadata(struct ctx *cx, const struct oidc_provider *p, struct json **out);
/* An endpoint that the metadata names. ERR_UPSTREAM when it names none, or one without https although it came by https. */
int oidc_endpoint(struct ctx *cx, const struct oidc_provider *p, const struct json *metadata, const char *name,
		  const char **out);
/* Is the URL's host another than the configured one? Then it must be a public address. */
bool oidc_elsewhere(struct ctx *cx, const struct oidc_provider *p, const char *url);
/* For fetch: redirects must not lead to another host. arg: the first URL. */
int oidc_stay(struct ctx *cx, const char *url, void *arg);

/* What an id_token must say. */
struct oidc_expected {
	const char *issuer, *client_id, *nonce;
	const char *alg;          /* of the token's header: says which hash at_hash is made with */
	const char *access_token; /* NULL: there was none */
};
/* Checks claims whose signature and expiry were checked. ERR_AUTH. */
int oidc_check_claims(struct ctx *cx, const struct json *claims, const struct oidc_expected *expected);

#endif
