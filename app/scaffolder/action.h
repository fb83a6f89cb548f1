/* Actions: what a step of a template can do, and what the run gives it to do so. */
#ifndef SCAFFOLDER_ACTION_H
#define SCAFFOLDER_ACTION_H

#include "base/ctx.h"
#include "base/json.h"
#include "scaffolder/workspace.h"

struct action {
	const char *id, *description;
	const struct json *input, *output; /* JSON Schema; NULL: not said */
	const struct json *examples;       /* [{description, example}]; NULL: none */
	bool dry_run;                      /* it also runs in a dry run */
	bool needs_catalog;                /* it cannot run where there is no database */
};
struct action_list {
	const struct action **items; /* by id */
	size_t n, cap;
};

/* Where a template's own files are: what relative addresses in its steps are relative to. */
struct template_source {
	const char *folder; /* of this machine; nothing outside of it is read; NULL: it came from a URL */
	const char *below;  /* where in the folder template.yaml is; NULL: in itself */
	const char *url;    /* of template.yaml or its folder; NULL: neither, relative addresses are refused */
};

struct scaffold;

/* One run of one action. Bindings reach the run through it. */
struct action_call {
	const struct scaffold *run;
	const struct action *action;
	const char *step;         /* its id */
	const struct json *input; /* fits the schema */
	const struct json *each;  /* {key, value}; NULL: the step has no each */
	struct json *output;      /* of the step, so far */
	struct arena *mem;        /* of the output: what cx->mem is while an action runs may go before the step ends */
	struct mask *mask;
};

/* Who has the actions. They know nothing of how a run goes on. */
struct action_host {
	/* NULL when there is none. */
	const struct action *(*find)(void *arg, const char *id);
	/* 0, or what went wrong; may take long, and looks at action_cancelled(). */
	int (*run)(struct ctx *cx, void *arg, struct action_call *call);
	void *arg;
};

/* Sets an output of the step; with each, adds to a list. Copies value. */
void action_output(struct action_call *call, const char *name, const struct json *value);
/* A line of the step's log; secrets are taken out. */
void action_log(struct ctx *cx, struct action_call *call, const char *line);
/* A secret that came up on the way: from now on it is hidden like those of the form. */
void action_hide(struct action_call *call, const char *text);
/* ERR_CONFLICT ("Step ... has been cancelled.") once the run was cancelled. */
int action_cancelled(struct ctx *cx, const struct action_call *call);
/*
 * What an action did once and must not do again when the run is taken up again: what was kept under key, NULL when nothing was;
 * that it is about to be done; and what it gave (NULL: it failed, and may be done again). When a worker ended in between,
 * nobody knows whether it was done: *unsure is set, or with unsure NULL ERR_CONFLICT says so.
 */
int action_checkpoint(struct ctx *cx, const struct action_call *call, const char *key, struct json **out, bool *unsure);
int action_begin(struct ctx *cx, const struct action_call *call, const char *key);
int action_keep(struct ctx *cx, const struct action_call *call, const char *key, const struct json *value);

#endif
