/* Builds answers: status, headers, bodies, and what HTTP asks of all of them. */
#include <stdlib.h>

#include "base/list.h"
#include "web/http.h"

/* No inline script or style; pictures of people and projects come from anywhere, over https. */
static const char policy[] = "default-src 'self'; img-src 'self' data: https:; object-src 'none'; base-uri 'self'; "
			     "form-action 'self'; frame-ancestors 'none'";

static const struct param always[] = {
	{ "Content-Security-Policy", policy }, { "X-Content-Type-Options", "nosniff" },  { "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "same-origin" },  { "Cache-Control", "private, no-cache" },
};

static bool clean(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			return false;
	return true;
}

static const char *cleaned(struct arena *mem, const char *s)
{
	char *copy;

	if (clean(s))
		return s;
	copy = arena_strdup(mem, s);
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = ' ';
	return copy;
}

void resp_header(struct resp *rs, const char *name, const char *value)
{
	*list_add(rs->mem, &rs->headers) = (struct param){ cleaned(rs->mem, name), cleaned(rs->mem, value) };
}

void resp_policy(struct resp *rs, const char *more)
{
	resp_header(rs, "Content-Security-Policy", arena_printf(rs->mem, "%s%s", policy, more));
}

int resp_text(struct resp *rs, int status, const char *content_type, struct str text)
{
	rs->status = status;
	rs->content_type = content_type;
	rs->body.mem = rs->mem;
	buf_clear(&rs->body);
	buf_add(&rs->body, text.p, text.n);
	return 0;
}

int resp_json_text(struct resp *rs, int status, struct str text)
{
	return resp_text(rs, status, "application/json; charset=utf-8", text);
}

int resp_json(struct resp *rs, int status, const struct json *v)
{
	resp_json_text(rs, status, STR(""));
	json_write(&rs->body, v);
	return 0;
}

int resp_empty(struct resp *rs, int status)
{
	resp_text(rs, status, NULL, STR(""));
	return 0;
}

/* "//host" and "/\host" leave this site in a browser's eyes. */
static bool is_local(const char *location)
{
	return location[0] == '/' && location[1] != '/' && location[1] != '\\' && clean(location);
}

int resp_redirect(struct resp *rs, const char *location)
{
	resp_header(rs, "Location", is_local(location) ? location : "/");
	return resp_empty(rs, 303);
}

void resp_cookie(const struct req *rq, struct resp *rs, const char *name, const char *value, long max_age)
{
	struct buf b = { .mem = rs->mem };

	buf_addf(&b, "%s=%s; Path=/; HttpOnly; SameSite=Lax", name, value);
	if (max_age >= 0)
		buf_addf(&b, "; Max-Age=%ld", max_age);
	if (rq->https)
		buf_adds(&b, "; Secure");
	resp_header(rs, "Set-Cookie", b.p);
}

void resp_reset(struct resp *rs)
{
	*rs = (struct resp){ .mem = rs->mem, .body = { .mem = rs->mem }, .send = rs->send, .sink = rs->sink };
}

/* Weak comparison: W/"x" and "x" name the same answer. */
static struct str opaque_tag(struct str tag)
{
	if (tag.n >= 2 && memcmp(tag.p, "W/", 2) == 0)
		tag = (struct str){ tag.p + 2, tag.n - 2 };
	return tag;
}

static bool names_etag(const char *list, const char *etag)
{
	struct str want = opaque_tag(str_of(etag));
	const char *at = list;

	for (;;) {
		at += strspn(at, " \t,");
		if (!*at)
			return false;
		if (*at == '*')
			return true;
		/* A tag may hold commas, so it ends at its second quote. */
		const char *open = strchr(at, '"');
		const char *end = open ? strchr(open + 1, '"') : NULL;

		if (!end)
			return false;
		if (str_eq(opaque_tag((struct str){ at, (size_t)(end + 1 - at) }), want))
			return true;
		at = end + 1;
	}
}

static bool has_header(const struct resp *rs, const char *name)
{
	for (size_t i = 0; i < rs->headers.n; i++)
		if (str_ieq(rs->headers.items[i].name, name))
			return true;
	return false;
}

void resp_finish(const struct req *rq, struct resp *rs)
{
	const char *known = req_header(rq, "if-none-match");
	bool reads = rq->method == GET || rq->method == HEAD;

	if (rs->status < 100 || rs->status > 599)
		abort(); /* the handler forgot to answer */
	if (rs->etag && known && reads && rs->status == 200 && names_etag(known, rs->etag))
		rs->status = 304;
	if (rs->status == 204 || rs->status == 304) {
		buf_clear(&rs->body);
		rs->content_type = NULL;
		rs->stream = NULL;
		rs->park = NULL;
	}
	for (size_t i = 0; i < LEN(always); i++)
		if (!has_header(rs, always[i].name))
			*list_add(rs->mem, &rs->headers) = always[i];
}

static const char *reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Other";
}

void resp_head(const struct req *rq, const struct resp *rs, struct buf *out)
{
	bool bodiless = rs->status == 204 || rs->status == 304;

	buf_addf(out, "Status: %d %s\r\n", rs->status, reason(rs->status));
	if (rs->content_type && !bodiless)
		buf_addf(out, "Content-Type: %s\r\n", rs->content_type);
	if (!rs->stream && !bodiless)
		buf_addf(out, "Content-Length: %zu\r\n", rs->body.n);
	if (rs->etag)
		buf_addf(out, "ETag: %s\r\n", rs->etag);
	if (rs->stream && !has_header(rs, "X-Accel-Buffering"))
		buf_adds(out, "X-Accel-Buffering: no\r\n");
	for (size_t i = 0; i < rs->headers.n; i++)
		buf_addf(out, "%s: %s\r\n", rs->headers.items[i].name, rs->headers.items[i].value);
	if (*rq->cx->request_id)
		buf_addf(out, "X-Request-Id: %s\r\n", rq->cx->request_id);
	buf_adds(out, "\r\n");
}
