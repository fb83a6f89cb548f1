/* The sessions of whoever asks: where he is signed in, and how to end that. */
#include "handlers/auth_record.h"
#include "handlers/links.h"
#include "handlers/page.h"
#include "handlers/routes.h"
#include "identity/identity.h"
#include "identity/session.h"

static int user(struct ctx *cx, const char **ref)
{
	if (!cx->who || cx->who->kind != WHO_USER)
		return fail(cx, ERR_AUTH, "Sign in to see where you are signed in.");
	*ref = cx->who->ref;
	return 0;
}

struct word {
	const char *mark, *name;
};

/* The first whose mark is in the text: many browsers also name those they are made like. */
static const char *first_of(const char *text, const struct word *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(text, words[i].mark))
			return words[i].name;
	return NULL;
}

/* "Firefox on Linux" of what a browser says of itself. */
static const char *device(struct arena *mem, const char *agent)
{
	static const struct word browsers[] = {
		{ "Edg", "Edge" },         { "OPR/", "Opera" },     { "SamsungBrowser", "Samsung Internet" },
		{ "Firefox/", "Firefox" }, { "FxiOS", "Firefox" },  { "CriOS", "Chrome" },
		{ "Chrome/", "Chrome" },   { "Safari/", "Safari" }, { "curl/", "curl" }
	};
	static const struct word systems[] = { { "Windows", "Windows" }, { "Android", "Android" }, { "iPhone", "iPhone" },
					       { "iPad", "iPad" },       { "Mac OS X", "macOS" },  { "CrOS", "ChromeOS" },
					       { "Linux", "Linux" } };
	const char *browser = first_of(agent, browsers, LEN(browsers)), *system = first_of(agent, systems, LEN(systems));

	if (browser && system)
		return arena_printf(mem, "%s on %s", browser, system);
	return browser ? browser : system ? system : "Unknown device";
}

static struct json *session_json(struct ctx *cx, const struct session *s)
{
	struct arena *mem = cx->mem;
	struct json *v = json_object(mem);

	json_set(mem, v, "device", json_str(mem, device(mem, s->agent)));
	json_set(mem, v, "agent", json_str(mem, s->agent));
	json_set(mem, v, "address", json_str(mem, *s->ip ? s->ip : "unknown"));
	json_set(mem, v, "provider", json_str(mem, s->provider));
	json_set(mem, v, "seen", json_num(mem, (double)s->seen_ms));
	json_set(mem, v, "since", json_num(mem, (double)s->created_ms));
	json_set(mem, v, "current", json_bool(mem, cx->who->session && cx->who->session->id == s->id));
	json_set(mem, v, "end_url", json_str(mem, link_session_end(mem, s->id)));
	return v;
}

int sessions_show(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	struct json *vars = json_object(cx->mem), *list = json_array(cx->mem);
	struct session_list sessions = { 0 };
	const char *ref = NULL;
	int rc = user(cx, &ref);

	if (rc == 0)
		rc = session_list(cx, ref, &sessions);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < sessions.n; i++)
		json_push(cx->mem, list, session_json(cx, &sessions.items[i]));
	json_set(cx->mem, vars, "sessions", list);
	return page_render(rq, rs, 200, "identity/sessions.html", vars);
}

int sessions_end(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	const char *ref = NULL, *id = req_param(rq, "id");
	long number;
	int rc = user(cx, &ref);

	if (rc < 0)
		return rc;
	rc = str_long(id, 1, INT64_MAX, &number) ? session_end_one(cx, ref, (uint64_t)number) : 0;
	if (rc <= 0)
		return rc < 0 ? rc : fail(cx, ERR_NOTFOUND, "You have no such session; it may have ended already.");
	auth_record(rq, "sessions-end", NULL, "id", id, 0);
	return resp_redirect(rs, link_sessions());
}

int sessions_end_all(struct req *rq, struct resp *rs)
{
	const char *ref = NULL;
	int rc = user(rq->cx, &ref);

	if (rc == 0)
		rc = session_end_all(rq->cx, ref);
	if (rc < 0)
		return rc;
	auth_record(rq, "sessions-end", NULL, "id", "all", 0);
	resp_cookie(rq, rs, session_cookie(rq->https), "", 0);
	return resp_redirect(rs, link_signed_out());
}
