/* JavaScript's conversions and comparisons of values. */
#include "template/private.h"

enum { DEPTH_MAX = 256 };

const char *val_kind(struct val v)
{
	static const char *const kinds[] = { "undefined", "null",      "a boolean",
					     "a number",  "a string",  "a string",
					     "an array",  "an object", "a regular expression",
					     "a function" };

	return kinds[v.t];
}

bool val_truthy(struct val v)
{
	switch (v.t) {
	case VAL_UNDEF:
	case VAL_NULL:
		return false;
	case VAL_BOOL:
		return v.b;
	case VAL_NUM:
		return v.num != 0 && !isnan(v.num);
	case VAL_STR:
		return v.s->n > 0;
	default:
		return true;
	}
}

static int no_value(struct run *r)
{
	return run_fail(r, "a function is not a value that can be used here (call it)");
}

/* What came from JSON has no function; deeper than this nobody puts one. All that is looked at counts as work. */
static int check_plain(struct run *r, struct val v, unsigned depth)
{
	size_t n = depth > 2 ? 0 : v.t == VAL_ARRAY && !v.a->json ? v.a->n : v.t == VAL_OBJECT && !v.o->json ? v.o->n : 0;
	int rc = v.t == VAL_FUNC ? no_value(r) : run_steps(r, n / 8);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = check_plain(r, v.t == VAL_ARRAY ? v.a->items[i] : v.o->m[i].v, depth + 1);
	return rc;
}

int run_plain(struct run *r, const struct val *v, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n && r->flags & (TEMPLATE_DOLLAR | TEMPLATE_COOKIECUTTER); i++)
		rc = check_plain(r, v[i], 0);
	return rc;
}

static int text_of(struct run *r, struct val v, unsigned depth, struct text **out);

static int array_text(struct run *r, struct array *a, unsigned depth, struct text **out)
{
	struct buf b = { .mem = r->mem };
	struct text *item;

	if (depth > DEPTH_MAX)
		return run_fail(r, "the value is nested too deeply");
	array_load(r, a);
	for (size_t i = 0; i < a->n; i++) {
		int rc = run_steps(r, 1);

		if (i)
			buf_addc(&b, ',');
		if (rc == 0 && !val_none(a->items[i])) {
			rc = text_of(r, a->items[i], depth + 1, &item);
			if (rc == 0)
				rc = run_room(r, b.n + item->n);
			if (rc == 0)
				text_add(&b, item->p, item->n);
		}
		if (rc < 0)
			return rc;
	}
	*out = text_new(r, b.p, b.n);
	return 0;
}

static int text_of(struct run *r, struct val v, unsigned depth, struct text **out)
{
	switch (v.t) {
	case VAL_UNDEF:
	case VAL_NULL:
		*out = text_new(r, v.t == VAL_NULL ? "null" : "undefined", v.t == VAL_NULL ? 4 : 9);
		return 0;
	case VAL_BOOL:
		*out = text_new(r, v.b ? "true" : "false", v.b ? 4 : 5);
		return 0;
	case VAL_NUM:
		*out = number_text(r, v.num);
		return 0;
	case VAL_STR:
	case VAL_SAFE:
		*out = v.s;
		return 0;
	case VAL_ARRAY:
		return array_text(r, v.a, depth, out);
	case VAL_OBJECT:
		*out = text_new(r, "[object Object]", 15);
		return run_plain(r, &v, 1);
	case VAL_REGEX: {
		struct buf b = { .mem = r->mem };

		buf_addc(&b, '/');
		buf_add(&b, v.re->source.p, v.re->source.n);
		buf_addc(&b, '/');
		buf_adds(&b, v.re->flags);
		*out = text_new(r, b.p, b.n);
		return 0;
	}
	case VAL_FUNC:
		break;
	}
	return no_value(r);
}

int val_text(struct run *r, struct val v, struct text **out)
{
	return text_of(r, v, 0, out);
}

/* Boxed strings, arrays and objects become strings, as for + and <. */
static int primitive(struct run *r, struct val v, struct val *out)
{
	struct text *s;

	*out = v;
	if (v.t <= VAL_STR)
		return 0;
	int rc = val_text(r, v, &s);

	if (rc == 0)
		*out = (struct val){ .t = VAL_STR, .s = s };
	return rc;
}

static double primitive_number(struct val v)
{
	switch (v.t) {
	case VAL_NULL:
		return 0;
	case VAL_BOOL:
		return v.b;
	case VAL_NUM:
		return v.num;
	case VAL_STR:
		return number_parse((struct str){ v.s->p, v.s->n });
	default:
		return NAN;
	}
}

int val_number(struct run *r, struct val v, double *out)
{
	int rc = primitive(r, v, &v);

	*out = primitive_number(v);
	return rc;
}

int val_integer(struct run *r, struct val v, double dflt, double *out)
{
	*out = dflt;
	if (v.t == VAL_UNDEF)
		return 0;
	int rc = val_number(r, v, out);

	*out = isnan(*out) ? 0 : trunc(*out);
	return rc;
}

bool val_same(struct val a, struct val b)
{
	if (a.t != b.t)
		return false;
	switch (a.t) {
	case VAL_UNDEF:
	case VAL_NULL:
		return true;
	case VAL_BOOL:
		return a.b == b.b;
	case VAL_NUM:
		return a.num == b.num;
	case VAL_STR:
		return a.s->n == b.s->n && (a.s == b.s || memcmp(a.s->p, b.s->p, a.s->n) == 0);
	case VAL_SAFE:
		return a.s == b.s;
	case VAL_ARRAY:
		return a.a == b.a;
	case VAL_OBJECT:
		return a.o == b.o;
	case VAL_REGEX:
		return a.re == b.re;
	case VAL_FUNC:
		return a.f == b.f;
	}
	return false;
}

int val_equal(struct run *r, struct val a, struct val b, bool *out)
{
	*out = false;
	if (val_none(a) || val_none(b)) {
		*out = val_none(a) && val_none(b);
		return 0;
	}
	if (a.t == b.t || (a.t > VAL_STR && b.t > VAL_STR)) {
		*out = val_same(a, b);
		return 0;
	}
	int rc = primitive(r, a, &a);

	if (rc == 0)
		rc = primitive(r, b, &b);
	*out = a.t == b.t ? val_same(a, b) : primitive_number(a) == primitive_number(b);
	return rc;
}

int val_order(struct run *r, struct val a, struct val b, double *out)
{
	*out = NAN;
	int rc = primitive(r, a, &a);

	if (rc == 0)
		rc = primitive(r, b, &b);
	if (rc < 0)
		return rc;
	if (a.t == VAL_STR && b.t == VAL_STR) {
		*out = text_compare(a.s, b.s);
		return 0;
	}
	double x = primitive_number(a), y = primitive_number(b);

	*out = x < y ? -1 : x > y ? 1 : x == y ? 0 : NAN;
	return 0;
}

int val_add(struct run *r, struct val a, struct val b, struct val *out)
{
	struct text *x = NULL, *y = NULL;
	int rc = primitive(r, a, &a);

	if (rc == 0)
		rc = primitive(r, b, &b);
	if (rc < 0)
		return rc;
	if (a.t != VAL_STR && b.t != VAL_STR) {
		*out = val_num(primitive_number(a) + primitive_number(b));
		return 0;
	}
	rc = val_text(r, a, &x);
	if (rc == 0)
		rc = val_text(r, b, &y);
	if (rc == 0)
		rc = run_room(r, x->n + y->n);
	if (rc < 0)
		return rc;
	struct buf sum = { .mem = r->mem };

	buf_need(&sum, x->n + y->n);
	buf_add(&sum, x->p, x->n);
	text_add(&sum, y->p, y->n);
	*out = val_str(r, sum.p, sum.n);
	return 0;
}
