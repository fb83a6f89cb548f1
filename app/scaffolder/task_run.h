/* Running a task: claimed, kept at each step, taken up where it was when a worker died. */
#ifndef SCAFFOLDER_TASK_RUN_H
#define SCAFFOLDER_TASK_RUN_H

#include "jobs/jobs.h"
#include "scaffolder/action.h"
#include "scaffolder/task.h"

#define TASK_QUEUE "scaffolder.task"

/* What whoever runs tasks gives. */
struct task_runner {
	const struct action_host *host;
	bool (*leaving)(void);                                /* this process is asked to end; NULL: never */
	void (*alive)(void);                                  /* it goes on with another part: its time begins anew; NULL */
	int (*told)(struct ctx *cx, const struct json *data); /* in the transaction in which a task begins or ends; NULL */
	void (*stepped)(const char *status, uint64_t us);     /* a step has ended so, for metrics; NULL */
	void (*ended)(const char *status, uint64_t us);       /* the same for the task */
};

/* A job of TASK_QUEUE, whose key is the task's id. An error is the database's: the job is to be tried again. */
int task_run(struct ctx *cx, const struct task_runner *r, struct job *job);
/* scaffolder.taskRecovery.staleTimeout: so long nobody takes up a task whose worker on another host is silent. */
int task_lease_ms(struct ctx *cx, unsigned *out);
/* scaffolder.concurrentTasksLimit [10] */
int task_limit(struct ctx *cx, unsigned *out);
/* How long one action may take, before its worker is ended. */
enum { TASK_ACTION_MS = 1000000 };

/* Removes what ended tasks have left on this host. */
void task_tidy(struct ctx *cx);
/* Job "scaffolder.sweep": ends tasks that nobody has heard of for scaffolder.taskTimeout, and finds those without a job. */
int task_sweep_job(struct ctx *cx, struct job *job);
/* ERR_INPUT when a setting is wrong. */
int task_prepare(struct ctx *cx);

#endif
