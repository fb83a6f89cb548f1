/* A job worker: runs what is due in the queue, one job at a time. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "plugins/processor.h"
#include "server/job_table.h"
#include "server/scoreboard.h"
#include "server/start.h"
#include "server/worker.h"

enum { POLL_MS = 100, RUN_LIMIT_MS = 600000, PAUSE_MS = 5000 };

/* What this process runs. */
static const struct job_handler *table;
static size_t n_table;

static const struct job_handler *handler_of(const char *queue)
{
	for (size_t i = 0; i < n_table; i++)
		if (streq(table[i].queue, queue))
			return &table[i];
	abort(); /* job_run_one() claims only what is in the table */
}

/* After a reload those of before take no more jobs: they would run them with the old configuration. */
static bool superseded(void)
{
	const struct slot *self = scoreboard_self();

	return self && self->generation != scoreboard()->generation;
}

static uint64_t limit_us; /* of the job that runs */

/* The master counts from now on again. */
static void begin_anew(void)
{
	slot_begin(SLOT_BUSY, limit_us);
}

/* Stands in for every handler, so that the master knows what runs and since when. */
static int run_watched(struct ctx *cx, struct job *job)
{
	const struct job_handler *h = handler_of(job->queue);
	const char *id = arena_printf(cx->mem, "job-%llu", (unsigned long long)job->id);
	unsigned limit = h->run_limit_ms ? h->run_limit_ms : RUN_LIMIT_MS;

	/* The reload came while it was claimed. */
	if (superseded()) {
		job_again(job, 0);
		return 0;
	}
	cx->request_id = id;
	log_request_id(id);
	slot_what("job", arena_printf(cx->mem, "%s %s", job->queue, job->key), id);
	limit_us = (uint64_t)limit * 1000;
	slot_begin(SLOT_BUSY, limit_us);
	int rc = h->run(cx, job);

	counter_add(rc < 0 ? COUNTER_JOBS_FAILED : COUNTER_JOBS_RUN, 1);
	if (scoreboard_self())
		scoreboard_self()->served++;
	return rc;
}

static struct job_handler *watched_handlers(struct arena *mem)
{
	struct job_handler *watched = arena_array(mem, struct job_handler, n_table + 1);

	for (size_t i = 0; i < n_table; i++) {
		watched[i] = table[i];
		watched[i].run = run_watched;
	}
	return watched;
}

/* Longer after each failure, so that a database that is away is not asked all the time; asked to end, it ends. */
static void pause_after_error(struct ctx *cx, unsigned failures)
{
	unsigned ms = failures < 6 ? 100U << failures : PAUSE_MS;

	if (failures == 1)
		log_warn("jobs cannot be run now, trying again", "why", cx->err.text, NULL);
	for (unsigned waited = 0; waited < ms && !worker_ending(); waited += POLL_MS)
		scoreboard_jobs_wait(POLL_MS);
}

/* One job, if there is one; before the first, and when the database was away, it is made ready for all of them. */
static int run_one(struct worker *w, const struct job_handler *handlers, int (*start)(struct ctx *cx), bool *started)
{
	int rc = *started ? 0 : start(w->cx);

	if (rc == 0)
		rc = job_run_one(w->cx, handlers, n_table);
	*started = rc >= 0;
	return rc;
}

void worker_run_queue(struct worker *w, const struct worker_queue *q)
{
	struct arena keep = { 0 };
	uint64_t left = w->set->max_requests ? w->set->max_requests : UINT64_MAX;
	unsigned failures = 0;
	bool started = false;

	table = q->handlers;
	n_table = q->n;
	const struct job_handler *handlers = watched_handlers(&keep);

	job_set_alive(begin_anew);
	slot_state(SLOT_IDLE);
	while (!worker_ending() && left > 0) {
		if (superseded()) {
			scoreboard_jobs_wait(POLL_MS);
			continue;
		}
		int rc = run_one(w, handlers, q->start, &started);

		if (rc < 0) {
			pause_after_error(w->cx, ++failures);
		} else if (failures) {
			log_info("jobs can be run again", NULL);
			failures = 0;
		}
		worker_round_done(w);
		if (rc > 0)
			left--;
		else if (rc == 0)
			scoreboard_jobs_wait(q->poll_ms());
	}
	arena_release(&keep);
}

static unsigned poll_ms(void)
{
	return POLL_MS;
}

void worker_run_jobs(struct worker *w)
{
	processors_prepare();
	worker_run_queue(w, &(struct worker_queue){ job_handlers, n_job_handlers, start_database, poll_ms });
}
