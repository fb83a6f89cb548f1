/* Filters that put things in order. */
#include "template/filters.h"

struct entry {
	struct val key, item;
};
struct sorter {
	struct run *r;
	bool reverse;
	int rc;
	/* Above zero when x belongs behind y. */
	double (*compare)(struct sorter *s, const struct entry *x, const struct entry *y);
};

/* Merge sort: stable, and the comparison may fail. */
static void merge_sort(struct sorter *s, struct entry *items, struct entry *spare, size_t n)
{
	size_t half = n / 2, i = 0, k = half, at = 0;

	if (n < 2 || s->rc < 0)
		return;
	merge_sort(s, items, spare, half);
	merge_sort(s, items + half, spare, n - half);
	while (s->rc == 0 && i < half && k < n) {
		s->rc = run_steps(s->r, 1);
		spare[at++] = s->compare(s, &items[i], &items[k]) > 0 ? items[k++] : items[i++];
	}
	while (i < half)
		spare[at++] = items[i++];
	while (k < n)
		spare[at++] = items[k++];
	memcpy(items, spare, n * sizeof(*items));
}

/* Puts items[at] in its place among those before it. */
static void insert(struct sorter *s, struct entry *items, size_t at)
{
	struct entry e = items[at];
	size_t low = 0, high = at;

	while (low < high && s->rc == 0) {
		size_t mid = low + (high - low) / 2;

		s->rc = run_steps(s->r, 1);
		if (s->compare(s, &e, &items[mid]) < 0)
			high = mid;
		else
			low = mid + 1;
	}
	memmove(items + low + 1, items + low, (at - low) * sizeof(*items));
	items[low] = e;
}

/*
 * Short lists are sorted as V8 does it: a run at the start is kept or turned round, the rest is inserted. Where values of
 * several types have no order among them, what comes out depends on that.
 */
static void insertion_sort(struct sorter *s, struct entry *items, size_t n)
{
	size_t run = 2;
	bool down = n > 1 && s->compare(s, &items[1], &items[0]) < 0;

	while (run < n && s->rc == 0 && (s->compare(s, &items[run], &items[run - 1]) < 0) == down)
		run++;
	for (size_t i = 0; down && i < run / 2; i++) {
		struct entry e = items[i];

		items[i] = items[run - 1 - i];
		items[run - 1 - i] = e;
	}
	for (size_t i = run; i < n && s->rc == 0; i++)
		insert(s, items, i);
}

static int sort_entries(struct sorter *s, struct entry *items, size_t n)
{
	if (n < 2)
		return s->rc;
	if (n < 64) {
		insertion_sort(s, items, n);
		return s->rc;
	}
	merge_sort(s, items, arena_array(s->r->mem, struct entry, n), n);
	return s->rc;
}

static double compare_keys(struct sorter *s, const struct entry *x, const struct entry *y)
{
	double order = 0;
	int rc = val_order(s->r, x->key, y->key, &order);

	if (rc < 0)
		s->rc = rc;
	return isnan(order) ? 0 : s->reverse ? -order : order;
}

static void fold_case(struct run *r, struct val *key, bool upper)
{
	if (val_is_text(*key))
		*key = (struct val){ .t = VAL_STR, .s = upper ? text_upper(r, key->s) : text_lower(r, key->s) };
}

/* All items but undefined, which JavaScript puts at the end without asking. */
static int fill_entries(struct run *r, const struct array *list, const struct args *a, struct entry *items, size_t *n)
{
	for (size_t i = 0; i < list->n; i++) {
		int rc = run_steps(r, 1);

		if (rc == 0 && list->items[i].t == VAL_UNDEF)
			continue;
		items[*n].item = list->items[i];
		if (rc == 0)
			rc = filter_path(r, list->items[i], arg(a, 3), &items[*n].key);
		if (rc < 0)
			return rc;
		++*n;
	}
	return 0;
}

/* Letters of either case are equal where both keys are strings. */
static void fold_keys(struct run *r, struct entry *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fold_case(r, &items[i].key, false);
}

int filter_sort(struct run *r, const struct args *a, struct val *out)
{
	struct array *list;
	struct sorter s = { .r = r, .reverse = val_truthy(arg(a, 1)), .compare = compare_keys };
	size_t n = 0;
	int rc = filter_items(r, arg(a, 0), &list);

	*out = val_array(r);
	if (rc < 0 || !list)
		return rc;
	struct entry *items = arena_array(r->mem, struct entry, list->n);

	rc = fill_entries(r, list, a, items, &n);
	if (rc == 0 && !val_truthy(arg(a, 2)))
		fold_keys(r, items, n);
	if (rc == 0)
		rc = sort_entries(&s, items, n);
	for (size_t i = 0; rc == 0 && i < list->n; i++)
		array_push(r, out->a, i < n ? items[i].item : val_undef());
	return rc;
}

int sort_by_text(struct run *r, struct array *a)
{
	struct sorter s = { .r = r, .compare = compare_keys };
	struct entry *items = arena_array(r->mem, struct entry, a->n);
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		struct text *t;

		if (a->items[i].t == VAL_UNDEF)
			continue;
		int rc = val_text(r, a->items[i], &t);

		if (rc < 0)
			return rc;
		items[n++] = (struct entry){ { .t = VAL_STR, .s = t }, a->items[i] };
	}
	sort_entries(&s, items, n);
	for (size_t i = 0; i < n; i++)
		a->items[i] = items[i].item;
	for (size_t i = n; i < a->n; i++)
		a->items[i] = val_undef();
	return s.rc;
}

static double compare_dict(struct sorter *s, const struct entry *x, const struct entry *y)
{
	double order = 0;
	int rc = val_order(s->r, x->key, y->key, &order);

	if (rc < 0)
		s->rc = rc;
	return order > 0 ? 1 : val_same(x->key, y->key) ? 0 : -1;
}

static int dictsort_by(struct run *r, struct val by, bool *value)
{
	*value = by.t == VAL_STR && str_is((struct str){ by.s->p, by.s->n }, "value");
	if (by.t == VAL_UNDEF || *value || (by.t == VAL_STR && str_is((struct str){ by.s->p, by.s->n }, "key")))
		return 0;
	return run_fail(r, "'dictsort' sorts by 'key' or by 'value'");
}

int filter_dictsort(struct run *r, const struct args *a, struct val *out)
{
	struct val v = arg(a, 0);
	struct sorter s = { .r = r, .compare = compare_dict };
	bool value;
	int rc;

	if (v.t != VAL_OBJECT)
		return run_fail(r, "'dictsort' needs an object, not %s", val_kind(v));
	rc = dictsort_by(r, arg(a, 2), &value);
	if (rc < 0)
		return rc;
	const size_t *order = object_order(r, v.o);
	struct entry *items = arena_array(r->mem, struct entry, v.o->n);

	for (size_t i = 0; i < v.o->n; i++) {
		const struct member *m = &v.o->m[order ? order[i] : i];
		struct val pair = val_array(r);

		array_push(r, pair.a, val_str(r, m->key.s.p, m->key.s.n));
		array_push(r, pair.a, m->v);
		items[i] = (struct entry){ pair.a->items[value], pair };
		if (!val_truthy(arg(a, 1)))
			fold_case(r, &items[i].key, true);
	}
	rc = sort_entries(&s, items, v.o->n);
	*out = val_array(r);
	for (size_t i = 0; rc == 0 && i < v.o->n; i++)
		array_push(r, out->a, items[i].item);
	return rc;
}
