/* What happens in a task, written as it happens: each line once, however often a worker dies. */
#include "base/clock.h"
#include "scaffolder/task_private.h"
#include "sql/scaffolder.h"

enum { WAIT_US = 100000, WAITING_MOST = 200 };

int task_log_begin(struct ctx *cx, struct task_log *log, uint64_t done)
{
	struct q_task_events_out row;
	DB_ROWS rows = { 0 };
	int rc = q_task_events_open(cx, &(struct q_task_events_in){ log->id, done, INT64_MAX }, &rows);

	while (rc >= 0 && (rc = q_task_events_next(&rows, &row)) == 1)
		if (streq(row.type, "log"))
			*list_add(cx->mem, &log->before) = row.body;
	return rc;
}

/* The same as before, in the same order. What differs from then on is new. */
static bool is_said(struct task_log *log, const char *body)
{
	if (log->at < log->before.n && streq(log->before.items[log->at], body)) {
		log->at++;
		return true;
	}
	log->at = log->before.n;
	return false;
}

int task_log_write(struct ctx *cx, const struct task_log *log)
{
	size_t n = log->waiting.n;
	struct q_task_event_add_in *rows = arena_array(cx->mem, struct q_task_event_add_in, n + 1);
	struct q_task_lock_out row;
	int rc = q_task_lock_one(cx, &(struct q_task_lock_in){ log->id }, &row);

	if (rc == 1 && n && row.run == log->run && row.run_event == log->written + n)
		return 1;
	if (rc < 0 || rc == 0 || row.run != log->run || row.run_event != log->written)
		return rc < 0 ? rc : fail(cx, ERR_CONFLICT, "another worker has the task %s", log->id);
	for (size_t i = 0; i < n; i++) {
		const struct task_line *l = &log->waiting.items[i];

		rows[i] = (struct q_task_event_add_in){ log->id, row.last_event + 1 + i, l->type, l->at, l->body };
	}
	rc = q_task_event_add_many(cx, rows, n);
	return rc == 0 && n ? q_task_run_number_exec(cx, &(struct q_task_run_number_in){ n, n, log->id }) : rc;
}

void task_log_written(struct task_log *log)
{
	log->written += log->waiting.n;
	log->waiting.items = NULL;
	log->waiting.n = log->waiting.cap = 0;
	arena_reset(&log->mem);
	log->flushed_us = clock_mono_us();
}

static int write_waiting(struct ctx *cx, void *arg)
{
	return task_log_write(cx, arg);
}

int task_log_flush(struct ctx *cx, struct task_log *log)
{
	int rc = log->waiting.n ? db_transaction(cx, write_waiting, log) : 0;

	if (rc >= 0)
		task_log_written(log);
	return rc < 0 ? rc : 0;
}

bool task_log_stale(const struct task_log *log)
{
	return clock_mono_us() - log->flushed_us >= WAIT_US;
}

int task_log_add(struct ctx *cx, struct task_log *log, const char *type, const struct json *body)
{
	const char *text = task_written(&log->mem, body);
	bool step = json_get(body, "status") || !streq(type, "log");

	if (streq(type, "log") && is_said(log, text))
		return 0;
	*list_add(&log->mem, &log->waiting) = (struct task_line){ type, text, clock_wall_ms() };
	if (!step && log->waiting.n < WAITING_MOST && !task_log_stale(log))
		return 0;
	return task_log_flush(cx, log);
}
