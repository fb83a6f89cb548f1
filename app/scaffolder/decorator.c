/* Decorators of forms. */
#include "scaffolder/decorator.h"

#include "base/buf.h"
#include "catalog/ref.h"
#include "scaffolder/fit.h"
#include "scaffolder/template.h"

static const struct decorator_list *known;

void decorators_set(const struct decorator_list *list)
{
	known = list;
}

const struct decorator *decorator_find(const char *id)
{
	for (size_t i = 0; known && i < known->n; i++)
		if (streq(known->items[i].id, id))
			return &known->items[i];
	return NULL;
}

/* Under its old name as well. */
const struct json *decorators_of(const struct json *entity)
{
	const struct json *spec = json_get(entity, "spec"), *list = json_get(spec, "formDecorators");

	list = list ? list : json_get(spec, "EXPERIMENTAL_formDecorators");
	return json_is(list, JSON_ARRAY) && list->a.n ? list : NULL;
}

static bool is_there(const struct json *asked)
{
	return decorator_find(json_get_text(asked, "id", ""));
}

bool decorators_apply(const struct json *entity)
{
	const struct json *list = decorators_of(entity);

	for (size_t i = 0; i < json_len(list); i++)
		if (is_there(list->a.items[i]))
			return true;
	return false;
}

const char *decorators_missing(struct arena *mem, const struct json *entity)
{
	const struct json *list = decorators_of(entity);
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < json_len(list); i++)
		if (!is_there(list->a.items[i]))
			buf_addf(&b, "%s%.100s", b.n ? ", " : "", json_get_text(list->a.items[i], "id", "?"));
	return buf_text(&b);
}

/* Inputs are no expressions: they stand in the template as the decorator gets them. */
static struct json *input_of(struct arena *mem, const struct json *asked)
{
	const struct json *input = json_get(asked, "input");

	return input ? json_copy(mem, input) : json_object(mem);
}

const char *decorator_problem(struct arena *mem, const struct json *asked)
{
	const char *id = json_get_text(asked, "id", "");
	const struct decorator *d = decorator_find(id);
	const struct json *schema = d ? json_path(d->row, "schema", "input", NULL) : NULL, *errors;

	if (!d)
		return arena_printf(mem, "there is no form decorator '%.100s'", id);
	errors = schema ? fit_errors(mem, schema, input_of(mem, asked), false) : NULL;
	return json_len(errors) ? arena_printf(mem, "input of the form decorator '%s': %s", id,
					       json_get_text(errors->a.items[0], "stack", ""))
				: NULL;
}

/* null takes a value away. */
static void set_members(struct arena *mem, struct json *to, const struct json *from)
{
	for (size_t i = 0; json_is(from, JSON_OBJECT) && i < from->o.n; i++) {
		const struct json_member *m = &from->o.m[i];

		if (json_is(m->value, JSON_NULL))
			json_remove(to, arena_strndup(mem, m->key.p, m->key.n));
		else
			json_setn(mem, to, m->key, json_copy(mem, m->value));
	}
}

/* NULL, or why this is nothing that can be set. */
static const char *why_not(struct arena *mem, const struct json *given)
{
	const struct json *secrets = json_get(given, "secrets");

	if (json_is(given, JSON_ARRAY) ? given->a.n > 0 : !json_is(given, JSON_OBJECT))
		return "it gave no table";
	for (size_t i = 0; json_is(given, JSON_OBJECT) && i < given->o.n; i++) {
		const struct json_member *m = &given->o.m[i];

		if (!str_is(m->key, "parameters") && !str_is(m->key, "secrets"))
			return arena_printf(mem, "it gave '%.*s', which is neither parameters nor secrets", (int)m->key.n,
					    m->key.p);
		if (!json_is(m->value, JSON_OBJECT) && json_len(m->value))
			return arena_printf(mem, "the %.*s it gave are no table of names", (int)m->key.n, m->key.p);
	}
	for (size_t i = 0; json_is(secrets, JSON_OBJECT) && i < secrets->o.n; i++)
		if (!json_is(secrets->o.m[i].value, JSON_STRING) && !json_is(secrets->o.m[i].value, JSON_NULL))
			return arena_printf(mem, "the secret '%.*s' it gave is no text", (int)secrets->o.m[i].key.n,
					    secrets->o.m[i].key.p);
	return NULL;
}

static const char *misfit(struct arena *mem, const struct json *entity, const struct json *values, const struct json *secrets)
{
	const struct json *errors = template_misfits(mem, entity, values);

	if (!json_len(errors))
		errors = template_secret_misfits(mem, entity, secrets);
	return json_len(errors) ? json_get_text(errors->a.items[0], "stack", "") : NULL;
}

static int run_one(struct ctx *cx, const struct json *entity, const struct json *asked, struct json *values,
		   struct json *secrets)
{
	struct arena *mem = cx->mem;
	const char *id = json_get_text(asked, "id", ""), *wrong = decorator_problem(mem, asked);
	const struct decorator *d = decorator_find(id);
	struct json *about = json_object(mem), *form = json_object(mem), *given = NULL;
	struct json *args[] = { about, input_of(mem, asked), form };
	int rc;

	if (wrong)
		return fail(cx, ERR_INPUT, "%s", wrong);
	json_set(mem, about, "template", json_str(mem, ref_of_entity(mem, entity)));
	json_set(mem, form, "parameters", json_copy(mem, values));
	json_set(mem, form, "secrets", json_copy(mem, secrets));
	rc = d->run(cx, d->arg, args, LEN(args), &given);
	if (rc < 0)
		return fail(cx, ERR_INPUT, "the form decorator '%s' failed: %s", id, arena_strdup(mem, cx->err.text));
	if (!given || json_is(given, JSON_NULL))
		return 0;
	wrong = why_not(mem, given);
	if (wrong)
		return fail(cx, ERR_INPUT, "the form decorator '%s' failed: %s", id, wrong);
	set_members(mem, values, json_get(given, "parameters"));
	set_members(mem, secrets, json_get(given, "secrets"));
	wrong = misfit(mem, entity, values, secrets);
	return wrong ? fail(cx, ERR_INPUT, "what the form decorator '%s' gave does not fit the template: %s", id, wrong) : 0;
}

int decorators_run(struct ctx *cx, const struct json *entity, struct json *values, struct json *secrets)
{
	const struct json *list = decorators_of(entity);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_len(list); i++)
		if (is_there(list->a.items[i]))
			rc = run_one(cx, entity, list->a.items[i], values, secrets);
	return rc;
}
