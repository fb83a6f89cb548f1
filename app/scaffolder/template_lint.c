/* What is wrong with a template, found without running it. */
#include <stdio.h>

#include "base/map.h"
#include "base/schema.h"
#include "scaffolder/decorator.h"
#include "scaffolder/fit.h"
#include "scaffolder/source.h"
#include "scaffolder/template.h"
#include "template/template.h"

enum { DEPTH = 64, SHOWN = 60 };

struct lint {
	struct ctx *cx;
	const struct json *entity;
	const struct action_host *host;
	const struct template_source *source;
	struct faults *out;
	struct map steps;      /* ids that may be named here */
	struct map parameters; /* names of the form's fields */
	struct template_env *env;
	struct str text; /* the one that is parsed */
	unsigned n;
};

static void tell(struct lint *l, const struct json *at, const char *text)
{
	*list_add(l->cx->mem, l->out) = (struct fault){ "InputError", text, text, at ? at->line : 0 };
}

static const char *key_text(struct lint *l, struct str s)
{
	return arena_strndup(l->cx->mem, s.p, s.n);
}

/* ---- the form ---- */

static void collect_fields(struct lint *l, const struct json *v, unsigned depth)
{
	const struct json *properties = json_get(v, "properties");

	for (size_t i = 0; json_is(properties, JSON_OBJECT) && i < properties->o.n; i++)
		map_put(l->cx->mem, &l->parameters, properties->o.m[i].key.p, l);
	for (size_t i = 0; depth < DEPTH && i < json_len(v); i++)
		collect_fields(l, v->type == JSON_ARRAY ? v->a.items[i] : v->o.m[i].value, depth + 1);
}

static void check_pages(struct lint *l)
{
	const struct json *pages = template_pages(l->cx->mem, l->entity);

	for (size_t i = 0; i < pages->a.n; i++) {
		struct schema_errors errors = { 0 };

		schema_valid(l->cx->mem, pages->a.items[i], &errors);
		for (size_t k = 0; k < errors.n; k++)
			tell(l, errors.items[k].value ? errors.items[k].value : pages->a.items[i],
			     arena_printf(l->cx->mem, "parameters, page %zu: the schema's %s %s", i + 1, errors.items[k].path,
					  errors.items[k].message));
	}
	collect_fields(l, pages, 0);
}

/* Without plugins nobody knows which there are. */
static void check_decorators(struct lint *l)
{
	const struct json *list = decorators_of(l->entity);

	for (size_t i = 0; l->host && i < json_len(list); i++) {
		const struct json *asked = list->a.items[i], *id = json_get(asked, "id");
		const char *wrong = decorator_problem(l->cx->mem, asked);

		if (wrong)
			tell(l, id ? id : asked, wrong);
	}
}

/* ---- expressions ---- */

static int load(struct ctx *cx, void *arg, const char *name, struct str *text)
{
	(void)cx, (void)name;
	*text = ((struct lint *)arg)->text;
	return 0;
}

static bool is_word(char c)
{
	return ascii_alnum(c) || c == '_';
}

/* The names that follow "steps." and the like; with dashes, which the language reads as minus, they are not looked at. */
static void check_names(struct lint *l, const struct json *at, const char *root, const struct map *known)
{
	size_t n = strlen(root);

	for (const char *p = at->s.p; (p = strstr(p, root)); p += n) {
		const char *name = p + n;
		size_t len = 0;

		if (p > at->s.p && (is_word(p[-1]) || p[-1] == '.'))
			continue;
		while (is_word(name[len]))
			len++;
		if (!len || map_get(known, key_text(l, (struct str){ name, len })))
			continue;
		tell(l, at,
		     arena_printf(l->cx->mem, "%s%.*s: there is no such %s%s", root, (int)len, name,
				  known == &l->steps ? "step" : "parameter", known == &l->steps ? " before it" : ""));
	}
}

/* The beginning of a text, for a message. */
static int shown(struct str s)
{
	const char *end = memchr(s.p, '\n', s.n);
	size_t n = end ? (size_t)(end - s.p) : s.n;

	return (int)(n < SHOWN ? n : SHOWN);
}

/* An error of the language without the name and the line it begins with. */
static const char *bare(const char *text)
{
	const char *why = strstr(text, ": ");

	return why ? why + 2 : text;
}

static void check_text(struct lint *l, const struct json *at)
{
	char name[32];

	if (!memmem(at->s.p, at->s.n, "${{", 3) && !memmem(at->s.p, at->s.n, "{%", 2))
		return;
	snprintf(name, sizeof(name), "expression %u", ++l->n);
	l->text = at->s;
	if (template_check(l->cx, l->env, name) < 0) {
		tell(l, at,
		     arena_printf(l->cx->mem, "'%.*s' cannot be parsed: %s", shown(at->s), at->s.p, bare(l->cx->err.text)));
		l->cx->err = (struct err){ 0 };
		return;
	}
	check_names(l, at, "steps.", &l->steps);
	check_names(l, at, "parameters.", &l->parameters);
}

static void check_expressions(struct lint *l, const struct json *v, unsigned depth)
{
	if (json_is(v, JSON_STRING))
		check_text(l, v);
	for (size_t i = 0; depth < DEPTH && i < json_len(v); i++)
		check_expressions(l, v->type == JSON_ARRAY ? v->a.items[i] : v->o.m[i].value, depth + 1);
}

/* ---- steps ---- */

static bool has_expression(struct lint *l, const struct json *v)
{
	struct buf b = { .mem = l->cx->mem };

	if (!v)
		return false;
	json_write(&b, v);
	return strstr(buf_text(&b), "${{") || strstr(buf_text(&b), "{%");
}

/* What an expression will give is not known: only what is certain is told. */
static bool is_certain(struct lint *l, const struct json *error)
{
	const char *name = json_get_text(error, "name", "");

	return streq(name, "required") || streq(name, "additionalProperties") ||
	       !has_expression(l, json_get(error, "instance"));
}

static void check_input(struct lint *l, const struct json *step, const struct action *a)
{
	const struct json *input = json_get(step, "input");
	const struct json *errors = fit_errors(l->cx->mem, a->input, input, false);

	for (size_t i = 0; i < errors->a.n; i++)
		if (is_certain(l, errors->a.items[i]))
			tell(l, input ? input : step,
			     arena_printf(l->cx->mem, "input of %s: %s", a->id,
					  json_get_text(errors->a.items[i], "stack", "")));
}

static void check_action(struct lint *l, const struct json *step)
{
	const char *id = json_get_text(step, "action", "");
	const struct action *a = l->host ? l->host->find(l->host->arg, id) : NULL;

	if (l->host && !a)
		tell(l, json_get(step, "action"),
		     arena_printf(l->cx->mem, "Template action with ID '%s' is not registered", id));
	if (a && a->input && !json_is(json_get(step, "input"), JSON_STRING))
		check_input(l, step, a);
}

static void check_file(struct lint *l, const struct json *step)
{
	const struct json *url = json_path(step, "input", "url", NULL);
	struct workspace folder;
	const char *path;

	if (!l->source->folder || !str_starts(json_get_text(step, "action", ""), "fetch:") || !json_is(url, JSON_STRING) ||
	    strchr(url->s.p, ':') || has_expression(l, url))
		return;
	if (source_path(l->cx, l->source, url->s.p, &path) < 0)
		tell(l, url, arena_printf(l->cx->mem, "'%s': %s", url->s.p, l->cx->err.text));
	else if (workspace_source(l->cx, l->source->folder, &folder) == 0 && !workspace_has(l->cx, &folder, path))
		tell(l, url, arena_printf(l->cx->mem, "'%s' is not beside the template", url->s.p));
	l->cx->err = (struct err){ 0 };
}

/* A step's id becomes known to those behind it. */
static void check_step(struct lint *l, const struct json *step)
{
	const char *id = json_get_text(step, "id", "");

	check_action(l, step);
	check_file(l, step);
	check_expressions(l, step, 0);
	if (map_put(l->cx->mem, &l->steps, id, l))
		tell(l, json_get(step, "id"), arena_printf(l->cx->mem, "the id '%s' stands at two steps", id));
}

void template_lint(struct ctx *cx, const struct json *entity, const struct action_host *host,
		   const struct template_source *source, struct faults *out)
{
	struct lint l = { .cx = cx, .entity = entity, .host = host, .source = source, .out = out };
	const struct json *steps = template_steps(cx->mem, entity);

	l.env = template_env_new(TEMPLATE_DOLLAR, NULL, load, &l);
	check_pages(&l);
	check_decorators(&l);
	for (size_t i = 0; i < steps->a.n; i++)
		check_step(&l, steps->a.items[i]);
	check_expressions(&l, json_path(entity, "spec", "output", NULL), 0);
	template_env_free(l.env);
}
