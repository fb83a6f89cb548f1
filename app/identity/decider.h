/* What is decided in Lua, by a policy or a plugin: questions to the workers that run it, and what is made of their answers. */
#ifndef IDENTITY_DECIDER_H
#define IDENTITY_DECIDER_H

#include "base/ctx.h"
#include "base/json.h"
#include "identity/policy.h"

/*
 * A question is one of
 *	{policy: {permission}, user}		-> null, or {result, conditions?}, made of built-in rules
 *	{condition, user}			-> the condition made of built-in rules; null: a plugin whose rule it has is not
 *on {resolver: "PLUGIN.NAME", profile}	-> null, or what it gave back, a text and user is {ref, kind, ownership}. ERR_*: there
 *is no answer, and cx->err says why in words for admins. The answer lives in cx->mem.
 */
typedef int decider_fn(struct ctx *cx, const struct json *question, struct json **answer);

/* How this process asks; NULL: it cannot. */
void decider_set(decider_fn *fn);

/*
 * What the policy in Lua says of cx->who. 1: *out is it; 0: it says nothing; ERR_UNAVAILABLE when it cannot be asked.
 */
int decider_policy(struct ctx *cx, const struct permission *p, struct policy_decision *out);
/*
 * The rules of plugins in a condition replaced by what they stand for, for cx->who. 1; 0: a plugin is not on, so that nothing
 * is known of what fits; ERR_UNAVAILABLE.
 */
int decider_expand(struct ctx *cx, const struct json *condition, const struct json **out);
/* What a resolver of a plugin gave back: 1, 0 for nil, ERR_UNAVAILABLE. */
int decider_resolve(struct ctx *cx, const char *resolver, const struct json *profile, const char **out);

#endif
