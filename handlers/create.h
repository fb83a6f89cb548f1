/* What the pages below /create share: those beside the form itself. */
#ifndef HANDLERS_CREATE_H
#define HANDLERS_CREATE_H

#include "base/ctx.h"
#include "base/json.h"
#include "catalog/validate.h"
#include "web/http.h"

/*
 * A JSON Schema as rows of a table: {name: "reviewers[].name", depth, type: "array of string", required, title, description,
 * has_default, dflt, choices: [texts], limits: [words]}. At most 400, six levels deep.
 */
struct json *create_schema_rows(struct arena *mem, const struct json *schema);

/*
 * The template that somebody writes, from the text of its file. What is wrong with it is added to faults, with lines; *out is
 * NULL when it cannot even be read as a Template.
 */
void create_template_read(struct ctx *cx, struct str text, struct faults *faults, struct json **out);
/* [{line, message}], by line; those without one at the end with line 0. */
struct json *create_faults(struct arena *mem, const struct faults *faults);
/* Answers what the editor can show beside the text: {failed: the words of cx->err}. Other errors are passed on. */
int create_failed(struct req *rq, struct resp *rs, int rc);

#endif
