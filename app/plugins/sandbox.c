/* The sandbox's state: its memory, its budget of instructions and time, and calls that no error leaves. */
#include "plugins/sandbox_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"

enum { LARGE = 64 * 1024 };

/* Neither this nor the next asks for memory. */
static void find_place(lua_State *L, int level, char *out, size_t n)
{
	lua_Debug ar;

	out[0] = 0;
	for (; lua_getstack(L, level, &ar) && lua_getinfo(L, "Sl", &ar); level++)
		if (ar.currentline > 0) {
			snprintf(out, n, "%s:%d: ", ar.short_src, ar.currentline);
			return;
		}
}

static void keep_traceback(struct sandbox *s, lua_State *L, int level)
{
	enum { LEVELS = 20 };
	size_t n = 0, room = sizeof(s->traceback);
	lua_Debug ar;

	s->traceback[0] = 0;
	for (int last = level + LEVELS; level < last && n < room && lua_getstack(L, level, &ar); level++) {
		char line[16] = "";

		lua_getinfo(L, "Sln", &ar);
		/* Frames of ours tell a plugin's author nothing, unless they have the name of a function that was called. */
		if (*ar.what == 'C' && !ar.name)
			continue;
		if (ar.currentline > 0)
			snprintf(line, sizeof(line), ":%d", ar.currentline);
		n += (size_t)snprintf(s->traceback + n, room - n, "%s%s: in %s%s%s\n",
				      *ar.what == 'C' ? "Callboard" : ar.short_src, line,
				      *ar.what == 'm' ? "the chunk" : "function", ar.name ? " " : "",
				      ar.name && *ar.what != 'm' ? ar.name : "");
	}
}

static void hook(lua_State *L, lua_Debug *ar)
{
	struct sandbox *s = sandbox_of(L);

	(void)ar;
	s->unseen += LOOK_EVERY;
	sandbox_look(L, 0);
}

/* A limit is reached: from now on every instruction of this thread raises. Kept is where it was first. */
static void went_over(struct sandbox *s, lua_State *L, int level, enum over over)
{
	if (s->over == OVER_NOTHING) {
		s->over = over;
		s->look_at = 0;
		if (over == OVER_TIME && s->deadline_us)
			s->allowed_us = s->deadline_us - s->begun_us;
		if (s->depth) {
			find_place(L, level, s->where, sizeof(s->where));
			keep_traceback(s, L, level);
		}
	}
	if (L)
		lua_sethook(L, hook, LUA_MASKCOUNT, 1);
}

static bool out_of_time(const struct sandbox *s)
{
	return s->deadline_us && clock_mono_us() > s->deadline_us;
}

bool sandbox_late(struct sandbox *s)
{
	if (s->over == OVER_NOTHING && out_of_time(s))
		went_over(s, s->L, 0, OVER_TIME);
	return s->over == OVER_TIME;
}

/*
 * Lua asks again for the same when it has collected its garbage: a second refusal is final. Growing large blocks and collecting
 * again and again take long within one instruction, so the clock is looked at here too.
 */
static void *refuse(struct sandbox *s, void *block, size_t size)
{
	if (s->refused == size && s->refused_block == block)
		went_over(s, s->L, 0, OVER_MEMORY);
	s->refused = size;
	s->refused_block = block;
	return NULL;
}

/* ---- weak tables ---- */

/*
 * Chains in a table with weak keys make one step of Lua's collector take time that grows with the square of their length, and
 * nothing can end it. Lua knows such a table by a name that it makes at the start; when that is another text, `__mode` is a key
 * like any other.
 */
struct born {
	void *text[64];
	size_t size[64], n;
};

static void note_text(struct born *b, void *text, size_t size)
{
	if (b->n < LEN(b->text)) {
		b->text[b->n] = text;
		b->size[b->n++] = size;
	}
}

static void forget_weak_tables(const struct born *b)
{
	static const char name[] = "__mode";

	for (size_t i = 0; i < b->n; i++) {
		char *at = memmem(b->text[i], b->size[i], name, sizeof(name));

		if (at)
			memcpy(at, "nomode", sizeof(name) - 1);
	}
}

/* ---- memory ---- */

/*
 * Is this a stack of more than MAX_STACK values? Lua's own limit of a million would let one call of a table whose `__call` is
 * the table itself shift them all for minutes. A stack is asked for anew when it grows, for an even number of values and five
 * more; the parts of tables have other sizes: powers of two, and what push_array() asks for.
 */
static bool is_large_stack(size_t size)
{
	enum { SLOT = 16, SPARE = 5 };

	return size > (MAX_STACK + SPARE) * SLOT && size % SLOT == 0 && (size / SLOT - SPARE) % 2 == 0;
}

static void *allocate(void *arg, void *block, size_t old, size_t size)
{
	struct sandbox *s = arg;
	/* Without a block, old is a type, or 0 for what is no value. */
	bool text = !block && old == LUA_TSTRING, no_value = !block && old == 0;

	if (!block)
		old = 0;
	if (size == 0) {
		free(block);
		s->used -= old;
		return NULL;
	}
	if (size > old) {
		bool full = size - old > s->limits.memory || s->used > s->limits.memory - (size - old);

		if ((full || size >= LARGE) && sandbox_late(s))
			return NULL;
		if (full)
			return refuse(s, block, size);
		if (no_value && is_large_stack(size)) {
			went_over(s, s->L, 0, OVER_STACK);
			return NULL;
		}
	}
	void *fresh = realloc(block, size);

	/* Lua counts on it that less can always be had. */
	if (!fresh)
		return size > old ? refuse(s, block, size) : block;
	s->used = s->used - old + size;
	if (s->used > s->most)
		s->most = s->used;
	if (size > old)
		s->refused = 0;
	if (text && s->born)
		note_text(s->born, fresh, size);
	return fresh;
}

/*
 * Once over, every instruction and every charge raises: a pcall() in a loop catches one of them and meets the next. The texts
 * were made before, so that raising needs no memory.
 */
void sandbox_look(lua_State *L, int level)
{
	struct sandbox *s = sandbox_of(L);

	s->spent += s->unseen;
	s->unseen = 0;
	if (s->depth && s->limits.instructions && s->spent > s->limits.instructions)
		went_over(s, L, level, OVER_INSTRUCTIONS);
	else if (s->over != OVER_NOTHING || out_of_time(s))
		went_over(s, L, level, OVER_TIME);
	else
		return;
	lua_rawgeti(L, LUA_REGISTRYINDEX, s->refs.over[s->over]);
	lua_error(L);
}

static void keep_message(struct sandbox *s, lua_State *L, int index)
{
	size_t n = 0;
	const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &n) : NULL;

	if (text)
		snprintf(s->message, sizeof(s->message), "%.*s", (int)(n < sizeof(s->message) ? n : sizeof(s->message) - 1),
			 text);
	else
		snprintf(s->message, sizeof(s->message), "an error without a text (a %s value)", luaL_typename(L, index));
}

/* Of an error: its text, and where it was raised. Runs nothing of the plugin's once a limit is reached, for hooks are off then.
 */
static int on_error(lua_State *L)
{
	struct sandbox *s = sandbox_of(L);

	lua_settop(L, 1);
	if (s->over == OVER_NOTHING && lua_type(L, 1) == LUA_TNUMBER) {
		lua_tolstring(L, 1, NULL);
	} else if (s->over == OVER_NOTHING && luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL) {
		lua_pushvalue(L, 1);
		lua_call(L, 1, 1);
		if (lua_type(L, -1) == LUA_TSTRING)
			lua_replace(L, 1);
	}
	keep_message(s, L, 1);
	if (s->over == OVER_NOTHING)
		keep_traceback(s, L, 1);
	lua_settop(L, 1);
	return 1;
}

int sandbox_protect(struct sandbox *s, lua_CFunction fn, void *arg)
{
	lua_State *L = s->L;
	int top = lua_gettop(L), status = LUA_ERRMEM;

	if (lua_checkstack(L, LUA_MINSTACK)) {
		lua_pushcfunction(L, on_error);
		lua_pushcfunction(L, fn);
		lua_pushlightuserdata(L, arg);
		s->message[0] = 0;
		status = lua_pcall(L, 1, 0, top + 1);
		if (status != LUA_OK && !s->message[0])
			keep_message(s, L, -1);
		lua_settop(L, top);
	}
	if (status == LUA_ERRMEM && s->over == OVER_NOTHING)
		s->over = OVER_MEMORY;
	return status;
}

static void over_text(const struct sandbox *s, enum over over, char *out, size_t n)
{
	double seconds = (double)s->allowed_us / 1e6, kib = (double)s->limits.memory / 1024;

	if (over == OVER_TIME)
		snprintf(out, n, "out of time: more than %.6g s", seconds);
	else if (over == OVER_INSTRUCTIONS)
		snprintf(out, n, "out of instructions: more than %llu", (unsigned long long)s->limits.instructions);
	else if (over == OVER_STACK)
		snprintf(out, n, "stack overflow: functions call each other without end, or have too many values");
	else
		snprintf(out, n, "out of memory: more than %.6g %s", kib < 1024 ? kib : kib / 1024, kib < 1024 ? "KiB" : "MiB");
}

static void begin(struct ctx *cx, struct sandbox *s)
{
	s->L = s->main;
	s->spent = s->unseen = 0;
	s->look_at = LOOK_EVERY;
	s->begun_us = clock_mono_us();
	s->deadline_us = s->limits.us ? s->begun_us + s->limits.us : 0;
	s->allowed_us = s->limits.us;
	s->where[0] = s->traceback[0] = 0;
	s->n_functions = 0;
	s->taken = (struct taken){ .arena = cx->mem, .used = cx->mem->used };
}

static size_t bytes_taken(const struct taken *t)
{
	return t->before + (t->arena->used > t->used ? t->arena->used - t->used : 0);
}

void sandbox_count(struct sandbox *s, const struct arena *mem, size_t used)
{
	if (mem != s->taken.arena)
		s->taken = (struct taken){ .arena = mem, .used = used, .before = bytes_taken(&s->taken) };
}

bool sandbox_took_too_much(const struct sandbox *s)
{
	return bytes_taken(&s->taken) > s->limits.memory + MAX_ARENA;
}

int sandbox_enter(struct ctx *cx, struct sandbox *s, int code, lua_CFunction fn, void *arg)
{
	struct ctx *outer = s->cx;
	struct taken taken = s->taken;
	char over[96];

	if (s->over != OVER_NOTHING && !s->depth)
		return fail(cx, code, "the plugin's state went over a limit before");
	if (s->depth++ == 0)
		begin(cx, s);
	sandbox_count(s, cx->mem, cx->mem->used);
	s->cx = cx;
	int status = sandbox_protect(s, fn, arg);

	s->cx = outer;
	s->taken = taken;
	if (--s->depth == 0)
		s->deadline_us = 0;
	if (s->over != OVER_NOTHING) {
		over_text(s, s->over, over, sizeof(over));
		return fail(cx, code, "%s%s", s->where, over);
	}
	return status == LUA_OK ? 0 : fail(cx, code, "%s", utf8_scrub(cx->mem, s->message));
}

static int open_state(lua_State *L)
{
	struct sandbox *s = lua_touserdata(L, 1);
	static const char *const over[] = { "", "out of memory", "stack overflow", "out of instructions", "out of time" };

	for (size_t i = 0; i < LEN(over); i++) {
		lua_pushstring(L, over[i]);
		s->refs.over[i] = luaL_ref(L, LUA_REGISTRYINDEX);
	}
	lua_newtable(L);
	s->refs.loaded = luaL_ref(L, LUA_REGISTRYINDEX);
	lua_newtable(L);
	s->refs.read = luaL_ref(L, LUA_REGISTRYINDEX);
	lua_newtable(L);
	s->refs.functions = luaL_ref(L, LUA_REGISTRYINDEX);
	lua_pushboolean(L, 0);
	s->refs.plugin = luaL_ref(L, LUA_REGISTRYINDEX);
	lua_newtable(L);
	sandbox_open_values(L);
	s->refs.callboard = luaL_ref(L, LUA_REGISTRYINDEX);
	sandbox_open_library(L);
	return 0;
}

struct sandbox *sandbox_new(const struct sandbox_limits *limits, sandbox_module *module, void *arg)
{
	struct sandbox *s = calloc(1, sizeof(*s));
	struct born born = { .n = 0 };

	if (!s)
		return NULL;
	s->limits = *limits;
	s->module = module;
	s->module_arg = arg;
	s->look_at = LOOK_EVERY;
	s->born = &born;
	s->L = s->main = lua_newstate(allocate, s);
	s->born = NULL;
	if (s->main) {
		forget_weak_tables(&born);
		*(struct sandbox **)lua_getextraspace(s->main) = s;
		if (sandbox_protect(s, open_state, s) == LUA_OK) {
			/* Coroutines inherit it. */
			lua_sethook(s->main, hook, LUA_MASKCOUNT, LOOK_EVERY);
			return s;
		}
	}
	sandbox_free(s);
	return NULL;
}

void sandbox_free(struct sandbox *s)
{
	if (!s)
		return;
	if (s->main)
		lua_close(s->main);
	arena_release(&s->scratch);
	free(s);
}

bool sandbox_broken(const struct sandbox *s)
{
	return s->over != OVER_NOTHING;
}

const char *sandbox_traceback(const struct sandbox *s)
{
	return s->traceback;
}

size_t sandbox_memory(const struct sandbox *s, size_t *most)
{
	if (most)
		*most = s->most;
	return s->used;
}

uint64_t sandbox_time_left_us(const struct sandbox *s)
{
	uint64_t now = clock_mono_us();

	if (s->depth && !s->limits.us)
		return UINT64_MAX;
	return s->deadline_us > now ? s->deadline_us - now : 0;
}

uint64_t sandbox_deadline(struct sandbox *s, uint64_t us)
{
	uint64_t before = s->deadline_us, now = clock_mono_us();

	if (!before || now + us < before)
		s->deadline_us = now + us;
	return before;
}

void sandbox_deadline_back(struct sandbox *s, uint64_t before)
{
	s->deadline_us = before;
}

void sandbox_give_time(struct sandbox *s, uint64_t us)
{
	if (s->deadline_us)
		s->deadline_us += us;
}
