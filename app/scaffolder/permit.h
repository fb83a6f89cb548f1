/* Who may do what with templates and tasks, where that depends on the thing itself. */
#ifndef SCAFFOLDER_PERMIT_H
#define SCAFFOLDER_PERMIT_H

#include "base/list.h"
#include "scaffolder/run.h"
#include "scaffolder/task.h"

/* May cx->who run this action with this input? As scaffold_hooks.allow; arg is not used. ERR_DENIED. */
int permit_action(struct ctx *cx, void *arg, const struct action *a, const struct json *input);
/* Takes out of a Template what cx->who may not see: pages of its form, steps. Their tags say so ("backstage:permissions"). */
int permit_template(struct ctx *cx, struct json *entity);
/* "scaffolder.task.read" or "scaffolder.task.cancel" of a task by its creator (NULL: nobody's). 1, 0, or an error. */
int permit_task(struct ctx *cx, const char *permission, const char *created_by);
/* The same, worded: ERR_DENIED. */
int permit_this_task(struct ctx *cx, const char *permission, const struct task *t);
/* Is it the same whoever has made the task? 1, 0, or an error. */
int permit_all_tasks(struct ctx *cx, const char *permission);

#endif
