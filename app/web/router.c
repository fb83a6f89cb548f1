/* Finds the row of the route table that answers a request. */
#include "web/router.h"

#include "base/list.h"
#include "base/utf8.h"

static bool has_dot_segment(const char *path)
{
	for (struct str rest = str_of(path); rest.p;) {
		struct str part = str_cut(&rest, '/');

		if (str_is(part, "..") || str_is(part, "."))
			return true;
	}
	return false;
}

static bool add_param(struct req *rq, struct str name, struct str raw)
{
	const char *value;

	if (!url_decode(rq->cx->mem, raw, false, &value))
		return false;
	*list_add(rq->cx->mem, &rq->path_params) = (struct param){ arena_strndup(rq->cx->mem, name.p, name.n), value };
	return true;
}

/* "*rest" takes what is left, which must not climb out of wherever the handler looks it up. */
static bool add_rest(struct req *rq, struct str name, struct str raw)
{
	return add_param(rq, name, raw) && !has_dot_segment(rq->path_params.items[rq->path_params.n - 1].value);
}

static bool literal_fits(struct req *rq, struct str want, struct str got)
{
	const char *text;

	if (!memchr(got.p ? got.p : "", '%', got.n))
		return str_eq(want, got);
	return url_decode(rq->cx->mem, got, false, &text) && str_is(want, text);
}

/* Both are cut at "/"; one trailing slash of the request is forgiven. */
static bool path_fits(struct req *rq, const char *pattern)
{
	struct str want = str_of(pattern + 1), got = str_of(rq->path + 1);

	rq->path_params.n = 0;
	while (want.p) {
		if (want.n && want.p[0] == '*')
			return add_rest(rq, (struct str){ want.p + 1, want.n - 1 }, got.p ? got : STR(""));
		struct str w = str_cut(&want, '/');

		if (!got.p)
			return false;
		struct str g = str_cut(&got, '/');

		if (w.n && w.p[0] == ':') {
			if (g.n == 0 || !add_param(rq, (struct str){ w.p + 1, w.n - 1 }, g))
				return false;
		} else if (!literal_fits(rq, w, g)) {
			return false;
		}
	}
	return !got.p || got.n == 0;
}

static bool method_fits(const struct route *row, enum method method)
{
	return row->method == method || (row->method == GET && method == HEAD);
}

/* Most rows are told apart by their fixed beginning, without any decoding. */
static bool may_fit(const char *pattern, const char *path)
{
	size_t fixed = strcspn(pattern, ":*");

	if (strchr(path, '%'))
		return true;
	return strncmp(pattern, path, fixed) == 0 || (pattern[fixed] && strlen(path) + 1 == fixed);
}

const struct route *route_find(const struct route *table, size_t n, struct req *rq)
{
	if (rq->path[0] != '/')
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (method_fits(&table[i], rq->method) && may_fit(table[i].pattern, rq->path) &&
		    path_fits(rq, table[i].pattern))
			return rq->route = &table[i];
	rq->path_params.n = 0;
	return NULL;
}

static int check_pattern(struct ctx *cx, const struct route *r)
{
	const char *star = strchr(r->pattern, '*');

	if (r->pattern[0] != '/' || strstr(r->pattern, "//") || !utf8_valid(r->pattern, strlen(r->pattern)))
		return fail(cx, ERR_INPUT, "route %s: '%s' is no path", r->name, r->pattern);
	if (star && (star[-1] != '/' || strchr(star, '/')))
		return fail(cx, ERR_INPUT, "route %s: '*' in '%s' must be the last segment", r->name, r->pattern);
	for (const char *c = r->pattern; (c = strchr(c, ':')); c++)
		if (c[-1] != '/' || !ascii_alpha(c[1]))
			return fail(cx, ERR_INPUT, "route %s: ':' in '%s' must begin a segment's name", r->name, r->pattern);
	return 0;
}

int route_check(struct ctx *cx, const struct route *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct route *r = &table[i];
		bool changes = r->method != GET && r->method != HEAD && r->method != OPTIONS;
		bool page = (r->flags & ROUTE_HTML) || !str_starts(r->pattern, "/api/");
		int rc = check_pattern(cx, r);

		if (rc < 0)
			return rc;
		if (changes && page && !(r->flags & (ROUTE_CSRF | ROUTE_CROSS_SITE)))
			return fail(cx, ERR_INPUT, "route %s: '%s' changes something and needs ROUTE_CSRF", r->name,
				    r->pattern);
		for (size_t k = 0; k < i; k++)
			if (table[k].method == r->method && streq(table[k].pattern, r->pattern))
				return fail(cx, ERR_INPUT, "routes %s and %s: '%s' stands twice", table[k].name, r->name,
					    r->pattern);
	}
	return 0;
}
