/* UTF-8: checking, decoding, encoding (RFC 3629). */
#include "base/utf8.h"

#include <string.h>

#include "base/buf.h"

static int seq_len(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xC2 && c <= 0xDF)
		return 2;
	if (c >= 0xE0 && c <= 0xEF)
		return 3;
	if (c >= 0xF0 && c <= 0xF4)
		return 4;
	return 0;
}

size_t utf8_next(const char *s, size_t n, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *u = (const unsigned char *)s;

	*out = 0xFFFD;
	if (n == 0)
		return 0;
	int len = seq_len(u[0]);

	if (len == 0 || (size_t)len > n)
		return 1;
	uint32_t cp = len == 1 ? u[0] : u[0] & (0x7Fu >> len);

	for (int i = 1; i < len; i++) {
		if ((u[i] & 0xC0) != 0x80)
			return 1;
		cp = cp << 6 | (u[i] & 0x3F);
	}
	if (cp < least[len] || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		return 1;
	*out = cp;
	return (size_t)len;
}

size_t utf8_bad_at(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint32_t cp;

		if (!((unsigned char)s[i] & 0x80)) {
			i++;
			continue;
		}
		size_t len = utf8_next(s + i, n - i, &cp);

		if (cp == 0xFFFD && len == 1)
			return i;
		i += len;
	}
	return n;
}

bool utf8_valid(const char *s, size_t n)
{
	return utf8_bad_at(s, n) == n;
}

size_t utf8_put(char *out, uint32_t cp)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xC0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xE0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		out[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
	out[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}

size_t utf8_len(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xC0) != 0x80;
	return count;
}

void utf8_trim_partial(char *s)
{
	size_t n = strlen(s), back = 0;

	while (back < 3 && back < n && ((unsigned char)s[n - 1 - back] & 0xC0) == 0x80)
		back++;
	if (back < n && (unsigned char)s[n - 1 - back] >= 0xC0 && seq_len((unsigned char)s[n - 1 - back]) != (int)back + 1)
		s[n - 1 - back] = '\0';
}

const char *utf8_scrub(struct arena *mem, const char *s)
{
	size_t n = strlen(s);
	struct buf b = { .mem = mem };

	if (utf8_valid(s, n))
		return s;
	for (size_t i = 0; i < n;) {
		size_t bad = i + utf8_bad_at(s + i, n - i);

		buf_add(&b, s + i, bad - i);
		if (bad < n)
			buf_adds(&b, "\xEF\xBF\xBD");
		i = bad + 1;
	}
	return buf_text(&b);
}
