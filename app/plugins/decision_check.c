/* What of the configuration is decided in Lua: is it there? */
#include "base/list.h"
#include "base/str.h"
#include "identity/policy.h"
#include "identity/resolver.h"
#include "plugins/decision.h"
#include "plugins/decision_private.h"

bool decision_wanted(struct ctx *cx)
{
	return decision_policy(cx) || plugins_contribute(CONTRIBUTES_RULE)->n || plugins_contribute(CONTRIBUTES_RESOLVER)->n;
}

/* ---- what is named ---- */

/* Those of all providers that are plugins'. */
static void plugin_resolvers(struct ctx *cx, struct text_list *out)
{
	const struct json *providers = json_path(cx->conf, "auth", "providers", NULL);

	for (size_t i = 0; json_is(providers, JSON_OBJECT) && i < providers->o.n; i++) {
		struct str key = providers->o.m[i].key;
		struct text_list all = { 0 };

		resolver_names(provider_conf(cx, arena_strndup(cx->mem, key.p, key.n)), cx->mem, &all);
		for (size_t k = 0; k < all.n; k++)
			if (resolver_of_plugin(all.items[k]))
				*list_add(cx->mem, out) = all.items[k];
	}
}

bool decision_is_configured(struct ctx *cx)
{
	struct text_list names = { 0 };

	policy_plugin_rules(cx, &names);
	plugin_resolvers(cx, &names);
	return decision_policy(cx) || names.n;
}

/* ---- is it there? ---- */

static const char *joined(struct arena *mem, const char *const *dirs, size_t n)
{
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", dirs[i]);
	return buf_text(&b);
}

static int check_policy(struct ctx *cx, const char *name, struct text_list *warnings)
{
	const struct plugin *p = plugin_by_name(name);
	const char *file = policy_file(cx, name);
	size_t n;
	const char *const *dirs = policy_directories(cx, &n);

	if (!json_get_bool(json_get(cx->conf, "permission"), "enabled", false))
		*list_add(cx->mem, warnings) = "permission.policy: it is not asked without permission.enabled: true";
	if (!p)
		return fail(cx, ERR_INPUT, "permission.policy: there is neither a plugin '%.100s' nor a file %.100s.lua in %s",
			    name, name, joined(cx->mem, dirs, n));
	if (!p->file && file)
		return fail(cx, ERR_INPUT, "permission.policy: '%s' may be the plugin in %s or the file %s; rename one", name,
			    p->dir, file);
	if (p->state == PLUGIN_BROKEN)
		return fail(cx, ERR_INPUT, "permission.policy: %s", p->error);
	if (!decision_find(p, CONTRIBUTES_POLICY, "policy"))
		return fail(cx, ERR_INPUT, "permission.policy: the plugin '%s' has no policy", name);
	if (p->state != PLUGIN_ON)
		return fail(cx, ERR_INPUT, "permission.policy: the plugin '%s' is off", name);
	return 0;
}

/* What is named by the configuration, and what becomes of it when its plugin is not on. */
struct named {
	enum contribution_kind kind;
	const char *where, *word, *when_off;
};
static const struct named of_rules = { CONTRIBUTES_RULE, "permission", "rule",
				       "allows nothing, and denies all that it is about" };
static const struct named of_resolvers = { CONTRIBUTES_RESOLVER, "auth.providers", "resolver", "lets nobody in" };

static int check_name(struct ctx *cx, const struct named *of, const char *name, struct text_list *warnings)
{
	const char *id;
	const struct plugin *p = decision_plugin(cx->mem, name, &id);

	if (!p && plugins_complete())
		return fail(cx, ERR_INPUT, "%s: %s '%.200s': there is no such plugin", of->where, of->word, name);
	if (p && p->state == PLUGIN_ON && !decision_find(p, of->kind, id))
		return fail(cx, ERR_INPUT, "%s: %s '%.200s': the plugin %s has no such %s", of->where, of->word, name, p->name,
			    of->word);
	if (!p || p->state != PLUGIN_ON)
		*list_add(cx->mem, warnings) =
			arena_printf(cx->mem, "%s: %s '%s': its plugin is %s, so that it %s", of->where, of->word, name,
				     p && p->state == PLUGIN_OFF ? "off" : "broken", of->when_off);
	return 0;
}

int decision_check(struct ctx *cx, struct text_list *warnings)
{
	const char *name = decision_policy(cx);
	struct text_list rules = { 0 }, resolvers = { 0 };
	int rc = name ? check_policy(cx, name, warnings) : 0;

	policy_plugin_rules(cx, &rules);
	plugin_resolvers(cx, &resolvers);
	for (size_t i = 0; rc == 0 && i < rules.n; i++)
		rc = check_name(cx, &of_rules, rules.items[i], warnings);
	for (size_t i = 0; rc == 0 && i < resolvers.n; i++)
		rc = check_name(cx, &of_resolvers, resolvers.items[i], warnings);
	return rc;
}
