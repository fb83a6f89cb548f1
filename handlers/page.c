/* HTML pages: views, the frame around them, and what every view knows. */
#include "handlers/page.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "handlers/assets.h"
#include "handlers/branding.h"
#include "handlers/links.h"
#include "handlers/may.h"
#include "handlers/near.h"
#include "handlers/plugins.h"
#include "handlers/sign_in.h"
#include "handlers/view_words.h"
#include "identity/identity.h"
#include "kubernetes/cluster.h"
#include "server/dispatch.h"
#include "template/template.h"
#include "web/csrf.h"

enum { TEAMS = 5 }; /* in the side bar */

static struct {
	struct template_env *env;
	const char *dir;
} views;

int page_view_text(struct ctx *cx, const char *name, struct str *text)
{
	struct buf b = { .mem = cx->mem };
	FILE *f;

	if (*name == '/' || strstr(name, ".."))
		return fail(cx, ERR_NOTFOUND, "no view %s", name);
	f = fopen(arena_printf(cx->mem, "%s/%s", views.dir, name), "re");
	if (!f)
		return fail(cx, ERR_NOTFOUND, "no view %s in %s", name, views.dir);
	for (;;) {
		buf_need(&b, 8192);
		size_t n = fread(b.p + b.n, 1, 8192, f);

		b.n += n;
		if (n == 0)
			break;
	}
	fclose(f);
	b.p[b.n] = '\0';
	*text = buf_str(&b);
	return 0;
}

static int read_view(struct ctx *cx, void *arg, const char *name, struct str *text)
{
	(void)arg;
	return page_view_text(cx, name, text);
}

/* Parses every view below dir/sub. */
static int check_views(struct ctx *cx, const char *sub)
{
	DIR *d = opendir(*sub ? arena_printf(cx->mem, "%s/%s", views.dir, sub) : views.dir);
	int rc = 0;

	if (!d)
		return fail(cx, ERR_INPUT, "server.views: %s cannot be read: %s", views.dir, strerror(errno));
	for (struct dirent *e; rc == 0 && (e = readdir(d));) {
		const char *name = *sub ? arena_printf(cx->mem, "%s/%s", sub, e->d_name) : e->d_name;

		if (*e->d_name == '.')
			continue;
		if (str_ends(name, ".html"))
			rc = template_check(cx, views.env, arena_strdup(cx->mem, name));
		else if (!*sub && e->d_type == DT_DIR)
			rc = check_views(cx, arena_strdup(cx->mem, e->d_name));
	}
	closedir(d);
	return rc;
}

int page_prepare(struct ctx *cx)
{
	const struct json *server = json_get(cx->conf, "server");
	unsigned flags = TEMPLATE_AUTOESCAPE | TEMPLATE_TRIM_BLOCKS | TEMPLATE_LSTRIP_BLOCKS;

	if (getenv("CALLBOARD_STRICT_VIEWS"))
		flags |= TEMPLATE_STRICT;
	if (views.env)
		template_env_free(views.env);
	views.dir = json_get_text(server, "views", "handlers/views");
	views.env = template_env_new(flags, NULL, read_view, NULL);
	view_words_add(views.env);
	assets_prepare(cx);
	dispatch_set_error_page(page_error);
	return check_views(cx, "");
}

static struct json *portal_json(struct ctx *cx)
{
	const struct json *app = json_get(cx->conf, "app");
	struct json *v = json_object(cx->mem);

	json_set(cx->mem, v, "branding", branding_json(cx));
	json_set(cx->mem, v, "kubernetes", json_bool(cx->mem, clusters_wanted(cx)));
	json_set(cx->mem, v, "name", json_str(cx->mem, json_get_text(app, "title", "Callboard")));
	json_set(cx->mem, v, "organization", json_str(cx->mem, json_get_text(json_get(cx->conf, "organization"), "name", "")));
	return v;
}

/* The first of one's groups, for the side bar. */
static struct json *teams_json(struct ctx *cx)
{
	struct json *list = json_array(cx->mem);
	bool person = cx->who && cx->who->kind == WHO_USER;

	for (const char *const *ref = person ? (const char *const *)cx->who->owns : NULL; ref && *ref && list->a.n < TEAMS;
	     ref++)
		if (str_starts(*ref, "group:"))
			json_push(cx->mem, list, json_str(cx->mem, *ref));
	return list;
}

struct json *page_user(struct ctx *cx)
{
	struct json *v = json_object(cx->mem);

	json_set(cx->mem, v, "ref", json_str(cx->mem, cx->who ? cx->who->ref : ""));
	json_set(cx->mem, v, "name", json_str(cx->mem, cx->who ? cx->who->name : "Nobody"));
	json_set(cx->mem, v, "guest", json_bool(cx->mem, !cx->who || cx->who->kind == WHO_GUEST));
	json_set(cx->mem, v, "teams", teams_json(cx));
	json_set(cx->mem, v, "may_sign_in", json_bool(cx->mem, sign_in_offered(cx)));
	json_set(cx->mem, v, "url", json_str(cx->mem, cx->who ? link_entity(cx->mem, cx->who->ref) : "#"));
	return v;
}

/* "light", "dark", or "" for what the system says. */
static const char *theme_of(const struct req *rq)
{
	const char *chosen = req_cookie(rq, THEME_COOKIE);

	return chosen && (streq(chosen, "light") || streq(chosen, "dark")) ? chosen : "";
}

/* Path and query: where a form leads back to. */
static const char *here(const struct req *rq)
{
	return *rq->query_string ? arena_printf(rq->cx->mem, "%s?%s", rq->path, rq->query_string) : rq->path;
}

/* What a form has just done: forms lead to "…?said=WORD". Words of our own only, since anybody can make an address. */
static const char *said(const struct req *rq)
{
	static const char *const words[][2] = {
		{ "refreshed", "Its files are being read again. Reload in a moment to see what changed." },
		{ "registered", "Registered. Its files are being read; reload in a moment to see what they bring." },
		{ "queued", "It runs as soon as a worker is free. Reload in a moment to see what came of it." },
		{ "unregistered", "Unregistered, with all that its location brought." },
		{ "pod-deleted", "The pod is being deleted. What it belongs to starts another." },
		{ "restarted", "It is being restarted: new pods come one after the other." },
		{ "deleted", "Deleted. While a registered file still describes it, it comes back when that is read again." },
	};
	const char *word = req_query(rq, "said");

	for (size_t i = 0; word && i < LEN(words); i++)
		if (streq(words[i][0], word))
			return words[i][1];
	return "";
}

int page_render(struct req *rq, struct resp *rs, int status, const char *view, struct json *vars)
{
	struct arena *mem = rq->cx->mem;
	int rc = views.env ? 0 : page_prepare(rq->cx);

	if (rc < 0)
		return rc;
	json_set(mem, vars, "portal", portal_json(rq->cx));
	json_set(mem, vars, "plugins_nav", plugins_nav(rq->cx));
	json_set(mem, vars, "user", page_user(rq->cx));
	json_set(mem, vars, "may", page_may(rq->cx));
	json_set(mem, vars, "theme", json_str(mem, theme_of(rq)));
	json_set(mem, vars, "path", json_str(mem, rq->path));
	json_set(mem, vars, "here", json_str(mem, here(rq)));
	json_set(mem, vars, "said", json_str(mem, said(rq)));
	json_set(mem, vars, "csrf", json_str(mem, req_csrf_token(rq, rs)));
	json_set(mem, vars, "request_id", json_str(mem, rq->cx->request_id));
	buf_clear(&rs->body);
	rs->body.mem = mem;
	rc = template_render(rq->cx, views.env, view, vars, &rs->body);
	if (rc < 0)
		return fail_in(rq->cx, ERR_INTERNAL, "view %s", view);
	rs->status = status;
	rs->content_type = "text/html; charset=utf-8";
	return 0;
}

/* What is said of an error beside its own text. */
static const struct {
	int code;
	const char *title, *hint;
} error_words[] = {
	{ ERR_NOTFOUND, "Not found", "It may have been renamed, unregistered, or never existed." },
	{ ERR_AUTH, "Sign in first", "This page is for people who have signed in." },
	{ ERR_DENIED, "Not allowed", "Ask whoever runs this portal if you think you should be." },
	{ ERR_UNAVAILABLE, "Not available right now", "A part of the portal is away for the moment. Try again soon." },
	{ ERR_INPUT, "That did not work", "Something in the request is wrong." },
	{ ERR_CONFLICT, "That cannot be done now", "It does not go together with what is there. Look at that first." },
	{ ERR_TOOLARGE, "Too large", "Send less at a time." },
	{ ERR_TOOMANY, "Too much at a time", "Wait a little, then try again." },
};

int page_error(struct req *rq, struct resp *rs, int code, const char *text)
{
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem);

	if (code == ERR_AUTH && !req_header(rq, "authorization") && sign_in_offered(rq->cx))
		return sign_in_first(rq, rs);
	const char *title = "Something went wrong",
		   *hint = "The people who run this portal find the cause under the reference below.";

	for (size_t i = 0; i < LEN(error_words); i++) {
		if (error_words[i].code == code) {
			title = error_words[i].title;
			hint = error_words[i].hint;
		}
	}
	json_set(mem, vars, "status", json_num(mem, rs->status));
	json_set(mem, vars, "title", json_str(mem, title));
	json_set(mem, vars, "text", json_str(mem, text));
	json_set(mem, vars, "hint", json_str(mem, hint));
	near_entity(rq, code, vars);
	return page_render(rq, rs, rs->status, "error.html", vars);
}
