/* Health rules of plugins: what they find in the objects of a cluster. */
#ifndef PLUGINS_HEALTH_H
#define PLUGINS_HEALTH_H

#include "base/ctx.h"
#include "base/json.h"

/* Plugins that are on and have rules: [{plugin, title, kinds, with}], with all kinds that their rules look at, and want to see.
 */
struct json *health_sources(struct arena *mem);
/*
 * Runs all rules of one plugin. question: {plugin, cluster: {name, title?}, selector, private?, objects, events} (rule.h).
 * private: what is there was got with the token of a user, and no state that others use sees it.
 *
 * *answer: {findings, failed?, stopped?}: failed says what went wrong where something did; findings are then those that were
 * found all the same. stopped: they went over a limit. What a rule raises or gives back wrongly is shown on the plugin's page,
 * and only going over a limit switches it off. ERR_UNAVAILABLE when the plugin is off; errors of the catalog.
 */
int health_judge(struct ctx *cx, const struct json *question, struct json **answer);

#endif
