/* The form of a template that is being written: what the editor shows beside its text. */
#include "ext/json.h"
#include "ext/yaml.h"
#include "handlers/handlers.h"
#include "handlers/page.h"
#include "handlers/template_form.h"
#include "scaffolder/template.h"

enum { MOST_TEXT = 1 << 20, MOST_PAGES = 50 };

static int read_template(struct req *rq, const struct params *form, struct json **out)
{
	const struct yaml_limits limits = { .bytes = MOST_TEXT, .nodes = 100000 };
	const char *text = params_get(form, "template");
	int rc;

	if (!text || !*text)
		return fail(rq->cx, ERR_INPUT, "template: there is no text");
	rc = yaml_read_one(rq->cx, str_of(text), &limits, out);
	if (rc == 0)
		rc = template_entity(rq->cx, *out);
	return rc;
}

static int read_values(struct req *rq, const struct params *form, struct form *f)
{
	const char *text = params_get(form, "values");
	struct json *v;
	int rc;

	if (!text || !*text)
		return 0;
	rc = json_parse_within(rq->cx, str_of(text), 16 << 20, &v);
	if (rc < 0)
		return fail_in(rq->cx, rc, "values");
	if (!json_is(v, JSON_OBJECT))
		return fail(rq->cx, ERR_INPUT, "values must be an object");
	f->values = v;
	return 0;
}

/* What was changed in the form itself comes as it does from the page: texts by place, and the page they are on. */
static int take_posted(struct req *rq, const struct params *form, struct form *f)
{
	const char *page = params_get(form, "_page"), *what = params_get(form, "_do");
	bool more;
	long n;
	int rc;

	if (!page || !str_long(page, 1, (long)f->pages->a.n, &n))
		return 0;
	rc = form_post(f, (size_t)n - 1, template_form_posted(rq->cx->mem, form), &more);
	return rc < 0 || !what ? rc : form_change(f, (size_t)n - 1, what);
}

static int pages_json(struct form *f, struct json **out)
{
	struct arena *mem = f->cx->mem;
	int rc = 0;

	*out = json_array(mem);
	for (size_t i = 0; rc == 0 && i < f->pages->a.n && i < MOST_PAGES; i++) {
		struct json *page = NULL;

		rc = form_page(f, i, NULL, &page);
		if (rc == 0)
			json_push(mem, *out, page);
	}
	return rc;
}

int template_form_try(struct req *rq, struct resp *rs)
{
	struct json *entity = NULL, *vars = json_object(rq->cx->mem), *pages = NULL, *values = NULL;
	struct params form = { 0 };
	struct buf text = { .mem = rq->cx->mem };
	struct form f;
	int rc = req_form(rq, &form);

	if (rc == 0)
		rc = read_template(rq, &form, &entity);
	if (rc < 0)
		return rc;
	form_open(rq->cx, entity, &f);
	rc = read_values(rq, &form, &f);
	if (rc == 0)
		rc = form_begin(&f);
	if (rc == 0)
		rc = take_posted(rq, &form, &f);
	if (rc == 0)
		rc = pages_json(&f, &pages);
	f.sealed = json_object(rq->cx->mem); /* what is secret does not come back here either */
	if (rc == 0)
		rc = form_values(&f, &values);
	if (rc < 0)
		return rc;
	json_write(&text, values);
	json_set(rq->cx->mem, vars, "pages", pages);
	json_set(rq->cx->mem, vars, "values", json_str(rq->cx->mem, buf_text(&text)));
	return page_render(rq, rs, 200, "create/try.html", vars);
}
