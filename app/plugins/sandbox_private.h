/* What the parts of the sandbox share. Only sandbox*.c includes this. */
#ifndef PLUGINS_SANDBOX_PRIVATE_H
#define PLUGINS_SANDBOX_PRIVATE_H

#include <lauxlib.h>
#include <lua.h>

#include "plugins/sandbox.h"

enum {
	LOOK_EVERY = 250, /* instructions between two looks at the budget and the clock */
	MAX_DEPTH = 64,   /* of a value that crosses */
	MAX_SIZE = 4 << 20,
	MAX_ARENA =
		64 << 20,    /* more than the state's memory: what values for functions of ours, and theirs, take in one call */
	MAX_CLOSING = 4,     /* coroutines that are closed within each other */
	MAX_STACK = 100000,  /* values on the stack of a thread */
	MAX_RESULTS = 20000, /* that a function of C may push */
	BYTES_A_STEP = 64
};

/* What functions of ours were given and gave: in the arena that is filled just now, and before that in those around it. */
struct taken {
	const struct arena *arena;
	size_t used; /* of the arena, when it began to count */
	size_t before;
};

enum over { OVER_NOTHING, OVER_MEMORY, OVER_STACK, OVER_INSTRUCTIONS, OVER_TIME };

/* Values that the state keeps for itself, by their number in the registry: plugins cannot reach that. */
struct sandbox_refs {
	int library;   /* Lua's functions as they were: what our own Lua sees */
	int callboard; /* what require("callboard") gives */
	int array;     /* metatable of arrays */
	int loaded;    /* modules by name */
	int read;      /* those of them that were read and not loaded: the function, or what is wrong in the text */
	int functions; /* handed to functions of ours, by number */
	int plugin;    /* what the chunk returned */
	int over[OVER_TIME + 1];
};

struct sandbox {
	lua_State *main, *L; /* L: the thread that runs just now */
	struct sandbox_limits limits;
	sandbox_module *module;
	void *module_arg;
	struct ctx *cx; /* of the call that runs; NULL between calls */
	struct sandbox_refs refs;

	size_t used, most;
	void *refused_block; /* what was asked for last and not given */
	size_t refused;

	struct born *born; /* while the state is made */

	unsigned depth, closing;
	unsigned n_functions;
	uint64_t spent, unseen, look_at; /* look_at: unseen that makes us look */
	uint64_t begun_us, deadline_us;
	uint64_t allowed_us;  /* for the message of a call that went over its time */
	struct taken taken;   /* in the call */
	struct arena scratch; /* of a function of ours that long work calls */
	unsigned calling;     /* functions of ours that run, one within the other */
	unsigned nexts;
	enum over over;

	char where[80]; /* that went over: "plugin.lua:3: " */
	char message[900], traceback[2048];
};

static inline struct sandbox *sandbox_of(lua_State *L)
{
	return *(struct sandbox **)lua_getextraspace(L);
}

/* Looks at the budget and the clock; raises when the call is over its limits. level: whose line it names, as in lua_getstack().
 */
void sandbox_look(lua_State *L, int level);
/* Is the call out of time? Never raises. */
bool sandbox_late(struct sandbox *s);
/* Something of C did as much as n instructions of Lua. Raises when that is over the limit. */
static inline void sandbox_charge(lua_State *L, uint64_t n)
{
	struct sandbox *s = sandbox_of(L);

	s->unseen += n;
	if (s->unseen >= s->look_at)
		sandbox_look(L, 1);
}

/* Counts what is taken from mem beyond used as well, if it is another arena than until now. The caller puts back what s->taken
 * was when that ends. */
void sandbox_count(struct sandbox *s, const struct arena *mem, size_t used);
/* Were functions of ours given, and did they give, too much? */
bool sandbox_took_too_much(const struct sandbox *s);

/* Runs fn(arg) so that no error leaves it: LUA_OK, or else s->message and s->traceback say what it was. */
int sandbox_protect(struct sandbox *s, lua_CFunction fn, void *arg);
/* The same as a call with its own budget, unless one runs already. The message becomes cx's error, of this code. */
int sandbox_enter(struct ctx *cx, struct sandbox *s, int code, lua_CFunction fn, void *arg);

/* ---- sandbox_value.c: both may raise; what: begins messages, "argument 1" ---- */

enum functions { FUNCTIONS_REFUSED, FUNCTIONS_NAMED, FUNCTIONS_KEPT };

/* NULL is nil. */
void sandbox_push(lua_State *L, const struct json *v);
/* NULL for nil, in mem. *size: of all that crossed together so far. */
struct json *sandbox_value(lua_State *L, struct arena *mem, int index, enum functions functions, const char *what,
			   size_t *size);
/* Makes the metatable of arrays and puts null, array and is_array into the table on top. */
void sandbox_open_values(lua_State *L);

/* ---- sandbox_lib.c and beside it: each leaves the table of its library on top ---- */

/* Registers Lua's functions and makes the globals. */
void sandbox_open_library(lua_State *L);
void sandbox_open_string(lua_State *L);
void sandbox_open_table(lua_State *L);
void sandbox_open_utf8(lua_State *L);
void sandbox_open_coroutine(lua_State *L);
void sandbox_open_os(lua_State *L);
/* require(): in sandbox_call.c. */
int sandbox_require(lua_State *L);
/* string.format(): in sandbox_format.c. */
int sandbox_format(lua_State *L);
/* Pushes the text of any value, as tostring() gives it. */
struct str sandbox_text(lua_State *L, int index);

/* ---- a text that grows in the memory of the state ---- */

struct out {
	lua_State *L;
	int slot; /* of the stack, where its block is */
	char *p;
	size_t n, cap;
	char small[256];
};
/* Takes one slot of the stack, on top. */
void out_begin(struct out *o, lua_State *L);
/* Room for n more bytes, which the caller writes and counts. */
char *out_room(struct out *o, size_t n);
void out_add(struct out *o, const char *p, size_t n);
/* Pushes the text. */
void out_end(struct out *o);

#endif
