/* Tasks as the API answers them. */
#ifndef HANDLERS_TASK_API_H
#define HANDLERS_TASK_API_H

#include "scaffolder/task.h"
#include "web/http.h"

/* {id, spec, status, createdAt, lastHeartbeatAt, createdBy} */
struct json *task_json(struct arena *mem, const struct task *t);
/* {id, taskId, type, createdAt, body} */
struct json *task_event_json(struct arena *mem, const char *id, const struct task_event *e);

/* Secrets of a request: texts by name, or NULL. */
int task_check_secrets(struct req *rq, const struct json *secrets);
/* 400 {errors: [...]}: forms show each at its field. */
int task_misfits(struct req *rq, struct resp *rs, struct json *errors);

/* What readers of a task's log have been told. */
struct task_reading {
	const char *id;
	uint64_t after; /* the last event's id */
	uint32_t bell;
	bool more; /* there is more already */
	bool over; /* nothing will come any more: the task has ended, and all of it was told */
};
/* What is new since then, in order; moves r on. */
int task_news(struct ctx *cx, struct task_reading *r, struct task_event **out, size_t *n);

#endif
