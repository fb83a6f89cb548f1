/* What the policy says: the rules of somebody's roles about a permission, put together. */
#include "identity/policy.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "identity/decider.h"
#include "identity/external.h"
#include "identity/identity.h"
#include "identity/policy_condition.h"
#include "identity/policy_private.h"

enum { LOOK_AGAIN_US = 1000000 };

/* Of this process: what it decides by. */
static struct {
	const struct json *conf;
	struct policy *now;
	uint64_t looked_us;
} kept;

static const struct permission known[] = {
#define SELF PERMISSION_SELF
#define ADMINS PERMISSION_ADMINS
#define HIDES PERMISSION_HIDES
#define PERMISSION(name, action, resource, flags) { name, action, resource, flags },
#include "identity/policy.def"
#undef PERMISSION
#undef SELF
#undef ADMINS
#undef HIDES
};

const struct permission *permission_at(size_t i)
{
	return i < LEN(known) ? &known[i] : NULL;
}

bool permission_is_known(const char *name)
{
	for (size_t i = 0; i < LEN(known); i++)
		if (streq(known[i].name, name))
			return true;
	return false;
}

const struct permission *permission_named(struct arena *mem, const char *name)
{
	struct permission *made;

	for (size_t i = 0; i < LEN(known); i++)
		if (streq(known[i].name, name))
			return &known[i];
	made = arena_new(mem, struct permission);
	*made = (struct permission){ .name = name, .action = permission_action(name) };
	return made;
}

/* ---- the policy of this process ---- */

/* A policy lies in its own arena. */
static void policy_free(struct policy *p)
{
	struct arena mem = p->mem;

	arena_release(&mem);
}

static int load(struct ctx *cx, struct policy **out)
{
	struct arena mem = { 0 };
	struct policy *p = arena_new(&mem, struct policy);
	int rc;

	p->mem = mem;
	rc = policy_load(cx, p);
	if (rc < 0)
		policy_free(p);
	else
		*out = p;
	return rc;
}

int policy_prepare(struct ctx *cx)
{
	struct policy *made = NULL;
	int rc = load(cx, &made);

	if (rc < 0)
		return rc;
	if (kept.now)
		policy_free(kept.now);
	kept.now = made;
	kept.conf = cx->conf;
	kept.looked_us = clock_mono_us();
	return 0;
}

/* A file with a mistake is told about once; what was good before goes on. */
static void look_again(struct ctx *cx)
{
	struct err before = cx->err;

	kept.looked_us = clock_mono_us();
	if (!policy_file_changed(&kept.now->csv) && !policy_file_changed(&kept.now->conditions))
		return;
	if (policy_prepare(cx) == 0) {
		log_info("the policy's files are read again", NULL);
	} else {
		log_error("the policy's files are wrong; what they said before goes on", "error", cx->err.text, NULL);
		policy_file_remember(&kept.now->csv);
		policy_file_remember(&kept.now->conditions);
	}
	cx->err = before;
}

const struct policy *policy_now(struct ctx *cx)
{
	if (!kept.now || kept.conf != cx->conf)
		return policy_prepare(cx) < 0 ? NULL : kept.now;
	if ((kept.now->csv.path || kept.now->conditions.path) && clock_mono_us() - kept.looked_us > LOOK_AGAIN_US)
		look_again(cx);
	return kept.now;
}

/* ---- who is it? ---- */

/* All that rules may name somebody by: refs and roles. */
struct subjects {
	struct text_list list;
	struct map seen;
};

static void add_subject(struct arena *mem, struct subjects *s, const char *name)
{
	if (!map_put(mem, &s->seen, name, s))
		*list_add(mem, &s->list) = name;
}

static void add_roles(struct arena *mem, const struct policy *p, const char *member, struct subjects *s)
{
	const struct text_list *roles = map_get(&p->roles_of, member);

	for (size_t i = 0; roles && i < roles->n; i++)
		add_subject(mem, s, roles->items[i]);
}

static const char *lower(struct arena *mem, const char *s)
{
	return str_lower(mem, s, strlen(s));
}

static void subjects_of(struct ctx *cx, const struct policy *p, struct subjects *out)
{
	const struct who *who = cx->who;

	if (who->kind == WHO_SERVICE) {
		add_roles(cx->mem, p, arena_printf(cx->mem, "service:%s", lower(cx->mem, who->ref)), out);
		return;
	}
	add_roles(cx->mem, p, who->kind == WHO_USER ? "*" : "guest", out);
	for (size_t i = 0; who->owns[i]; i++) {
		const char *ref = lower(cx->mem, who->owns[i]);

		add_subject(cx->mem, out, ref);
		add_roles(cx->mem, p, ref, out);
	}
}

static bool owns_any(struct ctx *cx, const struct map *of)
{
	if (cx->who->kind == WHO_SERVICE)
		return map_get(of, arena_printf(cx->mem, "service:%s", lower(cx->mem, cx->who->ref))) != NULL;
	for (size_t i = 0; cx->who->owns[i]; i++)
		if (map_get(of, lower(cx->mem, cx->who->owns[i])))
			return true;
	return false;
}

bool policy_is_admin(struct ctx *cx)
{
	const struct policy *p = policy_now(cx);

	return p && cx->who && (owns_any(cx, &p->admins) || owns_any(cx, &p->supers));
}

/* ---- the rules together ---- */

struct verdict {
	bool denied, allowed, allowed_by_csv, narrowed;
	struct json *allow, *deny; /* conditions */
};

/* What a rule's condition is for cx->who: 1; 0 when nobody can say what fits it. */
static int condition_now(struct ctx *cx, const struct policy_rule *r, const struct json **out)
{
	struct text_list of_plugins = { 0 };

	*out = condition_for(cx->mem, r->condition, cx->who);
	condition_plugin_rules(cx->mem, *out, &of_plugins);
	return of_plugins.n ? decider_expand(cx, *out, out) : 1;
}

/* A condition of which nobody can say what fits it allows nothing, and denies all that the rule is about. */
static int weigh(struct ctx *cx, const struct policy_rule *r, struct verdict *v)
{
	const struct json *condition = NULL;
	int rc = r->condition ? condition_now(cx, r, &condition) : 0;

	if (rc < 0)
		return rc;
	if (rc == 1)
		json_push(cx->mem, r->deny ? v->deny : v->allow, json_copy(cx->mem, condition));
	else if (r->deny)
		v->denied = true;
	else if (!r->condition && streq(r->source, "csv-file"))
		v->allowed_by_csv = true;
	else if (!r->condition)
		v->allowed = true;
	v->narrowed |= r->narrows;
	return 0;
}

/* What is denied is taken from what any rule allows. */
static void conclude(struct arena *mem, const struct verdict *v, struct policy_decision *out)
{
	struct json *both, *parts, *no;

	*out = (struct policy_decision){ .result = POLICY_DENY };
	if (v->denied || (!v->allowed && !json_len(v->allow)))
		return;
	if (!json_len(v->deny)) {
		out->result = v->allowed ? POLICY_ALLOW : POLICY_CONDITIONAL;
		out->condition = v->allowed ? NULL : condition_any(mem, v->allow);
		return;
	}
	no = json_object(mem);
	json_set(mem, no, "not", condition_any(mem, v->deny));
	out->result = POLICY_CONDITIONAL;
	out->condition = no;
	if (v->allowed)
		return;
	parts = json_array(mem);
	both = json_object(mem);
	json_push(mem, parts, condition_any(mem, v->allow));
	json_push(mem, parts, no);
	json_set(mem, both, "allOf", parts);
	out->condition = both;
}

/* allows: what was decided already, of which only what rules deny is taken away; NULL: they decide alone. */
static int decide_by_rules(struct ctx *cx, const struct policy *p, const struct subjects *s, const struct permission *perm,
			   const struct policy_decision *allows, struct policy_decision *out)
{
	struct verdict v = { .allow = json_array(cx->mem), .deny = json_array(cx->mem) };
	int rc = 0;

	for (size_t i = 0; i < s->list.n; i++) {
		const struct policy_rules *rules = map_get(&p->rules_of, s->list.items[i]);

		for (size_t k = 0; rc == 0 && rules && k < rules->n; k++)
			if (policy_rule_fits(rules->items[k], perm) && (!allows || rules->items[k]->deny))
				rc = weigh(cx, rules->items[k], &v);
	}
	v.allowed |= v.allowed_by_csv && (!v.narrowed || p->basic_first);
	if (allows && allows->result == POLICY_CONDITIONAL)
		json_push(cx->mem, v.allow, json_copy(cx->mem, allows->condition));
	v.allowed |= allows && allows->result == POLICY_ALLOW;
	conclude(cx->mem, &v, out);
	return rc;
}

/*
 * What is somebody's whatever rules and policies say: so that who may mend them can. The page of a plugin is where an admin
 * sees why a policy does not decide.
 */
static bool is_given(struct ctx *cx, const struct policy *p, const struct permission *perm)
{
	bool for_admins = (perm->flags & PERMISSION_ADMINS) || streq(perm->name, "catalog.entity.read") ||
			  (p->lua && streq(perm->name, "plugin.page.read"));

	return (perm->flags & PERMISSION_SELF) || owns_any(cx, &p->supers) || (for_admins && owns_any(cx, &p->admins));
}

/* True when no rule has to be asked. */
static bool is_settled(struct ctx *cx, const struct policy *p, const struct permission *perm, bool named, bool *allowed)
{
	const struct who *who = cx->who;
	bool guest = who->kind == WHO_GUEST;

	*allowed = true;
	if (who->kind == WHO_SERVICE && !named)
		return true;
	if (p->enabled && !p->plain)
		return false;
	*allowed = !(perm->flags & PERMISSION_ADMINS) && (!p->plain || !guest || streq(perm->action, "read"));
	return true;
}

/* Somebody whom the configuration does not let in, or whose token is not made for this. */
static bool is_out(struct ctx *cx, const struct permission *perm)
{
	struct err before = cx->err;
	bool out = (cx->who->kind == WHO_GUEST && !*cx->who->ref) || external_allow(cx, cx->who->limits, perm->name) < 0;

	cx->err = before;
	return out;
}

static int decide(struct ctx *cx, const struct policy *p, const struct permission *perm, struct policy_decision *out)
{
	struct policy_decision said = { 0 };
	struct subjects s = { 0 };
	bool allowed;
	int rc = 0;

	if (p->enabled)
		subjects_of(cx, p, &s);
	if (p->enabled && p->lua && !(perm->flags & PERMISSION_ADMINS))
		rc = decider_policy(cx, perm, &said);
	if (rc < 0 || (rc == 1 && said.result == POLICY_DENY))
		return rc < 0 ? rc : 0;
	if (rc == 1)
		return decide_by_rules(cx, p, &s, perm, &said, out);
	if (!is_settled(cx, p, perm, s.list.n > 0, &allowed))
		return decide_by_rules(cx, p, &s, perm, NULL, out);
	out->result = allowed ? POLICY_ALLOW : POLICY_DENY;
	return 0;
}

int policy_decide(struct ctx *cx, const struct permission *perm, struct policy_decision *out)
{
	const struct policy *p;
	int rc = 0;

	*out = (struct policy_decision){ .result = POLICY_ALLOW };
	if (!cx->who)
		return 0;
	out->result = POLICY_DENY;
	p = policy_now(cx);
	if (!p)
		return cx->err.code;
	if (is_out(cx, perm))
		return 0;
	if (is_given(cx, p, perm))
		out->result = POLICY_ALLOW;
	else
		rc = decide(cx, p, perm, out);
	if (rc < 0)
		*out = (struct policy_decision){ .result = POLICY_DENY };
	return rc;
}

void policy_plugin_rules(struct ctx *cx, struct text_list *out)
{
	const struct policy *p = policy_now(cx);

	for (size_t i = 0; p && i < p->rules.n; i++)
		if (p->rules.items[i]->condition)
			condition_plugin_rules(cx->mem, p->rules.items[i]->condition, out);
}

int policy_begin(struct ctx *cx)
{
	struct policy_decision d;
	struct who *who;
	int rc = policy_decide(cx, permission_named(cx->mem, "catalog.entity.read"), &d);

	if (rc < 0 || !cx->who || d.result == POLICY_ALLOW)
		return rc;
	who = arena_new(cx->mem, struct who);
	*who = *cx->who;
	who->reads = d.result == POLICY_DENY ? condition_nothing(cx->mem) : d.condition;
	cx->who = who;
	return 0;
}

const struct who *policy_nobody(struct ctx *cx)
{
	struct who *who = arena_new(cx->mem, struct who);

	*who = (struct who){ .kind = WHO_GUEST,
			     .ref = "",
			     .name = "Nobody",
			     .owns = arena_array(cx->mem, const char *, 1),
			     .by_cookie = true,
			     .reads = condition_nothing(cx->mem) };
	return who;
}
