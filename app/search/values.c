/* What filters compare: each value of each field once, with a number. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "search/private.h"

static uint64_t hash_of(struct str field, struct str value)
{
	return hash64(field.p, field.n) * 31 + hash64(value.p, value.n);
}

uint64_t value_folded(struct arena *mem, struct str field, struct str value)
{
	return hash_of(token_folded(mem, field), token_folded(mem, value));
}

static struct str field_of(const struct value *v)
{
	return (struct str){ v->text, v->n_field };
}

static struct str value_of(const struct value *v)
{
	return (struct str){ v->text + v->n_field + 1, v->n_value };
}

uint32_t value_find(const struct engine *e, struct str field, struct str value)
{
	const struct values *v = &e->values;
	uint32_t i = v->n_buckets ? v->buckets[hash_of(field, value) & (v->n_buckets - 1)] : 0;

	while (i && !(str_eq(field_of(&v->items[i]), field) && str_eq(value_of(&v->items[i]), value)))
		i = v->items[i].next;
	return i;
}

static uint32_t *bucket(const struct values *v, const struct value *x)
{
	return &v->buckets[hash_of(field_of(x), value_of(x)) & (v->n_buckets - 1)];
}

static uint32_t *folded_bucket(const struct values *v, uint64_t folded)
{
	return &v->folded[folded & (v->n_buckets - 1)];
}

static void link_in(struct values *v, uint32_t i)
{
	struct value *x = &v->items[i];
	uint32_t *b = bucket(v, x), *f = folded_bucket(v, x->folded);

	x->next = *b;
	*b = i;
	x->next_folded = *f;
	*f = i;
}

uint32_t value_next_folded(const struct engine *e, uint64_t folded, uint32_t before)
{
	const struct values *v = &e->values;
	uint32_t i = before ? v->items[before].next_folded : v->n_buckets ? *folded_bucket(v, folded) : 0;

	while (i && v->items[i].folded != folded)
		i = v->items[i].next_folded;
	return i;
}

static void widen(struct engine *e)
{
	struct values *v = &e->values;
	size_t n = v->n_buckets ? v->n_buckets * 2 : 1024, cap = 0;

	engine_drop(&e->bytes, v->buckets, v->n_buckets, sizeof(*v->buckets));
	engine_drop(&e->bytes, v->folded, v->n_buckets, sizeof(*v->folded));
	v->buckets = engine_grow(&e->bytes, NULL, 0, n, &cap, sizeof(*v->buckets));
	cap = 0;
	v->folded = engine_grow(&e->bytes, NULL, 0, n, &cap, sizeof(*v->folded));
	v->n_buckets = n;
	for (uint32_t i = 1; i < v->n; i++)
		if (v->items[i].text)
			link_in(v, i);
}

static uint32_t new_place(struct engine *e)
{
	struct values *v = &e->values;
	uint32_t i = v->free;

	if (i) {
		v->free = v->items[i].next;
		return i;
	}
	v->items = engine_grow(&e->bytes, v->items, v->n, 2, &v->cap, sizeof(*v->items));
	v->n += !v->n; /* place 0 is nobody's */
	return v->n++;
}

static uint32_t make(struct engine *e, struct str field, struct str value)
{
	struct values *v = &e->values;
	size_t cap = 0;

	if (v->live >= v->n_buckets)
		widen(e);
	uint32_t i = new_place(e);
	struct value *x = &v->items[i];

	*x = (struct value){ .n_field = (uint32_t)field.n,
			     .n_value = (uint32_t)value.n,
			     .folded = value_folded(&e->mem, field, value),
			     .field = (uint32_t)hash64(field.p, field.n),
			     .turn = e->turn };
	x->text = engine_grow(&e->bytes, NULL, 0, field.n + value.n + 1, &cap, 1);
	memcpy(x->text, field.p, field.n);
	memcpy(x->text + field.n + 1, value.p, value.n);
	link_in(v, i);
	v->live++;
	return i;
}

uint32_t value_take(struct engine *e, struct str field, struct str value)
{
	uint32_t i = value_find(e, field, value);

	if (!i)
		i = make(e, field, value);
	e->values.items[i].uses++;
	return i;
}

void value_give(struct engine *e, uint32_t value)
{
	struct values *v = &e->values;
	struct value *x = &v->items[value];
	uint32_t *at;

	if (--x->uses)
		return;
	for (at = bucket(v, x); *at != value;)
		at = &v->items[*at].next;
	*at = x->next;
	for (at = folded_bucket(v, x->folded); *at != value;)
		at = &v->items[*at].next_folded;
	*at = x->next_folded;
	engine_drop(&e->bytes, x->text, x->n_field + x->n_value + 1U, 1);
	list_drop(&e->bytes, &x->docs);
	*x = (struct value){ .next = v->free };
	v->free = value;
	v->live--;
}

void values_free(struct engine *e)
{
	struct values *v = &e->values;

	for (uint32_t i = 1; i < v->n; i++) {
		free(v->items[i].text);
		list_drop(&e->bytes, &v->items[i].docs);
	}
	free(v->items);
	free(v->buckets);
	free(v->folded);
}
