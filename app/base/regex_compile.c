/* Compiles regular expressions into the matcher's code. */
#include "base/regex_private.h"

#include "base/list.h"
#include "base/utf8.h"

enum { MAX_CODE = 50000, MAX_NEST = 60, MAX_TIMES = 100000, MAX_WORK = 5 * MAX_CODE };

struct compiler {
	struct arena *mem;
	const char *p, *end;
	const char *why; /* set once something is wrong */
	struct {
		struct regex_code *items;
		size_t n, cap;
	} code;
	struct {
		struct regex_set *items;
		size_t n, cap;
	} sets;
	struct {
		const char **items;
		size_t n, cap;
	} names;      /* of all groups, found before parsing; [0] is the whole match */
	size_t group; /* the last one opened */
	size_t marks;
	int nest;
	size_t work; /* instructions emitted, those that were dropped again too */
};

static bool wrong(struct compiler *c, const char *why)
{
	if (!c->why)
		c->why = why;
	return false;
}

static bool more(const struct compiler *c)
{
	return c->p < c->end;
}

static bool next_is(const struct compiler *c, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(c->end - c->p) >= n && memcmp(c->p, text, n) == 0;
}

static bool take(struct compiler *c, const char *text)
{
	if (!next_is(c, text))
		return false;
	c->p += strlen(text);
	return true;
}

static uint32_t take_char(struct compiler *c)
{
	uint32_t cp;

	c->p += utf8_next(c->p, (size_t)(c->end - c->p), &cp);
	return cp;
}

static bool emit(struct compiler *c, struct regex_code code)
{
	if (c->code.n >= MAX_CODE || ++c->work > MAX_WORK)
		return wrong(c, "the pattern is too large");
	*list_add(c->mem, &c->code) = code;
	return true;
}

/* Makes room for one instruction at place. */
static bool insert(struct compiler *c, size_t place, struct regex_code code)
{
	if (!emit(c, code))
		return false;
	memmove(&c->code.items[place + 1], &c->code.items[place], (c->code.n - 1 - place) * sizeof(code));
	c->code.items[place] = code;
	return true;
}

static bool add_item(struct compiler *c, struct regex_set *set, struct regex_item item)
{
	*list_add(c->mem, set) = item;
	return true;
}

static bool add_ranges(struct compiler *c, struct regex_set *set, const uint32_t *edges, size_t n, bool negate)
{
	uint32_t from = 0;

	for (size_t i = 0; i < n; i += 2) {
		if (!negate)
			add_item(c, set, (struct regex_item){ .lo = edges[i], .hi = edges[i + 1] });
		else if (edges[i] > from)
			add_item(c, set, (struct regex_item){ .lo = from, .hi = edges[i] - 1 });
		from = edges[i + 1] + 1;
	}
	return !negate || add_item(c, set, (struct regex_item){ .lo = from, .hi = 0x10ffff });
}

static const uint32_t digits[] = { '0', '9' };
static const uint32_t words[] = { '0', '9', 'A', 'Z', '_', '_', 'a', 'z' };
static const uint32_t spaces[] = { 9,      13,     32,     32,     0xa0,   0xa0,   0x1680, 0x1680, 0x2000, 0x200a,
				   0x2028, 0x2029, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff };

/* \p{Name}, behind "\p". */
static bool property(struct compiler *c, struct regex_set *set, bool negate)
{
	struct regex_item item = { .negate = negate };
	const char *start = c->p + 1, *close = more(c) && *c->p == '{' ? memchr(c->p, '}', (size_t)(c->end - c->p)) : NULL;

	if (!close || !regex_property((struct str){ start, (size_t)(close - start) }, &item.class))
		return wrong(c, "invalid property name");
	c->p = close + 1;
	return add_item(c, set, item);
}

/* \d \D \w \W \s \S \p{} \P{}: true when it was one (or is wrong); c->p is behind the backslash. */
static bool class_escape(struct compiler *c, struct regex_set *set)
{
	char kind = more(c) ? *c->p : '\0';
	bool negate = kind >= 'A' && kind <= 'Z';

	switch (ascii_lower(kind)) {
	case 'd':
		c->p++;
		return add_ranges(c, set, digits, LEN(digits), negate);
	case 'w':
		c->p++;
		return add_ranges(c, set, words, LEN(words), negate);
	case 's':
		c->p++;
		return add_ranges(c, set, spaces, LEN(spaces), negate);
	case 'p':
		c->p++;
		property(c, set, negate);
		return true;
	default:
		return false;
	}
}

static bool hex_digits(struct compiler *c, size_t least, size_t most, uint32_t *out)
{
	size_t n = 0;

	*out = 0;
	for (; n < most && more(c); n++, c->p++) {
		char h = ascii_lower(*c->p);

		if (!ascii_digit(h) && !(h >= 'a' && h <= 'f'))
			break;
		*out = *out * 16 + (uint32_t)(ascii_digit(h) ? h - '0' : h - 'a' + 10);
	}
	return n >= least || wrong(c, "invalid Unicode escape");
}

/* \uXXXX, a pair of them, or \u{X}, behind "\u". */
static uint32_t unicode_escape(struct compiler *c)
{
	uint32_t hi, lo;

	if (take(c, "{")) {
		if (hex_digits(c, 1, 6, &hi) && (!take(c, "}") || hi > 0x10ffff))
			wrong(c, "invalid Unicode escape");
		return hi;
	}
	if (!hex_digits(c, 4, 4, &hi) || hi < 0xd800 || hi > 0xdbff || !next_is(c, "\\u"))
		return hi;
	const char *back = c->p;

	c->p += 2;
	if (more(c) && *c->p != '{' && hex_digits(c, 4, 4, &lo) && lo >= 0xdc00 && lo <= 0xdfff)
		return 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
	c->p = back;
	return hi;
}

/* The character that an escape stands for; c->p is behind the backslash. */
static uint32_t char_escape(struct compiler *c)
{
	static const char from[] = "tnvfr", to[] = "\t\n\v\f\r";
	uint32_t cp = 0;

	if (!more(c)) {
		wrong(c, "\\ at end of pattern");
		return 0;
	}
	const char *simple = *c->p ? strchr(from, *c->p) : NULL;

	if (simple) {
		c->p++;
		return (uint32_t)to[simple - from];
	}
	if (take(c, "x")) {
		hex_digits(c, 2, 2, &cp);
		return cp;
	}
	if (take(c, "u"))
		return unicode_escape(c);
	if (*c->p == 'c' && c->end - c->p > 1 && ascii_alpha(c->p[1])) {
		c->p += 2;
		return (uint32_t)c->p[-1] & 31;
	}
	if (*c->p == '0' && !(c->end - c->p > 1 && ascii_digit(c->p[1]))) {
		c->p++;
		return 0;
	}
	if (ascii_alnum(*c->p))
		wrong(c, "invalid escape");
	return take_char(c);
}

/* One end of a range in a class. False when it is a class of its own, already in set. */
static bool class_atom(struct compiler *c, struct regex_set *set, uint32_t *out)
{
	if (!take(c, "\\")) {
		*out = take_char(c);
		return true;
	}
	if (class_escape(c, set))
		return false;
	*out = take(c, "b") ? 8 : char_escape(c);
	return true;
}

/* [...], behind "[". */
static bool class(struct compiler *c)
{
	struct regex_set set = { .negate = take(c, "^") };

	while (more(c) && *c->p != ']' && !c->why) {
		uint32_t lo, hi;
		bool single = class_atom(c, &set, &lo);

		if (next_is(c, "-") && c->end - c->p > 1 && c->p[1] != ']') {
			c->p++;
			if (!single || !class_atom(c, &set, &hi))
				return wrong(c, "invalid character class");
			if (lo > hi)
				return wrong(c, "range out of order in character class");
			add_item(c, &set, (struct regex_item){ .lo = lo, .hi = hi });
		} else if (single) {
			add_item(c, &set, (struct regex_item){ .lo = lo, .hi = lo });
		}
	}
	if (!take(c, "]"))
		return wrong(c, "unterminated character class");
	*list_add(c->mem, &c->sets) = set;
	return emit(c, (struct regex_code){ .op = OP_SET, .x = (uint32_t)c->sets.n - 1 });
}

/* \k<name>, behind "\k". */
static bool named_reference(struct compiler *c)
{
	const char *start = c->p + 1, *close = more(c) && *c->p == '<' ? memchr(c->p, '>', (size_t)(c->end - c->p)) : NULL;

	for (size_t i = 1; close && i < c->names.n; i++)
		if (c->names.items[i] && str_is((struct str){ start, (size_t)(close - start) }, c->names.items[i])) {
			c->p = close + 1;
			return emit(c, (struct regex_code){ .op = OP_BACK, .x = (uint32_t)i });
		}
	return wrong(c, "invalid named reference");
}

/* Behind a backslash outside a class. *edge: it was \b or \B, which no quantifier may follow. */
static bool escape(struct compiler *c, bool *edge)
{
	struct regex_set set = { 0 };

	if (take(c, "b") || take(c, "B")) {
		*edge = true;
		return emit(c, (struct regex_code){ .op = OP_WORD, .negate = c->p[-1] == 'B' });
	}
	if (take(c, "k"))
		return named_reference(c);
	if (more(c) && *c->p >= '1' && *c->p <= '9') {
		size_t n = 0;

		while (more(c) && ascii_digit(*c->p) && n < 10000)
			n = n * 10 + (size_t)(*c->p++ - '0');
		if (n >= c->names.n)
			return wrong(c, "invalid escape: no such group");
		return emit(c, (struct regex_code){ .op = OP_BACK, .x = (uint32_t)n });
	}
	if (class_escape(c, &set)) {
		*list_add(c->mem, &c->sets) = set;
		return emit(c, (struct regex_code){ .op = OP_SET, .x = (uint32_t)c->sets.n - 1 });
	}
	return emit(c, (struct regex_code){ .op = OP_CHAR, .x = char_escape(c) });
}

static bool alternatives(struct compiler *c);

static bool body(struct compiler *c)
{
	if (++c->nest > MAX_NEST)
		return wrong(c, "groups are nested too deep");
	bool ok = alternatives(c) && (take(c, ")") || wrong(c, "unterminated group"));

	c->nest--;
	return ok;
}

/* (?=…) (?!…) (?<=…) (?<!…) */
static bool look(struct compiler *c, bool behind, bool negate)
{
	size_t at = c->code.n;

	if (!emit(c, (struct regex_code){ .op = OP_LOOK, .behind = behind, .negate = negate }) || !body(c) ||
	    !emit(c, (struct regex_code){ .op = OP_ACCEPT }))
		return false;
	c->code.items[at].x = (uint32_t)(c->code.n - at);
	return true;
}

/* Behind "(". *edge: it was a look-around. */
static bool group(struct compiler *c, bool *edge)
{
	*edge = true;
	if (take(c, "?="))
		return look(c, false, false);
	if (take(c, "?!"))
		return look(c, false, true);
	if (take(c, "?<="))
		return look(c, true, false);
	if (take(c, "?<!"))
		return look(c, true, true);
	*edge = false;
	if (take(c, "?:"))
		return body(c);
	if (take(c, "?<")) {
		const char *close = memchr(c->p, '>', (size_t)(c->end - c->p));

		if (!close)
			return wrong(c, "invalid capture group name");
		c->p = close + 1; /* find_groups() looked at the name */
	} else if (next_is(c, "?")) {
		return wrong(c, "invalid group");
	}
	uint32_t n = (uint32_t)++c->group;

	if (n >= c->names.n)
		return wrong(c, "invalid group");
	return emit(c, (struct regex_code){ .op = OP_SAVE, .x = 2 * n }) && body(c) &&
	       emit(c, (struct regex_code){ .op = OP_SAVE, .x = 2 * n + 1 });
}

/* One thing that a quantifier may follow, unless *edge. */
static bool atom(struct compiler *c, bool *edge)
{
	*edge = false;
	if (take(c, "("))
		return group(c, edge);
	if (take(c, "["))
		return class(c);
	if (take(c, "\\"))
		return escape(c, edge);
	if (take(c, "."))
		return emit(c, (struct regex_code){ .op = OP_ANY });
	if (take(c, "^") || take(c, "$")) {
		*edge = true;
		return emit(c, (struct regex_code){ .op = c->p[-1] == '^' ? OP_BEGIN : OP_END });
	}
	if (strchr("*+?", *c->p) && *c->p)
		return wrong(c, "nothing to repeat");
	if (*c->p == '{' || *c->p == '}' || *c->p == ']')
		return wrong(c, "lone quantifier brackets");
	return emit(c, (struct regex_code){ .op = OP_CHAR, .x = take_char(c) });
}

static bool number(struct compiler *c, uint32_t *out)
{
	const char *start = c->p;

	for (*out = 0; more(c) && ascii_digit(*c->p); c->p++)
		if (*out < MAX_TIMES)
			*out = *out * 10 + (uint32_t)(*c->p - '0');
	return c->p > start;
}

/* A quantifier, if there is one: true and its bounds. */
static bool quantifier(struct compiler *c, uint32_t *min, uint32_t *max)
{
	*max = REGEX_NONE;
	if (take(c, "*")) {
		*min = 0;
	} else if (take(c, "+")) {
		*min = 1;
	} else if (take(c, "?")) {
		*min = 0;
		*max = 1;
	} else if (take(c, "{")) {
		if (!number(c, min))
			return wrong(c, "incomplete quantifier");
		if (!take(c, ","))
			*max = *min;
		else if (!next_is(c, "}") && !number(c, max))
			return wrong(c, "incomplete quantifier");
		if (!take(c, "}"))
			return wrong(c, "incomplete quantifier");
		if (*min > *max)
			return wrong(c, "numbers out of order in quantifier");
	} else {
		return false;
	}
	return true;
}

/* What is repeated: its code, and the slots of its groups. */
struct block {
	struct regex_code *code;
	size_t n;
	uint32_t first, last;
};

static bool emit_block(struct compiler *c, const struct block *b)
{
	if (b->last > b->first && !emit(c, (struct regex_code){ .op = OP_RESET, .x = b->first, .y = b->last }))
		return false;
	for (size_t i = 0; i < b->n; i++)
		if (!emit(c, b->code[i]))
			return false;
	return true;
}

/* The code behind place, once for each time it must or may match. */
static bool repeat(struct compiler *c, size_t place, uint32_t first, uint32_t min, uint32_t max, bool lazy)
{
	struct block b = { .n = c->code.n - place, .first = first, .last = 2 * (uint32_t)(c->group + 1) };

	b.code = arena_array(c->mem, struct regex_code, b.n + 1);
	memcpy(b.code, &c->code.items[place], b.n * sizeof(*b.code));
	c->code.n = place;
	for (uint32_t i = 0; i < min; i++)
		if (!emit_block(c, &b))
			return false;
	if (max == REGEX_NONE) {
		size_t split = c->code.n;
		uint32_t mark = (uint32_t)(2 * c->names.n + c->marks++);

		if (!emit(c, (struct regex_code){ .op = OP_SPLIT, .lazy = lazy }) ||
		    !emit(c, (struct regex_code){ .op = OP_MARK, .x = mark }) || !emit_block(c, &b) ||
		    !emit(c, (struct regex_code){ .op = OP_MOVED, .x = mark }) ||
		    !emit(c, (struct regex_code){ .op = OP_JUMP, .x = (uint32_t)split - (uint32_t)c->code.n }))
			return false;
		c->code.items[split].x = (uint32_t)(c->code.n - split);
		return true;
	}
	size_t one = b.n + 1 + (b.last > b.first), times = max - min;

	for (size_t i = 0; i < times; i++)
		if (!emit(c, (struct regex_code){ .op = OP_SPLIT, .lazy = lazy, .x = (uint32_t)(one * (times - i)) }) ||
		    !emit_block(c, &b))
			return false;
	return true;
}

static bool is_one_char(const struct regex_code *code)
{
	return code->op == OP_CHAR || code->op == OP_ANY || code->op == OP_SET;
}

static bool term(struct compiler *c)
{
	size_t place = c->code.n;
	uint32_t first = 2 * (uint32_t)(c->group + 1), min, max;
	bool edge;

	if (!atom(c, &edge) || c->why)
		return false;
	if (!quantifier(c, &min, &max))
		return !c->why;
	if (edge)
		return wrong(c, "nothing to repeat");
	bool lazy = take(c, "?");

	if (c->code.n == place + 1 && is_one_char(&c->code.items[place]))
		return insert(c, place, (struct regex_code){ .op = OP_REPEAT, .x = min, .y = max, .lazy = lazy });
	return repeat(c, place, first, min, max, lazy);
}

static bool alternatives(struct compiler *c)
{
	struct {
		size_t *items;
		size_t n, cap;
	} jumps = { 0 };

	for (;;) {
		size_t start = c->code.n;

		while (more(c) && *c->p != '|' && *c->p != ')')
			if (!term(c))
				return false;
		if (!take(c, "|"))
			break;
		if (!insert(c, start, (struct regex_code){ .op = OP_SPLIT, .x = (uint32_t)(c->code.n - start + 2) }))
			return false;
		*list_add(c->mem, &jumps) = c->code.n;
		if (!emit(c, (struct regex_code){ .op = OP_JUMP }))
			return false;
	}
	for (size_t i = 0; i < jumps.n; i++)
		c->code.items[jumps.items[i]].x = (uint32_t)(c->code.n - jumps.items[i]);
	return true;
}

static bool group_name(struct compiler *c, const char *p, const char **out)
{
	const char *close = memchr(p, '>', (size_t)(c->end - p));

	if (!close || close == p || ascii_digit(*p))
		return wrong(c, "invalid capture group name");
	for (const char *q = p; q < close; q++)
		if (!ascii_alnum(*q) && *q != '_' && *q != '$' && !((unsigned char)*q & 0x80))
			return wrong(c, "invalid capture group name");
	*out = arena_strndup(c->mem, p, (size_t)(close - p));
	for (size_t i = 1; i < c->names.n; i++)
		if (c->names.items[i] && streq(c->names.items[i], *out))
			return wrong(c, "duplicate capture group name");
	return true;
}

/* Counts and names the groups first: references may stand before them. */
static bool find_groups(struct compiler *c)
{
	bool in_class = false;

	*list_add(c->mem, &c->names) = NULL;
	for (const char *p = c->p; p < c->end; p++) {
		const char *name = NULL;

		if (*p == '\\') {
			p++;
			continue;
		}
		in_class = *p == '[' ? true : *p == ']' ? false : in_class;
		if (*p != '(' || in_class)
			continue;
		size_t left = (size_t)(c->end - p);
		bool named = left > 3 && p[1] == '?' && p[2] == '<' && p[3] != '=' && p[3] != '!';

		if (left > 1 && p[1] == '?' && !named)
			continue;
		if (named && !group_name(c, p + 3, &name))
			return false;
		*list_add(c->mem, &c->names) = name;
	}
	return true;
}

const struct regex *regex_compile(struct arena *mem, struct str pattern, unsigned flags, const char **why)
{
	struct compiler c = { .mem = mem, .p = pattern.n ? pattern.p : "", .end = (pattern.n ? pattern.p : "") + pattern.n };
	bool ok = find_groups(&c) && emit(&c, (struct regex_code){ .op = OP_SAVE, .x = 0 }) && alternatives(&c) &&
		  (!more(&c) || wrong(&c, "unmatched ')'")) && emit(&c, (struct regex_code){ .op = OP_SAVE, .x = 1 }) &&
		  emit(&c, (struct regex_code){ .op = OP_ACCEPT });

	if (!ok || c.why) {
		if (why)
			*why = c.why;
		return NULL;
	}
	struct regex *re = arena_new(mem, struct regex);

	*re = (struct regex){
		.code = c.code.items,
		.n_code = c.code.n,
		.sets = c.sets.items,
		.n_sets = c.sets.n,
		.names = c.names.items,
		.n_groups = c.names.n,
		.n_slots = 2 * c.names.n + c.marks,
		.flags = flags,
	};
	return re;
}
