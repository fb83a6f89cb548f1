/* Bytes that only whoever has the key can read (libsodium). */
#include "ext/seal.h"

#include <sodium.h>
#include <stdlib.h>

enum {
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};
_Static_assert(SEAL_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "the key's length");

/* Each part with its length, so that no two sets of them look the same. */
static void add_part(crypto_generichash_state *state, struct str part)
{
	uint64_t n = part.n;

	crypto_generichash_update(state, (const unsigned char *)&n, sizeof(n));
	if (part.n)
		crypto_generichash_update(state, (const unsigned char *)part.p, part.n);
}

void seal_key(struct str secret, struct str more, const char *what, unsigned char out[SEAL_KEY])
{
	crypto_generichash_state state;

	if (sodium_init() < 0 || crypto_generichash_init(&state, NULL, 0, SEAL_KEY) != 0)
		abort();
	add_part(&state, secret);
	add_part(&state, more);
	add_part(&state, str_of(what));
	crypto_generichash_final(&state, out, SEAL_KEY);
}

struct str seal(struct arena *mem, const unsigned char key[SEAL_KEY], struct str bytes, const char *about)
{
	size_t most = NONCE + bytes.n + TAG;
	unsigned char *out = arena_raw(mem, most);
	unsigned long long n = 0;

	if (sodium_init() < 0)
		abort();
	randombytes_buf(out, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, &n, (const unsigned char *)bytes.p, bytes.n,
						   (const unsigned char *)about, strlen(about), NULL, out, key);
	return (struct str){ (const char *)out, NONCE + (size_t)n };
}

bool seal_open(struct arena *mem, const unsigned char key[SEAL_KEY], struct str sealed, const char *about, struct str *out)
{
	const unsigned char *from = (const unsigned char *)sealed.p;
	unsigned long long n = 0;

	if (sodium_init() < 0 || sealed.n < NONCE + TAG)
		return false;
	unsigned char *to = arena_raw(mem, sealed.n - NONCE - TAG + 1);

	if (crypto_aead_xchacha20poly1305_ietf_decrypt(to, &n, NULL, from + NONCE, sealed.n - NONCE,
						       (const unsigned char *)about, strlen(about), from, key) != 0)
		return false;
	to[n] = '\0';
	*out = (struct str){ (const char *)to, (size_t)n };
	return true;
}
