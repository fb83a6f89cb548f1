/*
 * Pages of many documents: a walk along the values of the order, from its beginning, its end or the edge, which takes of each
 * value the documents that are in the set, until the page is full. Further orders walk within the documents of one value.
 */
#include <string.h>

#include "base/list.h"
#include "index/page.h"

struct listing {
	const struct ask *a;
	const struct page *p;
	bool reverse; /* from the end of the list */
	uint64_t skip, want;
	struct rows *out;
	uint64_t left; /* cost of steps, until it takes too long */
};

/* What a walk goes along, and where it begins. */
struct route {
	unsigned level;
	struct set set; /* lent */
	spot key;
	const struct key *k;
	bool single;  /* no document has two values */
	bool lacking; /* those without a value are listed, too */
	bool values;  /* there are some to walk along */
	struct walk walk;
	uint64_t steps; /* until the set is worth being spread out */
};

static bool is_full(const struct listing *l)
{
	return l->out->n >= l->want;
}

static const struct index *index_of(const struct listing *l)
{
	return l->a->ix;
}

static void list_set(struct listing *l, unsigned level, const struct set *set, spot first);

static void add_row(struct listing *l, uint32_t id, spot first)
{
	if (l->skip)
		l->skip--;
	else if (!is_full(l))
		*list_add(l->a->cx->mem, l->out) = (struct row){ .id = id, .first = first };
}

/* ---- the documents of one value ---- */

/* Spellings that differ only in case are one value here, and stand together. */
static bool same_lower(const struct value *v, const struct value *w)
{
	return str_eq(value_lower(v), value_lower(w));
}

/* Of the set those that have v and nothing before it. */
static struct set members_of(const struct listing *l, const struct route *r, const struct value *v)
{
	struct set all = set_of(index_of(l), &v->docs), some = set_and(l->a->cx->mem, &r->set, &all), left;
	uint64_t n = set_count(&some);
	size_t kept = 0;

	if (r->single)
		return some;
	uint32_t *ids = arena_raw(l->a->cx->mem, (n + 1) * sizeof(*ids));

	n = set_ids(&some, 0, n, ids);
	for (size_t i = 0; i < n; i++) {
		ids[kept] = ids[i];
		kept += same_lower(doc_least(index_of(l), ids[i], r->key), v);
	}
	left = set_from_ids(ids, kept);
	set_free(&some);
	return left;
}

/* The documents of a value and of its other spellings, which come next. */
static struct set group_of(const struct listing *l, struct route *r, const struct value *v)
{
	struct pile pile = { .mem = l->a->cx->mem };
	const struct value *w;
	struct walk ahead = r->walk;

	pile_add(&pile, members_of(l, r, v));
	while ((w = walk_next(&ahead)) && same_lower(v, w)) {
		pile_add(&pile, members_of(l, r, w));
		r->walk = ahead;
	}
	return pile_set(&pile);
}

static spot spot_of(const struct route *r)
{
	return r->walk.items[r->walk.up ? r->walk.at - 1 : r->walk.at];
}

/* The set is about to be asked for n documents. */
static void before_asking(const struct listing *l, struct route *r, uint32_t n)
{
	if (!r->steps)
		return;
	r->steps -= n < r->steps ? n : r->steps;
	if (!r->steps)
		set_spread(l->a->cx->mem, &r->set);
}

/* A step of the walk, which counts for more where a value has many documents. */
static void list_value(struct listing *l, struct route *r, const struct value *v)
{
	enum { DOCS = 16, BITMAP = 64 };
	uint64_t cost = 1 + v->docs.n / DOCS, n;
	spot first = spot_of(r);

	cost = cost < BITMAP ? cost : BITMAP;
	l->left -= l->left < cost ? l->left : cost;
	before_asking(l, r, v->docs.n <= index_limits.list_most ? v->docs.n : 1);
	if (v->docs.n == 1 && !set_has(&r->set, v->docs.at))
		return;
	n = v->docs.n == 1 ? 1 : set_both(index_of(l), &r->set, &v->docs);
	if (!n)
		return;
	struct set group = group_of(l, r, v);

	list_set(l, r->level + 1, &group, first);
	set_free(&group);
}

/* ---- all of them ---- */

static void list_values(struct listing *l, struct route *r)
{
	const struct value *v;

	while (r->values && !is_full(l) && l->left && (v = walk_next(&r->walk)))
		list_value(l, r, v);
}

/* Those without a value come last. */
static void list_lacking(struct listing *l, const struct route *r)
{
	struct set valued = r->k ? set_of(index_of(l), key_valued(index_of(l), r->k)) : set_list(NULL, 0), rest;

	if (!r->lacking || is_full(l))
		return;
	rest = set_without(l->a->cx->mem, &r->set, &valued);
	list_set(l, r->level + 1, &rest, 0);
	set_free(&rest);
}

/* False when it took too long. */
static bool list_route(struct listing *l, struct route *r, bool from_lacking)
{
	if (l->reverse)
		list_lacking(l, r);
	if (!from_lacking || l->reverse)
		list_values(l, r);
	if (!l->left && !is_full(l))
		return false;
	if (!l->reverse)
		list_lacking(l, r);
	return true;
}

static struct route route_of(const struct listing *l, unsigned level, const struct set *set)
{
	spot key = l->p->orders[level].key;
	struct route r = { .level = level, .set = *set, .key = key, .k = key ? key_of(index_of(l), key) : NULL };

	r.lacking = level > 0 || l->p->flags & PAGE_LACKING_LAST;
	r.values = r.k && r.k->n_values;
	r.steps = set->map == index_of(l)->all ? 0 : index_limits.spread + set_count(set) / 32;
	r.single = r.values && key_is_single(index_of(l), r.k);
	if (r.values)
		r.walk = walk_all(index_of(l), r.k, l->p->orders[level].down == l->reverse);
	return r;
}

/* So many steps gathering all would take. */
static uint64_t budget(uint64_t n)
{
	return n * index_limits.gather + 1;
}

/* Whether so many of n documents are probably found before that. */
static bool is_worth(const struct listing *l, unsigned level, uint64_t n, uint64_t wanted)
{
	enum { DOCS = 16 };
	spot key = l->p->orders[level].key;
	const struct key *k = key ? key_of(index_of(l), key) : NULL;

	return !k || !n || (wanted < n ? wanted : n) * (k->n_values + k->n_said / DOCS) / n <= budget(n);
}

/* ---- within one value: the orders behind the first ---- */

static void list_ids(struct listing *l, const struct set *set, uint64_t n, spot first)
{
	uint64_t left = n - l->skip, m = l->want - l->out->n;
	uint64_t take = left < m ? left : m, from = l->reverse ? left - take : l->skip;
	uint32_t *ids = arena_raw(l->a->cx->mem, (take + 1) * sizeof(*ids));

	take = set_ids(set, from, take, ids);
	l->skip = 0;
	for (uint64_t i = 0; i < take; i++)
		add_row(l, ids[l->reverse ? take - 1 - i : i], first);
}

static void list_sorted(struct listing *l, unsigned level, const struct set *set, spot first)
{
	size_t n;
	struct row *rows = page_rows(l->a, l->p, level, set, &n);
	uint64_t left = n - l->skip, m = l->want - l->out->n, take = left < m ? left : m;
	size_t from = l->reverse ? left - take : l->skip;

	page_put_in_order(l->a, l->p, level, rows, n, from, from + take);
	l->skip = 0;
	for (size_t i = 0; i < take; i++)
		add_row(l, rows[l->reverse ? from + take - 1 - i : from + i].id, first);
}

/* Rows name the value of the first order, so those that a deeper walk added are given that. */
static bool walk_within(struct listing *l, unsigned level, const struct set *set, uint64_t n, spot first)
{
	struct route r = route_of(l, level, set);
	struct listing inner = *l;
	size_t had = l->out->n;

	inner.left = budget(n);
	if (!list_route(&inner, &r, false)) {
		l->out->n = had;
		return false;
	}
	for (size_t i = had; i < l->out->n; i++)
		l->out->items[i].first = first;
	l->skip = inner.skip;
	return true;
}

/* Takes what is wanted of a set by the orders from level on; all have the same first value. */
static void list_set(struct listing *l, unsigned level, const struct set *set, spot first)
{
	uint64_t n = set_count(set);

	if (n <= l->skip)
		l->skip -= n;
	else if (level >= l->p->n_orders)
		list_ids(l, set, n, first);
	else if (!is_worth(l, level, n, l->skip + l->want - l->out->n) || !walk_within(l, level, set, n, first))
		list_sorted(l, level, set, first);
}

/* ---- the page ---- */

/* How many of a group stand at the edge's side that is not wanted, with the edge. */
static uint64_t beside(const struct listing *l, const struct set *group)
{
	uint64_t up_to = set_rank(group, l->p->edge_id);

	if (!l->reverse)
		return up_to;
	return set_count(group) - up_to + set_has(group, l->p->edge_id);
}

/* Lets a walk begin at the edge; returns how many of the edge's own value are passed over. */
static uint64_t start_at_edge(const struct listing *l, struct route *r)
{
	const struct index *ix = index_of(l);
	struct walk last;
	const struct value *v;
	uint64_t n;

	if (!r->values)
		return 0;
	r->walk = last = walk_from(ix, r->k, order_from(ix, r->k, l->p->edge_value), true);
	if (l->p->orders[0].down != l->reverse) {
		/* Going down it begins behind all spellings. */
		while ((v = walk_next(&last)) && str_eq(value_lower(v), l->p->edge_value))
			r->walk = last;
		r->walk.up = false;
	}
	struct walk start = r->walk;

	v = walk_next(&r->walk);
	if (!v || !str_eq(value_lower(v), l->p->edge_value)) {
		r->walk = start;
		return 0;
	}
	struct set group = group_of(l, r, v);

	n = beside(l, &group);
	set_free(&group);
	r->walk = start;
	return n;
}

static uint64_t skip_in_lacking(const struct listing *l, const struct route *r)
{
	struct set valued = r->k ? set_of(index_of(l), key_valued(index_of(l), r->k)) : set_list(NULL, 0), rest;
	uint64_t n;

	if (!r->lacking)
		return 0;
	rest = set_without(l->a->cx->mem, &r->set, &valued);
	n = beside(l, &rest);
	set_free(&rest);
	return n;
}

/* Lists from the edge, or all. beside_edge: whether something stands at the edge or on its other side in its own value. */
static bool list_page(struct listing *l, const struct set *set, bool *beside_edge)
{
	struct route r = route_of(l, 0, set);
	bool edge = l->p->flags & PAGE_EDGE, in_lacking = edge && !l->p->edge_has_value;
	uint64_t skip = in_lacking ? skip_in_lacking(l, &r) : edge ? start_at_edge(l, &r) : 0;

	*beside_edge = skip > 0;
	l->skip += skip;
	if (edge && !in_lacking && l->reverse)
		r.lacking = false;
	return list_route(l, &r, in_lacking);
}

/* Whether there is something on the other side of the edge. */
static bool look_back(const struct listing *l, const struct set *set, bool *there)
{
	struct rows one = { 0 };
	struct listing back = { .a = l->a, .p = l->p, .reverse = !l->reverse, .want = 1, .out = &one, .left = l->left };
	bool ignored, found = list_page(&back, set, &ignored);

	*there = one.n > 0;
	return found;
}

static void turn(struct rows *rows)
{
	for (size_t i = 0; i < rows->n / 2; i++) {
		struct row row = rows->items[i];

		rows->items[i] = rows->items[rows->n - 1 - i];
		rows->items[rows->n - 1 - i] = row;
	}
}

bool page_walk(const struct ask *a, const struct page *p, const struct set *set, uint64_t total, struct rows *out)
{
	bool back = p->flags & PAGE_BACKWARDS, behind, more;
	struct listing l = { .a = a, .p = p, .reverse = back, .out = out };

	l.want = (p->limit < total ? p->limit : total) + 1ULL;
	l.skip = p->offset < total ? p->offset : total;
	l.left = budget(total);
	*out = (struct rows){ 0 };
	if (!is_worth(&l, 0, total, l.skip + l.want) || !list_page(&l, set, &behind))
		return false;
	more = out->n == l.want;
	out->n -= more;
	behind |= p->offset > 0 && total > 0;
	if (!behind && p->flags & PAGE_EDGE && !look_back(&l, set, &behind))
		return false;
	if (back)
		turn(out);
	out->around = (back ? more : behind) ? PAGE_BEFORE : 0U;
	out->around |= (back ? behind : more) ? PAGE_AFTER : 0U;
	return true;
}
