/* Who may do what with templates and tasks, where that depends on the thing itself. */
#ifndef SCAFFOLDER_PERMIT_H
#define SCAFFOLDER_PERMIT_H

#include "scaffolder/run.h"

/* May cx->who run this action with this input? As scaffold_hooks.allow; arg is not used. */
int permit_action(struct ctx *cx, void *arg, const struct action *a, const struct json *input);

#endif
