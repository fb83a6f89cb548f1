/* Decisions in Lua: the policy of the configuration, permission rules, sign-in resolvers. Questions are those of
 * identity/decider.h. */
#ifndef PLUGINS_DECISION_H
#define PLUGINS_DECISION_H

#include "base/ctx.h"
#include "base/json.h"
#include "base/list.h"

/* Does anybody decide in Lua here, so that there is something to ask? */
bool decision_wanted(struct ctx *cx);
/*
 * Names of the configuration that lead nowhere: a policy that is not there, or is off or broken, rules and resolvers that no
 * plugin has. ERR_INPUT. Warnings of what does less than it seems to, as that of a plugin that is off, are added; in cx->mem.
 */
int decision_check(struct ctx *cx, struct text_list *warnings);
/* Does the configuration name a policy, a rule or a resolver, so that decision_check() has to be called? */
bool decision_is_configured(struct ctx *cx);
/*
 * What is known without Lua. 1: *answer is all there is to say; 0: it has to be asked; ERR_UNAVAILABLE when it need not be
 * tried. For who asks.
 */
int decision_known(struct ctx *cx, const struct json *question, struct json **answer);
/*
 * Runs the plugin that decides, in this process: a decider_fn. What it gives back is checked; a plugin whose answer is none has
 * failed, which its page shows.
 */
int decision_answer(struct ctx *cx, const struct json *question, struct json **answer);
/* Both: for command-line programs, which have no workers. */
int decision_here(struct ctx *cx, const struct json *question, struct json **answer);
/* "policy", "rule", "resolver": what is asked for, and by which name. For messages. */
const char *decision_name(struct arena *mem, const struct json *question);

#endif
