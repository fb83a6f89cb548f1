/* An action of a template asks an endpoint of the proxy. */
#include "server/endpoint.h"

int endpoint_aim(struct ctx *cx, const char *path, const char *method, struct fetch_request *out)
{
	struct str query = str_of(path), head = str_cut(&query, '?');
	const char *below = arena_strndup(cx->mem, head.p, head.n);
	const struct endpoint *e = endpoint_find(cx, below, method);
	struct req rq = { .cx = cx,
			  .path = arena_printf(cx->mem, "/api/proxy%s", below),
			  .query_string = query.p ? query.p : "" };
	int rc;

	if (!e)
		return fail(cx, ERR_NOTFOUND, "proxy.endpoints has nothing for %s %.200s", method, below);
	rc = endpoint_url(&rq, e, &out->url);
	if (rc < 0)
		return rc;
	endpoint_headers(&rq, e, out);
	out->stay = true;
	out->unverified = e->unverified;
	out->idle_ms = e->idle_ms;
	return 0;
}
