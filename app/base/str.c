/* Text helpers: slices, comparison, splitting. */
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool ascii_alpha(char c)
{
	char l = ascii_lower(c);

	return l >= 'a' && l <= 'z';
}

bool ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

int ascii_hex(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool ascii_alnum(char c)
{
	return ascii_alpha(c) || ascii_digit(c);
}

bool str_ieq(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (ascii_lower(*a) != ascii_lower(*b))
			return false;
	return *a == *b;
}

void str_put(char *to, size_t size, const char *text)
{
	size_t n = strlen(text);

	if (n >= size)
		n = size - 1;
	memcpy(to, text, n);
	to[n] = '\0';
}

char *str_lower(struct arena *mem, const char *s, size_t n)
{
	char *p = arena_raw(mem, n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = ascii_lower(s[i]);
	p[n] = '\0';
	return p;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
	while (s.n && is_space(s.p[0]))
		s.p++, s.n--;
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str str_cut(struct str *rest, char sep)
{
	struct str part = *rest;
	const char *at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;

	if (!at) {
		*rest = (struct str){ NULL, 0 };
		return part;
	}
	part.n = (size_t)(at - part.p);
	*rest = (struct str){ at + 1, rest->n - part.n - 1 };
	return part;
}

bool str_long(const char *s, long min, long max, long *out)
{
	char *end;

	if (!ascii_digit(*s) && *s != '-')
		return false;
	errno = 0;
	long v = strtol(s, &end, 10);

	if (errno || end == s || *end || v < min || v > max)
		return false;
	*out = v;
	return true;
}

size_t str_distance(const char *a, const char *b, size_t cap)
{
	enum { MAX = 64 };
	size_t n = strlen(a), m = strlen(b), row[3][MAX + 1];

	if (n > MAX || m > MAX)
		return cap;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *cur = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		cur[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = up[j - 1] + (a[i - 1] != b[j - 1]);

			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			cur[j] = best;
		}
	}
	size_t d = row[n % 3][m];

	return d < cap ? d : cap;
}

struct glob {
	bool icase;
	unsigned steps; /* bounds the work of hostile patterns */
};

static bool same(const struct glob *g, char a, char b)
{
	return g->icase ? ascii_lower(a) == ascii_lower(b) : a == b;
}

/* Matches c against the set after '['; *end is set behind ']', or to NULL when it is no set. */
static bool in_set(const struct glob *g, const char *p, char c, const char **end)
{
	bool negate = *p == '!' || *p == '^', hit = false;
	const char *first = p += negate;

	for (; *p && (*p != ']' || p == first); p++) {
		char lo = *p, hi = lo;

		if (p[1] == '-' && p[2] && p[2] != ']') {
			hi = p[2];
			p += 2;
		}
		char x = g->icase ? ascii_lower(c) : c;

		hit |= (x >= lo && x <= hi) || same(g, c, lo);
	}
	*end = *p ? p + 1 : NULL;
	return hit != negate;
}

static bool match(struct glob *g, const char *p, const char *t);

/* '{a,b}rest': tries each alternative followed by the rest. */
static bool match_braces(struct glob *g, const char *p, const char *t, bool *is_group)
{
	const char *close = p;
	int depth = 0;
	char joined[1024];

	for (; *close; close++) {
		depth += (*close == '{') - (*close == '}');
		if (depth == 0)
			break;
	}
	*is_group = *close == '}';
	if (!*is_group)
		return false;
	for (const char *start = p + 1, *q = start; q <= close; q++) {
		depth += (*q == '{') - (*q == '}');
		if (q != close && (*q != ',' || depth != 0))
			continue;
		size_t n = (size_t)(q - start), rest = strlen(close + 1);

		if (n + rest < sizeof(joined)) {
			memcpy(joined, start, n);
			memcpy(joined + n, close + 1, rest + 1);
			if (match(g, joined, t))
				return true;
		}
		start = q + 1;
	}
	return false;
}

static bool match_star(struct glob *g, const char *p, const char *t)
{
	bool deep = p[1] == '*';
	const char *rest = p + 1 + deep;

	/* "**" followed by a slash also matches no folder at all */
	if (deep && *rest == '/' && match(g, rest + 1, t))
		return true;
	for (;; t++) {
		if (match(g, rest, t))
			return true;
		if (!*t || (!deep && *t == '/'))
			return false;
	}
}

static bool match(struct glob *g, const char *p, const char *t)
{
	for (; *p; p++, t++) {
		const char *end;
		bool group;

		if (++g->steps > 200000)
			return false;
		if (*p == '*')
			return match_star(g, p, t);
		if (*p == '{') {
			bool hit = match_braces(g, p, t, &group);

			if (group)
				return hit;
		}
		if (!*t)
			return false;
		if (*p == '[') {
			bool hit = in_set(g, p + 1, *t, &end);

			if (end) {
				if (!hit || *t == '/')
					return false;
				p = end - 1;
				continue;
			}
		}
		if (*p == '?' ? *t == '/' : !same(g, *p, *t))
			return false;
	}
	return *t == '\0';
}

bool glob_match(const char *pattern, const char *text, bool icase)
{
	return match(&(struct glob){ .icase = icase }, pattern, text);
}

bool str_secret_eq(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned char diff = n != m;

	for (size_t i = 0; i < n; i++)
		diff |= (unsigned char)(a[i] ^ (m ? b[i % m] : 1));
	return diff == 0;
}
