/* ECMAScript regular expressions (the "u" flavour) over UTF-8, with bounded work: for patterns that strangers wrote. */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include "base/arena.h"
#include "base/str.h"

enum { REGEX_ICASE = 1, REGEX_MULTILINE = 2, REGEX_DOTALL = 4 };

struct regex;

/*
 * Compiles a pattern (without slashes) into mem. NULL when it is none; *why then says what is wrong, in words, unless NULL.
 * All of ES2018: groups, named groups, lazy quantifiers, look-ahead, look-behind, back references, \p{L} and other general
 * categories. Escaped punctuation stands for itself also where the standard's "u" flag would complain.
 */
const struct regex *regex_compile(struct arena *mem, struct str pattern, unsigned flags, const char **why);
/* Number of groups, the whole match included. */
size_t regex_groups(const struct regex *re);
/*
 * Looks for the first match at byte from or later. 1: found, and groups[0..n) are set (p NULL for groups that took no part);
 * 0: none; -1: given up, because it would take too many steps.
 */
int regex_search(const struct regex *re, struct str text, size_t from, struct str *groups, size_t n);

#endif
