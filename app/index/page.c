/* Answering for a page: which documents, in which order, and how many there are in all. */
#include "index/page.h"

static void read_page(struct ask *a, struct page *p)
{
	struct reader *r = &a->r;

	*p = (struct page){ .n_orders = read_u8(r) };
	if (p->n_orders > MAX_ORDERS)
		r->bad = true;
	for (unsigned i = 0; i < p->n_orders && !r->bad; i++) {
		p->orders[i].down = read_u8(r);
		p->orders[i].key = key_find(a->ix, read_text(r));
	}
	p->flags = read_u8(r);
	p->limit = read_u32(r);
	p->offset = read_u64(r);
	if (p->flags & PAGE_EDGE) {
		p->edge_has_value = read_u8(r);
		p->edge_value = read_text(r);
		p->edge_id = read_u32(r);
	}
}

static void write_page(struct buf *out, const struct ask *a, const struct page *p, uint64_t total, const struct rows *rows)
{
	ask_u64(out, total);
	ask_u8(out, rows->around);
	ask_u32(out, (uint32_t)rows->n);
	for (size_t i = 0; i < rows->n; i++) {
		ask_u32(out, rows->items[i].id);
		ask_u64(out, doc_of(a->ix, rows->items[i].id)->tag);
	}
	for (unsigned end = 0; rows->n && p->n_orders && end < 2; end++) {
		const struct row *row = &rows->items[end ? rows->n - 1 : 0];

		ask_u8(out, row->first != 0);
		ask_text(out, row_lower(a->ix, row));
	}
}

/* Without an order the documents are in that of their ids, which is the set's own. */
static struct rows by_id(const struct ask *a, const struct page *p, const struct set *set, uint64_t total)
{
	bool edge = p->flags & PAGE_EDGE, back = p->flags & PAGE_BACKWARDS;
	uint64_t up_to = edge ? set_rank(set, p->edge_id) : 0;
	uint64_t low = edge && !back ? up_to : 0, high = edge && back ? up_to - set_has(set, p->edge_id) : total;
	uint64_t left = high - low, offset = p->offset < left ? p->offset : left, from;
	size_t n = left - offset < p->limit ? left - offset : p->limit;
	uint32_t *ids = arena_raw(a->cx->mem, (n + 1) * sizeof(*ids));
	struct row *rows = arena_array(a->cx->mem, struct row, n + 1);

	from = back ? high - offset - n : low + offset;
	n = set_ids(set, from, n, ids);
	for (size_t i = 0; i < n; i++)
		rows[i].id = ids[i];
	return (struct rows){ .items = rows,
			      .n = n,
			      .around = (from > 0 ? PAGE_BEFORE : 0U) | (from + n < total ? PAGE_AFTER : 0U) };
}

/* Documents that are ordered: without the key they may be left out. */
static uint64_t count_ordered(const struct ask *a, const struct page *p, const struct set *set)
{
	spot key = p->orders[0].key;

	if (!p->n_orders || p->flags & PAGE_LACKING_LAST)
		return set_count(set);
	return key ? set_both(a->ix, set, key_valued(a->ix, key_of(a->ix, key))) : 0;
}

/* What is beside an empty page somewhere in the list. */
static unsigned around_nothing(const struct page *p, uint64_t total)
{
	uint64_t passed = p->offset < total ? p->offset : total;
	bool back = p->flags & PAGE_BACKWARDS;

	return (passed ? (back ? PAGE_AFTER : PAGE_BEFORE) : 0U) | (passed < total ? (back ? PAGE_BEFORE : PAGE_AFTER) : 0U);
}

void page_answer(struct ask *a, struct buf *out)
{
	struct set set = set_read(a);
	struct rows rows;
	struct page p;
	uint64_t total;

	read_page(a, &p);
	if (!a->r.bad) {
		total = count_ordered(a, &p, &set);
		if (!p.n_orders)
			rows = by_id(a, &p, &set, total);
		else if (!p.limit && !(p.flags & PAGE_EDGE))
			rows = (struct rows){ .around = around_nothing(&p, total) };
		else if (!page_walk(a, &p, &set, total, &rows))
			rows = page_sort(a, &p, &set);
		write_page(out, a, &p, total, &rows);
	}
	set_free(&set);
}
