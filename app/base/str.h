/* Text helpers: slices, comparison, splitting. Text is NUL-terminated UTF-8 unless it is a struct str. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes that may hold NULs and need not end in one. */
struct str {
	const char *p;
	size_t n;
};
#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })

static inline struct str str_of(const char *s)
{
	return (struct str){ s, s ? strlen(s) : 0 };
}
static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}
static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}
static inline bool str_is(struct str a, const char *b)
{
	return str_eq(a, str_of(b));
}

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
/* ASCII only, independent of the locale. */
char ascii_lower(char c);
bool ascii_alpha(char c);
bool ascii_digit(char c);
bool ascii_alnum(char c);
/* The value of a hexadecimal digit; -1 for what is none. */
int ascii_hex(char c);
bool str_ieq(const char *a, const char *b);
/* text into a field of size bytes, cut off where it is too long. */
void str_put(char *to, size_t size, const char *text);
/* Lower-cases ASCII letters only; a copy in mem. */
char *str_lower(struct arena *mem, const char *s, size_t n);
/* s without leading and trailing ASCII white space; points into s. */
struct str str_trim(struct str s);
/* Cuts *rest at the first sep: returns the part before it and moves *rest behind it (p NULL when used up). */
struct str str_cut(struct str *rest, char sep);
/* Whole number in [min, max], the whole text, decimal; false otherwise. */
bool str_long(const char *s, long min, long max, long *out);
/* Edit distance (insert, delete, replace, swap of neighbours), at most cap. For "did you mean". */
size_t str_distance(const char *a, const char *b, size_t cap);
/*
 * Shell-style glob over a whole path: '?' and '*' stay within a segment, '**' crosses segments, '[a-z]' and
 * '{a,b}' work. icase: ASCII letters compare without case.
 */
bool glob_match(const char *pattern, const char *text, bool icase);
/* Compares in constant time. */
bool str_secret_eq(const char *a, const char *b);

#endif
