/* Found by hash: linear hashing, buckets are chains. */
#include <stdlib.h>

#include "index/private.h"

static struct link *link_at(const struct memory *m, spot s)
{
	return memory_at(m, s);
}

static size_t bucket_number(const struct table *t, uint32_t hash)
{
	size_t i = hash & (2 * t->low - 1);

	return i < t->buckets ? i : i & (t->low - 1);
}

static spot *head_of(const struct table *t, size_t bucket)
{
	return &t->parts[bucket / TABLE_PART][bucket % TABLE_PART];
}

spot *table_bucket(const struct table *t, uint32_t hash)
{
	return head_of(t, bucket_number(t, hash));
}

static void add_part(struct memory *m, struct table *t)
{
	t->parts = must_array(m, t->parts, t->n_parts, t->n_parts + 1, sizeof(*t->parts));
	t->parts[t->n_parts++] = must_array(m, NULL, 0, TABLE_PART, sizeof(**t->parts));
}

void table_start(struct memory *m, struct table *t)
{
	*t = (struct table){ .buckets = 1, .low = 1 };
	add_part(m, t);
}

void table_reserve(struct memory *m, struct table *t, size_t n)
{
	while (t->n_parts * TABLE_PART < n)
		add_part(m, t);
	t->buckets = n > 1 ? n : 1;
	while (2 * t->low <= t->buckets)
		t->low *= 2;
}

void table_free(struct memory *m, struct table *t)
{
	for (size_t i = 0; i < t->n_parts; i++)
		must_array(m, t->parts[i], TABLE_PART, 0, sizeof(**t->parts));
	must_array(m, t->parts, t->n_parts, 0, sizeof(*t->parts));
}

/* One bucket more: it gets those of an older one that belong there now. */
static void split(struct memory *m, struct table *t, uint32_t (*hash_of)(const struct memory *m, spot s))
{
	size_t from = t->buckets - t->low;

	if (t->buckets == t->n_parts * TABLE_PART)
		add_part(m, t);
	if (++t->buckets == 2 * t->low)
		t->low *= 2;
	spot s = *head_of(t, from);

	*head_of(t, from) = 0;
	while (s) {
		spot next = link_at(m, s)->next, *head = table_bucket(t, hash_of(m, s));

		link_at(m, s)->next = *head;
		*head = s;
		s = next;
	}
}

void table_add(struct memory *m, struct table *t, spot s, uint32_t hash, uint32_t (*hash_of)(const struct memory *m, spot s))
{
	spot *head = table_bucket(t, hash);

	link_at(m, s)->next = *head;
	*head = s;
	if (++t->n > t->buckets)
		split(m, t, hash_of);
}

void table_remove(struct memory *m, struct table *t, spot s, uint32_t hash)
{
	spot *at = table_bucket(t, hash);

	while (*at != s)
		at = &link_at(m, *at)->next;
	*at = link_at(m, s)->next;
	t->n--;
}
