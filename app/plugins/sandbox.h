/* A Lua state that can harm nobody: its memory, instructions and time are counted, and it has only what it is given. */
#ifndef PLUGINS_SANDBOX_H
#define PLUGINS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/json.h"
#include "base/str.h"

struct lua_State;
struct sandbox;

struct sandbox_limits {
	size_t memory;         /* bytes of the state */
	uint64_t instructions; /* of one call; 0: any number */
	uint64_t us;           /* of one call, on the clock; 0: any time */
	bool long_work;        /* what functions of ours were given and gave is forgotten at the next one, not after the call */
};

/* How require() finds a module of the plugin's own: its text, ERR_NOTFOUND when there is none. The text lives as long as
 * cx->mem. */
typedef int sandbox_module(struct ctx *cx, void *arg, const char *name, struct str *text);

/*
 * A new state with Lua's harmless functions (see docs/plugin-api.md): text chunks only, no io, os, debug, package, load,
 * __gc. Functions of C that may run long (patterns, string.rep, table.move, sort ...) count as instructions, so that they
 * end as well. NULL when there is no memory for it. To be freed with sandbox_free().
 */
struct sandbox *sandbox_new(const struct sandbox_limits *limits, sandbox_module *module, void *arg);
void sandbox_free(struct sandbox *s);

/*
 * Runs a chunk, named "plugin.lua" say in messages, and keeps what it returns, which must be a table, as the plugin's.
 * ERR_INPUT with the message and the place of a syntax error or of one that was raised; limits as in sandbox_call().
 */
int sandbox_run(struct ctx *cx, struct sandbox *s, const char *name, struct str text);
/* The same for a chunk that returns a function: the plugin's table has that alone, under the name `function`. */
int sandbox_run_function(struct ctx *cx, struct sandbox *s, const char *name, struct str text, const char *function);
/*
 * What the chunk returned, as JSON: functions become the text "function". For what is data in it. ERR_INPUT when it holds
 * itself, is deeper than 64, or larger than 4 MiB.
 */
int sandbox_table(struct ctx *cx, struct sandbox *s, struct json **out);

/*
 * Calls the function at path in what the chunk returned ("cards", "1", "data"; numbers count from 1; NULL ends it) with
 * args, each a value or NULL for nil. *out: its first result, NULL for nil. out may be NULL. ERR_PLUGIN: it raised an
 * error, gave back what is no value, or went over a limit; cx->err is its message, for people; sandbox_traceback() has
 * more. After a call that went over a limit the state is not to be trusted: sandbox_broken() is true, free it. A call that
 * is made while another of the same state runs shares its limits.
 */
int sandbox_call(struct ctx *cx, struct sandbox *s, const char *const *path, struct json *const *args, size_t n,
		 struct json **out);
/*
 * Runs a function of ours that makes many sandbox_call()s, which share one budget. It may go on after one that failed, not when
 * the state is broken. ERR_PLUGIN: together they went over a limit.
 */
int sandbox_within(struct ctx *cx, struct sandbox *s, void (*run)(void *arg), void *arg);
bool sandbox_broken(const struct sandbox *s);
/* Of the last call's error: a line for each function, the innermost first. "" when there was none. Lives until the next call.
 */
const char *sandbox_traceback(const struct sandbox *s);
/* Bytes it has now, and the most it ever had. */
size_t sandbox_memory(const struct sandbox *s, size_t *most);
/* How much of the call's time is left, for functions of ours that wait for others. 0: none, or no call runs. */
uint64_t sandbox_time_left_us(const struct sandbox *s);

/* ---- for functions of C that a plugin calls ---- */

/*
 * The call that runs has at most us left from now on; gives what sandbox_deadline_back() takes to give it its own time again.
 * For what holds up others.
 */
uint64_t sandbox_deadline(struct sandbox *s, uint64_t us);
void sandbox_deadline_back(struct sandbox *s, uint64_t before);
/* Gives the call that runs back the time that something of ours took, which is no fault of the plugin. */
void sandbox_give_time(struct sandbox *s, uint64_t us);

/*
 * One function of `callboard`: args are its arguments (NULL for nil), n of them, at most 100. *out its result, NULL for
 * nil. An error becomes a Lua error with cx->err as its text. Memory is cx's; a Lua error never passes through it.
 */
typedef int sandbox_fn(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out);
/*
 * Adds require("callboard")[group][name], or [name] when group is "". arg is handed to fn. A state that has no memory for
 * it is broken.
 */
void sandbox_add(struct sandbox *s, const char *group, const char *name, sandbox_fn *fn, void *arg);
/* Adds a value in the same way. */
void sandbox_add_value(struct sandbox *s, const char *group, const char *name, const struct json *value);
/*
 * Adds text in Lua (of ours) that is run once with the table `callboard` as its argument and may add functions to it: what
 * is easier said in Lua. Its globals are Lua's functions, whatever the plugin does to its own; what it needs of
 * `callboard` later it must keep in locals.
 */
int sandbox_add_lua(struct ctx *cx, struct sandbox *s, const char *name, struct str text);
/* As an argument of sandbox_call(): the table `callboard`[group] itself. */
struct json *sandbox_group(struct arena *mem, const char *group);
/* Calls a function that a plugin handed to one of ours: args[i] was a function, sandbox_fn sees {"function": number}. Only
 * within that call. s NULL: ERR_PLUGIN. */
int sandbox_call_back(struct ctx *cx, struct sandbox *s, const struct json *function, struct json *const *args, size_t n,
		      struct json **out);

#endif
