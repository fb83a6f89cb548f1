/*
 * Lua's patterns. A pattern becomes a list of items. Since only single characters repeat, an item is passed at most once on the
 * way to the end, so that each repetition needs to keep just one range to go back into: no recursion, and no more memory than
 * the items.
 */
#include "plugins/sandbox_pattern.h"

enum { STEPS_AT_ONCE = 256 };

/* ---- compiling ---- */

struct reader {
	struct str text;
	size_t i;
	struct pattern *p;
	unsigned open[PATTERN_CAPTURES], n_open;
	bool closed[PATTERN_CAPTURES];
	const char *wrong;
};

static bool class_has(char class, unsigned char c)
{
	bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9',
	     graph = c > 32 && c < 127;

	switch (class) {
	case 'a':
		return lower || upper;
	case 'c':
		return c < 32 || c == 127;
	case 'd':
		return digit;
	case 'g':
		return graph;
	case 'l':
		return lower;
	case 'p':
		return graph && !lower && !upper && !digit;
	case 's':
		return c == ' ' || (c >= 9 && c <= 13);
	case 'u':
		return upper;
	case 'w':
		return lower || upper || digit;
	default:
		return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
	}
}

static void set_add(uint32_t *set, unsigned char c)
{
	set[c >> 5] |= UINT32_C(1) << (c & 31);
}

static bool set_has(const uint32_t *set, unsigned char c)
{
	return set[c >> 5] >> (c & 31) & 1;
}

/* What "%c" stands for: a class, the opposite of one, or the character itself. */
static void add_escaped(uint32_t *set, char c)
{
	char class = ascii_lower(c);

	if (!class || !strchr("acdglpsuwx", class)) {
		set_add(set, (unsigned char)c);
		return;
	}
	for (int b = 0; b < 256; b++)
		if (class_has(class, (unsigned char)b) == (class == c))
			set_add(set, (unsigned char)b);
}

/* "[...]": i is behind the bracket. */
static void read_set(struct reader *r, uint32_t *set)
{
	const char *t = r->text.p;
	size_t n = r->text.n;
	bool negated = r->i < n && t[r->i] == '^';
	size_t first = r->i += negated;

	for (; r->i < n && (t[r->i] != ']' || r->i == first); r->i++) {
		if (t[r->i] == '%') {
			if (++r->i < n)
				add_escaped(set, t[r->i]);
		} else if (r->i + 2 < n && t[r->i + 1] == '-' && t[r->i + 2] != ']') {
			for (int c = (unsigned char)t[r->i]; c <= (unsigned char)t[r->i + 2]; c++)
				set_add(set, (unsigned char)c);
			r->i += 2;
		} else {
			set_add(set, (unsigned char)t[r->i]);
		}
	}
	if (r->i >= n)
		r->wrong = "malformed pattern (missing ']')";
	r->i++;
	for (size_t k = 0; negated && k < 8; k++)
		set[k] = ~set[k];
}

static void read_capture_end(struct reader *r, struct pattern_item *item)
{
	if (r->n_open == 0) {
		r->wrong = "invalid pattern capture";
		return;
	}
	item->kind = PATTERN_CLOSE;
	item->a = (uint8_t)r->open[--r->n_open];
	r->closed[item->a] = true;
}

static void read_capture(struct reader *r, struct pattern_item *item)
{
	bool place = r->i < r->text.n && r->text.p[r->i] == ')';

	if (r->p->captures == PATTERN_CAPTURES) {
		r->wrong = "too many captures";
		return;
	}
	item->a = (uint8_t)r->p->captures++;
	item->kind = place ? PATTERN_PLACE : PATTERN_OPEN;
	if (place)
		r->i++, r->closed[item->a] = true;
	else
		r->open[r->n_open++] = item->a;
}

static void read_balance(struct reader *r, struct pattern_item *item)
{
	if (r->text.n - r->i < 2) {
		r->wrong = "malformed pattern (missing arguments to '%b')";
		return;
	}
	item->kind = PATTERN_BALANCE;
	item->a = (uint8_t)r->text.p[r->i];
	item->b = (uint8_t)r->text.p[r->i + 1];
	r->i += 2;
}

static void read_frontier(struct reader *r, struct pattern_item *item)
{
	if (r->i >= r->text.n || r->text.p[r->i] != '[') {
		r->wrong = "missing '[' after '%f' in pattern";
		return;
	}
	r->i++;
	item->kind = PATTERN_FRONTIER;
	read_set(r, item->set);
}

static void read_back(struct reader *r, struct pattern_item *item, char digit)
{
	unsigned which = (unsigned)(digit - '1');

	item->kind = PATTERN_BACK;
	item->a = (uint8_t)which;
	if (digit == '0' || which >= r->p->captures || !r->closed[which])
		r->wrong = "invalid capture index in pattern";
}

/* Behind a "%". True: what was read may be repeated. */
static bool read_escape(struct reader *r, struct pattern_item *item)
{
	if (r->i >= r->text.n) {
		r->wrong = "malformed pattern (ends with '%')";
		return false;
	}
	char c = r->text.p[r->i++];

	if (c == 'b')
		read_balance(r, item);
	else if (c == 'f')
		read_frontier(r, item);
	else if (ascii_digit(c))
		read_back(r, item, c);
	else
		add_escaped(item->set, c);
	return item->kind == PATTERN_SET;
}

static bool read_item(struct reader *r, struct pattern_item *item)
{
	char c = r->text.p[r->i++];

	switch (c) {
	case '(':
		read_capture(r, item);
		return false;
	case ')':
		read_capture_end(r, item);
		return false;
	case '%':
		return read_escape(r, item);
	case '[':
		read_set(r, item->set);
		return true;
	case '.':
		memset(item->set, 0xff, sizeof(item->set));
		return true;
	case '$':
		if (r->i == r->text.n) {
			item->kind = PATTERN_END;
			return false;
		}
		break;
	}
	set_add(item->set, (unsigned char)c);
	return true;
}

const char *pattern_compile(struct pattern *p, struct str text, bool anchors)
{
	struct reader r = { .text = text, .p = p };

	p->n = 0;
	p->captures = 0;
	p->anchored = anchors && text.n > 0 && text.p[0] == '^';
	for (r.i = p->anchored; r.i < text.n && !r.wrong;) {
		struct pattern_item *item = &p->items[p->n++];

		*item = (struct pattern_item){ .kind = PATTERN_SET };
		if (read_item(&r, item) && r.i < text.n && strchr("?*+-", text.p[r.i]) && text.p[r.i])
			item->repeat = text.p[r.i++];
	}
	return r.wrong ? r.wrong : r.n_open ? "unfinished capture" : NULL;
}

/* ---- matching ---- */

/* Work that was done; false when it was too much. */
static bool worked(struct pattern_match *m, uint64_t steps)
{
	m->steps += steps;
	if (m->steps < STEPS_AT_ONCE)
		return true;
	steps = m->steps;
	m->steps = 0;
	return m->step(m->arg, steps);
}

static bool has_at(const struct pattern_match *m, const struct pattern_item *item, size_t at)
{
	return at < m->subject.n && set_has(item->set, (unsigned char)m->subject.p[at]);
}

/* How many characters of the set follow, as many as the repetition takes. */
static size_t run_length(struct pattern_match *m, const struct pattern_item *item, size_t at)
{
	size_t most = item->repeat == '?' ? 1 : m->subject.n - at, n = 0;

	while (n < most && has_at(m, item, at + n))
		n++;
	return n;
}

/* "%bxy": behind the y that closes the x here; 0 when there is none. */
static size_t balanced(const struct pattern_match *m, const struct pattern_item *item, size_t at)
{
	const char *s = m->subject.p;
	size_t depth = 1;

	if (at >= m->subject.n || (uint8_t)s[at] != item->a)
		return 0;
	while (++at < m->subject.n) {
		if ((uint8_t)s[at] == item->b) {
			if (--depth == 0)
				return at + 1;
		} else if ((uint8_t)s[at] == item->a) {
			depth++;
		}
	}
	return 0;
}

static bool at_frontier(const struct pattern_match *m, const struct pattern_item *item, size_t at)
{
	unsigned char before = at ? (unsigned char)m->subject.p[at - 1] : 0;
	unsigned char here = at < m->subject.n ? (unsigned char)m->subject.p[at] : 0;

	return !set_has(item->set, before) && set_has(item->set, here);
}

/* An item that has no choice: does it fit at *at, which then moves? *cost: characters looked at. */
static bool fits(struct pattern_match *m, const struct pattern_item *item, size_t *at, size_t *cost)
{
	struct pattern_capture *c = &m->capture[item->a % PATTERN_CAPTURES];
	size_t from = *at;

	switch ((enum pattern_kind)item->kind) {
	case PATTERN_SET:
		return has_at(m, item, (*at)++);
	case PATTERN_OPEN:
	case PATTERN_PLACE:
		*c = (struct pattern_capture){ .begin = from, .place = item->kind == PATTERN_PLACE };
		return true;
	case PATTERN_CLOSE:
		c->n = from - c->begin;
		return true;
	case PATTERN_BALANCE:
		*at = balanced(m, item, from);
		*cost = *at ? *at - from : m->subject.n - from;
		return *at > 0;
	case PATTERN_FRONTIER:
		return at_frontier(m, item, from);
	case PATTERN_BACK:
		*cost = c->n;
		*at += c->n;
		return !c->place && c->n <= m->subject.n - from &&
		       memcmp(m->subject.p + c->begin, m->subject.p + from, c->n) == 0;
	case PATTERN_END:
		return from == m->subject.n;
	}
	return false;
}

/* A repetition begins: it takes all it can, or as little as it must, and keeps the rest of the range as a choice. */
static bool begin_choice(struct pattern_match *m, struct pattern_item *item, int index, size_t *at, int *choice)
{
	size_t n = item->repeat == '-' ? 0 : run_length(m, item, *at);

	if (item->repeat == '+' && n == 0)
		return false;
	item->least = *at + (item->repeat == '+');
	item->at = *at + n;
	if (item->repeat == '-' || item->at > item->least) {
		item->below = *choice;
		*choice = index;
	}
	*at = item->at;
	return true;
}

/* Takes the next of the latest choice: one character less, or one more. False: there is none left. */
static bool next_choice(struct pattern_match *m, const struct pattern *p, size_t *at, int *choice)
{
	while (*choice >= 0) {
		struct pattern_item *item = &p->items[*choice];

		if (item->repeat == '-') {
			if (has_at(m, item, item->at)) {
				*at = ++item->at;
				return true;
			}
			*choice = item->below;
			continue;
		}
		*at = --item->at;
		return true;
	}
	return false;
}

/* 1: it matches here, up to m->end. */
static int match_here(const struct pattern *p, struct pattern_match *m, size_t at)
{
	int choice = -1;

	m->begin = at;
	for (size_t i = 0; i < p->n;) {
		struct pattern_item *item = &p->items[i];
		size_t from = at, cost = 0;
		bool ok = item->repeat ? begin_choice(m, item, (int)i, &at, &choice) : fits(m, item, &at, &cost);

		if (!worked(m, 1 + (item->repeat && ok ? at - from : cost) / 8))
			return -1;
		i++;
		if (ok)
			continue;
		if (!next_choice(m, p, &at, &choice))
			return 0;
		i = (size_t)choice + 1;
		/* Nothing is left to go back to. */
		if (p->items[choice].repeat != '-' && p->items[choice].at == p->items[choice].least)
			choice = p->items[choice].below;
	}
	m->end = at;
	return 1;
}

/* Where a match may begin at all: a pattern that begins with a set needs a character of it. */
static size_t next_begin(const struct pattern *p, const struct pattern_match *m, size_t from)
{
	const struct pattern_item *first = p->items;

	if (p->n == 0 || first->kind != PATTERN_SET || (first->repeat && first->repeat != '+'))
		return from;
	while (from < m->subject.n && !has_at(m, first, from))
		from++;
	return from;
}

int pattern_find(const struct pattern *p, struct pattern_match *m, size_t from, bool at_once)
{
	bool once = at_once || p->anchored;
	int rc = 0;

	for (size_t at; rc == 0 && from <= m->subject.n; from = at + 1) {
		at = once ? from : next_begin(p, m, from);
		rc = worked(m, (at - from) / 8) ? match_here(p, m, at) : -1;
		if (once)
			break;
	}
	if (rc == 1 && p->captures == 0)
		m->capture[0] = (struct pattern_capture){ .begin = m->begin, .n = m->end - m->begin };
	return rc;
}
