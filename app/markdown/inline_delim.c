/*
 * Text between the same characters: *em*, **strong**, _em_, ^^insert^^, ^super^, ~~delete~~, ~sub~ and ==mark==.
 *
 * Runs of the character are listed once; for each run and each length it is then known which later run is the first that
 * can close it, so that finding pairs takes no searching.
 */
#include "markdown/private.h"

enum { NONE = -1, LENGTHS = 4 };

struct run {
	size_t at, n;
	bool opens, closes; /* by what is on its other side */
	bool space_before;  /* nothing closes behind white space */
	bool space_in_gap;  /* between this run and the next one */
	int next[LENGTHS];  /* the first later run that closes a run of this length */
};

struct delims {
	struct inline_run *r;
	struct str s;
	char c;
	bool within;
	struct {
		struct run *items;
		size_t n, cap;
	} runs;
};

/* What pairs of each length make; NULL: nothing. */
struct delim_kind {
	char c;
	const char *one, *two;
	bool one_any; /* a pair of one needs no boundaries, but has no white space in it */
	bool within;  /* pairs may begin and end within words */
};

static struct str read_delims(struct inline_run *r, struct str s, const struct delim_kind *k, size_t longest);

static bool boundary_before(const struct delims *d, size_t at)
{
	return at == 0 || d->within || (d->c != '_' && d->s.p[at - 1] == '_') || !word_before(d->s, at);
}

static bool boundary_after(const struct delims *d, size_t at)
{
	return at == d->s.n || d->within || (d->c != '_' && d->s.p[at] == '_') || !word_at(d->s, at);
}

static void list_runs(struct delims *d)
{
	const struct str s = d->s;
	const char *p = memchr(s.p, d->c, s.n);

	while (p) {
		size_t at = (size_t)(p - s.p), end = at, next;

		while (end < s.n && s.p[end] == d->c)
			end++;
		p = end < s.n ? memchr(s.p + end, d->c, s.n - end) : NULL;
		next = p ? (size_t)(p - s.p) : s.n;
		struct run run = { .at = at, .n = end - at, .next = { NONE, NONE, NONE, NONE } };

		run.opens = end < s.n && !space_at(s, end) && boundary_before(d, at);
		run.closes = boundary_after(d, end);
		run.space_before = at == 0 || space_at(s, at - 1);
		for (size_t i = end; i < next && !run.space_in_gap; i++)
			run.space_in_gap = space_at(s, i);
		*list_add(d->r->md->mem, &d->runs) = run;
	}
}

static void link_runs(struct delims *d)
{
	int next[LENGTHS] = { NONE, NONE, NONE, NONE };

	for (size_t i = d->runs.n; i > 0; i--) {
		struct run *run = &d->runs.items[i - 1];

		memcpy(run->next, next, sizeof(next));
		for (size_t k = 1; k < LENGTHS; k++)
			if (run->closes && (run->n > k || (run->n == k && !run->space_before)))
				next[k] = (int)(i - 1);
	}
}

/* What begins at one run: one pair, or two of which the inner one begins there as well. */
struct found {
	const char *outer, *inner;
	size_t begin, inner_end, inner_close, end, close; /* of the content, and behind what closes it */
	size_t inner_longest, longest;
};

static bool find_three(const struct delims *d, const struct delim_kind *k, const struct run *run, struct found *f)
{
	int both = run->next[3], inner, outer;

	if (both != NONE) {
		const struct run *end = &d->runs.items[both];

		*f = (struct found){ k->two, k->one, f->begin, 0, 0, end->at + end->n - 3, end->at + end->n, 2, 0 };
		return true;
	}
	for (int turn = 0; turn < 2; turn++) {
		size_t in = turn == 0 ? 2 : 1;

		inner = run->next[in];
		outer = inner == NONE ? NONE : d->runs.items[inner].next[3 - in];
		if (outer == NONE)
			continue;
		const struct run *i = &d->runs.items[inner], *o = &d->runs.items[outer];

		*f = (struct found){ in == 2 ? k->one : k->two,
				     in == 2 ? k->two : k->one,
				     f->begin,
				     i->at + i->n - in,
				     i->at + i->n,
				     o->at + o->n - (3 - in),
				     o->at + o->n,
				     in - 1,
				     0 };
		return true;
	}
	return false;
}

/* A pair without white space in it; three of them make both. */
static bool find_tight(const struct delims *d, const struct delim_kind *k, size_t i, size_t n, struct found *f)
{
	const struct run *run = &d->runs.items[i];
	size_t j = i;

	do {
		if (d->runs.items[j].space_in_gap || j + 1 == d->runs.n)
			return false;
		j++;
	} while (d->runs.items[j].n < n && n > 1);
	const struct run *end = &d->runs.items[j];

	*f = (struct found){ n == 3 ? k->two : k->one,
			     n == 3 ? k->one : NULL,
			     n == 3 ? run->at + 3 : run->at + 1,
			     0,
			     0,
			     end->at,
			     end->at + n,
			     0,
			     0 };
	return true;
}

static bool find(const struct delims *d, const struct delim_kind *k, size_t i, size_t longest, struct found *f)
{
	const struct run *run = &d->runs.items[i];

	*f = (struct found){ .begin = run->at + run->n };
	if (run->n == 3 && longest >= 3) {
		if (k->one_any ? k->one && k->two && find_tight(d, k, i, 3, f) : run->opens && find_three(d, k, run, f))
			return true;
	}
	if (run->n == 2 && longest >= 2 && k->two && run->opens && run->next[2] != NONE) {
		const struct run *end = &d->runs.items[run->next[2]];

		*f = (struct found){ k->two, NULL, f->begin, 0, 0, end->at + end->n - 2, end->at + end->n, 0, 1 };
		return true;
	}
	if (!k->one || longest < 1)
		return false;
	if (k->one_any && run->n >= 3) {
		/* The second of three stands between the others. */
		*f = (struct found){ k->one, NULL, run->at + 1, 0, 0, run->at + 2, run->at + 3, 0, 0 };
		return true;
	}
	if (k->one_any)
		return !space_at(d->s, run->at + 1) && find_tight(d, k, i, 1, f);
	if (run->n != 1 || !run->opens || run->next[1] == NONE)
		return false;
	const struct run *end = &d->runs.items[run->next[1]];

	*f = (struct found){ k->one, NULL, f->begin, 0, 0, end->at + end->n - 1, end->at + end->n, 0, 0 };
	return true;
}

static struct str read_inside(struct inline_run *r, struct str s, const struct delim_kind *k, size_t longest)
{
	return inline_rest(r, longest ? read_delims(r, s, k, longest) : s, false);
}

static size_t stash_found(struct delims *d, const struct delim_kind *k, const struct found *f)
{
	struct md *md = d->r->md;
	struct str text, rest;

	if (!f->inner) {
		text = read_inside(d->r, str_part(d->s, f->begin, f->end), k, f->longest);
		return stash_element(md, f->outer, text, false);
	}
	text = read_inside(d->r, str_part(d->s, f->begin, f->inner_close ? f->inner_end : f->end), k, f->inner_longest);
	text = mark_text(md, stash_element(md, f->inner, text, false));
	if (f->inner_close) {
		rest = read_inside(d->r, str_part(d->s, f->inner_close, f->end), k, 1);
		text = text_join_two(md, text, rest);
		text = d->r->seen['{'] ? inline_attrs(md, text) : text;
	}
	return stash_element(md, f->outer, text, false);
}

/* Is there something of a run behind what was read? Where pairs need no boundaries, what is left of one can begin another. */
static bool run_left(struct delims *d, const struct delim_kind *k, size_t i, size_t done)
{
	struct run *run = &d->runs.items[i];

	if (run->at >= done)
		return true;
	if (!k->one_any || run->at + run->n <= done)
		return false;
	run->n -= done - run->at;
	run->at = done;
	run->opens = !space_at(d->s, run->at + run->n);
	return true;
}

static struct str read_delims(struct inline_run *r, struct str s, const struct delim_kind *k, size_t longest)
{
	struct delims d = { .r = r, .s = s, .c = k->c, .within = k->within };
	struct rewrite w = { .s = s, .out = { .mem = r->md->mem } };

	if (!s.n)
		return s;
	list_runs(&d);
	link_runs(&d);
	for (size_t i = 0; i < d.runs.n && r->md->rc == 0;) {
		struct found f;

		if (run_left(&d, k, i, w.done) && find(&d, k, i, longest, &f))
			rewrite_mark(&w, d.runs.items[i].at, f.close, stash_found(&d, k, &f));
		else
			i++;
	}
	return rewrite_end(&w);
}

struct str pass_star(struct inline_run *r, struct str s)
{
	const struct delim_kind k = { '*', "em", "strong", .within = r->md->set.star_within };

	return read_delims(r, s, &k, 3);
}

struct str pass_underscore(struct inline_run *r, struct str s)
{
	const struct delim_kind k = { '_', "em", "strong", .within = r->md->set.under_within };

	return read_delims(r, s, &k, 3);
}

struct str pass_caret(struct inline_run *r, struct str s)
{
	const struct settings *set = &r->md->set;
	const struct delim_kind k = { '^', set->caret_sup ? "sup" : NULL, set->caret_insert ? "ins" : NULL, true,
				      set->insert_within };

	return read_delims(r, s, &k, 3);
}

struct str pass_tilde(struct inline_run *r, struct str s)
{
	const struct settings *set = &r->md->set;
	const struct delim_kind k = { '~', set->tilde_sub ? "sub" : NULL, set->tilde_delete ? "del" : NULL, true,
				      set->delete_within };

	return read_delims(r, s, &k, 3);
}

struct str pass_mark(struct inline_run *r, struct str s)
{
	const struct delim_kind k = { '=', NULL, "mark", .within = r->md->set.mark_within };

	return read_delims(r, s, &k, 2);
}
