/* Claiming jobs, running them, and what becomes of them. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "ext/db.h"
#include "jobs/jobs.h"
#include "jobs/owner.h"
#include "sql/job.h"

enum { LEASE_MS = 60000, FIRST_RETRY_MS = 1000, LAST_RETRY_MS = 300000, ROUNDS = 16, FINISH_TRIES = 3 };

static struct job *running;
static void (*alive)(void);

struct lease {
	uint64_t number, ms;
	uint64_t renewed_us;
	unsigned max_attempts;
};

struct claim {
	const struct job_handler *handlers;
	size_t n;
	struct q_job_due_out due;
	const struct job_handler *handler; /* whose job it is */
	struct job job;
	struct lease lease;
	const char *gave_up; /* key of a job whose workers die */
};

/* Each queue at each priority from least up, as job_due wants them. */
static const char *places_of(struct arena *mem, const struct job_handler *handlers, size_t n, enum job_priority least)
{
	static const enum job_priority levels[] = { JOB_URGENT, JOB_NORMAL, JOB_IDLE };
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < n * LEN(levels); i++) {
		if (levels[i % LEN(levels)] < least)
			continue;
		buf_adds(&b, b.n ? ",{\"q\":" : "[{\"q\":");
		json_write_text(&b, str_of(handlers[i / LEN(levels)].queue));
		buf_addf(&b, ",\"p\":%d}", (int)levels[i % LEN(levels)]);
	}
	buf_adds(&b, b.n ? "]" : "[]");
	return buf_text(&b);
}

int job_is_due(struct ctx *cx, const char *queue, enum job_priority least)
{
	const struct job_handler one = { .queue = queue };
	struct q_job_due_out due;

	return q_job_due_one(cx, &(struct q_job_due_in){ .places = places_of(cx->mem, &one, 1, least) }, &due);
}

static const struct job_handler *handler_of(const struct claim *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (streq(c->handlers[i].queue, c->due.queue))
			return &c->handlers[i];
	return NULL;
}

/* A row whose workers died as often as it may be tried, or that was cancelled while the last one died. 0: not taken. */
static int bury(struct ctx *cx, struct claim *c, const struct q_job_lock_out *row)
{
	if (row->cancelled)
		return q_job_end_cancelled_exec(cx, &(struct q_job_end_cancelled_in){ row->id, row->lease });
	c->gave_up = row->key;
	const char *why = arena_printf(cx->mem, "given up: the worker ended in each of %u attempts%s%s", (unsigned)row->attempt,
				       *row->last_error ? "; before that: " : "", row->last_error);

	return q_job_give_up_exec(cx, &(struct q_job_give_up_in){ .error = why, .id = row->id, .lease = row->lease });
}

/* 1: claimed; 0: somebody else was faster. */
static int claim_row(struct ctx *cx, void *arg)
{
	struct claim *c = arg;
	struct q_job_lock_out row;
	uint64_t lease_ms = c->handler->lease_ms ? c->handler->lease_ms : LEASE_MS;
	int rc;

	c->gave_up = NULL;
	rc = q_job_lock_one(cx, &(struct q_job_lock_in){ .queue = c->due.queue, .priority = c->due.priority }, &row);
	if (rc < 1)
		return rc;
	if (row.cancelled || row.attempt >= row.max_attempts)
		return bury(cx, c, &row);
	rc = q_job_claim_exec(cx, &(struct q_job_claim_in){ .lease_ms = lease_ms, .owner = job_owner(cx->mem), .id = row.id });
	if (rc < 0)
		return rc;
	c->lease = (struct lease){ row.lease + 1, lease_ms, clock_mono_us(), (unsigned)row.max_attempts };
	c->job = (struct job){
		.id = row.id,
		.queue = c->handler->queue,
		.key = row.key,
		.payload = row.payload,
		.attempt = (unsigned)row.attempt + 1,
		.again_ms = -1,
		.priority = c->due.priority > JOB_NORMAL ? JOB_NORMAL : (enum job_priority)c->due.priority,
		.lease_ = &c->lease,
	};
	return 1;
}

/* 1: *c holds a job; 0: nothing is due. */
static int claim_job(struct ctx *cx, struct claim *c)
{
	struct q_job_due_in in = { .places = places_of(cx->mem, c->handlers, c->n, JOB_IDLE) };
	int rc = 1;

	for (unsigned i = 0; i < ROUNDS; i++) {
		rc = q_job_due_one(cx, &in, &c->due);
		if (rc < 1)
			return rc;
		c->handler = handler_of(c);
		if (!c->handler)
			return fail(cx, ERR_INTERNAL, "no handler for the queue '%s'", c->due.queue);
		rc = db_transaction(cx, claim_row, c);
		if (rc == 0 && c->gave_up)
			log_error("job given up", "queue", c->due.queue, "key", c->gave_up, "error", "its workers die", NULL);
		if (rc != 0 && rc != ERR_DEADLOCK)
			return rc;
	}
	return 0;
}

/* 1 s, 2 s, 4 s, … 5 minutes, each a fifth more or less, so that what failed together is not tried together. */
static int64_t retry_delay(const struct job *j)
{
	unsigned doublings = j->attempt > 1 ? j->attempt - 1 : 0;
	int64_t ms = doublings > 16 ? LAST_RETRY_MS : (int64_t)FIRST_RETRY_MS << doublings;
	uint64_t mix = (clock_mono_us() ^ ((uint64_t)getpid() << 24) ^ j->id) * 0x9e3779b97f4a7c15u;

	if (ms > LAST_RETRY_MS)
		ms = LAST_RETRY_MS;
	return ms - ms / 5 + (int64_t)((mix >> 33) % (uint64_t)(ms * 2 / 5));
}

static int finish_well(struct ctx *cx, const struct job *j, const struct lease *l)
{
	struct q_job_rerun_in again = {
		.delay_ms = j->again_ms,
		.has_delay_ms = j->again_ms >= 0,
		.priority = j->priority,
		.id = j->id,
		.lease = l->number,
	};
	int rc = 0;

	if (j->again_ms < 0) {
		rc = q_job_done_exec(cx, &(struct q_job_done_in){ .id = j->id, .lease = l->number });
		if (rc < 0 || db_affected(cx) > 0)
			return rc;
	}
	return q_job_rerun_exec(cx, &again);
}

static int finish_badly(struct ctx *cx, const struct job *j, const struct lease *l, const char *error)
{
	if (j->attempt < l->max_attempts)
		return q_job_retry_exec(cx,
					&(struct q_job_retry_in){
						.delay_ms = retry_delay(j), .error = error, .id = j->id, .lease = l->number });
	const char *why = arena_printf(cx->mem, "given up after %u attempts: %s", j->attempt, error);

	return q_job_give_up_exec(cx, &(struct q_job_give_up_in){ .error = why, .id = j->id, .lease = l->number });
}

/* Writes what became of the job. error NULL: it went well. Each statement does nothing when the lease was lost. */
static int finish(struct ctx *cx, const struct job *j, const struct lease *l, const char *error)
{
	int rc = ERR_DEADLOCK;

	for (unsigned i = 0; i < FINISH_TRIES && (rc == ERR_DEADLOCK || rc == ERR_UNAVAILABLE); i++)
		rc = error ? finish_badly(cx, j, l, error) : finish_well(cx, j, l);
	if (rc == 0 && db_affected(cx) == 0)
		rc = q_job_end_cancelled_exec(cx, &(struct q_job_end_cancelled_in){ .id = j->id, .lease = l->number });
	if (rc == 0 && db_affected(cx) == 0)
		log_warn("lease lost: the job took too long and another worker has it", "queue", j->queue, "key", j->key, NULL);
	return rc;
}

static void log_failure(const struct job *j, const struct lease *l, const char *error)
{
	char attempt[16];

	snprintf(attempt, sizeof(attempt), "%u", j->attempt);
	if (j->attempt < l->max_attempts)
		log_warn("job failed", "queue", j->queue, "key", j->key, "attempt", attempt, "error", error, NULL);
	else
		log_error("job given up", "queue", j->queue, "key", j->key, "attempt", attempt, "error", error, NULL);
}

int job_run_one(struct ctx *cx, const struct job_handler *handlers, size_t n)
{
	ARENA mem = { 0 };
	struct ctx run = *cx;
	struct claim c = { .handlers = handlers, .n = n };
	const char *error = NULL;
	int rc;

	run.mem = &mem;
	run.err = (struct err){ 0 };
	rc = claim_job(&run, &c);
	if (rc == 1) {
		run.request_id = arena_printf(&mem, "job-%llu-%u", (unsigned long long)c.job.id, c.job.attempt);
		log_request_id(run.request_id);
		running = &c.job;
		rc = c.handler->run(&run, &c.job);
		running = NULL;
		if (rc < 0) {
			error = run.err.code ? arena_strdup(&mem, run.err.text) : err_name(rc);
			log_failure(&c.job, &c.lease, error);
		}
		rc = finish(&run, &c.job, &c.lease, error);
		log_request_id(cx->request_id);
		rc = rc < 0 ? rc : 1;
	}
	if (rc < 0)
		cx->err = run.err;
	return rc;
}

void job_again(struct job *j, int64_t delay_ms)
{
	j->again_ms = delay_ms > 0 ? delay_ms : 0;
}

int job_renew(struct ctx *cx, struct job *j)
{
	struct lease *l = j->lease_;
	uint64_t now = clock_mono_us();
	int rc;

	if (now - l->renewed_us < l->ms * 1000 / 4)
		return 0;
	rc = q_job_renew_exec(cx, &(struct q_job_renew_in){ .lease_ms = l->ms, .id = j->id, .lease = l->number });
	if (rc == 0 && db_affected(cx) == 0)
		rc = fail(cx, ERR_CONFLICT, "the lease of %s '%s' was lost", j->queue, j->key);
	if (rc == 0)
		l->renewed_us = now;
	return rc;
}

void job_set_alive(void (*fn)(void))
{
	alive = fn;
}

int job_alive(struct ctx *cx)
{
	if (!running)
		return 0;
	if (alive)
		alive();
	return job_renew(cx, running);
}
