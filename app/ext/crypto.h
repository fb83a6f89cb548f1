/* Hashes, random values, tokens (OpenSSL, libsodium, cjose). */
#ifndef EXT_CRYPTO_H
#define EXT_CRYPTO_H

#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/str.h"

/* Lower-case hex: out[41], out[65]. */
void crypto_sha1_hex(struct str bytes, char out[41]);
void crypto_sha256_hex(struct str bytes, char out[65]);
void crypto_random(void *out, size_t n);
/* A UUID whose first bits are the time (version 7), so that keys made together lie together. 36 characters. */
void crypto_uuid(char out[37]);
/* URL-safe base64 without padding; plain base64 with padding. Decoding takes either alphabet, padding optional; false when bad.
 */
const char *crypto_base64url(struct arena *mem, struct str bytes);
const char *crypto_base64(struct arena *mem, struct str bytes);
bool crypto_base64_decode(struct arena *mem, struct str text, struct str *out);

/*
 * Checks a signed JWT (ES256, RS256, PS256, …; never "none" nor HMAC) against a JWKS document and gives its claims.
 * algorithms: allowed names, NULL-terminated; NULL: all asymmetric ones. Checks exp and nbf with 60 s of leeway; issuer and
 * audience when not NULL. ERR_AUTH says why.
 */
struct jwt_rules {
	const char *issuer, *audience;
	const char *const *algorithms;
};
int crypto_jwt_verify(struct ctx *cx, const char *token, const struct json *jwks, const struct jwt_rules *rules,
		      struct json **claims);

#endif
