/* Decisions in Lua: the function that is asked, what it may give back, and the rules of plugins in it replaced by ours. */
#include "plugins/decision.h"

#include "base/list.h"
#include "base/str.h"
#include "identity/decider.h"
#include "identity/identity.h"
#include "identity/policy_condition.h"
#include "plugins/board.h"
#include "plugins/decision_private.h"
#include "plugins/host.h"
#include "plugins/manifest.h"

/* ---- who is asked ---- */

const struct plugin *decision_plugin(struct arena *mem, const char *name, const char **rest)
{
	size_t n = strcspn(name, ".");

	*rest = name[n] ? name + n + 1 : "";
	return plugin_by_name(arena_strndup(mem, name, n));
}

const struct contribution *decision_find(const struct plugin *p, enum contribution_kind kind, const char *id)
{
	for (size_t i = 0; p && i < p->by_kind[kind].n; i++)
		if (streq(p->by_kind[kind].items[i].id, id))
			return &p->by_kind[kind].items[i];
	return NULL;
}

const char *decision_policy(const struct ctx *cx)
{
	return json_get_text(json_get(cx->conf, "permission"), "policy", NULL);
}

const char *decision_name(struct arena *mem, const struct json *question)
{
	const char *resolver = json_get_text(question, "resolver", NULL);

	if (resolver)
		return arena_printf(mem, "resolver %s", resolver);
	return json_get(question, "policy")
		       ? arena_printf(mem, "policy %s",
				      json_get_text(json_path(question, "policy", "permission", NULL), "name", ""))
		       : "rules";
}

/* ---- what is known without Lua ---- */

/* One that was switched off for its failures has to be mended; what the configuration has off is meant to be off. */
static int check_health(struct ctx *cx, const struct plugin *p)
{
	if (!plugin_is_off(p))
		return 0;
	return fail(cx, ERR_UNAVAILABLE, "%s was switched off after %d failures; the last: %s", p->name, PLUGIN_FAILURES,
		    plugin_health(p).error);
}

static int known_policy(struct ctx *cx)
{
	const char *name = decision_policy(cx);
	const struct plugin *p = plugin_by_name(name);

	if (p && p->state != PLUGIN_ON)
		return fail(cx, ERR_UNAVAILABLE, "permission.policy: %s is %s", name,
			    p->state == PLUGIN_OFF ? "off" : "broken");
	if (!decision_find(p, CONTRIBUTES_POLICY, "policy"))
		return fail(cx, ERR_UNAVAILABLE, "permission.policy: there is no policy '%.100s'", name ? name : "");
	return check_health(cx, p);
}

/* A rule that is not there fits nothing, and nobody can say what does not fit it: the whole condition is null. */
static int known_rules(struct ctx *cx, const struct json *condition, struct json **answer)
{
	struct text_list names = { 0 };
	const char *id;
	int rc = 0;

	condition_plugin_rules(cx->mem, condition, &names);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		const struct plugin *p = decision_plugin(cx->mem, names.items[i], &id);

		if (!p || p->state != PLUGIN_ON || !decision_find(p, CONTRIBUTES_RULE, id)) {
			*answer = json_null(cx->mem);
			return 1;
		}
		rc = check_health(cx, p);
	}
	return rc;
}

int decision_known(struct ctx *cx, const struct json *question, struct json **answer)
{
	const char *resolver = json_get_text(question, "resolver", NULL), *id;
	const struct plugin *p;

	if (json_get(question, "policy"))
		return known_policy(cx);
	if (!resolver)
		return known_rules(cx, json_get(question, "condition"), answer);
	p = decision_plugin(cx->mem, resolver, &id);
	if (!p || p->state != PLUGIN_ON || !decision_find(p, CONTRIBUTES_RESOLVER, id))
		return fail(cx, ERR_UNAVAILABLE, "there is no sign-in resolver '%.200s', or its plugin is off or broken",
			    resolver);
	return check_health(cx, p);
}

/* ---- what may be given back ---- */

/* Its page says so; nothing else comes of it, for without a policy nothing is allowed. */
static int refuse(struct ctx *cx, const struct contribution *c, const char *what)
{
	plugin_blame(c->plugin, what, cx->err.text);
	return fail_in(cx, ERR_PLUGIN, "plugin %s, %s", c->plugin->name, what);
}

static int call(struct ctx *cx, const struct contribution *c, const char *what, const struct json *first,
		const struct json *second, struct json **out)
{
	struct json *args[] = { json_copy(cx->mem, first), second ? json_copy(cx->mem, second) : NULL };

	*out = NULL;
	return plugin_call(cx, c, what, CALL_QUICK, args, LEN(args), out);
}

/* Lua's empty tables: params is a map, and what it holds are texts and lists. */
static void settle_empty(struct json *c)
{
	struct json *params = json_get(c, "params");

	if (json_is(params, JSON_ARRAY) && params->a.n == 0)
		*params = (struct json){ .type = JSON_OBJECT };
	for (size_t i = 0; json_is(params, JSON_OBJECT) && i < params->o.n; i++)
		if (json_is(params->o.m[i].value, JSON_OBJECT) && params->o.m[i].value->o.n == 0)
			*params->o.m[i].value = (struct json){ .type = JSON_ARRAY };
	for (size_t i = 0; json_is(c, JSON_ARRAY) && i < c->a.n; i++)
		settle_empty(c->a.items[i]);
	for (size_t i = 0; !params && json_is(c, JSON_OBJECT) && i < c->o.n; i++)
		settle_empty(c->o.m[i].value);
}

/* For whom the aliases in a condition stand. */
static struct who who_of(struct arena *mem, const struct json *user)
{
	const struct json *owns = json_get(user, "ownership");
	struct who who = { .ref = json_get_text(user, "ref", ""), .owns = arena_array(mem, const char *, json_len(owns) + 1) };

	for (size_t i = 0; i < json_len(owns); i++)
		who.owns[i] = json_text(owns->a.items[i], "");
	return who;
}

/* ---- rules ---- */

static int ask_rule(struct ctx *cx, void *arg, const struct json *rule, struct json **out)
{
	const struct json *user = arg, *params = json_get(rule, "params");
	const char *id;
	const struct plugin *p = decision_plugin(cx->mem, json_get_text(rule, "rule", ""), &id);
	const struct contribution *c = decision_find(p, CONTRIBUTES_RULE, id);
	const char *what = arena_printf(cx->mem, "rule %s", id);
	struct who who = who_of(cx->mem, user);

	if (!c || p->state != PLUGIN_ON)
		return fail(cx, ERR_PLUGIN, "there is no rule '%s' of a plugin that is on", json_get_text(rule, "rule", ""));
	int rc = call(cx, c, what, params ? params : json_object(cx->mem), user, out);

	if (rc < 0)
		return rc;
	if (*out)
		settle_empty(*out);
	rc = *out ? condition_check(cx, *out, false) : fail(cx, ERR_INPUT, "it gave back nothing, and must give a condition");
	if (rc < 0)
		return refuse(cx, c, what);
	*out = condition_for(cx->mem, *out, &who);
	return 0;
}

/* Together they may nest too deep. */
static int expand(struct ctx *cx, const struct json *condition, const struct json *user, struct json **out)
{
	int rc = condition_expand(cx, condition, ask_rule, (void *)(uintptr_t)user, out);

	if (rc == 0 && condition_check(cx, *out, false) < 0)
		rc = fail_in(cx, ERR_PLUGIN, "what rules of plugins make of a condition");
	return rc;
}

/* ---- the policy ---- */

static struct json *result_json(struct arena *mem, const char *result, struct json *conditions)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "result", json_str(mem, result));
	if (conditions)
		json_set(mem, v, "conditions", conditions);
	return v;
}

/* What is conditional is about things that somebody here can judge: entities, tasks, actions, parts of templates. */
static int check_conditional(struct ctx *cx, const struct json *permission, struct json *said)
{
	const char *resource = json_get_text(permission, "resourceType", "");
	struct json *conditions = json_get(said, "conditions");

	const char *plugin = str_starts(resource, "scaffolder-") ? "scaffolder" : "catalog";
	int rc;

	if (!*resource)
		return fail(cx, ERR_INPUT, "it says CONDITIONAL of %s, which is no permission on entities",
			    json_get_text(permission, "name", ""));
	if (!streq(json_get_text(said, "pluginId", plugin), plugin) ||
	    !streq(json_get_text(said, "resourceType", resource), resource))
		return fail(cx, ERR_INPUT, "pluginId is %s and resourceType is %s, where it says anything else", plugin,
			    resource);
	if (!conditions)
		return fail(cx, ERR_INPUT, "it says CONDITIONAL without conditions");
	settle_empty(conditions);
	rc = condition_check(cx, conditions, true);
	if (rc == 0 && !streq(condition_resource(conditions), resource))
		rc = fail(cx, ERR_INPUT, "its conditions are not about things of type %s", resource);
	return rc;
}

/* *conditional: there is more to do. */
static int check_policy(struct ctx *cx, const struct json *permission, struct json *said, struct json **answer,
			bool *conditional)
{
	const char *result = json_text(said, json_get_text(said, "result", ""));

	*conditional = streq(result, "CONDITIONAL");
	*answer = !said || json_is(said, JSON_NULL) ? json_null(cx->mem) : result_json(cx->mem, result, NULL);
	if (json_is(*answer, JSON_NULL) || streq(result, "ALLOW") || streq(result, "DENY"))
		return 0;
	if (*conditional)
		return check_conditional(cx, permission, said);
	return fail(cx, ERR_INPUT, "it gave back neither ALLOW, DENY, CONDITIONAL nor nil, but %s",
		    json_is(said, JSON_OBJECT) ? "a table without such a result" : manifest_type_name(said));
}

static int ask_policy(struct ctx *cx, const struct json *request, const struct json *user, struct json **answer)
{
	const struct contribution *c = decision_find(plugin_by_name(decision_policy(cx)), CONTRIBUTES_POLICY, "policy");
	const struct json *permission = json_get(request, "permission");
	struct who who = who_of(cx->mem, user);
	struct json *said, *conditions;
	bool conditional;

	if (!c)
		return fail(cx, ERR_UNAVAILABLE, "permission.policy: there is none");
	int rc = call(cx, c, "policy", request, user, &said);

	if (rc < 0)
		return rc;
	if (check_policy(cx, permission, said, answer, &conditional) < 0)
		return refuse(cx, c, "policy");
	if (!conditional)
		return 0;
	rc = expand(cx, condition_for(cx->mem, json_get(said, "conditions"), &who), user, &conditions);
	if (rc == 0)
		*answer = result_json(cx->mem, "CONDITIONAL", conditions);
	return rc;
}

/* ---- sign-in ---- */

static int ask_resolver(struct ctx *cx, const char *name, const struct json *profile, struct json **answer)
{
	const char *id;
	const struct plugin *p = decision_plugin(cx->mem, name, &id);
	const struct contribution *c = decision_find(p, CONTRIBUTES_RESOLVER, id);
	const char *what = arena_printf(cx->mem, "resolver %s", id);
	struct json *said, *provider = json_str(cx->mem, json_get_text(profile, "provider", ""));

	if (!c)
		return fail(cx, ERR_UNAVAILABLE, "there is no sign-in resolver '%.200s'", name);
	int rc = call(cx, c, what, profile, provider, &said);

	if (rc < 0)
		return rc;
	*answer = said ? said : json_null(cx->mem);
	if (json_is(*answer, JSON_NULL) || json_is(*answer, JSON_STRING))
		return 0;
	fail(cx, ERR_INPUT, "it gave back neither the reference of a user nor nil, but %s", manifest_type_name(*answer));
	return refuse(cx, c, what);
}

int decision_answer(struct ctx *cx, const struct json *question, struct json **answer)
{
	const char *resolver = json_get_text(question, "resolver", NULL);
	const struct json *user = json_get(question, "user");

	if (resolver)
		return ask_resolver(cx, resolver, json_get(question, "profile"), answer);
	if (json_get(question, "policy"))
		return ask_policy(cx, json_get(question, "policy"), user, answer);
	return expand(cx, json_get(question, "condition"), user, answer);
}

int decision_here(struct ctx *cx, const struct json *question, struct json **answer)
{
	const struct who *who = cx->who;
	int rc = decision_known(cx, question, answer);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	cx->who = NULL; /* what decides is asked by nobody, as in a worker */
	rc = decision_answer(cx, question, answer);
	cx->who = who;
	return rc;
}
