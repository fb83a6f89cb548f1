/* Conditions in Backstage's form: {rule, params} joined by {allOf}, {anyOf} and {not}. */
#ifndef IDENTITY_POLICY_CONDITION_H
#define IDENTITY_POLICY_CONDITION_H

#include "base/ctx.h"
#include "base/json.h"
#include "base/list.h"

struct who;

/*
 * Is it a condition, with rules that are known, all about the same kind of thing? ERR_INPUT says what is wrong, and in which
 * line. plugins: it may have rules of plugins, "PLUGIN.RULE", of which only the form of the name is looked at.
 */
int condition_check(struct ctx *cx, const struct json *condition, bool plugins);
/* Adds the names of the rules of plugins that it has. */
void condition_plugin_rules(struct arena *mem, const struct json *condition, struct text_list *out);
/* The same condition with what each rule of a plugin gives in its place; the rest is copied. The error of expand. */
typedef int condition_expand_fn(struct ctx *cx, void *arg, const struct json *rule, struct json **out);
int condition_expand(struct ctx *cx, const struct json *condition, condition_expand_fn *expand, void *arg, struct json **out);
/*
 * A copy for somebody: $currentUser and $ownerRefs in lists of parameters, and $currentUser as a parameter, are replaced; each
 * rule says its resourceType.
 */
struct json *condition_for(struct arena *mem, const struct json *condition, const struct who *who);
/* {anyOf: [parts…]}, or the part itself when there is one. */
struct json *condition_any(struct arena *mem, struct json *parts);
/* What nothing fits. */
struct json *condition_nothing(struct arena *mem);
/* What it is about: CATALOG_ENTITY, SCAFFOLDER_TASK, ... It was checked. */
const char *condition_resource(const struct json *condition);
/* Whose that is: "catalog" or "scaffolder". */
const char *condition_plugin(const struct json *condition);
/*
 * The rules of "catalog" or "scaffolder" with the JSON schemas of their parameters: [{name, description, resourceType,
 * paramsSchema}].
 */
struct json *condition_rules_json(struct arena *mem, const char *plugin);

#endif
