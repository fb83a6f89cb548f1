/* Actions in Lua: the files of lua/actions, read when the portal starts, each run in a state of its own; and those of plugins.
 */
#ifndef PLUGINS_ACTION_H
#define PLUGINS_ACTION_H

#include "ext/fetch.h"
#include "plugins/host.h"
#include "plugins/sandbox.h"
#include "scaffolder/action.h"

/*
 * Reads all actions of the folder server.actions, and takes those that plugins contribute (which were prepared before); before
 * the workers are made, which share them. They live as long as cx->mem. ERR_INPUT names file and fault: what comes with the
 * portal is whole, or it does not start. An action of a plugin that has a wrong schema, or another's id, is left out with a
 * warning.
 */
int actions_prepare(struct ctx *cx);
/* The same for filters and globals of plugins, which steps and skeletons use. Those that cannot be are left out with a warning.
 */
void template_extensions_prepare(struct ctx *cx);
/* The same for their decorators of forms. */
void form_decorators_prepare(struct ctx *cx);
/* All that can be run, by id. */
const struct action_list *actions(void);
/* For scaffold.host. Only where plugins' Lua may run, never in a web worker. */
const struct action_host *action_lua_host(void);

/*
 * How an endpoint of the proxy is asked, which the server knows: sets the URL, headers and rules of *rq for a path below
 * /api/proxy and a method. ERR_NOTFOUND: there is none.
 */
typedef int action_proxy_fn(struct ctx *cx, const char *path, const char *method, struct fetch_request *rq);
/* Before the first action runs; without it there is no proxy. */
void actions_proxy(action_proxy_fn *fn);

/* ---- for action_*.c ---- */

/* The call that runs; NULL: none does. */
struct action_call *action_current(void);
/* While something else of a plugin runs within an action, nothing reaches that; gives what action_go_on() takes. */
struct action_call *action_pause(void);
void action_go_on(struct action_call *call);
/* The plugin whose action it is, which has its own capabilities; NULL: it came with the portal. */
const struct plugin *action_plugin(void);
/* The state it runs in, for sandbox_call_back(). */
struct sandbox *action_state(void);
/* A text that others may see, without the secrets of the run that goes on; as it is where none does. */
const char *action_hidden(struct arena *mem, const char *text);
/* Adds the functions of an action's context to a state. */
int action_context(struct ctx *cx, struct sandbox *s);
/* As an argument of sandbox_call(): that context. */
struct json *action_context_value(struct arena *mem);
/* A function of ours has just failed with this error: it is what the action's own shall be, when it does not catch it. */
void action_raised(const struct ctx *cx, int rc);

/* Was the run cancelled? For what takes long; arg is not looked at. */
bool action_stopped(void *arg);

#define ACTION_API(group, name, fn, about) sandbox_fn fn;
#include "plugins/action.def"
#undef ACTION_API

#endif
