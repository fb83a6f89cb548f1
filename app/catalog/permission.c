/* Which entities somebody may read: conditions in Backstage's form, as predicates. */
#include "catalog/permission.h"

#include "catalog/filter.h"
#include "ext/json.h"
#include "identity/identity.h"
#include "identity/policy.h"

enum { MAX_DEPTH = 30 };

/* {key: {"$in": values}}, or that the key is there. */
static struct json *has(struct arena *mem, const char *key, struct json *values)
{
	struct json *out = json_object(mem), *op = json_object(mem);

	if (values)
		json_set(mem, op, "$in", values);
	else
		json_set(mem, op, "$exists", json_bool(mem, true));
	json_set(mem, out, key, op);
	return out;
}

static const struct {
	const char *rule;
	const char *key;   /* what is looked at */
	const char *param; /* names what is below key; NULL: nothing is */
	const char *value; /* the parameter that says what it may be */
	bool list;         /* that one is a list, and must be there */
} rules[] = {
	{ "IS_ENTITY_KIND", "kind", NULL, "kinds", true },
	{ "IS_ENTITY_OWNER", "relations.ownedby", NULL, "claims", true },
	{ "HAS_ANNOTATION", "metadata.annotations", "annotation", "value", false },
	{ "HAS_LABEL", "metadata.labels", "label", "value", false },
	{ "HAS_METADATA", "metadata", "key", "value", false },
	{ "HAS_SPEC", "spec", "key", "value", false },
};

static int compile_rule(struct ctx *cx, const struct json *condition, struct json **out)
{
	const char *name = json_get_text(condition, "rule", "");
	const struct json *params = json_get(condition, "params");
	size_t i = 0;

	while (i < LEN(rules) && !streq(rules[i].rule, name))
		i++;
	if (i == LEN(rules))
		return fail(cx, ERR_INTERNAL, "permission condition: rule '%.100s' is not known", name);
	struct json *value = json_get(params, rules[i].value);
	const char *below = rules[i].param ? json_get_text(params, rules[i].param, NULL) : "";
	bool ok = below && (rules[i].list ? json_is(value, JSON_ARRAY) : !value || json_is(value, JSON_STRING));

	for (size_t k = 0; ok && rules[i].list && k < json_len(value); k++)
		ok = json_is(value->a.items[k], JSON_STRING);
	if (!ok)
		return fail(cx, ERR_INTERNAL, "permission condition: rule %s has wrong parameters", name);
	if (value && !rules[i].list) {
		struct json *one = json_array(cx->mem);

		json_push(cx->mem, one, value);
		value = one;
	}
	*out = has(cx->mem, rules[i].param ? arena_printf(cx->mem, "%s.%s", rules[i].key, below) : rules[i].key, value);
	return 0;
}

static int compile(struct ctx *cx, const struct json *condition, struct json **out, unsigned depth);

static int compile_list(struct ctx *cx, const struct json *list, const char *op, struct json **out, unsigned depth)
{
	struct json *parts = json_array(cx->mem), *part;
	int rc = 0;

	if (!json_is(list, JSON_ARRAY))
		return fail(cx, ERR_INTERNAL, "permission condition: allOf and anyOf are lists");
	for (size_t i = 0; rc == 0 && i < list->a.n; i++) {
		rc = compile(cx, list->a.items[i], &part, depth + 1);
		if (rc == 0)
			json_push(cx->mem, parts, part);
	}
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, op, parts);
	return rc;
}

static int compile(struct ctx *cx, const struct json *condition, struct json **out, unsigned depth)
{
	const struct json *all = json_get(condition, "allOf"), *any = json_get(condition, "anyOf"),
			  *no = json_get(condition, "not");
	struct json *inner;
	int rc;

	if (depth > MAX_DEPTH)
		return fail(cx, ERR_INTERNAL, "permission condition: nests deeper than %d levels", MAX_DEPTH);
	/* one that says two things would be taken for whichever is looked at first */
	if ((all != NULL) + (any != NULL) + (no != NULL) + (json_get(condition, "rule") != NULL) != 1)
		return fail(cx, ERR_INTERNAL, "permission condition: each is one of allOf, anyOf, not and rule");
	if (all)
		return compile_list(cx, all, "$all", out, depth);
	if (any)
		return compile_list(cx, any, "$any", out, depth);
	if (!no)
		return compile_rule(cx, condition, out);
	rc = compile(cx, no, &inner, depth + 1);
	if (rc < 0)
		return rc;
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, "$not", inner);
	return 0;
}

int permission_compile(struct ctx *cx, const struct json *condition, const struct json **out)
{
	struct json *predicate = NULL;
	int rc = compile(cx, condition, &predicate, 0);

	*out = predicate;
	return rc;
}

int permission_predicate(struct ctx *cx, const struct json **out)
{
	*out = NULL;
	return cx->who && cx->who->reads ? permission_compile(cx, cx->who->reads, out) : 0;
}

int permission_fits(struct ctx *cx, const struct json *condition, const struct json *entity)
{
	const struct json *predicate;
	struct search_rows rows = { 0 };
	int rc = permission_compile(cx, condition, &predicate);

	if (rc < 0)
		return rc;
	search_rows(cx->mem, entity, &rows);
	return predicate_fits(predicate, &rows);
}

int policy_may(struct ctx *cx, const char *permission, const struct json *entity)
{
	struct policy_decision d;
	int rc = policy_decide(cx, permission_named(cx->mem, permission), &d);

	if (rc < 0 || d.result == POLICY_DENY)
		return rc;
	return d.result == POLICY_ALLOW || !entity ? 1 : permission_fits(cx, d.condition, entity);
}

int permission_demand(struct ctx *cx, const char *permission, struct str body)
{
	struct policy_decision d;
	struct json *entity = NULL;
	int rc = policy_decide(cx, permission_named(cx->mem, permission), &d);

	if (rc == 0 && d.result == POLICY_CONDITIONAL)
		rc = json_parse(cx, body, &entity);
	if (rc == 0 && d.result == POLICY_CONDITIONAL)
		rc = permission_fits(cx, d.condition, entity);
	else if (rc == 0)
		rc = d.result == POLICY_ALLOW;
	return rc == 0  ? fail(cx, ERR_DENIED, "%s may not do this to this entity: it needs the permission %s", cx->who->ref,
			       permission)
	       : rc < 0 ? rc
			: 0;
}

int permission_reads(struct ctx *cx, struct str body)
{
	const struct json *predicate;
	struct search_rows rows = { 0 };
	struct json *entity;
	int rc = permission_predicate(cx, &predicate);

	if (rc < 0 || !predicate)
		return rc < 0 ? rc : 1;
	rc = json_parse(cx, body, &entity);
	if (rc < 0)
		return rc;
	search_rows(cx->mem, entity, &rows);
	return predicate_fits(predicate, &rows);
}
