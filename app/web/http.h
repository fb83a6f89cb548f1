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
	const char *remote_addr;
	bool https;
	const struct route *route;
};

struct resp {
	struct arena *mem;
	int status;
	struct params headers;    /* beyond Content-Type and Content-Length */
	const char *content_type; /* NULL with an empty body */
	struct buf body;
	const char *etag; /* quoted, as sent; answered with 304 when If-None-Match names it */
};

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

void resp_header(struct resp *rs, const char *name, const char *value);
/* Status and JSON body. */
int resp_json(struct resp *rs, int status, const struct json *v);
/* Status and bytes that are JSON already. Copies. */
int resp_json_text(struct resp *rs, int status, struct str text);
int resp_empty(struct resp *rs, int status);
/* 303 See Other to a path of this portal. */
int resp_redirect(struct resp *rs, const char *location);

#endif
