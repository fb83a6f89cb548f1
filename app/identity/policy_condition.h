/* Conditions in Backstage's form: {rule, params} joined by {allOf}, {anyOf} and {not}. */
#ifndef IDENTITY_POLICY_CONDITION_H
#define IDENTITY_POLICY_CONDITION_H

#include "base/ctx.h"
#include "base/json.h"

struct who;

/* Is it a condition on entities of the catalog, with rules that are known? ERR_INPUT says what is wrong, and in which line. */
int condition_check(struct ctx *cx, const struct json *condition);
/*
 * A copy for somebody: $currentUser and $ownerRefs in lists of parameters, and $currentUser as a parameter, are replaced; each
 * rule says its resourceType.
 */
struct json *condition_for(struct arena *mem, const struct json *condition, const struct who *who);
/* {anyOf: [parts…]}, or the part itself when there is one. */
struct json *condition_any(struct arena *mem, struct json *parts);
/* What nothing fits. */
struct json *condition_nothing(struct arena *mem);
/* The rules with the JSON schemas of their parameters: [{name, description, resourceType, paramsSchema}]. */
struct json *condition_rules_json(struct arena *mem);

#endif
