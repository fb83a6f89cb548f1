/* What is called in a sandbox: chunks, functions of a plugin, functions of ours that it calls, modules. */
#include "plugins/sandbox_private.h"

#include <stdio.h>

/* ---- memory of the call ---- */

static int refuse_more(lua_State *L)
{
	return luaL_error(L, "too much was given to and by functions of callboard in one call");
}

static void check_taken(lua_State *L)
{
	if (sandbox_took_too_much(sandbox_of(L)))
		refuse_more(L);
}

/* ---- chunks ---- */

struct chunk {
	const char *name;
	struct str text;
	size_t read;
	const char *function; /* it returns one, which is kept under this name; NULL: it returns a table */
};

/* The compiler gets a text in small pieces, so that the clock is looked at between them. */
static const char *next_piece(lua_State *L, void *arg, size_t *n)
{
	enum { PIECE = 1024 };
	struct chunk *c = arg;
	size_t left = c->text.n - c->read;
	const char *piece = c->text.p + c->read;

	if (left == 0)
		return NULL;
	*n = left < PIECE ? left : PIECE;
	c->read += *n;
	sandbox_charge(L, LOOK_EVERY);
	return piece;
}

/* Pushes the chunk as a function, or what is wrong in it; text only. */
static int compile(lua_State *L, struct chunk *c)
{
	lua_pushfstring(L, "@%s", c->name);
	int status = lua_load(L, next_piece, c, lua_tostring(L, -1), "t");

	lua_remove(L, -2);
	return status;
}

static void load_chunk(lua_State *L, struct chunk *c)
{
	if (compile(L, c) != LUA_OK)
		lua_error(L);
}

static int run_chunk(lua_State *L)
{
	struct chunk *c = lua_touserdata(L, 1);

	load_chunk(L, c);
	lua_call(L, 0, 1);
	if (!(c->function ? lua_isfunction(L, -1) : lua_istable(L, -1)))
		return luaL_error(L, "%s must return a %s, not %s", c->name, c->function ? "function" : "table",
				  lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
	if (c->function) {
		lua_createtable(L, 0, 1);
		lua_insert(L, -2);
		lua_setfield(L, -2, c->function);
	}
	lua_rawseti(L, LUA_REGISTRYINDEX, sandbox_of(L)->refs.plugin);
	return 0;
}

int sandbox_run(struct ctx *cx, struct sandbox *s, const char *name, struct str text)
{
	struct chunk c = { .name = name, .text = text };

	return sandbox_enter(cx, s, ERR_INPUT, run_chunk, &c);
}

int sandbox_run_function(struct ctx *cx, struct sandbox *s, const char *name, struct str text, const char *function)
{
	struct chunk c = { .name = name, .text = text, .function = function };

	return sandbox_enter(cx, s, ERR_INPUT, run_chunk, &c);
}

/* Its globals are Lua's functions as they were, whatever the plugin makes of its own. */
static int run_ours(lua_State *L)
{
	struct sandbox_refs *refs = &sandbox_of(L)->refs;

	load_chunk(L, lua_touserdata(L, 1));
	lua_rawgeti(L, LUA_REGISTRYINDEX, refs->library);
	lua_setupvalue(L, -2, 1);
	lua_rawgeti(L, LUA_REGISTRYINDEX, refs->callboard);
	lua_call(L, 1, 0);
	return 0;
}

int sandbox_add_lua(struct ctx *cx, struct sandbox *s, const char *name, struct str text)
{
	struct chunk c = { .name = name, .text = text };

	return sandbox_enter(cx, s, ERR_PLUGIN, run_ours, &c);
}

/* ---- modules ---- */

/* The file's name in messages: "lib.dates" is lib/dates.lua. */
static const char *module_file(struct arena *mem, const char *name)
{
	char *file = arena_printf(mem, "%s.lua", name);

	for (char *p = file; p < file + strlen(name); p++)
		if (*p == '.')
			*p = '/';
	return file;
}

/* Pushes the module as a function, or what is wrong in its text. */
static void read_module(lua_State *L, struct sandbox *s, const char *name)
{
	struct ctx *cx = s->cx;
	struct chunk c = { .name = module_file(cx->mem, name) };

	check_taken(L);
	int rc = s->module ? s->module(cx, s->module_arg, name, &c.text) : ERR_NOTFOUND;

	sandbox_charge(L, 100 + c.text.n / BYTES_A_STEP);
	if (rc == ERR_NOTFOUND)
		luaL_error(L, "there is no module '%s'", name);
	if (rc < 0)
		luaL_error(L, "module '%s': %s", name, cx->err.text);
	compile(L, &c);
}

/* Pushes the module as a function. Each file is read once, also when it fails: its text stays in memory until the call ends. */
static void load_module(lua_State *L, struct sandbox *s, const char *name)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, s->refs.read);
	if (lua_getfield(L, -1, name) == LUA_TNIL) {
		lua_pop(L, 1);
		read_module(L, s, name);
		lua_pushvalue(L, -1);
		lua_setfield(L, -3, name);
	}
	lua_remove(L, -2);
	if (!lua_isfunction(L, -1))
		lua_error(L);
}

static void forget_read(lua_State *L, struct sandbox *s, const char *name)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, s->refs.read);
	lua_pushnil(L);
	lua_setfield(L, -2, name);
	lua_pop(L, 1);
}

/* require(name): what the module returned, true when that was nothing; each runs once. */
int sandbox_require(lua_State *L)
{
	struct sandbox *s = sandbox_of(L);
	size_t n;
	const char *name = luaL_checklstring(L, 1, &n);

	lua_settop(L, 1);
	if (strcmp(name, "callboard") == 0) {
		lua_rawgeti(L, LUA_REGISTRYINDEX, s->refs.callboard);
		return 1;
	}
	if (n > 128 || strlen(name) != n || !s->cx)
		return luaL_error(L, "there is no such module");
	lua_rawgeti(L, LUA_REGISTRYINDEX, s->refs.loaded);
	lua_pushvalue(L, 1);
	if (lua_rawget(L, 2) == LUA_TBOOLEAN && !lua_toboolean(L, -1))
		return luaL_error(L, "module '%s' requires itself", name);
	if (!lua_isnil(L, -1))
		return 1;
	load_module(L, s, name);
	lua_pushboolean(L, 0);
	lua_setfield(L, 2, name);
	lua_pushvalue(L, 1);
	if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
		lua_pushnil(L);
		lua_setfield(L, 2, name);
		return lua_error(L);
	}
	if (!lua_toboolean(L, -1)) {
		lua_pushboolean(L, 1);
		lua_replace(L, -2);
	}
	lua_pushvalue(L, -1);
	lua_setfield(L, 2, name);
	forget_read(L, s, name);
	return 1;
}

/* ---- functions of the plugin ---- */

struct call {
	struct ctx *cx;
	const char *const *path;
	const struct json *function;
	struct json *const *args;
	size_t n;
	struct json **out;
	struct json *result;
};

static int read_result(lua_State *L, struct call *c)
{
	size_t size = 0;

	check_taken(L);
	c->result = c->out ? sandbox_value(L, c->cx->mem, -1, FUNCTIONS_REFUSED, "what it returned", &size) : NULL;
	return 0;
}

/* Calls the function on top. */
static int call_with(lua_State *L, struct call *c)
{
	luaL_checkstack(L, (int)(c->n < 1000000 ? c->n : 1000000) + 4, "too many arguments");
	for (size_t i = 0; i < c->n; i++)
		sandbox_push(L, c->args[i]);
	lua_call(L, (int)c->n, 1);
	return read_result(L, c);
}

/* A member by its name, or by its number when there is none of that name. Raw: nothing of the plugin's runs. */
static void step_into(lua_State *L, const char *key)
{
	long number;

	lua_pushstring(L, key);
	if (lua_rawget(L, -2) == LUA_TNIL && str_long(key, 1, 1 << 30, &number)) {
		lua_pop(L, 1);
		lua_rawgeti(L, -1, number);
	}
	lua_remove(L, -2);
}

static int call_path(lua_State *L)
{
	struct call *c = lua_touserdata(L, 1);

	lua_rawgeti(L, LUA_REGISTRYINDEX, sandbox_of(L)->refs.plugin);
	for (size_t i = 0; c->path[i]; i++) {
		if (!lua_istable(L, -1))
			return luaL_error(L, "the plugin has no '%s'", c->path[i]);
		step_into(L, c->path[i]);
	}
	if (!lua_isfunction(L, -1))
		return luaL_error(L, "the plugin has no such function");
	return call_with(L, c);
}

int sandbox_call(struct ctx *cx, struct sandbox *s, const char *const *path, struct json *const *args, size_t n,
		 struct json **out)
{
	struct call c = { .cx = cx, .path = path, .args = args, .n = n, .out = out };
	int rc = sandbox_enter(cx, s, ERR_PLUGIN, call_path, &c);

	if (rc == 0 && out)
		*out = c.result;
	return rc;
}

struct within {
	void (*run)(void *arg);
	void *arg;
};

static int run_within(lua_State *L)
{
	const struct within *w = lua_touserdata(L, 1);

	w->run(w->arg);
	return 0;
}

int sandbox_within(struct ctx *cx, struct sandbox *s, void (*run)(void *arg), void *arg)
{
	struct within w = { run, arg };

	return sandbox_enter(cx, s, ERR_PLUGIN, run_within, &w);
}

static int call_function(lua_State *L)
{
	struct call *c = lua_touserdata(L, 1);
	double number = json_get_num(c->function, "function", 0);

	if (!(number >= 1 && number <= sandbox_of(L)->n_functions))
		return luaL_error(L, "a function was expected");
	lua_rawgeti(L, LUA_REGISTRYINDEX, sandbox_of(L)->refs.functions);
	if (lua_rawgeti(L, -1, (lua_Integer)number) != LUA_TFUNCTION)
		return luaL_error(L, "a function was expected");
	return call_with(L, c);
}

int sandbox_call_back(struct ctx *cx, struct sandbox *s, const struct json *function, struct json *const *args, size_t n,
		      struct json **out)
{
	struct call c = { .cx = cx, .function = function, .args = args, .n = n, .out = out };
	int rc = s ? sandbox_enter(cx, s, ERR_PLUGIN, call_function, &c)
		   : fail(cx, ERR_PLUGIN, "a function can be called only while its plugin runs");

	if (rc == 0 && out)
		*out = c.result;
	return rc;
}

static int read_plugin(lua_State *L)
{
	struct call *c = lua_touserdata(L, 1);
	size_t size = 0;

	lua_rawgeti(L, LUA_REGISTRYINDEX, sandbox_of(L)->refs.plugin);
	c->result = sandbox_value(L, c->cx->mem, -1, FUNCTIONS_NAMED, "the plugin's table", &size);
	return 0;
}

int sandbox_table(struct ctx *cx, struct sandbox *s, struct json **out)
{
	struct call c = { .cx = cx };
	int rc = sandbox_enter(cx, s, ERR_INPUT, read_plugin, &c);

	if (rc == 0)
		*out = c.result;
	return rc;
}

/* ---- functions of ours ---- */

enum { MAX_ARGUMENTS = 100 };

struct binding {
	sandbox_fn *fn;
	void *arg;
};

/* Functions that were handed over are forgotten when the call ends, or when one around it does. */
static void forget_functions(lua_State *L, unsigned keep)
{
	struct sandbox *s = sandbox_of(L);

	if (s->n_functions == keep)
		return;
	lua_rawgeti(L, LUA_REGISTRYINDEX, s->refs.functions);
	for (; s->n_functions > keep; s->n_functions--) {
		lua_pushnil(L);
		lua_rawseti(L, -2, s->n_functions);
	}
	lua_pop(L, 1);
}

static struct json **read_arguments(lua_State *L, struct arena *mem, int n)
{
	struct json **args = arena_array(mem, struct json *, (size_t)n + 1);
	size_t size = 0;

	for (int i = 1; i <= n; i++) {
		char what[32];

		snprintf(what, sizeof(what), "argument %d", i);
		args[i - 1] = sandbox_value(L, mem, i, FUNCTIONS_KEPT, what, &size);
	}
	return args;
}

/*
 * Long work asks for many pages, one after the other: together they may be more than there is memory. Within a function of ours
 * that calls back, it is that function's to say whose memory it is.
 */
static struct arena *memory_of(struct sandbox *s)
{
	if (!s->limits.long_work || s->calling)
		return s->cx->mem;
	arena_reset(&s->scratch);
	return &s->scratch;
}

/* Between reading the arguments and pushing the result nothing of Lua's can raise: fn returns, or the process ends. */
static int trampoline(lua_State *L)
{
	struct sandbox *s = sandbox_of(L);
	const struct binding *b = lua_touserdata(L, lua_upvalueindex(1));
	struct ctx *cx = s->cx;
	unsigned keep = s->n_functions;
	struct json *result = NULL;
	int n = lua_gettop(L);

	if (!cx)
		return luaL_error(L, "this cannot be called here");
	luaL_argcheck(L, n <= MAX_ARGUMENTS, MAX_ARGUMENTS + 1, "too many arguments");
	sandbox_charge(L, 100);
	check_taken(L);
	struct arena *mem = cx->mem, *own = memory_of(s);
	size_t used = own->used;
	struct json **args = read_arguments(L, own, n);
	struct taken taken = s->taken;

	sandbox_count(s, own, used);
	s->calling++;
	cx->mem = own;
	int rc = b->fn(cx, b->arg, args, (size_t)n, &result);

	bool too_much = sandbox_took_too_much(s);

	s->taken = taken;
	cx->mem = mem;
	s->calling--;
	lua_settop(L, 0);
	forget_functions(L, keep);
	/* It may have waited. */
	if (s->over != OVER_NOTHING || sandbox_late(s))
		sandbox_look(L, 1);
	if (rc < 0)
		return luaL_error(L, "%s", cx->err.text);
	if (too_much)
		return refuse_more(L);
	sandbox_push(L, result);
	return 1;
}

struct addition {
	const char *group, *name;
	struct binding binding;
	const struct json *value;
};

static int add(lua_State *L)
{
	const struct addition *a = lua_touserdata(L, 1);

	lua_rawgeti(L, LUA_REGISTRYINDEX, sandbox_of(L)->refs.callboard);
	if (*a->group) {
		if (lua_getfield(L, -1, a->group) != LUA_TTABLE) {
			lua_newtable(L);
			lua_pushvalue(L, -1);
			lua_setfield(L, -4, a->group);
			lua_replace(L, -2);
		}
	}
	if (a->binding.fn) {
		*(struct binding *)lua_newuserdatauv(L, sizeof(struct binding), 0) = a->binding;
		lua_pushcclosure(L, trampoline, 1);
	} else {
		sandbox_push(L, a->value);
	}
	lua_setfield(L, -2, a->name);
	return 0;
}

/* What cannot be added leaves a state that must not be used. */
static void add_or_break(struct sandbox *s, struct addition *a)
{
	if (sandbox_protect(s, add, a) != LUA_OK && s->over == OVER_NOTHING)
		s->over = OVER_MEMORY;
}

void sandbox_add(struct sandbox *s, const char *group, const char *name, sandbox_fn *fn, void *arg)
{
	struct addition a = { .group = group, .name = name, .binding = { fn, arg } };

	add_or_break(s, &a);
}

void sandbox_add_value(struct sandbox *s, const char *group, const char *name, const struct json *value)
{
	struct addition a = { .group = group, .name = name, .value = value };

	add_or_break(s, &a);
}
