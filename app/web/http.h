/* One HTTP request and its answer, independent of how they travel (FastCGI, command line). */
#ifndef WEB_HTTP_H
#define WEB_HTTP_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/json.h"
#include "base/str.h"

struct param {
	const char *name, *value;
};
struct params {
	struct param *items;
	size_t n, cap;
};

enum method { GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS, METHOD_OTHER };

struct req {
	struct ctx *cx;
	enum method method;
	const char *method_name;  /* as sent */
	const char *path;         /* percent-encoded as sent, without the query */
	const char *query_string; /* "" when none */
	struct params query;      /* decoded, in order, repeated names kept */
	struct params headers;    /* names in lower case */
	struct params path_params;
	struct str body;
	const char *remote_addr; /* the client's, also behind a proxy that nginx believes */
	const char *peer_addr;   /* of whoever spoke to nginx: the client, or the proxy */
	bool https;
	bool local;           /* asked from the command line, by somebody who could read the database anyway */
	const struct who *as; /* who asks, where that was said on the command line; else NULL */
	int fault;            /* what made the request itself unreadable, worded in cx->err; else 0 */
	const struct route *route;
};

struct park;
struct stream; /* where a body goes that is sent piece by piece: web/stream.h */

struct resp {
	struct arena *mem;
	int status;
	struct params headers;    /* beyond Content-Type and Content-Length */
	const char *content_type; /* NULL with an empty body */
	struct buf body;
	const char *etag; /* quoted, as sent; answered with 304 when If-None-Match names it */

	/*
	 * Sends what follows the head; body is then not used. Its errors end the answer. nginx passes each piece on at once,
	 * unless the header X-Accel-Buffering is set.
	 */
	int (*stream)(struct ctx *cx, struct stream *to, void *arg);
	void *stream_arg;
	struct park *park; /* it waits for something to happen: web/park.h */
	bool held;         /* and goes on after this request */

	/* How the answer leaves, set by who made the request; returns the bytes of the body. */
	size_t (*send)(struct req *rq, struct resp *rs);
	void *sink;
};

/*
 * Fills rq (whose cx is set) from CGI variables "NAME=value". The body is left alone. ERR_INPUT when the path or the
 * query holds an encoded NUL or is not UTF-8; headers that are not UTF-8 are left out. Texts point into cx->mem or env.
 */
int req_from_cgi(struct req *rq, char *const *env);
/* Decodes %XX (and '+' when plus). A stray '%' stays as it is. False when the result is not UTF-8 or holds a NUL. */
bool url_decode(struct arena *mem, struct str in, bool plus, const char **out);
/* Appends the decoded pairs of "a=b&c=d" to out; false as above. */
bool params_parse(struct arena *mem, struct str text, struct params *out);

/* Value of a request header (name in lower case); NULL when absent. */
const char *req_header(const struct req *rq, const char *name);
/* First value of a query parameter; NULL when absent. */
const char *req_query(const struct req *rq, const char *name);
/* A path parameter, percent-decoded; aborts when the route has none of that name. */
const char *req_param(const struct req *rq, const char *name);
/* A cookie's value; NULL when absent. */
const char *req_cookie(const struct req *rq, const char *name);
/*
 * The JSON body. ERR_INPUT when there is none or it is not JSON, ERR_MEDIATYPE when the content type is not
 * application/json (with or without parameters).
 */
int req_json(struct req *rq, struct json **out);
/* Fields of an application/x-www-form-urlencoded body. */
int req_form(struct req *rq, struct params *out);
const char *params_get(const struct params *p, const char *name);
/* ERR_INPUT naming the first query parameter that is not in the NULL-terminated list. */
int req_only_query(struct req *rq, const char *const *known);

/* Adds a header; bytes that cannot stand in one become spaces. Keeps both pointers when they are clean. */
void resp_header(struct resp *rs, const char *name, const char *value);
/* The Content-Security-Policy of all pages, and more directives ("; frame-src https://example.com") that only this one needs.
 */
void resp_policy(struct resp *rs, const char *more);
/* Status and JSON body. */
int resp_json(struct resp *rs, int status, const struct json *v);
/* Status and bytes that are JSON already. Copies. */
int resp_json_text(struct resp *rs, int status, struct str text);
/* Status and text of another type ("text/plain; charset=utf-8"). Copies text. */
int resp_text(struct resp *rs, int status, const char *content_type, struct str text);
int resp_empty(struct resp *rs, int status);
/* 303 See Other to a path of this portal; any other target becomes "/". */
int resp_redirect(struct resp *rs, const char *location);
/* Sets a cookie: Path=/, HttpOnly, SameSite=Lax, Secure over https. max_age in seconds: 0 forgets it, -1 ends with the browser.
 */
void resp_cookie(const struct req *rq, struct resp *rs, const char *name, const char *value, long max_age);
/* Drops everything but where the answer goes. */
void resp_reset(struct resp *rs);
/*
 * What HTTP asks of every answer, once it is complete: 304 for a known ETag, no body for HEAD, 204 and 304, security
 * headers where the handler set none.
 */
void resp_finish(const struct req *rq, struct resp *rs);
/* The CGI head ("Status: 200 OK\r\n…\r\n\r\n") of a finished answer, appended to out. */
void resp_head(const struct req *rq, const struct resp *rs, struct buf *out);

#endif
