/* Lua's library of strings, in which everything that looks at bytes counts. Letters are those of ASCII. */
#include "plugins/sandbox_private.h"

#include "plugins/sandbox_pattern.h"

enum { MAX_PATTERN = 10000 };

static struct str text_at(lua_State *L, int index)
{
	struct str s;

	s.p = luaL_checklstring(L, index, &s.n);
	return s;
}

/* A position that may count from the end, as an offset; before the beginning is the beginning. */
static size_t begin_at(lua_Integer i, size_t n)
{
	if (i > 0)
		return (size_t)i - 1;
	if (i == 0 || i < -(lua_Integer)n)
		return 0;
	return n + (size_t)i;
}

/* The last position, as the offset behind it. */
static size_t end_at(lua_Integer i, size_t n)
{
	if (i > (lua_Integer)n)
		return n;
	if (i >= 0)
		return (size_t)i;
	return i < -(lua_Integer)n ? 0 : n + (size_t)i + 1;
}

static int len(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)text_at(L, 1).n);
	return 1;
}

static int sub(lua_State *L)
{
	struct str s = text_at(L, 1);
	size_t begin = begin_at(luaL_checkinteger(L, 2), s.n), end = end_at(luaL_optinteger(L, 3, -1), s.n);

	if (begin >= end) {
		lua_pushliteral(L, "");
		return 1;
	}
	sandbox_charge(L, (end - begin) / BYTES_A_STEP);
	lua_pushlstring(L, s.p + begin, end - begin);
	return 1;
}

/* A text of the same length. */
static int change(lua_State *L, char (*fn)(struct str s, size_t i))
{
	struct str s = text_at(L, 1);
	struct out o;

	sandbox_charge(L, s.n / 8);
	out_begin(&o, L);
	char *p = out_room(&o, s.n);

	for (size_t i = 0; i < s.n; i++)
		p[i] = fn(s, i);
	o.n = s.n;
	out_end(&o);
	return 1;
}

static char lower_at(struct str s, size_t i)
{
	return ascii_lower(s.p[i]);
}

static char upper_at(struct str s, size_t i)
{
	return s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 'a' + 'A') : s.p[i];
}

static char reverse_at(struct str s, size_t i)
{
	return s.p[s.n - 1 - i];
}

static int lower(lua_State *L)
{
	return change(L, lower_at);
}

static int upper(lua_State *L)
{
	return change(L, upper_at);
}

static int reverse(lua_State *L)
{
	return change(L, reverse_at);
}

/* The first n bytes again and again, up to total: each time as many as there are. */
static void repeat(char *p, size_t n, size_t total)
{
	while (n < total) {
		size_t more = n < total - n ? n : total - n;

		memcpy(p + n, p, more);
		n += more;
	}
}

static int rep(lua_State *L)
{
	struct str s = text_at(L, 1), between = { "", 0 };
	lua_Integer n = luaL_checkinteger(L, 2);
	size_t unit, total;
	struct out o;

	between.p = luaL_optlstring(L, 3, "", &between.n);
	unit = s.n + between.n;
	if (n <= 0 || unit == 0) {
		lua_pushliteral(L, "");
		return 1;
	}
	if (__builtin_mul_overflow(unit, (size_t)n, &total) || total > SIZE_MAX / 4)
		return luaL_error(L, "resulting string too large");
	out_begin(&o, L);
	out_room(&o, total);
	out_add(&o, s.p, s.n);
	out_add(&o, between.p, between.n);
	sandbox_charge(L, total / BYTES_A_STEP);
	repeat(o.p, unit, total);
	/* Nothing stands between the last and the end. */
	o.n = total - between.n;
	out_end(&o);
	return 1;
}

static int byte(lua_State *L)
{
	struct str s = text_at(L, 1);
	lua_Integer first = luaL_optinteger(L, 2, 1);
	size_t begin = begin_at(first, s.n), end = end_at(luaL_optinteger(L, 3, first), s.n);

	if (begin >= end)
		return 0;
	if (end - begin > MAX_RESULTS)
		return luaL_error(L, "string slice too long");
	sandbox_charge(L, end - begin);
	luaL_checkstack(L, (int)(end - begin), "string slice too long");
	for (size_t i = begin; i < end; i++)
		lua_pushinteger(L, (unsigned char)s.p[i]);
	return (int)(end - begin);
}

static int chars(lua_State *L)
{
	int n = lua_gettop(L);
	struct out o;

	luaL_checkstack(L, 2, NULL);
	out_begin(&o, L);
	sandbox_charge(L, (uint64_t)n);
	for (int i = 1; i <= n; i++) {
		lua_Unsigned c = (lua_Unsigned)luaL_checkinteger(L, i);
		char b = (char)(unsigned char)c;

		luaL_argcheck(L, c <= 255, i, "value out of range");
		out_add(&o, &b, 1);
	}
	out_end(&o);
	return 1;
}

/* ---- patterns ---- */

static bool charge(void *arg, uint64_t steps)
{
	sandbox_charge(arg, steps);
	return true;
}

/* A pattern with the place for its items: on the C stack while it is short, else on Lua's, where it takes a slot. */
struct compiled {
	struct pattern p;
	struct pattern_item small[PATTERN_SMALL];
};

static void compile(lua_State *L, struct pattern *p, struct str text, bool anchors)
{
	sandbox_charge(L, text.n);

	const char *wrong = pattern_compile(p, text, anchors);

	if (wrong)
		luaL_error(L, "%s", wrong);
}

static void check_pattern(lua_State *L, struct str text)
{
	if (text.n > MAX_PATTERN)
		luaL_error(L, "pattern too long");
}

static void compile_here(lua_State *L, struct compiled *c, struct str text)
{
	check_pattern(L, text);
	c->p.items = c->small;
	if (text.n > PATTERN_SMALL)
		c->p.items = lua_newuserdatauv(L, text.n * sizeof(*c->p.items), 0);
	else
		lua_pushnil(L);
	compile(L, &c->p, text, true);
}

static struct pattern_match match_in(lua_State *L, struct str subject)
{
	struct pattern_match m;

	m.subject = subject;
	m.step = charge;
	m.arg = L;
	m.steps = 0;
	return m;
}

static void push_capture(lua_State *L, const struct pattern_match *m, unsigned i)
{
	const struct pattern_capture *c = &m->capture[i];

	if (c->place)
		lua_pushinteger(L, (lua_Integer)c->begin + 1);
	else
		lua_pushlstring(L, m->subject.p + c->begin, c->n);
}

/* Without captures the whole match is one. */
static int push_captures(lua_State *L, const struct pattern *p, const struct pattern_match *m)
{
	unsigned n = p->captures ? p->captures : 1;

	luaL_checkstack(L, (int)n, "too many captures");
	for (unsigned i = 0; i < n; i++)
		push_capture(L, m, i);
	return (int)n;
}

static bool is_plain(struct str pattern)
{
	for (size_t i = 0; i < pattern.n; i++)
		if (pattern.p[i] && strchr("^$*+?.([%-", pattern.p[i]))
			return false;
	return true;
}

static int find_plain(lua_State *L, struct str s, struct str what, size_t from)
{
	const char *hit;

	sandbox_charge(L, (s.n - from) / 8);
	hit = what.n ? memmem(s.p + from, s.n - from, what.p, what.n) : s.p + from;
	if (!hit) {
		luaL_pushfail(L);
		return 1;
	}
	lua_pushinteger(L, hit - s.p + 1);
	lua_pushinteger(L, hit - s.p + (lua_Integer)what.n);
	return 2;
}

static int search(lua_State *L, bool find)
{
	struct str s = text_at(L, 1), text = text_at(L, 2);
	size_t from = begin_at(luaL_optinteger(L, 3, 1), s.n);
	struct compiled c;

	if (from > s.n) {
		luaL_pushfail(L);
		return 1;
	}
	if (find && (lua_toboolean(L, 4) || is_plain(text)))
		return find_plain(L, s, text, from);
	lua_settop(L, 2);
	compile_here(L, &c, text);
	struct pattern_match m = match_in(L, s);

	if (pattern_find(&c.p, &m, from, false) <= 0) {
		luaL_pushfail(L);
		return 1;
	}
	if (!find)
		return push_captures(L, &c.p, &m);
	lua_pushinteger(L, (lua_Integer)m.begin + 1);
	lua_pushinteger(L, (lua_Integer)m.end);
	return 2 + (c.p.captures ? push_captures(L, &c.p, &m) : 0);
}

static int find(lua_State *L)
{
	return search(L, true);
}

static int match(lua_State *L)
{
	return search(L, false);
}

/* An empty match where the last one ended is none. */
struct progress {
	struct pattern p;
	size_t from, last;
	struct pattern_item items[];
};

/* The next match at or behind from: 1, 0. */
static int advance(struct progress *g, struct pattern_match *m)
{
	while (g->from <= m->subject.n && pattern_find(&g->p, m, g->from, false) == 1) {
		bool again = m->end == g->last;

		g->from = again ? m->begin + 1 : m->end;
		if (!again) {
			g->last = m->end;
			return 1;
		}
	}
	g->from = m->subject.n + 1;
	return 0;
}

static struct progress *new_progress(lua_State *L, struct str text, bool anchors)
{
	struct progress *g;

	check_pattern(L, text);
	g = lua_newuserdatauv(L, sizeof(*g) + text.n * sizeof(struct pattern_item), 0);
	g->from = 0;
	g->last = SIZE_MAX;
	g->p.items = g->items;
	compile(L, &g->p, text, anchors);
	return g;
}

static int gmatch_next(lua_State *L)
{
	struct progress *g = lua_touserdata(L, lua_upvalueindex(2));
	struct str s;

	s.p = lua_tolstring(L, lua_upvalueindex(1), &s.n);
	struct pattern_match m = match_in(L, s);

	return advance(g, &m) ? push_captures(L, &g->p, &m) : 0;
}

/* The anchor would let it find one match for ever, so that "^" is a character here. */
static int gmatch(lua_State *L)
{
	struct str s = text_at(L, 1), text = text_at(L, 2);
	size_t from = begin_at(luaL_optinteger(L, 3, 1), s.n);

	lua_settop(L, 2);
	lua_pushvalue(L, 1);
	struct progress *g = new_progress(L, text, false);

	g->from = from > s.n ? s.n + 1 : from;
	lua_pushcclosure(L, gmatch_next, 2);
	return 1;
}

/* "%0" to "%9" and "%%" in the text that replaces. */
static void add_replacement(lua_State *L, struct out *o, const struct pattern *p, const struct pattern_match *m,
			    struct str with)
{
	sandbox_charge(L, 1 + with.n / 8);
	for (size_t i = 0; i < with.n; i++) {
		char c = with.p[i];

		if (c == '%' && ++i < with.n && ascii_digit(with.p[i])) {
			unsigned which = (unsigned)(with.p[i] - '0');

			if (which > (p->captures ? p->captures : 1))
				luaL_error(L, "invalid capture index %%%d in replacement string", (int)which);
			if (which == 0) {
				out_add(o, m->subject.p + m->begin, m->end - m->begin);
				continue;
			}
			push_capture(L, m, which - 1);
			struct str s;

			s.p = lua_tolstring(L, -1, &s.n);
			out_add(o, s.p, s.n);
			lua_pop(L, 1);
		} else if (c == '%' && (i >= with.n || with.p[i] != '%')) {
			luaL_error(L, "invalid use of '%%' in replacement string");
		} else {
			out_add(o, &c, 1);
		}
	}
}

/* What a table or a function gives for the match: false and nil keep it. */
static void add_answer(lua_State *L, struct out *o, const struct pattern *p, const struct pattern_match *m)
{
	struct str s;

	sandbox_charge(L, 1);
	if (lua_istable(L, 3)) {
		push_capture(L, m, 0);
		lua_gettable(L, 3);
	} else {
		lua_pushvalue(L, 3);
		lua_call(L, push_captures(L, p, m), 1);
	}
	if (!lua_toboolean(L, -1)) {
		out_add(o, m->subject.p + m->begin, m->end - m->begin);
	} else if (lua_isstring(L, -1)) {
		s.p = lua_tolstring(L, -1, &s.n);
		out_add(o, s.p, s.n);
	} else {
		luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
	}
	lua_pop(L, 1);
}

static int gsub(lua_State *L)
{
	struct str s = text_at(L, 1), text = text_at(L, 2), with = { NULL, 0 };
	int type = lua_type(L, 3);
	lua_Integer most = luaL_optinteger(L, 4, LUA_MAXINTEGER), n = 0;
	size_t copied = 0;
	struct out o;

	luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE || type == LUA_TFUNCTION, 3,
			 "string/function/table");
	if (type == LUA_TNUMBER || type == LUA_TSTRING)
		with = text_at(L, 3);
	lua_settop(L, 3);
	struct progress *g = new_progress(L, text, true);
	struct pattern_match m = match_in(L, s);

	out_begin(&o, L);
	while (n < most && advance(g, &m)) {
		n++;
		out_add(&o, s.p + copied, m.begin - copied);
		copied = m.end;
		if (with.p)
			add_replacement(L, &o, &g->p, &m, with);
		else
			add_answer(L, &o, &g->p, &m);
		if (g->p.anchored)
			break;
	}
	out_add(&o, s.p + copied, s.n - copied);
	out_end(&o);
	lua_pushinteger(L, n);
	return 2;
}

void sandbox_open_string(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "byte", byte },     { "char", chars }, { "find", find },       { "format", sandbox_format },
		{ "gmatch", gmatch }, { "gsub", gsub },  { "len", len },         { "lower", lower },
		{ "match", match },   { "rep", rep },    { "reverse", reverse }, { "sub", sub },
		{ "upper", upper },   { NULL, NULL }
	};

	luaL_newlib(L, functions);
}
