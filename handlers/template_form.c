/* /create/templates/:namespace/:name: a template's form, page by page. */
#include "handlers/template_form.h"

#include "catalog/entity.h"
#include "catalog/ref.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "handlers/entity_view.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/may.h"
#include "handlers/page.h"
#include "identity/identity.h"
#include "scaffolder/decorator.h"
#include "scaffolder/task.h"
#include "scaffolder/template.h"

/* ---- what it is about ---- */

int template_form_open(struct req *rq, struct template_form *x)
{
	struct ctx *cx = rq->cx;
	const char *ns = req_param(rq, "namespace"), *name = req_param(rq, "name"), *token = req_cookie(rq, DRAFT_COOKIE);
	const struct ref r = { "template", ns, name };
	struct entity found;
	struct json *whole;
	int rc;

	*x = (struct template_form){ .rq = rq, .cx = cx };
	rc = entity_by_name(cx, r.kind, ns, name, &found);
	if (rc == 0)
		rc = json_parse(cx, found.body, &whole);
	if (rc < 0)
		return rc;
	x->row = entity_row(cx->mem, whole);
	x->ref = ref_of_entity(cx->mem, whole);
	x->url = link_template(cx->mem, x->ref);
	x->draft = (struct draft){ .token = token && strlen(token) >= 32 ? token : "", .template_ref = x->ref };
	/* Without what may not be seen of it. */
	rc = template_find(cx, ref_format(cx->mem, &r), &x->entity);
	if (rc < 0)
		return fail_in(cx, rc, "this template cannot be used until its file is mended");
	form_open(cx, x->entity, &x->form);
	x->form.cookie = req_cookie(rq, session_cookie(rq->https));
	return 0;
}

/* ---- what has been entered ---- */

static int values_of_task(struct template_form *x, const char *id)
{
	struct json *values;
	struct task t;
	int rc = task_find_for(x->cx, id, "scaffolder.task.read", &t);

	if (rc < 0)
		return rc;
	values = json_get(t.spec, "parameters");
	x->given = json_is(values, JSON_OBJECT) ? values : json_object(x->cx->mem);
	return 0;
}

/* formData={"name":"pay"}: what Backstage's addresses have, so that links from elsewhere work. */
static int values_of_address(struct template_form *x, const char *text)
{
	struct json *v;
	int rc = strlen(text) > FORM_BYTES ? fail(x->cx, ERR_TOOLARGE, "formData is too long")
					   : json_parse_within(x->cx, str_of(text), 16 << 20, &v);

	if (rc < 0)
		return fail_in(x->cx, rc, "formData in the address");
	if (!json_is(v, JSON_OBJECT))
		return fail(x->cx, ERR_INPUT, "formData in the address must be an object of values");
	x->given = v;
	return 0;
}

int template_form_fill(struct template_form *x)
{
	const char *data = req_query(x->rq, "formData"), *task = req_query(x->rq, "task");
	int rc = 0;

	if (!x->given && task && *task)
		rc = values_of_task(x, task);
	else if (!x->given && data && *data)
		rc = values_of_address(x, data);
	if (rc < 0)
		return rc;
	if (x->given) {
		x->form.values = json_copy(x->cx->mem, x->given);
		return form_begin(&x->form);
	}
	rc = draft_load(x->cx, &x->draft, &x->form);
	x->drafted = rc == 1;
	return rc < 0 || x->drafted ? rc < 0 ? rc : 0 : form_begin(&x->form);
}

struct json *template_form_posted(struct arena *mem, const struct params *form)
{
	struct json *v = json_object(mem);

	for (size_t i = 0; i < form->n; i++) {
		const struct param *p = &form->items[i];
		struct json *list = json_get(v, p->name);

		if (*p->name != '/' && *p->name != '?')
			continue;
		if (!list)
			list = json_set(mem, v, p->name, json_array(mem));
		json_push(mem, list, json_str(mem, p->value));
	}
	return v;
}

const char *template_form_digest(struct template_form *x, const struct json *acting)
{
	struct buf b = { .mem = x->cx->mem };
	char hash[65];

	json_write_stable(&b, x->form.values);
	json_write_stable(&b, x->form.sealed);
	json_write_stable(&b, acting);
	crypto_sha256_hex(buf_str(&b), hash);
	return arena_strdup(x->cx->mem, hash);
}

/* ---- showing ---- */

static const char *page_title(struct arena *mem, const struct json *page, size_t i)
{
	const char *title = json_get_text(page, "title", "");

	return *title ? title : arena_printf(mem, "Step %zu", i + 1);
}

static struct json *steps_json(const struct template_form *x)
{
	struct arena *mem = x->cx->mem;
	struct json *list = json_array(mem);
	size_t n = x->form.pages->a.n;

	for (size_t i = 0; i <= n; i++) {
		struct json *v = json_object(mem);

		json_set(mem, v, "title", json_str(mem, i < n ? page_title(mem, x->form.pages->a.items[i], i) : "Review"));
		json_set(mem, v, "number", json_num(mem, (double)(i + 1)));
		json_set(mem, v, "state",
			 json_str(mem, i == x->page                       ? "current"
				       : i < x->page || i < x->draft.seen ? "done"
									  : "later"));
		json_push(mem, list, v);
	}
	return list;
}

static struct json *labels_json(const struct template_form *x)
{
	static const char *const names[][3] = { { "back", "backButtonText", "Back" },
						{ "create", "createButtonText", "Create" },
						{ "review", "reviewButtonText", "Review" } };
	const struct json *labels = json_path(x->entity, "spec", "presentation", "buttonLabels", NULL);
	struct json *v = json_object(x->cx->mem);

	for (size_t i = 0; i < LEN(names); i++)
		json_set(x->cx->mem, v, names[i][0], json_str(x->cx->mem, json_get_text(labels, names[i][1], names[i][2])));
	return v;
}

static struct json *vars_of(struct template_form *x)
{
	struct arena *mem = x->cx->mem;
	struct json *vars = json_object(mem);
	struct buf given = { .mem = mem };

	if (x->given)
		json_write(&given, x->given);
	json_set(mem, vars, "e", x->row);
	json_set(mem, vars, "form_url", json_str(mem, x->url));
	json_set(mem, vars, "steps", steps_json(x));
	json_set(mem, vars, "labels", labels_json(x));
	json_set(mem, vars, "given", json_str(mem, buf_text(&given)));
	json_set(mem, vars, "number", json_num(mem, (double)(x->page + 1)));
	json_set(mem, vars, "pages", json_num(mem, (double)x->form.pages->a.n));
	json_set(mem, vars, "drafted", json_bool(mem, x->drafted && !req_query(x->rq, "page")));
	json_set(mem, vars, "more", json_bool(mem, req_query(x->rq, "more") != NULL));
	json_set(mem, vars, "changed", json_bool(mem, req_query(x->rq, "changed") != NULL));
	json_set(mem, vars, "errors", json_num(mem, 0));
	return vars;
}

static int show_review(struct template_form *x, struct resp *rs, int status, struct json *vars)
{
	struct arena *mem = x->cx->mem;
	struct json *pages, *acting;
	int rc = form_review(&x->form, &pages);

	if (rc == 0)
		rc = form_acting(&x->form, &acting);
	if (rc < 0)
		return rc;
	json_set(mem, vars, "review", pages);
	json_set(mem, vars, "decorated", json_bool(mem, decorators_apply(x->entity)));
	json_set(mem, vars, "undecorated", json_str(mem, decorators_missing(mem, x->entity)));
	json_set(mem, vars, "refused", json_str(mem, x->refused ? x->refused : ""));
	json_set(mem, vars, "digest", json_str(mem, template_form_digest(x, acting)));
	return page_render(x->rq, rs, status, "create/review.html", vars);
}

int template_form_show(struct template_form *x, struct resp *rs, int status, const struct json *errors)
{
	struct arena *mem = x->cx->mem;
	struct json *vars = vars_of(x), *page;
	int rc = 0;

	if (x->page >= x->form.pages->a.n)
		return show_review(x, rs, status, vars);
	if (x->page >= x->draft.seen)
		rc = form_visit(&x->form, x->page);
	if (rc == 0)
		rc = form_page(&x->form, x->page, errors, &page);
	if (rc < 0)
		return rc;
	json_set(mem, vars, "page", page);
	json_set(mem, vars, "errors", json_num(mem, (double)json_len(errors)));
	return page_render(x->rq, rs, status, "create/form.html", vars);
}

int template_form_part(struct template_form *x, struct resp *rs)
{
	struct json *vars = json_object(x->cx->mem), *page;
	int rc = form_page(&x->form, x->page, NULL, &page);

	if (rc < 0)
		return rc;
	json_set(x->cx->mem, vars, "page", page);
	return page_render(x->rq, rs, 200, "create/part.html", vars);
}

/* ---- the page ---- */

static void read_page(struct template_form *x)
{
	const char *text = req_query(x->rq, "page");
	long n = 1;

	if (text && streq(text, "review"))
		x->page = x->form.pages->a.n;
	else if (text && str_long(text, 1, (long)x->form.pages->a.n, &n))
		x->page = (size_t)n - 1;
	/* Nobody is led past what he has not seen. */
	if (text && !x->given && x->page > x->draft.seen)
		x->page = x->draft.seen;
}

int template_form_page(struct req *rq, struct resp *rs)
{
	struct json *errors = NULL;
	struct template_form x;
	int rc = template_form_open(rq, &x);

	if (rc == 0)
		rc = template_form_fill(&x);
	if (rc < 0)
		return rc;
	read_page(&x);
	if (req_query(rq, "check") && x.page < x.form.pages->a.n)
		rc = form_errors(&x.form, x.page, &errors);
	return rc < 0 ? rc : template_form_show(&x, rs, 200, errors);
}
