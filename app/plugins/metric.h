/* What plugins count: for /metrics. In memory that all workers share; begins anew with a start or a reload. */
#ifndef PLUGINS_METRIC_H
#define PLUGINS_METRIC_H

#include "plugins/plugin.h"

enum { METRICS_EACH = 32, METRIC_NAME = 64 };

/* Before the workers are made. Without memory for it nothing is counted. */
void plugin_metrics_prepare(void);
/* Adds to a counter, or sets a gauge; name: [a-z][a-z0-9_]*. ERR_INPUT for another, ERR_TOOLARGE beyond METRICS_EACH of a
 * plugin. */
int plugin_metric_count(struct ctx *cx, const struct plugin *p, const char *name, double add);
int plugin_metric_set(struct ctx *cx, const struct plugin *p, const char *name, double value);

struct plugin_metric {
	const char *name; /* lives as long as the process */
	bool gauge;
	double value;
};
/* The i-th of a plugin; false when there is none. Two workers may have taken two of one name: they belong together. */
bool plugin_metric(const struct plugin *p, unsigned i, struct plugin_metric *out);

#endif
