/* The policy of the configuration: section `permission`. */
#include "base/log.h"
#include "base/str.h"
#include "identity/policy_condition.h"
#include "identity/policy_private.h"

/* ---- parts ---- */

static char *keep_lower(struct policy *p, const char *s)
{
	return str_lower(&p->mem, s, strlen(s));
}

struct policy_role *policy_role(struct policy *p, const char *name, const char *source)
{
	struct policy_role *role = map_get(&p->role_named, keep_lower(p, name));

	if (role)
		return role;
	role = arena_new(&p->mem, struct policy_role);
	*role = (struct policy_role){ .name = keep_lower(p, name), .about = "", .source = source };
	map_put(&p->mem, &p->role_named, role->name, role);
	*list_add(&p->mem, &p->roles) = role;
	return role;
}

void policy_member(struct policy *p, struct policy_role *role, const char *member)
{
	const char *key = keep_lower(p, member);
	struct text_list *roles = map_get(&p->roles_of, key);

	if (!roles) {
		roles = arena_new(&p->mem, struct text_list);
		map_put(&p->mem, &p->roles_of, key, roles);
	}
	*list_add(&p->mem, roles) = role->name;
	*list_add(&p->mem, &role->members) = key;
}

bool policy_rule_fits(const struct policy_rule *r, const struct permission *p)
{
	bool named = p->resource && streq(r->permission, p->resource);

	if (r->condition && (!p->resource || !streq(p->resource, condition_resource(r->condition))))
		return false;
	if (!named && !glob_match(r->permission, p->name, false))
		return false;
	return !r->action || streq(r->action, *p->action ? p->action : "use");
}

/* ---- what can be wrong ---- */

int policy_check_action(struct ctx *cx, const char *action)
{
	static const char *const actions[] = { "create", "read", "update", "delete", "use" };

	for (size_t i = 0; i < LEN(actions); i++)
		if (streq(actions[i], action))
			return 0;
	return fail(cx, ERR_INPUT, "action '%.100s' is none of create, read, update, delete and use", action);
}

static bool is_ref(const char *s)
{
	const char *colon = strchr(s, ':'), *slash = colon ? strchr(colon, '/') : NULL;

	return colon && colon > s && slash && slash > colon + 1 && slash[1] && !strchr(slash + 1, '/') && !strpbrk(s, " \t,");
}

int policy_check_member(struct ctx *cx, const char *member)
{
	bool person = str_starts(member, "user:") || str_starts(member, "group:");

	if (streq(member, "*") || streq(member, "guest") || (str_starts(member, "service:") && member[8]) ||
	    (person && is_ref(member)))
		return 0;
	return fail(cx, ERR_INPUT,
		    "'%.200s' is no member: write user:default/ana, group:default/platform, service:NAME, guest or \"*\"",
		    member);
}

static const char *near_permission(const char *name)
{
	const char *best = "";
	size_t least = 12;

	for (size_t i = 0; permission_at(i); i++) {
		size_t d = str_distance(name, permission_at(i)->name, least);

		if (d < least) {
			least = d;
			best = permission_at(i)->name;
		}
	}
	return best;
}

/* "catalog." of "catalog.entity.read": are permissions that begin so ours? Those of others may be anything. */
static bool is_ours(const char *name)
{
	const char *dot = strchr(name, '.');

	for (size_t i = 0; dot && permission_at(i); i++)
		if (strncmp(permission_at(i)->name, name, (size_t)(dot - name) + 1) == 0)
			return true;
	return false;
}

static int check_rule(struct ctx *cx, const struct policy_rule *r)
{
	bool any = false;

	for (size_t i = 0; !any && permission_at(i); i++)
		any = policy_rule_fits(r, permission_at(i));
	if (any)
		return 0;
	if (r->condition)
		return fail(cx, ERR_INPUT, "%s, and '%.100s'%s%s is no permission on them",
			    streq(condition_resource(r->condition), CATALOG_ENTITY)
				    ? "a condition is about entities"
				    : arena_printf(cx->mem, "the condition is about things of type %s",
						   condition_resource(r->condition)),
			    r->permission, r->action ? " with action " : "", r->action ? r->action : "");
	if (!is_ours(r->permission))
		return 0;
	const char *near = near_permission(r->permission);

	return fail(cx, ERR_INPUT, "there is no permission '%.100s'%s%s%s%s%s", r->permission, r->action ? " with action " : "",
		    r->action ? r->action : "", *near ? "; did you mean " : "", near, *near ? "?" : "");
}

int policy_rule(struct ctx *cx, struct policy *p, const struct policy_rule *r)
{
	struct policy_rule *kept = arena_new(&p->mem, struct policy_rule);
	struct policy_rules *of;
	int rc = check_rule(cx, r);

	*kept = *r;
	kept->subject = keep_lower(p, r->subject);
	kept->permission = arena_strdup(&p->mem, r->permission);
	kept->action = r->action ? arena_strdup(&p->mem, r->action) : NULL;
	kept->condition = r->condition ? json_copy(&p->mem, r->condition) : NULL;
	of = map_get(&p->rules_of, kept->subject);
	if (!of) {
		of = arena_new(&p->mem, struct policy_rules);
		map_put(&p->mem, &p->rules_of, kept->subject, of);
	}
	*list_add(&p->mem, of) = kept;
	*list_add(&p->mem, &p->rules) = kept;
	return rc;
}

/* ---- permission.roles ---- */

static int load_rule(struct ctx *cx, struct policy *p, const char *role, const struct json *v)
{
	const char *effect = json_get_text(v, "effect", "allow");
	struct policy_rule r = { .subject = role,
				 .permission = json_get_text(v, "permission", NULL),
				 .action = json_get_text(v, "action", NULL),
				 .deny = streq(effect, "deny"),
				 .condition = json_get(v, "if"),
				 .source = "configuration" };
	int rc = 0;

	if (!r.permission)
		return fail(cx, ERR_INPUT, "a rule names a permission, such as catalog.entity.read or \"catalog.*\"");
	if (!r.deny && !streq(effect, "allow"))
		return fail(cx, ERR_INPUT, "effect '%.100s' is neither allow nor deny", effect);
	if (r.action)
		rc = policy_check_action(cx, r.action);
	if (rc == 0 && r.condition)
		rc = condition_check(cx, r.condition, true);
	return rc < 0 ? rc : policy_rule(cx, p, &r);
}

static int load_role(struct ctx *cx, struct policy *p, const struct json *v)
{
	const char *name = json_get_text(v, "name", "");
	const struct json *members = json_get(v, "members"), *rules = json_get(v, "rules");
	struct policy_role *role;
	int rc = 0;

	if (!str_starts(name, "role:") || !is_ref(name))
		return fail(cx, ERR_INPUT, "permission.roles (line %u): '%.100s' is no name of a role; write role:default/NAME",
			    v->line, name);
	if (map_get(&p->role_named, str_lower(cx->mem, name, strlen(name))))
		return fail(cx, ERR_INPUT, "permission.roles (line %u): %s is there twice", v->line, name);
	role = policy_role(p, name, "configuration");
	role->about = arena_strdup(&p->mem, json_get_text(v, "description", ""));
	for (size_t i = 0; rc == 0 && json_is(members, JSON_ARRAY) && i < members->a.n; i++) {
		const char *member = json_text(members->a.items[i], "");

		rc = policy_check_member(cx, member);
		if (rc < 0)
			return fail_in(cx, rc, "permission.roles, %s (line %u)", name, members->a.items[i]->line);
		policy_member(p, role, member);
	}
	for (size_t i = 0; rc == 0 && json_is(rules, JSON_ARRAY) && i < rules->a.n; i++) {
		rc = load_rule(cx, p, name, rules->a.items[i]);
		if (rc < 0)
			return fail_in(cx, rc, "permission.roles, %s (line %u)", name, rules->a.items[i]->line);
	}
	return rc;
}

/* ---- permission.rbac ---- */

/* [{name: user:default/ana}, …] */
static int load_admins(struct ctx *cx, struct policy *p, const char *key, struct map *out)
{
	const struct json *list = json_path(cx->conf, "permission", "rbac", "admin", key, NULL);

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const char *name = json_get_text(list->a.items[i], "name", "");
		int rc = policy_check_member(cx, name);

		if (rc == 0 && (streq(name, "*") || streq(name, "guest")))
			rc = fail(cx, ERR_INPUT, "not everybody can be an admin");
		if (rc < 0)
			return fail_in(cx, rc, "permission.rbac.admin.%s (line %u)", key, list->a.items[i]->line);
		map_put(&p->mem, out, keep_lower(p, name), p);
	}
	return 0;
}

/* defaultPermissions: a role of everybody who has signed in. */
static int load_default_role(struct ctx *cx, struct policy *p, const struct json *rbac)
{
	const struct json *v = json_get(rbac, "defaultPermissions"), *list = json_get(v, "basicPermissions");
	const char *name = json_get_text(v, "defaultRole", "");
	int rc = 0;

	if (!v)
		return 0;
	if (!str_starts(name, "role:") || !is_ref(name))
		return fail(cx, ERR_INPUT,
			    "permission.rbac.defaultPermissions (line %u): defaultRole must be role:default/NAME", v->line);
	policy_member(p, policy_role(p, name, "configuration"), "*");
	for (size_t i = 0; rc == 0 && json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		struct policy_rule r = { .subject = name,
					 .permission = json_get_text(list->a.items[i], "permission", ""),
					 .action = json_get_text(list->a.items[i], "action", "use"),
					 .source = "configuration" };

		rc = policy_check_action(cx, r.action);
		if (rc == 0)
			rc = policy_rule(cx, p, &r);
		if (rc < 0)
			return fail_in(cx, rc, "permission.rbac.defaultPermissions (line %u)", list->a.items[i]->line);
	}
	return rc;
}

static int load_rbac(struct ctx *cx, struct policy *p)
{
	const struct json *rbac = json_path(cx->conf, "permission", "rbac", NULL);
	const char *precedence = json_get_text(rbac, "policyDecisionPrecedence", "conditional");
	int rc = load_admins(cx, p, "users", &p->admins);

	p->csv.path = json_get_text(rbac, "policies-csv-file", NULL);
	p->conditions.path = json_get_text(rbac, "conditionalPoliciesFile", NULL);
	p->basic_first = streq(precedence, "basic");
	if (rc == 0 && !p->basic_first && !streq(precedence, "conditional"))
		rc = fail(cx, ERR_INPUT, "permission.rbac.policyDecisionPrecedence is neither basic nor conditional");
	if (rc == 0)
		rc = load_admins(cx, p, "superUsers", &p->supers);
	if (rc == 0)
		rc = load_default_role(cx, p, rbac);
	if (rc == 0 && p->csv.path)
		rc = policy_load_csv(cx, p);
	if (rc == 0 && p->conditions.path)
		rc = policy_load_conditions(cx, p);
	return rc;
}

int policy_load(struct ctx *cx, struct policy *p)
{
	const struct json *permission = json_get(cx->conf, "permission"), *roles = json_get(permission, "roles");
	int rc = 0;

	p->enabled = json_get_bool(permission, "enabled", false);
	p->lua = json_get_text(permission, "policy", NULL);
	for (size_t i = 0; rc == 0 && json_is(roles, JSON_ARRAY) && i < roles->a.n; i++)
		rc = load_role(cx, p, roles->a.items[i]);
	if (rc == 0)
		rc = load_rbac(cx, p);
	p->plain = p->enabled && !p->lua && !p->roles.n && !p->rules.n && !p->csv.path && !p->conditions.path && !p->admins.n &&
		   !p->supers.n;
	return rc;
}
