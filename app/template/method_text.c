/* Methods of strings and numbers, and of regular expressions. */
#include "template/private.h"

/* A position: an integer, clamped to 0..most; from the end when negative and `back`. */
static int position(struct run *r, struct val v, double dflt, size_t most, bool back, size_t *out)
{
	double num;
	int rc = val_integer(r, v, dflt, &num);

	if (back && num < 0)
		num += (double)most;
	*out = num <= 0 ? 0 : num >= (double)most ? most : (size_t)num;
	return rc;
}

static int text_arg(struct run *r, const struct args *a, size_t i, struct text **out)
{
	return val_text(r, arg(a, i), out);
}

static struct val of_text(struct text *s)
{
	return (struct val){ .t = VAL_STR, .s = s };
}

static int m_char_at(struct run *r, struct val self, const struct args *a, struct val *out)
{
	double i;
	int rc = val_integer(r, arg(a, 0), 0, &i);

	*out = of_text(i >= 0 && i < 1e15 ? text_sub(r, self.s, (size_t)i, (size_t)i + 1) : text_new(r, "", 0));
	return rc;
}

static int m_char_code_at(struct run *r, struct val self, const struct args *a, struct val *out)
{
	unsigned units;
	uint32_t cp = 0;
	int rc = m_char_at(r, self, a, out);

	if (rc < 0)
		return rc;
	*out = text_next(out->s->p, out->s->n, &cp, &units) ? val_num(cp) : val_num(NAN);
	return 0;
}

static int m_concat(struct run *r, struct val self, const struct args *a, struct val *out)
{
	int rc = 0;

	*out = of_text(self.s);
	for (size_t i = 0; rc == 0 && i < a->n; i++) {
		struct text *s;

		rc = text_arg(r, a, i, &s);
		if (rc == 0)
			rc = val_add(r, *out, of_text(s), out);
	}
	return rc;
}

static int m_includes(struct run *r, struct val self, const struct args *a, struct val *out)
{
	struct text *what;
	size_t from = 0;
	int rc = text_arg(r, a, 0, &what);

	if (rc == 0)
		rc = position(r, arg(a, 1), 0, text_units(self.s), false, &from);
	if (rc == 0)
		*out = val_bool(text_find(self.s, what, text_byte_of(self.s, from)) != SIZE_MAX);
	return rc;
}

static int m_index_of(struct run *r, struct val self, const struct args *a, struct val *out)
{
	struct text *what;
	size_t from = 0, at;
	int rc = text_arg(r, a, 0, &what);

	if (rc == 0)
		rc = position(r, arg(a, 1), 0, text_units(self.s), false, &from);
	if (rc < 0)
		return rc;
	at = text_find(self.s, what, text_byte_of(self.s, from));
	*out = val_num(at == SIZE_MAX ? -1 : (double)text_unit_of(self.s, at));
	return 0;
}

static int m_last_index_of(struct run *r, struct val self, const struct args *a, struct val *out)
{
	struct text *what;
	double from = INFINITY;
	size_t most = 0;
	int rc = text_arg(r, a, 0, &what);

	if (rc == 0 && arg(a, 1).t != VAL_UNDEF)
		rc = val_number(r, arg(a, 1), &from);
	if (rc == 0)
		rc = position(r, val_num(isnan(from) ? INFINITY : from), 0, text_units(self.s), false, &most);
	*out = val_num(-1);
	if (rc < 0 || what->n > self.s->n)
		return rc;
	for (size_t at = text_byte_of(self.s, most) + 1; at-- > 0;)
		if (at + what->n <= self.s->n && memcmp(self.s->p + at, what->p, what->n) == 0) {
			*out = val_num((double)text_unit_of(self.s, at));
			break;
		}
	return run_steps(r, self.s->n / 64);
}

static int m_starts_with(struct run *r, struct val self, const struct args *a, struct val *out)
{
	struct text *what;
	size_t from = 0;
	int rc = text_arg(r, a, 0, &what);

	if (rc == 0)
		rc = position(r, arg(a, 1), 0, text_units(self.s), false, &from);
	if (rc < 0)
		return rc;
	from = text_byte_of(self.s, from);
	*out = val_bool(self.s->n - from >= what->n && memcmp(self.s->p + from, what->p, what->n) == 0);
	return 0;
}

static int m_ends_with(struct run *r, struct val self, const struct args *a, struct val *out)
{
	struct text *what;
	size_t end = 0;
	int rc = text_arg(r, a, 0, &what);

	if (rc == 0)
		rc = position(r, arg(a, 1), INFINITY, text_units(self.s), false, &end);
	if (rc < 0)
		return rc;
	end = text_byte_of(self.s, end);
	*out = val_bool(end >= what->n && memcmp(self.s->p + end - what->n, what->p, what->n) == 0);
	return 0;
}

static int m_slice(struct run *r, struct val self, const struct args *a, struct val *out)
{
	size_t from = 0, to = 0;
	int rc = position(r, arg(a, 0), 0, text_units(self.s), true, &from);

	if (rc == 0)
		rc = position(r, arg(a, 1), INFINITY, text_units(self.s), true, &to);
	if (rc == 0)
		*out = of_text(text_sub(r, self.s, from, to));
	return rc;
}

static int m_substring(struct run *r, struct val self, const struct args *a, struct val *out)
{
	size_t from = 0, to = 0;
	int rc = position(r, arg(a, 0), 0, text_units(self.s), false, &from);

	if (rc == 0)
		rc = position(r, arg(a, 1), INFINITY, text_units(self.s), false, &to);
	if (rc == 0)
		*out = of_text(text_sub(r, self.s, from < to ? from : to, from < to ? to : from));
	return rc;
}

static int m_lower(struct run *r, struct val self, const struct args *a, struct val *out)
{
	(void)a;
	*out = of_text(text_lower(r, self.s));
	return 0;
}

static int m_upper(struct run *r, struct val self, const struct args *a, struct val *out)
{
	(void)a;
	*out = of_text(text_upper(r, self.s));
	return 0;
}

static struct val trimmed(struct run *r, struct val self, bool start, bool end)
{
	struct str s = text_trim((struct str){ self.s->p, self.s->n }, start, end);

	return val_str(r, s.p, s.n);
}

static int m_trim(struct run *r, struct val self, const struct args *a, struct val *out)
{
	(void)a;
	*out = trimmed(r, self, true, true);
	return 0;
}

static int m_trim_start(struct run *r, struct val self, const struct args *a, struct val *out)
{
	(void)a;
	*out = trimmed(r, self, true, false);
	return 0;
}

static int m_trim_end(struct run *r, struct val self, const struct args *a, struct val *out)
{
	(void)a;
	*out = trimmed(r, self, false, true);
	return 0;
}

static int m_replace(struct run *r, struct val self, const struct args *a, struct val *out)
{
	struct text *with, *what;
	int rc = text_arg(r, a, 1, &with);

	if (rc == 0 && arg(a, 0).t == VAL_REGEX)
		return pattern_replace(r, arg(a, 0).re, self.s, with, out);
	if (rc == 0)
		rc = text_arg(r, a, 0, &what);
	return rc < 0 ? rc : pattern_replace_text(r, what, self.s, with, out);
}

static int m_split(struct run *r, struct val self, const struct args *a, struct val *out)
{
	double most = INFINITY;
	struct text *at = NULL;
	int rc = 0;

	if (arg(a, 1).t != VAL_UNDEF)
		rc = val_integer(r, arg(a, 1), 0, &most);
	if (most < 0) /* 32 bits without a sign */
		most += 4294967296.0;
	if (rc == 0 && arg(a, 0).t == VAL_REGEX)
		return pattern_split(r, arg(a, 0).re, self.s, most, out);
	if (rc == 0 && arg(a, 0).t != VAL_UNDEF)
		rc = text_arg(r, a, 0, &at);
	return rc < 0 ? rc : pattern_split_text(r, at, self.s, most, out);
}

const struct method text_methods[] = {
	{ "charAt", m_char_at, 0, 1, false },
	{ "charCodeAt", m_char_code_at, 0, 1, false },
	{ "concat", m_concat, 0, ANY, false },
	{ "endsWith", m_ends_with, 1, 2, false },
	{ "includes", m_includes, 1, 2, false },
	{ "indexOf", m_index_of, 1, 2, false },
	{ "lastIndexOf", m_last_index_of, 1, 2, false },
	{ "replace", m_replace, 2, 2, false },
	{ "slice", m_slice, 0, 2, false },
	{ "split", m_split, 0, 2, false },
	{ "startsWith", m_starts_with, 1, 2, false },
	{ "substring", m_substring, 0, 2, false },
	{ "toLowerCase", m_lower, 0, 0, false },
	{ "toUpperCase", m_upper, 0, 0, false },
	{ "trim", m_trim, 0, 0, false },
	{ "trimEnd", m_trim_end, 0, 0, false },
	{ "trimStart", m_trim_start, 0, 0, false },
	{ .name = NULL },
};

static int format(struct run *r, struct val self, const struct args *a, char mode, int least, int most, struct val *out)
{
	double digits;
	int rc = val_integer(r, arg(a, 0), 0, &digits);

	if (rc < 0)
		return rc;
	if (!isfinite(self.num) && mode != 'f' && mode != 'r')
		digits = least;
	if (digits < least || digits > most)
		return run_fail(r, "the number of digits must be from %d to %d", least, most);
	return number_format(r, self.num, mode, (int)digits - (mode == 'p'), out);
}

static int m_to_fixed(struct run *r, struct val self, const struct args *a, struct val *out)
{
	return format(r, self, a, 'f', 0, 100, out);
}

static int m_to_text(struct run *r, struct val self, const struct args *a, struct val *out)
{
	if (arg(a, 0).t != VAL_UNDEF)
		return format(r, self, a, 'r', 2, 36, out);
	*out = of_text(number_text(r, self.num));
	return 0;
}

static int m_to_precision(struct run *r, struct val self, const struct args *a, struct val *out)
{
	if (arg(a, 0).t != VAL_UNDEF)
		return format(r, self, a, 'p', 1, 100, out);
	return m_to_text(r, self, a, out);
}

static int m_to_exponential(struct run *r, struct val self, const struct args *a, struct val *out)
{
	if (arg(a, 0).t != VAL_UNDEF)
		return format(r, self, a, 'e', 0, 100, out);
	/* As many digits as the number needs. */
	for (int digits = 0; digits <= 17; digits++) {
		int rc = number_format(r, self.num, 'e', digits, out);

		if (rc < 0 || !isfinite(self.num) || number_parse((struct str){ out->s->p, out->s->n }) == self.num)
			return rc;
	}
	return 0;
}

const struct method number_methods[] = {
	{ "toExponential", m_to_exponential, 0, 1, false },
	{ "toFixed", m_to_fixed, 0, 1, false },
	{ "toPrecision", m_to_precision, 0, 1, false },
	{ "toString", m_to_text, 0, 1, false },
	{ .name = NULL },
};

static int m_test(struct run *r, struct val self, const struct args *a, struct val *out)
{
	struct pattern *re = self.re;
	struct str whole;
	struct text *s;
	bool found = false;
	int rc = text_arg(r, a, 0, &s);

	if (rc == 0 && re->last <= s->n)
		rc = pattern_search(r, re, (struct str){ s->p, s->n }, re->last, &whole, 1, &found);
	if (re->global || re->sticky)
		re->last = found ? (size_t)(whole.p - s->p) + whole.n : 0;
	*out = val_bool(found);
	return rc;
}

const struct method regex_methods[] = { { "test", m_test, 1, 1, false }, { .name = NULL } };
