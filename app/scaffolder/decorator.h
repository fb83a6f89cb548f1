/* Decorators of forms: what plugins do to the values and secrets of a form before its task is made. */
#ifndef SCAFFOLDER_DECORATOR_H
#define SCAFFOLDER_DECORATOR_H

#include "base/ctx.h"
#include "base/json.h"

/* Gives what it changes, {parameters, secrets}, or NULL; arguments are as run() of docs/plugin-api.md has them. */
typedef int decorator_fn(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out);

struct decorator {
	const char *id;
	const struct json *row; /* {description, schema} */
	decorator_fn *run;
	void *arg; /* of run */
};
struct decorator_list {
	struct decorator *items;
	size_t n, cap;
};

/* What there is from now on; list lives as long as it is used. Before the workers are made, which share it. */
void decorators_set(const struct decorator_list *list);
/* NULL: there is none. */
const struct decorator *decorator_find(const char *id);

/* Those that a template asks for, [{id, input}]; NULL: none. */
const struct json *decorators_of(const struct json *entity);
/* Of those: whether any is there, and the names of those that are not, "" when all are. */
bool decorators_apply(const struct json *entity);
const char *decorators_missing(struct arena *mem, const struct json *entity);
/* NULL, or what is wrong with one of them, in words that name it. */
const char *decorator_problem(struct arena *mem, const struct json *asked);
/*
 * Runs those of a template, one after the other, on what a task is to be given, which they change. ERR_INPUT, in words that
 * name the decorator: it has failed, took too long, or what it gave does not fit the template. One that is not there is left
 * out, as in Backstage. Only where plugins' Lua may run, never in a web worker.
 */
int decorators_run(struct ctx *cx, const struct json *entity, struct json *values, struct json *secrets);

#endif
