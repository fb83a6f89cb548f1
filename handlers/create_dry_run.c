/* Dry runs for the template editor: what its text, its form and its files would become. */
#include "ext/yaml.h"
#include "handlers/create.h"
#include "handlers/handlers.h"
#include "plugins/action.h"
#include "scaffolder/dry_run.h"
#include "scaffolder/permit.h"
#include "scaffolder/task.h"
#include "scaffolder/template.h"

static int read_object(struct req *rq, const struct json *body, const char *key, const struct json **out)
{
	*out = json_get(body, key);
	if (!*out || json_is(*out, JSON_NULL))
		*out = json_object(rq->cx->mem);
	return json_is(*out, JSON_OBJECT) ? 0 : fail(rq->cx, ERR_INPUT, "request/body/%s must be object", key);
}

/* A text of YAML or JSON that holds an object, or the object itself. */
static int read_values(struct req *rq, const struct json *body, const char *key, const struct json **out)
{
	const struct json *v = json_get(body, key);
	struct json *read;

	if (!json_is(v, JSON_STRING))
		return read_object(rq, body, key, out);
	int rc = yaml_read_one(rq->cx, v->s, NULL, &read);

	if (rc < 0)
		return fail_in(rq->cx, rc, "%s", key);
	*out = json_is(read, JSON_NULL) ? json_object(rq->cx->mem) : read;
	return json_is(*out, JSON_OBJECT)
		       ? 0
		       : fail(rq->cx, ERR_INPUT, "%s must be an object, not a %s", key, json_type_name(*out));
}

static int read(struct req *rq, struct dry_run *d, struct faults *faults)
{
	static const char *const need[] = { "template", NULL };
	struct json *body, *entity = NULL;
	const char *text;
	int rc = body_object(rq, need, NULL, &body);

	if (rc == 0)
		rc = body_text(rq, body, "template", &text);
	if (rc == 0)
		rc = read_values(rq, body, "values", &d->values);
	if (rc == 0)
		rc = read_values(rq, body, "secrets", &d->secrets);
	if (rc < 0)
		return rc;
	d->files = json_get(body, "directoryContents");
	if (!d->files)
		d->files = json_array(rq->cx->mem);
	if (!json_is(d->files, JSON_ARRAY))
		return fail(rq->cx, ERR_INPUT, "request/body/directoryContents must be array");
	create_template_read(rq->cx, str_of(text), faults, &entity);
	d->entity = entity;
	return 0;
}

/* "owner: fill this in" for what the editor shows; where it is, as one would write it in an expression. */
static const char *misfit_words(struct arena *mem, const struct json *error)
{
	const char *where = json_get_text(error, "property", ""), *what = json_get_text(error, "message", "does not fit");

	where += str_starts(where, "instance") ? strlen("instance") : 0;
	where += *where == '.';
	if (streq(json_get_text(error, "name", ""), "required"))
		return arena_printf(mem, "%s%s%s is not filled in", where, *where ? "." : "",
				    json_get_text(error, "argument", ""));
	return *where ? arena_printf(mem, "%s %s", where, what) : what;
}

static int misfit(struct req *rq, struct resp *rs, const struct json *errors)
{
	struct arena *mem = rq->cx->mem;
	struct json *v = json_object(mem), *list = json_array(mem);

	for (size_t i = 0; i < errors->a.n; i++)
		json_push(mem, list, json_str(mem, misfit_words(mem, errors->a.items[i])));
	json_set(mem, v, "misfits", list);
	return resp_json(rs, 200, v);
}

/* What was logged before it failed is worth as much as the error. */
static int failed(struct req *rq, struct resp *rs, int rc, struct json *log, const struct json *steps)
{
	struct arena *mem = rq->cx->mem;
	struct json *v = json_object(mem);

	if (rc == ERR_INTERNAL)
		return rc;
	json_set(mem, v, "failed", json_str(mem, rq->cx->err.text));
	json_set(mem, v, "log", log);
	json_set(mem, v, "steps", json_copy(mem, steps));
	rq->cx->err = (struct err){ 0 };
	return resp_json(rs, 200, v);
}

/*
 * POST {template: text, values, secrets: objects or texts of YAML, directoryContents}: as the API's dry run, and with what is
 * wrong {failed, log, steps}, or {faults} of the text.
 */
int create_edit_dry_run(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct json *result, *errors, *log = json_array(mem);
	struct faults faults = { 0 };
	struct dry_run d = { .host = action_lua_host(), .allow = permit_action, .log = log };
	int rc = read(rq, &d, &faults);

	if (rc < 0)
		return create_failed(rq, rs, rc);
	if (!d.entity) {
		struct json *v = json_object(mem);

		json_set(mem, v, "faults", create_faults(mem, &faults));
		return resp_json(rs, 200, v);
	}
	d.user = task_user(rq->cx);
	errors = template_misfits(mem, d.entity, d.values);
	if (!errors->a.n)
		errors = template_secret_misfits(mem, d.entity, d.secrets);
	if (errors->a.n)
		return misfit(rq, rs, errors);
	rc = template_entity(rq->cx, d.entity);
	if (rc < 0)
		return create_failed(rq, rs, rc);
	rc = dry_run(rq->cx, &d, &result);
	return rc < 0 ? failed(rq, rs, rc, log, template_steps(mem, d.entity)) : resp_json(rs, 200, result);
}
