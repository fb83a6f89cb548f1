/* Conditions in Backstage's form: which there are, whether one is well-formed, and what it is for somebody. */
#include "identity/policy_condition.h"

#include "base/str.h"
#include "identity/identity.h"
#include "identity/policy.h"

/* catalog/permission.c takes 30 levels, and two are put around it */
enum { MAX_DEPTH = 28, MAX_VALUE = 200 };

struct rule_param {
	const char *name, *about;
	enum json_type type; /* JSON_ARRAY: of texts */
	bool needed;
};

static const struct rule {
	const char *name, *resource, *about;
	struct rule_param params[2];
} rules[] = {
	{ "HAS_ANNOTATION",
	  CATALOG_ENTITY,
	  "Allow entities with the specified annotation",
	  { { "annotation", "Name of the annotation to match on", JSON_STRING, true },
	    { "value", "Value of the annotation to match on", JSON_STRING, false } } },
	{ "HAS_LABEL",
	  CATALOG_ENTITY,
	  "Allow entities with the specified label",
	  { { "label", "Name of the label to match on", JSON_STRING, true },
	    { "value", "Value of the label to match on", JSON_STRING, false } } },
	{ "HAS_METADATA",
	  CATALOG_ENTITY,
	  "Allow entities with the specified metadata subfield",
	  { { "key", "Property within the entities metadata to match on", JSON_STRING, true },
	    { "value", "Value of the given property to match on", JSON_STRING, false } } },
	{ "HAS_SPEC",
	  CATALOG_ENTITY,
	  "Allow entities with the specified spec subfield",
	  { { "key", "Property within the entities spec to match on", JSON_STRING, true },
	    { "value", "Value of the given property to match on", JSON_STRING, false } } },
	{ "IS_ENTITY_KIND",
	  CATALOG_ENTITY,
	  "Allow entities matching a specified kind",
	  { { "kinds", "List of kinds to match at least one of", JSON_ARRAY, true } } },
	{ "IS_ENTITY_OWNER",
	  CATALOG_ENTITY,
	  "Allow entities owned by a specified claim",
	  { { "claims", "List of claims to match at least one on within ownedBy", JSON_ARRAY, true } } },
	{ "HAS_TAG",
	  SCAFFOLDER_TEMPLATE,
	  "Match parameters or steps with the given tag",
	  { { "tag", "Name of the tag to match on", JSON_STRING, true } } },
	{ "HAS_ACTION_ID",
	  SCAFFOLDER_ACTION,
	  "Match actions with the given actionId",
	  { { "actionId", "Name of the actionId to match on", JSON_STRING, true } } },
	{ "HAS_BOOLEAN_PROPERTY",
	  SCAFFOLDER_ACTION,
	  "Allow actions with the specified property",
	  { { "key", "Property within the action parameters to match on", JSON_STRING, true },
	    { "value", "Value of the given property to match on", JSON_BOOL, false } } },
	{ "HAS_NUMBER_PROPERTY",
	  SCAFFOLDER_ACTION,
	  "Allow actions with the specified property",
	  { { "key", "Property within the action parameters to match on", JSON_STRING, true },
	    { "value", "Value of the given property to match on", JSON_NUMBER, false } } },
	{ "HAS_STRING_PROPERTY",
	  SCAFFOLDER_ACTION,
	  "Allow actions with the specified property",
	  { { "key", "Property within the action parameters to match on", JSON_STRING, true },
	    { "value", "Value of the given property to match on", JSON_STRING, false } } },
	{ "IS_TASK_OWNER",
	  SCAFFOLDER_TASK,
	  "Allows tasks created by the specified user",
	  { { "createdBy", "List of creator entity refs to match at least one on", JSON_ARRAY, true } } },
};

/* ---- is it one? ---- */

static int wrong(struct ctx *cx, const struct json *at, const char *text)
{
	if (at && at->line)
		return fail(cx, ERR_INPUT, "%s (line %u)", text, at->line);
	return fail(cx, ERR_INPUT, "%s", text);
}

static const struct rule *find_rule(const char *name)
{
	for (size_t i = 0; i < LEN(rules); i++)
		if (streq(rules[i].name, name))
			return &rules[i];
	return NULL;
}

static const char *near_rule(const char *name)
{
	const char *best = rules[0].name;
	size_t least = 100;

	for (size_t i = 0; i < LEN(rules); i++) {
		size_t d = str_distance(name, rules[i].name, least);

		if (d < least) {
			least = d;
			best = rules[i].name;
		}
	}
	return best;
}

static const char *resource_of(const struct rule *r)
{
	return r ? r->resource : CATALOG_ENTITY;
}

/* The index knows no longer ones, so a condition on one would silently fit nothing. */
static bool is_short(const struct json *v)
{
	return v->s.n <= MAX_VALUE;
}

static const char *const about[] = {
	[JSON_BOOL] = "true or false",
	[JSON_NUMBER] = "a number",
	[JSON_STRING] = "a text of at most 200 characters",
	[JSON_ARRAY] = "a list of texts",
};

static int check_param(struct ctx *cx, const struct rule *r, const struct rule_param *p, const struct json *params)
{
	const struct json *v = json_get(params, p->name);
	bool ok = v ? json_is(v, p->type) : !p->needed, list = p->type == JSON_ARRAY;

	for (size_t i = 0; ok && v && list && i < v->a.n; i++)
		ok = json_is(v->a.items[i], JSON_STRING) && is_short(v->a.items[i]);
	if (ok && (!v || p->type != JSON_STRING || is_short(v)))
		return 0;
	return wrong(cx, v ? v : params,
		     arena_printf(cx->mem, "rule %s needs the parameter '%s', %s", r->name, p->name, about[p->type]));
}

/* "systems.IS_IN_SYSTEM": no rule of ours has a dot. */
static bool is_of_plugin(const char *name)
{
	return strchr(name, '.') != NULL;
}

static int check_plugin_rule(struct ctx *cx, const struct json *c, const char *name)
{
	size_t plugin = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
	const char *rule = name[plugin] == '.' ? name + plugin + 1 : "";
	const struct json *params = json_get(c, "params");

	if (!plugin || !*rule || rule[strspn(rule, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")])
		return wrong(cx, c, arena_printf(cx->mem, "'%.100s' is no name of a plugin's rule: PLUGIN.RULE_NAME", name));
	if (params && !json_is(params, JSON_OBJECT))
		return wrong(cx, params, "params of a rule are a map");
	return 0;
}

static int check_rule(struct ctx *cx, const struct json *c, bool plugins)
{
	const char *name = json_get_text(c, "rule", "");
	const struct rule *r = find_rule(name);
	const char *type = json_get_text(c, "resourceType", resource_of(r));
	const struct json *params = json_get(c, "params");
	int rc = 0;

	if (is_of_plugin(name) && !plugins)
		return wrong(cx, c,
			     arena_printf(cx->mem, "rule '%.100s' is a plugin's, and only ours are possible here", name));
	if (!r && !is_of_plugin(name))
		return wrong(cx, c,
			     arena_printf(cx->mem, "rule '%.100s' is not known; did you mean %s?", name, near_rule(name)));
	if (!streq(type, resource_of(r)))
		return wrong(cx, c, arena_printf(cx->mem, "resourceType '%.100s' is not %s", type, resource_of(r)));
	if (!r)
		return check_plugin_rule(cx, c, name);
	for (size_t i = 0; i < LEN(r->params) && r->params[i].name && rc == 0; i++)
		rc = check_param(cx, r, &r->params[i], params);
	for (size_t i = 0; rc == 0 && json_is(params, JSON_OBJECT) && i < params->o.n; i++) {
		bool known = str_is(params->o.m[i].key, r->params[0].name) ||
			     (r->params[1].name && str_is(params->o.m[i].key, r->params[1].name));

		if (!known)
			rc = wrong(cx, params->o.m[i].value,
				   arena_printf(cx->mem, "rule %s has no parameter '%.100s'", name, params->o.m[i].key.p));
	}
	return rc;
}

static int check(struct ctx *cx, const struct json *c, bool plugins, unsigned depth)
{
	static const char *const forms[] = { "allOf", "anyOf", "not", "rule" };
	const struct json *list = json_get(c, "allOf") ? json_get(c, "allOf") : json_get(c, "anyOf");
	unsigned n = 0;
	int rc = 0;

	if (depth > MAX_DEPTH)
		return wrong(cx, c, arena_printf(cx->mem, "a condition may nest %d levels deep, not more", MAX_DEPTH));
	for (size_t i = 0; i < LEN(forms); i++)
		n += json_get(c, forms[i]) != NULL;
	if (n != 1)
		return wrong(cx, c, "a condition is one of {rule, params}, {allOf: [...]}, {anyOf: [...]} and {not: {...}}");
	if (json_get(c, "rule"))
		return check_rule(cx, c, plugins);
	if (json_get(c, "not"))
		return check(cx, json_get(c, "not"), plugins, depth + 1);
	if (!json_is(list, JSON_ARRAY) || !list->a.n)
		return wrong(cx, c, "allOf and anyOf are lists of at least one condition");
	for (size_t i = 0; rc == 0 && i < list->a.n; i++)
		rc = check(cx, list->a.items[i], plugins, depth + 1);
	return rc;
}

/* The first rule below. */
static const struct json *first_rule(const struct json *c)
{
	while (c && !json_get(c, "rule")) {
		const struct json *list = json_get(c, "allOf") ? json_get(c, "allOf") : json_get(c, "anyOf");

		c = list ? json_is(list, JSON_ARRAY) && list->a.n ? list->a.items[0] : NULL : json_get(c, "not");
	}
	return c;
}

const char *condition_resource(const struct json *condition)
{
	return resource_of(find_rule(json_get_text(first_rule(condition), "rule", "")));
}

const char *condition_plugin(const struct json *condition)
{
	return streq(condition_resource(condition), CATALOG_ENTITY) ? "catalog" : "scaffolder";
}

/* One condition is about one kind of thing. */
static int check_same(struct ctx *cx, const struct json *c, const char *resource)
{
	const struct json *list = json_get(c, "allOf") ? json_get(c, "allOf") : json_get(c, "anyOf");
	int rc = 0;

	if (json_get(c, "not"))
		return check_same(cx, json_get(c, "not"), resource);
	for (size_t i = 0; rc == 0 && i < json_len(list); i++)
		rc = check_same(cx, list->a.items[i], resource);
	if (list || streq(condition_resource(c), resource))
		return rc;
	return wrong(cx, c,
		     arena_printf(cx->mem, "rule %s is about %s, and another of this condition about %s",
				  json_get_text(c, "rule", ""), condition_resource(c), resource));
}

int condition_check(struct ctx *cx, const struct json *condition, bool plugins)
{
	int rc = check(cx, condition, plugins, 0);

	return rc < 0 ? rc : check_same(cx, condition, condition_resource(condition));
}

/* ---- rules of plugins ---- */

/* The conditions that one is made of: those of its list, or the one after "not". */
static struct json *parts_of(struct arena *mem, const struct json *c)
{
	struct json *list = json_get(c, "allOf") ? json_get(c, "allOf") : json_get(c, "anyOf"), *one;

	if (list || !json_get(c, "not"))
		return list;
	one = json_array(mem);
	json_push(mem, one, json_get(c, "not"));
	return one;
}

void condition_plugin_rules(struct arena *mem, const struct json *c, struct text_list *out)
{
	const struct json *parts = parts_of(mem, c);
	const char *name = json_get_text(c, "rule", "");

	if (is_of_plugin(name))
		*list_add(mem, out) = name;
	for (size_t i = 0; i < json_len(parts); i++)
		condition_plugin_rules(mem, parts->a.items[i], out);
}

int condition_expand(struct ctx *cx, const struct json *c, condition_expand_fn *expand, void *arg, struct json **out)
{
	const char *form = json_get(c, "allOf") ? "allOf" : json_get(c, "anyOf") ? "anyOf" : "not";
	const struct json *parts = parts_of(cx->mem, c);
	struct json *made = json_array(cx->mem), *one;
	int rc = 0;

	if (!parts) {
		*out = json_copy(cx->mem, c);
		return is_of_plugin(json_get_text(c, "rule", "")) ? expand(cx, arg, c, out) : 0;
	}
	for (size_t i = 0; rc == 0 && i < json_len(parts); i++) {
		rc = condition_expand(cx, parts->a.items[i], expand, arg, &one);
		if (rc == 0)
			json_push(cx->mem, made, one);
	}
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, form, streq(form, "not") && rc == 0 ? made->a.items[0] : made);
	return rc;
}

/* ---- what it is for somebody ---- */

static struct json *lower(struct arena *mem, const char *ref)
{
	return json_str(mem, str_lower(mem, ref, strlen(ref)));
}

static void add_value(struct arena *mem, struct json *list, const struct json *v, const struct who *who)
{
	const char *text = json_text(v, "");

	if (streq(text, "$ownerRefs")) {
		for (size_t i = 0; who->owns[i]; i++)
			json_push(mem, list, lower(mem, who->owns[i]));
	} else {
		json_push(mem, list, streq(text, "$currentUser") ? lower(mem, who->ref) : json_copy(mem, v));
	}
}

static struct json *params_for(struct arena *mem, const struct json *params, const struct who *who)
{
	struct json *out = json_object(mem);

	for (size_t i = 0; json_is(params, JSON_OBJECT) && i < params->o.n; i++) {
		const struct json *v = params->o.m[i].value;
		struct json *now = json_is(v, JSON_ARRAY) ? json_array(mem) : json_copy(mem, v);

		for (size_t k = 0; json_is(v, JSON_ARRAY) && k < v->a.n; k++)
			add_value(mem, now, v->a.items[k], who);
		if (streq(json_text(v, ""), "$currentUser"))
			now = lower(mem, who->ref);
		json_setn(mem, out, params->o.m[i].key, now);
	}
	return out;
}

struct json *condition_for(struct arena *mem, const struct json *c, const struct who *who)
{
	struct json *out = json_object(mem);
	const char *form = json_get(c, "allOf") ? "allOf" : "anyOf";

	if (json_get(c, "rule")) {
		json_set(mem, out, "rule", json_copy(mem, json_get(c, "rule")));
		json_set(mem, out, "resourceType", json_str(mem, condition_resource(c)));
		json_set(mem, out, "params", params_for(mem, json_get(c, "params"), who));
	} else if (json_get(c, "not")) {
		json_set(mem, out, "not", condition_for(mem, json_get(c, "not"), who));
	} else {
		const struct json *list = json_get(c, form);
		struct json *parts = json_set(mem, out, form, json_array(mem));

		for (size_t i = 0; i < json_len(list); i++)
			json_push(mem, parts, condition_for(mem, list->a.items[i], who));
	}
	return out;
}

struct json *condition_any(struct arena *mem, struct json *parts)
{
	struct json *out;

	if (json_len(parts) == 1)
		return parts->a.items[0];
	out = json_object(mem);
	json_set(mem, out, "anyOf", parts);
	return out;
}

struct json *condition_nothing(struct arena *mem)
{
	return condition_any(mem, json_array(mem));
}

/* ---- what there is ---- */

static struct json *param_schema(struct arena *mem, const struct rule_param *p)
{
	static const char *const types[] = {
		[JSON_BOOL] = "boolean", [JSON_NUMBER] = "number", [JSON_STRING] = "string", [JSON_ARRAY] = "array"
	};
	struct json *v = json_object(mem), *items = json_object(mem);

	json_set(mem, v, "type", json_str(mem, types[p->type]));
	if (p->type == JSON_ARRAY) {
		json_set(mem, items, "type", json_str(mem, "string"));
		json_set(mem, v, "items", items);
	}
	json_set(mem, v, "description", json_str(mem, p->about));
	return v;
}

static struct json *rule_schema(struct arena *mem, const struct rule *r)
{
	struct json *v = json_object(mem), *properties = json_object(mem), *required = json_array(mem);

	for (size_t i = 0; i < LEN(r->params) && r->params[i].name; i++) {
		json_set(mem, properties, r->params[i].name, param_schema(mem, &r->params[i]));
		if (r->params[i].needed)
			json_push(mem, required, json_str(mem, r->params[i].name));
	}
	json_set(mem, v, "type", json_str(mem, "object"));
	json_set(mem, v, "properties", properties);
	json_set(mem, v, "required", required);
	json_set(mem, v, "additionalProperties", json_bool(mem, false));
	json_set(mem, v, "$schema", json_str(mem, "http://json-schema.org/draft-07/schema#"));
	return v;
}

struct json *condition_rules_json(struct arena *mem, const char *plugin)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; i < LEN(rules); i++) {
		struct json *v = json_object(mem);

		if (!str_starts(resource_of(&rules[i]), plugin))
			continue;
		json_set(mem, v, "name", json_str(mem, rules[i].name));
		json_set(mem, v, "description", json_str(mem, rules[i].about));
		json_set(mem, v, "resourceType", json_str(mem, resource_of(&rules[i])));
		json_set(mem, v, "paramsSchema", rule_schema(mem, &rules[i]));
		json_push(mem, list, v);
	}
	return list;
}
