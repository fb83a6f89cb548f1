/* Runs a template's steps, one after the other. */
#include "scaffolder/run.h"

#include "scaffolder/extension.h"
#include "scaffolder/run_private.h"

/* ---- what is told ---- */

void progress_tell(struct progress *p, const struct step *st, const char *status, const char *message)
{
	const struct scaffold_event e = { mask_line(p->mask, p->cx->mem, message), st ? st->id : NULL, status };

	if (p->s->hooks.event)
		p->s->hooks.event(p->cx, p->s->hooks.arg, &e);
}

/* ---- expressions ---- */

bool scaffold_truth(const struct json *v)
{
	if (!v)
		return false;
	switch (v->type) {
	case JSON_NULL:
		return false;
	case JSON_BOOL:
		return v->b;
	case JSON_NUMBER:
		return v->num != 0 && v->num == v->num;
	case JSON_STRING:
		return v->s.n > 0;
	case JSON_ARRAY:
		return v->a.n > 0;
	default:
		return true;
	}
}

static int always(struct ctx *cx, void *arg, struct json *const *args, size_t n, const struct json *kwargs, struct json **out)
{
	struct progress *p = arg;

	(void)args, (void)n, (void)kwargs;
	p->asked_status = true;
	*out = json_bool(cx->mem, true);
	return 0;
}

static int failure(struct ctx *cx, void *arg, struct json *const *args, size_t n, const struct json *kwargs, struct json **out)
{
	struct progress *p = arg;

	(void)args, (void)n, (void)kwargs;
	p->asked_status = true;
	*out = json_bool(cx->mem, p->failed);
	return 0;
}

static struct json *copy_or_empty(struct arena *mem, const struct json *v)
{
	return v ? json_copy(mem, v) : json_object(mem);
}

static struct json *environment(struct progress *p, bool secret)
{
	static const char *const parts[] = { "parameters", "secrets" };
	struct arena *mem = p->cx->mem;
	struct json *v = json_object(mem);

	for (size_t i = 0; i < LEN(parts); i++) {
		struct json *part = i == 0 || secret ? json_get(p->s->environment, parts[i]) : NULL;

		json_set(mem, v, parts[i], part ? part : json_object(mem));
	}
	return v;
}

int progress_render(struct progress *p, const struct json *v, const struct json *each, bool secret, struct json **out)
{
	struct arena *mem = p->cx->mem;
	struct json *vars = json_object(mem);

	for (size_t i = 0; i < p->context->o.n; i++)
		json_append(mem, vars, p->context->o.m[i].key, p->context->o.m[i].value);
	json_set(mem, vars, "environment", environment(p, secret));
	if (each)
		json_set(mem, vars, "each", json_copy(mem, each));
	if (secret)
		json_set(mem, vars, "secrets", copy_or_empty(mem, p->s->secrets));
	return template_value(p->cx, p->env, v, template_extension_values(mem, vars), out);
}

/* ---- one step ---- */

int progress_cancelled(struct progress *p, const struct step *st)
{
	if (!p->s->hooks.cancelled || !p->s->hooks.cancelled(p->s->hooks.arg))
		return 0;
	return fail(p->cx, ERR_CONFLICT, "Step %s has been cancelled.", st->name);
}

/* The error stays cx's, without secrets. */
static int without_secrets(struct progress *p, int rc)
{
	return fail(p->cx, rc, "%s", mask_error(p->mask, p->cx->mem, arena_strdup(p->cx->mem, p->cx->err.text)));
}

/* Told with its name, as Backstage tells it. */
static int step_failed(struct progress *p, const struct step *st, int rc)
{
	without_secrets(p, rc);
	progress_tell(p, st, "failed", arena_printf(p->cx->mem, "%s: %s", err_name(rc), p->cx->err.text));
	return rc;
}

static const char *skipped(struct progress *p, const struct step *st, const char *why)
{
	return arena_printf(p->cx->mem, "Skipping step %s because %s", st->id, why);
}

static int execute(struct progress *p, const struct step *st)
{
	int rc = progress_cancelled(p, st);

	if (rc == 0)
		rc = step_execute(p, st);
	return rc < 0 ? step_failed(p, st, rc) : 0;
}

/* After a failure only those run whose condition asks how the run went. With each, the condition is judged for each. */
static int run_step(struct progress *p, const struct step *st)
{
	const struct json *condition = json_get(st->json, "if");
	struct json *wanted = NULL;
	int rc = 0;

	p->asked_status = false;
	if (condition)
		rc = progress_render(p, condition, NULL, false, &wanted);
	if (rc == 0 && p->failed && !p->asked_status) {
		progress_tell(p, st, "skipped", skipped(p, st, "a previous step failed"));
		return 0;
	}
	progress_tell(p, st, "processing", arena_printf(p->cx->mem, "Beginning step %s", st->name));
	if (rc < 0)
		return step_failed(p, st, rc);
	if (condition && !json_get(st->json, "each") && !scaffold_truth(wanted)) {
		progress_tell(p, st, "skipped", skipped(p, st, "its if condition was false"));
		return 0;
	}
	return execute(p, st);
}

static bool is_cancelled(const struct progress *p)
{
	return p->s->hooks.cancelled && p->s->hooks.cancelled(p->s->hooks.arg);
}

static int keep_state(struct progress *p, size_t next)
{
	const struct scaffold_state now = { next, p->outputs, p->failed ? p->first.code : 0, p->first.text,
					    mask_added(p->mask) };

	return p->s->hooks.ended ? p->s->hooks.ended(p->cx, p->s->hooks.arg, &now) : 0;
}

/* The step and what is kept of it. An error: the run goes no further. */
static int run_one(struct progress *p, size_t i)
{
	const struct json *v = p->s->steps->a.items[i];
	const struct step st = { v, json_get_text(v, "id", ""), json_get_text(v, "name", ""), json_get_text(v, "action", "") };
	int rc = run_step(p, &st);

	if (rc < 0 && !p->failed)
		p->first = p->cx->err;
	p->failed |= rc < 0;
	if (rc < 0 && is_cancelled(p))
		return rc;
	rc = keep_state(p, i + 1);
	if (rc < 0 && !p->failed)
		p->first = p->cx->err;
	p->failed |= rc < 0;
	return rc;
}

static int run_steps(struct progress *p)
{
	size_t i = p->s->resumed ? p->s->resumed->next : 0;
	int rc = 0;

	for (; rc == 0 && i < json_len(p->s->steps); i++) {
		if (p->s->hooks.leave && p->s->hooks.leave(p->s->hooks.arg))
			return fail(p->cx, ERR_UNAVAILABLE, "the run goes on elsewhere");
		rc = run_one(p, i);
	}
	if (p->failed)
		p->cx->err = p->first;
	return p->failed ? p->first.code : 0;
}

/* ---- the output ---- */

/* An entry of links or text is there only when its condition holds, which nobody sees. */
static struct json *chosen(struct arena *mem, const struct json *said, const struct json *rendered)
{
	struct json *out = json_array(mem);

	for (size_t i = 0; i < said->a.n && i < json_len(rendered); i++) {
		struct json *item = json_copy(mem, rendered->a.items[i]);

		if (json_get(said->a.items[i], "if") && !scaffold_truth(json_get(item, "if")))
			continue;
		if (json_is(item, JSON_OBJECT))
			json_remove(item, "if");
		json_push(mem, out, item);
	}
	return out;
}

static int render_output(struct progress *p, struct json **output)
{
	static const char *const lists[] = { "links", "text" };
	struct json *out = NULL;
	int rc = p->s->output ? progress_render(p, p->s->output, NULL, false, &out) : 0;

	if (rc < 0)
		return without_secrets(p, rc);
	if (!json_is(out, JSON_OBJECT))
		out = json_object(p->cx->mem);
	for (size_t i = 0; i < LEN(lists); i++) {
		const struct json *said = json_get(p->s->output, lists[i]), *rendered = json_get(out, lists[i]);

		if (json_is(said, JSON_ARRAY) && json_is(rendered, JSON_ARRAY))
			json_set(p->cx->mem, out, lists[i], chosen(p->cx->mem, said, rendered));
	}
	*output = mask_value(p->mask, p->cx->mem, out);
	return 0;
}

/* ---- all of it ---- */

static struct json *context_of(struct progress *p)
{
	struct arena *mem = p->cx->mem;
	const struct scaffold *s = p->s;
	struct json *c = json_object(mem), *task = json_object(mem), *context = json_object(mem);

	json_set(mem, task, "id", json_str(mem, s->id));
	json_set(mem, context, "task", task);
	json_set(mem, c, "parameters", copy_or_empty(mem, s->parameters));
	json_set(mem, c, "steps", p->outputs);
	if (s->user)
		json_set(mem, c, "user", json_copy(mem, s->user));
	json_set(mem, c, "context", context);
	return c;
}

/* Of the run that goes on: what is told elsewhere of its actions and filters must be without its secrets, too. */
static const struct mask *hiding;

const char *scaffold_hidden(struct arena *mem, const char *text)
{
	return hiding ? mask_line(hiding, mem, text) : text;
}

static void progress_begin(struct progress *p)
{
	struct arena *mem = p->cx->mem;
	const struct json *hidden[] = { p->s->secrets, json_get(p->s->environment, "secrets") };
	const struct json *before = p->s->resumed ? p->s->resumed->hidden : NULL;

	p->mask = mask_new(mem, hidden, LEN(hidden));
	for (size_t i = 0; i < json_len(before); i++)
		mask_also(p->mask, mem, str_of(json_text(before->a.items[i], "")));
	hiding = p->mask;
	p->outputs = copy_or_empty(mem, p->s->resumed ? p->s->resumed->steps : NULL);
	if (p->s->resumed && p->s->resumed->failed) {
		fail(p->cx, p->s->resumed->failed, "%s", p->s->resumed->why);
		p->first = p->cx->err;
		p->failed = true;
	}
	p->context = context_of(p);
	p->env = template_env_new(TEMPLATE_DOLLAR, NULL, NULL, NULL);
	template_extend_env(p->env);
	template_add_global(p->env, "always", always, p, false);
	template_add_global(p->env, "failure", failure, p, false);
}

int scaffold_run(struct ctx *cx, const struct scaffold *s, struct json **output)
{
	struct progress p = { .cx = cx, .s = s };
	int rc;

	progress_begin(&p);
	/* Backstage takes a dry run's files in a step of its own, which its clients see counted. */
	if (!s->resumed || !s->resumed->next)
		progress_tell(
			&p, NULL, NULL,
			arena_printf(cx->mem, "Starting up task with %zu steps", json_len(s->steps) + (s->dry_run ? 1 : 0)));
	rc = run_steps(&p);
	if (rc == 0)
		rc = render_output(&p, output);
	template_env_free(p.env);
	hiding = NULL;
	return rc;
}
