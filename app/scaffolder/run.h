/* Runs a template's steps, one after the other: for dry runs, the command line and tasks. */
#ifndef SCAFFOLDER_RUN_H
#define SCAFFOLDER_RUN_H

#include "scaffolder/action.h"

/* A line of what happens. All texts are without secrets. */
struct scaffold_event {
	const char *message;
	const char *step;   /* id; NULL: of the run */
	const char *status; /* of the step: processing, completed, failed, skipped; NULL: a line of its log */
};

/* How far a run has come: between two steps. */
struct scaffold_state {
	size_t next;               /* the step that comes next: all before it have ended */
	const struct json *steps;  /* what they gave, as in the context ({fetch: {output: {...}}}) */
	int failed;                /* the error of the first that failed; 0: none did */
	const char *why;           /* in words without secrets */
	const struct json *hidden; /* texts that actions have called secret on the way; NULL: none */
};

/*
 * How a run is watched and kept. Each may be NULL. cx->mem may be an action's own, which goes before the run ends: what a hook
 * keeps it copies.
 */
struct scaffold_hooks {
	void (*event)(struct ctx *cx, void *arg, const struct scaffold_event *e);
	bool (*cancelled)(void *arg);
	/* Asked between two steps: shall the run stop here, to go on from this state elsewhere? */
	bool (*leave)(void *arg);
	/* May this action run with this input? */
	int (*allow)(struct ctx *cx, void *arg, const struct action *a, const struct json *input);
	/* A step has ended, well or not. */
	int (*ended)(struct ctx *cx, void *arg, const struct scaffold_state *now);
	/*
	 * Checkpoints by key "v1.task.checkpoint.STEP.KEY": what was kept (*out NULL: nothing was), that it is begun, what it
	 * gave (NULL: it failed). ERR_CONFLICT of recall: it was begun and not ended, unless unsure is given to say so.
	 */
	int (*recall)(struct ctx *cx, void *arg, const char *key, struct json **out, bool *unsure);
	int (*begin)(struct ctx *cx, void *arg, const char *key);
	int (*keep)(struct ctx *cx, void *arg, const char *key, const struct json *value);
	void *arg;
};

struct scaffold {
	const char *id;                       /* of the task */
	const char *template_ref;             /* of the Template entity */
	const struct json *steps;             /* template_steps() */
	const struct json *parameters;        /* values of the form */
	const struct json *output;            /* spec.output; NULL: none */
	const struct json *user;              /* {ref, entity}; NULL: nobody */
	const struct json *secrets;           /* texts by name; NULL: none */
	const struct json *environment;       /* {parameters, secrets}; NULL: none */
	const struct scaffold_state *resumed; /* of an earlier run that ended in the middle; NULL: from the beginning */
	bool dry_run;
	struct template_source source;
	struct workspace *workspace;
	const char *scratch; /* a folder for what is fetched on the way */
	const struct action_host *host;
	struct scaffold_hooks hooks;
};

/*
 * Runs it to the end. *output: what spec.output became, without secrets. The error of the first step that failed (worded
 * without secrets, with its own code), after steps that want to run nevertheless did. ERR_CONFLICT: it was cancelled;
 * ERR_UNAVAILABLE: hooks.leave said so.
 */
int scaffold_run(struct ctx *cx, const struct scaffold *s, struct json **output);

/* A text without the secrets of the run that goes on in this process; as it is where none does. */
const char *scaffold_hidden(struct arena *mem, const char *text);

/* What a schema's value might look like: for outputs of actions that a dry run leaves out. */
struct json *scaffold_example(struct arena *mem, const struct json *schema);
/* What JavaScript takes for true, and that an empty list is not: how `if` is judged. */
bool scaffold_truth(const struct json *v);

#endif
