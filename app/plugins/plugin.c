/* The plugins that are installed: found, read, checked, and what they contribute together. */
#include "plugins/plugin.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "plugins/collator.h"
#include "plugins/contribution.h"
#include "plugins/folder.h"
#include "plugins/manifest.h"
#include "plugins/plugin_private.h"

enum { ERROR_MAX = 4000 };

static struct {
	struct plugin_list list;
	struct contributions by_kind[N_CONTRIBUTIONS];
} all;

const struct plugin_list *plugins(void)
{
	return &all.list;
}

static int compare_name(const void *name, const void *p)
{
	return strcmp(name, ((const struct plugin *)p)->name);
}

const struct plugin *plugin_by_name(const char *name)
{
	return name && all.list.n ? bsearch(name, all.list.items, all.list.n, sizeof(*all.list.items), compare_name) : NULL;
}

const struct contributions *plugins_contribute(enum contribution_kind kind)
{
	return &all.by_kind[kind];
}

const char *plugin_main_file(const struct plugin *p)
{
	return p->file ? p->file : "plugin.lua";
}

int plugin_file(struct ctx *cx, const struct plugin *p, const char *name, struct str *text)
{
	/* What lies beside a policy's file is not its own. */
	if (p->file && !streq(p->file, name))
		return fail(cx, ERR_NOTFOUND, "%s: the policy is one file", name);
	return folder_read(cx, p->dir, name, text);
}

int plugin_module(struct ctx *cx, void *arg, const char *name, struct str *text)
{
	const char *boxed = json_get_text(json_get(cx->conf, "server"), "plugins", NULL);
	char *path = arena_strdup(cx->mem, name);

	if (!*name || strchr(name, '/') || strstr(name, "..") || *name == '.')
		return fail(cx, ERR_NOTFOUND, "'%s' is not the name of a module", name);
	for (char *c = path; *c; c++)
		if (*c == '.')
			*c = '/';
	path = arena_printf(cx->mem, "%s.lua", path);
	if (str_starts(name, "callboard.") && boxed)
		return folder_read(cx, boxed, path, text);
	return plugin_file(cx, arg, path, text);
}

/* ---- capabilities ---- */

/* A setting, and what is below it. */
static bool setting_fits(const char *allowed, const char *path)
{
	size_t n = strlen(allowed);

	return strncmp(allowed, path, n) == 0 && (!path[n] || path[n] == '.');
}

static bool any_fits(const struct json *list, const char *path)
{
	for (size_t i = 0; i < list->a.n; i++)
		if (setting_fits(json_text(list->a.items[i], ""), path))
			return true;
	return false;
}

bool plugin_may(const struct plugin *p, const char *capability, const char *what)
{
	const struct json *granted = json_get(p->capabilities, capability);

	if (!granted)
		return false;
	switch (granted->type) {
	case JSON_BOOL:
		return granted->b && !what;
	case JSON_STRING: /* who may write may read */
		return what && (str_is(granted->s, what) || (str_is(granted->s, "write") && streq(what, "read")));
	case JSON_ARRAY:
		return what && any_fits(granted, what);
	default:
		return false;
	}
}

/* ---- reading ---- */

/* All that is wrong with a plugin, one in a line. */
static void break_with(struct ctx *cx, struct plugin *p, const char *where, const struct text_list *problems)
{
	struct buf b = { .mem = cx->mem };

	for (size_t i = 0; i < problems->n && b.n < ERROR_MAX; i++)
		buf_addf(&b, "%s%s%s", i ? "\n" : "", where, problems->items[i]);
	p->state = PLUGIN_BROKEN;
	p->error = buf_text(&b);
}

static void describe(struct plugin *p)
{
	p->title = json_get_text(p->manifest, "title", p->name);
	p->version = json_get_text(p->manifest, "version", "");
	p->description = json_get_text(p->manifest, "description", "");
	p->author = json_get_text(p->manifest, "author", "");
	p->icon = json_get_text(p->manifest, "icon", "");
	p->capabilities = json_get(p->manifest, "capabilities");
}

static bool has_setting(const struct ctx *cx, const char *path)
{
	const struct json *v = cx->conf;

	for (struct str rest = str_of(path); v && rest.p;)
		v = json_getn(v, str_cut(&rest, '.'));
	return v && v->type != JSON_NULL;
}

/* One that came with the portal is off, unless the configuration has what it is for. */
static bool is_wanted(const struct ctx *cx, const struct plugin *p)
{
	const struct json *by = json_get(p->manifest, "enabled_by");

	for (size_t i = 0; json_is(by, JSON_ARRAY) && i < by->a.n; i++)
		if (has_setting(cx, json_text(by->a.items[i], "")))
			return true;
	return !p->boxed || (json_is(by, JSON_STRING) && has_setting(cx, json_text(by, "")));
}

static bool is_enabled(const struct ctx *cx, const struct plugin *p)
{
	return json_get_bool(plugin_section(cx, p->name), "enabled", is_wanted(cx, p));
}

/* What plugin.lua returned is checked; then the configuration, which only matters for one that shall run. */
static void check(struct ctx *cx, struct plugin *p, bool enabled)
{
	struct text_list problems = { 0 };
	struct json *manifest = json_copy(cx->mem, p->manifest);

	/* Of a policy's file it is only its function, which is there. */
	if (!p->file)
		manifest_check(cx, p->dir, manifest, &problems);
	p->manifest = manifest;
	describe(p);
	if (problems.n) {
		break_with(cx, p, arena_printf(cx->mem, "%s/plugin.lua: ", p->dir), &problems);
		return;
	}
	if (!enabled)
		return;
	plugin_configure(cx, p, &problems);
	if (problems.n)
		break_with(cx, p, "configuration: ", &problems);
}

/* One that is switched off hinders nobody, whatever is wrong with it. */
static void finish(struct ctx *cx, struct plugin *p)
{
	bool enabled = is_enabled(cx, p);

	if (p->state != PLUGIN_BROKEN)
		check(cx, p, enabled);
	if (!enabled)
		p->state = PLUGIN_OFF;
	if (p->state != PLUGIN_BROKEN && !p->error)
		contributions_of(cx, p);
}

/* Over its files and its configuration. */
static int hash_of(struct ctx *cx, const struct plugin *p, const char **out)
{
	struct buf section = { .mem = cx->mem };
	const struct json *conf = plugin_section(cx, p->name);

	if (conf)
		json_write_stable(&section, conf);
	if (!p->file)
		return folder_hash(cx, p->dir, buf_str(&section), out);
	struct str text;
	int rc = plugin_file(cx, p, p->file, &text);

	if (rc < 0)
		return rc;
	buf_add(&section, text.p, text.n);
	*out = arena_printf(cx->mem, "%016llx", (unsigned long long)hash64(section.p, section.n));
	return 0;
}

static void hash(struct ctx *cx, struct plugin *p)
{
	if (hash_of(cx, p, &p->hash) < 0 && p->state != PLUGIN_BROKEN) {
		p->state = PLUGIN_BROKEN;
		p->error = arena_strdup(cx->mem, cx->err.text);
	}
	cx->err = (struct err){ 0 };
}

int plugin_unchanged(struct ctx *cx, const struct plugin *p)
{
	const char *now;
	int rc = hash_of(cx, p, &now);

	if (rc < 0 || streq(now, p->hash))
		return rc;
	return fail(cx, ERR_UNAVAILABLE, "The files of the plugin '%s' have changed; a reload takes them up", p->name);
}

/* ---- all of them ---- */

/* The key of the section that was probably meant. */
static const char *meant(const char *name)
{
	const char *best = NULL;
	size_t least = 3;

	for (size_t i = 0; i < all.list.n; i++) {
		size_t d = str_distance(name, all.list.items[i].name, least);

		if (d < least) {
			least = d;
			best = all.list.items[i].name;
		}
	}
	return best;
}

static void warn_of_strangers(struct ctx *cx)
{
	static const char *const settings[] = { "directories", "limits", "watch" };
	const struct json *section = json_get(cx->conf, "plugins");

	for (size_t i = 0; json_is(section, JSON_OBJECT) && i < section->o.n; i++) {
		const char *name = section->o.m[i].key.p, *near = meant(name);
		bool known = plugin_by_name(name) != NULL;

		for (size_t k = 0; k < LEN(settings); k++)
			known = known || streq(name, settings[k]);
		if (!known)
			log_warn("configuration: there is no such plugin", "key", arena_printf(cx->mem, "plugins.%s", name),
				 "meant", near ? near : "", NULL);
	}
}

static void gather(struct ctx *cx)
{
	memset(all.by_kind, 0, sizeof(all.by_kind));
	for (enum contribution_kind kind = 0; kind < N_CONTRIBUTIONS; kind++)
		for (size_t i = 0; i < all.list.n; i++) {
			const struct contributions *own = &all.list.items[i].by_kind[kind];

			for (size_t k = 0; all.list.items[i].state == PLUGIN_ON && k < own->n; k++)
				*list_add(cx->mem, &all.by_kind[kind]) = own->items[k];
		}
}

int plugins_prepare(struct ctx *cx)
{
	int rc = plugins_check(cx);

	if (rc < 0)
		return rc;
	memset(&all, 0, sizeof(all));
	plugins_find(cx, &all.list);
	for (size_t i = 0; i < all.list.n; i++)
		hash(cx, &all.list.items[i]);
	plugins_load(cx, all.list.items, all.list.n);
	for (size_t i = 0; i < all.list.n; i++)
		finish(cx, &all.list.items[i]);
	gather(cx);
	collators_prepare();
	warn_of_strangers(cx);
	return 0;
}

static const char *base_name(struct arena *mem, const char *dir)
{
	char *real = realpath(dir, NULL);
	const char *path = real ? arena_strdup(mem, real) : dir, *slash = strrchr(path, '/');

	free(real);
	return slash ? slash + 1 : path;
}

void plugin_read(struct ctx *cx, const char *dir, struct plugin *out)
{
	*out = plugin_in(cx->mem, arena_strdup(cx->mem, dir), base_name(cx->mem, dir));
	hash(cx, out);
	plugins_load(cx, out, 1);
	if (out->state == PLUGIN_BROKEN)
		return;
	check(cx, out, false);
	if (out->state == PLUGIN_BROKEN)
		return;
	/* What the site may have wrong is none of the folder's faults. */
	plugin_configure(cx, out, &(struct text_list){ 0 });
	contributions_of(cx, out);
}
