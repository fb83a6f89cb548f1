/* What the parts of tasks share. Only app/scaffolder/task*.c includes this. */
#ifndef SCAFFOLDER_TASK_PRIVATE_H
#define SCAFFOLDER_TASK_PRIVATE_H

#include "base/ctx.h"
#include "base/json.h"

#define TASK_QUEUE "scaffolder.task"

/* In the caller's transaction: the job that runs the task. */
int task_enqueue(struct ctx *cx, const char *id);

/*
 * Values that may hold secrets, sealed so that they open only for this task and this use of them. The key is in the database;
 * where backend.auth.keys is set, it takes that as well.
 */
int task_seal(struct ctx *cx, const char *id, const char *use, const struct json *v, struct str *out);
int task_open(struct ctx *cx, const char *id, const char *use, struct str sealed, struct json **out);

/* {name, message}: an error as completions tell it. */
struct json *task_error(struct arena *mem, int code, const char *text);

#endif
