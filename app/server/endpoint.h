/* proxy.endpoints of the configuration: what below /api/proxy goes to which other server, and what of a request and its answer
 * passes. */
#ifndef SERVER_ENDPOINT_H
#define SERVER_ENDPOINT_H

#include "base/regex.h"
#include "ext/fetch.h"
#include "web/http.h"

enum endpoint_credentials { ENDPOINT_REQUIRE, ENDPOINT_FORWARD, ENDPOINT_ANYBODY };

struct endpoint_rewrite {
	const struct regex *pattern;
	const char *with; /* as JavaScript's replace() takes it: $1, $&, $$ */
};
struct endpoint {
	const char *route; /* "/larger-example/v1" */
	struct url target;
	struct endpoint_rewrite *rewrites; /* the first that fits counts; NULL: the route is taken away */
	size_t n_rewrites;
	struct fetch_header *headers; /* sent whatever the client says */
	size_t n_headers;
	const char **methods; /* ends with NULL; NULL: all */
	const char **passing; /* names of further headers that pass, in either direction; ends with NULL */
	enum endpoint_credentials credentials;
	bool keep_host;  /* the portal's own name in Host: changeOrigin false */
	bool unverified; /* secure: false */
	bool follow;     /* redirects within the target */
	unsigned idle_ms;
};

/* ERR_INPUT names the first endpoint that cannot be used, unless proxy.skipInvalidProxies says to leave such ones out. */
int endpoints_check(struct ctx *cx);
/* The first endpoint for a path below /api/proxy ("/larger-example/v1/x"; its route may be in any case) and a method; NULL:
 * none. */
const struct endpoint *endpoint_find(const struct ctx *cx, const char *path, const char *method);
/*
 * Where a request goes: rq->path and its query rewritten, below the target's path. ERR_INPUT for a path that would leave it. In
 * cx->mem.
 */
int endpoint_url(struct req *rq, const struct endpoint *e, const char **out);
/*
 * The same for an action of a template, which sends no headers of a client: path is below /api/proxy, with its query. The
 * target's redirects are answers. For actions_proxy().
 */
int endpoint_aim(struct ctx *cx, const char *path, const char *method, struct fetch_request *out);
/* Adds what the target is told: safe headers of the request, those that pass, and the endpoint's own. */
void endpoint_headers(const struct req *rq, const struct endpoint *e, struct fetch_request *out);
/* May a header of the answer (its name in lower case) go on to the client? */
bool endpoint_passes(const struct endpoint *e, const char *name);

#endif
