/* From documents that match to an answer: who may see them, filters, order, counts. */
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "search/private.h"

enum { FACET_MOST = 200, MANY = 4096 };

/* What one owns counts so many times. */
static const float OWNED = 1.25F;

/* A filter, looked up: numbers of the values that fit. */
struct condition {
	uint32_t *items;
	size_t n, cap;
};
struct judge {
	struct engine *e;
	const struct engine_question *q;
	const uint64_t *seen; /* the documents that may be */
	uint32_t *chosen;
	size_t n_chosen;
	struct condition *conditions;
	size_t n_conditions;
	uint64_t *owns;
	uint64_t joined, ref; /* hashes of the term */
};

static uint32_t *type_numbers(struct engine *e, struct arena *mem, const struct str *types, size_t n)
{
	uint32_t *out = arena_array(mem, uint32_t, n);

	for (size_t i = 0; i < n; i++)
		out[i] = value_find(e, STR(""), types[i]);
	return out;
}

static bool among(const uint32_t *list, size_t n, uint32_t x)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == x)
			return true;
	return false;
}

/* As somebody types it, without regard to case. */
static void add_folded(struct engine *e, struct arena *mem, struct str field, struct str value, struct condition *c)
{
	uint64_t folded = value_folded(mem, field, value);

	for (uint32_t i = 0; (i = value_next_folded(e, folded, i));)
		*list_add(mem, c) = i;
}

static void set_conditions(struct judge *j, struct arena *mem, const struct term *t)
{
	j->conditions = arena_array(mem, struct condition, j->q->n_filters + t->n_fields);
	for (size_t i = 0; i < j->q->n_filters; i++) {
		const struct engine_filter *f = &j->q->filters[i];
		struct condition *c = &j->conditions[j->n_conditions++];

		for (size_t k = 0; k < f->n; k++) {
			uint32_t value = value_find(j->e, f->field, f->values[k]);

			if (value)
				*list_add(mem, c) = value;
		}
	}
	for (size_t i = 0; i < t->n_fields; i++) {
		struct condition *c = &j->conditions[j->n_conditions++];
		struct str field = t->fields[i].field;

		add_folded(j->e, mem, field, t->fields[i].value, c);
		/* What stands behind "~" is another spelling: owner:payments for group:default/payments. */
		add_folded(j->e, mem, str_of(arena_printf(mem, "~%.*s", (int)field.n, field.p)), t->fields[i].value, c);
	}
}

static int judge_begin(struct ctx *cx, struct judge *j, const struct term *t)
{
	const struct engine_question *q = j->q;

	j->chosen = type_numbers(j->e, cx->mem, q->chosen, q->n_chosen);
	j->n_chosen = q->n_chosen;
	set_conditions(j, cx->mem, t);
	j->owns = arena_array(cx->mem, uint64_t, q->n_owns);
	for (size_t i = 0; i < q->n_owns; i++)
		j->owns[i] = engine_hash(q->owns[i]);
	j->joined = engine_hash(t->joined);
	j->ref = engine_hash(t->folded);
	return sight_of(cx, j->e, type_numbers(j->e, cx->mem, q->types, q->n_types), q->n_types, q->allowed, &j->seen);
}

static bool is_owned(const struct judge *j, const struct document *d, uint32_t entity)
{
	if (entity && d->key != entity)
		d = engine_find(j->e, entity);
	for (size_t i = 0; d && d->owner && i < j->q->n_owns; i++)
		if (j->owns[i] == d->owner)
			return true;
	return false;
}

/* What is called just so comes first, whatever else is said of it. */
static float full_score(const struct judge *j, const struct light *light, float score)
{
	const struct document *d = &j->e->docs[light->place];
	float called = 0;

	if (j->ref && d->ref == j->ref)
		called = 1200;
	else if (j->joined && d->name == j->joined)
		called = 1100;
	else if (j->joined && d->title == j->joined)
		called = d->key & ENGINE_PAGE ? 900 : 1000;
	score *= light->weight * (is_owned(j, d, light->entity) ? OWNED : 1.0F);
	return called * (0.9F + 0.1F * light->weight) + score;
}

/* ---- order ---- */

/* The best so far; the worst of them is the top of a heap. */
struct best {
	struct engine *e;
	struct found *items;
	size_t n, most;
};

/* Entities come before what is said of them; then the older one. */
static int compare_found(const void *va, const void *vb, void *engine)
{
	const struct found *a = va, *b = vb;
	const struct engine *e = engine;
	uint64_t x, y;

	if (a->score < b->score || a->score > b->score)
		return a->score < b->score ? 1 : -1;
	x = e->lights[a->doc].key;
	y = e->lights[b->doc].key;
	return (x > y) - (x < y);
}

static bool is_worse(const struct best *b, size_t i, size_t than)
{
	return compare_found(&b->items[i], &b->items[than], b->e) > 0;
}

static void exchange(struct best *b, size_t i, size_t k)
{
	struct found kept = b->items[i];

	b->items[i] = b->items[k];
	b->items[k] = kept;
}

static void rise(struct best *b, size_t i)
{
	for (; i && is_worse(b, i, (i - 1) / 2); i = (i - 1) / 2)
		exchange(b, i, (i - 1) / 2);
}

static void sink(struct best *b, size_t i)
{
	for (size_t child; (child = 2 * i + 1) < b->n; i = child) {
		child += child + 1 < b->n && is_worse(b, child + 1, child);
		if (!is_worse(b, child, i))
			return;
		exchange(b, child, i);
	}
}

static void take_best(struct best *b, struct found f)
{
	if (b->n < b->most) {
		b->items[b->n] = f;
		rise(b, b->n++);
	} else if (b->most && compare_found(&f, &b->items[0], b->e) < 0) {
		b->items[0] = f;
		sink(b, 0);
	}
}

static bool may_be_called(const struct judge *j, const struct light *d)
{
	return d->called & (engine_called(j->joined) | engine_called(j->ref));
}

/* Most are not among the best, whatever else is said of them: that is seen without looking at all of the document. */
static void take_if_good(const struct judge *j, struct best *b, uint32_t doc)
{
	const struct light *d = &j->e->lights[doc];
	struct found at_most = { doc, j->e->scratch.sum[doc] * (d->weight * (j->q->n_owns ? OWNED : 1.0F)) };

	if (may_be_called(j, d) || b->n < b->most || (b->most && compare_found(&at_most, &b->items[0], j->e) < 0))
		take_best(b, (struct found){ doc, full_score(j, d, j->e->scratch.sum[doc]) });
}

static void take_all(const struct judge *j, struct best *b, struct match *m, const uint64_t *bits)
{
	b->n = 0;
	match_score(j->e, m, bits);
	for (size_t i = 0; b->most && i < bits_words(j->e->n_docs); i++)
		for (uint64_t left = bits[i]; left; left &= left - 1)
			take_if_good(j, b, (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(left));
}

/* "Payments API" is called "paymentsapi", without having that word. */
static void add_called(const struct judge *j, const uint64_t *from, uint64_t *bits)
{
	for (size_t i = 0; i < bits_words(j->e->n_docs); i++)
		for (uint64_t left = from[i]; left; left &= left - 1)
			if (may_be_called(j, &j->e->lights[i * 64 + (size_t)__builtin_ctzll(left)]))
				bits[i] |= left & -left;
}

/* Whether nothing is better than the worst of them that has the words in its text alone. */
static bool best_are_named(const struct judge *j, struct arena *mem, struct best *b, struct match *m)
{
	size_t n = bits_words(j->e->n_docs);
	uint64_t *named = arena_array(mem, uint64_t, n);
	float others;

	memcpy(named, m->bits, n * sizeof(*named));
	others = match_named(j->e, m, named) * j->e->most_weight * OWNED;
	add_called(j, m->bits, named);
	take_all(j, b, m, named);
	return b->n == b->most && b->items[0].score > others;
}

/* The best `most` in order, and how many there are. Of many, those that are named so are looked at first. */
static struct best best_of(struct judge *j, struct arena *mem, struct match *m, uint64_t total, size_t most)
{
	struct best b = { .e = j->e, .most = most < total ? most : (size_t)total };

	b.items = arena_array(mem, struct found, b.most);
	if (!m->n || total < MANY || !b.most || !best_are_named(j, mem, &b, m))
		take_all(j, &b, m, m->bits);
	if (b.n)
		qsort_r(b.items, b.n, sizeof(*b.items), compare_found, j->e);
	return b;
}

/* ---- counts ---- */

struct tally {
	uint32_t *n, *touched; /* by number of value */
	size_t n_touched;
};

static struct tally tally_of(struct engine *e, struct arena *mem)
{
	return (struct tally){ arena_array(mem, uint32_t, e->values.n + 1), arena_array(mem, uint32_t, e->values.n + 1), 0 };
}

static void count(struct tally *t, uint32_t value)
{
	if (!t->n[value]++)
		t->touched[t->n_touched++] = value;
}

static int compare_counts(const void *va, const void *vb)
{
	const struct engine_count *a = va, *b = vb;
	size_t n = a->value.n < b->value.n ? a->value.n : b->value.n;
	int by_text = memcmp(a->value.p, b->value.p, n);

	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	return by_text ? by_text : (a->value.n > b->value.n) - (a->value.n < b->value.n);
}

/* Values of one field, most frequent first; field "": of the types. */
static void tell_counts(struct engine *e, struct arena *mem, const struct tally *t, struct str field, struct engine_answer *out)
{
	struct {
		struct engine_count *items;
		size_t n, cap;
	} list = { 0 };

	for (size_t i = 0; i < t->n_touched; i++) {
		const struct value *v = &e->values.items[t->touched[i]];
		struct str name = { v->text, v->n_field }, value = { v->text + v->n_field + 1, v->n_value };

		if (str_eq(name, field))
			*list_add(mem, &list) = (struct engine_count){ field, value, t->n[t->touched[i]] };
	}
	if (!list.n)
		return;
	qsort(list.items, list.n, sizeof(*list.items), compare_counts);
	list.n = list.n < FACET_MOST ? list.n : FACET_MOST;
	struct engine_count *all = arena_array(mem, struct engine_count, out->n_counts + list.n);

	if (out->n_counts)
		memcpy(all, out->counts, out->n_counts * sizeof(*all));
	memcpy(all + out->n_counts, list.items, list.n * sizeof(*all));
	out->counts = all;
	out->n_counts += list.n;
}

/* ---- the answer ---- */

struct tallies {
	struct tally types, fields;
};

/* Whether a document stays; counts by type before the choice of types, all else behind it. */
static bool stays(const struct judge *j, struct tallies *t, const struct light *d)
{
	if (j->q->entity && d->entity != j->q->entity)
		return false;
	if (t->types.n)
		count(&t->types, d->type);
	if (j->n_chosen && !among(j->chosen, j->n_chosen, d->type))
		return false;
	const struct document *all = t->fields.n ? &j->e->docs[d->place] : NULL;

	for (uint32_t k = 0; all && k < all->n_values; k++)
		count(&t->fields, all->values[k]);
	return true;
}

/* Leaves what has a value that a condition allows. */
static void keep_valued(struct engine *e, struct arena *mem, const struct condition *c, uint64_t *bits)
{
	size_t n = bits_words(e->n_docs);
	uint64_t *have = arena_array(mem, uint64_t, n);

	for (size_t i = 0; i < c->n; i++)
		bits_add_list(have, engine_value(e, c->items[i]));
	bits_and(bits, have, n);
}

static uint64_t look_at_each(struct judge *j, struct tallies *t, uint64_t *bits)
{
	uint64_t total = 0;

	for (size_t i = 0; i < bits_words(j->e->n_docs); i++) {
		for (uint64_t left = bits[i]; left; left &= left - 1)
			if (!stays(j, t, &j->e->lights[i * 64 + (size_t)__builtin_ctzll(left)]))
				bits[i] &= ~(left & -left);
		total += (uint64_t)__builtin_popcountll(bits[i]);
	}
	return total;
}

/* Leaves what fits; returns how much that is. */
static uint64_t judge_all(struct judge *j, struct arena *mem, uint64_t *bits, struct engine_answer *out)
{
	struct engine *e = j->e;
	struct tallies t = { 0 };
	uint64_t total;

	if (j->q->facets)
		t.types = tally_of(e, mem);
	if (j->q->n_fields)
		t.fields = tally_of(e, mem);
	for (size_t i = 0; i < j->n_conditions; i++)
		keep_valued(e, mem, &j->conditions[i], bits);
	total = bits_and(bits, j->seen, bits_words(e->n_docs));
	if (j->q->entity || j->n_chosen || j->q->facets || j->q->n_fields)
		total = look_at_each(j, &t, bits);
	if (j->q->facets)
		tell_counts(e, mem, &t.types, STR(""), out);
	for (size_t i = 0; i < j->q->n_fields; i++)
		tell_counts(e, mem, &t.fields, j->q->fields[i], out);
	return total;
}

/* The term with each word that is nowhere replaced by one that is near; empty: nothing is. */
static struct str guess(struct engine *e, struct arena *mem, struct str text, const struct term *t)
{
	struct buf b = { .mem = mem };
	size_t at = 0;
	bool changed = false;

	for (size_t i = 0; i < t->n_words; i++) {
		const struct term_word *w = &t->words[i];

		if (w->optional || w->from < at || word_find(e, w->text))
			continue;
		struct str near = expand_nearest(e, mem, w->text);

		if (!near.n)
			continue;
		buf_add(&b, text.p + at, w->from - at);
		buf_add(&b, near.p, near.n);
		at = w->to;
		changed = true;
	}
	buf_add(&b, text.p + at, text.n - at);
	return changed ? buf_str(&b) : (struct str){ "", 0 };
}

/* The total; what fits stays in *m. */
static uint64_t find(struct judge *j, struct arena *mem, const struct term *t, bool loose, struct match *m,
		     struct engine_answer *out)
{
	*out = (struct engine_answer){ 0 };
	match_find(j->e, mem, t, loose, m);
	out->total = judge_all(j, mem, m->bits, out);
	return out->total;
}

/* A guess is told only when it leads to something that may be seen: words of other documents are nobody's business. */
static bool leads_somewhere(struct judge *j, struct arena *mem, struct str text)
{
	struct engine_answer ignored;
	struct match m;
	struct term t;

	term_read(mem, text, &t);
	return find(j, mem, &t, false, &m, &ignored) > 0;
}

/* What nobody finds as it is typed is looked for once more, with less rigour. */
static void answer(struct judge *j, struct arena *mem, const struct term *t, struct engine_answer *out)
{
	const struct engine_question *q = j->q;
	struct match m;

	if (!find(j, mem, t, false, &m, out) && t->n_words) {
		find(j, mem, t, true, &m, out);
		struct str meant = guess(j->e, mem, q->term, t);

		if (meant.n && leads_somewhere(j, mem, meant))
			out->meant = meant;
	}
	struct best best = best_of(j, mem, &m, out->total, (size_t)q->offset + q->limit);
	size_t from = q->offset < best.n ? q->offset : best.n;

	out->n = best.n - from;
	out->hits = arena_array(mem, struct engine_hit, out->n);
	for (size_t i = 0; i < out->n; i++) {
		const struct found *f = &best.items[from + i];
		const struct document *d = &j->e->docs[j->e->lights[f->doc].place];

		out->hits[i] = (struct engine_hit){ d->key, d->tag, (double)f->score };
	}
}

int engine_answer(struct ctx *cx, struct engine *e, const struct engine_question *q, struct engine_answer *out)
{
	struct judge j = { .e = e, .q = q };
	struct term t;
	int rc;

	term_read(cx->mem, q->term, &t);
	rc = judge_begin(cx, &j, &t);
	if (rc == 0)
		answer(&j, cx->mem, &t, out);
	return rc;
}
