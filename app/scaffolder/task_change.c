/* What is asked of a task from outside: to end, or to run once more. */
#include "ext/json.h"
#include "scaffolder/task_news.h"
#include "scaffolder/task_private.h"
#include "scaffolder/template.h"
#include "sql/scaffolder.h"

struct json *task_error(struct arena *mem, int code, const char *text)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "name", json_str(mem, err_name(code)));
	json_set(mem, v, "message", json_str(mem, text));
	return v;
}

struct json *task_completion(struct arena *mem, const char *status, const struct json *output, const struct json *error)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "message", json_fmt(mem, "Run completed with status: %s", status));
	if (output)
		json_set(mem, v, "output", json_copy(mem, output));
	if (error)
		json_set(mem, v, "error", json_copy(mem, error));
	return v;
}

static int lock(struct ctx *cx, const char *id, struct q_task_lock_out *row)
{
	int rc = q_task_lock_one(cx, &(struct q_task_lock_in){ id }, row);

	return rc == 0 ? fail(cx, ERR_NOTFOUND, "No task with id '%.64s' found", id) : rc < 0 ? rc : 0;
}

int task_tell(struct ctx *cx, const char *id, const char *type, const struct json *body)
{
	int rc = q_task_number_exec(cx, &(struct q_task_number_in){ id });

	return rc < 0 ? rc
		      : q_task_event_last_exec(cx, &(struct q_task_event_last_in){
							   .type = type, .body = task_written(cx->mem, body), .task_id = id });
}

/* ---- cancel ---- */

static int tell_cancelled(struct ctx *cx, const char *id)
{
	struct json *body = json_object(cx->mem);
	struct q_task_last_step_out row;
	int rc = q_task_last_step_one(cx, &(struct q_task_last_step_in){ id }, &row);
	const char *step = rc > 0 ? row.step : NULL;

	if (rc < 0)
		return rc;
	json_set(cx->mem, body, "message",
		 step ? json_fmt(cx->mem, "Step %s has been cancelled.", step)
		      : json_str(cx->mem, "The task has been cancelled before its first step."));
	if (step)
		json_set(cx->mem, body, "stepId", json_str(cx->mem, step));
	json_set(cx->mem, body, "status", json_str(cx->mem, "cancelled"));
	return task_tell(cx, id, "cancelled", body);
}

/* Nobody runs it: it ends here. */
static int end_open(struct ctx *cx, const char *id)
{
	const struct json *why = task_error(cx->mem, ERR_CONFLICT, "The task has been cancelled.");
	int rc = q_task_end_open_exec(cx, &(struct q_task_end_open_in){ id });

	if (rc == 0)
		rc = task_workspace_wipe(cx, id);
	return rc < 0 ? rc : task_tell(cx, id, "completion", task_completion(cx->mem, "cancelled", NULL, why));
}

static int cancel(struct ctx *cx, void *arg)
{
	const char *id = arg;
	struct q_task_lock_out row;
	int rc = lock(cx, id, &row);
	bool open = rc == 0 && streq(row.status, "open");

	if (rc < 0 || row.cancelled || (!open && !streq(row.status, "processing")))
		return rc;
	rc = q_task_cancel_exec(cx, &(struct q_task_cancel_in){ id });
	if (rc == 0)
		rc = tell_cancelled(cx, id);
	return rc == 0 && open ? end_open(cx, id) : rc;
}

int task_cancel(struct ctx *cx, const char *id)
{
	int rc = db_transaction(cx, cancel, arena_strdup(cx->mem, id));

	if (rc == 0)
		task_ring(id);
	return rc;
}

/* ---- retry ---- */

struct again {
	const char *id;
	const struct json *secrets;
};

static int retry(struct ctx *cx, void *arg)
{
	const struct again *a = arg;
	struct q_task_again_in in = { .new_secrets = json_len(a->secrets) > 0, .id = a->id };
	struct q_task_lock_out row;
	int rc = lock(cx, a->id, &row);

	if (rc < 0)
		return rc;
	if (streq(row.status, "open") || streq(row.status, "processing"))
		return fail(cx, ERR_CONFLICT, "Task %s has not ended: it is %s", a->id, row.status);
	if (in.new_secrets)
		rc = task_seal(cx, a->id, "secrets", a->secrets, &in.secrets);
	if (rc == 0)
		rc = q_task_again_exec(cx, &in);
	if (rc == 0)
		rc = q_task_forget_completion_exec(cx, &(struct q_task_forget_completion_in){ a->id });
	if (rc == 0)
		rc = q_task_forget_begun_exec(cx, &(struct q_task_forget_begun_in){ a->id });
	return rc == 0 ? task_enqueue(cx, a->id) : rc;
}

int task_retry(struct ctx *cx, const char *id, const struct json *secrets)
{
	int rc = db_transaction(cx, retry, &(struct again){ id, secrets });

	if (rc == 0)
		task_ring(id);
	return rc;
}

int task_retry_misfits(struct ctx *cx, const struct task *t, const struct json *secrets, struct json **misfits)
{
	struct json *entity;
	int rc = t->template_ref ? template_find(cx, t->template_ref, &entity) : 0;

	*misfits = json_array(cx->mem);
	if (rc == 0 && t->template_ref)
		*misfits = template_secret_misfits(cx->mem, entity, secrets ? secrets : json_object(cx->mem));
	return rc;
}
