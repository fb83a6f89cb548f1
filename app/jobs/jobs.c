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
