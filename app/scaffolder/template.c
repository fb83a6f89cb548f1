/* What a Template entity asks and does. */
#include "scaffolder/template.h"

#include "catalog/entity.h"
#include "catalog/ref.h"
#include "catalog/settings.h"
#include "ext/json.h"
#include "scaffolder/fit.h"
#include "scaffolder/permit.h"
#include "scaffolder/run.h"

/* ---- is it one? ---- */

static bool is_template(const struct json *entity)
{
	return streq(json_get_text(entity, "kind", ""), "Template") &&
	       streq(json_get_text(entity, "apiVersion", ""), "scaffolder.backstage.io/v1beta3");
}

/* Besides links and text, the output is texts. */
static int check_output(struct ctx *cx, const struct json *entity)
{
	const struct json *output = json_path(entity, "spec", "output", NULL);

	for (size_t i = 0; json_is(output, JSON_OBJECT) && i < output->o.n; i++) {
		struct str key = output->o.m[i].key;

		if (str_is(key, "links") || str_is(key, "text") || json_is(output->o.m[i].value, JSON_STRING))
			continue;
		return fail(cx, ERR_INPUT, "/spec/output/%s must be string - type: string", key.p);
	}
	return 0;
}

int template_entity(struct ctx *cx, const struct json *entity)
{
	const struct catalog_settings *set = catalog_settings(cx);
	struct faults faults = { 0 };

	if (!set)
		return cx->err.code;
	if (!is_template(entity))
		return fail(cx, ERR_INPUT, "Input template is not a template");
	if (!validate_envelope(cx->mem, entity, &faults) || !validate_entity(cx->mem, &set->kinds, entity, &faults))
		return fail(cx, ERR_INPUT, "%s", faults.items[0].message);
	return check_output(cx, entity);
}

int template_read(struct ctx *cx, const char *text, struct json **out)
{
	struct entity found;
	struct ref r;
	int rc = ref_parse(cx, text, "template", "default", &r);

	if (rc < 0)
		return rc;
	if (!str_ieq(r.kind, "template"))
		return fail(cx, ERR_INPUT, "Invalid kind, only 'Template' kind is supported");
	rc = entity_by_name(cx, r.kind, r.ns, r.name, &found);
	if (rc == ERR_NOTFOUND)
		return fail(cx, rc, "Template %s not found", ref_format(cx->mem, &r));
	return rc < 0 ? rc : json_parse(cx, found.body, out);
}

int template_find(struct ctx *cx, const char *text, struct json **out)
{
	int rc = template_read(cx, text, out);

	if (rc < 0)
		return rc;
	/* These are the catalog's. */
	json_remove(*out, "relations");
	json_remove(*out, "status");
	rc = template_entity(cx, *out);
	return rc < 0 ? rc : permit_template(cx, *out);
}

/* ---- steps ---- */

struct json *template_steps(struct arena *mem, const struct json *entity)
{
	const struct json *steps = json_path(entity, "spec", "steps", NULL);
	struct json *out = json_array(mem);

	for (size_t i = 0; json_is(steps, JSON_ARRAY) && i < steps->a.n; i++) {
		struct json *step = json_copy(mem, steps->a.items[i]);

		if (!json_is(json_get(step, "id"), JSON_STRING))
			json_set(mem, step, "id", json_fmt(mem, "step-%zu", i + 1));
		if (!json_is(json_get(step, "name"), JSON_STRING))
			json_set(mem, step, "name", json_str(mem, json_get_text(step, "action", "")));
		json_push(mem, out, step);
	}
	return out;
}

/* ---- the form ---- */

struct json *template_pages(struct arena *mem, const struct json *entity)
{
	const struct json *p = json_path(entity, "spec", "parameters", NULL);
	struct json *out;

	if (json_is(p, JSON_ARRAY))
		return json_copy(mem, p);
	out = json_array(mem);
	if (json_is(p, JSON_OBJECT))
		json_push(mem, out, json_copy(mem, p));
	return out;
}

static void set_copy(struct arena *mem, struct json *to, const char *key, const struct json *v)
{
	if (v)
		json_set(mem, to, key, json_copy(mem, v));
}

static struct json *page_of(struct arena *mem, struct json *schema)
{
	struct json *page = json_object(mem), *title = json_get(schema, "title");

	json_set(mem, page, "title", title ? title : json_str(mem, "Please enter the following information"));
	set_copy(mem, page, "description", json_get(schema, "description"));
	json_set(mem, page, "schema", schema);
	return page;
}

struct json *template_form(struct arena *mem, const struct json *entity)
{
	const struct json *meta = json_get(entity, "metadata"), *spec = json_get(entity, "spec");
	const struct json *title = json_get(meta, "title"), *pages = template_pages(mem, entity);
	const struct json *decorators = json_get(spec, "formDecorators"), *old = json_get(spec, "EXPERIMENTAL_formDecorators");
	struct json *form = json_object(mem), *steps = json_array(mem);

	for (size_t i = 0; i < pages->a.n; i++)
		json_push(mem, steps, page_of(mem, pages->a.items[i]));
	set_copy(mem, form, "title", title ? title : json_get(meta, "name"));
	set_copy(mem, form, "presentation", json_get(spec, "presentation"));
	set_copy(mem, form, "description", json_get(meta, "description"));
	set_copy(mem, form, "ui:options", json_get(meta, "ui:options"));
	json_set(mem, form, "steps", steps);
	/* Under its old name as well: clients know either. */
	set_copy(mem, form, "formDecorators", decorators ? decorators : old);
	set_copy(mem, form, "EXPERIMENTAL_formDecorators", old ? old : decorators);
	return form;
}

/* ---- values ---- */

static const struct json *default_of(const struct json *field, bool example)
{
	const struct json *v = json_get(field, "default"), *choices = json_get(field, "enum");

	return v || !example || !json_is(choices, JSON_ARRAY) || !choices->a.n ? v : choices->a.items[0];
}

struct json *template_defaults(struct arena *mem, const struct json *entity, bool examples)
{
	const struct json *pages = template_pages(mem, entity);
	struct json *out = json_object(mem);

	for (size_t i = 0; i < pages->a.n; i++) {
		const struct json *fields = json_get(pages->a.items[i], "properties");

		for (size_t k = 0; json_is(fields, JSON_OBJECT) && k < fields->o.n; k++) {
			const struct json *v = default_of(fields->o.m[k].value, examples);

			if (v || examples)
				json_setn(mem, out, fields->o.m[k].key,
					  v ? json_copy(mem, v) : scaffold_example(mem, fields->o.m[k].value));
		}
	}
	return out;
}

struct json *template_misfits(struct arena *mem, const struct json *entity, const struct json *values)
{
	const struct json *pages = template_pages(mem, entity);
	struct json *out = json_array(mem);

	for (size_t i = 0; i < pages->a.n; i++) {
		const struct json *errors = fit_errors(mem, pages->a.items[i], values, false);

		for (size_t k = 0; k < errors->a.n; k++)
			json_push(mem, out, errors->a.items[k]);
	}
	return out;
}

/* In the words of Backstage: of secrets.NAME, and without the values. */
static void name_secret(struct arena *mem, struct json *e)
{
	const char *property = json_get_text(e, "property", "instance"), *message = json_get_text(e, "message", "");
	const char *place = arena_printf(mem, "secrets%s", str_starts(property, "instance") ? property + 8 : "");
	bool missing = streq(json_get_text(e, "name", ""), "required");

	json_set(mem, e, "property", json_str(mem, place));
	json_set(mem, e, "message",
		 missing ? json_fmt(mem, "secrets.%s is required", json_get_text(e, "argument", ""))
			 : json_fmt(mem, "%s %s", place, message));
	json_set(mem, e, "instance", json_object(mem));
}

struct json *template_secret_misfits(struct arena *mem, const struct json *entity, const struct json *secrets)
{
	const struct json *schema = json_path(entity, "spec", "secrets", "schema", NULL);
	struct json *errors = schema ? fit_errors(mem, schema, secrets, true) : json_array(mem);

	for (size_t i = 0; i < errors->a.n; i++)
		name_secret(mem, errors->a.items[i]);
	return errors;
}
