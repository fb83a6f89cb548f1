/* Makes keys and signs JSON web tokens with them (OpenSSL). Checking them is jwt.c's. */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "ext/crypto.h"
#include "ext/json.h"

enum { COORDINATE = 32, POINT = 1 + 2 * COORDINATE, RSA_MOST = 1024 };

#define AUTO_KEY __attribute__((cleanup(key_freep))) EVP_PKEY *
#define AUTO_DIGEST __attribute__((cleanup(digest_freep))) EVP_MD_CTX *
#define AUTO_BIO __attribute__((cleanup(bio_freep))) BIO *
#define AUTO_SIG __attribute__((cleanup(sig_freep))) ECDSA_SIG *

static void key_freep(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void digest_freep(EVP_MD_CTX **digest)
{
	EVP_MD_CTX_free(*digest);
}

static void bio_freep(BIO **bio)
{
	BIO_free(*bio);
}

static void sig_freep(ECDSA_SIG **sig)
{
	ECDSA_SIG_free(*sig);
}

static struct json *base64_json(struct arena *mem, const void *bytes, size_t n)
{
	return json_str(mem, crypto_base64url(mem, (struct str){ bytes, n }));
}

int crypto_key_make(struct ctx *cx, struct str *secret, struct json **jwk)
{
	AUTO_KEY key = EVP_EC_gen("P-256");
	unsigned char point[POINT], *der = NULL;
	size_t n = 0;
	int size;

	if (!key || !EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &n) || n != POINT)
		return fail(cx, ERR_INTERNAL, "no key can be made");
	size = i2d_PrivateKey(key, &der);
	if (size <= 0)
		return fail(cx, ERR_INTERNAL, "the key cannot be written");
	*secret = (struct str){ arena_strndup(cx->mem, (const char *)der, (size_t)size), (size_t)size };
	OPENSSL_clear_free(der, (size_t)size);
	*jwk = json_object(cx->mem);
	json_set(cx->mem, *jwk, "kty", json_str(cx->mem, "EC"));
	json_set(cx->mem, *jwk, "crv", json_str(cx->mem, "P-256"));
	json_set(cx->mem, *jwk, "x", base64_json(cx->mem, point + 1, COORDINATE));
	json_set(cx->mem, *jwk, "y", base64_json(cx->mem, point + 1 + COORDINATE, COORDINATE));
	json_set(cx->mem, *jwk, "use", json_str(cx->mem, "sig"));
	json_set(cx->mem, *jwk, "alg", json_str(cx->mem, "ES256"));
	return 0;
}

/* The DER form of a signature as JOSE wants it: both numbers, 32 bytes each. */
static bool plain_signature(const unsigned char *der, size_t n, unsigned char out[2 * COORDINATE])
{
	AUTO_SIG sig = d2i_ECDSA_SIG(NULL, &der, (long)n);

	return sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, COORDINATE) == COORDINATE &&
	       BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + COORDINATE, COORDINATE) == COORDINATE;
}

static bool sign(struct str secret, struct str text, unsigned char out[2 * COORDINATE])
{
	const unsigned char *at = (const unsigned char *)secret.p;
	AUTO_KEY key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, (long)secret.n);
	AUTO_DIGEST digest = EVP_MD_CTX_new();
	unsigned char der[128];
	size_t n = sizeof(der);

	return key && digest && EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, key) > 0 &&
	       EVP_DigestSign(digest, der, &n, (const unsigned char *)text.p, text.n) > 0 && plain_signature(der, n, out);
}

/* What is signed: header and payload. */
static struct buf text_of(struct arena *mem, const struct json *header, const struct json *payload)
{
	struct buf text = { .mem = mem }, part = { .mem = mem };

	json_write(&part, header);
	buf_adds(&text, crypto_base64url(mem, buf_str(&part)));
	buf_clear(&part);
	json_write(&part, payload);
	buf_addf(&text, ".%s", crypto_base64url(mem, buf_str(&part)));
	return text;
}

static const char *token_of(struct buf *text, const unsigned char *signature, size_t n)
{
	buf_addf(text, ".%s", crypto_base64url(text->mem, (struct str){ (const char *)signature, n }));
	return buf_text(text);
}

int crypto_jwt_sign(struct ctx *cx, struct str secret, const struct json *header, const struct json *payload,
		    const char **token)
{
	struct buf text = text_of(cx->mem, header, payload);
	unsigned char signature[2 * COORDINATE];

	if (!sign(secret, buf_str(&text), signature))
		return fail(cx, ERR_INTERNAL, "the token cannot be signed: the key is damaged");
	*token = token_of(&text, signature, sizeof(signature));
	return 0;
}

/* A passphrase is not asked for at a terminal. */
static int no_passphrase(char *out, int size, int writing, void *arg)
{
	(void)out, (void)size, (void)writing, (void)arg;
	return 0;
}

int crypto_jwt_sign_rsa(struct ctx *cx, struct str pem, const struct json *header, const struct json *payload,
			const char **token)
{
	struct buf text = text_of(cx->mem, header, payload);
	AUTO_BIO bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	AUTO_KEY key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	AUTO_DIGEST digest = EVP_MD_CTX_new();
	unsigned char signature[RSA_MOST];
	size_t n = sizeof(signature);

	ERR_clear_error();
	if (!key || EVP_PKEY_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_size(key) > RSA_MOST)
		return fail(cx, ERR_INPUT, "it is no private RSA key in PEM without a passphrase");
	if (!digest || EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, key) <= 0 ||
	    EVP_DigestSign(digest, signature, &n, (const unsigned char *)text.p, text.n) <= 0)
		return fail(cx, ERR_INTERNAL, "the token cannot be signed");
	*token = token_of(&text, signature, n);
	return 0;
}

struct json *crypto_jwt_header(struct ctx *cx, const char *token)
{
	struct str rest = str_of(token), head = str_cut(&rest, '.'), bytes;
	struct ctx quiet = { .mem = cx->mem, .conf = cx->conf };
	struct json *v = NULL;

	if (!rest.p || !crypto_base64_decode(cx->mem, head, &bytes) || json_parse(&quiet, bytes, &v) < 0)
		return NULL;
	return json_is(v, JSON_OBJECT) ? v : NULL;
}
