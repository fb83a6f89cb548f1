/* The documents that have a value: one, a short sorted list, or a bitmap. */
#include <string.h>

#include "index/private.h"

enum { WEIGH_AGAIN = 128 };

static bool is_map(const struct posting *p)
{
	return p->n > index_limits.list_most;
}

/* ---- bitmaps by number ---- */

static void weigh(struct memory *m, struct cell *c)
{
	uint32_t bytes = (uint32_t)bitmap_bytes(c->set);

	m->bytes += bytes;
	m->bytes -= c->bytes;
	c->bytes = bytes;
	c->changes = 0;
}

static void changed(struct memory *m, struct cell *c)
{
	if (++c->changes >= WEIGH_AGAIN)
		weigh(m, c);
}

static uint32_t new_cell(struct memory *m, struct bitmap *set)
{
	uint32_t i = m->free_cell;

	if (i) {
		m->free_cell = m->cells[i].changes;
	} else {
		if (m->n_cells == m->cap_cells) {
			uint32_t cap = m->cap_cells ? m->cap_cells * 2 : 64;

			m->cells = must_array(m, m->cells, m->cap_cells, cap, sizeof(*m->cells));
			m->cap_cells = cap;
		}
		i = m->n_cells += !m->n_cells; /* number 0 is no cell */
		m->n_cells++;
	}
	m->cells[i] = (struct cell){ .set = set };
	weigh(m, &m->cells[i]);
	return i;
}

static void free_cell(struct memory *m, uint32_t i)
{
	m->bytes -= m->cells[i].bytes;
	bitmap_free(m->cells[i].set);
	m->cells[i] = (struct cell){ .changes = m->free_cell };
	m->free_cell = i;
}

const struct bitmap *posting_map(const struct memory *m, const struct posting *p)
{
	return is_map(p) ? m->cells[p->at].set : NULL;
}

const uint32_t *posting_list(const struct memory *m, const struct posting *p)
{
	return p->n == 1 ? &p->at : p->n ? memory_at(m, p->at) : NULL;
}

/* ---- changes ---- */

static size_t bytes_of(uint32_t n)
{
	return n * sizeof(uint32_t);
}

/* The place in a list where id stands, or would. */
static uint32_t place_of(const uint32_t *list, uint32_t n, uint32_t id)
{
	uint32_t low = 0;

	while (low < n) {
		uint32_t mid = (low + n) / 2;

		if (list[mid] < id)
			low = mid + 1;
		else
			n = mid;
	}
	return low;
}

/* Puts a list of n in the place of what was there, which is not freed. */
static void become(struct memory *m, struct posting *p, const uint32_t *ids, uint32_t n)
{
	struct posting was = *p;

	p->n = n;
	if (n == 1) {
		p->at = ids[0];
	} else if (is_map(p)) {
		struct bitmap *set = bitmap_new();

		bitmap_add_many(set, ids, n);
		p->at = new_cell(m, set);
	} else if (n) {
		p->at = memory_alloc(m, bytes_of(n));
		memcpy(memory_at(m, p->at), ids, bytes_of(n));
	}
	if (was.n > 1 && !is_map(&was))
		memory_give(m, was.at, bytes_of(was.n));
}

void posting_add(struct memory *m, struct posting *p, uint32_t id)
{
	if (is_map(p)) {
		p->n += bitmap_add(m->cells[p->at].set, id);
		changed(m, &m->cells[p->at]);
		return;
	}
	const uint32_t *list = posting_list(m, p);
	uint32_t at = place_of(list, p->n, id), grown[LIST_LIMIT + 1];

	if (at < p->n && list[at] == id)
		return;
	if (at)
		memcpy(grown, list, bytes_of(at));
	grown[at] = id;
	if (at < p->n)
		memcpy(grown + at + 1, list + at, bytes_of(p->n - at));
	become(m, p, grown, p->n + 1);
}

static void remove_from_map(struct memory *m, struct posting *p, uint32_t id)
{
	struct bitmap *set = m->cells[p->at].set;
	uint32_t left[LIST_LIMIT], cell = p->at;

	p->n -= bitmap_remove(set, id);
	changed(m, &m->cells[cell]);
	if (is_map(p))
		return;
	bitmap_list(set, 0, p->n, left);
	free_cell(m, cell);
	struct posting small = { 0 };

	become(m, &small, left, p->n);
	*p = small;
}

void posting_remove(struct memory *m, struct posting *p, uint32_t id)
{
	uint32_t left[LIST_LIMIT];

	if (is_map(p)) {
		remove_from_map(m, p, id);
		return;
	}
	const uint32_t *list = posting_list(m, p);
	uint32_t at = place_of(list, p->n, id);

	if (at == p->n || list[at] != id)
		return;
	memcpy(left, list, bytes_of(at));
	memcpy(left + at, list + at + 1, bytes_of(p->n - at - 1));
	become(m, p, left, p->n - 1);
}

void posting_clear(struct memory *m, struct posting *p)
{
	if (is_map(p))
		free_cell(m, p->at);
	else if (p->n > 1)
		memory_give(m, p->at, bytes_of(p->n));
	*p = (struct posting){ 0 };
}

void posting_copy(struct memory *m, struct posting *to, const struct posting *from)
{
	*to = (struct posting){ 0 };
	if (is_map(from))
		*to = (struct posting){ from->n, new_cell(m, bitmap_copy(m->cells[from->at].set)) };
	else if (from->n)
		become(m, to, posting_list(m, from), from->n);
}

void posting_start(struct memory *m, struct posting *p, uint32_t all, const uint32_t *ids, size_t n)
{
	*p = (struct posting){ .n = all };
	if (is_map(p)) {
		p->at = new_cell(m, bitmap_new());
		posting_more(m, p, ids, n);
		return;
	}
	*p = (struct posting){ 0 };
	become(m, p, ids, (uint32_t)n);
}

void posting_more(struct memory *m, struct posting *p, const uint32_t *ids, size_t n)
{
	bitmap_add_many(m->cells[p->at].set, ids, n);
	weigh(m, &m->cells[p->at]);
}
