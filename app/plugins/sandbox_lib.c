/*
 * The functions that a plugin finds as globals: a list of what is allowed. Lua's own where they take a constant time, ours
 * where they may take long or reach outside.
 */
#include "plugins/sandbox_private.h"

#include <lualib.h>
#include <math.h>

#include "base/clock.h"
#include "base/log.h"

/* ---- texts that grow ---- */

void out_begin(struct out *o, lua_State *L)
{
	o->L = L;
	lua_pushnil(L);
	o->slot = lua_gettop(L);
	o->p = o->small;
	o->n = 0;
	o->cap = sizeof(o->small);
}

char *out_room(struct out *o, size_t n)
{
	size_t cap;

	if (n <= o->cap - o->n)
		return o->p + o->n;
	if (n > SIZE_MAX / 4 - o->n)
		luaL_error(o->L, "the text is too large");
	cap = o->n + n > o->cap * 2 ? o->n + n : o->cap * 2;
	char *p = lua_newuserdatauv(o->L, cap, 0);

	sandbox_charge(o->L, cap / BYTES_A_STEP);
	memcpy(p, o->p, o->n);
	lua_replace(o->L, o->slot);
	o->p = p;
	o->cap = cap;
	return p + o->n;
}

void out_add(struct out *o, const char *p, size_t n)
{
	if (n > 0)
		memcpy(out_room(o, n), p, n);
	o->n += n;
}

void out_end(struct out *o)
{
	lua_pushlstring(o->L, o->p, o->n);
}

/* ---- base ---- */

/* As Lua's, but addresses are left out: nobody outside should learn where things are in memory. */
struct str sandbox_text(lua_State *L, int index)
{
	struct str s;

	if (luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
		lua_pushvalue(L, index);
		lua_call(L, 1, 1);
		if (lua_type(L, -1) != LUA_TSTRING)
			luaL_error(L, "'__tostring' must return a string");
	} else if (lua_type(L, index) == LUA_TNUMBER || lua_type(L, index) == LUA_TSTRING) {
		lua_pushvalue(L, index);
	} else if (lua_isboolean(L, index)) {
		lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
	} else {
		lua_pushstring(L, luaL_typename(L, index));
	}
	s.p = lua_tolstring(L, -1, &s.n);
	return s;
}

static int to_string(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_settop(L, 1);
	sandbox_text(L, 1);
	return 1;
}

/* "ff", 16: NULL when a digit is none of the base. */
static bool number_in_base(struct str s, int base, lua_Integer *out)
{
	lua_Unsigned n = 0;
	bool minus;

	s = str_trim(s);
	minus = s.n > 0 && s.p[0] == '-';
	for (size_t i = minus; i < s.n; i++) {
		char c = ascii_lower(s.p[i]);
		int digit = ascii_digit(c) ? c - '0' : ascii_alpha(c) ? c - 'a' + 10 : base;

		if (digit >= base)
			return false;
		n = n * (lua_Unsigned)base + (lua_Unsigned)digit;
	}
	*out = (lua_Integer)(minus ? 0 - n : n);
	return s.n > minus;
}

/* As Lua's, but a text of more than a few thousand digits is no number. */
static int to_number(lua_State *L)
{
	enum { MAX_DIGITS = 4096 };
	lua_Integer n = 0, base = luaL_optinteger(L, 2, 0);
	struct str s;

	luaL_checkany(L, 1);
	if (lua_isnoneornil(L, 2)) {
		lua_settop(L, 1);
		if (lua_type(L, 1) == LUA_TNUMBER)
			return 1;
		s.p = lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &s.n) : NULL;
		if (!s.p || s.n > MAX_DIGITS || lua_stringtonumber(L, s.p) != s.n + 1)
			luaL_pushfail(L);
		return 1;
	}
	luaL_checktype(L, 1, LUA_TSTRING);
	s.p = lua_tolstring(L, 1, &s.n);
	luaL_argcheck(L, base >= 2 && base <= 36, 2, "base out of range");
	if (s.n <= MAX_DIGITS && number_in_base(s, (int)base, &n))
		lua_pushinteger(L, n);
	else
		luaL_pushfail(L);
	return 1;
}

static int print(lua_State *L)
{
	enum { MAX_LINE = 4096 };
	int n = lua_gettop(L);
	struct out o;

	luaL_checkstack(L, 6, NULL);
	out_begin(&o, L);
	for (int i = 1; i <= n && o.n < MAX_LINE; i++) {
		struct str s = sandbox_text(L, i);

		if (i > 1)
			out_add(&o, "\t", 1);
		out_add(&o, s.p, s.n < MAX_LINE ? s.n : MAX_LINE);
		lua_pop(L, 1);
	}
	out_add(&o, "", 1);
	sandbox_charge(L, LOOK_EVERY);
	log_debug("a plugin prints", "text", o.p, NULL);
	return 0;
}

/* Finalizers run while hooks are off, whenever Lua collects: there is no way to end them. */
static int set_metatable(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
	if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
		return luaL_error(L, "cannot change a protected metatable");
	lua_settop(L, 2);
	if (lua_istable(L, 2)) {
		lua_pushliteral(L, "__gc");
		if (lua_rawget(L, 2) != LUA_TNIL)
			return luaL_error(L, "a metatable with '__gc' is not allowed");
		lua_settop(L, 2);
	}
	lua_setmetatable(L, 1);
	return 1;
}

/* Looks at the clock now and then: a step through a large table that was emptied takes long. */
static int next(lua_State *L)
{
	struct sandbox *s = sandbox_of(L);

	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 2);
	if (++s->nexts % 32 == 0 && sandbox_late(s))
		sandbox_look(L, 1);
	if (lua_next(L, 1))
		return 2;
	lua_pushnil(L);
	return 1;
}

static int pairs_end(lua_State *L, int status, lua_KContext k)
{
	(void)L;
	(void)status;
	(void)k;
	return 3;
}

static int pairs(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_settop(L, 1);
	if (luaL_getmetafield(L, 1, "__pairs") == LUA_TNIL) {
		lua_pushcfunction(L, next);
		lua_pushvalue(L, 1);
		lua_pushnil(L);
	} else {
		lua_pushvalue(L, 1);
		lua_callk(L, 1, 3, 0, pairs_end);
	}
	return 3;
}

/* The plugin's handler, unless a limit was reached: hooks are off while the error of a hook is handled, so that a handler might
 * never end. */
static int handle(lua_State *L)
{
	lua_settop(L, 1);
	if (sandbox_of(L)->over != OVER_NOTHING)
		return 1;
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, 1, 1);
	return 1;
}

static int xpcall_end(lua_State *L, int status, lua_KContext k)
{
	(void)k;
	lua_pushboolean(L, status == LUA_OK || status == LUA_YIELD);
	lua_replace(L, 1);
	if (status == LUA_OK || status == LUA_YIELD) {
		lua_remove(L, 2);
		return lua_gettop(L);
	}
	lua_replace(L, 2);
	lua_settop(L, 2);
	return 2;
}

/* xpcall(f, handler, ...) */
static int protected_call(lua_State *L)
{
	int n = lua_gettop(L) - 2;

	luaL_checktype(L, 2, LUA_TFUNCTION);
	lua_pushvalue(L, 2);
	lua_pushcclosure(L, handle, 1);
	lua_replace(L, 2);
	/* A place for the verdict, the handler, the function and its arguments. */
	lua_pushvalue(L, 1);
	lua_insert(L, 3);
	return xpcall_end(L, lua_pcallk(L, n, LUA_MULTRET, 2, 0, xpcall_end), 0);
}

static int collect_garbage(lua_State *L)
{
	static const char *const options[] = { "count", NULL };

	luaL_checkoption(L, 1, "collect", options);
	lua_pushnumber(L, (lua_Number)sandbox_memory(sandbox_of(L), NULL) / 1024);
	return 1;
}

/* ---- putting it together ---- */

/* Takes what is named from the table on top, in the stead of the table. */
static void pick(lua_State *L, const char *const *names)
{
	lua_newtable(L);
	for (; *names; names++) {
		lua_getfield(L, -2, *names);
		lua_setfield(L, -2, *names);
	}
	lua_remove(L, -2);
}

/* As luaL_requiref(), which would keep the whole library where it can be found. */
static void open_lua(lua_State *L, lua_CFunction open, const char *const *names)
{
	lua_pushcfunction(L, open);
	lua_call(L, 0, 1);
	pick(L, names);
}

static void open_base(lua_State *L)
{
	static const char *const lua[] = { "_VERSION", "assert", "error",  "getmetatable", "ipairs", "pcall", "rawequal",
					   "rawget",   "rawlen", "rawset", "select",       "type",   NULL };
	static const luaL_Reg ours[] = { { "collectgarbage", collect_garbage },
					 { "next", next },
					 { "pairs", pairs },
					 { "print", print },
					 { "require", sandbox_require },
					 { "setmetatable", set_metatable },
					 { "tonumber", to_number },
					 { "tostring", to_string },
					 { "xpcall", protected_call },
					 { NULL, NULL } };

	open_lua(L, luaopen_base, lua);
	luaL_setfuncs(L, ours, 0);
}

static void open_math(lua_State *L)
{
	static const char *const lua[] = { "abs", "acos",       "asin", "atan",      "ceil", "cos",    "deg",
					   "exp", "floor",      "fmod", "huge",      "log",  "max",    "maxinteger",
					   "min", "mininteger", "modf", "pi",        "rad",  "random", "randomseed",
					   "sin", "sqrt",       "tan",  "tointeger", "type", "ult",    NULL };

	open_lua(L, luaopen_math, lua);
}

/* A copy of the table at the index, and of the tables in it. */
static void copy(lua_State *L, int index, int levels)
{
	lua_newtable(L);
	lua_pushnil(L);
	while (lua_next(L, index)) {
		if (levels > 1 && lua_istable(L, -1)) {
			copy(L, lua_gettop(L), levels - 1);
			lua_remove(L, -2);
		}
		lua_pushvalue(L, -2);
		lua_insert(L, -2);
		lua_rawset(L, -4);
	}
}

/* ---- texts in arithmetic: "10" + 1 ---- */

static bool push_number(lua_State *L, int index)
{
	enum { MAX_DIGITS = 200 };
	size_t n;
	const char *text;

	if (lua_type(L, index) == LUA_TNUMBER) {
		lua_pushvalue(L, index);
		return true;
	}
	text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &n) : NULL;
	return text && n <= MAX_DIGITS && lua_stringtonumber(L, text) == n + 1;
}

/* Both are numbers after all, or the second has its own idea of the operation, or it is an error. */
static int calculate(lua_State *L, int op, const char *event)
{
	lua_settop(L, 2);
	if (push_number(L, 1) && push_number(L, 2)) {
		lua_arith(L, op);
		return 1;
	}
	lua_settop(L, 2);
	if (lua_type(L, 2) == LUA_TSTRING || luaL_getmetafield(L, 2, event) == LUA_TNIL)
		return luaL_error(L, "attempt to perform arithmetic on a %s value",
				  lua_type(L, 1) == LUA_TSTRING && lua_type(L, 2) != LUA_TSTRING &&
						  lua_type(L, 2) != LUA_TNUMBER
					  ? luaL_typename(L, 2)
					  : luaL_typename(L, 1));
	lua_insert(L, 1);
	lua_call(L, 2, 1);
	return 1;
}

#define OPERATION(name, op)                                                                                                    \
	static int name##_texts(lua_State *L)                                                                                  \
	{                                                                                                                      \
		return calculate(L, op, "__" #name);                                                                           \
	}
OPERATION(add, LUA_OPADD)
OPERATION(sub, LUA_OPSUB)
OPERATION(mul, LUA_OPMUL)
OPERATION(div, LUA_OPDIV)
OPERATION(idiv, LUA_OPIDIV)
OPERATION(mod, LUA_OPMOD)
OPERATION(pow, LUA_OPPOW)
OPERATION(unm, LUA_OPUNM)

/* Methods of texts are those of a table that no plugin can reach, so that it can break its own `string` only. */
static void set_string_metatable(lua_State *L, int library)
{
	static const luaL_Reg operations[] = { { "__add", add_texts }, { "__sub", sub_texts },   { "__mul", mul_texts },
					       { "__div", div_texts }, { "__idiv", idiv_texts }, { "__mod", mod_texts },
					       { "__pow", pow_texts }, { "__unm", unm_texts },   { NULL, NULL } };

	lua_pushliteral(L, "");
	luaL_newlib(L, operations);
	lua_getfield(L, library, "string");
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
}

void sandbox_open_library(lua_State *L)
{
	static const struct {
		const char *name;
		void (*open)(lua_State *L);
	} libraries[] = {
		{ "coroutine", sandbox_open_coroutine }, { "math", open_math },           { "os", sandbox_open_os },
		{ "string", sandbox_open_string },       { "table", sandbox_open_table }, { "utf8", sandbox_open_utf8 }
	};
	int library;

	open_base(L);
	library = lua_gettop(L);
	for (size_t i = 0; i < LEN(libraries); i++) {
		libraries[i].open(L);
		lua_setfield(L, library, libraries[i].name);
	}
	set_string_metatable(L, library);
	copy(L, library, 2);
	lua_pushvalue(L, -1);
	lua_setfield(L, -2, "_G");
	lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	/* Here luaL_argerror() looks for the name of a function. */
	lua_pushvalue(L, library);
	lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
	sandbox_of(L)->refs.library = luaL_ref(L, LUA_REGISTRYINDEX);
}
