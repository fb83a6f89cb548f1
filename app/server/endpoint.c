/* proxy.endpoints of the configuration, and what becomes of a request on its way. */
#include "server/endpoint.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/log.h"
#include "identity/identity.h"

enum { IDLE_MS = 60000 };

static const char prefix[] = "/api/proxy";

/* What Backstage lets pass without being told. */
static const char *const safe[] = { "cache-control", "content-language", "content-type",    "expires",   "last-modified",
				    "pragma",        "accept",           "accept-language", "user-agent" };
/* Of one connection only; of the portal's own doings with nginx and browsers; or made anew on the way. */
static const char *const never[] = { "connection",
				     "keep-alive",
				     "te",
				     "trailer",
				     "transfer-encoding",
				     "upgrade",
				     "proxy-connection",
				     "host",
				     "content-length",
				     "proxy-authenticate",
				     "proxy-authorization",
				     "cookie",
				     "set-cookie",
				     "status",
				     "x-request-id",
				     "content-security-policy",
				     "x-content-type-options",
				     "x-frame-options",
				     "expect" };

struct endpoint_list {
	struct endpoint *items;
	size_t n, cap;
};

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(name, names[i]))
			return true;
	return false;
}

/* ---- reading ---- */

static int read_texts(struct ctx *cx, const struct json *conf, const char *key, const char ***out)
{
	const struct json *v = json_get(conf, key);
	const char **texts = arena_array(cx->mem, const char *, json_len(v) + 1);

	if (v && !json_is(v, JSON_ARRAY))
		return fail(cx, ERR_INPUT, "%s must be a list", key);
	for (size_t i = 0; i < json_len(v); i++) {
		texts[i] = json_text(v->a.items[i], NULL);
		if (!texts[i])
			return fail(cx, ERR_INPUT, "%s must be a list of texts", key);
	}
	*out = v ? texts : NULL;
	return 0;
}

static int read_target(struct ctx *cx, const char *text, struct endpoint *e)
{
	if (!text)
		return fail(cx, ERR_INPUT, "target is missing: the URL of the other server");
	if (url_parse(cx, text, &e->target) < 0)
		return fail(cx, ERR_INPUT, "target '%.200s' is not a URL", text);
	if (!streq(e->target.scheme, "http") && !streq(e->target.scheme, "https"))
		return fail(cx, ERR_INPUT, "target must begin with http:// or https://");
	if (*e->target.user)
		return fail(cx, ERR_INPUT, "target has a user; name it in headers.Authorization");
	return 0;
}

static int read_headers(struct ctx *cx, const struct json *conf, struct endpoint *e)
{
	const struct json *v = json_get(conf, "headers");

	if (v && !json_is(v, JSON_OBJECT))
		return fail(cx, ERR_INPUT, "headers must be a map");
	e->headers = arena_array(cx->mem, struct fetch_header, json_len(v) + 1);
	for (size_t i = 0; i < json_len(v); i++) {
		const char *value = json_text(v->o.m[i].value, NULL);

		if (!value || strpbrk(value, "\r\n") || !v->o.m[i].key.n)
			return fail(cx, ERR_INPUT, "headers.%s must be a text of one line", v->o.m[i].key.p);
		e->headers[e->n_headers++] =
			(struct fetch_header){ arena_strndup(cx->mem, v->o.m[i].key.p, v->o.m[i].key.n), value };
	}
	return 0;
}

static int read_rewrites(struct ctx *cx, const struct json *conf, struct endpoint *e)
{
	const struct json *v = json_get(conf, "pathRewrite");
	const char *why;

	if (!v)
		return 0;
	if (!json_is(v, JSON_OBJECT))
		return fail(cx, ERR_INPUT, "pathRewrite must be a map from regular expressions to texts");
	e->rewrites = arena_array(cx->mem, struct endpoint_rewrite, json_len(v) + 1);
	for (size_t i = 0; i < v->o.n; i++) {
		struct endpoint_rewrite *r = &e->rewrites[e->n_rewrites++];

		*r = (struct endpoint_rewrite){ regex_compile(cx->mem, v->o.m[i].key, 0, &why),
						json_text(v->o.m[i].value, NULL) };
		if (!r->pattern)
			return fail(cx, ERR_INPUT, "pathRewrite '%.*s': %s", (int)v->o.m[i].key.n, v->o.m[i].key.p, why);
		if (!r->with)
			return fail(cx, ERR_INPUT, "pathRewrite '%.*s' must be a text", (int)v->o.m[i].key.n, v->o.m[i].key.p);
	}
	return 0;
}

static int read_credentials(struct ctx *cx, const struct json *conf, struct endpoint *e)
{
	static const char *const names[] = { "require", "forward", "dangerously-allow-unauthenticated" };
	const char *name = json_get_text(conf, "credentials", names[0]);

	for (unsigned i = 0; i < LEN(names); i++)
		if (streq(name, names[i])) {
			e->credentials = i;
			return 0;
		}
	return fail(cx, ERR_INPUT, "credentials must be require, forward or dangerously-allow-unauthenticated, not '%.100s'",
		    name);
}

static int read_endpoint(struct ctx *cx, const char *route, const struct json *conf, struct endpoint *e)
{
	double idle = json_get_num(conf, "proxyTimeout", IDLE_MS);
	int rc;

	*e = (struct endpoint){ .keep_host = !json_get_bool(conf, "changeOrigin", true),
				.unverified = !json_get_bool(conf, "secure", true),
				.follow = json_get_bool(conf, "followRedirects", false),
				.idle_ms = idle >= 1 && idle <= 3600000 ? (unsigned)idle : IDLE_MS };
	size_t n = strlen(route);

	for (; n && route[n - 1] == '/'; n--)
		;
	e->route = arena_printf(cx->mem, "%s%.*s", *route == '/' ? "" : "/", (int)n, route);
	if (!n || strpbrk(route, "?#%\\ "))
		return fail(cx, ERR_INPUT, "it must be a path, like /example");
	if (!json_is(conf, JSON_STRING) && !json_is(conf, JSON_OBJECT))
		return fail(cx, ERR_INPUT, "it must be a URL, or a map with target");
	rc = read_target(cx, json_is(conf, JSON_STRING) ? json_text(conf, NULL) : json_get_text(conf, "target", NULL), e);
	if (rc == 0)
		rc = read_headers(cx, conf, e);
	if (rc == 0)
		rc = read_rewrites(cx, conf, e);
	if (rc == 0)
		rc = read_credentials(cx, conf, e);
	if (rc == 0)
		rc = read_texts(cx, conf, "allowedMethods", &e->methods);
	return rc < 0 ? rc : read_texts(cx, conf, "allowedHeaders", &e->passing);
}

/* Those that are good; the first that is not is worded in cx->err, and *rc is its error. */
static struct endpoint_list read_all(struct ctx *cx, int *rc)
{
	const struct json *proxy = json_get(cx->conf, "proxy"), *all = json_get(proxy, "endpoints");
	bool old = !json_is(all, JSON_OBJECT);
	struct endpoint_list list = { 0 };
	struct err first = { 0 };

	/* Where Backstage once had them. */
	if (old)
		all = proxy;
	for (size_t i = 0; json_is(all, JSON_OBJECT) && i < all->o.n; i++) {
		const char *route = arena_strndup(cx->mem, all->o.m[i].key.p, all->o.m[i].key.n);
		struct endpoint e;

		if (old && *route != '/')
			continue;
		if (read_endpoint(cx, route, all->o.m[i].value, &e) == 0) {
			*list_add(cx->mem, &list) = e;
			continue;
		}
		fail_in(cx, ERR_INPUT, "proxy.%s%s", old ? "" : "endpoints.", route);
		if (!first.code)
			first = cx->err;
	}
	cx->err = first;
	*rc = first.code;
	return list;
}

static bool skips(const struct ctx *cx)
{
	const struct json *proxy = json_get(cx->conf, "proxy");

	return json_get_bool(proxy, "skipInvalidProxies", false) || json_get_bool(proxy, "skipInvalidTargets", false);
}

int endpoints_check(struct ctx *cx)
{
	int rc;

	read_all(cx, &rc);
	if (rc < 0 && skips(cx)) {
		log_warn("a proxy endpoint is left out", "why", cx->err.text, NULL);
		cx->err = (struct err){ 0 };
		rc = 0;
	}
	return rc;
}

/* Made ready once per process and configuration. */
static const struct endpoint_list *endpoints(const struct ctx *cx)
{
	static struct arena mem;
	static struct endpoint_list list;
	static const struct json *of;
	struct ctx own = { .mem = &mem, .conf = cx->conf };
	int rc;

	if (of != cx->conf) {
		arena_reset(&mem);
		list = read_all(&own, &rc);
		of = cx->conf;
	}
	return &list;
}

/* ---- finding ---- */

static bool is_below(const char *path, const char *route)
{
	size_t n = strlen(route);

	return strncasecmp(path, route, n) == 0 && (!path[n] || path[n] == '/');
}

static bool takes(const struct endpoint *e, const char *method)
{
	for (const char **m = e->methods; m && *m; m++)
		if (streq(*m, method))
			return true;
	return !e->methods;
}

const struct endpoint *endpoint_find(const struct ctx *cx, const char *path, const char *method)
{
	const struct endpoint_list *list = endpoints(cx);

	for (size_t i = 0; i < list->n; i++)
		if (is_below(path, list->items[i].route) && takes(&list->items[i], method))
			return &list->items[i];
	return NULL;
}

/* ---- where to ---- */

/* "$1", "$&" and "$$" of what is put in. */
static void add_replacement(struct buf *out, const char *with, const struct str *groups, size_t n)
{
	for (const char *c = with; *c; c++) {
		size_t group = ascii_digit(c[1]) ? (size_t)(c[1] - '0') : 0;

		if (*c != '$' || !c[1]) {
			buf_addc(out, *c);
		} else if (c[1] == '$') {
			buf_addc(out, *c++);
		} else if (c[1] == '&' || (group && group < n)) {
			if (groups[group].p)
				buf_add(out, groups[group].p, groups[group].n);
			c++;
		} else {
			buf_addc(out, *c);
		}
	}
}

enum { GROUPS = 10 };

/* 1: it fits, and *out is what becomes of the path; 0: it does not. */
static int rewrite(struct ctx *cx, const struct endpoint_rewrite *r, const char *path, const char **out)
{
	struct str groups[GROUPS] = { 0 }, text = str_of(path);
	int found = regex_search(r->pattern, text, 0, groups, GROUPS);
	struct buf b = { .mem = cx->mem };

	if (found < 0)
		return fail(cx, ERR_INPUT, "the path takes too long to rewrite");
	if (!found)
		return 0;
	buf_add(&b, path, (size_t)(groups[0].p - path));
	add_replacement(&b, r->with, groups, GROUPS);
	buf_adds(&b, groups[0].p + groups[0].n);
	*out = buf_text(&b);
	return 1;
}

static int rewritten(struct req *rq, const struct endpoint *e, const char **out)
{
	const char *path = *rq->query_string ? arena_printf(rq->cx->mem, "%s?%s", rq->path, rq->query_string) : rq->path;
	int rc = 0;

	*out = path;
	if (!e->rewrites)
		*out = path + strlen(prefix) + strlen(e->route);
	for (size_t i = 0; i < e->n_rewrites && rc == 0; i++)
		rc = rewrite(rq->cx, &e->rewrites[i], path, out);
	return rc < 0 ? rc : 0;
}

/* Has the path a part that leads up, also behind an encoded slash or with encoded dots, however often encoded? */
static bool climbs(struct arena *mem, const char *path)
{
	const char *was, *plain = path;

	for (int i = 0; i < 5; i++) {
		was = plain;
		plain = url_unescape(mem, was);
		if (streq(was, plain))
			break;
	}
	for (const char *at = plain; *at;) {
		size_t n = strcspn(at, "/\\;");

		if (n == 2 && at[0] == '.' && at[1] == '.')
			return true;
		at += n + (at[n] != '\0');
	}
	return !streq(was, plain);
}

/* One slash between the target's path and the rest, and never two in a row, as http-proxy has it. */
static const char *joined(struct arena *mem, const char *base, const char *rest)
{
	struct buf b = { .mem = mem };
	const char *parts[] = { base, "/", rest };

	for (size_t i = 0; i < LEN(parts); i++)
		for (const char *c = parts[i]; *c; c++)
			if (*c != '/' || !b.n || b.p[b.n - 1] != '/')
				buf_addc(&b, *c);
	return buf_text(&b);
}

int endpoint_url(struct req *rq, const struct endpoint *e, const char **out)
{
	struct arena *mem = rq->cx->mem;
	const char *path, *query;
	int rc = rewritten(rq, e, &path);

	if (rc < 0)
		return rc;
	struct str rest = str_of(path), head = str_cut(&rest, '?');

	path = arena_strndup(mem, head.p, head.n);
	query = rest.p ? rest.p : "";
	if (climbs(mem, path) || strchr(path, '#'))
		return fail(rq->cx, ERR_INPUT, "the path leads out of the proxy's endpoint");
	if (*e->target.query)
		query = arena_printf(mem, "%s%s%s", e->target.query, *query ? "&" : "", query);
	*out = arena_printf(mem, "%s://%s%s%s%s", e->target.scheme, e->target.authority, joined(mem, e->target.path, path),
			    *query ? "?" : "", query);
	return 0;
}

/* ---- what passes ---- */

static bool passes(const struct endpoint *e, const char *name)
{
	if (is_one_of(name, never, LEN(never)) || str_starts(name, "x-accel-"))
		return false;
	for (const char **p = e->passing; p && *p; p++)
		if (str_ieq(*p, name))
			return true;
	return is_one_of(name, safe, LEN(safe));
}

bool endpoint_passes(const struct endpoint *e, const char *name)
{
	return streq(name, "content-encoding") || passes(e, name);
}

/* A token that let somebody in here goes on only where the configuration says so; one that did not is the target's. */
static bool passes_authorization(const struct ctx *cx, const struct endpoint *e)
{
	bool ours = cx->who && cx->who->kind != WHO_GUEST && !cx->who->by_cookie;

	return e->credentials == ENDPOINT_FORWARD || (passes(e, "authorization") && !ours);
}

static bool is_set(const struct endpoint *e, const char *name)
{
	for (size_t i = 0; i < e->n_headers; i++)
		if (str_ieq(e->headers[i].name, name))
			return true;
	return false;
}

void endpoint_headers(const struct req *rq, const struct endpoint *e, struct fetch_request *out)
{
	struct fetch_header *h = arena_array(rq->cx->mem, struct fetch_header, rq->headers.n + e->n_headers);
	size_t n = 0;

	for (size_t i = 0; i < rq->headers.n; i++) {
		const struct param *p = &rq->headers.items[i];
		bool pass = streq(p->name, "authorization") ? passes_authorization(rq->cx, e)
			    : streq(p->name, "host")        ? e->keep_host
							    : passes(e, p->name);

		if (pass && !is_set(e, p->name))
			h[n++] = (struct fetch_header){ p->name, p->value };
	}
	for (size_t i = 0; i < e->n_headers; i++)
		h[n++] = e->headers[i];
	out->headers = h;
	out->n_headers = n;
}
