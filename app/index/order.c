/* The values of a key in order, in blocks: one more moves little, and a walk reads them in a row. */
#include <string.h>

#include "index/private.h"

enum { BLOCK_LEAST = 4, AHEAD = 8 };

static size_t bytes_of(uint32_t cap)
{
	return sizeof(struct block) + cap * sizeof(spot);
}

static struct block *block_at(const struct index *ix, spot s)
{
	return memory_at(ix->mem, s);
}

static int compare(const struct index *ix, spot a, spot b)
{
	const struct value *v = value_of(ix, a), *w = value_of(ix, b);
	int c = index_compare(value_lower(v), value_lower(w));

	return c ? c : index_compare(value_text(v), value_text(w));
}

/* The last block whose first value is not behind v; 0 when there is none. */
static uint32_t block_of(const struct index *ix, const struct key *k, spot v)
{
	uint32_t low = 0, high = k->n_blocks;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (compare(ix, k->blocks[mid].first, v) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? low - 1 : 0;
}

static uint32_t place_in(const struct index *ix, const struct block *b, spot v)
{
	uint32_t low = 0, high = b->n;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (compare(ix, b->items[mid], v) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* A place for one block more, before block i. */
static void insert_block(struct index *ix, struct key *k, uint32_t i, uint32_t cap)
{
	spot s = memory_alloc(ix->mem, bytes_of(cap));

	block_at(ix, s)->cap = (uint16_t)cap;
	if (k->n_blocks == k->cap_blocks) {
		uint32_t more = k->cap_blocks ? k->cap_blocks + k->cap_blocks / 2 + 1 : 1;

		k->blocks = must_array(ix->mem, k->blocks, k->cap_blocks, more, sizeof(*k->blocks));
		k->cap_blocks = more;
	}
	memmove(k->blocks + i + 1, k->blocks + i, (k->n_blocks - i) * sizeof(*k->blocks));
	k->blocks[i] = (struct entry){ .block = s };
	k->n_blocks++;
}

static void grow_block(struct index *ix, struct key *k, uint32_t i)
{
	spot old = k->blocks[i].block, s;
	const struct block *was = block_at(ix, old);
	uint32_t cap = was->cap * 2U < index_limits.block_most ? was->cap * 2U : index_limits.block_most;
	struct block *b;

	s = memory_alloc(ix->mem, bytes_of(cap));
	b = block_at(ix, s);
	memcpy(b, was, bytes_of(was->n));
	b->cap = (uint16_t)cap;
	memory_give(ix->mem, old, bytes_of(was->cap));
	k->blocks[i].block = s;
}

/* The upper part of a full block, from `from` on, becomes one of its own. */
static void split(struct index *ix, struct key *k, uint32_t i, uint32_t from)
{
	insert_block(ix, k, i + 1, index_limits.block_most);
	struct block *low = block_at(ix, k->blocks[i].block), *high = block_at(ix, k->blocks[i + 1].block);

	high->n = (uint16_t)(low->n - from);
	memcpy(high->items, low->items + from, high->n * sizeof(spot));
	low->n = (uint16_t)from;
	k->blocks[i + 1].first = high->items[0];
}

static void put_at(const struct index *ix, struct key *k, uint32_t i, uint32_t at, spot v)
{
	struct block *b = block_at(ix, k->blocks[i].block);

	memmove(b->items + at + 1, b->items + at, (b->n - at) * sizeof(spot));
	b->items[at] = v;
	b->n++;
	k->blocks[i].first = b->items[0];
}

static void put(struct index *ix, struct key *k, spot v)
{
	uint32_t i = block_of(ix, k, v);
	const struct block *b = block_at(ix, k->blocks[i].block);
	uint32_t at = place_in(ix, b, v);

	if (b->n == b->cap && b->cap < index_limits.block_most) {
		grow_block(ix, k, i);
	} else if (b->n == b->cap && i + 1 == k->n_blocks && at == b->n) {
		/* What comes in order fills its blocks. */
		insert_block(ix, k, ++i, index_limits.block_most);
		at = 0;
	} else if (b->n == b->cap) {
		uint32_t from = b->n / 2U;

		split(ix, k, i, from);
		if (at > from) {
			i++;
			at -= from;
		}
	}
	put_at(ix, k, i, at, v);
}

/* The only value gets a block of its own. */
static void start_blocks(struct index *ix, struct key *k, uint32_t cap)
{
	spot only = k->only;

	k->blocks = NULL;
	k->cap_blocks = 0;
	insert_block(ix, k, 0, cap);
	put_at(ix, k, 0, 0, only);
}

void order_put(struct index *ix, struct key *k, spot value)
{
	if (k->n_values == 0) {
		k->only = value;
	} else {
		if (k->n_values == 1)
			start_blocks(ix, k, BLOCK_LEAST < index_limits.block_most ? BLOCK_LEAST : index_limits.block_most);
		put(ix, k, value);
	}
	k->n_values++;
}

void order_append(struct index *ix, struct key *k, spot value)
{
	if (k->n_values < 2) {
		order_put(ix, k, value);
		return;
	}
	uint32_t i = k->n_blocks - 1;

	if (block_at(ix, k->blocks[i].block)->n == index_limits.block_most)
		insert_block(ix, k, ++i, index_limits.block_most);
	else if (block_at(ix, k->blocks[i].block)->n == block_at(ix, k->blocks[i].block)->cap)
		grow_block(ix, k, i);
	put_at(ix, k, i, block_at(ix, k->blocks[i].block)->n, value);
	k->n_values++;
}

static void drop_block(struct index *ix, struct key *k, uint32_t i)
{
	memory_give(ix->mem, k->blocks[i].block, bytes_of(block_at(ix, k->blocks[i].block)->cap));
	memmove(k->blocks + i, k->blocks + i + 1, (k->n_blocks - i - 1) * sizeof(*k->blocks));
	k->n_blocks--;
}

/* Of two values one is left, somewhere. */
static void end_blocks(struct index *ix, struct key *k)
{
	spot left = k->blocks[0].first;

	drop_block(ix, k, 0);
	must_array(ix->mem, k->blocks, k->cap_blocks, 0, sizeof(*k->blocks));
	k->cap_blocks = 0;
	k->only = left;
}

void order_take(struct index *ix, struct key *k, spot value)
{
	if (--k->n_values == 0) {
		k->only = 0;
		return;
	}
	uint32_t i = block_of(ix, k, value);
	struct block *b = block_at(ix, k->blocks[i].block);
	uint32_t at = place_in(ix, b, value);

	memmove(b->items + at, b->items + at + 1, (b->n - at - 1U) * sizeof(spot));
	if (--b->n)
		k->blocks[i].first = b->items[0];
	else
		drop_block(ix, k, i);
	if (k->n_values == 1)
		end_blocks(ix, k);
}

void order_free(struct index *ix, struct key *k)
{
	if (k->n_values < 2)
		return;
	while (k->n_blocks)
		drop_block(ix, k, k->n_blocks - 1);
	must_array(ix->mem, k->blocks, k->cap_blocks, 0, sizeof(*k->blocks));
}

/* ---- reading ---- */

const spot *order_block(const struct index *ix, const struct key *k, uint32_t i, uint32_t *n)
{
	*n = 0;
	if (k->n_values < 2) {
		*n = i == 0 ? k->n_values : 0;
		return *n ? &k->only : NULL;
	}
	if (i >= k->n_blocks)
		return NULL;
	*n = block_at(ix, k->blocks[i].block)->n;
	return block_at(ix, k->blocks[i].block)->items;
}

static bool is_below(const struct index *ix, spot v, struct str lower)
{
	return index_compare(value_lower(value_of(ix, v)), lower) < 0;
}

struct place order_from(const struct index *ix, const struct key *k, struct str lower)
{
	uint32_t low = 0, high = k->n_values < 2 ? 0 : k->n_blocks, n;

	/* the last block whose first value is below, for the place may be in it */
	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (is_below(ix, k->blocks[mid].first, lower))
			low = mid + 1;
		else
			high = mid;
	}
	struct place p = { low ? low - 1 : 0, 0 };
	const spot *items = order_block(ix, k, p.block, &n);

	high = n;
	while (p.at < high) {
		uint32_t mid = (p.at + high) / 2;

		if (is_below(ix, items[mid], lower))
			p.at = mid + 1;
		else
			high = mid;
	}
	return p.at < n || !n ? p : (struct place){ p.block + 1, 0 };
}

struct walk walk_from(const struct index *ix, const struct key *k, struct place p, bool up)
{
	struct walk w = { .ix = ix, .k = k, .up = up, .block = p.block, .at = p.at };

	w.items = order_block(ix, k, p.block, &w.n);
	return w;
}

struct walk walk_all(const struct index *ix, const struct key *k, bool up)
{
	uint32_t last = k->n_values < 2 ? 0 : k->n_blocks - 1, n;

	if (up)
		return walk_from(ix, k, (struct place){ 0, 0 }, true);
	order_block(ix, k, last, &n);
	return walk_from(ix, k, (struct place){ last, n }, false);
}

/* Values lie about in memory: what comes soon is asked for in time. */
static void look_ahead(const struct walk *w)
{
	if (w->up && w->at + AHEAD < w->n)
		__builtin_prefetch(value_of(w->ix, w->items[w->at + AHEAD]));
	else if (!w->up && w->at > AHEAD)
		__builtin_prefetch(value_of(w->ix, w->items[w->at - AHEAD - 1]));
}

struct value *walk_next(struct walk *w)
{
	while (w->up && w->items && w->at == w->n) {
		w->items = order_block(w->ix, w->k, ++w->block, &w->n);
		w->at = 0;
	}
	while (!w->up && w->at == 0 && w->block > 0) {
		w->items = order_block(w->ix, w->k, --w->block, &w->n);
		w->at = w->n;
	}
	if (!w->items || (!w->up && w->at == 0))
		return NULL;
	look_ahead(w);
	return value_of(w->ix, w->items[w->up ? w->at++ : --w->at]);
}
