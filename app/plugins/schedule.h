/* What plugins do without a request: schedules, providers and collators, each a job that comes back, once in the portal. */
#ifndef PLUGINS_SCHEDULE_H
#define PLUGINS_SCHEDULE_H

#include "jobs/jobs.h"
#include "plugins/plugin.h"

enum { SCHEDULE_LIMIT_MS = 660000 }; /* a little more than a long call may take: nobody else takes the job meanwhile */

/*
 * Job "plugin.config", at the start, after a reload and every hour: applies migrations, and brings the jobs in line with what
 * the plugins of this host want. What is new is added, what is there keeps its time, what is off is cancelled. What nobody
 * brings any more for a day goes, with a provider's entities; until then another host may have it, or somebody may bring it
 * back.
 */
int schedule_config_job(struct ctx *cx, struct job *job);
/* Jobs "plugin.schedule", "plugin.provider" and "plugin.search", key "PLUGIN/ID". What fails is noted, and tried next time. */
int schedule_job(struct ctx *cx, struct job *job);
int schedule_provider_job(struct ctx *cx, struct job *job);
int schedule_search_job(struct ctx *cx, struct job *job);

/* The schedule, provider or collator of that id; NULL when there is none. */
const struct contribution *schedule_by_id(const struct plugin *p, enum contribution_kind kind, const char *id);
/* Has it run as soon as a worker is free. ERR_UNAVAILABLE when its plugin is off. */
int plugin_schedule_run(struct ctx *cx, const struct contribution *c);
/*
 * How those of a plugin fare, as {"schedule/ID": {began_at, took_ms, runs, failures, error, summary, next_at, running}, ...};
 * times in ms since 1970, 0: never.
 */
int plugin_schedule_state(struct ctx *cx, const struct plugin *p, struct json **out);

#endif
