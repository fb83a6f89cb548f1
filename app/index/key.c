/* Keys and their values: found by text, made, dropped. */
#include <string.h>

#include "base/hash.h"
#include "index/private.h"

static uint32_t hash_of_name(struct str name)
{
	return (uint32_t)hash64(name.p, name.n);
}

static uint32_t hash_of_key(const struct memory *m, spot s)
{
	return hash_of_name(key_name(memory_at(m, s)));
}

/* All values of all keys stand in one table: most keys have one or two. */
static uint32_t hash_of_text(spot key, struct str text)
{
	return (uint32_t)(hash64(text.p, text.n) ^ key * 0x9e3779b9U);
}

static uint32_t hash_of_value(const struct memory *m, spot s)
{
	const struct value *v = memory_at(m, s);

	return hash_of_text(v->key, value_text(v));
}

int index_compare(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* ---- keys ---- */

spot key_find(const struct index *ix, struct str name)
{
	spot s = *table_bucket(&ix->keys, hash_of_name(name));

	while (s && !str_eq(key_name(key_of(ix, s)), name))
		s = key_of(ix, s)->next;
	return s;
}

spot key_make(struct index *ix, struct str name)
{
	spot s = key_find(ix, name);

	if (s)
		return s;
	s = memory_alloc(ix->mem, sizeof(struct key) + name.n);
	struct key *k = key_of(ix, s);

	k->n = (uint32_t)name.n;
	if (name.n)
		memcpy(k->name, name.p, name.n);
	table_add(ix->mem, &ix->keys, s, hash_of_name(name), hash_of_key);
	return s;
}

void key_drop(struct index *ix, spot key)
{
	struct key *k = key_of(ix, key);

	if (*ix->growing == key)
		*ix->growing = 0;
	table_remove(ix->mem, &ix->keys, key, hash_of_name(key_name(k)));
	grams_free(ix->mem, k->grams);
	order_free(ix, k);
	memory_give(ix->mem, key, sizeof(*k) + k->n);
}

const struct posting *key_valued(const struct index *ix, const struct key *k)
{
	return k->n_values == 1 ? &value_of(ix, k->only)->docs : &k->valued;
}

bool key_is_single(const struct index *ix, const struct key *k)
{
	return k->n_said == key_valued(ix, k)->n;
}

/* ---- values ---- */

static size_t bytes_of(const struct value *v)
{
	return sizeof(*v) + v->n * (v->mixed ? 2U : 1U);
}

static spot find(const struct index *ix, spot key, struct str text, uint32_t hash)
{
	spot s = *table_bucket(&ix->values, hash);

	for (; s; s = value_of(ix, s)->next) {
		const struct value *v = value_of(ix, s);

		if (v->key == key && str_eq(value_text(v), text))
			break;
	}
	return s;
}

static spot new_value(struct index *ix, spot key, struct str text)
{
	bool mixed = false;

	for (size_t i = 0; i < text.n && !mixed; i++)
		mixed = ascii_lower(text.p[i]) != text.p[i];
	spot s = memory_alloc(ix->mem, sizeof(struct value) + text.n * (mixed ? 2 : 1));
	struct value *v = value_of(ix, s);

	v->key = key;
	v->n = (uint16_t)text.n;
	v->mixed = mixed;
	if (text.n)
		memcpy(v->text, text.p, text.n);
	for (size_t i = 0; mixed && i < text.n; i++)
		v->text[text.n + i] = ascii_lower(text.p[i]);
	return s;
}

static spot make_bare(struct index *ix, spot key)
{
	struct key *k = key_of(ix, key);

	if (!k->bare) {
		k->bare = new_value(ix, key, STR(""));
		value_of(ix, k->bare)->bare = true;
	}
	return k->bare;
}

/* With the second value the documents of both are kept by the key. */
static void before_one_more(struct index *ix, struct key *k)
{
	if (k->n_values == 1)
		posting_copy(ix->mem, &k->valued, &value_of(ix, k->only)->docs);
}

spot value_make(struct index *ix, spot key, struct str text)
{
	if (!text.p || text.n > UINT16_MAX)
		return make_bare(ix, key);
	uint32_t hash = hash_of_text(key, text);
	spot s = find(ix, key, text, hash);

	if (s)
		return s;
	s = new_value(ix, key, text);
	before_one_more(ix, key_of(ix, key));
	order_put(ix, key_of(ix, key), s);
	table_add(ix->mem, &ix->values, s, hash, hash_of_value);
	return s;
}

spot value_append(struct index *ix, spot key, struct str text, uint32_t *hash)
{
	struct key *k = key_of(ix, key);
	struct walk last = walk_all(ix, k, false);
	const struct value *before = walk_next(&last);
	spot s = new_value(ix, key, text);
	const struct value *v = value_of(ix, s);
	int c = before ? index_compare(value_lower(before), value_lower(v)) : -1;

	if (c > 0 || (c == 0 && index_compare(value_text(before), text) >= 0)) {
		memory_give(ix->mem, s, bytes_of(v));
		return 0;
	}
	before_one_more(ix, k);
	order_append(ix, k, s);
	*hash = hash_of_text(key, text);
	__builtin_prefetch(table_bucket(&ix->values, *hash));
	return s;
}

void value_link(struct index *ix, spot value, uint32_t hash)
{
	table_add(ix->mem, &ix->values, value, hash, hash_of_value);
}

void value_drop(struct index *ix, spot value)
{
	struct value *v = value_of(ix, value);
	struct key *k = key_of(ix, v->key);

	if (v->bare) {
		k->bare = 0;
	} else {
		table_remove(ix->mem, &ix->values, value, hash_of_text(v->key, value_text(v)));
		order_take(ix, k, value);
		if (k->n_values <= 1)
			posting_clear(ix->mem, &k->valued);
	}
	memory_give(ix->mem, value, bytes_of(v));
}
