/* CSRF tokens: only one that was made for the browser's own cookie passes. */
#include "web/csrf.h"

#include "tests/unit/tap.h"

static struct arena mem;
static struct ctx cx = { .mem = &mem, .request_id = "" };
static struct param headers[8];

/* A POST with a cookie, a form and other headers ("name", "value", …, NULL); any may be NULL. */
static struct req post(const char *cookie, const char *form, const char *name, const char *value)
{
	struct req rq = { .cx = &cx, .method = POST, .headers = { headers, 0, 8 } };

	headers[rq.headers.n++] = (struct param){ "host", "portal.example" };
	headers[rq.headers.n++] = (struct param){ "content-type", "application/x-www-form-urlencoded" };
	if (cookie)
		headers[rq.headers.n++] = (struct param){ "cookie", cookie };
	if (name)
		headers[rq.headers.n++] = (struct param){ name, value };
	if (form)
		rq.body = str_of(form);
	return rq;
}

static int check(const char *cookie, const char *form, const char *name, const char *value)
{
	struct req rq = post(cookie, form, name, value);

	return csrf_check(&rq);
}

static const char *fresh_cookie(struct req *rq, const char **token)
{
	struct resp rs = { .mem = &mem };

	*token = req_csrf_token(rq, &rs);
	const char *set = params_get(&rs.headers, "Set-Cookie");

	return set ? arena_strndup(&mem, set, strcspn(set, ";")) : NULL;
}

static void token_passes(void)
{
	struct req rq = post(NULL, NULL, NULL, NULL);
	const char *token, *again, *cookie = fresh_cookie(&rq, &token);
	const char *form = arena_printf(&mem, "x=1&_csrf=%s", token);

	OK(cookie && str_starts(cookie, "callboard_csrf="));
	OK(strlen(token) == 64);
	OK(check(cookie, form, NULL, NULL) == 0);
	OK(check(cookie, NULL, CSRF_HEADER, token) == 0);
	OK(check(cookie, form, "origin", "https://portal.example") == 0);
	OK(check(cookie, form, "sec-fetch-site", "same-origin") == 0);

	struct req known = post(cookie, NULL, NULL, NULL);

	OK(fresh_cookie(&known, &again) == NULL);
	OK(!streq(token, again));
	OK(check(cookie, NULL, CSRF_HEADER, again) == 0);
}

static void one_cookie_per_answer(void)
{
	struct req rq = post(NULL, NULL, NULL, NULL);
	struct resp rs = { .mem = &mem };
	const char *a = req_csrf_token(&rq, &rs), *b = req_csrf_token(&rq, &rs);

	OK(rs.headers.n == 1);
	const char *set = params_get(&rs.headers, "Set-Cookie");
	const char *cookie = arena_strndup(&mem, set, strcspn(set, ";"));

	OK(check(cookie, NULL, CSRF_HEADER, a) == 0);
	OK(check(cookie, NULL, CSRF_HEADER, b) == 0);
}

static void others_are_refused(void)
{
	struct req rq = post(NULL, NULL, NULL, NULL);
	const char *token, *other, *cookie = fresh_cookie(&rq, &token), *foreign = fresh_cookie(&rq, &other);
	const char *form = arena_printf(&mem, "_csrf=%s", token);
	char *changed = arena_strdup(&mem, token);

	changed[63] = changed[63] == '0' ? '1' : '0';
	OK(check(cookie, NULL, NULL, NULL) == ERR_DENIED);
	OK(check(NULL, form, NULL, NULL) == ERR_DENIED);
	OK(check(foreign, form, NULL, NULL) == ERR_DENIED);
	OK(check(cookie, NULL, CSRF_HEADER, changed) == ERR_DENIED);
	OK(check(cookie, NULL, CSRF_HEADER, "") == ERR_DENIED);
	OK(check(cookie, NULL, CSRF_HEADER, arena_printf(&mem, "%s00", token)) == ERR_DENIED);
	OK(check("callboard_csrf=zz", NULL, CSRF_HEADER, token) == ERR_DENIED);
	OK(check("callboard_csrf=", form, NULL, NULL) == ERR_DENIED);
	OK(check(cookie, form, "origin", "https://evil.example") == ERR_DENIED);
	OK(check(cookie, form, "origin", "null") == ERR_DENIED);
	OK(check(cookie, form, "sec-fetch-site", "cross-site") == ERR_DENIED);
	OK(check(cookie, form, "sec-fetch-site", "same-site") == ERR_DENIED);
}

static void https_uses_a_host_cookie(void)
{
	struct req rq = post(NULL, NULL, NULL, NULL);
	const char *token;

	rq.https = true;
	OK(str_starts(fresh_cookie(&rq, &token), "__Host-callboard_csrf="));
}

static void origin_alone(void)
{
	struct req none = post(NULL, NULL, NULL, NULL);

	OK(csrf_check_origin(&none) == 0);
	struct req other = post(NULL, NULL, "origin", "http://portal.example.evil");

	OK(csrf_check_origin(&other) == ERR_DENIED);
}

int main(void)
{
	token_passes();
	one_cookie_per_answer();
	others_are_refused();
	https_uses_a_host_cookie();
	origin_alone();
	arena_release(&mem);
	return DONE();
}
