/* What is installed: the plugins that were found, what each contributes, and what is wrong with it. */
#ifndef PLUGINS_PLUGIN_H
#define PLUGINS_PLUGIN_H

#include <stdbool.h>

#include "base/ctx.h"
#include "base/json.h"

enum plugin_state {
	PLUGIN_ON,
	PLUGIN_OFF,    /* by the configuration */
	PLUGIN_BROKEN, /* it cannot be loaded, or its configuration is wrong: error says why */
};

/* A page, route, card, tab, widget, schedule, ...: one thing that a plugin contributes. */
struct contribution {
	const struct plugin *plugin;
	const char *id; /* of the manifest; for routes and pages "GET /teams/:team", "/" */
	const char *title;
	const char *view;        /* NULL: none */
	const char *permission;  /* NULL: as docs/plugins.md says */
	const char *const *path; /* of its function, for plugin_call(): {"cards", "1", "data", NULL}; NULL: it has none */
	const struct json *row;  /* all that the manifest says about it */
	const struct json *when; /* NULL: always */
};
struct contributions {
	struct contribution *items;
	size_t n, cap;
};

enum contribution_kind {
	CONTRIBUTES_NAV,
	CONTRIBUTES_PAGE,
	CONTRIBUTES_ROUTE,
	CONTRIBUTES_CARD,
	CONTRIBUTES_TAB,
	CONTRIBUTES_WIDGET,
	CONTRIBUTES_SCHEDULE,
	CONTRIBUTES_EVENT,
	CONTRIBUTES_WEBHOOK,
	CONTRIBUTES_PROVIDER,
	CONTRIBUTES_PROCESSOR,
	CONTRIBUTES_SEARCH,
	CONTRIBUTES_ACTION,
	CONTRIBUTES_FILTER,
	CONTRIBUTES_GLOBAL,
	CONTRIBUTES_DECORATOR,
	CONTRIBUTES_POLICY,
	CONTRIBUTES_RULE,
	CONTRIBUTES_RESOLVER,
	CONTRIBUTES_HEALTH,
	N_CONTRIBUTIONS
};

struct plugin {
	const char *name, *dir; /* folder's name; path of the folder */
	const char *file;       /* NULL; of a policy without a plugin: "NAME.lua" in dir, all that there is of it */
	const char *title, *version, *description, *author, *icon; /* "" when not said; title: then the name */
	const char *hash;                                          /* changes when a file of it or its configuration does */
	bool boxed;                                                /* came with Callboard */
	enum plugin_state state;
	const char *error;                    /* NULL, or what is wrong, with file and line or key */
	const struct json *manifest, *config; /* config: with defaults filled in */
	const struct json *capabilities;
	struct contributions by_kind[N_CONTRIBUTIONS];
	unsigned index; /* in plugins() and in the board */
};
enum { PLUGINS_MAX = 256 };
struct plugin_list {
	struct plugin *items; /* by name */
	size_t n, cap;
};

/*
 * Finds and reads all plugins, each in a process of its own, so that none can harm the master; those that are wrong are
 * PLUGIN_BROKEN and hinder nobody. To be called before the workers are made, which share the result; lives as long as cx->mem.
 * ERR_INPUT only when the section `plugins` of the configuration is wrong itself.
 */
int plugins_prepare(struct ctx *cx);
/* Would plugins_prepare() refuse the configuration? ERR_INPUT says why. */
int plugins_check(struct ctx *cx);
/* The directories in which plugins are looked for, the boxed one last. */
const char *const *plugin_directories(struct ctx *cx, size_t *n);
/* The directories in which the file of a policy is looked for, the boxed one last. */
const char *const *policy_directories(struct ctx *cx, size_t *n);
/* The path of NAME.lua in the first of them that has it; NULL: none has. */
const char *policy_file(struct ctx *cx, const char *name);
/* One folder, for `callboard plugin check`: read as above, whatever the configuration says. Never fails; out->error says what
 * is wrong. */
void plugin_read(struct ctx *cx, const char *dir, struct plugin *out);
const struct plugin_list *plugins(void);
/* Was every directory of plugins read, and room for all that is there? Else one that is not in the list may well be installed.
 */
bool plugins_complete(void);
/* NULL, or why no plugin can have this name. */
const char *plugin_name_problem(struct arena *mem, const char *name);
/* NULL when there is none. */
const struct plugin *plugin_by_name(const char *name);
/* Those of all plugins that are on, in the order of their names. */
const struct contributions *plugins_contribute(enum contribution_kind kind);
/* Does an entity fit `when`? */
bool contribution_applies(const struct contribution *c, const struct json *entity);
/* Is this granted: "catalog" "read", "configuration" "catalog.providers.github", "store" NULL? Which hosts: see api_http.c. */
bool plugin_may(const struct plugin *p, const char *capability, const char *what);
/* Its configuration as people may see it: what its schema calls secret (x-secret, or visibility: secret) is masked. */
struct json *plugin_config_shown(struct arena *mem, const struct plugin *p);
/* Are its files those that were read and checked? ERR_UNAVAILABLE when they are not: what runs must be what was checked. */
int plugin_unchanged(struct ctx *cx, const struct plugin *p);
/* The name of the file that is run: plugin.lua, or the policy's own. */
const char *plugin_main_file(const struct plugin *p);
/* A file below the plugin's folder, never outside it, also not by a link. ERR_NOTFOUND. */
int plugin_file(struct ctx *cx, const struct plugin *p, const char *name, struct str *text);
/*
 * What require("lib.util") of a plugin finds: lib/util.lua of its folder; require("callboard.discovery") what comes with
 * Callboard for all of them. A sandbox_module; arg is the plugin, and is only read.
 */
int plugin_module(struct ctx *cx, void *arg, const char *name, struct str *text);

#endif
