/* What the pages of tasks share. */
#ifndef HANDLERS_CREATE_TASK_H
#define HANDLERS_CREATE_TASK_H

#include "scaffolder/task.h"
#include "web/http.h"

/*
 * {id, url, status, ended, title, template: ref or "", start_over, by: ref or a name, by_ref, created, ms: how long it has run}
 * of a task. title: what the template was called when it was made.
 */
struct json *create_task_row(struct arena *mem, const struct task *t);

#endif
