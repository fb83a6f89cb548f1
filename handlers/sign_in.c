/* Signing in and out: the page, the password form, the cookie. */
#include "handlers/sign_in.h"

#include "handlers/auth_record.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "handlers/proxy.h"
#include "handlers/routes.h"
#include "identity/identity.h"
#include "identity/local_user.h"
#include "identity/session.h"
#include "identity/setting.h"

enum { TARGET_MOST = 2000 };

/* Providers with pages of their own, how they are called, in the order in which they are offered. */
static const struct {
	const char *name, *title;
} titles[] = {
	{ "oidc", "single sign-on" }, { "google", "Google" }, { "microsoft", "Microsoft" }, { "okta", "Okta" },
	{ "auth0", "Auth0" },         { "gitlab", "GitLab" }, { "onelogin", "OneLogin" },
};

/* What is said on the page beyond the ways to sign in. */
struct page {
	int status;
	const char *to;
	const char *name;          /* typed before */
	const char *error, *field; /* NULL: nothing is wrong; field NULL: nothing that was typed is */
	const char *proxy_user;    /* NULL: no proxy says who that is */
	bool signed_out;
};

const char *sign_in_target(const char *to)
{
	static const char *const never[] = { "/login", "/logout" };

	if (!to || to[0] != '/' || to[1] == '/' || to[1] == '\\' || strlen(to) > TARGET_MOST)
		return "/";
	for (const char *c = to; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 127)
			return "/";
	for (size_t i = 0; i < LEN(never); i++) {
		size_t n = strlen(never[i]);

		if (strncmp(to, never[i], n) == 0 && (!to[n] || strchr("/?#", to[n])))
			return "/";
	}
	return to;
}

const char *sign_in_title(const char *provider)
{
	for (size_t i = 0; i < LEN(titles); i++)
		if (streq(titles[i].name, provider))
			return titles[i].title;
	return provider;
}

bool sign_in_offered(const struct ctx *cx)
{
	static const char *const others[] = { "local", "oauth2Proxy", "awsalb" };

	for (size_t i = 0; i < LEN(others); i++)
		if (provider_conf(cx, others[i]))
			return true;
	for (size_t i = 0; i < LEN(titles); i++)
		if (provider_conf(cx, titles[i].name))
			return true;
	return false;
}

static void add_button(struct ctx *cx, struct json *list, const char *name, const char *title, const char *to)
{
	struct json *v = json_object(cx->mem);

	json_set(cx->mem, v, "name", json_str(cx->mem, name));
	json_set(cx->mem, v, "title", json_str(cx->mem, title));
	json_set(cx->mem, v, "url",
		 json_str(cx->mem,
			  link_sign_in_start(cx->mem, name,
					     json_get_text(json_get(cx->conf, "auth"), "environment", "development"), to)));
	json_push(cx->mem, list, v);
}

static struct json *buttons_json(struct ctx *cx, const char *to)
{
	struct json *list = json_array(cx->mem);

	for (size_t i = 0; i < LEN(titles); i++)
		if (provider_conf(cx, titles[i].name))
			add_button(cx, list, titles[i].name, titles[i].title, to);
	return list;
}

static struct json *text_or_null(struct arena *mem, const char *s)
{
	return s ? json_str(mem, s) : json_null(mem);
}

static int show(struct req *rq, struct resp *rs, const struct page *p)
{
	struct ctx *cx = rq->cx;
	struct arena *mem = cx->mem;
	struct json *vars = json_object(mem);

	json_set(mem, vars, "to", json_str(mem, p->to));
	json_set(mem, vars, "again", json_str(mem, link_login(mem, p->to)));
	json_set(mem, vars, "name", json_str(mem, p->name ? p->name : ""));
	json_set(mem, vars, "error", text_or_null(mem, p->error));
	json_set(mem, vars, "field", text_or_null(mem, p->field));
	json_set(mem, vars, "proxy_user", text_or_null(mem, p->proxy_user));
	json_set(mem, vars, "signed_out", json_bool(mem, p->signed_out));
	json_set(mem, vars, "local", json_bool(mem, provider_conf(cx, "local")));
	json_set(mem, vars, "guest", json_bool(mem, provider_conf(cx, "guest")));
	json_set(mem, vars, "providers", buttons_json(cx, p->to));
	return page_render(rq, rs, p->status, "identity/login.html", vars);
}

/* What is wrong with the portal itself is an error like any other. */
static bool is_ours(int rc)
{
	return err_status(rc) >= 500;
}

int sign_in_failed(struct req *rq, struct resp *rs, int rc, const char *to)
{
	struct page p = { .status = err_status(rc), .to = sign_in_target(to), .error = rq->cx->err.text };

	return is_ours(rc) ? rc : show(rq, rs, &p);
}

int sign_in_first(struct req *rq, struct resp *rs)
{
	const char *to = rq->path;

	if (rq->method != GET && rq->method != HEAD)
		to = "/";
	else if (*rq->query_string)
		to = arena_printf(rq->cx->mem, "%s?%s", rq->path, rq->query_string);
	return resp_redirect(rs, link_login(rq->cx->mem, sign_in_target(to)));
}

static int end_session(struct req *rq)
{
	const char *token = req_cookie(rq, session_cookie(rq->https));

	return token ? session_end(rq->cx, token) : 0;
}

/* What goes with a session that begins: its row in the audit log, and the theme that its user chose elsewhere. */
static void welcome(struct req *rq, struct resp *rs, const char *token)
{
	struct ctx *cx = rq->cx;
	struct err before = cx->err;
	struct json *theme = NULL;
	struct session s;

	if (session_find(cx, token, &s) == 1) {
		auth_record(rq, "sign-in", s.ref, "provider", s.provider, 0);
		if (setting_get(cx, s.ref, THEME_BUCKET, THEME_KEY, &theme) == 1)
			resp_cookie(rq, rs, THEME_COOKIE, json_text(theme, "system"), THEME_KEPT_S);
	}
	cx->err = before;
}

int sign_in_keep(struct req *rq, struct resp *rs, const char *token)
{
	int rc = end_session(rq);

	if (rc < 0)
		return rc;
	resp_cookie(rq, rs, session_cookie(rq->https), token, session_seconds(rq->cx));
	welcome(rq, rs, token);
	return 0;
}

int sign_in_done(struct req *rq, struct resp *rs, const char *token, const char *to)
{
	int rc = sign_in_keep(rq, rs, token);

	return rc < 0 ? rc : resp_redirect(rs, sign_in_target(to));
}

static bool is_signed_in(const struct ctx *cx)
{
	return cx->who && cx->who->kind == WHO_USER;
}

/* Only who opens the page is signed in by a proxy's word: scripts, pictures and frames ask without anybody wanting it. */
static bool is_opened(const struct req *rq)
{
	const char *dest = req_header(rq, "sec-fetch-dest");

	return rq->method == GET && (!dest || streq(dest, "document"));
}

int login_show(struct req *rq, struct resp *rs)
{
	struct page p = { .status = 200,
			  .to = sign_in_target(req_query(rq, "to")),
			  .signed_out = req_query(rq, "signed-out") != NULL };
	const char *token = NULL;

	if (is_signed_in(rq->cx))
		return resp_redirect(rs, p.to);

	int rc = p.signed_out || !is_opened(rq) ? proxy_says(rq, &p.proxy_user) : proxy_sign_in(rq, &token);

	if (rc < 0)
		return sign_in_failed(rq, rs, rc, p.to);
	return token ? sign_in_done(rq, rs, token, p.to) : show(rq, rs, &p);
}

/* Says at the form what is wrong with what was typed. */
static int refuse(struct req *rq, struct resp *rs, struct page *p, int rc, long wait_s)
{
	if (is_ours(rc))
		return rc;
	p->status = err_status(rc);
	p->error = rq->cx->err.text;
	if (rc == ERR_TOOMANY)
		resp_header(rs, "Retry-After", arena_printf(rq->cx->mem, "%ld", wait_s));
	return show(rq, rs, p);
}

static const char *field(const struct params *form, const char *name)
{
	const char *value = params_get(form, name);

	return value ? value : "";
}

/* Some type their password where the name goes: only the name of an account is one that may be recorded. */
static const char *account_name(struct ctx *cx, const char *typed)
{
	struct ctx quiet = { .mem = cx->mem, .conf = cx->conf, .db = cx->db };
	struct local_user user;

	return local_user_get(&quiet, typed, &user) == 0 ? user.name : "";
}

int login_post(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	const struct json *conf = provider_conf(cx, "local");
	struct page p = { .field = "password" };
	struct params form;
	struct profile who;
	const char *token;
	long wait_s = 0;
	int rc = conf ? req_form(rq, &form) : fail(cx, ERR_NOTFOUND, "Nobody signs in with a password here.");

	if (rc < 0)
		return rc;
	p.to = sign_in_target(params_get(&form, "to"));
	p.name = field(&form, "name");
	if (!*p.name || !*field(&form, "password")) {
		p.field = *p.name ? "password" : "name";
		rc = fail(cx, ERR_INPUT, *p.name ? "Give your password." : "Give your user name.");
		return refuse(rq, rs, &p, rc, 0);
	}
	rc = local_user_check(cx, p.name, field(&form, "password"), rq->remote_addr, &who, &wait_s);
	if (rc == 0) /* what is wrong from here on is not what was typed */
		p.field = NULL;
	if (rc == 0)
		rc = sign_in(cx, conf, &who, rq->remote_addr, req_header(rq, "user-agent"), &token);
	if (rc == 0)
		return sign_in_done(rq, rs, token, p.to);
	/* Rows only as many as attempts are looked at: the rest would be a way to fill the table. */
	auth_record(rq, "sign-in", rc == ERR_TOOMANY ? NULL : "", "name", account_name(cx, p.name), rc);
	return refuse(rq, rs, &p, rc, wait_s);
}

int logout_post(struct req *rq, struct resp *rs)
{
	int rc = end_session(rq);

	if (rc < 0)
		return rc;
	if (rq->cx->who && rq->cx->who->session)
		auth_record(rq, "sign-out", NULL, "provider", rq->cx->who->session->provider, 0);
	resp_cookie(rq, rs, session_cookie(rq->https), "", 0);
	return resp_redirect(rs, sign_in_offered(rq->cx) ? link_signed_out() : "/");
}
