/* HTML pages: views, the frame around them, and what every view knows. */
#include "handlers/page.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "catalog/ref.h"
#include "handlers/links.h"
#include "identity/identity.h"
#include "server/dispatch.h"
#include "template/template.h"
#include "web/csrf.h"

static struct {
	struct template_env *env;
	const char *dir;
} views;

static int read_view(struct ctx *cx, void *arg, const char *name, struct str *text)
{
	struct buf b = { .mem = cx->mem };
	FILE *f;

	(void)arg;
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

/* {{ "component:default/x" | entity_url }} */
static int filter_entity_url(struct ctx *cx, void *arg, struct json *const *args, size_t n, const struct json *kwargs,
			     struct json **out)
{
	(void)arg;
	(void)kwargs;
	*out = json_str(cx->mem, link_entity(cx->mem, n ? json_text(args[0], "") : ""));
	return 0;
}

/* {{ ref | humanise }} or {{ ref | humanise("group") }} */
static int filter_humanise(struct ctx *cx, void *arg, struct json *const *args, size_t n, const struct json *kwargs,
			   struct json **out)
{
	(void)arg;
	(void)kwargs;
	*out = json_str(cx->mem,
			ref_humanise(cx->mem, n ? json_text(args[0], "") : "", n > 1 ? json_text(args[1], NULL) : NULL));
	return 0;
}

/* {{ url | external }}: http, https and mailto stay, anything else becomes "#" */
static int filter_external(struct ctx *cx, void *arg, struct json *const *args, size_t n, const struct json *kwargs,
			   struct json **out)
{
	(void)arg;
	(void)kwargs;
	*out = json_str(cx->mem, link_external(n ? json_text(args[0], "") : ""));
	return 0;
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
	template_add_filter(views.env, "entity_url", filter_entity_url, NULL, false);
	template_add_filter(views.env, "humanise", filter_humanise, NULL, false);
	template_add_filter(views.env, "external", filter_external, NULL, false);
	dispatch_set_error_page(page_error);
	return check_views(cx, "");
}

static struct json *portal_json(struct ctx *cx)
{
	const struct json *app = json_get(cx->conf, "app");
	struct json *v = json_object(cx->mem);

	json_set(cx->mem, v, "name", json_str(cx->mem, json_get_text(app, "title", "Callboard")));
	json_set(cx->mem, v, "organization", json_str(cx->mem, json_get_text(json_get(cx->conf, "organization"), "name", "")));
	return v;
}

static struct json *user_json(struct ctx *cx)
{
	struct json *v = json_object(cx->mem);

	json_set(cx->mem, v, "ref", json_str(cx->mem, cx->who ? cx->who->ref : ""));
	json_set(cx->mem, v, "name", json_str(cx->mem, cx->who ? cx->who->name : "Nobody"));
	json_set(cx->mem, v, "guest", json_bool(cx->mem, !cx->who || cx->who->kind == WHO_GUEST));
	return v;
}

int page_render(struct req *rq, struct resp *rs, int status, const char *view, struct json *vars)
{
	struct arena *mem = rq->cx->mem;
	int rc = views.env ? 0 : page_prepare(rq->cx);

	if (rc < 0)
		return rc;
	json_set(mem, vars, "portal", portal_json(rq->cx));
	json_set(mem, vars, "user", user_json(rq->cx));
	json_set(mem, vars, "path", json_str(mem, rq->path));
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

int page_error(struct req *rq, struct resp *rs, int code, const char *text)
{
	static const struct {
		int code;
		const char *title, *hint;
	} words[] = {
		{ ERR_NOTFOUND, "Not found", "It may have been renamed, unregistered, or never existed." },
		{ ERR_AUTH, "Sign in first", "This portal does not let guests in." },
		{ ERR_DENIED, "Not allowed", "Ask whoever runs this portal if you think you should be." },
		{ ERR_UNAVAILABLE, "Not available right now",
		  "The portal cannot reach its database. It tries again by itself; so can you in a moment." },
		{ ERR_INPUT, "That did not work", "Something in the request is wrong." },
	};
	struct arena *mem = rq->cx->mem;
	struct json *vars = json_object(mem);
	const char *title = "Something went wrong",
		   *hint = "The people who run this portal find the cause under the reference below.";

	for (size_t i = 0; i < LEN(words); i++) {
		if (words[i].code == code) {
			title = words[i].title;
			hint = words[i].hint;
		}
	}
	json_set(mem, vars, "status", json_num(mem, rs->status));
	json_set(mem, vars, "title", json_str(mem, title));
	json_set(mem, vars, "text", json_str(mem, text));
	json_set(mem, vars, "hint", json_str(mem, hint));
	return page_render(rq, rs, rs->status, "error.html", vars);
}
