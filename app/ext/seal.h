/* Bytes that only whoever has the key can read, and nobody can change unnoticed (libsodium's XChaCha20-Poly1305). */
#ifndef EXT_SEAL_H
#define EXT_SEAL_H

#include "base/arena.h"
#include "base/str.h"

enum { SEAL_KEY = 32 };

/* A key made of a secret and a text that says what for; more (may be empty) has to be known as well. */
void seal_key(struct str secret, struct str more, const char *what, unsigned char out[SEAL_KEY]);
/* about: what they belong to; they open only with the same. In mem. */
struct str seal(struct arena *mem, const unsigned char key[SEAL_KEY], struct str bytes, const char *about);
/* False when key or about is another, or the bytes have been changed. */
bool seal_open(struct arena *mem, const unsigned char key[SEAL_KEY], struct str sealed, const char *about, struct str *out);

#endif
