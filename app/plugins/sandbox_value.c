/* Values that cross: JSON to Lua and back. Lua errors leave these functions, so they hold memory of the arena only. */
#include "plugins/sandbox_private.h"

#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"

static const double exact = 9007199254740992; /* 2^53: up to here a double holds every whole number */

/* The address says that a light userdata is callboard.null. */
static const char null_value;

static void push_null(lua_State *L)
{
	lua_pushlightuserdata(L, (void *)(uintptr_t)&null_value);
}

static void push_number(lua_State *L, double num)
{
	if (num >= -exact && num <= exact && num == floor(num) && !(num == 0 && signbit(num)))
		lua_pushinteger(L, (lua_Integer)num);
	else
		lua_pushnumber(L, num);
}

static void push(lua_State *L, const struct json *v, int depth);

static void push_array(lua_State *L, const struct json *v, int depth)
{
	size_t room = v->a.n < 1 << 20 ? v->a.n : 1 << 20;

	/* Never an odd number: the allocator takes that for a stack. */
	lua_createtable(L, (int)(room + room % 2), 0);
	for (size_t i = 0; i < v->a.n; i++) {
		push(L, v->a.items[i], depth + 1);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_rawgeti(L, LUA_REGISTRYINDEX, sandbox_of(L)->refs.array);
	lua_setmetatable(L, -2);
}

/* The key of an object that stands for a group of callboard: known by its address, so that no value from outside is one. */
static const char group_key[] = "group";

struct json *sandbox_group(struct arena *mem, const char *group)
{
	struct json *v = json_object(mem);

	json_append(mem, v, str_of(group_key), json_str(mem, group));
	return v;
}

static void push_object(lua_State *L, const struct json *v, int depth)
{
	if (v->o.n == 1 && v->o.m[0].key.p == group_key) {
		lua_rawgeti(L, LUA_REGISTRYINDEX, sandbox_of(L)->refs.callboard);
		lua_getfield(L, -1, json_text(v->o.m[0].value, ""));
		lua_remove(L, -2);
		return;
	}
	lua_createtable(L, 0, (int)(v->o.n < 1 << 20 ? v->o.n : 1 << 20));
	for (size_t i = 0; i < v->o.n; i++) {
		lua_pushlstring(L, v->o.m[i].key.p, v->o.m[i].key.n);
		push(L, v->o.m[i].value, depth + 1);
		lua_rawset(L, -3);
	}
}

static void push(lua_State *L, const struct json *v, int depth)
{
	if (depth > MAX_DEPTH)
		luaL_error(L, "a value for the plugin is deeper than %d", MAX_DEPTH);
	luaL_checkstack(L, 4, "a value is too deep");
	switch (v ? v->type : JSON_NULL) {
	case JSON_NULL:
		push_null(L);
		break;
	case JSON_BOOL:
		lua_pushboolean(L, v->b);
		break;
	case JSON_NUMBER:
		push_number(L, v->num);
		break;
	case JSON_STRING:
		lua_pushlstring(L, v->s.n ? v->s.p : "", v->s.n);
		break;
	case JSON_ARRAY:
		push_array(L, v, depth);
		break;
	case JSON_OBJECT:
		push_object(L, v, depth);
		break;
	}
}

void sandbox_push(lua_State *L, const struct json *v)
{
	if (v)
		push(L, v, 1);
	else
		lua_pushnil(L);
}

/* ---- from Lua ---- */

struct reading {
	lua_State *L;
	struct arena *mem;
	enum functions functions;
	const char *what;
	size_t *size;
};

/* Where in the value we are: a list on the C stack, for messages and against tables that hold themselves. */
struct place {
	const struct place *up;
	const void *table;
	struct str key; /* of the table above; p NULL: index */
	size_t index;   /* 0: the value itself */
	int depth;
};

static const char *path_of(struct reading *r, const struct place *at)
{
	const struct place *chain[MAX_DEPTH + 2];
	struct buf b = { .mem = r->mem };
	size_t n = 0;

	for (; at && n < LEN(chain); at = at->up)
		chain[n++] = at;
	while (n-- > 0) {
		if (chain[n]->key.p)
			buf_addf(&b, ".%.*s", (int)(chain[n]->key.n < 60 ? chain[n]->key.n : 60), chain[n]->key.p);
		else if (chain[n]->index)
			buf_addf(&b, "[%zu]", chain[n]->index);
	}
	return utf8_scrub(r->mem, buf_text(&b));
}

static _Noreturn void refuse(struct reading *r, const struct place *at, const char *why)
{
	const char *path = path_of(r, at);

	lua_pushfstring(r->L, "%s%s%s: %s", r->what, *path ? ", " : "", path, why);
	lua_error(r->L);
	__builtin_unreachable();
}

static void count(struct reading *r, const struct place *at, size_t n)
{
	*r->size += n;
	if (*r->size > MAX_SIZE)
		refuse(r, at, "larger than 4 MiB");
}

static struct str read_text(struct reading *r, const struct place *at, int index)
{
	struct str s;

	s.p = lua_tolstring(r->L, index, &s.n);
	count(r, at, s.n);
	if (!utf8_valid(s.p, s.n))
		refuse(r, at, "not UTF-8");
	s.p = arena_strndup(r->mem, s.p, s.n);
	return s;
}

static struct json *read_number(struct reading *r, const struct place *at)
{
	double num = lua_tonumber(r->L, -1);

	if (isnan(num) || isinf(num))
		refuse(r, at, isnan(num) ? "not a number (nan)" : "an infinite number");
	lua_Integer whole = lua_isinteger(r->L, -1) ? lua_tointeger(r->L, -1) : 0;

	if (whole > (lua_Integer)exact || whole < -(lua_Integer)exact)
		refuse(r, at, "a whole number beyond 2^53, which JSON cannot hold; make it a text");
	return json_num(r->mem, num);
}

static struct json *read(struct reading *r, const struct place *at);

static bool is_marked(lua_State *L, int index)
{
	bool marked;

	if (!lua_getmetatable(L, index))
		return false;
	lua_rawgeti(L, LUA_REGISTRYINDEX, sandbox_of(L)->refs.array);
	marked = lua_rawequal(L, -1, -2);
	lua_pop(L, 2);
	return marked;
}

/* Are the keys of the table on top exactly 1 to n? */
static bool is_sequence(lua_State *L, size_t n)
{
	size_t keys = 0;

	lua_pushnil(L);
	while (lua_next(L, -2)) {
		lua_Integer key = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;

		lua_pop(L, 1);
		if (key < 1 || (size_t)key > n) {
			lua_pop(L, 1);
			return false;
		}
		keys++;
	}
	return keys == n;
}

static struct json *read_array(struct reading *r, const struct place *at, size_t n)
{
	struct json *array = json_array(r->mem);

	for (size_t i = 1; i <= n; i++) {
		struct place here = { .up = at, .index = i, .depth = at->depth + 1 };

		lua_rawgeti(r->L, -1, (lua_Integer)i);
		json_push(r->mem, array, read(r, &here));
		lua_pop(r->L, 1);
	}
	return array;
}

/* The key below the value on top; a number becomes a text, unless that text is a key as well. */
static struct str read_key(struct reading *r, const struct place *at)
{
	lua_State *L = r->L;
	struct str key;

	if (lua_type(L, -2) == LUA_TSTRING)
		return read_text(r, at, -2);
	if (lua_type(L, -2) != LUA_TNUMBER)
		refuse(r, at, "a key that is neither a text nor a number");
	lua_pushvalue(L, -2);
	lua_tolstring(L, -1, NULL);
	key = read_text(r, at, -1);
	lua_rawget(L, -4);
	if (!lua_isnil(L, -1))
		refuse(r, at, arena_printf(r->mem, "the key %s as a number and as a text", key.p));
	lua_pop(L, 1);
	return key;
}

static int by_key(const void *a, const void *b)
{
	const struct json_member *x = a, *y = b;
	size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;
	int order = memcmp(x->key.p, y->key.p, n);

	return order ? order : (x->key.n > y->key.n) - (x->key.n < y->key.n);
}

/* Sorted, for the order of a table is another each time. */
static struct json *read_object(struct reading *r, const struct place *at)
{
	struct json *object = json_object(r->mem);

	lua_pushnil(r->L);
	while (lua_next(r->L, -2)) {
		struct place here = { .up = at, .depth = at->depth + 1 };

		here.key = read_key(r, at);
		json_append(r->mem, object, here.key, read(r, &here));
		lua_pop(r->L, 1);
	}
	if (object->o.n > 1)
		qsort(object->o.m, object->o.n, sizeof(*object->o.m), by_key);
	return object;
}

static struct json *read_table(struct reading *r, struct place *at)
{
	lua_State *L = r->L;
	size_t n = lua_rawlen(L, -1);
	bool marked = is_marked(L, -1);

	at->table = lua_topointer(L, -1);
	for (const struct place *up = at->up; up; up = up->up)
		if (up->table == at->table)
			refuse(r, at, "a table that holds itself");
	if (at->depth > MAX_DEPTH)
		refuse(r, at, "deeper than 64");
	luaL_checkstack(L, 6, "a value is too deep");
	/* Walking a table that was large once takes long, and this one may stand in many places. */
	if (sandbox_late(sandbox_of(L)))
		sandbox_look(L, 1);
	if (marked || n > 0) {
		if (is_sequence(L, n))
			return read_array(r, at, n);
		if (marked)
			refuse(r, at, "an array with holes or with other keys");
	}
	return read_object(r, at);
}

static struct json *read_function(struct reading *r, const struct place *at)
{
	lua_State *L = r->L;
	struct json *object;

	if (r->functions == FUNCTIONS_REFUSED)
		refuse(r, at, "a function");
	if (r->functions == FUNCTIONS_NAMED)
		return json_str_ref(r->mem, STR("function"));
	lua_rawgeti(L, LUA_REGISTRYINDEX, sandbox_of(L)->refs.functions);
	lua_pushvalue(L, -2);
	lua_rawseti(L, -2, ++sandbox_of(L)->n_functions);
	lua_pop(L, 1);
	object = json_object(r->mem);
	json_append(r->mem, object, STR("function"), json_num(r->mem, sandbox_of(L)->n_functions));
	return object;
}

static struct json *read(struct reading *r, const struct place *at)
{
	struct place here = *at;

	count(r, at, 8);
	switch (lua_type(r->L, -1)) {
	case LUA_TBOOLEAN:
		return json_bool(r->mem, lua_toboolean(r->L, -1));
	case LUA_TNUMBER:
		return read_number(r, at);
	case LUA_TSTRING:
		return json_str_ref(r->mem, read_text(r, at, -1));
	case LUA_TTABLE:
		return read_table(r, &here);
	case LUA_TFUNCTION:
		return read_function(r, at);
	case LUA_TLIGHTUSERDATA:
		return json_null(r->mem);
	default:
		refuse(r, at, arena_printf(r->mem, "a %s", luaL_typename(r->L, -1)));
	}
}

struct json *sandbox_value(lua_State *L, struct arena *mem, int index, enum functions functions, const char *what, size_t *size)
{
	struct reading r = { .L = L, .mem = mem, .functions = functions, .what = what, .size = size };
	struct place at = { .depth = 1 };
	struct json *v = NULL;

	luaL_checkstack(L, 2, NULL);
	if (!lua_isnoneornil(L, index)) {
		lua_pushvalue(L, index);
		v = read(&r, &at);
		lua_pop(L, 1);
	}
	return v;
}

/* ---- what a plugin sees of it ---- */

static int null_text(lua_State *L)
{
	lua_pushliteral(L, "null");
	return 1;
}

/* callboard.array(t): makes t an array, also when it is empty. Without t: a new one. */
static int array(lua_State *L)
{
	if (lua_isnoneornil(L, 1)) {
		lua_settop(L, 0);
		lua_newtable(L);
	}
	luaL_checktype(L, 1, LUA_TTABLE);
	if (lua_getmetatable(L, 1) && !is_marked(L, 1))
		luaL_error(L, "a table with a metatable of its own cannot be an array");
	lua_settop(L, 1);
	lua_rawgeti(L, LUA_REGISTRYINDEX, sandbox_of(L)->refs.array);
	lua_setmetatable(L, 1);
	return 1;
}

/* Does it cross as an array? */
static int is_array(lua_State *L)
{
	bool yes = false;

	lua_settop(L, 1);
	if (lua_istable(L, 1)) {
		size_t n = lua_rawlen(L, 1);

		sandbox_charge(L, n);
		yes = is_marked(L, 1) || (n > 0 && is_sequence(L, n));
	}
	lua_pushboolean(L, yes);
	return 1;
}

void sandbox_open_values(lua_State *L)
{
	static const luaL_Reg functions[] = { { "array", array }, { "is_array", is_array }, { NULL, NULL } };

	lua_newtable(L);
	lua_pushliteral(L, "array");
	lua_setfield(L, -2, "__metatable");
	sandbox_of(L)->refs.array = luaL_ref(L, LUA_REGISTRYINDEX);
	luaL_setfuncs(L, functions, 0);
	push_null(L);
	lua_newtable(L);
	lua_pushcfunction(L, null_text);
	lua_setfield(L, -2, "__tostring");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_setfield(L, -2, "null");
}
