/* Facets: the values of a key that documents of a set have, and how many each. */
#include <stdlib.h>

#include "index/private.h"

enum { MAX_ANSWER = 64 << 20 };

struct facet {
	struct ask *a;
	spot key;
	const struct key *k;
	struct set *set;
	struct buf *out;
	uint32_t n;
};

static int write_value(struct facet *f, const struct value *v, uint64_t count)
{
	if (f->out->n > MAX_ANSWER)
		return fail(f->a->cx, ERR_TOOLARGE, "facet %.*s has too many values for one answer", (int)f->k->n, f->k->name);
	ask_u32(f->out, (uint32_t)count);
	ask_text(f->out, value_text(v));
	f->n++;
	return 0;
}

/* Asks each value of the key for those it has in the set. */
static int by_values(struct facet *f)
{
	struct walk w = walk_all(f->a->ix, f->k, true);
	const struct value *v;
	int rc = 0;

	if (f->k->n_values > index_limits.spread && !f->set->bits && f->set->map != f->a->ix->all)
		set_spread(f->a->cx->mem, f->set);
	while (rc == 0 && (v = walk_next(&w))) {
		uint64_t count = set_both(f->a->ix, f->set, &v->docs);

		if (count)
			rc = write_value(f, v, count);
	}
	return rc;
}

static int compare_spots(const void *a, const void *b)
{
	const spot *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct counted {
	const struct value *value;
	uint32_t n;
};

static int compare_counted(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;
	int c = index_compare(value_lower(x->value), value_lower(y->value));

	return c ? c : index_compare(value_text(x->value), value_text(y->value));
}

/* The values that the documents of the set have, one by one, in no order. */
static spot *collect(const struct facet *f, size_t *n)
{
	const struct index *ix = f->a->ix;
	size_t docs = set_count(f->set), cap = docs;
	uint32_t *ids = arena_raw(f->a->cx->mem, (docs + 1) * sizeof(*ids));
	spot *found = arena_raw(f->a->cx->mem, (cap + 1) * sizeof(*found));
	const struct value *v;

	docs = set_ids(f->set, 0, docs, ids);
	*n = 0;
	for (size_t i = 0; i < docs; i++) {
		const struct doc *d = doc_of(ix, ids[i]);

		for (uint32_t t = doc_from(ix, d, f->key); (v = doc_value_at(ix, d, f->key, t)); t++) {
			if (v->bare)
				continue;
			if (*n == cap) {
				found = arena_grow(f->a->cx->mem, found, cap * sizeof(*found), (cap + 1) * 2 * sizeof(*found));
				cap = (cap + 1) * 2;
			}
			found[(*n)++] = d->terms[t];
		}
	}
	return found;
}

static int by_documents(struct facet *f)
{
	size_t n, kinds = 0;
	spot *found = collect(f, &n);
	struct counted *counts = arena_array(f->a->cx->mem, struct counted, n);
	int rc = 0;

	if (n > 1)
		qsort(found, n, sizeof(*found), compare_spots);
	for (size_t i = 0; i < n; i++) {
		if (!i || found[i] != found[i - 1])
			counts[kinds++].value = value_of(f->a->ix, found[i]);
		counts[kinds - 1].n++;
	}
	if (kinds > 1)
		qsort(counts, kinds, sizeof(*counts), compare_counted);
	for (size_t i = 0; rc == 0 && i < kinds; i++)
		rc = write_value(f, counts[i].value, counts[i].n);
	return rc;
}

/* Few documents are looked at themselves when there are many values; or values of so many that each is a bitmap to compare. */
static bool are_few(const struct facet *f)
{
	enum { DOCUMENT = 12, BITMAP = 64 };
	uint64_t n = set_count(f->set), each = 1 + f->k->n_said / f->k->n_values / 8;

	return f->set->map != f->a->ix->all && n * DOCUMENT < f->k->n_values * (each < BITMAP ? each : BITMAP);
}

static int answer_one(struct ask *a, spot key, struct set *set, struct buf *out)
{
	struct facet f = { .a = a, .key = key, .k = key ? key_of(a->ix, key) : NULL, .set = set, .out = out };
	size_t head = out->n;
	int rc = 0;

	ask_u32(out, 0);
	if (f.k && f.k->n_values)
		rc = are_few(&f) ? by_documents(&f) : by_values(&f);
	for (size_t i = 0; i < 4; i++)
		out->p[head + i] = (char)(f.n >> (8 * i));
	return rc;
}

int facets_answer(struct ask *a, struct buf *out)
{
	struct set set = set_read(a);
	unsigned n = read_u16(&a->r);
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < n && !a->r.bad; i++) {
		struct str name = read_text(&a->r);

		if (!a->r.bad)
			rc = answer_one(a, key_find(a->ix, name), &set, out);
	}
	set_free(&set);
	return rc;
}
