/* Running a task: claimed, kept at each step, taken up where it was when a worker died. */
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "ext/json.h"
#include "identity/actor.h"
#include "scaffolder/permit.h"
#include "scaffolder/task_private.h"
#include "sql/scaffolder.h"

enum {
	AGAIN_MS = 1000,
	AWAY_US = 20000000,
	AGAIN_NS = 200000000,
	DEATHS_MOST = 10,
	STATE_MOST = 8 << 20,
	MESSAGE_MOST = 256 << 10
};

/* ---- writing while the database may be away ---- */

int task_patiently(struct live *l, struct ctx *cx, int (*fn)(struct ctx *cx, void *arg), void *arg)
{
	uint64_t began = clock_mono_us();
	int rc;

	if (l->broken)
		return fail(cx, l->broken, "the task cannot be written down");
	while ((rc = db_transaction(cx, fn, arg)) == ERR_UNAVAILABLE && clock_mono_us() - began < AWAY_US)
		nanosleep(&(struct timespec){ .tv_nsec = AGAIN_NS }, NULL);
	if (rc == ERR_CONFLICT || rc == ERR_UNAVAILABLE)
		l->broken = rc;
	return rc;
}

static int write_log(struct ctx *cx, void *arg)
{
	struct live *l = arg;

	return task_log_write(cx, &l->log);
}

static int flush(struct live *l, struct ctx *cx)
{
	int rc = task_patiently(l, cx, write_log, l);

	if (rc >= 0)
		task_log_written(&l->log);
	return rc < 0 ? rc : 0;
}

static void add_line(struct live *l, struct ctx *cx, const char *type, const struct json *body)
{
	int rc = l->broken ? 0 : task_log_add(cx, &l->log, type, body);

	if (rc == ERR_UNAVAILABLE)
		rc = flush(l, cx);
	if (rc < 0 && !l->broken)
		l->broken = rc;
}

/* ---- what the run tells ---- */

static void count_step(struct live *l, const char *status)
{
	uint64_t now = clock_mono_us();

	if (streq(status, "processing"))
		l->step_us = now;
	else if (l->r->stepped)
		l->r->stepped(status, l->step_us ? now - l->step_us : 0);
}

static const char *shortened(struct arena *mem, const char *message)
{
	if (strnlen(message, MESSAGE_MOST + 1) <= MESSAGE_MOST)
		return message;
	return arena_printf(mem, "%.*s… (cut off)", MESSAGE_MOST, message);
}

static void on_event(struct ctx *cx, void *arg, const struct scaffold_event *e)
{
	struct live *l = arg;
	struct err before = cx->err;
	struct json *body = json_object(cx->mem);

	json_set(cx->mem, body, "message", json_str(cx->mem, shortened(cx->mem, e->message)));
	if (e->step)
		json_set(cx->mem, body, "stepId", json_str(cx->mem, e->step));
	if (e->status)
		json_set(cx->mem, body, "status", json_str(cx->mem, e->status));
	if (e->status)
		count_step(l, e->status);
	add_line(l, cx, "log", body);
	/* The next action has its time, too. */
	if (e->status && l->r->alive)
		l->r->alive();
	cx->err = before;
}

static bool on_cancelled(void *arg)
{
	struct live *l = arg;
	const struct task_watch *seen = task_watch_seen(l->watcher);
	struct err before = l->cx->err;

	if (l->log.waiting.n && !l->broken && task_log_stale(&l->log))
		flush(l, l->cx);
	l->cx->err = before;
	if (__atomic_load_n(&seen->lost, __ATOMIC_ACQUIRE))
		l->broken = ERR_CONFLICT;
	l->late |= clock_mono_us() > l->deadline_us;
	return l->broken || l->late || __atomic_load_n(&seen->cancelled, __ATOMIC_ACQUIRE);
}

static bool on_leave(void *arg)
{
	struct live *l = arg;

	l->left = l->left || (l->r->leaving && l->r->leaving());
	return l->left;
}

/* ---- what is kept ---- */

struct kept {
	struct live *l;
	struct q_task_done_in row;
};

static int write_state(struct ctx *cx, void *arg)
{
	const struct kept *k = arg;
	int rc = task_log_write(cx, &k->l->log);

	/* 1: the commit of an earlier attempt was not heard of. */
	return rc ? rc : q_task_done_exec(cx, &k->row);
}

static int seal_state(struct live *l, struct ctx *cx, const struct scaffold_state *now, struct str *out)
{
	const struct task_copy *copy = &l->files.copy;
	struct json *v = json_object(cx->mem);
	int rc;

	json_set(cx->mem, v, "next", json_num(cx->mem, (double)now->next));
	json_set(cx->mem, v, "steps", json_copy(cx->mem, now->steps));
	json_set(cx->mem, v, "sum", json_fmt(cx->mem, "%llu", (unsigned long long)copy->sum));
	json_set(cx->mem, v, "copy_run", json_num(cx->mem, (double)copy->run));
	json_set(cx->mem, v, "copy_pieces", json_num(cx->mem, (double)copy->pieces));
	json_set(cx->mem, v, "failed", json_num(cx->mem, now->failed));
	json_set(cx->mem, v, "why", json_str(cx->mem, now->why));
	json_set(cx->mem, v, "hidden", now->hidden ? json_copy(cx->mem, now->hidden) : json_array(cx->mem));
	rc = task_seal(cx, l->id, "state", v, out);
	if (rc == 0 && out->n > STATE_MOST)
		rc = fail(cx, ERR_TOOLARGE, "the outputs of all steps together have more than %d MiB", STATE_MOST >> 20);
	return rc;
}

static int on_ended(struct ctx *cx, void *arg, const struct scaffold_state *now)
{
	struct live *l = arg;
	struct kept k = { .l = l };
	/* What comes after the last step needs no files. */
	bool more = now->next < json_len(json_get(l->spec, "steps"));
	int rc = more ? task_files_save(l, cx) : 0;

	if (rc == 0)
		rc = seal_state(l, cx, now, &k.row.state);
	if (rc < 0)
		return rc;
	k.row.saved = l->files.copy.n;
	k.row.host = task_host(cx->mem);
	k.row.id = l->id;
	k.row.run = l->run;
	rc = task_patiently(l, cx, write_state, &k);
	if (rc < 0)
		return rc;
	task_log_written(&l->log);
	task_files_saved(l, cx);
	return 0;
}

/* ---- claiming ---- */

static bool has_ended(const struct live *l)
{
	return !streq(l->row.status, "open") && !streq(l->row.status, "processing");
}

/* "none", "startOver", "resume" */
static const char *strategy(const struct live *l)
{
	const struct json *set = json_get(l->cx->conf, "scaffolder"), *spec = json_get(l->spec, "EXPERIMENTAL_recovery");
	bool on =
		json_get_bool(json_get(set, "taskRecovery"), "enabled", json_get_bool(set, "EXPERIMENTAL_recoverTasks", true));
	const char *said = json_get_text(spec, "EXPERIMENTAL_strategy", "resume");

	return !on ? "none" : said;
}

static int claim(struct ctx *cx, void *arg)
{
	struct live *l = arg;
	int rc = q_task_begin_one(cx, &(struct q_task_begin_in){ l->id }, &l->row);

	if (rc == 1 && !has_ended(l))
		rc = json_parse(cx, str_of(l->row.spec), &l->spec);
	else if (rc >= 0)
		return rc;
	if (rc < 0)
		return rc;
	l->run = l->row.run + 1;
	l->recovered = streq(l->row.status, "processing");
	if (l->recovered && streq(strategy(l), "startOver") && !l->row.cancelled) {
		rc = q_task_start_over_exec(cx, &(struct q_task_start_over_in){ l->id });
		if (rc == 0)
			rc = task_workspace_wipe(cx, l->id);
		l->row.done_event = l->row.last_event;
		l->row.saved = 0;
		l->row.state = (struct str){ NULL, 0 };
	}
	if (rc == 0)
		rc = q_task_claim_exec(cx, &(struct q_task_claim_in){ l->id });
	return rc < 0 ? rc : 1;
}

static int read_state(struct live *l, struct task_copy *copy)
{
	struct ctx *cx = l->cx;
	struct json *v;
	int rc = 0;

	l->state = (struct scaffold_state){ .steps = json_object(cx->mem), .why = "" };
	if (!l->row.state.p)
		return 0;
	rc = task_open(cx, l->id, "state", l->row.state, &v);
	if (rc < 0)
		return rc;
	l->state = (struct scaffold_state){ .next = (size_t)json_get_num(v, "next", 0),
					    .steps = json_get(v, "steps"),
					    .failed = (int)json_get_num(v, "failed", 0),
					    .why = json_get_text(v, "why", ""),
					    .hidden = json_get(v, "hidden") };
	*copy = (struct task_copy){ .n = l->row.saved,
				    .sum = strtoull(json_get_text(v, "sum", "0"), NULL, 10),
				    .run = (uint64_t)json_get_num(v, "copy_run", 0),
				    .pieces = (uint64_t)json_get_num(v, "copy_pieces", 0) };
	return 0;
}

static int set_deadline(struct live *l)
{
	int64_t ms = 0, ran = l->row.started_at ? l->row.now_ms - l->row.started_at : 0;
	int rc = task_timeout_ms(l->cx, &ms);

	l->deadline_us = clock_mono_us() + (uint64_t)(ms > ran ? ms - ran : 0) * 1000;
	return rc;
}

static void tell_recovered(struct live *l)
{
	struct arena *mem = l->cx->mem;
	struct json *body = json_object(mem);
	const char *how = streq(strategy(l), "startOver") ? "startOver" : "resume";

	json_set(mem, body, "message", json_str(mem, "The worker that ran this task has ended; another one goes on"));
	json_set(mem, body, "recoverStrategy", json_str(mem, how));
	add_line(l, l->cx, "recovered", body);
}

/* All that the run needs. An error here is the task's, unless the database is away. */
static int prepare(struct live *l)
{
	struct ctx *cx = l->cx;
	struct task_copy copy = { 0 };
	struct json *actor;
	int rc = json_parse(cx, str_of(l->row.actor), &actor);

	if (l->recovered && streq(strategy(l), "none"))
		return fail(cx, ERR_UNAVAILABLE, "The worker that ran this task has ended, and it is not to be taken up again");
	if (l->job->attempt > DEATHS_MOST)
		return fail(cx, ERR_UNAVAILABLE, "%u workers have ended while they ran this task", l->job->attempt - 1);
	if (rc == 0)
		rc = actor_become(cx, actor);
	if (rc == 0)
		rc = set_deadline(l);
	if (rc == 0 && l->row.secrets.p)
		rc = task_open(cx, l->id, "secrets", l->row.secrets, &l->secrets);
	if (rc == 0)
		rc = read_state(l, &copy);
	if (rc == 0)
		rc = task_files_open(l, &copy);
	return rc;
}

/* ---- running ---- */

static struct template_source source_of(const struct live *l)
{
	const char *base = json_get_text(json_get(l->spec, "templateInfo"), "baseUrl", NULL);

	if (base && str_starts(base, "file://"))
		return (struct template_source){ .folder = base + 7 };
	return (struct template_source){ .url = base };
}

/* One event tells it. */
static int check_output(struct ctx *cx, const struct json *output)
{
	if (!output || strlen(task_written(cx->mem, output)) <= STATE_MOST)
		return 0;
	return fail(cx, ERR_TOOLARGE, "The output of the template has more than %d MiB", STATE_MOST >> 20);
}

static int run(struct live *l, struct json **output)
{
	const struct scaffold s = {
		.id = l->id,
		.template_ref = l->row.template_ref,
		.steps = json_get(l->spec, "steps"),
		.parameters = json_get(l->spec, "parameters"),
		.output = json_get(l->spec, "output"),
		.user = json_get(l->spec, "user"),
		.secrets = l->secrets,
		.environment = json_path(l->cx->conf, "scaffolder", "defaultEnvironment", NULL),
		.resumed = &l->state,
		.source = source_of(l),
		.workspace = &l->files.workspace,
		.scratch = arena_printf(l->cx->mem, "%s/scratch", l->files.folder),
		.host = l->r->host,
		.hooks = { .event = on_event,
			   .cancelled = on_cancelled,
			   .leave = on_leave,
			   .allow = permit_action,
			   .ended = on_ended,
			   .recall = task_recall,
			   .begin = task_begin,
			   .keep = task_keep,
			   .arg = l },
	};
	int rc;

	rc = scaffold_run(l->cx, &s, output);
	return rc == 0 ? check_output(l->cx, *output) : rc;
}

/* ---- ending ---- */

struct end {
	struct live *l;
	const char *status;
};

static struct json *notice(struct live *l, const char *status)
{
	struct arena *mem = l->cx->mem;
	struct json *v = json_object(mem);

	json_set(mem, v, "id", json_str(mem, l->id));
	json_set(mem, v, "status", json_str(mem, status));
	json_set(mem, v, "templateRef", json_str(mem, l->row.template_ref));
	if (l->row.created_by)
		json_set(mem, v, "createdBy", json_str(mem, l->row.created_by));
	return v;
}

static int write_end(struct ctx *cx, void *arg)
{
	const struct end *e = arg;
	struct live *l = e->l;
	int rc = task_log_write(cx, &l->log);

	if (rc == 0)
		rc = q_task_end_exec(cx, &(struct q_task_end_in){ e->status, l->id, l->run });
	if (rc == 0)
		rc = task_workspace_wipe(cx, l->id);
	if (rc == 0 && l->r->told)
		rc = l->r->told(cx, notice(l, e->status));
	return rc;
}

static int write_leave(struct ctx *cx, void *arg)
{
	struct live *l = arg;
	int rc = task_log_write(cx, &l->log);

	return rc ? rc : q_task_leave_exec(cx, &(struct q_task_leave_in){ l->id, l->run });
}

static int leave(struct live *l)
{
	int rc = task_patiently(l, l->cx, write_leave, l);

	if (rc >= 0)
		job_again(l->job, 0);
	return rc < 0 ? rc : 0;
}

static int end(struct live *l, int rc, const struct json *output)
{
	struct arena *mem = l->cx->mem;
	struct end e = { l, rc == 0 ? "completed" : l->row.cancelled ? "cancelled" : "failed" };
	const struct json *error = rc < 0 ? task_error(mem, rc, l->cx->err.text) : NULL;
	struct task_line *last = list_add(&l->log.mem, &l->log.waiting);

	*last = (struct task_line){ "completion",
				    task_written(&l->log.mem, task_completion(mem, e.status, rc == 0 ? output : NULL, error)),
				    clock_wall_ms() };
	rc = task_patiently(l, l->cx, write_end, &e);
	if (rc < 0)
		return rc;
	task_log_written(&l->log);
	task_files_remove(l->cx, l->id);
	if (l->r->ended)
		l->r->ended(e.status, clock_mono_us() - l->began_us);
	return 0;
}

/* Somebody else's task is no failure of this job; should nobody have it after all, the job looks again. */
static int given_up(struct live *l)
{
	if (l->broken == ERR_CONFLICT) {
		log_warn("a task goes on elsewhere: its lease was lost", "task", l->id, NULL);
		job_again(l->job, AGAIN_MS);
		return 0;
	}
	return fail(l->cx, ERR_UNAVAILABLE, "the task stops here, and goes on when it can be written down again: %s",
		    arena_strdup(l->cx->mem, l->cx->err.text));
}

static int run_claimed(struct live *l)
{
	struct json *output = NULL;
	int rc;

	l->began_us = clock_mono_us();
	rc = task_log_begin(l->cx, &l->log, l->row.done_event);
	if (rc < 0)
		return rc;
	/* From here on: its files alone may take longer than a lease. */
	l->watcher = task_watch_begin(l->cx, l->id, l->run, l->job);
	rc = l->row.cancelled ? fail(l->cx, ERR_CONFLICT, "The task has been cancelled.") : prepare(l);
	if (rc == 0 && l->recovered)
		tell_recovered(l);
	if (rc == 0)
		rc = run(l, &output);
	l->row.cancelled |= __atomic_load_n(&task_watch_seen(l->watcher)->cancelled, __ATOMIC_ACQUIRE);
	task_watch_end(l->watcher);
	if (l->late)
		rc = fail(l->cx, ERR_TIMEOUT, "The task has taken longer than scaffolder.taskTimeout allows");
	if (rc < 0 && l->left && !l->broken)
		rc = leave(l);
	else if (!l->broken)
		rc = end(l, rc, output);
	return l->broken ? given_up(l) : rc;
}

int task_run(struct ctx *cx, const struct task_runner *r, struct job *job)
{
	struct live l = { .cx = cx, .r = r, .job = job, .id = job->key };
	int rc = db_transaction(cx, claim, &l);

	if (rc <= 0 || has_ended(&l)) {
		if (rc >= 0)
			task_files_remove(cx, l.id);
		return rc < 0 ? rc : 0;
	}
	l.log.id = l.id;
	l.log.run = l.run;
	rc = run_claimed(&l);
	arena_release(&l.log.mem);
	cx->who = NULL;
	return rc;
}
