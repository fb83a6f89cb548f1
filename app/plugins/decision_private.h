/* What the files of decisions in Lua share. */
#ifndef PLUGINS_DECISION_PRIVATE_H
#define PLUGINS_DECISION_PRIVATE_H

#include "plugins/plugin.h"

/* permission.policy; NULL: there is none. */
const char *decision_policy(const struct ctx *cx);
/* The plugin of "PLUGIN.NAME", and NAME; NULL: none is installed. */
const struct plugin *decision_plugin(struct arena *mem, const char *name, const char **rest);
/* What it contributes under that id, on or off; NULL when it does not. */
const struct contribution *decision_find(const struct plugin *p, enum contribution_kind kind, const char *id);

#endif
