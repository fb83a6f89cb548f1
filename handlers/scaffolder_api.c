/* /api/scaffolder as Backstage's clients know it: forms, actions, dry runs. */
#include "catalog/ref.h"
#include "handlers/handlers.h"
#include "handlers/task_api.h"
#include "plugins/action.h"
#include "scaffolder/dry_run.h"
#include "scaffolder/extension.h"
#include "scaffolder/permit.h"
#include "scaffolder/task.h"
#include "scaffolder/template.h"

/* ---- what is there ---- */

static void set_or_empty(struct arena *mem, struct json *to, const char *key, const struct json *v)
{
	if (v)
		json_set(mem, to, key, json_copy(mem, v));
}

static struct json *action_json(struct arena *mem, const struct action *a)
{
	struct json *v = json_object(mem), *schema = json_object(mem);

	json_set(mem, v, "id", json_str(mem, a->id));
	json_set(mem, v, "description", json_str(mem, a->description));
	set_or_empty(mem, v, "examples", a->examples);
	set_or_empty(mem, schema, "input", a->input);
	set_or_empty(mem, schema, "output", a->output);
	json_set(mem, v, "schema", schema);
	return v;
}

int scaffolder_api_actions(struct req *rq, struct resp *rs)
{
	const struct action_list *list = actions();
	struct json *out = json_array(rq->cx->mem);

	for (size_t i = 0; i < list->n; i++)
		json_push(rq->cx->mem, out, action_json(rq->cx->mem, list->items[i]));
	return resp_json(rs, 200, out);
}

int scaffolder_api_extensions(struct req *rq, struct resp *rs)
{
	struct json *out;
	int rc = template_extensions(rq->cx, &out);

	return rc < 0 ? rc : resp_json(rs, 200, out);
}

/* ---- forms ---- */

static int find_template(struct req *rq, struct json **out)
{
	struct ctx *cx = rq->cx;
	const struct ref r = { req_param(rq, "kind"), req_param(rq, "namespace"), req_param(rq, "name") };

	return template_find(cx, ref_format(cx->mem, &r), out);
}

int scaffolder_api_form(struct req *rq, struct resp *rs)
{
	struct json *entity;
	int rc = find_template(rq, &entity);

	return rc < 0 ? rc : resp_json(rs, 200, template_form(rq->cx->mem, entity));
}

/* ---- dry runs ---- */

static int check_type(struct req *rq, const struct json *body, const char *key, enum json_type type, const char *name)
{
	const struct json *v = json_get(body, key);

	return !v || v->type == type ? 0 : fail(rq->cx, ERR_INPUT, "request/body/%s must be %s", key, name);
}

static int read_dry_run(struct req *rq, struct dry_run *d)
{
	static const char *const need[] = { "template", "values", "directoryContents", NULL };
	struct json *body;
	int rc = body_object(rq, need, NULL, &body);

	if (rc == 0)
		rc = check_type(rq, body, "template", JSON_OBJECT, "object");
	if (rc == 0)
		rc = check_type(rq, body, "values", JSON_OBJECT, "object");
	if (rc == 0)
		rc = task_check_secrets(rq, json_get(body, "secrets"));
	if (rc == 0)
		rc = check_type(rq, body, "directoryContents", JSON_ARRAY, "array");
	if (rc < 0)
		return rc;
	*d = (struct dry_run){ .entity = json_get(body, "template"),
			       .values = json_get(body, "values"),
			       .secrets = json_get(body, "secrets"),
			       .files = json_get(body, "directoryContents"),
			       .user = task_user(rq->cx),
			       .host = action_lua_host(),
			       .allow = permit_action };
	return template_entity(rq->cx, d->entity);
}

int scaffolder_api_dry_run(struct req *rq, struct resp *rs)
{
	struct json *result, *errors;
	struct dry_run d;
	int rc = read_dry_run(rq, &d);

	if (rc < 0)
		return rc;
	errors = template_misfits(rq->cx->mem, d.entity, d.values);
	if (!errors->a.n)
		errors = template_secret_misfits(rq->cx->mem, d.entity, d.secrets ? d.secrets : json_object(rq->cx->mem));
	if (errors->a.n)
		return task_misfits(rq, rs, errors);
	rc = dry_run(rq->cx, &d, &result);
	/* That an action failed is no fault of the portal: who tries a template is told why. */
	if (rc == ERR_PLUGIN)
		rc = fail(rq->cx, ERR_INPUT, "%s", arena_strdup(rq->cx->mem, rq->cx->err.text));
	return rc < 0 ? rc : resp_json(rs, 200, result);
}
