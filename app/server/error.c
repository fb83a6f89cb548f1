/* Turns an error into an answer: Backstage's JSON for clients, a page for people. */
#include "server/error.h"

#include "base/log.h"
#include "server/dispatch.h"
#include "web/router.h"

static error_page_fn *page;

void dispatch_set_error_page(error_page_fn *fn)
{
	page = fn;
}

/* "/api/catalog/entities?limit=abc" is "/entities?limit=abc" to the plugin that answers. */
static const char *url_below_plugin(const struct req *rq)
{
	const char *below = rq->path;

	if (str_starts(rq->path, "/api/")) {
		below = strchr(rq->path + 5, '/');
		if (!below)
			below = "/";
	}
	return arena_printf(rq->cx->mem, "%s%s%s", below, *rq->query_string ? "?" : "", rq->query_string);
}

struct json *error_json(struct arena *mem, int code, const char *text, const char *method, const char *url)
{
	struct json *v = json_object(mem), *error = json_object(mem), *request = json_object(mem), *response = json_object(mem);

	json_set(mem, error, "name", json_str(mem, err_name(code)));
	json_set(mem, error, "message", json_str(mem, text));
	json_set(mem, request, "method", json_str(mem, method));
	json_set(mem, request, "url", json_str(mem, url));
	json_set(mem, response, "statusCode", json_num(mem, err_status(code)));
	json_set(mem, v, "error", error);
	json_set(mem, v, "request", request);
	json_set(mem, v, "response", response);
	return v;
}

static void json_answer(const struct req *rq, struct resp *rs, int code, const char *text)
{
	resp_json(rs, err_status(code), error_json(rq->cx->mem, code, text, rq->method_name, url_below_plugin(rq)));
}

static void put_escaped(struct buf *b, const char *s)
{
	static const char *const entities[] = { ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;" };

	for (; *s; s++) {
		if ((unsigned char)*s < LEN(entities) && entities[(unsigned char)*s])
			buf_adds(b, entities[(unsigned char)*s]);
		else
			buf_addc(b, *s);
	}
}

/* For when there are no views yet, or they are what is broken. */
static void plain_page(struct resp *rs, int status, const char *text)
{
	struct buf b = { .mem = rs->mem };

	buf_addf(&b, "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>%d</title>\n<h1>%d</h1>\n<p>", status,
		 status);
	put_escaped(&b, text);
	buf_adds(&b, "</p>\n<p><a href=\"/\">Home</a></p>\n</html>\n");
	resp_text(rs, status, "text/html; charset=utf-8", buf_str(&b));
}

static bool wants_page(const struct req *rq)
{
	const char *accept = req_header(rq, "accept");

	if (rq->route)
		return rq->route->flags & ROUTE_HTML;
	return !str_starts(rq->path, "/api/") && !str_starts(rq->path, "/.") &&
	       !(accept && str_starts(accept, "application/json"));
}

/* What may be shown; what happened inside is for the log, under the number the user can quote. */
static const char *shown_text(const struct req *rq, int code)
{
	struct ctx *cx = rq->cx;

	if (err_status(code) < 500 || code == ERR_NOTIMPL)
		return arena_strdup(cx->mem, cx->err.text); /* the page may word errors of its own */
	log_error("request failed", "error", cx->err.text, "name", err_name(code), "method", rq->method_name, "path", rq->path,
		  NULL);
	return arena_printf(cx->mem, "%s (reference %s)",
			    code == ERR_UNAVAILABLE || code == ERR_DEADLOCK ? "This is not available right now; try again soon"
			    : code == ERR_UPSTREAM ? "A service that this needs did not answer as it should"
			    : code == ERR_TIMEOUT  ? "This took too long"
						   : "Something went wrong",
			    cx->request_id);
}

/* What HTTP wants beside the body; set after the body, because making that drops all headers. */
static void add_headers(const struct req *rq, struct resp *rs, int code)
{
	if (rs->status == 503)
		resp_header(rs, "Retry-After", "1"); /* what is away is looked for again with each request, at little cost */
	if (code == ERR_TOOMANY && rs->status == 429)
		resp_header(rs, "Retry-After", "60");
	if (rs->status == 401 && !wants_page(rq))
		resp_header(rs, "WWW-Authenticate", "Bearer");
	resp_header(rs, "Cache-Control", "no-store");
}

void error_answer(struct req *rq, struct resp *rs, int code)
{
	const char *text = shown_text(rq, code), *etag = rs->etag;

	resp_reset(rs);
	rs->status = err_status(code);
	if (code == ERR_NOTMODIFIED) {
		resp_empty(rs, 304);
		rs->etag = etag;
		return;
	}
	if (!wants_page(rq)) {
		json_answer(rq, rs, code, text);
	} else if (!page || page(rq, rs, code, text) < 0) {
		resp_reset(rs);
		plain_page(rs, err_status(code), text);
	}
	add_headers(rq, rs, code);
}
