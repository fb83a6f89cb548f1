/* From documents that match to an answer: who may see them, filters, order, counts. */
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "ext/bitmap.h"
#include "search/private.h"

enum { FACET_MOST = 200 };

/* A filter, looked up: numbers of the values that fit. */
struct condition {
	uint32_t *items;
	size_t n, cap;
};
struct judge {
	struct engine *e;
	const struct engine_question *q;
	struct bitmap *allowed; /* NULL: all */
	uint32_t *types, *chosen;
	size_t n_types, n_chosen;
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

	if (q->allowed.n && !(j->allowed = bitmap_read(q->allowed.p, q->allowed.n)))
		return fail(cx, ERR_INPUT, "what may be read is no set of numbers");
	j->types = type_numbers(j->e, cx->mem, q->types, q->n_types);
	j->n_types = q->n_types;
	j->chosen = type_numbers(j->e, cx->mem, q->chosen, q->n_chosen);
	j->n_chosen = q->n_chosen;
	set_conditions(j, cx->mem, t);
	j->owns = arena_array(cx->mem, uint64_t, q->n_owns);
	for (size_t i = 0; i < q->n_owns; i++)
		j->owns[i] = engine_hash(q->owns[i]);
	j->joined = engine_hash(t->joined);
	j->ref = engine_hash(t->folded);
	return 0;
}

static bool has_value(const struct document *d, const struct condition *c)
{
	for (uint32_t i = 0; i < d->n_values; i++)
		if (among(c->items, c->n, d->values[i]))
			return true;
	return false;
}

/* Whose entity may not be read, or is not there any more, is as if it was not there. */
static bool may_see(const struct judge *j, const struct document *d)
{
	if (!among(j->types, j->n_types, d->type))
		return false;
	if (!d->entity)
		return true;
	return (!j->allowed || bitmap_has(j->allowed, d->entity)) && (d->key == d->entity || engine_find(j->e, d->entity));
}

static bool fits(const struct judge *j, const struct document *d)
{
	if (!may_see(j, d) || (j->q->entity && d->entity != j->q->entity))
		return false;
	for (size_t i = 0; i < j->n_conditions; i++)
		if (!has_value(d, &j->conditions[i]))
			return false;
	return true;
}

static bool is_owned(const struct judge *j, const struct document *d)
{
	if (d->entity && d->key != d->entity)
		d = engine_find(j->e, d->entity);
	for (size_t i = 0; d && d->owner && i < j->q->n_owns; i++)
		if (j->owns[i] == d->owner)
			return true;
	return false;
}

/* What is called just so comes first, whatever else is said of it. */
static float full_score(const struct judge *j, const struct document *d, float score)
{
	float called = 0;

	if (j->ref && d->ref == j->ref)
		called = 1200;
	else if (j->joined && d->name == j->joined)
		called = 1100;
	else if (j->joined && d->title == j->joined)
		called = d->key & ENGINE_PAGE ? 900 : 1000;
	score *= d->weight * (is_owned(j, d) ? 1.25F : 1.0F);
	return called * (0.9F + 0.1F * d->weight) + score;
}

/* ---- order ---- */

/* Entities come before what is said of them; then the older one. */
static int compare_found(const void *va, const void *vb, void *engine)
{
	const struct found *a = va, *b = vb;
	const struct engine *e = engine;
	uint64_t x = e->docs[a->doc].key, y = e->docs[b->doc].key;

	if (a->score < b->score || a->score > b->score)
		return a->score < b->score ? 1 : -1;
	return (x > y) - (x < y);
}

static void sink(struct engine *e, struct found *heap, size_t n, size_t i)
{
	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		struct found kept = heap[i];

		child += child + 1 < n && compare_found(&heap[child + 1], &heap[child], e) > 0;
		if (compare_found(&heap[child], &heap[i], e) <= 0)
			return;
		heap[i] = heap[child];
		heap[child] = kept;
	}
}

/* The best k come to the front, in order: the worst of them is the top of a heap. */
static size_t take_best(struct engine *e, struct found_list *all, size_t k)
{
	if (k < all->n) {
		for (size_t i = k / 2; i-- > 0;)
			sink(e, all->items, k, i);
		for (size_t i = k; k && i < all->n; i++) {
			if (compare_found(&all->items[i], &all->items[0], e) >= 0)
				continue;
			all->items[0] = all->items[i];
			sink(e, all->items, k, 0);
		}
	}
	k = k < all->n ? k : all->n;
	if (k)
		qsort_r(all->items, k, sizeof(*all->items), compare_found, e);
	return k;
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

/* Keeps what fits, with its full score; counts by type before the choice of types, all else behind it. */
static void judge_all(struct judge *j, struct arena *mem, struct found_list *all, struct engine_answer *out)
{
	struct engine *e = j->e;
	bool values = j->q->n_fields > 0;
	struct tally types = j->q->facets ? tally_of(e, mem) : (struct tally){ 0 };
	struct tally fields = values ? tally_of(e, mem) : (struct tally){ 0 };
	size_t kept = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct document *d = &e->docs[all->items[i].doc];

		if (!fits(j, d))
			continue;
		if (types.n)
			count(&types, d->type);
		if (j->n_chosen && !among(j->chosen, j->n_chosen, d->type))
			continue;
		for (uint32_t k = 0; values && k < d->n_values; k++)
			count(&fields, d->values[k]);
		all->items[kept++] = (struct found){ all->items[i].doc, full_score(j, d, all->items[i].score) };
	}
	all->n = kept;
	if (types.n)
		tell_counts(e, mem, &types, STR(""), out);
	for (size_t i = 0; i < j->q->n_fields; i++)
		tell_counts(e, mem, &fields, j->q->fields[i], out);
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

static void find(struct judge *j, struct arena *mem, const struct term *t, bool loose, struct found_list *all,
		 struct engine_answer *out)
{
	*out = (struct engine_answer){ 0 };
	match(j->e, mem, t, loose, all);
	judge_all(j, mem, all, out);
}

/* A guess is told only when it leads to something that may be seen: words of other documents are nobody's business. */
static bool leads_somewhere(struct judge *j, struct arena *mem, struct str text)
{
	struct engine_answer ignored;
	struct found_list all = { 0 };
	struct term t;

	term_read(mem, text, &t);
	find(j, mem, &t, false, &all, &ignored);
	return all.n > 0;
}

/* What nobody finds as it is typed is looked for once more, with less rigour. */
static void answer(struct judge *j, struct arena *mem, const struct term *t, struct engine_answer *out)
{
	const struct engine_question *q = j->q;
	struct found_list all = { 0 };

	find(j, mem, t, false, &all, out);
	if (!all.n && t->n_words) {
		find(j, mem, t, true, &all, out);
		struct str meant = guess(j->e, mem, q->term, t);

		if (meant.n && leads_somewhere(j, mem, meant))
			out->meant = meant;
	}
	out->total = all.n;
	size_t n = take_best(j->e, &all, (size_t)q->offset + q->limit), from = q->offset < n ? q->offset : n;

	out->n = n - from;
	out->hits = arena_array(mem, struct engine_hit, out->n);
	for (size_t i = 0; i < out->n; i++) {
		const struct document *d = &j->e->docs[all.items[from + i].doc];

		out->hits[i] = (struct engine_hit){ d->key, d->tag, (double)all.items[from + i].score };
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
	bitmap_free(j.allowed);
	return rc;
}
