/* Which documents a SET of request.h means. */
#include <string.h>

#include "base/list.h"
#include "index/private.h"

enum { MAX_DEPTH = 200 };

struct sets {
	struct set *items;
	size_t n, cap;
};

static struct set read_any(struct ask *a, unsigned depth);

static struct set bad(struct ask *a)
{
	a->r.bad = true;
	return set_list(NULL, 0);
}

static struct set all(const struct ask *a)
{
	return (struct set){ .map = a->ix->all };
}

/* ---- of many, one ---- */

/* The one with the fewest that is not of others; NULL when all are. */
static struct set *smallest_of(const struct sets *sets)
{
	struct set *least = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < sets->n; i++) {
		uint64_t count = sets->items[i].others ? UINT64_MAX : set_count(&sets->items[i]);

		if (!sets->items[i].others && (!least || count < n)) {
			least = &sets->items[i];
			n = count;
		}
	}
	return least;
}

/* All of them; all are used up. */
static struct set all_of(struct ask *a, struct sets *sets)
{
	struct set *least = smallest_of(sets), acc = least ? *least : all(a);

	for (size_t i = 0; i < sets->n; i++) {
		struct set *s = &sets->items[i], next;

		if (s == least)
			continue;
		next = s->others ? set_without(a->cx->mem, &acc, s) : set_and(a->cx->mem, &acc, s);
		set_free(&acc);
		set_free(s);
		acc = next;
	}
	return acc;
}

/* Any of them; all are used up. With others among them: a or not b is not (b and not a). */
static struct set any_of(struct ask *a, struct sets *sets)
{
	struct pile pile = { .mem = a->cx->mem };
	bool others = false;

	for (size_t i = 0; i < sets->n; i++)
		others |= sets->items[i].others;
	for (size_t i = 0; i < sets->n; i++) {
		if (others)
			sets->items[i].others = !sets->items[i].others;
		else
			pile_add(&pile, sets->items[i]);
	}
	struct set out = others ? all_of(a, sets) : pile_set(&pile);

	out.others = others;
	return out;
}

/* ---- what is asked for ---- */

/* Values that fit stand together in the order: all spellings of one, or all with one beginning. */
static struct set range(struct ask *a, bool whole)
{
	struct str name = read_text(&a->r), lower = read_text(&a->r);
	spot key = key_find(a->ix, name);
	struct pile pile = { .mem = a->cx->mem };
	struct value *v;

	if (!key)
		return set_list(NULL, 0);
	struct walk w = walk_from(a->ix, key_of(a->ix, key), order_from(a->ix, key_of(a->ix, key), lower), true);

	while ((v = walk_next(&w))) {
		bool starts = v->n >= lower.n && (!lower.n || memcmp(value_lower(v).p, lower.p, lower.n) == 0);

		if (!starts || (whole && v->n != lower.n))
			break;
		pile_add(&pile, set_of(a->ix, &v->docs));
	}
	return pile_set(&pile);
}

static struct set existing(struct ask *a)
{
	spot key = key_find(a->ix, read_text(&a->r));
	struct pile pile = { .mem = a->cx->mem };

	if (!key)
		return set_list(NULL, 0);
	const struct key *k = key_of(a->ix, key);

	pile_add(&pile, set_of(a->ix, key_valued(a->ix, k)));
	if (k->bare)
		pile_add(&pile, set_of(a->ix, &value_of(a->ix, k->bare)->docs));
	return pile_set(&pile);
}

static struct set containing(struct ask *a, const struct set *within)
{
	struct str term = read_text(&a->r);
	struct pile pile = { .mem = a->cx->mem };

	for (unsigned n = read_u8(&a->r); n && !a->r.bad; n--) {
		spot key = key_find(a->ix, read_text(&a->r));

		if (key && !a->r.bad)
			pile_add(&pile, set_containing(a, key, term, within));
	}
	return pile_set(&pile);
}

/* Passes over a '*' whose turn comes later. */
static void skip_containing(struct ask *a)
{
	read_text(&a->r);
	for (unsigned n = read_u8(&a->r); n && !a->r.bad; n--)
		read_text(&a->r);
}

static bool is_next(const struct ask *a, char op)
{
	return a->r.p < a->r.end && *a->r.p == op;
}

/* Parts of values are looked for last, among those that fit otherwise. */
static struct set every(struct ask *a, unsigned depth)
{
	struct sets sets = { 0 };
	struct {
		struct reader *items;
		size_t n, cap;
	} later = { 0 };

	for (unsigned n = read_u16(&a->r); n && !a->r.bad; n--) {
		if (is_next(a, '*')) {
			a->r.p++;
			*list_add(a->cx->mem, &later) = a->r;
			skip_containing(a);
		} else {
			*list_add(a->cx->mem, &sets) = read_any(a, depth + 1);
		}
	}
	struct set acc = all_of(a, &sets);
	struct reader behind = a->r;

	for (size_t i = 0; i < later.n && !behind.bad; i++) {
		struct set found, next;

		a->r = later.items[i];
		found = containing(a, acc.map == a->ix->all ? NULL : &acc);
		next = set_and(a->cx->mem, &acc, &found);
		set_free(&acc);
		set_free(&found);
		acc = next;
	}
	a->r = behind;
	return acc;
}

static struct set either(struct ask *a, unsigned depth)
{
	struct sets sets = { 0 };

	for (unsigned n = read_u16(&a->r); n && !a->r.bad; n--)
		*list_add(a->cx->mem, &sets) = read_any(a, depth + 1);
	return any_of(a, &sets);
}

static struct set read_any(struct ask *a, unsigned depth)
{
	struct set s;

	if (depth > MAX_DEPTH)
		return bad(a);
	switch (read_u8(&a->r)) {
	case 'A':
		return all(a);
	case 'N':
		return set_list(NULL, 0);
	case '=':
		return range(a, true);
	case '^':
		return range(a, false);
	case 'E':
		return existing(a);
	case '*':
		return containing(a, NULL);
	case '#':
		return (struct set){ .map = a->ix->errors };
	case '&':
		return every(a, depth);
	case '|':
		return either(a, depth);
	case '!':
		s = read_any(a, depth + 1);
		s.others = !s.others;
		return s;
	default:
		return bad(a);
	}
}

struct set set_read(struct ask *a)
{
	struct set s = read_any(a, 0), whole = all(a), out;

	if (!s.others)
		return s;
	out = set_without(a->cx->mem, &whole, &s);
	set_free(&s);
	return out;
}
