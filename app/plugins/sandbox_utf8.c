/* Lua's library of UTF-8: strict, as everything here. Bytes that are looked at count. */
#include "plugins/sandbox_private.h"

#include "base/utf8.h"

/* Longest sequence is 4 bytes; what is not well-formed gives 0. */
static size_t decode(struct str s, size_t at, uint32_t *cp)
{
	size_t n = utf8_next(s.p + at, s.n - at, cp);

	return n && utf8_valid(s.p + at, n) ? n : 0;
}

static bool continues(struct str s, size_t at)
{
	return at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80;
}

static struct str subject(lua_State *L)
{
	struct str s;

	s.p = luaL_checklstring(L, 1, &s.n);
	return s;
}

/* Of an index that may count from the end; 0 when it is before the beginning. */
static lua_Integer position(lua_Integer i, size_t n)
{
	if (i >= 0)
		return i;
	return (size_t)0 - (size_t)i > n ? 0 : (lua_Integer)n + i + 1;
}

static int chars(lua_State *L)
{
	int n = lua_gettop(L);
	struct out o;

	luaL_checkstack(L, 2, NULL);
	out_begin(&o, L);
	sandbox_charge(L, (uint64_t)n);
	for (int i = 1; i <= n; i++) {
		lua_Integer cp = luaL_checkinteger(L, i);
		char *p = out_room(&o, 4);

		luaL_argcheck(L, cp >= 0 && cp <= 0x10ffff && !(cp >= 0xd800 && cp <= 0xdfff), i, "value out of range");
		o.n += utf8_put(p, (uint32_t)cp);
	}
	out_end(&o);
	return 1;
}

static int codepoint(lua_State *L)
{
	struct str s = subject(L);
	lua_Integer i = position(luaL_optinteger(L, 2, 1), s.n), j = position(luaL_optinteger(L, 3, i), s.n);
	int n = 0;

	luaL_argcheck(L, i >= 1, 2, "out of bounds");
	luaL_argcheck(L, j <= (lua_Integer)s.n, 3, "out of bounds");
	for (size_t at = (size_t)i - 1; i <= j && at < (size_t)j; n++) {
		uint32_t cp;
		size_t size = decode(s, at, &cp);

		if (!size)
			return luaL_error(L, "invalid UTF-8 code");
		sandbox_charge(L, 1);
		if (n == MAX_RESULTS)
			return luaL_error(L, "string slice too long");
		luaL_checkstack(L, 1, "string slice too long");
		lua_pushinteger(L, cp);
		at += size;
	}
	return n;
}

/* utf8.len(s [, i [, j]]): nil and the position of the first byte that is wrong. */
static int length(lua_State *L)
{
	struct str s = subject(L);
	lua_Integer i = position(luaL_optinteger(L, 2, 1), s.n), j = position(luaL_optinteger(L, 3, -1), s.n), n = 0;

	luaL_argcheck(L, i >= 1 && i <= (lua_Integer)s.n + 1, 2, "initial position out of bounds");
	luaL_argcheck(L, j <= (lua_Integer)s.n, 3, "final position out of bounds");
	sandbox_charge(L, j > i ? (uint64_t)(j - i) / 8 : 0);
	for (size_t at = (size_t)i - 1; (lua_Integer)at < j; n++) {
		uint32_t cp;
		size_t size = decode(s, at, &cp);

		if (!size) {
			luaL_pushfail(L);
			lua_pushinteger(L, (lua_Integer)at + 1);
			return 2;
		}
		at += size;
	}
	lua_pushinteger(L, n);
	return 1;
}

/* utf8.offset(s, n [, i]): where the n-th character from i begins. */
static int offset(lua_State *L)
{
	struct str s = subject(L);
	lua_Integer n = luaL_checkinteger(L, 2);
	lua_Integer at = position(luaL_optinteger(L, 3, n >= 0 ? 1 : (lua_Integer)s.n + 1), s.n) - 1;

	luaL_argcheck(L, at >= 0 && at <= (lua_Integer)s.n, 3, "position out of bounds");
	sandbox_charge(L, s.n / 8);
	if (n == 0) {
		while (at > 0 && continues(s, (size_t)at))
			at--;
	} else if (continues(s, (size_t)at)) {
		return luaL_error(L, "initial position is a continuation byte");
	}
	for (; n < 0 && at > 0; n++)
		while (--at > 0 && continues(s, (size_t)at))
			;
	for (; n > 1 && at < (lua_Integer)s.n; n--)
		while (continues(s, (size_t)++at))
			;
	if (n < 0 || n > 1)
		luaL_pushfail(L);
	else
		lua_pushinteger(L, at + 1);
	return 1;
}

static int codes_next(lua_State *L)
{
	struct str s = subject(L);
	lua_Unsigned at = (lua_Unsigned)lua_tointeger(L, 2);
	uint32_t cp;
	size_t size;

	/* Past the character that begins at this position, at most four bytes. */
	if (at > 0 && at <= s.n)
		at += (size = decode(s, at - 1, &cp)) ? size - 1 : 0;
	if (at >= s.n)
		return 0;
	size = decode(s, at, &cp);
	if (!size)
		return luaL_error(L, "invalid UTF-8 code");
	lua_pushinteger(L, (lua_Integer)at + 1);
	lua_pushinteger(L, cp);
	return 2;
}

static int codes(lua_State *L)
{
	subject(L);
	lua_pushcfunction(L, codes_next);
	lua_pushvalue(L, 1);
	lua_pushinteger(L, 0);
	return 3;
}

void sandbox_open_utf8(lua_State *L)
{
	static const char pattern[] = "[\0-\x7F\xC2-\xFD][\x80-\xBF]*";
	static const luaL_Reg functions[] = { { "char", chars }, { "codepoint", codepoint }, { "codes", codes },
					      { "len", length }, { "offset", offset },       { NULL, NULL } };

	luaL_newlib(L, functions);
	lua_pushlstring(L, pattern, sizeof(pattern) - 1);
	lua_setfield(L, -2, "charpattern");
}
