/* What is decided in Lua: the questions, and what is made of the answers. */
#include "identity/decider.h"

#include <string.h>

#include "base/str.h"
#include "identity/identity.h"

static decider_fn *ask;

void decider_set(decider_fn *fn)
{
	ask = fn;
}

static int ask_now(struct ctx *cx, const struct json *question, struct json **answer)
{
	if (!ask)
		return fail(cx, ERR_UNAVAILABLE, "no process decides in Lua here");
	int rc = ask(cx, question, answer);

	/* Whatever it is, nothing can be allowed now; asked again, it may go well. */
	return rc < 0 ? cx->err.code = ERR_UNAVAILABLE : 0;
}

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text));
}

static struct json *user_json(struct ctx *cx)
{
	static const char *const kinds[] = { [WHO_GUEST] = "guest", [WHO_USER] = "user", [WHO_SERVICE] = "service" };
	const struct who *who = cx->who;
	struct json *v = json_object(cx->mem), *owns = json_array(cx->mem);

	set_text(cx->mem, v, "ref", str_lower(cx->mem, who->ref, strlen(who->ref)));
	set_text(cx->mem, v, "kind", kinds[who->kind]);
	for (size_t i = 0; who->owns[i]; i++)
		json_push(cx->mem, owns, json_str(cx->mem, str_lower(cx->mem, who->owns[i], strlen(who->owns[i]))));
	json_set(cx->mem, v, "ownership", owns);
	return v;
}

/* ---- the policy ---- */

/* As Backstage hands it to its policies. */
static struct json *permission_json(struct arena *mem, const struct permission *p)
{
	struct json *v = json_object(mem), *attributes = json_object(mem);

	set_text(mem, v, "name", p->name);
	set_text(mem, v, "type", p->resource ? "resource" : "basic");
	if (*p->action)
		set_text(mem, attributes, "action", p->action);
	json_set(mem, v, "attributes", attributes);
	if (p->resource)
		set_text(mem, v, "resourceType", p->resource);
	return v;
}

int decider_policy(struct ctx *cx, const struct permission *p, struct policy_decision *out)
{
	struct json *question = json_object(cx->mem), *request = json_object(cx->mem), *answer;

	json_set(cx->mem, request, "permission", permission_json(cx->mem, p));
	json_set(cx->mem, question, "policy", request);
	json_set(cx->mem, question, "user", user_json(cx));
	int rc = ask_now(cx, question, &answer);
	const char *result = rc < 0 ? "" : json_get_text(answer, "result", "");

	*out = (struct policy_decision){ .result = POLICY_DENY };
	if (rc < 0)
		return fail_in(cx, rc, "the policy cannot be asked");
	if (json_is(answer, JSON_NULL))
		return 0;
	if (streq(result, "ALLOW"))
		out->result = POLICY_ALLOW;
	else if (streq(result, "CONDITIONAL"))
		*out = (struct policy_decision){ POLICY_CONDITIONAL, json_get(answer, "conditions") };
	return 1;
}

int decider_expand(struct ctx *cx, const struct json *condition, const struct json **out)
{
	struct json *question = json_object(cx->mem), *answer;

	json_set(cx->mem, question, "condition", json_copy(cx->mem, condition));
	json_set(cx->mem, question, "user", user_json(cx));
	int rc = ask_now(cx, question, &answer);

	if (rc < 0)
		return fail_in(cx, rc, "a rule of a plugin cannot be asked");
	*out = answer;
	return !json_is(answer, JSON_NULL);
}

int decider_resolve(struct ctx *cx, const char *resolver, const struct json *profile, const char **out)
{
	struct json *question = json_object(cx->mem), *answer;

	set_text(cx->mem, question, "resolver", resolver);
	json_set(cx->mem, question, "profile", json_copy(cx->mem, profile));
	int rc = ask_now(cx, question, &answer);

	if (rc < 0)
		return rc;
	*out = json_text(answer, NULL);
	return *out != NULL;
}
