/* Unicode properties of characters, for regular expressions. */
#include "base/regex_private.h"

#include <locale.h>
#include <stddef.h>
#include <wctype.h>

struct span {
	enum regex_class class;
	uint32_t lo, hi;
};

static const struct span spans[] = {
#define RANGE(category, first, last) { CLASS_##category, first, last },
#include "base/regex_unicode.def"
#undef RANGE
};

static const struct {
	const char *shorter, *longer;
	enum regex_class class;
} names[] = {
	{ "L", "Letter", CLASS_L },
	{ "Alphabetic", "Alpha", CLASS_L },
	{ "Lu", "Uppercase_Letter", CLASS_LU },
	{ "Uppercase", "Upper", CLASS_LU },
	{ "Ll", "Lowercase_Letter", CLASS_LL },
	{ "Lowercase", "Lower", CLASS_LL },
	{ "M", "Mark", CLASS_M },
	{ "N", "Number", CLASS_N },
	{ "Nd", "Decimal_Number", CLASS_ND },
	{ "digit", "Digit", CLASS_ND },
	{ "P", "Punctuation", CLASS_P },
	{ "punct", "Punct", CLASS_P },
	{ "S", "Symbol", CLASS_S },
	{ "Any", "Any", CLASS_ANY },
};

bool regex_property(struct str name, enum regex_class *out)
{
	static const char *const keys[] = { "General_Category=", "gc=" };

	for (size_t i = 0; i < LEN(keys); i++) {
		size_t n = strlen(keys[i]);

		if (name.n > n && memcmp(name.p, keys[i], n) == 0)
			name = (struct str){ name.p + n, name.n - n };
	}
	for (size_t i = 0; i < LEN(names); i++)
		if (str_is(name, names[i].shorter) || str_is(name, names[i].longer)) {
			*out = names[i].class;
			return true;
		}
	return false;
}

/* The C library's idea of case, whatever the process's locale is. */
static locale_t unicode(void)
{
	static locale_t locale;

	if (!locale)
		locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	return locale;
}

static bool in_spans(enum regex_class class, uint32_t c)
{
	size_t lo = 0, hi = LEN(spans);

	/* ordered by category, then by code point */
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct span *s = &spans[mid];

		if (s->class < class || (s->class == class && s->hi < c))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < LEN(spans) && spans[lo].class == class && c >= spans[lo].lo;
}

bool regex_in_class(enum regex_class class, uint32_t c)
{
	if (class == CLASS_ANY)
		return true;
	if (class != CLASS_LU && class != CLASS_LL)
		return in_spans(class, c);
	if (c < 0x80 || !unicode())
		return class == CLASS_LU ? c >= 'A' && c <= 'Z' : c >= 'a' && c <= 'z';
	return in_spans(CLASS_L, c) &&
	       (class == CLASS_LU ? iswupper_l((wint_t)c, unicode()) : iswlower_l((wint_t)c, unicode())) != 0;
}

uint32_t regex_fold(uint32_t c)
{
	if (c < 0x80)
		return (uint32_t)(unsigned char)ascii_lower((char)c);
	return unicode() ? (uint32_t)towlower_l((wint_t)c, unicode()) : c;
}
