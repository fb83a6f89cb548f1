/*
 * The slow, obvious reading of what can be asked of the catalog (backstage-facts 1.10 and 1.11), for tests/unit/differential.c:
 * it shares nothing with app/catalog/filter.c, query.c or app/index.
 */
#ifndef TESTS_JUDGE_H
#define TESTS_JUDGE_H

#include <stdlib.h>

#include "base/json.h"
#include "base/list.h"
#include "base/map.h"

/* What an entity says under one key. Keys are interned: equal ones have equal addresses. */
struct fact {
	const char *key, *text, *lower; /* text as written; both NULL when only the key counts */
};
struct facts {
	struct fact *items;
	size_t n, cap;
};

/* One entity of the catalog, as stored. */
struct thing {
	bool there, error;
	uint32_t id, tag;
	struct json *entity;
	struct facts facts;
	struct arena mem;
};

struct crowd {
	struct thing *items;
	size_t n;
};

static struct arena names_mem;
static struct map names;

/* The one address of a key, in lower case. */
static const char *intern(const char *key)
{
	const char *lower = str_lower(&names_mem, key, strlen(key)), *known = map_get(&names, lower);

	if (known)
		return known;
	map_put(&names_mem, &names, lower, (void *)(uintptr_t)lower);
	return lower;
}

/* ---- from an entity to its facts ---- */

static size_t characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xC0) != 0x80;
	return n;
}

static void say(struct thing *t, const char *key, const char *text)
{
	struct fact f = { .key = intern(key) };

	if (characters(key) > 200)
		return;
	if (text && characters(text) <= 200) {
		f.text = arena_strdup(&t->mem, text);
		f.lower = str_lower(&t->mem, text, strlen(text));
	}
	*list_add(&t->mem, &t->facts) = f;
}

static const char *leaf_text(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	if (json_is(v, JSON_STRING))
		return v->s.p;
	if (json_is(v, JSON_NULL))
		return NULL;
	json_write(&b, v);
	return buf_text(&b);
}

static void flatten(struct thing *t, const char *path, const struct json *v)
{
	if (json_is(v, JSON_OBJECT)) {
		for (size_t i = 0; i < v->o.n; i++)
			flatten(t, *path ? arena_printf(&t->mem, "%s.%s", path, v->o.m[i].key.p) : v->o.m[i].key.p,
				v->o.m[i].value);
		return;
	}
	if (!json_is(v, JSON_ARRAY)) {
		say(t, path, leaf_text(&t->mem, v));
		return;
	}
	for (size_t i = 0; i < v->a.n; i++) {
		flatten(t, path, v->a.items[i]);
		if (json_is(v->a.items[i], JSON_STRING))
			say(t, arena_printf(&t->mem, "%s.%s", path, v->a.items[i]->s.p), "true");
	}
}

/* What is left out is taken out of a copy; what comes back is said by hand. */
static void read_facts(struct thing *t)
{
	static const char *const root[] = { "attachments", "relations", "status" };
	static const char *const meta[] = { "name", "namespace", "uid", "etag" };
	struct json *copy = json_copy(&t->mem, t->entity), *metadata = json_get(copy, "metadata");
	const struct json *relations = json_get(t->entity, "relations");

	for (size_t i = 0; i < LEN(root); i++)
		json_remove(copy, root[i]);
	for (size_t i = 0; i < LEN(meta); i++)
		json_remove(metadata, meta[i]);
	flatten(t, "", copy);
	metadata = json_get(t->entity, "metadata");
	say(t, "metadata.name", json_get_text(metadata, "name", NULL));
	say(t, "metadata.uid", json_get_text(metadata, "uid", NULL));
	say(t, "metadata.namespace", json_get_text(metadata, "namespace", "default"));
	for (size_t i = 0; i < json_len(relations); i++)
		say(t, arena_printf(&t->mem, "relations.%s", json_get_text(relations->a.items[i], "type", NULL)),
		    json_get_text(relations->a.items[i], "targetRef", NULL));
}

/* ---- what is asked ---- */

enum test_op { TEST_ALL, TEST_ANY, TEST_NOT, TEST_ONE_OF, TEST_THERE, TEST_BEGINS };

/* A filter, a predicate and a permission's condition are all trees of these. */
struct test {
	enum test_op op;
	const char *key;       /* interned */
	const char *values[4]; /* lower case */
	struct test *sub[4];
	size_t n; /* of values or sub */
};

struct by {
	const char *key;
	bool down;
};
struct question {
	const struct test *filter, *predicate, *condition; /* NULL: none */
	const char *text;                                  /* lower case; NULL: any */
	const char *text_keys[3];
	size_t n_text_keys;
	bool text_default; /* those keys are not named: they are what is taken then */
	struct by by[3];
	size_t n_by;
	bool lacking_last, with_errors;
};

static bool test_fits(const struct test *q, const struct thing *t)
{
	size_t good = 0;

	switch (q->op) {
	case TEST_ALL:
	case TEST_ANY:
	case TEST_NOT:
		for (size_t i = 0; i < q->n; i++)
			good += test_fits(q->sub[i], t);
		return q->op == TEST_ALL ? good == q->n : q->op == TEST_ANY ? good > 0 : good == 0;
	case TEST_THERE:
		for (size_t i = 0; i < t->facts.n; i++)
			good += t->facts.items[i].key == q->key;
		return good > 0;
	case TEST_ONE_OF:
	case TEST_BEGINS:
		break;
	}
	for (size_t i = 0; i < t->facts.n; i++) {
		const struct fact *f = &t->facts.items[i];

		for (size_t k = 0; f->key == q->key && f->lower && k < q->n; k++)
			if (q->op == TEST_BEGINS ? strncmp(f->lower, q->values[k], strlen(q->values[k])) == 0
						 : strcmp(f->lower, q->values[k]) == 0)
				return true;
	}
	return false;
}

/* What it is ordered by: the first in the order of bytes, where it says more than one thing; NULL: none. */
static const char *least(const struct thing *t, const char *key)
{
	const char *best = NULL;

	for (size_t i = 0; i < t->facts.n; i++) {
		const struct fact *f = &t->facts.items[i];

		if (f->key == key && f->lower && (!best || strcmp(f->lower, best) < 0))
			best = f->lower;
	}
	return best;
}

static bool text_fits(const struct question *q, const struct thing *t)
{
	for (size_t i = 0; i < t->facts.n; i++) {
		const struct fact *f = &t->facts.items[i];

		for (size_t k = 0; k < q->n_text_keys; k++)
			if (f->key == q->text_keys[k] && f->lower && strstr(f->lower, q->text))
				return true;
	}
	return false;
}

static bool question_fits(const struct question *q, const struct thing *t)
{
	return t->there && (!q->with_errors || t->error) && (!q->filter || test_fits(q->filter, t)) &&
	       (!q->predicate || test_fits(q->predicate, t)) && (!q->condition || test_fits(q->condition, t)) &&
	       (!q->text || text_fits(q, t)) && (!q->n_by || q->lacking_last || least(t, q->by[0].key));
}

/* ---- in which order ---- */

static const struct question *comparing;

/* What lacks a value comes last, whichever the direction. */
static int compare_values(const char *v, const char *w, bool down)
{
	if (!v || !w)
		return (w != NULL) - (v != NULL);
	return strcmp(v, w) * (down ? -1 : 1);
}

static int compare_things(const void *a, const void *b)
{
	const struct thing *x = *(const struct thing *const *)a, *y = *(const struct thing *const *)b;

	for (size_t i = 0; i < comparing->n_by; i++) {
		const char *key = comparing->by[i].key;
		int c = compare_values(least(x, key), least(y, key), comparing->by[i].down);

		if (c)
			return c;
	}
	return (x->id > y->id) - (x->id < y->id);
}

/* All that fit, in order; returns how many. */
static size_t judge(const struct question *q, const struct crowd *all, const struct thing **out)
{
	size_t found = 0;

	for (size_t i = 0; i < all->n; i++)
		if (question_fits(q, &all->items[i]))
			out[found++] = &all->items[i];
	comparing = q;
	if (found)
		qsort(out, found, sizeof(*out), compare_things);
	return found;
}

/* Whether t stands behind (1) or before (-1) a place that was given by a value of the first order and an id. */
static int beside(const struct question *q, const struct thing *t, const char *value, uint32_t id)
{
	int c = q->n_by ? compare_values(least(t, q->by[0].key), value, q->by[0].down) : 0;

	return c ? c : (t->id > id) - (t->id < id);
}

#endif
