/* What is left of Lua's library `os`: time. All times are UTC, for a portal has no time zone. */
#include "plugins/sandbox_private.h"

#include <time.h>

#include "base/clock.h"

enum { MAX_FORMAT = 200 };

static const int64_t latest = 253402300799; /* 9999-12-31T23:59:59Z */

static const struct {
	const char *name;
	int offset, dflt; /* dflt -1: it must be there */
} fields[] = {
	{ "year", 1900, -1 }, { "month", 1, -1 }, { "day", 0, -1 }, { "hour", 0, 12 }, { "min", 0, 0 }, { "sec", 0, 0 }
};

static int *field(struct tm *tm, size_t i)
{
	int *const parts[] = { &tm->tm_year, &tm->tm_mon, &tm->tm_mday, &tm->tm_hour, &tm->tm_min, &tm->tm_sec };

	return parts[i];
}

static void set_number(lua_State *L, const char *name, int number)
{
	lua_pushinteger(L, number);
	lua_setfield(L, -2, name);
}

/* Into the table on top. */
static void set_fields(lua_State *L, struct tm *tm)
{
	for (size_t i = 0; i < LEN(fields); i++)
		set_number(L, fields[i].name, *field(tm, i) + fields[i].offset);
	set_number(L, "wday", tm->tm_wday + 1);
	set_number(L, "yday", tm->tm_yday + 1);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "isdst");
}

static time_t checked_time(lua_State *L, int index)
{
	lua_Integer t = luaL_checkinteger(L, index);

	luaL_argcheck(L, t >= -latest && t <= latest, index, "time out of bounds");
	return (time_t)t;
}

static int read_field(lua_State *L, size_t i)
{
	int is_number;
	lua_Integer n;

	lua_getfield(L, 1, fields[i].name);
	n = lua_tointegerx(L, -1, &is_number);
	if (lua_isnil(L, -1) && fields[i].dflt >= 0)
		n = fields[i].dflt;
	else if (!is_number)
		luaL_error(L, lua_isnil(L, -1) ? "field '%s' missing in date table" : "field '%s' is not an integer",
			   fields[i].name);
	if (n < -100000000 || n > 100000000)
		luaL_error(L, "field '%s' is out-of-bound", fields[i].name);
	lua_pop(L, 1);
	return (int)n - fields[i].offset;
}

/* os.time([table]): seconds since 1970. A table's fields may be out of their ranges, and are put right in it. */
static int time_of(lua_State *L)
{
	struct tm tm = { 0 };
	time_t t;

	if (lua_isnoneornil(L, 1)) {
		lua_pushinteger(L, clock_wall_ms() / 1000);
		return 1;
	}
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	for (size_t i = 0; i < LEN(fields); i++)
		*field(&tm, i) = read_field(L, i);
	t = timegm(&tm);
	if (t < -latest || t > latest)
		return luaL_error(L, "time result cannot be represented in this installation");
	set_fields(L, &tm);
	lua_pushinteger(L, (lua_Integer)t);
	return 1;
}

/* os.date([format [, time]]): strftime() of C99, "*t" for a table. "!" may come first and changes nothing. */
static int date(lua_State *L)
{
	static const char allowed[] = "aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";
	/* Through a pointer, for the format is checked here and not by the compiler. */
	size_t (*const write)(char *, size_t, const char *, const struct tm *) = strftime;
	size_t n;
	const char *format = luaL_optlstring(L, 1, "%c", &n);
	time_t t = lua_isnoneornil(L, 2) ? (time_t)(clock_wall_ms() / 1000) : checked_time(L, 2);
	char text[MAX_FORMAT * 20];
	struct tm tm;

	luaL_argcheck(L, n <= MAX_FORMAT && strlen(format) == n, 1, "format too long");
	if (*format == '!')
		format++;
	gmtime_r(&t, &tm);
	if (strcmp(format, "*t") == 0) {
		lua_newtable(L);
		set_fields(L, &tm);
		return 1;
	}
	for (const char *p = strchr(format, '%'); p; p = strchr(p + 2, '%'))
		if (!p[1] || !strchr(allowed, p[1]))
			return luaL_error(L, "invalid conversion specifier '%s'", p);
	lua_pushlstring(L, text, write(text, sizeof(text), format, &tm));
	return 1;
}

/* os.clock(): seconds that the call took until now, on the clock. */
static int call_clock(lua_State *L)
{
	lua_pushnumber(L, (lua_Number)(clock_mono_us() - sandbox_of(L)->begun_us) / 1e6);
	return 1;
}

static int difftime_of(lua_State *L)
{
	lua_pushnumber(L, difftime(checked_time(L, 1), checked_time(L, 2)));
	return 1;
}

void sandbox_open_os(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "clock", call_clock }, { "date", date }, { "difftime", difftime_of }, { "time", time_of }, { NULL, NULL }
	};

	luaL_newlib(L, functions);
}
