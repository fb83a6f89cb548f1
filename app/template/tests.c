/* Tests: what may stand behind "is". */
#include "template/private.h"

static int test_defined(struct run *r, struct val v, struct val with, bool *out)
{
	(void)r;
	(void)with;
	*out = v.t != VAL_UNDEF;
	return 0;
}

static int test_undefined(struct run *r, struct val v, struct val with, bool *out)
{
	(void)r;
	(void)with;
	*out = v.t == VAL_UNDEF;
	return 0;
}

static int test_null(struct run *r, struct val v, struct val with, bool *out)
{
	(void)r;
	(void)with;
	*out = v.t == VAL_NULL;
	return 0;
}

static int test_number(struct run *r, struct val v, struct val with, bool *out)
{
	(void)r;
	(void)with;
	*out = v.t == VAL_NUM;
	return 0;
}

static int test_string(struct run *r, struct val v, struct val with, bool *out)
{
	(void)r;
	(void)with;
	*out = v.t == VAL_STR;
	return 0;
}

static int test_mapping(struct run *r, struct val v, struct val with, bool *out)
{
	(void)r;
	(void)with;
	*out = v.t == VAL_OBJECT || v.t == VAL_SAFE || v.t == VAL_REGEX;
	return 0;
}

static int test_iterable(struct run *r, struct val v, struct val with, bool *out)
{
	(void)with;
	*out = v.t == VAL_ARRAY || val_is_text(v);
	return val_none(v) ? run_fail(r, "'iterable' needs a value, not %s", val_kind(v)) : 0;
}

static int test_callable(struct run *r, struct val v, struct val with, bool *out)
{
	(void)r;
	(void)with;
	*out = v.t == VAL_FUNC;
	return 0;
}

static int test_escaped(struct run *r, struct val v, struct val with, bool *out)
{
	(void)r;
	(void)with;
	*out = v.t == VAL_SAFE;
	return 0;
}

static int test_truthy(struct run *r, struct val v, struct val with, bool *out)
{
	(void)r;
	(void)with;
	*out = val_truthy(v);
	return 0;
}

static int test_falsy(struct run *r, struct val v, struct val with, bool *out)
{
	(void)r;
	(void)with;
	*out = !val_truthy(v);
	return 0;
}

static int test_same(struct run *r, struct val v, struct val with, bool *out)
{
	(void)r;
	*out = val_same(v, with);
	return 0;
}

static int test_differs(struct run *r, struct val v, struct val with, bool *out)
{
	(void)r;
	*out = !val_same(v, with);
	return 0;
}

static int remainder_is(struct run *r, struct val v, double by, double want, bool *out)
{
	double num;
	int rc = val_number(r, v, &num);

	*out = fmod(num, by) == want;
	return rc;
}

static int test_odd(struct run *r, struct val v, struct val with, bool *out)
{
	(void)with;
	return remainder_is(r, v, 2, 1, out);
}

static int test_even(struct run *r, struct val v, struct val with, bool *out)
{
	(void)with;
	return remainder_is(r, v, 2, 0, out);
}

static int test_divisibleby(struct run *r, struct val v, struct val with, bool *out)
{
	double by;
	int rc = val_number(r, with, &by);

	return rc < 0 ? rc : remainder_is(r, v, by, 0, out);
}

static int test_lt(struct run *r, struct val v, struct val with, bool *out)
{
	double order;
	int rc = val_order(r, v, with, &order);

	*out = order < 0;
	return rc;
}

static int test_le(struct run *r, struct val v, struct val with, bool *out)
{
	double order;
	int rc = val_order(r, v, with, &order);

	*out = order <= 0;
	return rc;
}

static int test_gt(struct run *r, struct val v, struct val with, bool *out)
{
	double order;
	int rc = val_order(r, v, with, &order);

	*out = order > 0;
	return rc;
}

static int test_ge(struct run *r, struct val v, struct val with, bool *out)
{
	double order;
	int rc = val_order(r, v, with, &order);

	*out = order >= 0;
	return rc;
}

static int case_test(struct run *r, struct val v, bool upper, bool *out)
{
	*out = false;
	if (!val_is_text(v))
		return run_fail(r, "'%s' needs a string, not %s", upper ? "upper" : "lower", val_kind(v));
	if (v.t == VAL_STR)
		*out = text_compare(v.s, upper ? text_upper(r, v.s) : text_lower(r, v.s)) == 0;
	return 0;
}

static int test_upper(struct run *r, struct val v, struct val with, bool *out)
{
	(void)with;
	return case_test(r, v, true, out);
}

static int test_lower(struct run *r, struct val v, struct val with, bool *out)
{
	(void)with;
	return case_test(r, v, false, out);
}

static const struct test tests[] = {
	{ "callable", test_callable, 0 },
	{ "defined", test_defined, 0 },
	{ "divisibleby", test_divisibleby, 1 },
	{ "eq", test_same, 1 },
	{ "equalto", test_same, 1 },
	{ "escaped", test_escaped, 0 },
	{ "even", test_even, 0 },
	{ "falsy", test_falsy, 0 },
	{ "ge", test_ge, 1 },
	{ "greaterthan", test_gt, 1 },
	{ "gt", test_gt, 1 },
	{ "iterable", test_iterable, 0 },
	{ "le", test_le, 1 },
	{ "lessthan", test_lt, 1 },
	{ "lower", test_lower, 0 },
	{ "lt", test_lt, 1 },
	{ "mapping", test_mapping, 0 },
	{ "ne", test_differs, 1 },
	{ "null", test_null, 0 },
	{ "number", test_number, 0 },
	{ "odd", test_odd, 0 },
	{ "sameas", test_same, 1 },
	{ "string", test_string, 0 },
	{ "truthy", test_truthy, 0 },
	{ "undefined", test_undefined, 0 },
	{ "upper", test_upper, 0 },
};

const struct test *test_find(struct str name)
{
	for (size_t i = 0; i < LEN(tests); i++)
		if (str_is(name, tests[i].name))
			return &tests[i];
	return NULL;
}
