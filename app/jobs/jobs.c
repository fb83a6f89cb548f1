/* Adding jobs, taking them back, and counting them. */
#include "jobs/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "ext/db.h"
#include "sql/job.h"

enum { MAX_ATTEMPTS = 8 };

static void (*wake)(void);

void job_set_wake(void (*fn)(void))
{
	wake = fn;
}

void job_wake(void)
{
	if (wake)
		wake();
}

/* Claims look for these three only. */
static int64_t level_of(int priority)
{
	if (priority >= JOB_URGENT)
		return JOB_URGENT;
	return priority >= JOB_NORMAL ? JOB_NORMAL : JOB_IDLE;
}

static struct q_job_add_in row_of(const struct job_add *j)
{
	return (struct q_job_add_in){
		.queue = j->queue,
		.key = j->key,
		.payload = str_of(j->payload),
		.priority = level_of((int)j->priority),
		.max_attempts = j->max_attempts ? j->max_attempts : MAX_ATTEMPTS,
		.delay_ms = j->delay_ms > 0 ? j->delay_ms : 0,
	};
}

struct rows {
	struct q_job_add_in *items;
	size_t n;
};

static int add_rows(struct ctx *cx, void *arg)
{
	const struct rows *rows = arg;

	return q_job_add_many(cx, rows->items, rows->n);
}

/* Two processes that lock the same rows do so in the same order. */
static int by_key(const void *a, const void *b)
{
	const struct q_job_add_in *x = a, *y = b;
	int rc = strcmp(x->queue, y->queue);

	return rc ? rc : strcmp(x->key, y->key);
}

int job_add_many(struct ctx *cx, const struct job_add *j, size_t n)
{
	struct rows rows = { .items = arena_array(cx->mem, struct q_job_add_in, n), .n = n };
	bool due = false;
	int rc;

	for (size_t i = 0; i < n; i++) {
		rows.items[i] = row_of(&j[i]);
		due |= j[i].delay_ms <= 0;
	}
	if (n > 1)
		qsort(rows.items, n, sizeof(*rows.items), by_key);
	rc = add_rows(cx, &rows);
	/* Alone it was no transaction that would have been tried again. */
	if (rc == ERR_DEADLOCK)
		rc = db_transaction(cx, add_rows, &rows);
	if (rc == 0 && due)
		db_after_commit(cx, job_wake);
	return rc;
}

int job_add(struct ctx *cx, const struct job_add *j)
{
	return job_add_many(cx, j, 1);
}

static int cancel(struct ctx *cx, void *arg)
{
	const struct q_job_cancel_waiting_in *in = arg;
	int rc = q_job_cancel_waiting_exec(cx, in);

	if (rc == 0 && db_affected(cx) == 0)
		rc = q_job_cancel_running_exec(cx, &(struct q_job_cancel_running_in){ .queue = in->queue, .key = in->key });
	return rc;
}

int job_cancel(struct ctx *cx, const char *queue, const char *key)
{
	return db_transaction(cx, cancel, &(struct q_job_cancel_waiting_in){ .queue = queue, .key = key });
}

int job_there(struct ctx *cx, const char *queue, const char *key)
{
	struct q_job_get_out row;

	return q_job_get_one(cx, &(struct q_job_get_in){ .queue = queue, .key = key }, &row);
}

int job_run_now(struct ctx *cx, const char *queue, const char *key)
{
	struct q_job_get_out row;
	int rc = q_job_get_one(cx, &(struct q_job_get_in){ .queue = queue, .key = key }, &row);

	if (rc == 0)
		return fail(cx, ERR_NOTFOUND, "There is no job %.200s of queue %.64s; it may be done", key, queue);
	if (rc > 0)
		rc = q_job_run_now_exec(
			cx, &(struct q_job_run_now_in){ .again_priority = JOB_URGENT, .priority = JOB_URGENT, .id = row.id });
	if (rc == 0)
		db_after_commit(cx, job_wake);
	return rc;
}

struct stat_list {
	struct job_stat *items;
	size_t n, cap;
};

int job_stats(struct ctx *cx, struct job_stat **out, size_t *n)
{
	DB_ROWS rows = { 0 };
	struct q_job_stats_out row;
	struct stat_list list = { 0 };
	int rc = q_job_stats_open(cx, &rows);

	while (rc >= 0 && (rc = q_job_stats_next(&rows, &row)) == 1)
		*list_add(cx->mem, &list) = (struct job_stat){ row.queue, row.state, row.count, row.oldest_ms };
	if (rc < 0)
		return rc;
	*out = list.items;
	*n = list.n;
	return 0;
}

struct row_list {
	struct job_row *items;
	size_t n, cap;
};

static int list_all(struct ctx *cx, uint64_t limit, uint64_t offset, struct row_list *out)
{
	DB_ROWS rows = { 0 };
	struct q_job_list_out r;
	int rc = q_job_list_open(cx, &(struct q_job_list_in){ .limit = limit, .offset = offset }, &rows);

	while (rc >= 0 && (rc = q_job_list_next(&rows, &r)) == 1)
		*list_add(cx->mem, out) = (struct job_row){ r.queue,        r.key,    r.state,      r.attempt,
							    r.max_attempts, r.run_at, r.created_at, r.last_error };
	return rc;
}

static int list_of(struct ctx *cx, const char *queue, uint64_t limit, uint64_t offset, struct row_list *out)
{
	DB_ROWS rows = { 0 };
	struct q_job_list_of_out r;
	int rc = q_job_list_of_open(cx, &(struct q_job_list_of_in){ .queue = queue, .limit = limit, .offset = offset }, &rows);

	while (rc >= 0 && (rc = q_job_list_of_next(&rows, &r)) == 1)
		*list_add(cx->mem, out) = (struct job_row){ r.queue,        r.key,    r.state,      r.attempt,
							    r.max_attempts, r.run_at, r.created_at, r.last_error };
	return rc;
}

int job_list(struct ctx *cx, const char *queue, uint64_t limit, uint64_t offset, struct job_row **out, size_t *n)
{
	struct row_list list = { 0 };
	int rc = queue ? list_of(cx, queue, limit, offset, &list) : list_all(cx, limit, offset, &list);

	*out = list.items;
	*n = list.n;
	return rc;
}
