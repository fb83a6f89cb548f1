/* A task as people look at it: how its steps went, and the end of its log. */
#ifndef SCAFFOLDER_TASK_VIEW_H
#define SCAFFOLDER_TASK_VIEW_H

#include "scaffolder/task.h"

struct task_step {
	const char *id, *name, *action;
	const char *status;         /* waiting, processing, completed, failed, skipped, cancelled */
	int64_t began_ms, ended_ms; /* since 1970; 0: not yet */
};
struct task_state {
	uint64_t last; /* the id of the last event that may be known here: what comes behind it is new */
	struct task_step *steps;
	size_t n_steps;
	const struct json *output; /* of the completion; NULL: none */
	const char *error;         /* what it failed with; NULL: it did not */
};
/* Told by its events, not by what runs: also of a task that died. */
int task_state(struct ctx *cx, const struct task *t, struct task_state *out);

/*
 * The newest events in their order, of a step (NULL: of all): at most `most`, and about a MiB of them. *more: there are others
 * before them.
 */
int task_lines(struct ctx *cx, const char *id, const char *step, size_t most, struct task_event **out, size_t *n, bool *more);

#endif
