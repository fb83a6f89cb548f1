/* Sealed boxes (libsodium): only whoever has the private key can open them. */
#include <sodium.h>

#include "ext/crypto.h"

int crypto_sealed_box(struct ctx *cx, struct str key, struct str text, const char **out)
{
	size_t n = text.n + crypto_box_SEALBYTES;
	unsigned char *box = arena_raw(cx->mem, n);
	struct str bytes;

	if (!crypto_base64_decode(cx->mem, key, &bytes) || bytes.n != crypto_box_PUBLICKEYBYTES)
		return fail(cx, ERR_INPUT, "the public key is not one of %u bytes as base64", crypto_box_PUBLICKEYBYTES);
	if (sodium_init() < 0 ||
	    crypto_box_seal(box, (const unsigned char *)text.p, text.n, (const unsigned char *)bytes.p) != 0)
		return fail(cx, ERR_INTERNAL, "a secret cannot be sealed");
	*out = crypto_base64(cx->mem, (struct str){ (const char *)box, n });
	return 0;
}
