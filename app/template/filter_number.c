/* Filters of numbers. */
#include "template/filters.h"

int filter_abs(struct run *r, const struct args *a, struct val *out)
{
	double num;
	int rc = val_number(r, arg(a, 0), &num);

	*out = val_num(fabs(num));
	return rc;
}

/* Math.round(): halves go up, and what comes from below zero stays -0. */
static double round_up(double num)
{
	double low = floor(num);

	return copysign(num - low >= 0.5 ? low + 1 : low, num);
}

static bool is_word(struct val v, const char *word)
{
	return v.t == VAL_STR && str_is((struct str){ v.s->p, v.s->n }, word);
}

int filter_round(struct run *r, const struct args *a, struct val *out)
{
	double num, digits = 0, factor;
	int rc = val_number(r, arg(a, 0), &num);

	if (rc == 0 && val_truthy(arg(a, 1)))
		rc = val_number(r, arg(a, 1), &digits);
	factor = pow(10, digits);
	num *= factor;
	num = is_word(arg(a, 2), "ceil") ? ceil(num) : is_word(arg(a, 2), "floor") ? floor(num) : round_up(num);
	*out = val_num(num / factor);
	return rc;
}

int filter_float(struct run *r, const struct args *a, struct val *out)
{
	struct text *s;
	double num;
	int rc = val_text(r, arg(a, 0), &s);

	if (rc < 0)
		return rc;
	num = number_float((struct str){ s->p, s->n });
	*out = isnan(num) ? arg(a, 1) : val_num(num);
	return 0;
}

int filter_int(struct run *r, const struct args *a, struct val *out)
{
	struct text *s;
	double num, base = 10;
	int rc = val_text(r, arg(a, 0), &s);

	if (rc == 0)
		rc = val_integer(r, arg(a, 2), 10, &base);
	if (rc < 0)
		return rc;
	num = number_int((struct str){ s->p, s->n }, fabs(base) < 100 ? (int)base : 99);
	*out = isnan(num) ? arg(a, 1) : val_num(num);
	return 0;
}

int filter_sum(struct run *r, const struct args *a, struct val *out)
{
	struct val v = arg(a, 0), sum = val_num(0);
	struct array *list;
	int rc = filter_items(r, v, &list);

	if (v.t != VAL_ARRAY && (!val_truthy(arg(a, 1)) || (v.t == VAL_SAFE && v.s->n)))
		return run_fail(r, "'sum' needs an array, not %s", val_kind(v));
	for (size_t i = 0; rc == 0 && list && i < list->n; i++) {
		struct val item = list->items[i];

		if (val_truthy(arg(a, 1)))
			rc = filter_key(r, item, arg(a, 1), &item);
		if (rc == 0)
			rc = val_add(r, sum, item, &sum);
		if (rc == 0)
			rc = run_steps(r, 1);
	}
	return rc < 0 ? rc : val_add(r, arg(a, 2).t == VAL_UNDEF ? val_num(0) : arg(a, 2), sum, out);
}
