/* What the parts of a run share. Only app/scaffolder/run*.c includes this. */
#ifndef SCAFFOLDER_RUN_PRIVATE_H
#define SCAFFOLDER_RUN_PRIVATE_H

#include "scaffolder/mask.h"
#include "scaffolder/run.h"
#include "template/template.h"

/* A run on its way. */
struct progress {
	struct ctx *cx;
	const struct scaffold *s;
	struct template_env *env;
	struct mask *mask;
	struct json *context; /* what every expression sees */
	struct json *outputs; /* context.steps */
	struct err first;     /* of the step that failed first */
	bool failed;          /* a step has */
	bool asked_status;    /* the expression called always() or failure() */
};

struct step {
	const struct json *json;
	const char *id, *name, *action;
};

void progress_tell(struct progress *p, const struct step *st, const char *status, const char *message);
/* A value rendered with the context; secret: also secrets and those of the environment. *out NULL: undefined. */
int progress_render(struct progress *p, const struct json *v, const struct json *each, bool secret, struct json **out);
/* ERR_CONFLICT once somebody cancelled the run. */
int progress_cancelled(struct progress *p, const struct step *st);
/* run_step.c: what the step does, once it is known that it shall. */
int step_execute(struct progress *p, const struct step *st);

#endif
