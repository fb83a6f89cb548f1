/* Matches compiled regular expressions by backtracking with its own stack, a limit of steps and a limit of memory. */
#include "base/regex_private.h"

#include "base/list.h"
#include "base/utf8.h"

enum { MAX_STEPS = 1000000, MAX_FRAMES = 200000 };

enum frame_kind {
	F_BRANCH,  /* go on at pc and pos */
	F_UNDO,    /* slot pc was pos */
	F_SHORTER, /* a greedy repetition that may give back down to least */
	F_LONGER   /* a lazy repetition that may take one more, up to least more times */
};

struct frame {
	enum frame_kind kind;
	uint32_t pc;
	size_t pos, least;
};

struct match {
	struct arena *mem;
	const struct regex *re;
	struct str text;
	size_t *slots;
	size_t steps;
	struct {
		struct frame *items;
		size_t n, cap;
	} stack;
};

#define UNSET SIZE_MAX

static bool is_line_end(uint32_t c)
{
	return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

static bool is_word(const struct match *m, size_t pos)
{
	return pos < m->text.n && (ascii_alnum(m->text.p[pos]) || m->text.p[pos] == '_');
}

static bool in_set(const struct regex_set *set, uint32_t c, bool icase)
{
	for (int pass = 0; pass < (icase ? 2 : 1); pass++) {
		/* second pass: the other case of ASCII letters, and the folded form */
		uint32_t f = pass == 0 ? c : regex_fold(c);

		if (pass == 1 && f == c)
			f = c >= 'a' && c <= 'z' ? c - 32 : c;
		for (size_t i = 0; i < set->n; i++) {
			const struct regex_item *it = &set->items[i];
			bool hit = it->class == CLASS_RANGE ? f >= it->lo && f <= it->hi : regex_in_class(it->class, f);

			if (hit != it->negate)
				return !set->negate;
		}
	}
	return set->negate;
}

/* Whether one character at pos fits the instruction; *next is behind it. */
static bool one(const struct match *m, const struct regex_code *c, size_t pos, size_t *next)
{
	bool icase = m->re->flags & REGEX_ICASE;
	uint32_t cp;

	if (pos >= m->text.n)
		return false;
	*next = pos + utf8_next(m->text.p + pos, m->text.n - pos, &cp);
	switch (c->op) {
	case OP_CHAR:
		return cp == c->x || (icase && regex_fold(cp) == regex_fold(c->x));
	case OP_ANY:
		return (m->re->flags & REGEX_DOTALL) || !is_line_end(cp);
	default:
		return in_set(&m->re->sets[c->x], cp, icase);
	}
}

static bool push(struct match *m, enum frame_kind kind, size_t pc, size_t pos, size_t least)
{
	if (m->stack.n >= MAX_FRAMES)
		return false;
	*list_add(m->mem, &m->stack) = (struct frame){ kind, (uint32_t)pc, pos, least };
	return true;
}

static bool set_slot(struct match *m, size_t slot, size_t pos)
{
	if (!push(m, F_UNDO, slot, m->slots[slot], 0))
		return false;
	m->slots[slot] = pos;
	return true;
}

static size_t step_back(const struct match *m, size_t pos, size_t least)
{
	do
		pos--;
	while (pos > least && ((unsigned char)m->text.p[pos] & 0xc0) == 0x80);
	return pos;
}

/* The repetition at pc: takes what it must and, if greedy, what it can. 1, 0: does not fit, -1: too much. */
static int repeat(struct match *m, size_t pc, size_t *pos)
{
	const struct regex_code *c = &m->re->code[pc], *what = c + 1;
	size_t n = 0, p = *pos, least, next;

	for (; n < c->x; n++, p = next)
		if (++m->steps > MAX_STEPS || !one(m, what, p, &next))
			return m->steps > MAX_STEPS ? -1 : 0;
	least = p;
	if (c->lazy) {
		*pos = p;
		return c->y == n || push(m, F_LONGER, pc, p, c->y == REGEX_NONE ? SIZE_MAX : c->y - n) ? 1 : -1;
	}
	for (; n < c->y && one(m, what, p, &next); n++, p = next)
		if (++m->steps > MAX_STEPS)
			return -1;
	*pos = p;
	return p == least || push(m, F_SHORTER, pc, p, least) ? 1 : -1;
}

/* Takes frames until one says where to go on. False when none is left above base. */
static bool backtrack(struct match *m, size_t base, size_t *pc, size_t *pos)
{
	while (m->stack.n > base) {
		struct frame *f = &m->stack.items[m->stack.n - 1];
		size_t next;

		switch (f->kind) {
		case F_UNDO:
			m->slots[f->pc] = f->pos;
			m->stack.n--;
			continue;
		case F_BRANCH:
			*pc = f->pc;
			*pos = f->pos;
			m->stack.n--;
			return true;
		case F_SHORTER:
			*pc = f->pc + 2;
			*pos = f->pos = step_back(m, f->pos, f->least);
			if (f->pos <= f->least)
				m->stack.n--;
			return true;
		case F_LONGER:
			if (!one(m, &m->re->code[f->pc + 1], f->pos, &next)) {
				m->stack.n--;
				continue;
			}
			*pc = f->pc + 2;
			*pos = f->pos = next;
			if (f->least != SIZE_MAX && --f->least == 0)
				m->stack.n--;
			return true;
		}
	}
	return false;
}

static int run(struct match *m, size_t pc, size_t pos, size_t end);

/* Forgets the choices above base but not what must be undone when something before them fails. */
static void commit(struct match *m, size_t base)
{
	size_t n = base;

	for (size_t i = base; i < m->stack.n; i++)
		if (m->stack.items[i].kind == F_UNDO)
			m->stack.items[n++] = m->stack.items[i];
	m->stack.n = n;
}

/* 1: holds, 0: does not, -1: too much. */
static int look(struct match *m, size_t pc, size_t pos)
{
	const struct regex_code *c = &m->re->code[pc];
	size_t base = m->stack.n, npc, npos;
	int rc = 0;

	if (!c->behind)
		rc = run(m, pc + 1, pos, UNSET);
	for (size_t at = pos; c->behind && rc == 0; at = step_back(m, at, 0)) {
		rc = run(m, pc + 1, at, pos);
		if (at == 0)
			break;
	}
	if (rc < 0)
		return rc;
	if (rc && !c->negate) {
		commit(m, base);
		return 1;
	}
	/* nothing of a refused or negative look stays */
	commit(m, base);
	while (backtrack(m, base, &npc, &npos))
		;
	return rc == 0 && c->negate;
}

/* Whether the text of an earlier group follows; *pos is moved behind it. */
static bool back_reference(const struct match *m, size_t group, size_t *pos)
{
	size_t from = m->slots[2 * group], to = m->slots[2 * group + 1];

	if (from == UNSET || to == UNSET || to < from)
		return true;
	if (!(m->re->flags & REGEX_ICASE)) {
		if (m->text.n - *pos < to - from || memcmp(m->text.p + from, m->text.p + *pos, to - from) != 0)
			return false;
		*pos += to - from;
		return true;
	}
	while (from < to) {
		uint32_t a, b;

		if (*pos >= m->text.n)
			return false;
		from += utf8_next(m->text.p + from, to - from, &a);
		*pos += utf8_next(m->text.p + *pos, m->text.n - *pos, &b);
		if (regex_fold(a) != regex_fold(b))
			return false;
	}
	return true;
}

static bool at_edge(const struct match *m, const struct regex_code *c, size_t pos)
{
	bool many = m->re->flags & REGEX_MULTILINE;

	switch (c->op) {
	case OP_BEGIN:
		return pos == 0 || (many && is_line_end((unsigned char)m->text.p[pos - 1]));
	case OP_END:
		return pos == m->text.n || (many && is_line_end((unsigned char)m->text.p[pos]));
	default:
		return ((pos > 0 && is_word(m, pos - 1)) != is_word(m, pos)) != c->negate;
	}
}

/* Instructions that go on at the next, *pos moved: 1, 0: does not fit, -1: too much. */
static int check(struct match *m, const struct regex_code *c, size_t *pos)
{
	switch ((enum regex_op)c->op) {
	case OP_SAVE:
	case OP_MARK:
		return set_slot(m, c->x, *pos) ? 1 : -1;
	case OP_RESET:
		for (uint32_t i = c->x; i < c->y; i++)
			if (m->slots[i] != UNSET && !set_slot(m, i, UNSET))
				return -1;
		return 1;
	case OP_MOVED:
		return m->slots[c->x] != *pos;
	case OP_BACK:
		return back_reference(m, c->x, pos);
	case OP_BEGIN:
	case OP_END:
	case OP_WORD:
		return at_edge(m, c, *pos);
	default:
		return one(m, c, *pos, pos);
	}
}

/* One instruction. 1: went on, 0: does not fit, -1: too much. */
static int step(struct match *m, size_t *pc, size_t *pos)
{
	const struct regex_code *c = &m->re->code[*pc];
	size_t at = *pc;

	switch ((enum regex_op)c->op) {
	case OP_SPLIT:
		*pc += c->lazy ? c->x : 1;
		return push(m, F_BRANCH, c->lazy ? at + 1 : at + c->x, *pos, 0) ? 1 : -1;
	case OP_JUMP:
		*pc = (at + c->x) & UINT32_MAX; /* jumps back wrap round */
		return 1;
	case OP_LOOK:
		*pc += c->x;
		return look(m, at, *pos);
	case OP_REPEAT:
		*pc += 2;
		return repeat(m, at, pos);
	default:
		++*pc;
		return check(m, c, pos);
	}
}

/* Runs from pc until OP_ACCEPT, at end unless that is UNSET. 1, 0 or -1; on success its frames stay for the caller. */
static int run(struct match *m, size_t pc, size_t pos, size_t end)
{
	size_t base = m->stack.n;

	for (;;) {
		if (++m->steps > MAX_STEPS)
			return -1;
		int rc;

		if (m->re->code[pc].op == OP_ACCEPT) {
			if (end == UNSET || pos == end)
				return 1;
			rc = 0;
		} else {
			rc = step(m, &pc, &pos);
		}
		if (rc < 0)
			return rc;
		if (rc == 0 && !backtrack(m, base, &pc, &pos))
			return 0;
	}
}

int regex_search(const struct regex *re, struct str text, size_t from, struct str *groups, size_t n)
{
	ARENA scratch = { 0 };
	size_t slots[32];
	struct match m = { .mem = &scratch, .re = re, .text = text, .slots = slots };
	bool fixed = re->code[0].op == OP_SAVE && re->code[1].op == OP_BEGIN && !(re->flags & REGEX_MULTILINE);

	if (re->n_slots > LEN(slots))
		m.slots = arena_array(&scratch, size_t, re->n_slots);
	for (size_t at = from; at <= text.n; at++) {
		if (at > from && at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80)
			continue;
		for (size_t i = 0; i < re->n_slots; i++)
			m.slots[i] = UNSET;
		m.stack.n = 0;
		int rc = run(&m, 0, at, UNSET);

		if (rc < 0 || (rc == 0 && fixed))
			return rc;
		if (rc == 0)
			continue;
		for (size_t i = 0; i < n; i++) {
			bool set = i < re->n_groups && m.slots[2 * i] != UNSET && m.slots[2 * i + 1] != UNSET;

			groups[i] = set ? (struct str){ text.p + m.slots[2 * i], m.slots[2 * i + 1] - m.slots[2 * i] }
					: (struct str){ NULL, 0 };
		}
		return 1;
	}
	return 0;
}

size_t regex_groups(const struct regex *re)
{
	return re->n_groups;
}
