/* Entity providers of plugins: what they bring, kept aside until it is whole. */
#ifndef PLUGINS_PROVIDER_H
#define PLUGINS_PROVIDER_H

#include "plugins/plugin.h"

/*
 * Runs one; its function is given a table with full, delta, begin, add and commit (docs/plugin-api.md). *summary: what it
 * brought about, for people, in cx->mem. As plugin_call().
 */
int provider_run(struct ctx *cx, const struct contribution *c, const char *what, const char **summary);
/* It is not there any more: its entities go, or become orphans. */
int provider_gone(struct ctx *cx, const char *plugin, const char *id);

#endif
