/* What happens in a task, written as it happens: each line once, however often a worker dies. */
#include "base/clock.h"
#include "scaffolder/task_news.h"
#include "scaffolder/task_private.h"
#include "sql/scaffolder.h"

enum { WAIT_US = 100000, WAITING_MOST = 200, LOG_MOST = 32 << 20 };

int task_log_begin(struct ctx *cx, struct task_log *log, uint64_t done)
{
	struct q_task_log_size_out size = { 0 };
	struct q_task_events_out row;
	DB_ROWS rows = { 0 };
	int rc = q_task_log_size_one(cx, &(struct q_task_log_size_in){ log->id }, &size);

	log->bytes = size.bytes;
	if (rc >= 0)
		rc = q_task_events_open(cx, &(struct q_task_events_in){ log->id, done, INT64_MAX }, &rows);
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
	if (log->waiting.n)
		task_ring(log->id);
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

/* The last line of a log that is full, in place of the one that is too much. */
static const char *full_text(struct task_log *log, const struct json *body)
{
	struct json *v = json_object(&log->mem);

	json_set(&log->mem, v, "message",
		 json_fmt(&log->mem, "The log of this task has more than %d MiB: further lines are not kept.", LOG_MOST >> 20));
	json_set(&log->mem, v, "stepId", json_copy(&log->mem, json_get(body, "stepId")));
	return task_written(&log->mem, v);
}

int task_log_add(struct ctx *cx, struct task_log *log, const char *type, const struct json *body)
{
	const char *text = task_written(&log->mem, body);
	bool step = json_get(body, "status") || !json_get(body, "stepId") || !streq(type, "log");
	size_t n = strlen(text);

	if (streq(type, "log") && is_said(log, text))
		return 0;
	if (!step && log->bytes + n > LOG_MOST) {
		if (log->full)
			return 0;
		log->full = true;
		text = full_text(log, body);
	}
	log->bytes += n;
	*list_add(&log->mem, &log->waiting) = (struct task_line){ type, text, clock_wall_ms() };
	if (!step && log->waiting.n < WAITING_MOST && !task_log_stale(log))
		return 0;
	return task_log_flush(cx, log);
}
