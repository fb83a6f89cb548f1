/* The template language: Nunjucks' syntax and JavaScript's semantics over JSON values, without access to the host. */
#ifndef TEMPLATE_TEMPLATE_H
#define TEMPLATE_TEMPLATE_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/json.h"

enum template_flags {
	TEMPLATE_DOLLAR = 1,     /* ${{ }} prints instead of {{ }} (software templates) */
	TEMPLATE_AUTOESCAPE = 2, /* HTML-escape what is printed, unless it is safe */
	TEMPLATE_TRIM_BLOCKS = 4,
	TEMPLATE_LSTRIP_BLOCKS = 8,
	TEMPLATE_STRICT = 16, /* a name that is not defined is an error (views in tests) */
	TEMPLATE_COOKIECUTTER = 32,
};

/* What one rendering may cost; zero means the default in brackets. */
struct template_limits {
	size_t steps;  /* evaluated nodes [1,000,000] */
	size_t output; /* bytes [16 MiB] */
	size_t depth;  /* of nesting, calls and includes [128] */
};

/* How includes, imports and parents are found: the text of a template by name, ERR_NOTFOUND when there is none. */
typedef int template_loader(struct ctx *cx, void *arg, const char *name, struct str *text);

/* A set of options, filters and (parsed) templates. Lives in its own arena until freed; parsing happens once a name. */
struct template_env;
struct template_env *template_env_new(unsigned flags, const struct template_limits *limits, template_loader *load,
				      void *load_arg);
void template_env_free(struct template_env *env);

/*
 * A filter or global function of the caller's. args: positional, then a JSON object of keyword arguments or NULL.
 * *out NULL means undefined. safe: the result is HTML already.
 */
typedef int template_fn(struct ctx *cx, void *arg, struct json *const *args, size_t n, const struct json *kwargs,
			struct json **out);
void template_add_filter(struct template_env *env, const char *name, template_fn *fn, void *arg, bool safe);
void template_add_global(struct template_env *env, const char *name, template_fn *fn, void *arg, bool safe);

/* Does the language itself have a filter of this name? */
bool template_has_filter(const char *name);

/* Renders a named template (through the loader), or a text, with the members of vars as root variables. Output is appended to
 * out. */
int template_render(struct ctx *cx, struct template_env *env, const char *name, const struct json *vars, struct buf *out);
int template_render_text(struct ctx *cx, struct template_env *env, struct str text, const struct json *vars, struct buf *out);
/*
 * A step input: renders every string below v; a string that is exactly one expression keeps the type of its value. *out NULL
 * means undefined. A string that fails to render stays as it is (Backstage's rule for inputs).
 */
int template_value(struct ctx *cx, struct template_env *env, const struct json *v, const struct json *vars, struct json **out);
/* Parses without rendering: ERR_INPUT with name and line. */
int template_check(struct ctx *cx, struct template_env *env, const char *name);

/* `callboard template --cases FILE [--engine E]`: prints failures and "N passed, M failed"; returns the exit status. */
int template_run_cases(struct ctx *cx, const struct json *cases, const char *engine);

#endif
