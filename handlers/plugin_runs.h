/* What plugins do without a request, for their page. */
#ifndef HANDLERS_PLUGIN_RUNS_H
#define HANDLERS_PLUGIN_RUNS_H

#include "plugins/plugin.h"

/*
 * [{id, kind, shown, known, began_at, took_ms, runs, failures, error, summary, next_at, running}], as plugin_schedule_state()
 * has them; not known: no job worker has seen it yet, and there is no more than the first four.
 */
int plugin_runs(struct ctx *cx, const struct plugin *p, struct json **out);

#endif
