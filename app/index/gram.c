/*
 * The parts of a key's values: for each three bytes in a row the documents that have them in a value. They say which values are
 * worth a look when one is asked for that contains something. Made for keys of many values when somebody first asks, a step
 * with each question and more in between, and kept up to date from then on. Behind its end a text goes on with zeros, so that
 * its last two bytes begin something, too.
 */
#include <string.h>

#include "base/list.h"
#include "index/private.h"

enum { GRAM = 3, AHEAD = 8, FEW = 256, MOST_GRAMS = 64, NARROW = 4, WORK = 512, KNOWN = 8, KNOWN_MOST = 64 };
static const spot several = UINT32_MAX;
static const uint64_t all_ready = (uint64_t)UINT32_MAX + 1;

struct gram {
	uint32_t code; /* its bytes and one; 0: free */
	struct posting docs;
};

/* The documents that had a part when somebody last asked; of use until something changes. */
struct known {
	uint64_t changes;
	struct bitmap *docs;
	size_t n, bytes;
	char term[KNOWN_MOST];
};

struct grams {
	struct gram *items;
	size_t n, cap;
	struct ids values; /* of a document: the value, or several; 0: none */
	uint64_t ready;    /* documents below are in */
	uint64_t changes;
	struct known known[KNOWN];
	size_t next_known;
};

/* ---- the table ---- */

static uint32_t code_of(struct str text, size_t at)
{
	uint32_t code = 0;

	for (size_t i = at; i < at + GRAM; i++)
		code = code << 8 | (i < text.n ? (unsigned char)text.p[i] : 0);
	return code + 1;
}

static size_t slot_of(const struct grams *g, uint32_t code)
{
	size_t i = (code * 0x9e3779b9U) >> 7 & (g->cap - 1);

	while (g->items[i].code && g->items[i].code != code)
		i = (i + 1) & (g->cap - 1);
	return i;
}

static void grow(struct memory *m, struct grams *g)
{
	struct grams old = *g;

	g->cap = old.cap ? old.cap * 2 : 256;
	g->items = must_array(m, NULL, 0, g->cap, sizeof(*g->items));
	for (size_t i = 0; i < old.cap; i++)
		if (old.items[i].code)
			g->items[slot_of(g, old.items[i].code)] = old.items[i];
	must_array(m, old.items, old.cap, 0, sizeof(*old.items));
}

static struct posting *make_gram(struct memory *m, struct grams *g, uint32_t code)
{
	if ((g->n + 1) * 2 > g->cap)
		grow(m, g);
	struct gram *x = &g->items[slot_of(g, code)];

	if (!x->code) {
		x->code = code;
		g->n++;
	}
	return &x->docs;
}

/* NULL: no document has it. */
static const struct posting *find_gram(const struct grams *g, uint32_t code)
{
	const struct gram *x = g->cap ? &g->items[slot_of(g, code)] : NULL;

	return x && x->code && x->docs.n ? &x->docs : NULL;
}

static void forget(struct memory *m, struct known *k)
{
	bitmap_free(k->docs);
	m->bytes -= k->bytes;
	*k = (struct known){ 0 };
}

void grams_free(struct memory *m, struct grams *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < KNOWN; i++)
		forget(m, &g->known[i]);
	for (size_t i = 0; i < g->cap; i++)
		posting_clear(m, &g->items[i].docs);
	ids_free(m, &g->values);
	must_array(m, g->items, g->cap, 0, sizeof(*g->items));
	must_array(m, g, 1, 0, sizeof(*g));
}

/* ---- keeping it ---- */

static void add_value(const struct index *ix, struct grams *g, const struct value *v, uint32_t id)
{
	for (size_t i = 0; i < v->n; i++)
		posting_add(ix->mem, make_gram(ix->mem, g, code_of(value_lower(v), i)), id);
}

/* All values of a document under the key, and which is its only one. */
static void add_all(const struct index *ix, struct grams *g, spot key, uint32_t id, const struct doc *d, bool parts)
{
	spot only = 0;
	const struct value *v;

	for (uint32_t i = doc_from(ix, d, key); (v = doc_value_at(ix, d, key, i)); i++) {
		if (v->bare)
			continue;
		only = only ? several : d->terms[i];
		if (parts)
			add_value(ix, g, v, id);
	}
	*ids_slot(ix->mem, &g->values, id) = only;
}

void grams_add(struct index *ix, spot key, const struct value *v, uint32_t id, const struct doc *now)
{
	struct grams *g = key_of(ix, key)->grams;

	if (id >= g->ready)
		return;
	g->changes++;
	add_value(ix, g, v, id);
	add_all(ix, g, key, id, now, false);
}

void grams_remove(struct index *ix, spot key, const struct value *v, uint32_t id, const struct doc *now)
{
	struct grams *g = key_of(ix, key)->grams;

	if (id >= g->ready)
		return;
	g->changes++;
	for (size_t i = 0; i < v->n; i++)
		posting_remove(ix->mem, make_gram(ix->mem, g, code_of(value_lower(v), i)), id);
	/* What it still has may have the same parts. */
	if (now)
		add_all(ix, g, key, id, now, true);
	else
		*ids_slot(ix->mem, &g->values, id) = 0;
}

static struct grams *make_grams(const struct index *ix, spot key)
{
	struct key *k = key_of(ix, key);

	if (!k->grams)
		k->grams = must_array(ix->mem, NULL, 0, 1, sizeof(*k->grams));
	return k->grams;
}

/* Takes in some more documents. */
static void step(const struct index *ix, spot key, struct grams *g, uint32_t left)
{
	struct set docs = set_of(ix, key_valued(ix, key_of(ix, key)));
	uint32_t ids[512];
	uint64_t from = g->ready ? set_rank(&docs, (uint32_t)(g->ready - 1)) : 0;
	size_t n = 1;

	for (; left && n; left -= (uint32_t)n, from += n) {
		n = set_ids(&docs, from, left < LEN(ids) ? left : LEN(ids), ids);
		for (size_t i = 0; i < n; i++)
			add_all(ix, g, key, ids[i], doc_of(ix, ids[i]), true);
		g->ready = n ? (uint64_t)ids[n - 1] + 1 : all_ready;
	}
}

void grams_build(const struct index *ix, spot key)
{
	struct grams *g = make_grams(ix, key);

	while (g->ready < all_ready)
		step(ix, key, g, UINT32_MAX);
}

bool index_expect(struct index *ix, struct str name)
{
	spot key = key_find(ix, name);

	if (!key || key_of(ix, key)->n_values <= index_limits.scan_most || make_grams(ix, key)->ready == all_ready)
		return false;
	*ix->growing = key;
	return true;
}

bool index_work(struct index *ix)
{
	spot key = *ix->growing;
	struct grams *g = key ? key_of(ix, key)->grams : NULL;

	if (g && g->ready < all_ready)
		step(ix, key, g, WORK);
	else
		*ix->growing = 0;
	return *ix->growing;
}

/* ---- looking for a part ---- */

/* Values are short: memmem() would prepare longer than it then searches. */
static bool contains(const struct value *v, struct str term)
{
	const char *p = value_lower(v).p;
	uint32_t first, here;

	if (term.n < sizeof(first) || term.n > v->n)
		return memmem(p, v->n, term.p, term.n);
	memcpy(&first, term.p, sizeof(first));
	for (const char *last = p + v->n - term.n; p <= last; p++) {
		memcpy(&here, p, sizeof(here));
		if (here == first && memcmp(p + sizeof(first), term.p + sizeof(first), term.n - sizeof(first)) == 0)
			return true;
	}
	return false;
}

static bool one_contains(const struct index *ix, spot key, uint32_t id, struct str term)
{
	const struct doc *d = doc_of(ix, id);
	const struct value *v;

	for (uint32_t i = doc_from(ix, d, key); (v = doc_value_at(ix, d, key, i)); i++)
		if (contains(v, term))
			return true;
	return false;
}

/* Looks at every value. */
static struct set scan(const struct ask *a, spot key, struct str term)
{
	struct walk w = walk_all(a->ix, key_of(a->ix, key), true);
	struct pile pile = { .mem = a->cx->mem };
	const struct value *v;

	while ((v = walk_next(&w)))
		if (contains(v, term))
			pile_add(&pile, set_of(a->ix, &v->docs));
	return pile_set(&pile);
}

/* Of documents those that really have it. */
static struct set verify(const struct ask *a, spot key, const struct set *docs, struct str term)
{
	const struct ids *values = &key_of(a->ix, key)->grams->values;
	uint64_t n = set_count(docs);
	uint32_t *ids = arena_raw(a->cx->mem, (n + 1) * sizeof(*ids));
	spot *found = arena_raw(a->cx->mem, (n + 1) * sizeof(*found));
	size_t kept = 0;

	n = set_ids(docs, 0, n, ids);
	for (size_t i = 0; i < n; i++)
		found[i] = ids_get(values, ids[i]);
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n && found[i + AHEAD] && found[i + AHEAD] != several)
			__builtin_prefetch(value_of(a->ix, found[i + AHEAD]));
		bool has = found[i] == several ? one_contains(a->ix, key, ids[i], term)
					       : found[i] && contains(value_of(a->ix, found[i]), term);

		ids[kept] = ids[i];
		kept += has;
	}
	return set_from_ids(ids, kept);
}

/* All that have a part that begins with a term of one or two bytes. */
static struct set beginning(const struct ask *a, const struct grams *g, struct str term)
{
	unsigned shift = 8 * (GRAM - (unsigned)term.n);
	uint32_t want = (code_of(term, 0) - 1) >> shift;
	struct pile pile = { .mem = a->cx->mem };

	for (size_t i = 0; i < g->cap; i++)
		if (g->items[i].code && (g->items[i].code - 1) >> shift == want && g->items[i].docs.n)
			pile_add(&pile, set_of(a->ix, &g->items[i].docs));
	return pile_set(&pile);
}

/* The rarest parts of a term first; 0 when one of them is nowhere. */
static size_t parts_of(const struct grams *g, struct str term, const struct posting **parts)
{
	size_t n = 0;

	for (size_t i = 0; i + GRAM <= term.n && n < MOST_GRAMS; i++) {
		const struct posting *p = find_gram(g, code_of(term, i));
		size_t k = n++;

		if (!p)
			return 0;
		for (; k > 0 && parts[k - 1]->n > p->n; k--)
			parts[k] = parts[k - 1];
		parts[k] = p;
	}
	return n;
}

/* Those that may have it: that have its rarest parts. */
static struct set candidates(const struct ask *a, const struct grams *g, struct str term, const struct set *within)
{
	const struct posting *parts[MOST_GRAMS];
	size_t n = parts_of(g, term, parts);

	if (!n)
		return set_list(NULL, 0);
	struct set acc = set_of(a->ix, parts[0]);

	if (within) {
		struct set first = acc;

		acc = set_and(a->cx->mem, &first, within);
	}
	for (size_t i = 1; i < n && i < NARROW && set_count(&acc) > FEW; i++) {
		struct set part = set_of(a->ix, parts[i]), next = set_and(a->cx->mem, &acc, &part);

		set_free(&acc);
		acc = next;
	}
	return acc;
}

static struct set may_have(const struct ask *a, const struct grams *g, struct str term, const struct set *within)
{
	return term.n < GRAM ? beginning(a, g, term) : candidates(a, g, term, within);
}

/* Paging through what was found, and counting it, asks for the same part again and again. */
static const struct known *find_known(const struct grams *g, struct str term)
{
	for (size_t i = 0; i < KNOWN; i++) {
		const struct known *k = &g->known[i];

		if (k->docs && k->changes == g->changes && str_eq((struct str){ k->term, k->n }, term))
			return k;
	}
	return NULL;
}

static void keep_known(struct memory *m, struct grams *g, struct str term, const struct set *docs)
{
	struct known *k = &g->known[g->next_known++ % KNOWN];

	forget(m, k);
	if (term.n > KNOWN_MOST)
		return;
	k->docs = docs->map ? bitmap_copy(docs->map) : bitmap_new();
	if (!docs->map)
		bitmap_add_many(k->docs, docs->list, docs->n);
	k->bytes = bitmap_bytes(k->docs);
	m->bytes += k->bytes;
	k->changes = g->changes;
	k->n = term.n;
	memcpy(k->term, term.p, term.n);
}

/* Of the documents that may have a term those that do; of many all of them, whatever is of interest, for the next time. */
static struct set having(const struct ask *a, spot key, struct grams *g, struct str term, const struct set *within)
{
	const struct known *k = find_known(g, term);

	if (k)
		return set_own(bitmap_copy(k->docs));
	struct set docs = may_have(a, g, term, within), out;
	bool many = set_count(&docs) > index_limits.known;

	if (many && within) {
		set_free(&docs);
		docs = may_have(a, g, term, NULL);
	}
	out = verify(a, key, &docs, term);
	if (many)
		keep_known(a->ix->mem, g, term, &out);
	set_free(&docs);
	return out;
}

struct set set_containing(struct ask *a, spot key, struct str term, const struct set *within)
{
	const struct key *k = key_of(a->ix, key);

	if (!term.n)
		return set_of(a->ix, key_valued(a->ix, k));
	if (!k->grams && k->n_values <= index_limits.scan_most)
		return scan(a, key, term);
	struct grams *g = make_grams(a->ix, key);

	if (g->ready < all_ready)
		step(a->ix, key, g, index_limits.gram_step);
	if (g->ready < all_ready) {
		*a->ix->growing = key;
		return scan(a, key, term);
	}
	if (term.n <= GRAM && !memchr(term.p, '\0', term.n))
		return may_have(a, g, term, NULL);
	return having(a, key, g, term, within);
}
