/* Signatures of OpenPGP (librnp). */
#ifndef EXT_PGP_H
#define EXT_PGP_H

#include "base/ctx.h"
#include "base/str.h"

/*
 * A detached, armored signature of text in *out, made at at_s (seconds since 1970) with a private key, armored, as
 * "gpg --armor --export-secret-keys" writes it, without a passphrase. Of several keys the first that can sign is taken, and of
 * its subkeys the one that is for it. ERR_INPUT: no such key, or a passphrase; ERR_UNAVAILABLE: librnp is not installed.
 * For a process that does not live long: the library is loaded into it.
 */
int pgp_sign(struct ctx *cx, struct str key, struct str text, int64_t at_s, const char **out);

#endif
