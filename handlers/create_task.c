/* /create/tasks/:id: how a task goes, its log, what came of it; cancelling it and trying again. */
#include "handlers/create_task.h"

#include "base/clock.h"
#include "catalog/ref.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/may.h"
#include "handlers/page.h"
#include "handlers/task_log.h"
#include "identity/audit.h"
#include "scaffolder/form.h"
#include "scaffolder/permit.h"
#include "scaffolder/task_view.h"
#include "scaffolder/template.h"

enum { LINES = 500, SECRETS_MOST = 50, DEPTH = 64 };

#define SECRET_FIELD "secret."

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text));
}

/* ---- what it is ---- */

static const char *title_of(const struct task *t)
{
	const struct json *info = json_get(t->spec, "templateInfo");
	const struct json *meta = json_path(info, "entity", "metadata", NULL);
	const char *slash = t->template_ref ? strrchr(t->template_ref, '/') : NULL;

	return json_get_text(meta, "title", json_get_text(meta, "name", slash ? slash + 1 : "A task"));
}

struct json *create_task_row(struct arena *mem, const struct task *t)
{
	struct json *v = json_object(mem);
	const char *by = t->created_by ? t->created_by : "";
	int64_t until = t->ended_ms ? t->ended_ms : clock_wall_ms();
	bool is_ref = strchr(by, ':') && strchr(by, '/');

	set_text(mem, v, "id", t->id);
	set_text(mem, v, "url", link_task(mem, t->id));
	set_text(mem, v, "status", t->status);
	json_set(mem, v, "ended", json_bool(mem, task_has_ended(t)));
	set_text(mem, v, "title", title_of(t));
	set_text(mem, v, "template", t->template_ref ? t->template_ref : "");
	set_text(mem, v, "start_over", t->template_ref ? link_start_over(mem, t->template_ref, t->id) : "");
	set_text(mem, v, "by", by);
	json_set(mem, v, "by_ref", json_bool(mem, is_ref));
	json_set(mem, v, "created", json_num(mem, (double)t->created_ms));
	json_set(mem, v, "ms", json_num(mem, (double)(until > t->created_ms ? until - t->created_ms : 0)));
	return v;
}

/* ---- its steps ---- */

static struct json *steps_json(struct arena *mem, const struct task *t, const struct task_state *s, const char *chosen)
{
	struct json *list = json_array(mem);
	int64_t now = clock_wall_ms();

	for (size_t i = 0; i < s->n_steps; i++) {
		const struct task_step *of = &s->steps[i];
		int64_t until = of->ended_ms ? of->ended_ms : now;
		struct json *v = json_object(mem);

		set_text(mem, v, "id", of->id);
		set_text(mem, v, "name", of->name);
		set_text(mem, v, "action", of->action);
		set_text(mem, v, "status", of->status);
		json_set(mem, v, "began", json_num(mem, (double)of->began_ms));
		json_set(mem, v, "timed", json_bool(mem, of->began_ms && !streq(of->status, "skipped")));
		json_set(mem, v, "ms",
			 json_num(mem, (double)(of->began_ms && until > of->began_ms ? until - of->began_ms : 0)));
		json_set(mem, v, "chosen", json_bool(mem, chosen && streq(chosen, of->id)));
		set_text(mem, v, "url", link_task_part(mem, t->id, arena_printf(mem, "?step=%s", link_encode(mem, of->id))));
		json_push(mem, list, v);
	}
	return list;
}

/* The step that the error belongs to: the last that failed. */
static const char *failed_step(const struct task_state *s)
{
	const char *id = "";
	int64_t at = -1;

	for (size_t i = 0; i < s->n_steps; i++)
		if (streq(s->steps[i].status, "failed") && s->steps[i].ended_ms >= at) {
			at = s->steps[i].ended_ms;
			id = s->steps[i].id;
		}
	return id;
}

/* ---- what came of it ---- */

static struct json *link_json(struct ctx *cx, const struct json *l)
{
	const char *text = json_get_text(l, "entityRef", NULL), *title = json_get_text(l, "title", NULL);
	struct err before = cx->err;
	struct json *v, *one = json_object(cx->mem), *meta = json_object(cx->mem), *links = json_array(cx->mem);
	struct ref r;

	json_push(cx->mem, links, json_copy(cx->mem, l));
	json_set(cx->mem, meta, "links", links);
	json_set(cx->mem, one, "metadata", meta);
	/* Icons are those of an entity's links. */
	v = json_copy(cx->mem, entity_links(cx->mem, one)->a.items[0]);
	if (text && ref_parse(cx, text, "component", "default", &r) == 0) {
		const char *ref = ref_format(cx->mem, &r);

		set_text(cx->mem, v, "url", link_entity(cx->mem, ref));
		set_text(cx->mem, v, "ref", ref);
		set_text(cx->mem, v, "title", title ? title : ref_humanise(cx->mem, ref, NULL));
		if (!json_get(l, "icon"))
			set_text(cx->mem, v, "icon", "layers");
	} else {
		set_text(cx->mem, v, "ref", "");
	}
	cx->err = before;
	return v;
}

static struct json *links_json(struct ctx *cx, const struct json *output)
{
	const struct json *links = json_get(output, "links");
	struct json *list = json_array(cx->mem);

	for (size_t i = 0; json_is(links, JSON_ARRAY) && i < links->a.n; i++)
		if (json_is(links->a.items[i], JSON_OBJECT))
			json_push(cx->mem, list, link_json(cx, links->a.items[i]));
	return list;
}

/* Their content is Markdown. */
static struct json *texts_json(struct arena *mem, const struct json *output)
{
	const struct json *texts = json_get(output, "text");
	struct json *list = json_array(mem);

	for (size_t i = 0; json_is(texts, JSON_ARRAY) && i < texts->a.n; i++) {
		struct json *v = json_object(mem);

		set_text(mem, v, "title", json_get_text(texts->a.items[i], "title", ""));
		set_text(mem, v, "content", json_get_text(texts->a.items[i], "content", ""));
		json_push(mem, list, v);
	}
	return list;
}

/* The other outputs: [{key, value}]. */
static struct json *others_json(struct arena *mem, const struct json *output)
{
	struct json *others = output ? json_copy(mem, output) : json_object(mem);

	json_remove(others, "links");
	json_remove(others, "text");
	return entity_pairs(mem, others);
}

static void add_output(struct ctx *cx, struct json *vars, const struct json *output)
{
	json_set(cx->mem, vars, "links", links_json(cx, output));
	json_set(cx->mem, vars, "texts", texts_json(cx->mem, output));
	json_set(cx->mem, vars, "outputs", others_json(cx->mem, output));
}

/* ---- what it was given ---- */

static bool is_stars(const struct json *v)
{
	return json_is(v, JSON_STRING) && v->s.n && strspn(v->s.p, "*") == v->s.n;
}

/* Page by page, as the form showed it before it was sent: what is masked there stays so. */
static int review(struct ctx *cx, const struct task *t, const struct json *entity, struct json **out)
{
	const struct json *values = json_get(t->spec, "parameters");
	struct form f;

	form_open(cx, entity, &f);
	f.asks = false; /* whose token there was then is not known now */
	f.values = json_is(values, JSON_OBJECT) ? json_copy(cx->mem, values) : json_object(cx->mem);
	for (size_t i = 0; i < f.values->o.n; i++)
		if (is_stars(f.values->o.m[i].value))
			json_set(cx->mem, f.sealed, arena_printf(cx->mem, "/%s", f.values->o.m[i].key.p),
				 json_str(cx->mem, "***"));
	return form_review(&f, out);
}

/* Without its template nobody knows what is to be masked: then nothing of it is shown. */
static void add_parameters(struct ctx *cx, struct json *vars, const struct task *t)
{
	struct err before = cx->err;
	struct json *entity, *pages = NULL;

	if (t->template_ref && template_read(cx, t->template_ref, &entity) == 0 && review(cx, t, entity, &pages) < 0)
		pages = NULL;
	cx->err = before;
	json_set(cx->mem, vars, "pages", pages ? pages : json_array(cx->mem));
	json_set(cx->mem, vars, "template_known", json_bool(cx->mem, pages));
}

/* ---- secrets that a new try needs ---- */

static void add_name(struct arena *mem, struct json *names, struct str name)
{
	if (name.n && names->o.n < SECRETS_MOST)
		json_setn(mem, names, (struct str){ arena_strndup(mem, name.p, name.n), name.n }, json_bool(mem, true));
}

/* Names behind "secrets." in texts of the steps; not those of the environment, which the portal has. */
static void find_secrets(struct arena *mem, const struct json *v, unsigned depth, struct json *names)
{
	static const char word[] = "secrets.", of_portal[] = "environment.";

	for (const char *p = json_is(v, JSON_STRING) ? v->s.p : ""; (p = strstr(p, word)); p += strlen(word)) {
		const char *name = p + strlen(word);
		size_t n = 0;

		while (ascii_alnum(name[n]) || name[n] == '_')
			n++;
		if (!((size_t)(p - v->s.p) >= strlen(of_portal) &&
		      strncmp(p - strlen(of_portal), of_portal, strlen(of_portal)) == 0))
			add_name(mem, names, (struct str){ name, n });
	}
	for (size_t i = 0; depth < DEPTH && !json_is(v, JSON_STRING) && i < json_len(v); i++)
		find_secrets(mem, v->type == JSON_ARRAY ? v->a.items[i] : v->o.m[i].value, depth + 1, names);
}

/* Names that the template's schema of secrets has, whether its steps use them or not. */
static void add_wanted(struct ctx *cx, const struct task *t, struct json *names)
{
	struct err before = cx->err;
	struct json *entity = NULL;

	if (t->template_ref && template_read(cx, t->template_ref, &entity) == 0) {
		const struct json *schema = json_path(entity, "spec", "secrets", "schema", NULL);
		const struct json *required = json_get(schema, "required"), *properties = json_get(schema, "properties");

		for (size_t i = 0; json_is(required, JSON_ARRAY) && i < required->a.n; i++)
			add_name(cx->mem, names, required->a.items[i]->s);
		for (size_t i = 0; json_is(properties, JSON_OBJECT) && i < properties->o.n; i++)
			add_name(cx->mem, names, properties->o.m[i].key);
	}
	cx->err = before;
}

static struct json *secret_names(struct ctx *cx, const struct task *t)
{
	struct json *names = json_object(cx->mem), *list = json_array(cx->mem);

	find_secrets(cx->mem, json_get(t->spec, "steps"), 0, names);
	add_wanted(cx, t, names);
	for (size_t i = 0; i < names->o.n; i++)
		json_push(cx->mem, list, json_strn(cx->mem, names->o.m[i].key.p, names->o.m[i].key.n));
	return list;
}

/* What is wrong with those that were entered, for whoever entered them: "key is missing". */
static struct json *misfit_words(struct arena *mem, const struct json *misfits)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; i < json_len(misfits); i++) {
		const struct json *e = misfits->a.items[i];
		const char *text = json_get_text(e, "message", "");

		if (streq(json_get_text(e, "name", ""), "required"))
			text = arena_printf(mem, "%s is missing", json_get_text(e, "argument", ""));
		else if (str_starts(text, "secrets."))
			text += strlen("secrets.");
		json_push(mem, list, json_str(mem, text));
	}
	return list;
}

/* ---- the page ---- */

static int add_log(struct ctx *cx, struct json *vars, const struct task *t, const char *step)
{
	struct task_event *events;
	bool more;
	size_t n;
	int rc = task_lines(cx, t->id, step, LINES, &events, &n, &more);

	if (rc < 0)
		return rc;
	json_set(cx->mem, vars, "lines", log_rows(cx->mem, events, n));
	json_set(cx->mem, vars, "more", json_bool(cx->mem, more));
	json_set(cx->mem, vars, "shown", json_num(cx->mem, n ? (double)events[n - 1].id : 0));
	return 0;
}

static bool may_cancel(struct ctx *cx, const struct task *t)
{
	struct err before = cx->err;
	int rc = permit_this_task(cx, "scaffolder.task.cancel", t);

	cx->err = before;
	return rc == 0;
}

/* misfits: of secrets, when it was not tried again for them. */
static int show(struct req *rq, struct resp *rs, int status, const struct task *t, const struct json *misfits)
{
	struct ctx *cx = rq->cx;
	struct json *vars = json_object(cx->mem);
	const char *step = req_query(rq, "step");
	struct task_state state;
	int rc = task_state(cx, t, &state);

	step = step && *step ? step : NULL;
	if (rc == 0)
		rc = add_log(cx, vars, t, step);
	if (rc < 0)
		return rc;
	add_output(cx, vars, state.output);
	json_set(cx->mem, vars, "may_cancel", json_bool(cx->mem, !task_has_ended(t) && may_cancel(cx, t)));
	add_parameters(cx, vars, t);
	json_set(cx->mem, vars, "t", create_task_row(cx->mem, t));
	json_set(cx->mem, vars, "steps", steps_json(cx->mem, t, &state, step));
	set_text(cx->mem, vars, "error", state.error ? log_plain(cx->mem, state.error) : "");
	set_text(cx->mem, vars, "failed_step", failed_step(&state));
	json_set(cx->mem, vars, "after", json_num(cx->mem, (double)state.last));
	set_text(cx->mem, vars, "step", step ? step : "");
	json_set(cx->mem, vars, "secrets", secret_names(cx, t));
	json_set(cx->mem, vars, "misfits", misfit_words(cx->mem, misfits));
	set_text(cx->mem, vars, "log_url",
		 link_task_part(cx->mem, t->id,
				step ? arena_printf(cx->mem, "/log?step=%s", link_encode(cx->mem, step)) : "/log"));
	set_text(cx->mem, vars, "tab", "tasks");
	return page_render(rq, rs, status, "create/task.html", vars);
}

int create_task(struct req *rq, struct resp *rs)
{
	static const char *const known[] = { "step", "said", NULL };
	struct task t;
	int rc = req_only_query(rq, known);

	if (rc == 0)
		rc = task_find_for(rq->cx, req_param(rq, "id"), "scaffolder.task.read", &t);
	return rc < 0 ? rc : show(rq, rs, 200, &t, NULL);
}

/* ---- changes ---- */

int create_task_cancel(struct req *rq, struct resp *rs)
{
	struct task t;
	int rc = task_find_for(rq->cx, req_param(rq, "id"), "scaffolder.task.cancel", &t);

	audit_note(rq->cx, "taskId", req_param(rq, "id"));
	if (rc == 0)
		rc = task_cancel(rq->cx, t.id);
	return rc < 0 ? rc : resp_redirect(rs, link_task(rq->cx->mem, t.id));
}

int create_task_retry(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct json *secrets = json_object(cx->mem), *misfits = NULL;
	struct params form;
	struct task t;
	int rc = req_form(rq, &form);

	audit_note(cx, "taskId", req_param(rq, "id"));
	for (size_t i = 0; rc == 0 && i < form.n; i++)
		if (str_starts(form.items[i].name, SECRET_FIELD) && *form.items[i].value)
			set_text(cx->mem, secrets, form.items[i].name + strlen(SECRET_FIELD), form.items[i].value);
	if (rc == 0)
		rc = task_find_for(cx, req_param(rq, "id"), "scaffolder.task.read", &t);
	if (rc == 0)
		rc = task_retry_misfits(cx, &t, secrets, &misfits);
	if (rc == 0 && json_len(misfits))
		return show(rq, rs, 400, &t, misfits);
	if (rc == 0)
		rc = task_retry(cx, t.id, secrets->o.n ? secrets : NULL);
	return rc < 0 ? rc : resp_redirect(rs, link_task(cx->mem, t.id));
}
