/* The page of one's own API tokens. */
#include "identity/access_token.h"

#include "base/list.h"
#include "handlers/auth_record.h"
#include "handlers/handlers.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "identity/identity.h"

/* What is filled in already, and what came of it. */
struct draft {
	const char *name, *scope, *days;
	const char *token;         /* just made; NULL: none */
	const char *error, *field; /* NULL: nothing is wrong; field NULL: nothing that was typed is */
};

/* Whoever holds a token must not make others with it, so it takes the browser of somebody who signed in. */
static int need_browser(struct ctx *cx)
{
	if (!cx->who || cx->who->kind == WHO_GUEST)
		return fail(cx, ERR_AUTH, "Sign in to make tokens.");
	if (cx->who->kind != WHO_USER || !cx->who->by_cookie)
		return fail(cx, ERR_DENIED, "tokens are made and revoked in the browser, by people who signed in");
	return 0;
}

/* The words of a scope. */
static struct json *scopes_json(struct arena *mem, const char *scope)
{
	struct json *list = json_array(mem);
	struct str rest = str_of(scope);

	while (rest.p) {
		struct str word = str_cut(&rest, ' ');

		json_push(mem, list, json_strn(mem, word.p, word.n));
	}
	return list;
}

static struct json *token_json(struct arena *mem, const struct access_token *t)
{
	struct json *v = json_object(mem);

	json_set(mem, v, "id", json_str(mem, t->id));
	json_set(mem, v, "name", json_str(mem, t->name));
	json_set(mem, v, "scopes", scopes_json(mem, t->scope));
	json_set(mem, v, "state", json_str(mem, access_token_state(t)));
	json_set(mem, v, "created", json_num(mem, (double)t->created_ms));
	json_set(mem, v, "expires", json_num(mem, (double)t->expires_ms));
	json_set(mem, v, "used", t->used_ms ? json_num(mem, (double)t->used_ms) : json_null(mem));
	json_set(mem, v, "revoke_url", json_str(mem, link_token_revoke(mem, t->id)));
	return v;
}

static int show(struct req *rq, struct resp *rs, int status, const struct draft *d)
{
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem), *list = json_array(mem);
	struct access_token_list tokens = { 0 };
	int rc = access_token_list(rq->cx, rq->cx->who->ref, &tokens);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < tokens.n; i++)
		json_push(mem, list, token_json(mem, &tokens.items[i]));
	json_set(mem, vars, "tokens", list);
	json_set(mem, vars, "name", json_str(mem, d->name));
	json_set(mem, vars, "scope", json_str(mem, d->scope));
	json_set(mem, vars, "days", json_str(mem, d->days));
	json_set(mem, vars, "token", d->token ? json_str(mem, d->token) : json_null(mem));
	json_set(mem, vars, "error", d->error ? json_str(mem, d->error) : json_null(mem));
	json_set(mem, vars, "field", d->field ? json_str(mem, d->field) : json_null(mem));
	json_set(mem, vars, "tokens_url", json_str(mem, link_tokens()));
	resp_header(rs, "Cache-Control", "no-store");
	return page_render(rq, rs, status, "identity/tokens.html", vars);
}

int access_token_show(struct req *rq, struct resp *rs)
{
	int rc = need_browser(rq->cx);

	return rc < 0 ? rc : show(rq, rs, 200, &(struct draft){ .name = "", .scope = "read", .days = "90" });
}

static const char *field(struct arena *mem, const struct params *form, const char *name)
{
	struct str s = str_trim(str_of(params_get(form, name)));

	return s.n ? arena_strndup(mem, s.p, s.n) : "";
}

int access_token_post(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct params form = { 0 };
	struct draft d = { 0 };
	long days = 0;
	int rc = need_browser(cx);

	if (rc == 0)
		rc = req_form(rq, &form);
	if (rc < 0)
		return rc;
	d.name = field(cx->mem, &form, "name");
	d.scope = field(cx->mem, &form, "scope");
	d.days = field(cx->mem, &form, "days");
	if (!str_long(d.days, 1, ACCESS_TOKEN_DAYS_MAX, &days))
		days = 0;
	rc = access_token_create(cx, cx->who->ref, d.name, d.scope, days, &d.token, &d.field);
	if (rc == ERR_INPUT || rc == ERR_CONFLICT) {
		d.error = cx->err.text;
		return show(rq, rs, err_status(rc), &d);
	}
	if (rc < 0)
		return rc;
	auth_record(rq, "token-create", NULL, "scope", d.scope, 0);
	return show(rq, rs, 200, &d);
}

int access_token_end(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	int rc = need_browser(cx);

	if (rc == 0)
		rc = access_token_revoke(cx, cx->who->ref, req_param(rq, "id"));
	if (rc == 0)
		auth_record(rq, "token-revoke", NULL, "id", req_param(rq, "id"), 0);
	return rc < 0 ? rc : resp_redirect(rs, link_tokens());
}
