/* Methods of arrays, and those that cookiecutter's templates know of arrays and objects. */
#include "template/private.h"

enum { DEPTH_MAX = 256 };

/* An index from either end, clamped. */
static int position(struct run *r, struct val v, double dflt, size_t most, size_t *out)
{
	double num;
	int rc = val_integer(r, v, dflt, &num);

	if (num < 0)
		num += (double)most;
	*out = num <= 0 ? 0 : num >= (double)most ? most : (size_t)num;
	return rc;
}

static int m_at(struct run *r, struct val self, const struct args *a, struct val *out)
{
	double i;
	int rc = val_integer(r, arg(a, 0), 0, &i);

	if (i < 0)
		i += (double)self.a->n;
	*out = i >= 0 && i < (double)self.a->n ? self.a->items[(size_t)i] : val_undef();
	return rc;
}

/* Items from..to in a new array. */
static struct val part(struct run *r, const struct array *a, size_t from, size_t to)
{
	struct val out = val_array(r);

	for (size_t i = from; i < to; i++)
		array_push(r, out.a, a->items[i]);
	return out;
}

static int m_concat(struct run *r, struct val self, const struct args *a, struct val *out)
{
	*out = part(r, self.a, 0, self.a->n);
	for (size_t i = 0; i < a->n; i++) {
		struct val v = a->v[i];

		if (v.t != VAL_ARRAY) {
			array_push(r, out->a, v);
			continue;
		}
		array_load(r, v.a);
		for (size_t k = 0; k < v.a->n; k++)
			array_push(r, out->a, v.a->items[k]);
	}
	return run_steps(r, out->a->n / 8);
}

static int flatten(struct run *r, struct array *a, double depth, unsigned level, struct array *out)
{
	int rc = level > 256 ? run_fail(r, "the value is nested too deeply") : 0;

	array_load(r, a);
	for (size_t i = 0; rc == 0 && i < a->n; i++) {
		rc = run_steps(r, 1);
		if (rc == 0 && depth > 0 && a->items[i].t == VAL_ARRAY)
			rc = flatten(r, a->items[i].a, depth - 1, level + 1, out);
		else
			array_push(r, out, a->items[i]);
	}
	return rc;
}

static int m_flat(struct run *r, struct val self, const struct args *a, struct val *out)
{
	double depth;
	int rc = val_integer(r, arg(a, 0), 1, &depth);

	*out = val_array(r);
	return rc < 0 ? rc : flatten(r, self.a, depth, 0, out->a);
}

static bool is_nan(struct val v)
{
	return v.t == VAL_NUM && isnan(v.num);
}

/* Index of v at or after from; SIZE_MAX. nan: NaN equals itself. */
static size_t find(const struct array *a, struct val v, size_t from, bool nan)
{
	for (size_t i = from; i < a->n; i++)
		if (val_same(a->items[i], v) || (nan && is_nan(v) && is_nan(a->items[i])))
			return i;
	return SIZE_MAX;
}

static int m_includes(struct run *r, struct val self, const struct args *a, struct val *out)
{
	size_t from = 0;
	int rc = position(r, arg(a, 1), 0, self.a->n, &from);

	*out = val_bool(find(self.a, arg(a, 0), from, true) != SIZE_MAX);
	return rc < 0 ? rc : run_steps(r, self.a->n / 8);
}

static int m_index_of(struct run *r, struct val self, const struct args *a, struct val *out)
{
	size_t from = 0, at;
	int rc = position(r, arg(a, 1), 0, self.a->n, &from);

	at = find(self.a, arg(a, 0), from, false);
	*out = val_num(at == SIZE_MAX ? -1 : (double)at);
	return rc < 0 ? rc : run_steps(r, self.a->n / 8);
}

static int m_last_index_of(struct run *r, struct val self, const struct args *a, struct val *out)
{
	double from;
	int rc = val_integer(r, arg(a, 1), INFINITY, &from);

	if (from < 0)
		from += (double)self.a->n;
	*out = val_num(-1);
	for (size_t i = self.a->n; rc == 0 && i-- > 0;)
		if ((double)i <= from && val_same(self.a->items[i], arg(a, 0))) {
			*out = val_num((double)i);
			break;
		}
	return rc < 0 ? rc : run_steps(r, self.a->n / 8);
}

static int m_join(struct run *r, struct val self, const struct args *a, struct val *out)
{
	struct text *with = text_new(r, ",", 1), *s;
	struct buf b = { .mem = r->mem };
	int rc = arg(a, 0).t == VAL_UNDEF ? 0 : val_text(r, arg(a, 0), &with);

	for (size_t i = 0; rc == 0 && i < self.a->n; i++) {
		if (i)
			text_add(&b, with->p, with->n);
		rc = run_steps(r, 1);
		if (rc == 0 && !val_none(self.a->items[i])) {
			rc = val_text(r, self.a->items[i], &s);
			if (rc == 0)
				rc = run_room(r, b.n + s->n + with->n);
			if (rc == 0)
				text_add(&b, s->p, s->n);
		}
	}
	*out = val_str(r, b.p, b.n);
	return rc;
}

/* Whoever goes through an array must not come back to it: v neither is it nor has it anywhere below. */
static int apart(struct run *r, const struct array *from, struct val v, unsigned depth)
{
	/* What is still as it came from JSON was never changed. */
	size_t n = v.t == VAL_ARRAY && !v.a->json ? v.a->n : v.t == VAL_OBJECT && !v.o->json ? v.o->n : 0;
	int rc = run_steps(r, 1);

	if (v.t == VAL_ARRAY && v.a == from)
		return run_fail(r, "an array cannot be an item of itself");
	if (depth > DEPTH_MAX)
		return run_fail(r, "the value is nested too deeply");
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = apart(r, from, v.t == VAL_ARRAY ? v.a->items[i] : v.o->m[i].v, depth + 1);
	return rc;
}

static int all_apart(struct run *r, const struct array *from, const struct val *v, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		if (v[i].t == VAL_ARRAY || v[i].t == VAL_OBJECT)
			rc = apart(r, from, v[i], 0);
	return rc;
}

/* Takes n items out at `at` and puts others there; *out are those taken out. */
static int splice(struct run *r, struct array *a, size_t at, size_t n, const struct val *with, size_t n_with, struct val *out)
{
	struct val tail = part(r, a, at + n, a->n);
	int rc = all_apart(r, a, with, n_with);

	*out = part(r, a, at, at + n);
	if (rc < 0)
		return rc;
	a->n = at;
	for (size_t i = 0; i < n_with; i++)
		array_push(r, a, with[i]);
	for (size_t i = 0; i < tail.a->n; i++)
		array_push(r, a, tail.a->items[i]);
	return run_steps(r, tail.a->n / 8);
}

static int m_push(struct run *r, struct val self, const struct args *a, struct val *out)
{
	int rc = all_apart(r, self.a, a->v, a->n);

	for (size_t i = 0; rc == 0 && i < a->n; i++)
		array_push(r, self.a, a->v[i]);
	*out = val_num((double)self.a->n);
	return rc;
}

static int m_pop(struct run *r, struct val self, const struct args *a, struct val *out)
{
	double i;
	int rc = val_integer(r, arg(a, 0), -1, &i);

	if (a->n && !(r->flags & TEMPLATE_COOKIECUTTER))
		return run_fail(r, "'pop' takes no argument");
	if (i < 0)
		i += (double)self.a->n;
	*out = val_undef();
	if (rc < 0 || !(i >= 0 && i < (double)self.a->n))
		return rc;
	rc = splice(r, self.a, (size_t)i, 1, NULL, 0, out);
	*out = out->a->items[0];
	return rc;
}

static int m_shift(struct run *r, struct val self, const struct args *a, struct val *out)
{
	(void)a;
	*out = val_undef();
	if (!self.a->n)
		return 0;
	int rc = splice(r, self.a, 0, 1, NULL, 0, out);

	*out = out->a->items[0];
	return rc;
}

static int m_unshift(struct run *r, struct val self, const struct args *a, struct val *out)
{
	int rc = splice(r, self.a, 0, 0, a->v, a->n, out);

	*out = val_num((double)self.a->n);
	return rc;
}

static int m_splice(struct run *r, struct val self, const struct args *a, struct val *out)
{
	double count = INFINITY;
	size_t from = 0;
	int rc = position(r, arg(a, 0), 0, self.a->n, &from);

	*out = val_array(r);
	if (rc == 0)
		rc = val_integer(r, arg(a, 1), INFINITY, &count);
	if (rc < 0 || a->n == 0 || a->v[0].t == VAL_UNDEF)
		return rc;
	size_t left = self.a->n - from, n = count <= 0 ? 0 : count < (double)left ? (size_t)count : left;

	return splice(r, self.a, from, n, a->n > 2 ? a->v + 2 : NULL, a->n > 2 ? a->n - 2 : 0, out);
}

static int m_reverse(struct run *r, struct val self, const struct args *a, struct val *out)
{
	struct array *list = self.a;

	(void)a;
	for (size_t i = 0; i < list->n / 2; i++) {
		struct val v = list->items[i];

		list->items[i] = list->items[list->n - 1 - i];
		list->items[list->n - 1 - i] = v;
	}
	*out = self;
	return run_steps(r, list->n / 8);
}

static int m_slice(struct run *r, struct val self, const struct args *a, struct val *out)
{
	size_t from = 0, to = 0;
	int rc = position(r, arg(a, 0), 0, self.a->n, &from);

	if (rc == 0)
		rc = position(r, arg(a, 1), INFINITY, self.a->n, &to);
	if (rc < 0)
		return rc;
	*out = part(r, self.a, from, to);
	return run_steps(r, out->a->n / 8);
}

/* Sorts by text, undefined last: JavaScript's sort() without a function. */
static int m_sort(struct run *r, struct val self, const struct args *a, struct val *out)
{
	(void)a;
	*out = self;
	return sort_by_text(r, self.a);
}

static int m_fill(struct run *r, struct val self, const struct args *a, struct val *out)
{
	size_t from = 0, to = 0;
	int rc = position(r, arg(a, 1), 0, self.a->n, &from);

	if (rc == 0)
		rc = position(r, arg(a, 2), INFINITY, self.a->n, &to);
	if (rc == 0 && from < to)
		rc = all_apart(r, self.a, a->v, 1);
	for (size_t i = from; rc == 0 && i < to; i++)
		self.a->items[i] = arg(a, 0);
	*out = self;
	return rc;
}

static int m_copy_within(struct run *r, struct val self, const struct args *a, struct val *out)
{
	size_t to = 0, from = 0, end = 0, n = self.a->n;
	int rc = position(r, arg(a, 0), 0, n, &to);

	if (rc == 0)
		rc = position(r, arg(a, 1), 0, n, &from);
	if (rc == 0)
		rc = position(r, arg(a, 2), INFINITY, n, &end);
	*out = self;
	if (rc < 0 || end <= from)
		return rc;
	size_t count = end - from < n - to ? end - from : n - to;

	if (count)
		memmove(self.a->items + to, self.a->items + from, count * sizeof(*self.a->items));
	return run_steps(r, count / 8);
}

static int m_count(struct run *r, struct val self, const struct args *a, struct val *out)
{
	double n = 0;

	for (size_t i = 0; i < self.a->n; i++)
		n += val_same(self.a->items[i], arg(a, 0));
	*out = val_num(n);
	return run_steps(r, self.a->n / 8);
}

static int m_insert(struct run *r, struct val self, const struct args *a, struct val *out)
{
	size_t at = 0;
	int rc = position(r, arg(a, 0), 0, self.a->n, &at);

	return rc < 0 ? rc : splice(r, self.a, at, 0, a->v + 1, 1, out);
}

static int m_remove(struct run *r, struct val self, const struct args *a, struct val *out)
{
	size_t at = find(self.a, arg(a, 0), 0, false);

	*out = val_array(r);
	return at == SIZE_MAX ? 0 : splice(r, self.a, at, 1, NULL, 0, out);
}

const struct method list_methods[] = {
	{ "at", m_at, 1, 1, false },
	{ "concat", m_concat, 0, ANY, false },
	{ "copyWithin", m_copy_within, 1, 3, false },
	{ "fill", m_fill, 1, 3, false },
	{ "flat", m_flat, 0, 1, false },
	{ "includes", m_includes, 1, 2, false },
	{ "indexOf", m_index_of, 1, 2, false },
	{ "join", m_join, 0, 1, false },
	{ "lastIndexOf", m_last_index_of, 1, 2, false },
	{ "pop", m_pop, 0, 1, false },
	{ "push", m_push, 0, ANY, false },
	{ "reverse", m_reverse, 0, 0, false },
	{ "shift", m_shift, 0, 0, false },
	{ "slice", m_slice, 0, 2, false },
	{ "sort", m_sort, 0, 0, false },
	{ "splice", m_splice, 0, ANY, false },
	{ "unshift", m_unshift, 0, ANY, false },
	{ "append", m_push, 1, 1, true },
	{ "count", m_count, 1, 1, true },
	{ "find", m_index_of, 1, 1, true },
	{ "index", m_index_of, 1, 1, true },
	{ "insert", m_insert, 2, 2, true },
	{ "remove", m_remove, 1, 1, true },
	{ .name = NULL },
};
