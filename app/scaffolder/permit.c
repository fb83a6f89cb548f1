/* Who may do what with templates and tasks: conditions, judged. */
#include "scaffolder/permit.h"

#include "identity/identity.h"
#include "identity/policy.h"

/* ---- conditions ---- */

/* Whether a rule with these parameters fits what is judged. */
typedef bool fits_fn(const char *rule, const struct json *params, const void *what);

/* They were checked when the policy was read, how deep they go as well. */
static bool fits(const struct json *c, fits_fn *fn, const void *what)
{
	const struct json *all = json_get(c, "allOf"), *any = json_get(c, "anyOf");

	if (json_get(c, "not"))
		return !fits(json_get(c, "not"), fn, what);
	for (size_t i = 0; i < json_len(all); i++)
		if (!fits(all->a.items[i], fn, what))
			return false;
	for (size_t i = 0; i < json_len(any); i++)
		if (fits(any->a.items[i], fn, what))
			return true;
	if (all || any)
		return all != NULL;
	return fn(json_get_text(c, "rule", ""), json_get(c, "params"), what);
}

/* 1, 0, or an error. */
static int may(struct ctx *cx, const char *permission, fits_fn *fn, const void *what)
{
	struct policy_decision d;
	int rc = policy_decide(cx, permission_named(cx->mem, permission), &d);

	if (rc < 0)
		return rc;
	return d.result == POLICY_CONDITIONAL ? fits(d.condition, fn, what) : d.result == POLICY_ALLOW;
}

/* ---- actions ---- */

struct use {
	const char *id;
	const struct json *input;
};

/* "a.b": a member of a member. */
static const struct json *member(const struct json *v, const char *key)
{
	for (struct str rest = str_of(key); v && rest.p;)
		v = json_is(v, JSON_OBJECT) ? json_getn(v, str_cut(&rest, '.')) : NULL;
	return v;
}

static bool fits_action(const char *rule, const struct json *params, const void *what)
{
	const struct use *use = what;
	const struct json *v = member(use->input, json_get_text(params, "key", "")), *want = json_get(params, "value");
	enum json_type type = streq(rule, "HAS_BOOLEAN_PROPERTY")  ? JSON_BOOL
			      : streq(rule, "HAS_NUMBER_PROPERTY") ? JSON_NUMBER
								   : JSON_STRING;

	if (streq(rule, "HAS_ACTION_ID"))
		return streq(json_get_text(params, "actionId", ""), use->id);
	return json_is(v, type) && (!want || json_equal(v, want));
}

int permit_action(struct ctx *cx, void *arg, const struct action *a, const struct json *input)
{
	const struct use use = { a->id, input };
	int rc = may(cx, "scaffolder.action.execute", fits_action, &use);

	(void)arg;
	if (rc == 0)
		return fail(cx, ERR_DENIED, "Unauthorized action: %s. The action is not allowed.", a->id);
	return rc < 0 ? rc : 0;
}

/* ---- templates ---- */

static bool fits_part(const char *rule, const struct json *params, const void *what)
{
	const struct json *tags = json_path(what, "backstage:permissions", "tags", NULL);
	const char *tag = json_get_text(params, "tag", "");

	if (!streq(rule, "HAS_TAG") || !json_is(tags, JSON_ARRAY))
		return false;
	for (size_t i = 0; i < tags->a.n; i++)
		if (streq(json_text(tags->a.items[i], ""), tag))
			return true;
	return false;
}

static int leave_out(struct ctx *cx, const char *permission, struct json *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < json_len(list); i++) {
		int rc = may(cx, permission, fits_part, list->a.items[i]);

		if (rc < 0)
			return rc;
		if (rc)
			list->a.items[kept++] = list->a.items[i];
	}
	if (list)
		list->a.n = kept;
	return 0;
}

int permit_template(struct ctx *cx, struct json *entity)
{
	struct json *spec = json_get(entity, "spec"), *pages = json_get(spec, "parameters"), *steps = json_get(spec, "steps");
	struct json *list = json_array(cx->mem);
	int rc;

	if (json_is(pages, JSON_OBJECT)) {
		json_push(cx->mem, list, pages);
		pages = json_set(cx->mem, spec, "parameters", list);
	}
	rc = leave_out(cx, "scaffolder.template.parameter.read", json_is(pages, JSON_ARRAY) ? pages : NULL);
	return rc == 0 ? leave_out(cx, "scaffolder.template.step.read", json_is(steps, JSON_ARRAY) ? steps : NULL) : rc;
}

/* ---- tasks ---- */

static bool fits_task(const char *rule, const struct json *params, const void *what)
{
	const struct json *creators = json_get(params, "createdBy");
	const char *created_by = what;

	if (!streq(rule, "IS_TASK_OWNER") || !created_by || !json_is(creators, JSON_ARRAY))
		return false;
	for (size_t i = 0; i < creators->a.n; i++)
		if (str_ieq(json_text(creators->a.items[i], ""), created_by))
			return true;
	return false;
}

int permit_task(struct ctx *cx, const char *permission, const char *created_by)
{
	return may(cx, permission, fits_task, created_by);
}

int permit_this_task(struct ctx *cx, const char *permission, const struct task *t)
{
	int rc = permit_task(cx, permission, t->created_by);

	if (rc == 0)
		return fail(cx, ERR_DENIED, "%s may not do this to this task: it needs the permission %s",
			    cx->who ? cx->who->ref : "", permission);
	return rc < 0 ? rc : 0;
}

int permit_all_tasks(struct ctx *cx, const char *permission)
{
	struct policy_decision d;
	int rc = policy_decide(cx, permission_named(cx->mem, permission), &d);

	return rc < 0 ? rc : d.result != POLICY_CONDITIONAL;
}
