/* The files of a task's workspace, looked at while they are there. */
#ifndef SCAFFOLDER_TASK_BROWSE_H
#define SCAFFOLDER_TASK_BROWSE_H

#include "scaffolder/mask.h"
#include "scaffolder/task.h"
#include "scaffolder/workspace.h"

struct task_browse {
	struct workspace files; /* to be read only; lives as long as cx->mem */
	struct mask *mask;      /* hides what the task was given in secret */
};
/*
 * id: of a task that was found. ERR_NOTFOUND, in words for people: it has ended, and its files went with it; it has not begun;
 * or it runs on another host.
 */
int task_browse(struct ctx *cx, const char *id, struct task_browse *out);

#endif
