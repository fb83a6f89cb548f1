/* Numbers and their texts, as JavaScript reads and writes them. */
#include "template/private.h"

#include <stdio.h>
#include <stdlib.h>

/* Bytes of the longest decimal number at the start of s: sign, digits, fraction, exponent. 0: there is none. */
static size_t decimal_length(struct str s)
{
	size_t i = 0, digits = 0;

	if (i < s.n && (s.p[i] == '+' || s.p[i] == '-'))
		i++;
	for (; i < s.n && ascii_digit(s.p[i]); i++)
		digits++;
	if (i < s.n && s.p[i] == '.')
		for (i++; i < s.n && ascii_digit(s.p[i]); i++)
			digits++;
	if (!digits)
		return 0;
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		size_t e = i + 1;

		if (e < s.n && (s.p[e] == '+' || s.p[e] == '-'))
			e++;
		if (e < s.n && ascii_digit(s.p[e])) {
			while (e < s.n && ascii_digit(s.p[e]))
				e++;
			i = e;
		}
	}
	return i;
}

static size_t infinity_length(struct str s)
{
	size_t sign = s.n && (s.p[0] == '+' || s.p[0] == '-');

	return s.n - sign >= 8 && memcmp(s.p + sign, "Infinity", 8) == 0 ? sign + 8 : 0;
}

static double decimal(struct str s)
{
	ARENA mem = { 0 };
	char small[64];
	const char *text = small;

	if (s.n < sizeof(small)) {
		memcpy(small, s.p, s.n);
		small[s.n] = '\0';
	} else {
		text = arena_strndup(&mem, s.p, s.n);
	}
	return strtod(text, NULL);
}

static int digit_value(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

double number_parse(struct str s)
{
	s = text_trim(s, true, true);
	if (s.n == 0)
		return 0;
	if (s.n > 2 && s.p[0] == '0' && !ascii_digit(s.p[1]) && s.p[1] != '.') {
		char kind = ascii_lower(s.p[1]);
		int base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;
		double num = 0;

		for (size_t i = 2; base && i < s.n; i++) {
			if (digit_value(s.p[i]) >= base)
				return NAN;
			num = num * base + digit_value(s.p[i]);
		}
		if (base)
			return num;
	}
	if (infinity_length(s) == s.n)
		return s.p[0] == '-' ? -INFINITY : INFINITY;
	return decimal_length(s) == s.n ? decimal(s) : NAN;
}

double number_float(struct str s)
{
	s = text_trim(s, true, false);
	if (infinity_length(s))
		return s.p[0] == '-' ? -INFINITY : INFINITY;
	size_t n = decimal_length(s);

	return n ? decimal((struct str){ s.p, n }) : NAN;
}

double number_int(struct str s, int base)
{
	double num = 0;
	size_t i = 0, from;

	s = text_trim(s, true, false);
	bool minus = s.n && s.p[0] == '-';

	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		i++;
	if ((base == 0 || base == 16) && s.n - i >= 2 && s.p[i] == '0' && (s.p[i + 1] == 'x' || s.p[i + 1] == 'X')) {
		base = 16;
		i += 2;
	}
	base = base ? base : 10;
	if (base < 2 || base > 36)
		return NAN;
	for (from = i; i < s.n && digit_value(s.p[i]) < base; i++)
		num = num * base + digit_value(s.p[i]);
	if (i == from)
		return NAN;
	if (base == 10 && i - from > 15)
		num = decimal((struct str){ s.p + from, i - from });
	return minus ? -num : num;
}

struct text *number_text(struct run *r, double num)
{
	struct buf out = { .mem = r->mem };

	if (num >= 0 && num < 1e6 && num == floor(num)) { /* most numbers: indexes and counts */
		char digits[8], *p = digits + sizeof(digits);
		unsigned n = (unsigned)num;

		do
			*--p = (char)('0' + n % 10);
		while (n /= 10);
		buf_add(&out, p, (size_t)(digits + sizeof(digits) - p));
	} else {
		json_write_number(&out, num);
	}
	return text_new(r, out.p, out.n);
}

/* The digits of |num| with its decimal point behind `point` of them, exact. */
struct exact {
	char digits[1200];
	int n, point;
};

static void exact_digits(double num, struct exact *x)
{
	char text[1200];

	snprintf(text, sizeof(text), "%.1080f", fabs(num));
	x->n = x->point = 0;
	for (const char *p = text; *p; p++) {
		if (*p == '.')
			x->point = x->n;
		else
			x->digits[x->n++] = *p;
	}
}

/* Keeps the first `keep` digits, rounding half up; a carry may add one in front. */
static void exact_round(struct exact *x, int keep)
{
	bool up = keep >= 0 && keep < x->n && x->digits[keep] >= '5';

	if (keep < 0)
		keep = 0;
	for (int i = keep - 1; up && i >= 0; i--) {
		up = x->digits[i] == '9';
		x->digits[i] = up ? '0' : (char)(x->digits[i] + 1);
	}
	if (up) {
		memmove(x->digits + 1, x->digits, (size_t)keep);
		x->digits[0] = '1';
		x->point++;
		keep++;
	}
	x->n = keep;
}

static void write_fixed(struct buf *out, double num, int digits)
{
	struct exact x;

	exact_digits(num, &x);
	exact_round(&x, x.point + digits);
	if (num < 0)
		buf_addc(out, '-');
	buf_add(out, x.digits, (size_t)x.point);
	if (digits > 0) {
		buf_addc(out, '.');
		buf_add(out, x.digits + x.point, (size_t)digits);
	}
}

/* digits after the first; precision: as toPrecision() wants it, without exponent where it is short. */
static void write_digits_of(struct buf *out, double num, int digits, bool precision)
{
	struct exact x;
	int first = 0, e;

	exact_digits(num, &x);
	while (first < x.n - 1 && x.digits[first] == '0')
		first++;
	if (num == 0)
		first = x.point - 1;
	int point = x.point;

	exact_round(&x, first + digits + 1);
	if (x.point > point || (first > 0 && x.digits[first - 1] != '0')) {
		first = x.point > point ? 0 : first - 1; /* 9.99 became 10.0 */
	}
	e = x.point - first - 1;
	if (num < 0)
		buf_addc(out, '-');
	if (!precision || e < -6 || e > digits) {
		buf_addc(out, x.digits[first]);
		if (digits)
			buf_addc(out, '.');
		buf_add(out, x.digits + first + 1, (size_t)digits);
		buf_addf(out, "e%c%d", e < 0 ? '-' : '+', abs(e));
		return;
	}
	if (e < 0) {
		buf_adds(out, "0.");
		for (int i = -1; i > e; i--)
			buf_addc(out, '0');
		buf_add(out, x.digits + first, (size_t)digits + 1);
		return;
	}
	buf_add(out, x.digits + first, (size_t)e + 1);
	if (digits > e) {
		buf_addc(out, '.');
		buf_add(out, x.digits + first + e + 1, (size_t)(digits - e));
	}
}

static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz";

/* The digits behind the point: as many as tell the number from its neighbours. *whole grows by one when they round up to it. */
static size_t radix_fraction(double num, int radix, double *whole, char out[1200])
{
	double rest = num - floor(num), unit = fmax((nextafter(num, INFINITY) - num) / 2, 0x1p-1074);
	size_t n = 0;
	bool up = false;

	*whole = floor(num);
	while (rest >= unit && !up && n < 1200) {
		int digit = (int)(rest *= radix);

		unit *= radix;
		rest -= digit;
		out[n++] = (char)digit;
		up = (rest > 0.5 || (rest == 0.5 && digit % 2)) && rest + unit > 1;
	}
	while (up && n > 0) {
		up = ++out[n - 1] == radix;
		n -= up;
	}
	*whole += up;
	for (size_t i = 0; i < n; i++)
		out[i] = letters[(int)out[i]];
	return n;
}

static void write_radix(struct buf *out, double num, int radix)
{
	char digits[1200], fraction[1200];
	size_t at = sizeof(digits);
	double whole;
	size_t n = radix_fraction(fabs(num), radix, &whole, fraction);

	if (num < 0)
		buf_addc(out, '-');
	do {
		digits[--at] = letters[(int)fmod(whole, radix)];
		whole = floor(whole / radix);
	} while (whole > 0 && at > 0);
	buf_add(out, digits + at, sizeof(digits) - at);
	if (n) {
		buf_addc(out, '.');
		buf_add(out, fraction, n);
	}
}

int number_format(struct run *r, double num, char mode, int digits, struct val *out)
{
	struct buf b = { .mem = r->mem };

	if (!isfinite(num) || (mode == 'f' && fabs(num) >= 1e21)) {
		*out = (struct val){ .t = VAL_STR, .s = number_text(r, num) };
		return 0;
	}
	if (mode == 'f')
		write_fixed(&b, num, digits);
	else if (mode == 'r')
		write_radix(&b, num, digits);
	else
		write_digits_of(&b, num, digits, mode == 'p');
	*out = val_str(r, b.p, b.n);
	return 0;
}
