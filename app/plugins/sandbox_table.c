/* Lua's library of tables. Each element counts as an instruction: metamethods make a table as long as they like. */
#include "plugins/sandbox_private.h"

/* A table, or what behaves like one: its metamethods are called. */
static void check_table(lua_State *L, int index)
{
	if (!lua_istable(L, index) && luaL_getmetafield(L, index, "__index") == LUA_TNIL)
		luaL_typeerror(L, index, "table");
	else if (!lua_istable(L, index))
		lua_pop(L, 1);
}

static int concat(lua_State *L)
{
	struct out o;
	size_t n_between;
	const char *between;
	lua_Integer i, last;

	check_table(L, 1);
	between = luaL_optlstring(L, 2, "", &n_between);
	i = luaL_optinteger(L, 3, 1);
	last = lua_isnoneornil(L, 4) ? luaL_len(L, 1) : luaL_checkinteger(L, 4);
	lua_settop(L, 4);
	out_begin(&o, L);
	while (i <= last) {
		size_t n;
		const char *p;

		lua_geti(L, 1, i);
		if (!lua_isstring(L, -1))
			return luaL_error(L, "invalid value (at index %I) in table for 'concat'", i);
		p = lua_tolstring(L, -1, &n);
		sandbox_charge(L, 1 + n / BYTES_A_STEP);
		out_add(&o, p, n);
		lua_pop(L, 1);
		if (i++ == last)
			break;
		out_add(&o, between, n_between);
	}
	out_end(&o);
	return 1;
}

static int insert(lua_State *L)
{
	lua_Integer end, at;

	check_table(L, 1);
	end = (lua_Integer)((lua_Unsigned)luaL_len(L, 1) + 1);
	switch (lua_gettop(L)) {
	case 2:
		at = end;
		break;
	case 3:
		at = luaL_checkinteger(L, 2);
		luaL_argcheck(L, (lua_Unsigned)at - 1u < (lua_Unsigned)end, 2, "position out of bounds");
		for (lua_Integer i = end; i > at; i--) {
			sandbox_charge(L, 1);
			lua_geti(L, 1, i - 1);
			lua_seti(L, 1, i);
		}
		break;
	default:
		return luaL_error(L, "wrong number of arguments to 'insert'");
	}
	lua_seti(L, 1, at);
	return 0;
}

static int take_out(lua_State *L)
{
	lua_Integer size, at;

	check_table(L, 1);
	size = luaL_len(L, 1);
	at = luaL_optinteger(L, 2, size);
	lua_settop(L, 2);
	/* The place behind the last is allowed. */
	if (at != size)
		luaL_argcheck(L, (lua_Unsigned)at - 1u <= (lua_Unsigned)size, 2, "position out of bounds");
	lua_geti(L, 1, at);
	for (; at < size; at++) {
		sandbox_charge(L, 1);
		lua_geti(L, 1, at + 1);
		lua_seti(L, 1, at);
	}
	lua_pushnil(L);
	lua_seti(L, 1, at);
	return 1;
}

static int move(lua_State *L)
{
	lua_Integer from, end, to, n;
	int target = lua_isnoneornil(L, 5) ? 1 : 5;

	check_table(L, 1);
	from = luaL_checkinteger(L, 2);
	end = luaL_checkinteger(L, 3);
	to = luaL_checkinteger(L, 4);
	check_table(L, target);
	if (end >= from) {
		luaL_argcheck(L, from > 0 || end < LUA_MAXINTEGER + from, 3, "too many elements to move");
		n = end - from + 1;
		luaL_argcheck(L, to <= LUA_MAXINTEGER - n + 1, 4, "destination wrap around");
		/* Backwards where a place would be written before it is read. */
		bool back = to > from && to <= end && (target == 1 || lua_compare(L, 1, target, LUA_OPEQ));

		for (lua_Integer k = 0; k < n; k++) {
			lua_Integer i = back ? n - 1 - k : k;

			sandbox_charge(L, 1);
			lua_geti(L, 1, from + i);
			lua_seti(L, target, to + i);
		}
	}
	lua_pushvalue(L, target);
	return 1;
}

static int pack(lua_State *L)
{
	int n = lua_gettop(L);

	sandbox_charge(L, (uint64_t)n);
	lua_createtable(L, n, 1);
	lua_insert(L, 1);
	for (int i = n; i >= 1; i--)
		lua_rawseti(L, 1, i);
	lua_pushinteger(L, n);
	lua_setfield(L, 1, "n");
	return 1;
}

static int unpack(lua_State *L)
{
	lua_Integer i = luaL_optinteger(L, 2, 1), last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
	lua_Unsigned n;

	if (i > last)
		return 0;
	n = (lua_Unsigned)last - (lua_Unsigned)i;
	if (n >= MAX_RESULTS || !lua_checkstack(L, (int)++n))
		return luaL_error(L, "too many results to unpack");
	for (;; i++) {
		sandbox_charge(L, 1);
		lua_geti(L, 1, i);
		if (i == last)
			return (int)n;
	}
}

/* ---- sort: by merging, which never needs more than n log n comparisons, whatever the order function answers ---- */

enum { ORDER = 2, FROM = 3, TO = 4 };

/* What it costs to compare the two values on top: texts are compared byte by byte. */
static uint64_t cost(lua_State *L)
{
	size_t a, b;

	if (lua_type(L, -1) != LUA_TSTRING || lua_type(L, -2) != LUA_TSTRING)
		return 1;
	a = lua_rawlen(L, -1);
	b = lua_rawlen(L, -2);
	return 1 + (a < b ? a : b) / BYTES_A_STEP;
}

/* Is the value on top before the one below it? */
static bool top_is_less(lua_State *L)
{
	bool less;

	sandbox_charge(L, cost(L));
	if (lua_isnil(L, ORDER))
		return lua_compare(L, -1, -2, LUA_OPLT);
	lua_pushvalue(L, ORDER);
	lua_pushvalue(L, -2);
	lua_pushvalue(L, -4);
	lua_call(L, 2, 1);
	less = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return less;
}

/* Merges [a, b) and [b, end) of one table into the other. Equal ones keep their order. */
static void merge(lua_State *L, int from, int to, lua_Integer a, lua_Integer b, lua_Integer end)
{
	lua_Integer middle = b, at = a;

	while (a < middle && b < end) {
		lua_rawgeti(L, from, a);
		lua_rawgeti(L, from, b);
		if (top_is_less(L)) {
			lua_rawseti(L, to, at++);
			lua_pop(L, 1);
			b++;
		} else {
			lua_pop(L, 1);
			lua_rawseti(L, to, at++);
			a++;
		}
	}
	for (; at < end; at++) {
		lua_rawgeti(L, from, a < middle ? a++ : b++);
		lua_rawseti(L, to, at);
	}
}

static int sort(lua_State *L)
{
	lua_Integer n;
	int from = FROM, to = TO;

	check_table(L, 1);
	n = luaL_len(L, 1);
	if (!lua_isnoneornil(L, ORDER))
		luaL_checktype(L, ORDER, LUA_TFUNCTION);
	lua_settop(L, 2);
	if (n < 2)
		return 0;
	luaL_argcheck(L, n < 1 << 30, 1, "array too big");
	lua_newtable(L);
	lua_newtable(L);
	for (lua_Integer i = 1; i <= n; i++) {
		sandbox_charge(L, 1);
		lua_geti(L, 1, i);
		lua_rawseti(L, from, i);
	}
	for (lua_Integer width = 1; width < n; width *= 2) {
		for (lua_Integer a = 1; a <= n; a += 2 * width) {
			lua_Integer b = a + width <= n ? a + width : n + 1, end = b + width <= n ? b + width : n + 1;

			sandbox_charge(L, (uint64_t)(end - a));
			merge(L, from, to, a, b, end);
		}
		from = from == FROM ? TO : FROM;
		to = from == FROM ? TO : FROM;
	}
	for (lua_Integer i = 1; i <= n; i++) {
		sandbox_charge(L, 1);
		lua_rawgeti(L, from, i);
		lua_seti(L, 1, i);
	}
	return 0;
}

void sandbox_open_table(lua_State *L)
{
	static const luaL_Reg functions[] = { { "concat", concat }, { "insert", insert },   { "move", move },
					      { "pack", pack },     { "remove", take_out }, { "sort", sort },
					      { "unpack", unpack }, { NULL, NULL } };

	luaL_newlib(L, functions);
}
