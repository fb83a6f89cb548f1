/* What templates have beyond the language itself: filters and globals of plugins. */
#ifndef SCAFFOLDER_EXTENSION_H
#define SCAFFOLDER_EXTENSION_H

#include "base/ctx.h"
#include "base/json.h"
#include "template/template.h"

struct extension {
	const char *name;
	bool filter;            /* else a global */
	template_fn *fn;        /* NULL: a global that is a value */
	void *arg;              /* of fn */
	const struct json *row; /* {description, schema, examples, value} */
};
struct extension_list {
	struct extension *items;
	size_t n, cap;
};

/* What there is from now on; list lives as long as it is used. Before the workers are made, which share it. */
void template_extend(const struct extension_list *list);
/* Adds all of it to an environment of steps or skeletons. */
void template_extend_env(struct template_env *env);
/* Adds those that are values to the variables of a rendering, where they have no such name; gives vars. */
struct json *template_extension_values(struct arena *mem, struct json *vars);
/* NULL, or why nothing of a plugin can have this name. */
const char *template_extension_problem(const char *name, bool filter);

/* {filters: {name: {description, schema, examples}}, globals: {functions, values}} */
int template_extensions(struct ctx *cx, struct json **out);

#endif
