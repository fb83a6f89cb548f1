/* Which function does the jobs of which queue. */
#include "server/job_table.h"

#include "base/str.h"
#include "catalog/source.h"
#include "catalog/stitch.h"

const struct job_handler job_handlers[] = {
	{ .queue = "catalog.source", .run = source_job },
	{ .queue = "catalog.stitch", .run = stitch_job },
	{ .queue = "catalog.config", .run = config_job },
	{ .queue = "catalog.sweep", .run = sweep_job },
};
const size_t n_job_handlers = LEN(job_handlers);
