/* Tasks: runs of templates that are kept, so that neither a worker that dies nor a browser that goes away ends one. */
#ifndef SCAFFOLDER_TASK_H
#define SCAFFOLDER_TASK_H

#include "base/ctx.h"
#include "base/json.h"

struct task {
	const char *id;
	const char *status;                         /* open, processing, completed, failed, cancelled, skipped */
	const char *template_ref;                   /* of the Template entity; NULL: not known */
	const char *created_by;                     /* whose it is, a ref or a service's name; NULL: nobody's */
	int64_t created_ms, heartbeat_ms, ended_ms; /* since 1970; 0: not yet */
	/* What it runs, as the API answers it: {apiVersion, parameters, steps, output, user, templateInfo}. Without secrets. */
	const struct json *spec;
};

struct task_new {
	const struct json *entity;  /* the Template, a good one: template_entity() */
	const struct json *values;  /* of the form */
	const struct json *secrets; /* texts by name; NULL: none */
	const char *created_by;
	const struct json *user; /* {ref, entity}; NULL: a service */
};
/*
 * Checks values and secrets against the template's schemas and makes a task that is to be run. ERR_INPUT with *misfits set:
 * lists as of fit_errors(). The secrets are kept only encrypted, and only until they are not needed any more.
 */
int task_create(struct ctx *cx, const struct task_new *n, const char **id, struct json **misfits);

/* Who asks, as expressions see them and as task_new.user wants it: {ref, entity}; empty for a service. */
struct json *task_user(struct ctx *cx);
/* The same as created_by: a ref, or the service's name; NULL: nobody. */
const char *task_creator(const struct ctx *cx);

/* ERR_NOTFOUND. For: ERR_DENIED when cx->who may not do this with it ("scaffolder.task.read"). */
int task_find(struct ctx *cx, const char *id, struct task *out);
int task_find_for(struct ctx *cx, const char *id, const char *permission, struct task *out);
static inline bool task_has_ended(const struct task *t)
{
	return t->ended_ms != 0;
}

enum { TASK_ORDERS = 3 };
struct task_query {
	const char *const *created_by; /* any of these; n_created_by 0: anybody's */
	size_t n_created_by;
	const char *const *status;
	size_t n_status;
	const char *template_ref; /* NULL: any */
	/* "asc:" or "desc:" and created_at, status, created_by, last_heartbeat_at or id, the weightiest first; NULL: no more */
	const char *order[TASK_ORDERS];
	uint64_t limit, offset; /* limit 0: all, at most 1,000 */
};
struct task_page {
	struct task *items;
	size_t n;
	uint64_t total;
};
/* Only those that cx->who may read. Their specs have 16 MiB together: those behind are empty, as the task itself is not. */
int task_list(struct ctx *cx, const struct task_query *q, struct task_page *out);

struct task_event {
	uint64_t id;      /* grows within a task */
	const char *type; /* log, completion, cancelled, recovered */
	int64_t created_ms;
	const struct json *body; /* {message, stepId?, status?, output?, error?} */
};
/* Those behind `after`, in order: at most limit, and about a MiB of them; none when there are no more. */
int task_events(struct ctx *cx, const char *id, uint64_t after, size_t limit, struct task_event **out, size_t *n);
/* *id: of the event that tells how it ended; 0: it has not. */
int task_completed(struct ctx *cx, const char *task, uint64_t *id);

/* The running action is told within a second. One that has ended stays as it is. */
int task_cancel(struct ctx *cx, const char *id);
/*
 * ERR_CONFLICT while it is open or runs. It begins anew, but for what its actions keep in checkpoints. Secrets were wiped when
 * it ended: what it needs of them has to be given again; NULL: nothing.
 */
int task_retry(struct ctx *cx, const char *id, const struct json *secrets);
/*
 * Whether it may be: its template has to be there still (ERR_NOTFOUND), and what that wants of secrets to be given. *misfits:
 * what is wrong with them, a list as of fit_errors(); none: nothing is.
 */
int task_retry_misfits(struct ctx *cx, const struct task *t, const struct json *secrets, struct json **misfits);

#endif
