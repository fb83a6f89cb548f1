/* Filters of lists: parts, choices, groups. */
#include "template/filters.h"

#include <stdlib.h>
#include <sys/random.h>

static int need_list(struct run *r, const char *filter, struct val v, struct array **out)
{
	*out = filter_list_of(r, v);
	return *out ? 0 : run_fail(r, "'%s' needs an array, not %s", filter, val_kind(v));
}

/* An object with a length, as an array. */
static int object_edge(struct run *r, struct object *o, bool last, struct val *out)
{
	double length = 1;
	int rc = last ? val_number(r, object_get(r, o, "length"), &length) : 0;
	const struct text *s = number_text(r, length - 1);
	struct name key = name_of((struct str){ s->p, s->n });
	const struct val *at = rc == 0 ? object_find(r, o, &key) : NULL;

	*out = at ? *at : val_undef();
	return rc;
}

static int edge(struct run *r, const char *filter, struct val v, bool last, struct val *out)
{
	if (val_none(v))
		return run_fail(r, "'%s' needs an array, not %s", filter, val_kind(v));
	if (v.t == VAL_ARRAY && array_load(r, v.a)->n)
		*out = v.a->items[last ? v.a->n - 1 : 0];
	else if (val_is_text(v) && v.s->n)
		*out = (struct val){ .t = VAL_STR,
				     .s = text_sub(r, v.s, last ? text_units(v.s) - 1 : 0, last ? text_units(v.s) : 1) };
	else if (v.t == VAL_OBJECT)
		return object_edge(r, v.o, last, out);
	return 0;
}

int filter_first(struct run *r, const struct args *a, struct val *out)
{
	return edge(r, "first", arg(a, 0), false, out);
}

int filter_last(struct run *r, const struct args *a, struct val *out)
{
	return edge(r, "last", arg(a, 0), true, out);
}

int filter_random(struct run *r, const struct args *a, struct val *out)
{
	struct array *list = filter_list_of(r, arg(a, 0));
	uint64_t number = 0;

	if (val_none(arg(a, 0)))
		return run_fail(r, "'random' needs an array, not %s", val_kind(arg(a, 0)));
	if (!list || !list->n)
		return 0;
	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		abort();
	*out = list->items[number % list->n];
	return 0;
}

int filter_list(struct run *r, const struct args *a, struct val *out)
{
	struct val v = arg(a, 0);
	const size_t *order;

	*out = v;
	if (v.t != VAL_OBJECT) {
		struct array *list;
		int rc = need_list(r, "list", v, &list);

		*out = (struct val){ .t = VAL_ARRAY, .a = list };
		return rc;
	}
	*out = val_array(r);
	order = object_order(r, v.o);
	for (size_t i = 0; i < v.o->n; i++) {
		const struct member *m = &v.o->m[order ? order[i] : i];
		struct val pair = val_object(r);

		object_put(r, pair.o, "key", val_str(r, m->key.s.p, m->key.s.n));
		object_put(r, pair.o, "value", m->v);
		array_push(r, out->a, pair);
	}
	return run_steps(r, v.o->n);
}

int filter_reverse(struct run *r, const struct args *a, struct val *out)
{
	struct val v = arg(a, 0);
	struct array *list;
	struct buf b = { .mem = r->mem };
	int rc = filter_items(r, v, &list);

	*out = val_array(r);
	for (size_t i = list && rc == 0 ? list->n : 0; i-- > 0;) {
		if (val_is_text(v))
			text_add(&b, list->items[i].s->p, list->items[i].s->n);
		else
			array_push(r, out->a, list->items[i]);
	}
	if (val_is_text(v))
		*out = filter_like(v, text_new(r, b.p, b.n));
	return rc < 0 ? rc : run_steps(r, list ? list->n / 8 : 0);
}

static int count_of(struct run *r, const char *filter, struct val v, double *out)
{
	int rc = val_number(r, v, out);

	*out = trunc(*out);
	if (rc == 0 && !(*out > 0 && *out < 0x1p53))
		return run_fail(r, "'%s' needs a positive number", filter);
	return rc;
}

int filter_batch(struct run *r, const struct args *a, struct val *out)
{
	struct array *list;
	struct val row = val_undef();
	double width;
	int rc = count_of(r, "batch", arg(a, 1), &width);

	if (rc == 0 && val_none(arg(a, 0)))
		return run_fail(r, "'batch' needs an array, not %s", val_kind(arg(a, 0)));
	if (rc == 0)
		rc = filter_items(r, arg(a, 0), &list);
	*out = val_array(r);
	for (size_t i = 0; rc == 0 && list && i < list->n; i++) {
		if (i % (size_t)width == 0) {
			row = val_array(r);
			array_push(r, out->a, row);
		}
		array_push(r, row.a, list->items[i]);
		rc = run_steps(r, 1);
	}
	while (rc == 0 && row.t == VAL_ARRAY && val_truthy(arg(a, 2)) && (double)row.a->n < width) {
		array_push(r, row.a, arg(a, 2));
		rc = run_steps(r, 1);
	}
	return rc;
}

static struct val slice_part(struct run *r, struct val v, const struct array *list, size_t from, size_t n)
{
	struct val part = val_array(r);

	if (val_is_text(v))
		return (struct val){ .t = VAL_STR, .s = text_sub(r, v.s, from, from + n) };
	for (size_t i = from; i < from + n; i++)
		array_push(r, part.a, list->items[i]);
	return part;
}

int filter_slice(struct run *r, const struct args *a, struct val *out)
{
	struct array *list;
	double count;
	size_t at = 0;
	int rc = need_list(r, "slice", arg(a, 0), &list);

	if (rc == 0)
		rc = count_of(r, "slice", arg(a, 1), &count);
	*out = val_array(r);
	for (size_t i = 0; rc == 0 && i < (size_t)count; i++) {
		size_t extra = list->n % (size_t)count, n = list->n / (size_t)count + (i < extra);
		struct val part = slice_part(r, arg(a, 0), list, at, n);

		at += n;
		if (val_truthy(arg(a, 2)) && i >= extra) {
			if (part.t != VAL_ARRAY)
				return run_fail(r, "'slice' cannot fill up a string");
			array_push(r, part.a, arg(a, 2));
		}
		array_push(r, out->a, part);
		rc = run_steps(r, 1 + n / 8);
	}
	return rc;
}

static int join_list(struct run *r, const struct array *list, const struct text *with, struct val key, struct buf *b)
{
	for (size_t i = 0; i < list->n; i++) {
		struct val item = list->items[i];
		struct text *s;
		int rc = val_truthy(key) ? filter_key(r, item, key, &item) : 0;

		if (rc == 0)
			rc = filter_opt(r, item, &s);
		if (rc == 0)
			rc = run_steps(r, 1);
		if (rc == 0)
			rc = run_room(r, b->n + s->n + with->n);
		if (rc < 0)
			return rc;
		if (i)
			text_add(b, with->p, with->n);
		text_add(b, s->p, s->n);
	}
	return 0;
}

int filter_join(struct run *r, const struct args *a, struct val *out)
{
	struct val v = arg(a, 0);
	struct text *with = text_new(r, "", 0);
	struct buf b = { .mem = r->mem };
	struct array *list;
	int rc;

	if (v.t != VAL_ARRAY && (!val_truthy(arg(a, 2)) || (v.t == VAL_SAFE && v.s->n)))
		return run_fail(r, "'join' needs an array, not %s", val_kind(v));
	rc = val_truthy(arg(a, 1)) ? val_text(r, arg(a, 1), &with) : 0;
	if (rc == 0)
		rc = filter_items(r, v, &list);
	if (rc == 0 && list)
		rc = join_list(r, list, with, arg(a, 2), &b);
	*out = val_str(r, b.p, b.n);
	return rc;
}

static int choose(struct run *r, const struct args *a, bool want, struct val *out)
{
	struct val v = arg(a, 0), with = arg(a, 2);
	const struct test *test = test_find(STR("truthy"));
	struct array *list = NULL;
	struct text *s;
	int rc = 0;

	if (arg(a, 1).t != VAL_UNDEF) {
		rc = val_text(r, arg(a, 1), &s);
		test = rc == 0 ? test_find((struct str){ s->p, s->n }) : NULL;
		if (rc == 0 && !test)
			return run_fail(r, "there is no test '%.*s'", (int)s->n, s->p);
	}
	if (rc == 0 && val_none(v))
		return run_fail(r, "'%s' needs an array, not %s", want ? "select" : "reject", val_kind(v));
	if (rc == 0)
		rc = filter_items(r, v, &list);
	*out = val_array(r);
	if (rc == 0 && !list)
		return 0;
	if (rc == 0 && test->args != (a->n > 2 ? a->n - 2 : 0))
		return run_fail(r, "the test '%s' takes %u arguments", test->name, test->args);
	for (size_t i = 0; rc == 0 && i < list->n; i++) {
		bool result = false;

		rc = test->fn(r, list->items[i], with, &result);
		if (rc == 0 && result == want)
			array_push(r, out->a, list->items[i]);
		if (rc == 0)
			rc = run_steps(r, 1);
	}
	return rc;
}

int filter_select(struct run *r, const struct args *a, struct val *out)
{
	return choose(r, a, true, out);
}

int filter_reject(struct run *r, const struct args *a, struct val *out)
{
	return choose(r, a, false, out);
}

static int choose_by(struct run *r, const struct args *a, bool want, struct val *out)
{
	struct val v = arg(a, 0);
	int rc = 0;

	if (v.t != VAL_ARRAY)
		return run_fail(r, "'%s' needs an array, not %s", want ? "selectattr" : "rejectattr", val_kind(v));
	array_load(r, v.a);
	*out = val_array(r);
	for (size_t i = 0; rc == 0 && i < v.a->n; i++) {
		struct val key;

		rc = filter_key(r, v.a->items[i], arg(a, 1), &key);
		if (rc == 0 && val_truthy(key) == want)
			array_push(r, out->a, v.a->items[i]);
		if (rc == 0)
			rc = run_steps(r, 1);
	}
	return rc;
}

int filter_selectattr(struct run *r, const struct args *a, struct val *out)
{
	return choose_by(r, a, true, out);
}

int filter_rejectattr(struct run *r, const struct args *a, struct val *out)
{
	return choose_by(r, a, false, out);
}

int filter_groupby(struct run *r, const struct args *a, struct val *out)
{
	struct array *list;
	int rc = filter_items(r, arg(a, 0), &list);

	if (val_none(arg(a, 0)))
		return run_fail(r, "'groupby' needs an array, not %s", val_kind(arg(a, 0)));
	*out = val_object(r);
	for (size_t i = 0; rc == 0 && list && i < list->n; i++) {
		struct val key, *at;
		struct text *s;

		rc = filter_path(r, list->items[i], arg(a, 1), &key);
		if (rc == 0)
			rc = val_text(r, key, &s);
		if (rc == 0)
			rc = run_steps(r, 1);
		if (rc < 0)
			return rc;
		struct name name = name_of((struct str){ s->p, s->n });

		if (name_reserved(name.s))
			return run_fail(r, "the name '%.*s' is reserved", (int)s->n, s->p);
		at = object_find(r, out->o, &name);
		if (!at) {
			object_set(r, out->o, &name, val_array(r));
			at = object_find(r, out->o, &name);
		}
		array_push(r, at->a, list->items[i]);
	}
	return rc;
}
