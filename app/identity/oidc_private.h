/* What the files of OpenID Connect share. */
#ifndef IDENTITY_OIDC_PRIVATE_H
#define IDENTITY_OIDC_PRIVATE_H

#include "ext/fetch.h"
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

/* Adds NAME=VALUE to a query or a form; nothing for an empty value. */
void oidc_parameter(struct buf *b, const char *name, const char *value);
/*
 * One request to an endpoint of the provider, with the limits of all of them. ERR_TIMEOUT, ERR_UPSTREAM; the log says why, as
 * users cannot do anything about it.
 */
int oidc_ask(struct ctx *cx, const struct oidc_provider *p, struct fetch_request rq, struct fetch_answer *out);
/* The code for the tokens, as the provider writes them. ERR_AUTH when it is worth nothing. */
int oidc_exchange(struct ctx *cx, const struct oidc_provider *p, const struct json *metadata, const char *code,
		  const char *verifier, struct json **out);
/* Signature and claims of tokens.id_token. nonce NULL: of a token that was renewed. ERR_AUTH, ERR_UPSTREAM, ERR_UNAVAILABLE. */
int oidc_check_id_token(struct ctx *cx, const struct oidc_provider *p, const struct json *metadata, const struct json *tokens,
			const char *nonce, struct json **claims);
/* What of the provider's answer can be kept; claims NULL: it has no id_token. */
void oidc_tokens_take(const struct json *tokens, const struct json *claims, struct oidc_tokens *out);

/* What an id_token must say. */
struct oidc_expected {
	const char *issuer, *client_id;
	const char *nonce;        /* NULL: it may say any or none */
	const char *alg;          /* of the token's header: says which hash at_hash is made with */
	const char *access_token; /* NULL: there was none */
};
/* Checks claims whose signature and expiry were checked. ERR_AUTH. */
int oidc_check_claims(struct ctx *cx, const struct json *claims, const struct oidc_expected *expected);

#endif
