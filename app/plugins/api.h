/* The functions of `callboard`, for the files that implement them: api_*.c. */
#ifndef PLUGINS_API_H
#define PLUGINS_API_H

#include "plugins/host.h"

/*
 * args[i] is NULL for nil and beyond n. *out: the result; left NULL it is nil. What is wrong is worded with fail() and raised
 * in the plugin. Memory is cx's.
 */
typedef int api_fn(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out);

#define API(group, name, capability, fn, about) api_fn fn;
#include "plugins/api.def"
#undef API

/*
 * While a plugin's function holds a lock that others wait for: functions that wait for somebody else, or have locks of their
 * own, are refused. what: the function that holds it, for the message; NULL: none does. Gives what it was before.
 */
const char *api_hold(const char *what);

/*
 * While a plugin's function may only look at what it was handed: all that asks, keeps or tells is refused. what: as above.
 */
const char *api_confine(const char *what);

/* The text at args[i]. ERR_INPUT names the argument ("key") when it is none. */
int api_text(struct ctx *cx, struct json *const *args, size_t n, size_t i, const char *name, const char **out);
/* Is it a table with names, or one with nothing in it? nil is, as in a table that does not have it. */
bool api_is_table(const struct json *v);
/* The table at args[i]; NULL when it is nil and may be. */
int api_table(struct ctx *cx, struct json *const *args, size_t n, size_t i, const char *name, bool needed,
	      const struct json **out);
/* JSON that a plugin hands over or another server answers. ERR_TOOLARGE beyond 4 MiB, or when it would take 64 MiB to read it.
 */
int api_json(struct ctx *cx, struct str text, struct json **out);
/* Does capabilities.http have this very entry? "integrations.github" */
bool api_declares_http(const struct plugin *p, const char *entry);
/* ERR_INPUT naming the first key of a table that is not in the NULL-terminated list. */
int api_only(struct ctx *cx, const struct json *table, const char *const *known);

#endif
