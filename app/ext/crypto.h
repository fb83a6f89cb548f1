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
/* Raw bytes of SHA-256, SHA-384 or SHA-512 in mem; bits says which (another number aborts). */
struct str crypto_sha2(struct arena *mem, unsigned bits, struct str bytes);
/* HMAC with SHA-256, as lower-case hex. */
const char *crypto_hmac_sha256_hex(struct arena *mem, struct str key, struct str bytes);
/* Are both texts the same? Takes as long whatever they hold, so that nobody can guess one byte after the other. */
bool crypto_same(const char *a, const char *b);
/* The bytes themselves. */
enum { CRYPTO_SHA256 = 32 };
void crypto_sha256(struct str bytes, unsigned char out[CRYPTO_SHA256]);
void crypto_random(void *out, size_t n);
/* A UUID whose first bits are the time (version 7), so that keys made together lie together. 36 characters. */
void crypto_uuid(char out[37]);
/* URL-safe base64 without padding; plain base64 with padding. Decoding takes either alphabet, padding optional; false when bad.
 */
const char *crypto_base64url(struct arena *mem, struct str bytes);
const char *crypto_base64(struct arena *mem, struct str bytes);
bool crypto_base64_decode(struct arena *mem, struct str text, struct str *out);

/*
 * text sealed for whoever has the private part of a Curve25519 key (libsodium's crypto_box_seal), both as base64: how GitHub
 * wants secrets. ERR_INPUT when key is none.
 */
int crypto_sealed_box(struct ctx *cx, struct str key, struct str text, const char **out);

/*
 * Checks a signed JWT (ES256, RS256, PS256, …; never "none" nor HMAC) against a JWKS document and gives its claims.
 * algorithms: allowed names, NULL-terminated; NULL: all asymmetric ones. Checks exp and nbf with 60 s of leeway; issuer and
 * audience when not NULL. padded: takes base64 with padding as well, as Amazon's load balancer writes it. ERR_AUTH says why.
 */
struct jwt_rules {
	const char *issuer, *audience;
	bool padded;
	const char *const *algorithms;
};
int crypto_jwt_verify(struct ctx *cx, const char *token, const struct json *jwks, const struct jwt_rules *rules,
		      struct json **claims);
/* The header of a signed JWT; NULL when the text is none. Nothing is checked: it only says how the token wants to be read. */
struct json *crypto_jwt_header(struct ctx *cx, const char *token);

/*
 * A new key for ES256. *secret: its private part (PKCS #8, DER), to be kept from everybody; *jwk: its public part, without a
 * "kid". Both in cx->mem.
 */
int crypto_key_make(struct ctx *cx, struct str *secret, struct json **jwk);
/*
 * A JWT signed with ES256. Header and payload are written as they stand, members in their order: the caller names "alg" and
 * "kid". ERR_INTERNAL when secret is no key.
 */
int crypto_jwt_sign(struct ctx *cx, struct str secret, const struct json *header, const struct json *payload,
		    const char **token);
/* The same with RS256 and a private RSA key in PEM (PKCS #1 or PKCS #8). ERR_INPUT when it is none. */
int crypto_jwt_sign_rsa(struct ctx *cx, struct str pem, const struct json *header, const struct json *payload,
			const char **token);
/* The JWK of a public key in PEM: one of P-256, as {kty, crv, x, y}. ERR_INPUT for all else. */
int crypto_pem_jwk(struct ctx *cx, struct str pem, struct json **out);

#endif
