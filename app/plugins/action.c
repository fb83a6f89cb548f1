/* Actions in Lua: reading lua/actions, and running one. */
#include "plugins/action.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/schema.h"
#include "plugins/folder.h"
#include "plugins/host.h"
#include "scaffolder/run.h"

enum { MEMORY = 64 << 20, READ_INSTRUCTIONS = 10000000, READ_US = 1000000, RUN_US = 900 * 1000000, DRY_RUN_US = 20 * 1000000 };

/* An action with the file that it is run from, or the plugin that has it. */
struct lua_action {
	struct action action;
	const char *file;
	struct str text;
	const struct contribution *from; /* NULL: it came with the portal */
};

static struct action_list all;
/* What they share: the files of the folder's lib, read when the portal starts as well. */
static struct map modules;

const struct action_list *actions(void)
{
	return &all;
}

/* ---- reading ---- */

static int bad(struct ctx *cx, const char *file, const char *why)
{
	return fail(cx, ERR_INPUT, "%s: %s", file, why);
}

static int check_schema(struct ctx *cx, const char *file, const char *which, const struct json *schema)
{
	struct schema_errors errors = { 0 };

	if (!schema || schema_valid(cx->mem, schema, &errors))
		return 0;
	return fail(cx, ERR_INPUT, "%s: schema.%s%s %s", file, which, errors.items[0].path, errors.items[0].message);
}

static int take(struct ctx *cx, const struct lua_action *of, const struct json *v)
{
	struct lua_action *a = arena_new(cx->mem, struct lua_action);
	const struct json *schema = json_get(v, "schema");
	const char *file = of->file;

	*a = *of;
	a->action = (struct action){ .id = json_get_text(v, "id", NULL),
				     .description = json_get_text(v, "description", NULL),
				     .input = json_get(schema, "input"),
				     .output = json_get(schema, "output"),
				     .examples = json_get(v, "examples"),
				     .dry_run = json_get_bool(v, "supports_dry_run", false),
				     .needs_catalog = of->from || json_get_bool(v, "needs_catalog", false) };
	if (!a->action.id || !a->action.description || !json_get(v, "run"))
		return bad(cx, file, "id, description and run must be there");
	int rc = check_schema(cx, file, "input", a->action.input);

	if (rc == 0)
		rc = check_schema(cx, file, "output", a->action.output);
	if (rc == 0)
		*list_add(cx->mem, &all) = &a->action;
	return rc;
}

/* require "lib.github" is lib/github.lua. */
static int find_module(struct ctx *cx, void *arg, const char *name, struct str *text)
{
	const struct str *found = map_get(&modules, name);

	(void)cx, (void)arg;
	if (!found)
		return ERR_NOTFOUND;
	*text = *found;
	return 0;
}

static int read_module(struct ctx *cx, const char *dir, const char *file)
{
	const char *name = arena_printf(cx->mem, "lib.%.*s", (int)(strlen(file) - strlen(".lua")), file);
	struct str *text = arena_new(cx->mem, struct str);
	int rc = folder_read(cx, dir, file, text);

	if (rc == 0)
		map_put(cx->mem, &modules, name, text);
	return rc;
}

/* The chunk runs without its context: it only says what the action is. */
static int read_action(struct ctx *cx, const char *dir, const char *file)
{
	static const struct sandbox_limits limits = { .memory = MEMORY, .instructions = READ_INSTRUCTIONS, .us = READ_US };
	struct sandbox *s = sandbox_new(&limits, find_module, NULL);
	struct json *table = NULL;
	struct str text;
	int rc = s ? folder_read(cx, dir, file, &text) : fail(cx, ERR_INTERNAL, "no memory for a state");

	if (rc == 0)
		rc = sandbox_run(cx, s, file, text);
	if (rc == 0)
		rc = sandbox_table(cx, s, &table);
	if (rc == 0)
		rc = take(cx, &(struct lua_action){ .file = file, .text = text }, table);
	if (s)
		sandbox_free(s);
	return rc;
}

static int by_id(const void *a, const void *b)
{
	return strcmp((*(const struct action *const *)a)->id, (*(const struct action *const *)b)->id);
}

static bool is_taken(const char *id)
{
	for (size_t i = 0; i < all.n; i++)
		if (streq(all.items[i]->id, id))
			return true;
	return false;
}

/* A plugin that is wrong hinders nobody. */
static void take_contributed(struct ctx *cx)
{
	const struct contributions *list = plugins_contribute(CONTRIBUTES_ACTION);

	for (size_t i = 0; i < list->n; i++) {
		const struct contribution *c = &list->items[i];
		const struct lua_action a = { .file = c->plugin->name, .from = c };
		int rc = is_taken(c->id) ? bad(cx, c->id, "there is another action of this id") : take(cx, &a, c->row);

		if (rc < 0)
			log_warn("an action of a plugin is left out", "plugin", c->plugin->name, "why", cx->err.text, NULL);
		cx->err = (struct err){ 0 };
	}
}

typedef int read_file(struct ctx *cx, const char *dir, const char *file);

static int read_folder(struct ctx *cx, const char *dir, read_file *read)
{
	AUTO_DIR d = opendir(dir);
	int rc = 0;

	if (!d && read == read_action)
		return fail(cx, ERR_INPUT, "server.actions: %s: %s", dir, strerrordesc_np(errno));
	for (const struct dirent *e; d && rc == 0 && (e = readdir(d));)
		if (*e->d_name != '.' && str_ends(e->d_name, ".lua"))
			rc = read(cx, dir, arena_strdup(cx->mem, e->d_name));
	return rc;
}

int actions_prepare(struct ctx *cx)
{
	const char *dir = json_get_text(json_get(cx->conf, "server"), "actions", "");
	int rc = 0;

	all = (struct action_list){ 0 };
	modules = (struct map){ 0 };
	if (*dir)
		rc = read_folder(cx, arena_printf(cx->mem, "%s/lib", dir), read_module);
	if (rc == 0 && *dir)
		rc = read_folder(cx, dir, read_action);
	if (rc == 0)
		take_contributed(cx);
	template_extensions_prepare(cx);
	form_decorators_prepare(cx);
	if (all.n > 1)
		qsort(all.items, all.n, sizeof(*all.items), by_id);
	return rc;
}

/* ---- running ---- */

static struct action_call *current;
static struct sandbox *state;
static struct err raised;

struct action_call *action_current(void)
{
	return current;
}

struct action_call *action_pause(void)
{
	struct action_call *call = current;

	current = NULL;
	return call;
}

void action_go_on(struct action_call *call)
{
	current = call;
}

const struct plugin *action_plugin(void)
{
	const struct lua_action *a = current ? (const struct lua_action *)(const void *)current->action : NULL;

	return a && a->from ? a->from->plugin : NULL;
}

const char *action_hidden(struct arena *mem, const char *text)
{
	return scaffold_hidden(mem, text);
}

struct sandbox *action_state(void)
{
	return state ? state : plugin_state();
}

void action_raised(const struct ctx *cx, int rc)
{
	/* One that went through a function of the action on its way is still the one that it was. */
	if (rc == ERR_PLUGIN && raised.code && strstr(cx->err.text, raised.text))
		return;
	raised = cx->err;
	raised.code = rc;
}

/* What a function of ours failed with, if that is what ended the action; else the action's own error. */
static int true_error(struct ctx *cx, const struct action *a, int rc)
{
	if (raised.code && strstr(cx->err.text, raised.text)) {
		cx->err = raised;
		return raised.code;
	}
	return fail_in(cx, rc, "Action %s", a->id);
}

static int run_in(struct ctx *cx, struct sandbox *s, const struct lua_action *a, const struct action_call *call)
{
	static const char *const path[] = { "run", NULL };
	struct json *args[] = { action_context_value(cx->mem), json_copy(cx->mem, call->input) };
	int rc = action_context(cx, s);

	if (rc == 0)
		rc = sandbox_run(cx, s, a->file, a->text);
	return rc == 0 ? sandbox_call(cx, s, path, args, LEN(args), NULL) : rc;
}

/* In the plugin's own way: with its state, its limits, and counted as its failure. */
static int run_contributed(struct ctx *cx, const struct lua_action *a, const struct action_call *call)
{
	struct json *args[] = { action_context_value(cx->mem), json_copy(cx->mem, call->input) };

	return plugin_call(cx, a->from, arena_printf(cx->mem, "action %s", a->action.id), CALL_LONG, args, LEN(args), NULL);
}

static int run_own(struct ctx *cx, const struct lua_action *a, const struct action_call *call)
{
	/* A dry run is a request: whoever waits for it is told before the worker is ended. */
	const struct sandbox_limits limits = { .memory = MEMORY,
					       .us = call->run->dry_run ? DRY_RUN_US : RUN_US,
					       .long_work = true };
	struct sandbox *s = sandbox_new(&limits, find_module, NULL);
	int rc;

	if (!s)
		return fail(cx, ERR_INTERNAL, "no memory for a state");
	state = s;
	rc = run_in(cx, s, a, call);
	state = NULL;
	sandbox_free(s);
	return rc;
}

static int run(struct ctx *cx, void *arg, struct action_call *call)
{
	/* The action is the first member of what take() made of it. */
	const struct lua_action *a = (const struct lua_action *)(const void *)call->action;
	int rc;

	(void)arg;
	current = call;
	raised = (struct err){ 0 };
	rc = a->from ? run_contributed(cx, a, call) : run_own(cx, a, call);
	current = NULL;
	return rc < 0 ? true_error(cx, call->action, rc) : 0;
}

static int compare_id(const void *id, const void *a)
{
	return strcmp(id, (*(const struct action *const *)a)->id);
}

static const struct action *find(void *arg, const char *id)
{
	const struct action **a = all.n ? bsearch(id, all.items, all.n, sizeof(*all.items), compare_id) : NULL;

	(void)arg;
	return a ? *a : NULL;
}

const struct action_host *action_lua_host(void)
{
	static const struct action_host host = { find, run, NULL };

	return &host;
}
