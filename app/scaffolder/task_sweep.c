/* Tasks that nobody looks after any more, and the settings of all. */
#include "base/duration.h"
#include "base/log.h"
#include "scaffolder/task_news.h"
#include "scaffolder/task_private.h"
#include "sql/scaffolder.h"

enum {
	LEASE_MS = 30000,
	LEAST_LEASE_MS = 2000,
	TIMEOUT_MS = 24 * 3600000,
	SWEEP_MS = 300000,
	AT_ONCE = 10,
	AT_ONCE_MOST = 100
};

/* ---- settings ---- */

static const struct json *setting(const struct ctx *cx, const char *key)
{
	return json_path(cx->conf, "scaffolder", key, NULL);
}

static int duration(struct ctx *cx, const struct json *v, const char *name, int64_t least, int64_t dflt, int64_t *out)
{
	int rc = 0;

	*out = dflt;
	if (v)
		rc = config_duration_ms(cx, v, out);
	if (rc == 0 && *out < least)
		rc = fail(cx, ERR_INPUT, "at least %lld ms", (long long)least);
	return rc < 0 ? fail_in(cx, rc, "configuration: scaffolder.%s", name) : 0;
}

int task_timeout_ms(struct ctx *cx, int64_t *out)
{
	return duration(cx, setting(cx, "taskTimeout"), "taskTimeout", 1000, TIMEOUT_MS, out);
}

int task_lease_ms(struct ctx *cx, unsigned *out)
{
	const struct json *v = json_get(setting(cx, "taskRecovery"), "staleTimeout");
	int64_t ms;
	int rc = duration(cx, v ? v : setting(cx, "EXPERIMENTAL_recoverTasksTimeout"), "taskRecovery.staleTimeout",
			  LEAST_LEASE_MS, LEASE_MS, &ms);

	*out = rc == 0 && ms < TIMEOUT_MS ? (unsigned)ms : TIMEOUT_MS;
	return rc;
}

int task_limit(struct ctx *cx, unsigned *out)
{
	const struct json *v = setting(cx, "concurrentTasksLimit");

	*out = AT_ONCE;
	if (!v)
		return 0;
	if (!json_is(v, JSON_NUMBER) || !(v->num >= 0 && v->num <= AT_ONCE_MOST) || v->num != (unsigned)v->num)
		return fail(cx, ERR_INPUT, "configuration: scaffolder.concurrentTasksLimit must be a whole number from 0 to %d",
			    AT_ONCE_MOST);
	*out = (unsigned)v->num;
	return 0;
}

static int sweep_ms(struct ctx *cx, int64_t *out)
{
	return duration(cx, setting(cx, "taskTimeoutJanitorFrequency"), "taskTimeoutJanitorFrequency", 1000, SWEEP_MS, out);
}

int task_prepare(struct ctx *cx)
{
	unsigned n;
	int64_t ms;
	int rc = task_timeout_ms(cx, &ms);

	if (rc == 0)
		rc = sweep_ms(cx, &ms);
	if (rc == 0)
		rc = task_lease_ms(cx, &n);
	if (rc == 0)
		rc = task_workspace_prepare(cx);
	return rc == 0 ? task_limit(cx, &n) : rc;
}

/* ---- the sweep ---- */

struct id_list {
	const char **items;
	size_t n, cap;
};

static int find_silent(struct ctx *cx, int64_t ms, struct id_list *out)
{
	struct q_task_silent_out row;
	DB_ROWS rows = { 0 };
	int rc = q_task_silent_open(cx, &(struct q_task_silent_in){ ms }, &rows);

	while (rc >= 0 && (rc = q_task_silent_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = row.id;
	return rc;
}

static int find_stray(struct ctx *cx, struct id_list *out)
{
	struct q_task_stray_out row;
	DB_ROWS rows = { 0 };
	int rc = q_task_stray_open(cx, &rows);

	while (rc >= 0 && (rc = q_task_stray_next(&rows, &row)) == 1)
		*list_add(cx->mem, out) = row.id;
	return rc;
}

/* Whoever may still run it has lost it by this. */
static int end_silent(struct ctx *cx, void *arg)
{
	const struct q_task_abandon_in *silent = arg;
	const struct json *why = task_error(cx->mem, ERR_TIMEOUT, "Nothing was heard of the task for scaffolder.taskTimeout");
	int rc = q_task_abandon_exec(cx, silent);

	if (rc < 0 || !db_affected(cx))
		return rc;
	rc = task_workspace_wipe(cx, silent->id);
	if (rc < 0)
		return rc;
	log_warn("a task is given up: nothing was heard of it", "task", silent->id, NULL);
	return task_tell(cx, silent->id, "completion", task_completion(cx->mem, "failed", NULL, why));
}

static int sweep(struct ctx *cx)
{
	struct id_list silent = { 0 }, stray = { 0 };
	int64_t ms;
	int rc = task_timeout_ms(cx, &ms);

	if (rc == 0)
		rc = find_silent(cx, ms, &silent);
	for (size_t i = 0; rc >= 0 && i < silent.n; i++) {
		rc = db_transaction(cx, end_silent, &(struct q_task_abandon_in){ silent.items[i], ms });
		task_ring(silent.items[i]);
	}
	if (rc >= 0)
		rc = find_stray(cx, &stray);
	for (size_t i = 0; rc >= 0 && i < stray.n; i++)
		rc = task_enqueue(cx, stray.items[i]);
	return rc < 0 ? rc : task_workspace_sweep(cx);
}

int task_sweep_job(struct ctx *cx, struct job *job)
{
	int64_t ms;
	int rc = sweep_ms(cx, &ms);

	if (rc == 0)
		rc = sweep(cx);
	job_again(job, ms);
	return rc < 0 ? rc : 0;
}
