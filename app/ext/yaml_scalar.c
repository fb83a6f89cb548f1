/* Plain YAML scalars by the core schema, as the JavaScript library reads them. */
#include "ext/yaml_scalar.h"

#include <math.h>
#include <stdlib.h>

static bool is_any(struct str s, const char *const *words)
{
	for (; *words; words++)
		if (str_is(s, *words))
			return true;
	return false;
}

static bool is_null(struct str s)
{
	static const char *const words[] = { "~", "null", "Null", "NULL", NULL };

	return s.n == 0 || is_any(s, words);
}

static bool is_true(struct str s)
{
	static const char *const words[] = { "true", "True", "TRUE", NULL };

	return is_any(s, words);
}

static bool is_false(struct str s)
{
	static const char *const words[] = { "false", "False", "FALSE", NULL };

	return is_any(s, words);
}

static bool is_infinite(struct str s)
{
	static const char *const words[] = { ".inf", ".Inf", ".INF", NULL };
	bool sign = s.n && (*s.p == '-' || *s.p == '+');

	return is_any((struct str){ s.p + sign, s.n - sign }, words);
}

static bool is_nan(struct str s)
{
	static const char *const words[] = { ".nan", ".NaN", ".NAN", NULL };

	return is_any(s, words);
}

static size_t digits(const char *p)
{
	size_t n = 0;

	while (ascii_digit(p[n]))
		n++;
	return n;
}

/* An optional sign, then 12, 1.5, 1. or .5, then an optional exponent. */
static bool decimal(struct str s)
{
	const char *p = s.p + (*s.p == '-' || *s.p == '+');
	size_t whole = digits(p), part = 0;

	p += whole;
	if (*p == '.') {
		part = digits(++p);
		p += part;
	}
	if (whole + part == 0)
		return false;
	if (*p == 'e' || *p == 'E') {
		p++;
		p += *p == '-' || *p == '+';
		if (digits(p) == 0)
			return false;
		p += digits(p);
	}
	return p == s.p + s.n;
}

static bool radix(struct str s, double *out)
{
	bool hex = s.n > 2 && s.p[1] == 'x';
	double num = 0;

	if (s.n < 3 || s.p[0] != '0' || (!hex && s.p[1] != 'o'))
		return false;
	for (size_t i = 2; i < s.n; i++) {
		int d = ascii_hex(s.p[i]);

		if (d < 0 || d >= (hex ? 16 : 8))
			return false;
		num = num * 8 + d;
	}
	/* strtod() rounds long hexadecimal numbers once; eights are exact up to 2^53 and may err by a bit above. */
	*out = hex ? strtod(s.p, NULL) : num;
	return true;
}

static bool number(struct str s, double *out)
{
	if (is_nan(s)) {
		*out = NAN;
		return true;
	}
	if (is_infinite(s)) {
		*out = *s.p == '-' ? -INFINITY : INFINITY;
		return true;
	}
	if (!decimal(s))
		return radix(s, out);
	*out = strtod(s.p, NULL);
	return true;
}

static void set_text(struct str s, struct json *v)
{
	v->type = JSON_STRING;
	v->s = s;
}

void yaml_resolve(struct str s, struct json *v)
{
	/* Most texts are told by their first byte. */
	if (s.n && !strchr("~nNtTfF.+-0123456789", *s.p)) {
		set_text(s, v);
	} else if (is_null(s)) {
		v->type = JSON_NULL;
	} else if (is_true(s) || is_false(s)) {
		v->type = JSON_BOOL;
		v->b = is_true(s);
	} else if (number(s, &v->num)) {
		v->type = JSON_NUMBER;
	} else {
		set_text(s, v);
	}
}

bool yaml_resolve_tag(const char *tag, struct str s, struct json *v)
{
	static const char core[] = "tag:yaml.org,2002:";
	static const struct {
		const char *name;
		enum json_type type;
	} tags[] = { { "str", JSON_STRING },   { "timestamp", JSON_STRING }, { "int", JSON_NUMBER },
		     { "float", JSON_NUMBER }, { "bool", JSON_BOOL },        { "null", JSON_NULL } };

	if (streq(tag, "!")) {
		set_text(s, v);
		return true;
	}
	if (!str_starts(tag, core))
		return false;
	for (size_t i = 0; i < LEN(tags); i++) {
		if (!streq(tag + sizeof(core) - 1, tags[i].name))
			continue;
		set_text(s, v);
		if (tags[i].type != JSON_STRING)
			yaml_resolve(s, v);
		if (v->type != tags[i].type)
			set_text(s, v);
		return true;
	}
	return false;
}
