/* Where plugins are: the folders with a plugin.lua in the configured directories and the boxed one; and the policy's file. */
#include "plugins/plugin_private.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "plugins/folder.h"
#include "plugins/manifest.h"
#include "web/router.h"

/*
 * First parts of addresses that the portal, nginx or Backstage's API use or will use beside those of the route table, and the
 * keys of the section plugins that are no names.
 */
static const char *const reserved[] = {
	"api",        "app",        "auth",    "callboard", "create",   "directories",   "docs",    "events",
	"health",     "kubernetes", "limits",  "metrics",   "new",      "notifications", "plugins", "proxy",
	"scaffolder", "search",     "signals", "static",    "techdocs", "watch",
};

/* The first part of a pattern's path, or the second one below /api/. */
static bool uses(const char *pattern, const char *name)
{
	struct str rest = str_of(pattern + 1), first = str_cut(&rest, '/');

	return str_is(first, name) || (str_is(first, "api") && rest.p && str_is(str_cut(&rest, '/'), name));
}

static bool is_taken(const char *name)
{
	for (size_t i = 0; i < LEN(reserved); i++)
		if (streq(reserved[i], name))
			return true;
	for (size_t i = 0; i < n_routes; i++)
		if (uses(routes[i].pattern, name))
			return true;
	return false;
}

const char *plugin_name_problem(struct arena *mem, const char *name)
{
	struct ctx cx = { .mem = mem, .request_id = "" };
	const char *why = manifest_form(&cx, FORM_WORD, "", name);

	if (why)
		return arena_printf(mem, "the folder's name is the plugin's, and '%s' is none: %s", name, why);
	if (is_taken(name))
		return arena_printf(mem, "the portal itself uses the name '%s' in its addresses; rename the folder", name);
	return NULL;
}

/* Those of a list of the configuration, then the one that comes with Callboard: server.KEY. */
static const char *const *directories(struct ctx *cx, const struct json *list, const char *key, size_t *n)
{
	const char *boxed = json_get_text(json_get(cx->conf, "server"), key, NULL);
	struct text_list all = { 0 };

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		*list_add(cx->mem, &all) = json_text(list->a.items[i], "");
	if (boxed)
		*list_add(cx->mem, &all) = boxed;
	*n = all.n;
	return all.items;
}

const char *const *plugin_directories(struct ctx *cx, size_t *n)
{
	return directories(cx, json_path(cx->conf, "plugins", "directories", NULL), "plugins", n);
}

const char *const *policy_directories(struct ctx *cx, size_t *n)
{
	return directories(cx, json_path(cx->conf, "permission", "policyDirectories", NULL), "policies", n);
}

struct plugin plugin_in(struct arena *mem, const char *dir, const char *name)
{
	const char *why = plugin_name_problem(mem, name);
	const char *copy = arena_strdup(mem, name);

	return (struct plugin){
		.name = copy,
		.dir = dir,
		.title = copy,
		.version = "",
		.description = "",
		.author = "",
		.icon = "",
		.hash = "",
		.state = why ? PLUGIN_BROKEN : PLUGIN_ON,
		.error = why,
	};
}

static struct plugin *add(struct ctx *cx, struct plugin_list *out, const char *dir, const char *name)
{
	struct plugin *p = list_add(cx->mem, out);

	*p = plugin_in(cx->mem, dir, name);
	return p;
}

static void add_folder(struct ctx *cx, struct plugin_list *out, const char *dir, const char *name, bool boxed)
{
	const char *path = arena_printf(cx->mem, "%s%s%s", dir, str_ends(dir, "/") ? "" : "/", name);

	if (access(arena_printf(cx->mem, "%s/plugin.lua", path), F_OK) == 0)
		add(cx, out, path, name)->boxed = boxed;
}

static bool complete;

bool plugins_complete(void)
{
	return complete;
}

static void find_in(struct ctx *cx, struct plugin_list *out, const char *dir, bool boxed)
{
	DIR *d = opendir(dir);

	if (!d) {
		if (boxed && errno == ENOENT)
			return;
		complete = false;
		log_warn("a directory of plugins cannot be read", "directory", dir, "why", strerror(errno), NULL);
		return;
	}
	for (const struct dirent *e; (e = readdir(d));)
		if (*e->d_name != '.')
			add_folder(cx, out, dir, e->d_name, boxed);
	closedir(d);
}

/* By name; the boxed ones of a name last. */
static int compare(const void *va, const void *vb)
{
	const struct plugin *a = va, *b = vb;
	int by_name = strcmp(a->name, b->name);

	return by_name ? by_name : a->boxed != b->boxed ? a->boxed - b->boxed : strcmp(a->dir, b->dir);
}

/* A configured folder stands for a boxed one of its name; two configured ones are a mistake that nobody can decide. */
static void settle(struct ctx *cx, struct plugin_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct plugin *p = &list->items[i], *before = n ? &list->items[n - 1] : NULL;

		if (!before || !streq(before->name, p->name)) {
			list->items[n++] = *p;
		} else if (!p->boxed) {
			before->state = PLUGIN_BROKEN;
			before->error =
				arena_printf(cx->mem, "there are two plugins of this name, %s and %s: remove or rename one",
					     before->dir, p->dir);
		}
	}
	list->n = n;
}

/* ---- the policy's file ---- */

/* In which directory NAME.lua is; NULL: in none. */
static const char *policy_directory(struct ctx *cx, const char *name)
{
	size_t n;
	const char *const *dirs = policy_directories(cx, &n);
	const char *file = arena_printf(cx->mem, "%s.lua", name);

	for (size_t i = 0; *name && !strchr(name, '/') && i < n; i++)
		if (folder_has(dirs[i], file))
			return dirs[i];
	return NULL;
}

const char *policy_file(struct ctx *cx, const char *name)
{
	const char *dir = policy_directory(cx, name);

	return dir ? arena_printf(cx->mem, "%s/%s.lua", dir, name) : NULL;
}

/* The one that is chosen stands among the plugins, with their limits and their page. A plugin of its name comes first. */
static void add_policy(struct ctx *cx, struct plugin_list *out)
{
	const char *name = json_get_text(json_get(cx->conf, "permission"), "policy", ""), *dir = policy_directory(cx, name);
	struct plugin *p;

	for (size_t i = 0; dir && i < out->n; i++)
		if (streq(out->items[i].name, name))
			dir = NULL;
	if (!dir)
		return;
	p = add(cx, out, dir, name);
	p->file = arena_printf(cx->mem, "%s.lua", name);
}

void plugins_find(struct ctx *cx, struct plugin_list *out)
{
	size_t n;
	const char *const *dirs = plugin_directories(cx, &n);
	const char *boxed = json_get_text(json_get(cx->conf, "server"), "plugins", "");

	complete = true;
	for (size_t i = 0; i < n; i++)
		find_in(cx, out, dirs[i], i + 1 == n && streq(dirs[i], boxed));
	add_policy(cx, out);
	if (out->n > 1)
		qsort(out->items, out->n, sizeof(*out->items), compare);
	settle(cx, out);
	if (out->n > PLUGINS_MAX) {
		log_warn("there are too many plugins; those behind are left out", "first_left_out",
			 out->items[PLUGINS_MAX].name, NULL);
		out->n = PLUGINS_MAX;
		complete = false;
	}
	for (size_t i = 0; i < out->n; i++)
		out->items[i].index = (unsigned)i;
}
