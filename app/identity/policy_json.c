/* The policy as the API of Backstage's community shows it. */
#include "base/str.h"
#include "identity/policy_condition.h"
#include "identity/policy_private.h"

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text));
}

static struct json *rule_json(struct arena *mem, const struct policy_rule *r)
{
	struct json *v = json_object(mem), *meta = json_object(mem);

	set_text(mem, v, "entityReference", r->subject);
	set_text(mem, v, "permission", r->permission);
	set_text(mem, v, "policy", r->action ? r->action : "*");
	set_text(mem, v, "effect", r->deny ? "deny" : "allow");
	set_text(mem, meta, "source", r->source);
	json_set(mem, v, "metadata", meta);
	return v;
}

struct json *policy_rules_json(struct ctx *cx, const char *role)
{
	const struct policy *p = policy_now(cx);
	struct json *list = json_array(cx->mem);

	for (size_t i = 0; p && i < p->rules.n; i++) {
		const struct policy_rule *r = p->rules.items[i];

		if (!r->condition && (!role || str_ieq(role, r->subject)))
			json_push(cx->mem, list, rule_json(cx->mem, r));
	}
	return list;
}

static struct json *role_json(struct arena *mem, const struct policy_role *r)
{
	struct json *v = json_object(mem), *members = json_array(mem), *meta = json_object(mem);

	for (size_t i = 0; i < r->members.n; i++)
		json_push(mem, members, json_str(mem, r->members.items[i]));
	json_set(mem, v, "memberReferences", members);
	set_text(mem, v, "name", r->name);
	set_text(mem, meta, "source", r->source);
	json_set(mem, meta, "description", *r->about ? json_str(mem, r->about) : json_null(mem));
	json_set(mem, v, "metadata", meta);
	return v;
}

struct json *policy_roles_json(struct ctx *cx, const char *role)
{
	const struct policy *p = policy_now(cx);
	struct json *list = json_array(cx->mem);

	for (size_t i = 0; p && i < p->roles.n; i++)
		if (!role || str_ieq(role, p->roles.items[i]->name))
			json_push(cx->mem, list, role_json(cx->mem, p->roles.items[i]));
	return list;
}

/* Without an action it stands for all that entities have. */
static struct json *mapping_json(struct arena *mem, const struct policy_rule *r)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; permission_at(i); i++) {
		const struct permission *p = permission_at(i);

		if (policy_rule_fits(r, p))
			json_push(mem, list, json_str(mem, *p->action ? p->action : "use"));
	}
	return list;
}

struct json *policy_conditions_json(struct ctx *cx)
{
	const struct policy *p = policy_now(cx);
	struct arena *mem = cx->mem;
	struct json *list = json_array(mem);

	for (size_t i = 0; p && i < p->rules.n; i++) {
		const struct policy_rule *r = p->rules.items[i];
		struct json *v;

		if (!r->condition)
			continue;
		v = json_object(mem);
		json_set(mem, v, "id", json_num(mem, (double)(i + 1)));
		set_text(mem, v, "result", "CONDITIONAL");
		set_text(mem, v, "roleEntityRef", r->subject);
		set_text(mem, v, "pluginId", condition_plugin(r->condition));
		set_text(mem, v, "resourceType", condition_resource(r->condition));
		set_text(mem, v, "effect", r->deny ? "deny" : "allow");
		json_set(mem, v, "permissionMapping", mapping_json(mem, r));
		json_set(mem, v, "conditions", json_copy(mem, r->condition));
		json_push(mem, list, v);
	}
	return list;
}
