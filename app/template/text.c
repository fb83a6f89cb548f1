/* Strings as JavaScript counts them, in UTF-16 units, over UTF-8 bytes. */
#include "template/private.h"
#include "base/utf8.h"

size_t text_next(const char *p, size_t n, uint32_t *cp, unsigned *units)
{
	const unsigned char *u = (const unsigned char *)p;

	*units = 1;
	if (n == 0)
		return 0;
	if (u[0] < 0x80) {
		*cp = u[0];
		return 1;
	}
	/* What utf8_next() refuses: a lone surrogate. */
	if (u[0] == 0xED && n >= 3 && u[1] >= 0xA0 && u[1] <= 0xBF && (u[2] & 0xC0) == 0x80) {
		*cp = 0xD000u | (uint32_t)(u[1] & 0x3F) << 6 | (u[2] & 0x3Fu);
		return 3;
	}
	size_t len = utf8_next(p, n, cp);

	*units = len == 4 ? 2 : 1;
	return len;
}

static size_t put_surrogate(char *out, uint32_t cp)
{
	out[0] = (char)0xED;
	out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
	out[2] = (char)(0x80 | (cp & 0x3F));
	return 3;
}

struct text *text_new(struct run *r, const char *p, size_t n)
{
	struct text *t = arena_raw(r->mem, sizeof(*t));

	*t = (struct text){ n ? p : "", n, (size_t)UNITS_UNKNOWN };
	return t;
}

static bool ascii_only(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] & 0x80)
			return false;
	return true;
}

size_t text_units(struct text *t)
{
	uint32_t cp;
	unsigned units;

	if (t->units != (size_t)UNITS_UNKNOWN)
		return t->units;
	t->units = t->n;
	if (ascii_only(t->p, t->n))
		return t->n;
	t->units = 0;
	for (size_t i = 0; i < t->n; t->units += units)
		i += text_next(t->p + i, t->n - i, &cp, &units);
	return t->units;
}

/* Byte position of unit; *half when it is the second of a pair, which begins at that byte. */
static size_t byte_of(struct text *t, size_t unit, bool *half)
{
	size_t at = 0, i = 0;
	unsigned units;
	uint32_t cp;

	*half = false;
	if (unit >= text_units(t))
		return t->n;
	if (t->units == t->n)
		return unit;
	while (at < unit) {
		size_t len = text_next(t->p + i, t->n - i, &cp, &units);

		if (at + units > unit) {
			*half = true;
			return i;
		}
		at += units;
		i += len;
	}
	return i;
}

size_t text_byte_of(struct text *t, size_t unit)
{
	bool half;

	return byte_of(t, unit, &half);
}

size_t text_unit_of(struct text *t, size_t byte)
{
	struct text head = { t->p, byte < t->n ? byte : t->n, (size_t)UNITS_UNKNOWN };

	return text_units(t) == t->n ? head.n : text_units(&head);
}

struct text *text_sub(struct run *r, struct text *t, size_t from, size_t to)
{
	size_t units = text_units(t);
	bool half_from, half_to;

	to = to < units ? to : units;
	if (from >= to)
		return text_new(r, "", 0);
	if (from == 0 && to == units)
		return t;
	size_t a = byte_of(t, from, &half_from), b = byte_of(t, to, &half_to);

	if (!half_from && !half_to)
		return text_new(r, t->p + a, b - a);
	struct buf out = { .mem = r->mem };
	uint32_t cp;
	unsigned n;
	char half[4];

	if (half_from) {
		a += text_next(t->p + a, t->n - a, &cp, &n);
		buf_add(&out, half, put_surrogate(half, 0xDC00 | ((cp - 0x10000) & 0x3FF)));
	}
	if (b > a)
		buf_add(&out, t->p + a, b - a);
	if (half_to) {
		text_next(t->p + b, t->n - b, &cp, &n);
		buf_add(&out, half, put_surrogate(half, 0xD800 | (cp - 0x10000) >> 10));
	}
	return text_new(r, out.p, out.n);
}

size_t text_find(const struct text *t, const struct text *needle, size_t from)
{
	if (from > t->n)
		return SIZE_MAX;
	if (needle->n == 0)
		return from;
	const char *p = memmem(t->p + from, t->n - from, needle->p, needle->n);

	return p ? (size_t)(p - t->p) : SIZE_MAX;
}

/* UTF-16 order is that of the bytes, but for surrogates: they come before U+E000 to U+FFFF. */
int text_compare(const struct text *a, const struct text *b)
{
	size_t n = a->n < b->n ? a->n : b->n, i = 0;

	while (i < n && a->p[i] == b->p[i])
		i++;
	if (i == n)
		return a->n < b->n ? -1 : a->n > b->n;
	unsigned char x = (unsigned char)a->p[i], y = (unsigned char)b->p[i];

	if (x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0))
		return x >= 0xF0 ? -1 : 1;
	return x < y ? -1 : 1;
}

static bool surrogate_at(const char *p, unsigned low, unsigned high)
{
	return (unsigned char)p[0] == 0xED && (unsigned char)p[1] >= low && (unsigned char)p[1] <= high;
}

void text_add(struct buf *out, const char *p, size_t n)
{
	if (n >= 3 && out->n >= 3 && (unsigned char)p[0] == 0xED && surrogate_at(p, 0xB0, 0xBF) &&
	    surrogate_at(out->p + out->n - 3, 0xA0, 0xAF)) {
		uint32_t hi, lo;
		unsigned units;
		char pair[4];

		text_next(out->p + out->n - 3, 3, &hi, &units);
		text_next(p, 3, &lo, &units);
		out->n -= 3;
		buf_add(out, pair, utf8_put(pair, 0x10000 + ((hi & 0x3FF) << 10 | (lo & 0x3FF))));
		p += 3;
		n -= 3;
	}
	buf_add(out, p, n);
}

void text_seal(char *p, size_t n)
{
	char *end = p + n, *at = p;

	while (at && at < end && (at = memchr(at, 0xED, (size_t)(end - at))) && end - at >= 3) {
		if (surrogate_at(at, 0xA0, 0xBF))
			memcpy(at, "\xEF\xBF\xBD", 3);
		at++;
	}
}

bool text_space(uint32_t cp)
{
	return cp == ' ' || (cp >= 9 && cp <= 13) || cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) ||
	       cp == 0x2028 || cp == 0x2029 || cp == 0x202F || cp == 0x205F || cp == 0x3000 || cp == 0xFEFF;
}

/* Length of the white space character that ends before p + n; 0 when it is none. */
static size_t space_before(const char *p, size_t n)
{
	unsigned units;
	uint32_t cp;

	for (size_t len = 1; len <= 3 && len <= n; len++) {
		if (((unsigned char)p[n - len] & 0xC0) == 0x80)
			continue;
		return text_next(p + n - len, len, &cp, &units) == len && text_space(cp) ? len : 0;
	}
	return 0;
}

struct str text_trim(struct str s, bool start, bool end)
{
	unsigned units;
	uint32_t cp;
	size_t len;

	while (start && (len = text_next(s.p, s.n, &cp, &units)) && text_space(cp)) {
		s.p += len;
		s.n -= len;
	}
	while (end && (len = space_before(s.p, s.n)))
		s.n -= len;
	return s;
}
