/* Public keys as files have them (OpenSSL). */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "ext/crypto.h"

enum { POINT_BYTES = 65, COORDINATE = 32 }; /* 4, x, y */

int crypto_pem_jwk(struct ctx *cx, struct str pem, struct json **out)
{
	BIO *bio = BIO_new_mem_buf(pem.n ? pem.p : "", pem.n < INT32_MAX ? (int)pem.n : 0);
	EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
	char group[32] = "";
	unsigned char point[POINT_BYTES];
	size_t n = 0;
	bool good = key && EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) &&
		    (streq(group, "prime256v1") || streq(group, "P-256")) &&
		    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point, sizeof(point), &n) &&
		    n == POINT_BYTES && point[0] == 4;

	EVP_PKEY_free(key);
	BIO_free(bio);
	if (!good)
		return fail(cx, ERR_INPUT, "that is no public key of P-256 in PEM");
	struct json *v = *out = json_object(cx->mem);
	const char *x = (const char *)point + 1;

	json_set(cx->mem, v, "kty", json_str(cx->mem, "EC"));
	json_set(cx->mem, v, "crv", json_str(cx->mem, "P-256"));
	json_set(cx->mem, v, "x", json_str(cx->mem, crypto_base64url(cx->mem, (struct str){ x, COORDINATE })));
	json_set(cx->mem, v, "y", json_str(cx->mem, crypto_base64url(cx->mem, (struct str){ x + COORDINATE, COORDINATE })));
	return 0;
}
