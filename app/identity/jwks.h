/* The public keys of token issuers, kept for a while in each process. */
#ifndef IDENTITY_JWKS_H
#define IDENTITY_JWKS_H

#include "base/ctx.h"
#include "base/json.h"

/*
 * The key set at url: fetched when it is older than ten minutes, or when it does not have the key that token names (at most
 * every 30 s). When it cannot be fetched, the old one serves on; ERR_UNAVAILABLE when there is none. Valid until the next call.
 */
int jwks_get(struct ctx *cx, const char *url, const char *token, const struct json **out);
/* The same for a URL that nobody configured but a provider named: its address must be a public one. */
int jwks_get_public(struct ctx *cx, const char *url, const char *token, const struct json **out);

#endif
