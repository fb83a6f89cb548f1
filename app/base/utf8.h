/* UTF-8: checking, decoding, encoding. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* True when the n bytes are well-formed UTF-8 (no surrogates, no overlong forms). NUL is allowed. */
bool utf8_valid(const char *s, size_t n);
/* Offset of the first byte that is not UTF-8, or n. */
size_t utf8_bad_at(const char *s, size_t n);
/* Decodes one code point from at most n bytes; *out is U+FFFD for a bad byte. Returns bytes used (0 only if n is 0). */
size_t utf8_next(const char *s, size_t n, uint32_t *out);
/* Writes up to 4 bytes; returns how many. */
size_t utf8_put(char *out, uint32_t cp);
/* Number of code points. */
size_t utf8_len(const char *s, size_t n);
/* s with every byte that is not UTF-8 replaced by U+FFFD; s itself when there is none. */
const char *utf8_scrub(struct arena *mem, const char *s);
/*
 * What a code point is compared as where neither case nor accents matter: "e" for U+00C9, "ss" for U+00DF, nothing for a
 * combining accent. Writes at most UTF8_FOLD_MOST bytes, no NUL; returns how many.
 */
enum { UTF8_FOLD_MOST = 6 };
size_t utf8_fold(uint32_t cp, char *out);
/* Cuts a sequence that was torn at the end of a NUL-terminated text. */
void utf8_trim_partial(char *s);

#endif
