/* Pages of few documents: all are gathered with what they are ordered by, and those of the page sorted. */
#include <stdlib.h>

#include "index/page.h"

struct sorting {
	const struct index *ix;
	const struct page *p;
	unsigned level;
};

/* ---- comparing ---- */

/* What lacks the value comes last, whichever the direction. */
static int compare_lower(bool has_a, struct str a, bool has_b, struct str b, bool down)
{
	int c;

	if (!has_a || !has_b)
		return has_b - has_a;
	c = index_compare(a, b);
	return down ? -c : c;
}

static int compare_first(const struct sorting *s, const struct row *x, const struct row *y)
{
	bool down = s->p->orders[s->level].down;

	if (x->first && y->first && x->head != y->head)
		return (x->head < y->head) == down ? 1 : -1;
	if (x->first == y->first)
		return 0;
	return compare_lower(x->first, row_lower(s->ix, x), y->first, row_lower(s->ix, y), down);
}

static int compare_rows(const struct sorting *s, const struct row *x, const struct row *y)
{
	int c = compare_first(s, x, y);

	for (unsigned i = s->level + 1; !c && i < s->p->n_orders; i++) {
		spot key = s->p->orders[i].key;
		const struct value *v = key ? doc_least(s->ix, x->id, key) : NULL,
				   *w = key ? doc_least(s->ix, y->id, key) : NULL;

		c = compare_lower(v, v ? value_lower(v) : STR(""), w, w ? value_lower(w) : STR(""), s->p->orders[i].down);
	}
	return c ? c : (x->id > y->id) - (x->id < y->id);
}

/* Whether a row stands behind the edge (1), before it (-1), or is it. */
static int beside_edge(const struct sorting *s, const struct row *row)
{
	const struct page *p = s->p;
	int c = compare_lower(row->first, row_lower(s->ix, row), p->edge_has_value, p->edge_value, p->orders[0].down);

	return c ? c : (row->id > p->edge_id) - (row->id < p->edge_id);
}

/* ---- sorting ---- */

static void swap(struct row *a, struct row *b)
{
	struct row c = *a;

	*a = *b;
	*b = c;
}

static void sort_few(const struct sorting *s, struct row *rows, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct row row = rows[i];
		size_t k = i;

		for (; k > 0 && compare_rows(s, &rows[k - 1], &row) > 0; k--)
			rows[k] = rows[k - 1];
		rows[k] = row;
	}
}

/* Brings the middle one of three to the front. */
static void choose_pivot(const struct sorting *s, struct row *rows, size_t n)
{
	struct row *a = &rows[0], *b = &rows[n / 2], *c = &rows[n - 1];

	if (compare_rows(s, a, b) < 0)
		swap(a, b);
	if (compare_rows(s, a, c) > 0)
		swap(a, compare_rows(s, b, c) > 0 ? b : c);
}

/* The place where the first row belongs; smaller ones stand before it then, larger ones behind. */
static size_t divide(const struct sorting *s, struct row *rows, size_t n)
{
	size_t low = 1, high = n - 1;

	for (;;) {
		while (low <= high && compare_rows(s, &rows[low], &rows[0]) < 0)
			low++;
		while (low <= high && compare_rows(s, &rows[high], &rows[0]) > 0)
			high--;
		if (low >= high)
			break;
		swap(&rows[low++], &rows[high--]);
	}
	swap(&rows[0], &rows[high]);
	return high;
}

/* Quicksort that leaves alone what lies outside of from..to; no two rows are equal. */
static void sort_part(const struct sorting *s, struct row *rows, size_t n, size_t from, size_t to)
{
	enum { FEW = 12 };

	while (n > FEW && from < to) {
		choose_pivot(s, rows, n);
		size_t mid = divide(s, rows, n);

		if (from < mid)
			sort_part(s, rows, mid, from, to < mid ? to : mid);
		if (to <= mid + 1)
			return;
		rows += mid + 1;
		n -= mid + 1;
		from = from > mid + 1 ? from - mid - 1 : 0;
		to -= mid + 1;
	}
	if (from < to)
		sort_few(s, rows, n);
}

void page_put_in_order(const struct ask *a, const struct page *p, unsigned level, struct row *rows, size_t n, size_t from,
		       size_t to)
{
	struct sorting s = { a->ix, p, level };

	sort_part(&s, rows, n, from, to);
}

/* ---- gathering ---- */

static uint64_t head_of(const struct value *v)
{
	struct str s = value_lower(v);
	uint64_t head = 0;

	for (size_t i = 0; i < sizeof(head); i++)
		head = head << 8 | (i < s.n ? (unsigned char)s.p[i] : 0);
	return head;
}

static spot least_of(const struct index *ix, const struct doc *d, spot key)
{
	spot least = 0;
	const struct value *v;

	for (uint32_t i = doc_from(ix, d, key); (v = doc_value_at(ix, d, key, i)); i++)
		if (!v->bare && (!least || index_compare(value_lower(v), value_lower(value_of(ix, least))) < 0))
			least = d->terms[i];
	return least;
}

struct row *page_rows(const struct ask *a, const struct page *p, unsigned level, const struct set *set, size_t *n)
{
	enum { AHEAD = 8 };
	spot key = p->orders[level].key;
	uint64_t count = set_count(set);
	uint32_t *ids = arena_raw(a->cx->mem, (count + 1) * sizeof(*ids));
	struct row *rows = arena_raw(a->cx->mem, (count + 1) * sizeof(*rows));

	*n = set_ids(set, 0, count, ids);
	for (size_t i = 0; i < *n; i++) {
		if (i + AHEAD < *n)
			__builtin_prefetch(doc_of(a->ix, ids[i + AHEAD]));
		spot first = key ? least_of(a->ix, doc_of(a->ix, ids[i]), key) : 0;

		rows[i] = (struct row){ ids[i], first, first ? head_of(value_of(a->ix, first)) : 0 };
	}
	return rows;
}

/* Those that have nothing to be ordered by are left out, unless they come last. */
static size_t leave_out(const struct page *p, struct row *rows, size_t n)
{
	size_t kept = 0;

	if (p->flags & PAGE_LACKING_LAST)
		return n;
	for (size_t i = 0; i < n; i++)
		if (rows[i].first)
			rows[kept++] = rows[i];
	return kept;
}

/* From which place to which the page is, of n that are ordered; edge: how many stand before it, and whether it is there. */
static void cut(const struct page *p, size_t n, size_t before_edge, bool edge_there, size_t *from, size_t *to)
{
	bool edge = p->flags & PAGE_EDGE, back = p->flags & PAGE_BACKWARDS;
	size_t low = edge && !back ? before_edge + edge_there : 0, high = edge && back ? before_edge : n;
	size_t left = high - low, offset = p->offset < left ? p->offset : left;

	left -= offset;
	if (left > p->limit)
		left = p->limit;
	*from = back ? high - offset - left : low + offset;
	*to = *from + left;
}

struct rows page_sort(const struct ask *a, const struct page *p, const struct set *set)
{
	struct sorting s = { a->ix, p, 0 };
	size_t n, from, to, before = 0;
	struct row *rows = page_rows(a, p, 0, set, &n);
	bool there = false;

	n = leave_out(p, rows, n);
	for (size_t i = 0; p->flags & PAGE_EDGE && i < n; i++) {
		int c = beside_edge(&s, &rows[i]);

		before += c < 0;
		there |= c == 0;
	}
	cut(p, n, before, there, &from, &to);
	sort_part(&s, rows, n, from, to);
	return (struct rows){ .items = rows + from,
			      .n = to - from,
			      .around = (from > 0 ? PAGE_BEFORE : 0U) | (to < n ? PAGE_AFTER : 0U) };
}
