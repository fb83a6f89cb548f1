/* Upper and lower case for every script, as JavaScript does it. */
#include "template/private.h"

#include <locale.h>
#include <stdlib.h>
#include <wctype.h>

#include "base/utf8.h"

/* What becomes several characters in upper case (Unicode's SpecialCasing; the second form: only the first letter is capital).
 */
static const struct special {
	uint32_t cp;
	const char *upper;
} specials[] = {
	{ 0xDF, "SS" },
	{ 0x149, "\u02BCN" },
	{ 0x1F0, "J\u030C" },
	{ 0x390, "\u0399\u0308\u0301" },
	{ 0x3B0, "\u03A5\u0308\u0301" },
	{ 0x587, "\u0535\u0552" },
	{ 0x1E96, "H\u0331" },
	{ 0x1E97, "T\u0308" },
	{ 0x1E98, "W\u030A" },
	{ 0x1E99, "Y\u030A" },
	{ 0x1E9A, "A\u02BE" },
	{ 0x1F50, "\u03A5\u0313" },
	{ 0x1F52, "\u03A5\u0313\u0300" },
	{ 0x1F54, "\u03A5\u0313\u0301" },
	{ 0x1F56, "\u03A5\u0313\u0342" },
	{ 0x1FB6, "\u0391\u0342" },
	{ 0x1FC6, "\u0397\u0342" },
	{ 0x1FD2, "\u0399\u0308\u0300" },
	{ 0x1FD3, "\u0399\u0308\u0301" },
	{ 0x1FD6, "\u0399\u0342" },
	{ 0x1FD7, "\u0399\u0308\u0342" },
	{ 0x1FE2, "\u03A5\u0308\u0300" },
	{ 0x1FE3, "\u03A5\u0308\u0301" },
	{ 0x1FE4, "\u03A1\u0313" },
	{ 0x1FE6, "\u03A5\u0342" },
	{ 0x1FE7, "\u03A5\u0308\u0342" },
	{ 0x1FF6, "\u03A9\u0342" },
	{ 0xFB00, "FF" },
	{ 0xFB01, "FI" },
	{ 0xFB02, "FL" },
	{ 0xFB03, "FFI" },
	{ 0xFB04, "FFL" },
	{ 0xFB05, "ST" },
	{ 0xFB06, "ST" },
	{ 0xFB13, "\u0544\u0546" },
	{ 0xFB14, "\u0544\u0535" },
	{ 0xFB15, "\u0544\u053B" },
	{ 0xFB16, "\u054E\u0546" },
	{ 0xFB17, "\u0544\u053D" },
};

/* The C library's tables for Unicode, whatever the process's own locale is. */
static locale_t unicode(void)
{
	static locale_t loc;

	if (!loc)
		loc = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (!loc)
		abort();
	return loc;
}

static bool is_letter(const char *p, size_t n)
{
	uint32_t cp;

	return utf8_next(p, n, &cp) && iswalpha_l((wint_t)cp, unicode());
}

/* A sigma that ends a word has a form of its own. */
static bool final_sigma(const struct text *t, size_t at)
{
	size_t before = at;

	while (before > 0 && ((unsigned char)t->p[before - 1] & 0xC0) == 0x80)
		before--;
	if (before == 0)
		return false;
	return is_letter(t->p + before - 1, at - before + 1) && !is_letter(t->p + at + 2, t->n - at - 2);
}

static void lower_add(struct buf *out, const struct text *t, size_t at, uint32_t cp, size_t len)
{
	char bytes[4];

	if (cp == 0x130)
		buf_adds(out, "i\u0307");
	else if (cp == 0x3A3)
		buf_adds(out, final_sigma(t, at) ? "\u03C2" : "\u03C3");
	else if (len == 1 && cp >= 0x80)
		buf_add(out, t->p + at, len);
	else if (cp >= 0xD800 && cp <= 0xDFFF)
		buf_add(out, t->p + at, len);
	else
		buf_add(out, bytes, utf8_put(bytes, (uint32_t)towlower_l((wint_t)cp, unicode())));
}

static void upper_add(struct buf *out, const struct text *t, size_t at, uint32_t cp, size_t len)
{
	char bytes[4];

	for (size_t i = 0; i < LEN(specials); i++)
		if (specials[i].cp == cp) {
			buf_adds(out, specials[i].upper);
			return;
		}
	if ((len == 1 && cp >= 0x80) || (cp >= 0xD800 && cp <= 0xDFFF))
		buf_add(out, t->p + at, len);
	else
		buf_add(out, bytes, utf8_put(bytes, (uint32_t)towupper_l((wint_t)cp, unicode())));
}

static char ascii_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* The first `upper` characters in upper case, the rest in lower case. */
static struct text *convert(struct run *r, const struct text *t, size_t upper)
{
	struct buf out = { .mem = r->mem };
	unsigned units;
	uint32_t cp;

	buf_need(&out, t->n);
	for (size_t i = 0, k = 0, len; i < t->n; i += len, k++) {
		if (!(t->p[i] & 0x80)) {
			len = 1;
			buf_addc(&out, k < upper ? ascii_upper(t->p[i]) : ascii_lower(t->p[i]));
			continue;
		}
		len = text_next(t->p + i, t->n - i, &cp, &units);
		if (k >= upper)
			lower_add(&out, t, i, cp, len);
		else if (upper == 1 && units == 2) /* charAt(0) is half a pair: it has no case */
			buf_add(&out, t->p + i, len);
		else
			upper_add(&out, t, i, cp, len);
	}
	return text_new(r, out.p, out.n);
}

struct text *text_lower(struct run *r, const struct text *t)
{
	return convert(r, t, 0);
}

struct text *text_upper(struct run *r, const struct text *t)
{
	return convert(r, t, SIZE_MAX);
}

struct text *text_capital(struct run *r, const struct text *t)
{
	return convert(r, text_lower(r, t), 1);
}
