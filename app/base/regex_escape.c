/* Escapes and classes of regular expressions. */
#include "base/regex_private.h"

#include "base/list.h"

static bool add_item(struct regex_compiler *c, struct regex_set *set, struct regex_item item)
{
	*list_add(c->mem, set) = item;
	return true;
}

static bool add_ranges(struct regex_compiler *c, struct regex_set *set, const uint32_t *edges, size_t n, bool negate)
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
static bool property(struct regex_compiler *c, struct regex_set *set, bool negate)
{
	struct regex_item item = { .negate = negate };
	const char *start = c->p + 1,
		   *close = regex_more(c) && *c->p == '{' ? memchr(c->p, '}', (size_t)(c->end - c->p)) : NULL;

	if (!close || !regex_property((struct str){ start, (size_t)(close - start) }, &item.class))
		return regex_wrong(c, "invalid property name");
	c->p = close + 1;
	return add_item(c, set, item);
}

/* \d \D \w \W \s \S \p{} \P{}: true when it was one (or is wrong); c->p is behind the backslash. */
static bool class_escape(struct regex_compiler *c, struct regex_set *set)
{
	char kind = regex_more(c) ? *c->p : '\0';
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

static bool hex_digits(struct regex_compiler *c, size_t least, size_t most, uint32_t *out)
{
	size_t n = 0;

	*out = 0;
	for (; n < most && regex_more(c); n++, c->p++) {
		char h = ascii_lower(*c->p);

		if (!ascii_digit(h) && !(h >= 'a' && h <= 'f'))
			break;
		*out = *out * 16 + (uint32_t)(ascii_digit(h) ? h - '0' : h - 'a' + 10);
	}
	return n >= least || regex_wrong(c, "invalid Unicode escape");
}

/* \uXXXX, a pair of them, or \u{X}, behind "\u". */
static uint32_t unicode_escape(struct regex_compiler *c)
{
	uint32_t hi, lo;

	if (regex_take(c, "{")) {
		if (hex_digits(c, 1, 6, &hi) && (!regex_take(c, "}") || hi > 0x10ffff))
			regex_wrong(c, "invalid Unicode escape");
		return hi;
	}
	if (!hex_digits(c, 4, 4, &hi) || hi < 0xd800 || hi > 0xdbff || !regex_next_is(c, "\\u"))
		return hi;
	const char *back = c->p;

	c->p += 2;
	if (regex_more(c) && *c->p != '{' && hex_digits(c, 4, 4, &lo) && lo >= 0xdc00 && lo <= 0xdfff)
		return 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
	c->p = back;
	return hi;
}

/* The character that an escape stands for; c->p is behind the backslash. */
static uint32_t char_escape(struct regex_compiler *c)
{
	static const char from[] = "tnvfr", to[] = "\t\n\v\f\r";
	uint32_t cp = 0;

	if (!regex_more(c)) {
		regex_wrong(c, "\\ at end of pattern");
		return 0;
	}
	const char *simple = *c->p ? strchr(from, *c->p) : NULL;

	if (simple) {
		c->p++;
		return (uint32_t)to[simple - from];
	}
	if (regex_take(c, "x")) {
		hex_digits(c, 2, 2, &cp);
		return cp;
	}
	if (regex_take(c, "u"))
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
		regex_wrong(c, "invalid escape");
	return regex_take_char(c);
}

/* One end of a range in a class. False when it is a class of its own, already in set. */
static bool class_atom(struct regex_compiler *c, struct regex_set *set, uint32_t *out)
{
	if (!regex_take(c, "\\")) {
		*out = regex_take_char(c);
		return true;
	}
	if (class_escape(c, set))
		return false;
	*out = regex_take(c, "b") ? 8 : char_escape(c);
	return true;
}

/* [...], behind "[". */
bool regex_bracket(struct regex_compiler *c)
{
	struct regex_set set = { .negate = regex_take(c, "^") };

	while (regex_more(c) && *c->p != ']' && !c->why) {
		uint32_t lo, hi;
		bool single = class_atom(c, &set, &lo);

		if (regex_next_is(c, "-") && c->end - c->p > 1 && c->p[1] != ']') {
			c->p++;
			if (!single || !class_atom(c, &set, &hi))
				return regex_wrong(c, "invalid character class");
			if (lo > hi)
				return regex_wrong(c, "range out of order in character class");
			add_item(c, &set, (struct regex_item){ .lo = lo, .hi = hi });
		} else if (single) {
			add_item(c, &set, (struct regex_item){ .lo = lo, .hi = lo });
		}
	}
	if (!regex_take(c, "]"))
		return regex_wrong(c, "unterminated character class");
	*list_add(c->mem, &c->sets) = set;
	return regex_emit(c, (struct regex_code){ .op = OP_SET, .x = (uint32_t)c->sets.n - 1 });
}

/* \k<name>, behind "\k". */
static bool named_reference(struct regex_compiler *c)
{
	const char *start = c->p + 1,
		   *close = regex_more(c) && *c->p == '<' ? memchr(c->p, '>', (size_t)(c->end - c->p)) : NULL;

	for (size_t i = 1; close && i < c->names.n; i++)
		if (c->names.items[i] && str_is((struct str){ start, (size_t)(close - start) }, c->names.items[i])) {
			c->p = close + 1;
			return regex_emit(c, (struct regex_code){ .op = OP_BACK, .x = (uint32_t)i });
		}
	return regex_wrong(c, "invalid named reference");
}

/* Behind a backslash outside a class. *edge: it was \b or \B, which no quantifier may follow. */
bool regex_escape(struct regex_compiler *c, bool *edge)
{
	struct regex_set set = { 0 };

	if (regex_take(c, "b") || regex_take(c, "B")) {
		*edge = true;
		return regex_emit(c, (struct regex_code){ .op = OP_WORD, .negate = c->p[-1] == 'B' });
	}
	if (regex_take(c, "k"))
		return named_reference(c);
	if (regex_more(c) && *c->p >= '1' && *c->p <= '9') {
		size_t n = 0;

		while (regex_more(c) && ascii_digit(*c->p) && n < 10000)
			n = n * 10 + (size_t)(*c->p++ - '0');
		if (n >= c->names.n)
			return regex_wrong(c, "invalid escape: no such group");
		return regex_emit(c, (struct regex_code){ .op = OP_BACK, .x = (uint32_t)n });
	}
	if (class_escape(c, &set)) {
		*list_add(c->mem, &c->sets) = set;
		return regex_emit(c, (struct regex_code){ .op = OP_SET, .x = (uint32_t)c->sets.n - 1 });
	}
	return regex_emit(c, (struct regex_code){ .op = OP_CHAR, .x = char_escape(c) });
}
