/* Tables of plugins' own: the connection on which they are reached, and how they come to be. */
#ifndef PLUGINS_MIGRATE_H
#define PLUGINS_MIGRATE_H

#include "plugins/plugin.h"

/*
 * cx for statements of plugins: on a connection of this process with no database chosen, so that nothing is reached that is not
 * named in full. A transaction of cx is none of its.
 */
struct ctx plugin_sql_ctx(const struct ctx *cx);
/*
 * Applies the migrations of the manifest that were not applied yet, in order, each once, one host at a time: in job
 * "plugin.config". ERR_INPUT when one is wrong, or was changed after it was applied.
 */
int plugin_migrate(struct ctx *cx, const struct plugin *p);
/* Were they all? ERR_UNAVAILABLE when not. Costs nothing after the first time in a process. */
int plugin_migrated(struct ctx *cx, const struct plugin *p);

#endif
