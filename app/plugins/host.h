/* Calls of plugins: the state of each in this process, made when it is first needed, with all of `callboard` in it. */
#ifndef PLUGINS_HOST_H
#define PLUGINS_HOST_H

#include "plugins/plugin.h"
#include "plugins/sandbox.h"

enum call_size {
	CALL_SHORT, /* of a request */
	CALL_QUICK, /* of a decision, which others wait for: a second at most. What it raises does not switch the plugin off,
		       going over a limit does: without its decisions nothing is allowed, but that must be said at once */
	CALL_LONG,  /* of a schedule or a provider */
	CALL_AGAIN, /* a short one that failed before: its failure was counted then, and another does not switch the plugin off
		     */
};

/*
 * Calls the function of a contribution. ERR_PLUGIN when it fails (counted and kept for its page), ERR_UNAVAILABLE when the
 * plugin is switched off. what: "card greeting", for messages.
 */
int plugin_call(struct ctx *cx, const struct contribution *c, const char *what, enum call_size size, struct json *const *args,
		size_t n, struct json **out);
/*
 * Runs a function of ours that makes many calls of a plugin with sandbox_call() in plugin_state(), which count as one and share
 * its limits. alone: in a state that nobody else has seen or will see. Errors of plugin_call().
 */
int plugin_within(struct ctx *cx, const struct plugin *p, const char *what, enum call_size size, bool alone,
		  void (*run)(void *arg), void *arg);
/*
 * Runs plugin.lua in a new state that has all of `callboard`. While it runs, only what needs nothing of the portal may be
 * called; the rest raises.
 */
int plugin_run_file(struct ctx *cx, struct sandbox *s, const struct plugin *p);
/* Does plugin.lua itself run just now, so that its manifest is not known yet? For bindings. */
bool plugin_is_read(void);
/* The state it runs in, for sandbox_call_back(); NULL when none. */
struct sandbox *plugin_state(void);
/* Counts a line that the call writes into the log: how many these are. 0: no call runs. */
unsigned plugin_count_line(void);

/* Another for each plugin_call(), in this process. */
uint64_t plugin_call_number(void);

/* A function of ours has just raised this error in the plugin that runs: whether the plugin is to blame depends on it. */
void plugin_raised(int rc);
/* How much of the time of the call that runs is left, for bindings that wait. */
uint64_t plugin_time_left_us(void);

/* Adds the functions of `callboard` to a state: api*.c. */
void plugin_api(struct ctx *cx, struct sandbox *s, const struct plugin *p);

#endif
