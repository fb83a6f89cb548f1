/* Which function does the jobs of which queue. */
#include "server/job_table.h"

#include "base/str.h"
#include "catalog/source.h"
#include "catalog/stitch.h"
#include "docs/job.h"
#include "identity/audit.h"
#include "identity/session.h"
#include "plugins/events.h"
#include "plugins/keep.h"
#include "plugins/schedule.h"
#include "scaffolder/task_run.h"

const struct job_handler job_handlers[] = {
	{ .queue = "catalog.source", .run = source_job },
	{ .queue = "catalog.stitch", .run = stitch_job },
	{ .queue = "catalog.config", .run = config_job },
	{ .queue = "catalog.sweep", .run = sweep_job },
	{ .queue = "audit.sweep", .run = audit_job },
	{ .queue = "identity.sweep", .run = session_sweep_job },
	{ .queue = "docs.build", .run = docs_build_job, .lease_ms = DOCS_BUILD_LIMIT_MS, .run_limit_ms = DOCS_BUILD_LIMIT_MS },
	{ .queue = "docs.sweep", .run = docs_sweep_job },
	{ .queue = "docs.round", .run = docs_round_job },
	{ .queue = "scaffolder.sweep", .run = task_sweep_job },
	{ .queue = "plugin.config", .run = schedule_config_job },
	{ .queue = "plugin.sweep", .run = keep_sweep_job },
	{ .queue = "plugin.event", .run = event_job },
	{ .queue = "plugin.schedule", .run = schedule_job, .lease_ms = SCHEDULE_LIMIT_MS, .run_limit_ms = SCHEDULE_LIMIT_MS },
	{ .queue = "plugin.provider",
	  .run = schedule_provider_job,
	  .lease_ms = SCHEDULE_LIMIT_MS,
	  .run_limit_ms = SCHEDULE_LIMIT_MS },
	{ .queue = "plugin.search",
	  .run = schedule_search_job,
	  .lease_ms = SCHEDULE_LIMIT_MS,
	  .run_limit_ms = SCHEDULE_LIMIT_MS },
};
const size_t n_job_handlers = LEN(job_handlers);
