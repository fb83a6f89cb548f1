/* JSON values as text, with the number format of JavaScript. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/utf8.h"

enum { COMPACT = -1, STABLE = -2 };

/* Which bytes need more than a copy: control characters, quote, backslash, and the start of anything not ASCII. */
static bool plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static void escape(struct buf *out, unsigned char c)
{
	static const char names[] = "btn\0fr"; /* 8..13 */

	buf_addc(out, '\\');
	if (c == '"' || c == '\\')
		buf_addc(out, (char)c);
	else if (c >= 8 && c <= 13 && c != 11)
		buf_addc(out, names[c - 8]);
	else
		buf_addf(out, "u%04x", c);
}

void json_write_text(struct buf *out, struct str s)
{
	size_t i = 0;

	buf_need(out, s.n + 2);
	buf_addc(out, '"');
	while (i < s.n) {
		size_t run = i;
		uint32_t cp;

		while (run < s.n && plain((unsigned char)s.p[run]))
			run++;
		if (run > i)
			buf_add(out, s.p + i, run - i);
		i = run;
		if (i == s.n)
			break;
		if ((unsigned char)s.p[i] < 0x80) {
			escape(out, (unsigned char)s.p[i++]);
			continue;
		}
		size_t len = utf8_next(s.p + i, s.n - i, &cp);

		if (cp == 0xFFFD && len == 1)
			buf_adds(out, "\xEF\xBF\xBD");
		else
			buf_add(out, s.p + i, len);
		i += len;
	}
	buf_addc(out, '"');
}

/* ECMAScript Number::toString: digits and a decimal exponent turned into fixed or exponent form. */
static void write_digits(struct buf *out, const char *digits, int k, int n)
{
	if (n >= k && n <= 21) {
		buf_add(out, digits, (size_t)k);
		for (int i = k; i < n; i++)
			buf_addc(out, '0');
	} else if (n > 0 && n <= 21) {
		buf_add(out, digits, (size_t)n);
		buf_addc(out, '.');
		buf_add(out, digits + n, (size_t)(k - n));
	} else if (n > -6 && n <= 0) {
		buf_adds(out, "0.");
		for (int i = n; i < 0; i++)
			buf_addc(out, '0');
		buf_add(out, digits, (size_t)k);
	} else {
		buf_addc(out, digits[0]);
		if (k > 1) {
			buf_addc(out, '.');
			buf_add(out, digits + 1, (size_t)(k - 1));
		}
		buf_addf(out, "e%c%d", n - 1 < 0 ? '-' : '+', abs(n - 1));
	}
}

void json_write_number(struct buf *out, double num)
{
	char text[40], digits[24];
	int k = 0;

	if (isnan(num) || isinf(num)) {
		buf_adds(out, isnan(num) ? "NaN" : num < 0 ? "-Infinity" : "Infinity");
		return;
	}
	if (num == 0) {
		buf_addc(out, '0');
		return;
	}
	if (fabs(num) < 1e15 && num == floor(num)) {
		buf_addf(out, "%.0f", num);
		return;
	}
	for (int precision = 0; precision <= 16; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, fabs(num));
		if (strtod(text, NULL) == fabs(num))
			break;
	}
	char *e = strchr(text, 'e');

	for (char *c = text; c < e; c++)
		if (*c != '.')
			digits[k++] = *c;
	while (k > 1 && digits[k - 1] == '0')
		k--;
	if (num < 0)
		buf_addc(out, '-');
	write_digits(out, digits, k, (int)strtol(e + 1, NULL, 10) + 1);
}

static void newline(struct buf *out, int indent, int depth)
{
	if (indent < 0)
		return;
	buf_addc(out, '\n');
	for (int i = 0; i < indent * depth; i++)
		buf_addc(out, ' ');
}

static void write(struct buf *out, const struct json *v, int indent, int depth);

static void write_array(struct buf *out, const struct json *v, int indent, int depth)
{
	buf_addc(out, '[');
	for (size_t i = 0; i < v->a.n; i++) {
		if (i)
			buf_addc(out, ',');
		newline(out, indent, depth + 1);
		write(out, v->a.items[i], indent, depth + 1);
	}
	if (v->a.n)
		newline(out, indent, depth);
	buf_addc(out, ']');
}

static int by_key(const void *a, const void *b)
{
	const struct str *x = &(*(struct json_member *const *)a)->key, *y = &(*(struct json_member *const *)b)->key;
	size_t n = x->n < y->n ? x->n : y->n;
	int c = n ? memcmp(x->p, y->p, n) : 0;

	return c ? c : (x->n > y->n) - (x->n < y->n);
}

static void write_object(struct buf *out, const struct json *v, int indent, int depth)
{
	struct json_member **order = NULL;

	if (indent == STABLE && v->o.n > 1) {
		order = arena_array(out->mem, struct json_member *, v->o.n);
		for (size_t i = 0; i < v->o.n; i++)
			order[i] = &v->o.m[i];
		qsort(order, v->o.n, sizeof(*order), by_key);
	}
	buf_addc(out, '{');
	for (size_t i = 0; i < v->o.n; i++) {
		const struct json_member *m = order ? order[i] : &v->o.m[i];

		if (i)
			buf_addc(out, ',');
		newline(out, indent, depth + 1);
		json_write_text(out, m->key);
		buf_adds(out, indent >= 0 ? ": " : ":");
		write(out, m->value, indent, depth + 1);
	}
	if (v->o.n)
		newline(out, indent, depth);
	buf_addc(out, '}');
}

static void write(struct buf *out, const struct json *v, int indent, int depth)
{
	switch (v->type) {
	case JSON_NULL:
		buf_adds(out, "null");
		break;
	case JSON_BOOL:
		buf_adds(out, v->b ? "true" : "false");
		break;
	case JSON_NUMBER:
		if (isfinite(v->num))
			json_write_number(out, v->num);
		else
			buf_adds(out, "null");
		break;
	case JSON_STRING:
		json_write_text(out, v->s);
		break;
	case JSON_ARRAY:
		write_array(out, v, indent, depth);
		break;
	case JSON_OBJECT:
		write_object(out, v, indent, depth);
		break;
	}
}

void json_write(struct buf *out, const struct json *v)
{
	write(out, v, COMPACT, 0);
}

void json_write_pretty(struct buf *out, const struct json *v, int indent)
{
	write(out, v, indent, 0);
}

void json_write_stable(struct buf *out, const struct json *v)
{
	write(out, v, STABLE, 0);
}
