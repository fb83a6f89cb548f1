/* What is done once when the portal starts, however many hosts and workers start together. */
#include "server/start.h"

#include <stdio.h>

#include "base/log.h"
#include "base/str.h"
#include "ext/db.h"
#include "jobs/jobs.h"

int start_schema(struct ctx *cx)
{
	const char *sql = json_get_text(json_get(cx->conf, "server"), "sql", "sql");
	unsigned applied = 0;
	char n[16];
	int rc = db_migrate(cx, arena_printf(cx->mem, "%s/schema", sql), &applied);

	if (rc < 0)
		return rc;
	if (applied) {
		snprintf(n, sizeof(n), "%u", applied);
		log_info("schema brought up to date", "migrations", n, NULL);
	}
	return job_return_lost(cx);
}

int start_database(struct ctx *cx)
{
	static const struct job_add first[] = {
		{ .queue = "catalog.config", .key = "all", .priority = JOB_URGENT },
		{ .queue = "catalog.sweep", .key = "all", .delay_ms = 30000, .priority = JOB_NORMAL },
		{ .queue = "audit.sweep", .key = "all", .delay_ms = 60000, .priority = JOB_IDLE },
		{ .queue = "identity.sweep", .key = "all", .delay_ms = 60000, .priority = JOB_IDLE },
		{ .queue = "docs.sweep", .key = "all", .delay_ms = 60000, .priority = JOB_IDLE },
		{ .queue = "docs.round", .key = "all", .delay_ms = 90000, .priority = JOB_IDLE },
		{ .queue = "plugin.config", .key = "all", .priority = JOB_URGENT },
		{ .queue = "scaffolder.sweep", .key = "all", .delay_ms = 60000, .priority = JOB_IDLE },
		{ .queue = "plugin.sweep", .key = "all", .delay_ms = 60000, .priority = JOB_IDLE },
	};
	int rc = start_schema(cx);

	return rc < 0 ? rc : job_add_many(cx, first, LEN(first));
}
