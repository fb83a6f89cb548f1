/* What a Template entity asks, what it does, and what is wrong with it. */
#ifndef SCAFFOLDER_TEMPLATE_H
#define SCAFFOLDER_TEMPLATE_H

#include "catalog/validate.h"
#include "scaffolder/action.h"

/* ERR_INPUT: "Input template is not a template", or the first thing that is wrong with the entity. */
int template_entity(struct ctx *cx, const struct json *entity);
/*
 * The Template of the catalog that a reference names ("name", "template:default/name"), when cx->who may read it: as it is, be
 * it right or wrong. ERR_NOTFOUND, ERR_INPUT for another kind.
 */
int template_read(struct ctx *cx, const char *ref, struct json **out);
/* The same for who wants to run it: a good one, without the parts that cx->who may not see. */
int template_find(struct ctx *cx, const char *ref, struct json **out);
/* spec.steps with their defaults: id "step-1", name the action's. */
struct json *template_steps(struct arena *mem, const struct json *entity);
/* The pages of the form: spec.parameters as a list. */
struct json *template_pages(struct arena *mem, const struct json *entity);
/* What a form is made of, as the API answers it: {title, description, presentation, "ui:options", steps: [{title, description,
 * schema}]}. */
struct json *template_form(struct arena *mem, const struct json *entity);

/*
 * The values that a form begins with: the defaults of its fields, in pages as they stand (not in dependencies). examples: those
 * without one get something of their type, so that a template can be tried.
 */
struct json *template_defaults(struct arena *mem, const struct json *entity, bool examples);
/* What does not fit the schemas of the pages, and that of spec.secrets: lists of fit_errors(). The latter without the values.
 */
struct json *template_misfits(struct arena *mem, const struct json *entity, const struct json *values);
struct json *template_secret_misfits(struct arena *mem, const struct json *entity, const struct json *secrets);

/*
 * What is wrong with a template beyond its schema: schemas that are none, steps of the same id, unknown actions and inputs,
 * expressions that cannot be parsed, steps and parameters that are named and not there, files beside the template that are
 * missing. rule and line of each are set. host NULL: actions are not looked at; source without a folder: nor are files.
 */
void template_lint(struct ctx *cx, const struct json *entity, const struct action_host *host,
		   const struct template_source *source, struct faults *out);

#endif
