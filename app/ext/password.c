/* Passwords (libsodium's argon2id). */
#include "ext/password.h"

#include <sodium.h>

int password_hash(struct ctx *cx, struct str password, const char **hash)
{
	char *out = arena_alloc(cx->mem, crypto_pwhash_STRBYTES);

	if (sodium_init() < 0 || crypto_pwhash_str_alg(out, password.p, password.n, crypto_pwhash_OPSLIMIT_INTERACTIVE,
						       crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return fail(cx, ERR_INTERNAL, "a password cannot be hashed: no memory for it");
	*hash = out;
	return 0;
}

bool password_fits(const char *hash, struct str password)
{
	return sodium_init() >= 0 && crypto_pwhash_str_verify(hash, password.p, password.n) == 0;
}
