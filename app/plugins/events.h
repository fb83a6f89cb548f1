/* Events: what one tells, each that wants to know hears, once, by a job of its own. */
#ifndef PLUGINS_EVENTS_H
#define PLUGINS_EVENTS_H

#include "jobs/jobs.h"
#include "plugins/plugin.h"

enum { EVENT_TOPIC_MAX = 128, EVENT_DATA_MAX = 256 << 10, EVENTS_A_CALL = 100, EVENTS_WAITING = 10000 };

/* Does a plugin want to know what the portal tells? */
bool event_wanted(const char *topic);
/*
 * Tells all plugins that want to know, in the caller's transaction if there is one. from: the plugin that speaks, NULL for the
 * portal. data NULL: none. ERR_TOOLARGE; ERR_TOOMANY when EVENTS_WAITING wait for one of them. Costs nothing when nobody does.
 */
int event_publish(struct ctx *cx, const char *topic, const struct plugin *from, const struct json *data);
/* Job "plugin.event": one event for one plugin. */
int event_job(struct ctx *cx, struct job *job);
/* From now on the catalog tells "catalog.changed" and "catalog.error". */
void events_prepare(void);

#endif
