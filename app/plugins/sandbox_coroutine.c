/*
 * Lua's coroutines. Making, running and closing them is ours: none hides work from the budget or outlives it, and the state
 * always knows which one runs.
 */
#include "plugins/sandbox_private.h"

#include <lualib.h>

static lua_State *checked(lua_State *L)
{
	lua_State *co = lua_tothread(L, 1);

	luaL_argexpected(L, co, 1, "thread");
	return co;
}

/* What it does before its first look at the budget is paid here: else many short ones cost nothing. */
static int create(lua_State *L)
{
	lua_State *co;

	luaL_checktype(L, 1, LUA_TFUNCTION);
	sandbox_charge(L, LOOK_EVERY);
	co = lua_newthread(L);
	lua_pushvalue(L, 1);
	lua_xmove(L, co, 1);
	return 1;
}

/*
 * Runs what is to be closed. A coroutine that a hook ended has its hooks off for ever, so that nothing of it may run once a
 * limit is reached. Lua does not count how deep coroutines close each other, and would run out of the C stack.
 */
static int reset(lua_State *L, lua_State *co)
{
	struct sandbox *s = sandbox_of(L);
	int status;

	if (s->over != OVER_NOTHING)
		sandbox_look(L, 1);
	if (s->closing >= MAX_CLOSING)
		luaL_error(L, "too many coroutines are closed within each other");
	s->closing++;
	s->L = co;
	status = lua_resetthread(co);
	s->L = L;
	s->closing--;
	return status;
}

/* Suspended and dead ones can be closed, not the one that runs nor one that waits for another. */
static bool may_close(lua_State *L, lua_State *co)
{
	lua_Debug ar;

	return co != L && (lua_status(co) != LUA_OK || !lua_getstack(co, 0, &ar));
}

static int close_coroutine(lua_State *L)
{
	lua_State *co = checked(L);

	if (!may_close(L, co))
		return luaL_error(L, "cannot close a running coroutine");
	if (reset(L, co) == LUA_OK) {
		lua_pushboolean(L, 1);
		return 1;
	}
	lua_pushboolean(L, 0);
	lua_xmove(co, L, 1);
	return 2;
}

/* Runs it with the n values on top. How many it gave, on top; -1: an error, on top. */
static int run(lua_State *L, lua_State *co, int n)
{
	struct sandbox *s = sandbox_of(L);
	int given = 0, status;

	if (n > MAX_RESULTS || !lua_checkstack(co, n + 1)) {
		lua_pushliteral(L, "too many arguments to resume");
		return -1;
	}
	lua_xmove(L, co, n);
	s->L = co;
	status = lua_resume(co, L, n, &given);
	s->L = L;
	if (s->over != OVER_NOTHING)
		sandbox_look(L, 1);
	if (status != LUA_OK && status != LUA_YIELD) {
		lua_xmove(co, L, 1);
		return -1;
	}
	if (given > MAX_RESULTS || !lua_checkstack(L, given + 1)) {
		lua_pop(co, given);
		lua_pushliteral(L, "too many results to resume");
		return -1;
	}
	lua_xmove(co, L, given);
	return given;
}

static int resume(lua_State *L)
{
	lua_State *co = checked(L);
	int given = run(L, co, lua_gettop(L) - 1);

	lua_pushboolean(L, given >= 0);
	lua_insert(L, given >= 0 ? -given - 1 : -2);
	return given >= 0 ? given + 1 : 2;
}

/* An error goes on: with the place of the call before a text. */
static int resume_wrapped(lua_State *L)
{
	lua_State *co = lua_tothread(L, lua_upvalueindex(1));
	int given = run(L, co, lua_gettop(L)), status = lua_status(co);

	if (given >= 0)
		return given;
	if (status != LUA_OK && status != LUA_YIELD) {
		status = reset(L, co);
		lua_xmove(co, L, 1);
	}
	if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
		luaL_where(L, 1);
		lua_insert(L, -2);
		lua_concat(L, 2);
	}
	return lua_error(L);
}

static int wrap(lua_State *L)
{
	create(L);
	lua_pushcclosure(L, resume_wrapped, 1);
	return 1;
}

void sandbox_open_coroutine(lua_State *L)
{
	static const luaL_Reg ours[] = {
		{ "close", close_coroutine }, { "create", create }, { "resume", resume }, { "wrap", wrap }, { NULL, NULL }
	};

	lua_pushcfunction(L, luaopen_coroutine);
	lua_call(L, 0, 1);
	luaL_setfuncs(L, ours, 0);
}
