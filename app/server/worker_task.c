/* A worker of tasks: runs templates, one task at a time. A pool of its own, since a task may wait for minutes. */
#include <stdlib.h>
#include <unistd.h>

#include "base/counters.h"
#include "base/log.h"
#include "base/str.h"
#include "plugins/action.h"
#include "plugins/events.h"
#include "scaffolder/task_run.h"
#include "server/scoreboard.h"
#include "server/start.h"
#include "server/worker.h"

enum { POLL_MS = 100 };

static unsigned pool_size;

static int told(struct ctx *cx, const struct json *data)
{
	return event_publish(cx, "scaffolder.task", NULL, data);
}

static void count(const char *status, uint64_t us, enum counter completed, enum counter failed, enum counter other,
		  enum counter ms)
{
	counter_add(streq(status, "completed") ? completed : streq(status, "failed") ? failed : other, 1);
	counter_add(ms, us / 1000);
}

static void stepped(const char *status, uint64_t us)
{
	count(status, us, COUNTER_STEPS_COMPLETED, COUNTER_STEPS_FAILED, COUNTER_STEPS_SKIPPED, COUNTER_STEPS_MS);
}

static void ended(const char *status, uint64_t us)
{
	count(status, us, COUNTER_TASKS_COMPLETED, COUNTER_TASKS_FAILED, COUNTER_TASKS_CANCELLED, COUNTER_TASKS_MS);
}

static int run(struct ctx *cx, struct job *job)
{
	const struct task_runner runner = { .host = action_lua_host(),
					    .leaving = worker_ending,
					    .alive = slot_renew,
					    .told = told,
					    .stepped = stepped,
					    .ended = ended };

	return task_run(cx, &runner, job);
}

static int start(struct ctx *cx)
{
	int rc = start_schema(cx);

	if (rc >= 0)
		task_tidy(cx);
	return rc;
}

/* Tasks of this host wake all workers. For those of others each looks now and then, not all at the same time. */
static unsigned poll_ms(void)
{
	return POLL_MS * pool_size / 2 + (unsigned)random() % (POLL_MS * pool_size);
}

void worker_run_tasks(struct worker *w)
{
	struct job_handler handler = { .queue = TASK_QUEUE, .run = run, .run_limit_ms = TASK_ACTION_MS };

	srandom((unsigned)getpid());
	pool_size = w->set->workers[POOL_TASK] ? w->set->workers[POOL_TASK] : 1;
	if (task_lease_ms(w->cx, &handler.lease_ms) < 0)
		abort(); /* it was read before the start */
	worker_run_queue(w, &(struct worker_queue){ &handler, 1, start, poll_ms });
}
