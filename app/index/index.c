/* Documents and their terms: put, changed, removed. */
#include "index/index.h"

#include <stdlib.h>
#include <string.h>

#include "index/private.h"

struct index_limits index_limits = { .list_most = LIST_LIMIT,
				     .block_most = BLOCK_LIMIT,
				     .scan_most = 8192,
				     .gram_step = 1 << 14,
				     .gather = 12,
				     .known = 4096,
				     .spread = 512 };

struct index *index_new(void)
{
	struct index *ix = must_alloc(sizeof(*ix));

	ix->mem = memory_new();
	ix->mem->bytes += sizeof(*ix);
	table_start(ix->mem, &ix->keys);
	table_start(ix->mem, &ix->values);
	ix->growing = must_alloc(sizeof(*ix->growing));
	ix->all = bitmap_new();
	ix->errors = bitmap_new();
	return ix;
}

static void free_keys(struct index *ix)
{
	for (size_t i = 0; i < ix->keys.buckets; i++) {
		for (spot s = ix->keys.parts[i / TABLE_PART][i % TABLE_PART]; s; s = key_of(ix, s)->next) {
			grams_free(ix->mem, key_of(ix, s)->grams);
			order_free(ix, key_of(ix, s));
		}
	}
}

void index_free(struct index *ix)
{
	if (!ix)
		return;
	free_keys(ix);
	table_free(ix->mem, &ix->keys);
	table_free(ix->mem, &ix->values);
	ids_free(ix->mem, &ix->docs);
	free(ix->growing);
	bitmap_free(ix->all);
	bitmap_free(ix->errors);
	memory_free(ix->mem);
	free(ix->scratch.items);
	free(ix);
}

/* ---- what a document has ---- */

static spot key_at(const struct index *ix, const struct doc *d, uint32_t i)
{
	return value_of(ix, d->terms[i])->key;
}

uint32_t doc_from(const struct index *ix, const struct doc *d, spot key)
{
	uint32_t low = 0, high = d->n;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (key_at(ix, d, mid) < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct value *doc_value_at(const struct index *ix, const struct doc *d, spot key, uint32_t i)
{
	struct value *v = i < d->n ? value_of(ix, d->terms[i]) : NULL;

	return v && v->key == key ? v : NULL;
}

struct value *doc_least(const struct index *ix, uint32_t id, spot key)
{
	const struct doc *d = doc_of(ix, id);
	struct value *least = NULL, *v;

	for (uint32_t i = doc_from(ix, d, key); (v = doc_value_at(ix, d, key, i)); i++)
		if (!v->bare && (!least || index_compare(value_lower(v), value_lower(least)) < 0))
			least = v;
	return least;
}

static bool has_value(const struct index *ix, const struct doc *d, spot key)
{
	const struct value *v = NULL;

	for (uint32_t i = d ? doc_from(ix, d, key) : 0; d && (v = doc_value_at(ix, d, key, i)); i++)
		if (!v->bare)
			return true;
	return false;
}

/* ---- a document as it will be ---- */

static int compare_terms(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Few at a time, and often in order already. */
static void sort_terms(uint64_t *items, size_t n)
{
	enum { FEW = 64 };

	if (n > FEW) {
		qsort(items, n, sizeof(*items), compare_terms);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		uint64_t item = items[i];
		size_t k = i;

		for (; k > 0 && items[k - 1] > item; k--)
			items[k] = items[k - 1];
		items[k] = item;
	}
}

/* Its terms as (key, value), in order, each once, in the scratch; the values exist from now on, though without it. */
static uint32_t collect_terms(struct index *ix, const struct index_terms *terms)
{
	uint64_t *items;
	size_t n = 0, kept = 0;

	if (terms->n > ix->scratch.cap) {
		ix->scratch.items = must_array(ix->mem, ix->scratch.items, ix->scratch.cap, terms->n, sizeof(*items));
		ix->scratch.cap = terms->n;
	}
	items = ix->scratch.items;
	for (size_t i = 0; i < terms->n; i++) {
		if (terms->items[i].key.n > UINT16_MAX)
			continue;
		spot key = key_make(ix, terms->items[i].key);

		items[n++] = (uint64_t)key << 32 | value_make(ix, key, terms->items[i].value);
	}
	sort_terms(items, n);
	for (size_t i = 0; i < n; i++)
		if (!kept || items[kept - 1] != items[i])
			items[kept++] = items[i];
	return (uint32_t)kept;
}

static size_t bytes_of(uint32_t n)
{
	return sizeof(struct doc) + n * sizeof(spot);
}

static spot make_doc(struct index *ix, uint64_t tag, const struct index_terms *terms)
{
	uint32_t n = collect_terms(ix, terms);
	spot s = memory_alloc(ix->mem, bytes_of(n));
	struct doc *d = memory_at(ix->mem, s);

	d->tag = tag;
	d->n = n;
	for (uint32_t i = 0; i < n; i++)
		d->terms[i] = (spot)ix->scratch.items[i];
	return s;
}

/* ---- what changes with it ---- */

/* One value that only the newer version has. */
static void add_value(struct index *ix, spot value, uint32_t id, const struct doc *now)
{
	struct value *v = value_of(ix, value);
	struct key *k = key_of(ix, v->key);

	posting_add(ix->mem, &v->docs, id);
	if (v->bare)
		return;
	k->n_said++;
	if (k->n_values > 1)
		posting_add(ix->mem, &k->valued, id);
	if (k->grams)
		grams_add(ix, v->key, v, id, now);
}

/* One that only the older version had. Values and keys that no document has any more go. */
static void remove_value(struct index *ix, spot value, uint32_t id, const struct doc *now)
{
	struct value *v = value_of(ix, value);
	spot key = v->key;
	struct key *k = key_of(ix, key);

	posting_remove(ix->mem, &v->docs, id);
	if (!v->bare) {
		k->n_said--;
		if (k->n_values > 1 && !has_value(ix, now, key))
			posting_remove(ix->mem, &k->valued, id);
		if (k->grams)
			grams_remove(ix, key, v, id, now);
	}
	if (!v->docs.n)
		value_drop(ix, value);
	if (!k->n_values && !k->bare)
		key_drop(ix, key);
}

/* Where the terms of two versions are not the same, which is earlier. */
static int compare_at(const struct index *ix, const struct doc *old, uint32_t i, const struct doc *now, uint32_t j)
{
	if (!old || i == old->n)
		return 1;
	if (!now || j == now->n)
		return -1;
	if (old->terms[i] == now->terms[j])
		return 0;
	spot k = key_at(ix, old, i), l = key_at(ix, now, j);

	return k != l ? (k > l) - (k < l) : (old->terms[i] > now->terms[j]) - (old->terms[i] < now->terms[j]);
}

/* Both are in order, so what differs is found in one pass. */
static void apply(struct index *ix, uint32_t id, const struct doc *old, const struct doc *now)
{
	uint32_t i = 0, j = 0;

	while ((old && i < old->n) || (now && j < now->n)) {
		int c = compare_at(ix, old, i, now, j);

		if (c < 0)
			remove_value(ix, old->terms[i], id, now);
		else if (c > 0)
			add_value(ix, now->terms[j], id, now);
		i += c <= 0;
		j += c >= 0;
	}
}

static void replace(struct index *ix, uint32_t id, spot now)
{
	spot *slot = ids_slot(ix->mem, &ix->docs, id), old = *slot;
	const struct doc *was = old ? memory_at(ix->mem, old) : NULL;

	apply(ix, id, was, now ? memory_at(ix->mem, now) : NULL);
	*slot = now;
	if (was)
		memory_give(ix->mem, old, bytes_of(was->n));
}

static void note(struct index *ix, const struct index_doc *doc)
{
	bitmap_add(ix->all, doc->id);
	if (doc->error)
		bitmap_add(ix->errors, doc->id);
	else
		bitmap_remove(ix->errors, doc->id);
}

void index_restore(struct index *ix, const struct index_doc *doc, uint32_t n)
{
	spot s = memory_alloc(ix->mem, bytes_of(n));
	struct doc *d = memory_at(ix->mem, s);

	d->tag = doc->tag;
	d->n = n;
	*ids_slot(ix->mem, &ix->docs, doc->id) = s;
	note(ix, doc);
}

void index_put(struct index *ix, const struct index_doc *doc, const struct index_terms *terms)
{
	replace(ix, doc->id, make_doc(ix, doc->tag, terms));
	note(ix, doc);
	ix->changes++;
}

void index_remove(struct index *ix, uint32_t id)
{
	if (!ids_get(&ix->docs, id))
		return;
	replace(ix, id, 0);
	bitmap_remove(ix->all, id);
	bitmap_remove(ix->errors, id);
	ix->changes++;
}

uint64_t index_changes(const struct index *ix)
{
	return ix->changes;
}

uint64_t index_seq(const struct index *ix)
{
	return ix->seq;
}

void index_set_seq(struct index *ix, uint64_t seq)
{
	ix->seq = seq;
}

void index_stats(const struct index *ix, struct index_stats *out)
{
	*out = (struct index_stats){
		.seq = ix->seq,
		.documents = bitmap_count(ix->all),
		.keys = ix->keys.n,
		.values = ix->values.n,
		.bytes = ix->mem->bytes + bitmap_bytes(ix->all) + bitmap_bytes(ix->errors),
	};
}
