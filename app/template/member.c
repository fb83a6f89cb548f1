/* Members of values, and slices. */
#include "template/private.h"

static int text_member(struct run *r, struct val v, struct str key, struct val *out, bool *found)
{
	size_t i;

	if (str_is(key, "length")) {
		*out = val_num((double)text_units(v.s));
	} else if ((i = array_index(key)) < text_units(v.s)) {
		*out = (struct val){ .t = VAL_STR, .s = text_sub(r, v.s, i, i + 1) };
	} else if (v.t == VAL_SAFE && str_is(key, "val")) {
		*out = (struct val){ .t = VAL_STR, .s = v.s };
	} else {
		*found = false;
	}
	return run_steps(r, v.s->units == v.s->n ? 0 : v.s->n / 64);
}

/* Only what the value holds itself: no methods. */
int member_own(struct run *r, struct val v, const struct name *key, struct val *out, bool *found)
{
	const struct val *at;
	size_t i;

	*out = val_undef();
	*found = true;
	if (name_reserved(key->s))
		return run_fail(r, "the name '%.*s' is reserved", (int)key->s.n, key->s.p);
	switch (v.t) {
	case VAL_OBJECT:
		at = object_find(r, v.o, key);
		*found = at != NULL;
		if (at)
			*out = *at;
		return 0;
	case VAL_ARRAY:
		array_load(r, v.a);
		if (str_is(key->s, "length"))
			*out = val_num((double)v.a->n);
		else if ((i = array_index(key->s)) < v.a->n)
			*out = v.a->items[i];
		else
			*found = false;
		return 0;
	case VAL_STR:
	case VAL_SAFE:
		return text_member(r, v, key->s, out, found);
	default:
		*found = false;
		return 0;
	}
}

int member_get(struct run *r, struct val v, const struct name *key, struct val *out)
{
	const struct method *m;
	bool found;

	if (v.t == VAL_FUNC)
		return func_member(r, v.f, key->s, out);
	int rc = member_own(r, v, key, out, &found);

	if (rc < 0 || found)
		return rc;
	m = method_find(r, v, key->s);
	if (m)
		*out = func_new(r, (struct func){ .kind = FN_METHOD, .self = v, .method = m });
	return 0;
}

/* The length of whatever it is; NaN when it has none. */
static int slice_length(struct run *r, struct val v, double *out)
{
	struct name key = name_of(STR("length"));
	struct val length;
	bool found;
	int rc = member_own(r, v, &key, &length, &found);

	return rc < 0 ? rc : val_number(r, length, out);
}

static int slice_bound(struct run *r, const struct node *part, double length, double dflt, double *out)
{
	struct val v = val_null();
	int rc = part ? eval(r, part, &v) : 0;

	*out = dflt;
	if (rc < 0 || v.t == VAL_NULL)
		return rc;
	rc = val_number(r, v, out);
	if (*out < 0)
		*out += length;
	return rc;
}

static int slice_item(struct run *r, struct val v, double at, struct val *out)
{
	const struct text *s = number_text(r, at);
	struct name key = name_of((struct str){ s->p, s->n });
	bool found;
	int rc = run_steps(r, 1);

	return rc < 0 ? rc : member_own(r, v, &key, out, &found);
}

/* Python's slices, as Nunjucks' Jinja mode has them: of a string, too, the result is an array. */
int eval_slice(struct run *r, const struct node *n, struct val *out)
{
	struct val v, step_v = val_num(1), item;
	double step = 1, start, stop, length;
	int rc = eval(r, n->a, &v);

	if (rc == 0 && !val_truthy(v))
		v = val_array(r);
	if (rc == 0 && n->kids[2])
		rc = eval(r, n->kids[2], &step_v);
	if (rc == 0)
		rc = val_number(r, step_v, &step);
	if (rc == 0 && (!isfinite(step) || step == 0))
		return run_fail(r, "a slice cannot step by %s", step == 0 ? "0" : "what is no number");
	if (rc == 0)
		rc = slice_length(r, v, &length);
	if (rc == 0)
		rc = slice_bound(r, n->kids[0], length, step < 0 ? length - 1 : 0, &start);
	if (rc == 0)
		rc = slice_bound(r, n->kids[1], length, step < 0 ? -1 : length, &stop);
	*out = val_array(r);
	for (double i = rc == 0 ? start : 0; rc == 0 && !(i < 0 || i > length); i += step) {
		if (step > 0 ? i >= stop : i <= stop)
			break;
		rc = slice_item(r, v, i, &item);
		array_push(r, out->a, item);
	}
	return rc;
}
