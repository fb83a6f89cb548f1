/* Health rules in tests of plugins: what a rule is handed, and whether what it gives back is good, as on a portal. */
#ifndef PLUGINS_HEALTH_FAKE_H
#define PLUGINS_HEALTH_FAKE_H

#include "plugins/plugin.h"
#include "plugins/sandbox.h"

/*
 * Adds to a state, for lua/testing: callboard.rules.turns(q), [{rule, object, around}] for each rule and object that it looks
 * at, by their numbers; and callboard.rules.take(q, rule, object, said), the findings in what a rule gave back, which raises
 * what is wrong. q: {cluster, objects, events, entity?, now (ms)} as rule.h has it.
 */
void health_fakes(struct sandbox *s, const struct plugin *p);

#endif
