/* Sign-in by OpenID Connect providers, at Backstage's addresses: off to the provider, back from it. */
#include "identity/oidc.h"

#include "base/log.h"
#include "ext/fetch.h"
#include "handlers/auth_answer.h"
#include "handlers/auth_record.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "handlers/routes.h"
#include "handlers/sign_in.h"
#include "identity/identity.h"
#include "identity/provider_token.h"
#include "identity/session.h"
#include "kubernetes/cluster.h"
#include "scaffolder/credential.h"

/* What a sign-in was begun for. */
struct purpose {
	const char *to;
	bool popup; /* the result goes to the window that opened this one */
};

/* Over https with a prefix that keeps other hosts of the domain from planting their own. */
static const char *nonce_cookie(const struct req *rq)
{
	return arena_printf(rq->cx->mem, "%s%s-nonce", rq->https ? "__Host-" : "", req_param(rq, "provider"));
}

static bool is_plain_name(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	return n > 0 && n <= 63;
}

/* The address that people use: as configured, else as this browser sees it. */
static const char *portal_base(struct req *rq)
{
	const struct json *conf = rq->cx->conf;
	const char *host = req_header(rq, "host"), *base = json_get_text(json_get(conf, "app"), "baseUrl", "");
	struct str s;

	base = json_get_text(json_get(conf, "backend"), "baseUrl", base);
	s = str_of(base);
	while (s.n && s.p[s.n - 1] == '/')
		s.n--;
	if (s.n)
		return arena_strndup(rq->cx->mem, s.p, s.n);
	return arena_printf(rq->cx->mem, "%s://%s", rq->https ? "https" : "http", host ? host : "localhost");
}

static bool same_origin(struct req *rq, const struct url *u, const char *text)
{
	struct ctx quiet = { .mem = rq->cx->mem, .conf = rq->cx->conf };
	struct url mine;

	return *text && url_parse(&quiet, text, &mine) == 0 && streq(mine.scheme, u->scheme) &&
	       streq(mine.authority, u->authority);
}

/* Does the URL belong to this portal, by one of the addresses that it has? */
static bool is_ours(struct req *rq, const struct url *u)
{
	const struct json *conf = rq->cx->conf;
	const char *host = req_header(rq, "host");

	return same_origin(rq, u, json_get_text(json_get(conf, "app"), "baseUrl", "")) ||
	       same_origin(rq, u, json_get_text(json_get(conf, "backend"), "baseUrl", "")) ||
	       (host && same_origin(rq, u, arena_printf(rq->cx->mem, "%s://%s", rq->https ? "https" : "http", host)));
}

/* redirectUrl: a path of this portal, or a URL of it. */
static int read_target(struct req *rq, const char **to)
{
	const char *text = req_query(rq, "redirectUrl");
	struct ctx quiet = { .mem = rq->cx->mem, .conf = rq->cx->conf };
	struct url u;

	*to = "/";
	if (!text || !*text)
		return 0;
	if (*text != '/') {
		if (url_parse(&quiet, text, &u) < 0 || !is_ours(rq, &u))
			return fail(rq->cx, ERR_INPUT, "redirectUrl must be an address of this portal");
		text = arena_printf(rq->cx->mem, "%s%s%s%s%s", u.path, *u.query ? "?" : "", u.query, *u.fragment ? "#" : "",
				    u.fragment);
	}
	*to = sign_in_target(text);
	if (streq(*to, "/") && !streq(text, "/"))
		return fail(rq->cx, ERR_INPUT, "redirectUrl must be an address of this portal");
	return 0;
}

static int read_purpose(struct req *rq, struct purpose *out)
{
	const char *flow = req_query(rq, "flow"), *origin = req_query(rq, "origin");
	struct ctx quiet = { .mem = rq->cx->mem, .conf = rq->cx->conf };
	struct url u;

	out->popup = flow && streq(flow, "popup");
	if (flow && !out->popup && !streq(flow, "redirect"))
		return fail(rq->cx, ERR_INPUT, "flow must be redirect or popup");
	if (origin && *origin && (url_parse(&quiet, origin, &u) < 0 || !is_ours(rq, &u)))
		return fail(rq->cx, ERR_INPUT, "origin must be the address of this portal");
	return read_target(rq, &out->to);
}

static int find_provider(struct req *rq, const char *env, struct oidc_provider *p)
{
	const char *name = req_param(rq, "provider");

	if (!is_plain_name(name))
		return fail(rq->cx, ERR_NOTFOUND, "there is no such sign-in provider");
	return oidc_provider_find(rq->cx, name, env, portal_base(rq), p);
}

int oidc_begin(struct req *rq, struct resp *rs)
{
	struct arena *mem = rq->cx->mem;
	struct json *request = json_object(mem);
	struct purpose purpose = { .to = "/" };
	struct oidc_provider p;
	struct oidc_start start;
	int rc = find_provider(rq, req_query(rq, "env"), &p);

	if (rc == 0)
		rc = read_purpose(rq, &purpose);
	if (rc < 0)
		return rc;
	json_set(mem, request, "to", json_str(mem, purpose.to));
	json_set(mem, request, "popup", json_bool(mem, purpose.popup));
	rc = oidc_start(rq->cx, &p, request, &start);
	if (rc < 0)
		return rc;
	resp_cookie(rq, rs, nonce_cookie(rq), start.secret, OIDC_WAIT_S);
	resp_header(rs, "Location", start.url);
	resp_header(rs, "Cache-Control", "no-store");
	return resp_empty(rs, 302);
}

/* Only what a cluster wants, or templates may use, is kept. That it cannot be is no reason to let nobody in. */
static void keep_tokens(struct ctx *cx, const struct oidc_provider *p, const char *session, const struct oidc_tokens *given)
{
	struct err before = cx->err;
	bool id = false, access = false;
	int rc = p->keep_tokens && clusters_wanted(cx) ? clusters_want(cx, p->name, &id, &access) : 0;

	access |= credential_wanted(cx, p);
	if (rc == 0 && (id || access))
		rc = provider_token_keep(cx, session, given, access);
	if (rc < 0)
		log_warn("the tokens of a sign-in cannot be kept", "provider", p->name, "error", cx->err.text, NULL);
	cx->err = before;
}

/* Who it is, and the token of the session that begins. */
static int finish(struct req *rq, const struct oidc_provider *p, const char **token)
{
	const struct oidc_answer answer = { .code = req_query(rq, "code"),
					    .iss = req_query(rq, "iss"),
					    .error = req_query(rq, "error"),
					    .error_description = req_query(rq, "error_description") };
	struct oidc_tokens given = { 0 };
	struct profile profile;
	int rc = oidc_finish(rq->cx, p, req_cookie(rq, nonce_cookie(rq)), &answer, &profile, &given);

	if (rc == 0)
		rc = sign_in(rq->cx, p->conf, &profile, rq->remote_addr, req_header(rq, "user-agent"), token);
	if (rc == 0)
		keep_tokens(rq->cx, p, *token, &given);
	return rc;
}

/* The page of the small window: it hands the message on to the window that opened it, and closes. */
static int answer_popup(struct req *rq, struct resp *rs, int status, struct json *message)
{
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem);
	struct buf text = { .mem = mem };

	json_write(&text, message);
	json_set(mem, vars, "message", json_str(mem, buf_text(&text)));
	json_set(mem, vars, "error", json_str(mem, json_get_text(json_get(message, "error"), "message", "")));
	resp_header(rs, "Cache-Control", "no-store");
	return page_render(rq, rs, status, "identity/popup.html", vars);
}

static int popup_done(struct req *rq, struct resp *rs, const struct session *s)
{
	struct arena *mem = rq->cx->mem;
	struct json *message = json_object(mem), *response;
	int rc = auth_answer(rq->cx, s, &response);

	if (rc < 0)
		return rc;
	json_set(mem, message, "type", json_str(mem, "authorization_response"));
	json_set(mem, message, "response", response);
	return answer_popup(rq, rs, 200, message);
}

static int popup_failed(struct req *rq, struct resp *rs, int rc)
{
	struct arena *mem = rq->cx->mem;
	struct json *message = json_object(mem), *error = json_object(mem);

	json_set(mem, error, "name", json_str(mem, err_name(rc)));
	json_set(mem, error, "message", json_str(mem, rq->cx->err.text));
	json_set(mem, message, "type", json_str(mem, "authorization_response"));
	json_set(mem, message, "error", error);
	return answer_popup(rq, rs, err_status(rc), message);
}

static int failed(struct req *rq, struct resp *rs, int rc, const struct purpose *purpose)
{
	log_warn("sign-in failed", "provider", req_param(rq, "provider"), "error", rq->cx->err.text, NULL);
	auth_record(rq, "sign-in", NULL, "provider", req_param(rq, "provider"), rc);
	return purpose->popup ? popup_failed(rq, rs, rc) : sign_in_failed(rq, rs, rc, purpose->to);
}

static int done(struct req *rq, struct resp *rs, const char *token, const struct purpose *purpose)
{
	struct session s;
	int rc;

	if (!purpose->popup)
		return sign_in_done(rq, rs, token, purpose->to);
	rc = sign_in_keep(rq, rs, token);
	if (rc == 0 && (rc = session_find(rq->cx, token, &s)) == 0)
		rc = fail(rq->cx, ERR_AUTH, "the session has ended already");
	return rc < 0 ? rc : popup_done(rq, rs, &s);
}

int oidc_return(struct req *rq, struct resp *rs)
{
	struct oidc_provider p;
	struct json *request;
	struct purpose purpose = { .to = "/" };
	const char *token;
	int rc = find_provider(rq, NULL, &p);

	if (rc < 0)
		return rc;
	rc = oidc_request(rq->cx, &p, req_cookie(rq, nonce_cookie(rq)), req_query(rq, "state"), &request);
	if (rc < 0)
		return failed(rq, rs, rc, &purpose);
	purpose = (struct purpose){ json_get_text(request, "to", "/"), json_get_bool(request, "popup", false) };
	rc = finish(rq, &p, &token);
	/* What was begun is over, however it ended. */
	resp_cookie(rq, rs, nonce_cookie(rq), "", 0);
	if (rc < 0)
		return failed(rq, rs, rc, &purpose);
	return done(rq, rs, token, &purpose);
}

/*
 * Providers that answer with a form. Another site sends it, so the browser keeps its cookies back; the same as a GET of ours
 * brings them along.
 */
int oidc_return_form(struct req *rq, struct resp *rs)
{
	static const char *const names[] = { "code", "state", "iss", "error", "error_description" };
	struct params form = { 0 };
	struct buf query = { .mem = rq->cx->mem };
	int rc = req_form(rq, &form);

	for (size_t i = 0; rc == 0 && i < LEN(names); i++) {
		const char *value = params_get(&form, names[i]);

		if (value)
			buf_addf(&query, "%s%s=%s", query.n ? "&" : "?", names[i], link_encode(rq->cx->mem, value));
	}
	return rc < 0 ? rc : resp_redirect(rs, link_sign_in_return(rq->cx->mem, req_param(rq, "provider"), buf_text(&query)));
}
