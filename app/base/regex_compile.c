/* Compiles regular expressions into the matcher's code. */
#include "base/regex_private.h"

#include "base/list.h"
#include "base/utf8.h"

enum { MAX_CODE = 50000, MAX_NEST = 60, MAX_TIMES = 100000, MAX_WORK = 5 * MAX_CODE };

bool regex_wrong(struct regex_compiler *c, const char *why)
{
	if (!c->why)
		c->why = why;
	return false;
}

bool regex_more(const struct regex_compiler *c)
{
	return c->p < c->end;
}

bool regex_next_is(const struct regex_compiler *c, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(c->end - c->p) >= n && memcmp(c->p, text, n) == 0;
}

bool regex_take(struct regex_compiler *c, const char *text)
{
	if (!regex_next_is(c, text))
		return false;
	c->p += strlen(text);
	return true;
}

uint32_t regex_take_char(struct regex_compiler *c)
{
	uint32_t cp;

	c->p += utf8_next(c->p, (size_t)(c->end - c->p), &cp);
	return cp;
}

bool regex_emit(struct regex_compiler *c, struct regex_code code)
{
	if (c->code.n >= MAX_CODE || ++c->work > MAX_WORK)
		return regex_wrong(c, "the pattern is too large");
	*list_add(c->mem, &c->code) = code;
	return true;
}

/* Makes room for one instruction at place. */
static bool insert(struct regex_compiler *c, size_t place, struct regex_code code)
{
	if (!regex_emit(c, code))
		return false;
	memmove(&c->code.items[place + 1], &c->code.items[place], (c->code.n - 1 - place) * sizeof(code));
	c->code.items[place] = code;
	return true;
}

static bool alternatives(struct regex_compiler *c);

static bool body(struct regex_compiler *c)
{
	if (++c->nest > MAX_NEST)
		return regex_wrong(c, "groups are nested too deep");
	bool ok = alternatives(c) && (regex_take(c, ")") || regex_wrong(c, "unterminated group"));

	c->nest--;
	return ok;
}

/* (?=…) (?!…) (?<=…) (?<!…) */
static bool look(struct regex_compiler *c, bool behind, bool negate)
{
	size_t at = c->code.n;

	if (!regex_emit(c, (struct regex_code){ .op = OP_LOOK, .behind = behind, .negate = negate }) || !body(c) ||
	    !regex_emit(c, (struct regex_code){ .op = OP_ACCEPT }))
		return false;
	c->code.items[at].x = (uint32_t)(c->code.n - at);
	return true;
}

/* Behind "(". *edge: it was a look-around. */
static bool group(struct regex_compiler *c, bool *edge)
{
	*edge = true;
	if (regex_take(c, "?="))
		return look(c, false, false);
	if (regex_take(c, "?!"))
		return look(c, false, true);
	if (regex_take(c, "?<="))
		return look(c, true, false);
	if (regex_take(c, "?<!"))
		return look(c, true, true);
	*edge = false;
	if (regex_take(c, "?:"))
		return body(c);
	if (regex_take(c, "?<")) {
		const char *close = memchr(c->p, '>', (size_t)(c->end - c->p));

		if (!close)
			return regex_wrong(c, "invalid capture group name");
		c->p = close + 1; /* find_groups() looked at the name */
	} else if (regex_next_is(c, "?")) {
		return regex_wrong(c, "invalid group");
	}
	uint32_t n = (uint32_t)++c->group;

	if (n >= c->names.n)
		return regex_wrong(c, "invalid group");
	return regex_emit(c, (struct regex_code){ .op = OP_SAVE, .x = 2 * n }) && body(c) &&
	       regex_emit(c, (struct regex_code){ .op = OP_SAVE, .x = 2 * n + 1 });
}

/* One thing that a quantifier may follow, unless *edge. */
static bool atom(struct regex_compiler *c, bool *edge)
{
	*edge = false;
	if (regex_take(c, "("))
		return group(c, edge);
	if (regex_take(c, "["))
		return regex_bracket(c);
	if (regex_take(c, "\\"))
		return regex_escape(c, edge);
	if (regex_take(c, "."))
		return regex_emit(c, (struct regex_code){ .op = OP_ANY });
	if (regex_take(c, "^") || regex_take(c, "$")) {
		*edge = true;
		return regex_emit(c, (struct regex_code){ .op = c->p[-1] == '^' ? OP_BEGIN : OP_END });
	}
	if (strchr("*+?", *c->p) && *c->p)
		return regex_wrong(c, "nothing to repeat");
	if (*c->p == '{' || *c->p == '}' || *c->p == ']')
		return regex_wrong(c, "lone quantifier brackets");
	return regex_emit(c, (struct regex_code){ .op = OP_CHAR, .x = regex_take_char(c) });
}

static bool number(struct regex_compiler *c, uint32_t *out)
{
	const char *start = c->p;

	for (*out = 0; regex_more(c) && ascii_digit(*c->p); c->p++)
		if (*out < MAX_TIMES)
			*out = *out * 10 + (uint32_t)(*c->p - '0');
	return c->p > start;
}

/* A quantifier, if there is one: true and its bounds. */
static bool quantifier(struct regex_compiler *c, uint32_t *min, uint32_t *max)
{
	*max = REGEX_NONE;
	if (regex_take(c, "*")) {
		*min = 0;
	} else if (regex_take(c, "+")) {
		*min = 1;
	} else if (regex_take(c, "?")) {
		*min = 0;
		*max = 1;
	} else if (regex_take(c, "{")) {
		if (!number(c, min))
			return regex_wrong(c, "incomplete quantifier");
		if (!regex_take(c, ","))
			*max = *min;
		else if (!regex_next_is(c, "}") && !number(c, max))
			return regex_wrong(c, "incomplete quantifier");
		if (!regex_take(c, "}"))
			return regex_wrong(c, "incomplete quantifier");
		if (*min > *max)
			return regex_wrong(c, "numbers out of order in quantifier");
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

static bool emit_block(struct regex_compiler *c, const struct block *b)
{
	if (b->last > b->first && !regex_emit(c, (struct regex_code){ .op = OP_RESET, .x = b->first, .y = b->last }))
		return false;
	for (size_t i = 0; i < b->n; i++)
		if (!regex_emit(c, b->code[i]))
			return false;
	return true;
}

/* A time that may be left out, and must not match nothing when it is not; size of the choice's other way is set by the caller.
 */
static bool emit_optional(struct regex_compiler *c, const struct block *b, uint32_t mark, bool lazy)
{
	return regex_emit(c, (struct regex_code){ .op = OP_SPLIT, .lazy = lazy }) &&
	       regex_emit(c, (struct regex_code){ .op = OP_MARK, .x = mark }) && emit_block(c, b) &&
	       regex_emit(c, (struct regex_code){ .op = OP_MOVED, .x = mark });
}

/* The code behind place, once for each time it must or may match. */
static bool repeat(struct regex_compiler *c, size_t place, uint32_t first, uint32_t min, uint32_t max, bool lazy)
{
	struct block b = { .n = c->code.n - place, .first = first, .last = 2 * (uint32_t)(c->group + 1) };

	b.code = arena_array(c->mem, struct regex_code, b.n + 1);
	memcpy(b.code, &c->code.items[place], b.n * sizeof(*b.code));
	c->code.n = place;
	for (uint32_t i = 0; i < min; i++)
		if (!emit_block(c, &b))
			return false;
	size_t split = c->code.n;
	uint32_t mark = (uint32_t)(2 * c->names.n + c->marks++);

	if (max == REGEX_NONE) {
		if (!emit_optional(c, &b, mark, lazy) ||
		    !regex_emit(c, (struct regex_code){ .op = OP_JUMP, .x = (uint32_t)split - (uint32_t)c->code.n }))
			return false;
		c->code.items[split].x = (uint32_t)(c->code.n - split);
		return true;
	}
	for (uint32_t i = min; i < max; i++)
		if (!emit_optional(c, &b, mark, lazy))
			return false;
	/* each choice's other way leads behind all of them */
	for (size_t one = max > min ? (c->code.n - split) / (max - min) : 1; split < c->code.n; split += one)
		c->code.items[split].x = (uint32_t)(c->code.n - split);
	return true;
}

static bool is_one_char(const struct regex_code *code)
{
	return code->op == OP_CHAR || code->op == OP_ANY || code->op == OP_SET;
}

static bool term(struct regex_compiler *c)
{
	size_t place = c->code.n;
	uint32_t first = 2 * (uint32_t)(c->group + 1), min, max;
	bool edge;

	if (!atom(c, &edge) || c->why)
		return false;
	if (!quantifier(c, &min, &max))
		return !c->why;
	if (edge)
		return regex_wrong(c, "nothing to repeat");
	bool lazy = regex_take(c, "?");

	if (c->code.n == place + 1 && is_one_char(&c->code.items[place]))
		return insert(c, place, (struct regex_code){ .op = OP_REPEAT, .x = min, .y = max, .lazy = lazy });
	return repeat(c, place, first, min, max, lazy);
}

static bool alternatives(struct regex_compiler *c)
{
	struct {
		size_t *items;
		size_t n, cap;
	} jumps = { 0 };

	for (;;) {
		size_t start = c->code.n;

		while (regex_more(c) && *c->p != '|' && *c->p != ')')
			if (!term(c))
				return false;
		if (!regex_take(c, "|"))
			break;
		if (!insert(c, start, (struct regex_code){ .op = OP_SPLIT, .x = (uint32_t)(c->code.n - start + 2) }))
			return false;
		*list_add(c->mem, &jumps) = c->code.n;
		if (!regex_emit(c, (struct regex_code){ .op = OP_JUMP }))
			return false;
	}
	for (size_t i = 0; i < jumps.n; i++)
		c->code.items[jumps.items[i]].x = (uint32_t)(c->code.n - jumps.items[i]);
	return true;
}

static bool group_name(struct regex_compiler *c, const char *p, const char **out)
{
	const char *close = memchr(p, '>', (size_t)(c->end - p));

	if (!close || close == p || ascii_digit(*p))
		return regex_wrong(c, "invalid capture group name");
	for (const char *q = p; q < close; q++)
		if (!ascii_alnum(*q) && *q != '_' && *q != '$' && !((unsigned char)*q & 0x80))
			return regex_wrong(c, "invalid capture group name");
	*out = arena_strndup(c->mem, p, (size_t)(close - p));
	for (size_t i = 1; i < c->names.n; i++)
		if (c->names.items[i] && streq(c->names.items[i], *out))
			return regex_wrong(c, "duplicate capture group name");
	return true;
}

/* Counts and names the groups first: references may stand before them. */
static bool find_groups(struct regex_compiler *c)
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
	struct regex_compiler c = { .mem = mem,
				    .p = pattern.n ? pattern.p : "",
				    .end = (pattern.n ? pattern.p : "") + pattern.n };
	bool ok = find_groups(&c) && regex_emit(&c, (struct regex_code){ .op = OP_SAVE, .x = 0 }) && alternatives(&c) &&
		  (!regex_more(&c) || regex_wrong(&c, "unmatched ')'")) &&
		  regex_emit(&c, (struct regex_code){ .op = OP_SAVE, .x = 1 }) &&
		  regex_emit(&c, (struct regex_code){ .op = OP_ACCEPT });

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
		.n_groups = c.names.n,
		.n_slots = 2 * c.names.n + c.marks,
		.flags = flags,
	};
	return re;
}
