/* What a form's buttons do: each keeps what was entered, and leads to the page that comes then. */
#include "ext/json.h"
#include "handlers/auth_record.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "handlers/template_form.h"
#include "identity/audit.h"
#include "identity/identity.h"
#include "scaffolder/decorator.h"
#include "scaffolder/task.h"

/* ---- what was posted ---- */

static int read_given(struct template_form *x, const struct params *form)
{
	const char *text = params_get(form, "_given");
	struct json *v;
	int rc;

	if (!text || !*text)
		return 0;
	rc = json_parse_within(x->cx, str_of(text), 16 << 20, &v);
	if (rc == 0 && json_is(v, JSON_OBJECT))
		x->given = v;
	return rc;
}

static void read_page(struct template_form *x, const struct params *form)
{
	const char *text = params_get(form, "_page");
	long n;

	x->page = text && str_long(text, 1, (long)x->form.pages->a.n + 1, &n) ? (size_t)n - 1 : 0;
}

/* The draft of this browser; its token is made when there is something to keep. */
static int keep(struct template_form *x, struct resp *rs)
{
	if (!*x->draft.token) {
		x->draft.token = draft_token(x->cx->mem);
		resp_cookie(x->rq, rs, DRAFT_COOKIE, x->draft.token, -1);
	}
	if (x->draft.seen < x->page + 1 && x->page < x->form.pages->a.n)
		x->draft.seen = (unsigned)x->page + 1;
	return draft_save(x->cx, &x->draft, &x->form);
}

/* ---- where it leads ---- */

static int lead(struct template_form *x, struct resp *rs, size_t page, const char *why)
{
	struct arena *mem = x->cx->mem;
	const char *number = page < x->form.pages->a.n ? arena_printf(mem, "%zu", page + 1) : "review";

	return resp_redirect(rs, arena_printf(mem, "%s?page=%s%s", x->url, number, why));
}

/* On to the next page, unless this one is not right yet, or has fields that nobody has seen. */
static int go_on(struct template_form *x, struct resp *rs, bool more)
{
	struct json *errors;
	int rc;

	if (more)
		return lead(x, rs, x->page, "&more=1");
	rc = form_errors(&x->form, x->page, &errors);
	if (rc < 0)
		return rc;
	return errors->o.n ? lead(x, rs, x->page, "&check=1") : lead(x, rs, x->page + 1, "");
}

/* ---- creating ---- */

/* Back to the first page that is not right; 1 when there is one. */
static int send_back(struct template_form *x, struct resp *rs)
{
	for (size_t i = 0; i < x->form.pages->a.n; i++) {
		struct json *errors;
		int rc = form_errors(&x->form, i, &errors);

		if (rc < 0)
			return rc;
		if (errors->o.n)
			return lead(x, rs, i, "&check=1") < 0 ? x->cx->err.code : 1;
	}
	return 0;
}

static int show_misfits(struct template_form *x, struct resp *rs, const struct json *misfits)
{
	struct json *errors;
	int rc = form_misfits(&x->form, misfits, &x->page, &errors);

	return rc < 0 ? rc : template_form_show(x, rs, 400, errors);
}

/* Filling in a form changes nothing, and is not recorded; what comes of it is. */
static void tell(struct template_form *x, const char *id)
{
	struct json *meta = json_object(x->cx->mem);

	json_set(x->cx->mem, meta, "actionType", json_str(x->cx->mem, "create"));
	json_set(x->cx->mem, meta, "taskId", json_str(x->cx->mem, id));
	json_set(x->cx->mem, meta, "templateRef", json_str(x->cx->mem, x->ref));
	audit(x->cx, &(struct audit_event){ .plugin = "scaffolder",
					    .event_id = "task-mutate",
					    .severity = AUDIT_MEDIUM,
					    .status = AUDIT_SUCCEEDED,
					    .meta = meta });
}

/* What was entered stays as it is: it is not for whoever fills in the form to mend. */
static int show_refusal(struct template_form *x, struct resp *rs)
{
	x->refused = arena_strdup(x->cx->mem, x->cx->err.text);
	x->cx->err = (struct err){ 0 };
	x->page = x->form.pages->a.n;
	return template_form_show(x, rs, 400, NULL);
}

static int create(struct template_form *x, struct resp *rs)
{
	struct ctx *cx = x->cx;
	struct task_new n = { .entity = x->entity, .created_by = task_creator(cx), .user = task_user(cx) };
	struct json *values, *secrets, *misfits = NULL;
	bool signed_in = false;
	const char *id;
	int rc = form_values(&x->form, &values);

	if (rc == 0)
		rc = form_secrets(&x->form, &secrets, &signed_in);
	if (rc < 0)
		return rc;
	if (decorators_run(cx, x->entity, values, secrets) < 0)
		return show_refusal(x, rs);
	n.values = values;
	n.secrets = secrets;
	rc = task_create(cx, &n, &id, &misfits);
	if (rc < 0)
		return misfits && misfits->a.n ? show_misfits(x, rs, misfits) : rc;
	tell(x, id);
	if (signed_in)
		auth_record(x->rq, "token-use", NULL, "templateRef", x->ref, 0);
	rc = draft_forget(cx, &x->draft);
	return rc < 0 ? rc : resp_redirect(rs, link_task(cx->mem, id));
}

/* To what is to be seen before anything is done: the page whose token has gone, or what another window has changed. */
static int look_again(struct template_form *x, struct resp *rs, const struct json *acting)
{
	for (size_t i = 0; i < acting->a.n; i++)
		if (streq(json_get_text(acting->a.items[i], "how", ""), "lost"))
			return lead(x, rs, (size_t)json_get_num(acting->a.items[i], "page", 0), "&more=1");
	return lead(x, rs, x->form.pages->a.n, "&changed=1");
}

static int confirm(struct template_form *x, struct resp *rs, const char *digest)
{
	struct json *acting;
	int rc = form_acting(&x->form, &acting);

	if (rc < 0)
		return rc;
	if (!digest || !streq(digest, template_form_digest(x, acting)))
		return look_again(x, rs, acting);
	/* A web worker runs no Lua: the review's form leads to where it may. */
	if (decorators_apply(x->entity) && !x->decorates)
		return lead(x, rs, x->form.pages->a.n, "");
	rc = send_back(x, rs);
	return rc < 0 ? rc : rc == 1 ? 0 : create(x, rs);
}

/* ---- all of it ---- */

static int forget(struct template_form *x, struct resp *rs)
{
	int rc = draft_forget(x->cx, &x->draft);

	return rc < 0 ? rc : resp_redirect(rs, x->url);
}

static int act(struct template_form *x, struct resp *rs, const char *what, bool more)
{
	long n;
	int rc;

	if (streq(what, "next"))
		return go_on(x, rs, more);
	if (streq(what, "back"))
		return lead(x, rs, x->page ? x->page - 1 : 0, "");
	if (str_starts(what, "page:") && str_long(what + 5, 1, (long)x->form.pages->a.n + 1, &n))
		return lead(x, rs, (size_t)n - 1, "");
	rc = form_change(&x->form, x->page, what);
	if (rc == 0)
		rc = keep(x, rs);
	if (rc < 0)
		return rc;
	return req_header(x->rq, "x-form-part") ? template_form_part(x, rs) : lead(x, rs, x->page, "");
}

static int take(struct template_form *x, struct resp *rs, const struct params *form)
{
	const char *what = params_get(form, "_do");
	bool more = false;
	int rc;

	read_page(x, form);
	if (x->page < x->form.pages->a.n)
		rc = form_post(&x->form, x->page, template_form_posted(x->cx->mem, form), &more);
	else
		return what && streq(what, "create") ? confirm(x, rs, params_get(form, "_digest"))
						     : act(x, rs, what ? what : "", false);
	if (rc == 0)
		rc = keep(x, rs);
	return rc < 0 ? rc : act(x, rs, what ? what : "update", more);
}

static int post(struct req *rq, struct resp *rs, bool decorates)
{
	struct params form = { 0 };
	struct template_form x;
	const char *what;
	int rc = req_form(rq, &form);

	what = rc == 0 ? params_get(&form, "_do") : NULL;
	/* A draft takes room: only who may make a task has one. */
	if (rc == 0)
		rc = identity_allow(rq->cx, "scaffolder.task.create");
	if (rc == 0)
		rc = template_form_open(rq, &x);
	if (rc == 0 && what && streq(what, "forget"))
		return forget(&x, rs);
	x.decorates = decorates;
	if (rc == 0)
		rc = read_given(&x, &form);
	if (rc == 0)
		rc = template_form_fill(&x);
	return rc < 0 ? rc : take(&x, rs, &form);
}

int template_form_post(struct req *rq, struct resp *rs)
{
	return post(rq, rs, false);
}

int template_form_create(struct req *rq, struct resp *rs)
{
	return post(rq, rs, true);
}
