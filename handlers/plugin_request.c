/* A request as plugins see it, and their answer as HTTP. */
#include "handlers/plugin_request.h"

#include "base/list.h"
#include "base/utf8.h"
#include "handlers/page.h"
#include "handlers/plugin_view.h"
#include "web/router.h"

/* ---- what is asked ---- */

/* A name that stands several times has a list. */
static struct json *params_json(struct arena *mem, const struct params *params)
{
	struct json *v = json_object(mem);

	for (size_t i = 0; i < params->n; i++) {
		const struct param *p = &params->items[i];
		struct json *before = json_get(v, p->name), *value = json_str(mem, p->value);

		if (json_is(before, JSON_ARRAY)) {
			json_push(mem, before, value);
		} else if (before) {
			struct json *list = json_array(mem);

			json_push(mem, list, before);
			json_push(mem, list, value);
			json_set(mem, v, p->name, list);
		} else {
			json_set(mem, v, p->name, value);
		}
	}
	return v;
}

/*
 * What says something about the request itself. All else may prove who somebody is, as whatever proxy stands before us has it
 * (tokens, addresses), and is nobody else's.
 */
static bool is_handed_on(const char *name)
{
	static const char *const names[] = { "accept",        "accept-language", "content-type",
					     "if-none-match", "user-agent",      "x-request-id" };
	static const char *const tails[] = { "-event", "-event-key", "-event-uuid", "-delivery", "-hook-id" };

	for (size_t i = 0; i < LEN(names); i++)
		if (streq(name, names[i]))
			return true;
	for (size_t i = 0; i < LEN(tails) && str_starts(name, "x-"); i++)
		if (str_ends(name, tails[i]))
			return true;
	return false;
}

static struct json *headers_json(const struct req *rq)
{
	struct json *v = json_object(rq->cx->mem);

	for (size_t i = 0; i < rq->headers.n; i++)
		if (is_handed_on(rq->headers.items[i].name))
			json_set(rq->cx->mem, v, rq->headers.items[i].name, json_str(rq->cx->mem, rq->headers.items[i].value));
	return v;
}

static void add_body(struct req *rq, struct json *v)
{
	const char *type = req_header(rq, "content-type");
	struct err before = rq->cx->err;
	struct params form = { 0 };
	struct json *json;

	if (!rq->body.n || !utf8_valid(rq->body.p, rq->body.n))
		return;
	json_set(rq->cx->mem, v, "body", json_strn(rq->cx->mem, rq->body.p, rq->body.n));
	if (type && str_starts(type, "application/json") && req_json(rq, &json) == 0)
		json_set(rq->cx->mem, v, "json", json);
	else if (type && str_starts(type, "application/x-www-form-urlencoded") && req_form(rq, &form) == 0)
		json_set(rq->cx->mem, v, "form", params_json(rq->cx->mem, &form));
	rq->cx->err = before;
}

struct json *plugin_request(struct req *rq, const char *path, const struct params *params)
{
	struct arena *mem = rq->cx->mem;
	struct json *v = json_object(mem);

	json_set(mem, v, "method", json_str(mem, rq->method_name));
	json_set(mem, v, "path", json_str(mem, path));
	json_set(mem, v, "params", params_json(mem, params));
	json_set(mem, v, "query", params_json(mem, &rq->query));
	json_set(mem, v, "headers", headers_json(rq));
	json_set(mem, v, "user", page_user(rq->cx));
	add_body(rq, v);
	return v;
}

/* ---- who answers ---- */

static enum method method_of(struct str name)
{
	static const struct {
		const char *name;
		enum method method;
	} names[] = { { "GET", GET }, { "POST", POST }, { "PUT", PUT }, { "DELETE", DELETE }, { "PATCH", PATCH } };

	for (size_t i = 0; i < LEN(names); i++)
		if (str_is(name, names[i].name))
			return names[i].method;
	return METHOD_OTHER;
}

const struct contribution *plugin_find(struct req *rq, const struct plugin *p, enum contribution_kind kind, const char *path,
				       struct params *params)
{
	const struct contributions *all = &p->by_kind[kind];
	struct route *table = arena_array(rq->cx->mem, struct route, all->n + 1);
	struct req below = { .cx = rq->cx, .method = rq->method, .method_name = rq->method_name, .path = path };

	for (size_t i = 0; i < all->n; i++) {
		struct str rest = str_of(all->items[i].id), first = str_cut(&rest, ' ');

		table[i].method = rest.p ? method_of(first) : rq->method;
		table[i].pattern = rest.p ? rest.p : all->items[i].id;
	}
	const struct route *found = route_find(table, all->n, &below);

	*params = below.path_params;
	return found ? &all->items[found - table] : NULL;
}

/* ---- what is answered ---- */

/* Only what says something about the answer itself: what the portal promises of all its answers stays so. */
static bool may_set(const char *name)
{
	static const char *const names[] = { "cache-control", "content-disposition", "etag", "expires", "last-modified", "link",
					     "retry-after",   "content-language" };

	for (size_t i = 0; i < LEN(names); i++)
		if (streq(name, names[i]))
			return true;
	return str_starts(name, "x-") && !str_starts(name, "x-accel-") && !str_starts(name, "x-frame-") &&
	       !str_starts(name, "x-content-");
}

static int set_headers(struct req *rq, struct resp *rs, const struct json *headers)
{
	for (size_t i = 0; i < json_len(headers); i++) {
		struct str key = headers->o.m[i].key;
		const char *value = json_text(headers->o.m[i].value, NULL), *name = str_lower(rq->cx->mem, key.p, key.n);

		if (!value)
			return fail(rq->cx, ERR_PLUGIN, "headers.%s is no text", name);
		if (!may_set(name))
			return fail(rq->cx, ERR_PLUGIN, "headers.%s is none that a plugin may set", name);
		resp_header(rs, name, value);
	}
	return 0;
}

int plugin_no_such(struct req *rq)
{
	return fail(rq->cx, ERR_NOTFOUND, "there is nothing at %s %s", rq->method_name, rq->path);
}

int plugin_redirect(struct req *rq, struct resp *rs, const char *to)
{
	if (*to != '/' || to[1] == '/' || to[1] == '\\')
		return fail(rq->cx, ERR_PLUGIN, "redirect leads to pages of the portal, not to '%.100s'", to);
	return resp_redirect(rs, to);
}

/* What views/<view> prints with {vars}. */
static int answer_view(struct req *rq, struct resp *rs, const struct plugin *p, int status, const struct json *answer)
{
	const struct json *given = json_get(answer, "vars");
	struct json *vars = json_is(given, JSON_OBJECT) ? json_copy(rq->cx->mem, given) : json_object(rq->cx->mem);
	const char *html;
	int rc = plugin_view(rq, rs, p, json_get_text(answer, "view", ""), vars, &html);

	return rc < 0 ? rc : resp_text(rs, status, "text/html; charset=utf-8", str_of(html));
}

int plugin_answer(struct req *rq, struct resp *rs, const struct plugin *p, const struct json *answer)
{
	double status = json_get_num(answer, "status", json_len(answer) ? 200 : 204);
	const char *text = json_get_text(answer, "text", NULL), *html = json_get_text(answer, "html", NULL);
	const char *to = json_get_text(answer, "redirect", NULL);
	int rc;

	if (answer && !json_is(answer, JSON_OBJECT))
		return fail(
			rq->cx, ERR_PLUGIN,
			"a route gives back a table {status, json | text | html | view, vars | redirect, headers}, not a %s",
			json_type_name(answer));
	if (status < 200 || status > 599)
		return fail(rq->cx, ERR_PLUGIN, "status %g is none", status);
	if (to)
		rc = plugin_redirect(rq, rs, to);
	else if (json_get(answer, "json"))
		rc = resp_json(rs, (int)status, json_get(answer, "json"));
	else if (json_get(answer, "view"))
		rc = answer_view(rq, rs, p, (int)status, answer);
	else if (html || text)
		rc = resp_text(rs, (int)status, html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
			       str_of(html ? html : text));
	else
		rc = resp_empty(rs, (int)status);
	return rc < 0 ? rc : set_headers(rq, rs, json_get(answer, "headers"));
}
