/* The route table: what every URL does and who may ask for it. */
#ifndef WEB_ROUTER_H
#define WEB_ROUTER_H

#include "web/http.h"

enum route_flags {
	ROUTE_CSRF = 1,        /* a form: the token must be right */
	ROUTE_STREAM = 2,      /* may last: served by the stream pool */
	ROUTE_HTML = 4,        /* errors are pages, not JSON */
	ROUTE_PLUGIN = 8,      /* runs plugin code: served by the plugin pool */
	ROUTE_LUA = 32,        /* runs Lua that came with the portal: served by the plugin pool as well */
	ROUTE_WAIT = 64,       /* waits for something to happen (web/park.h): served by the wait pool */
	ROUTE_CROSS_SITE = 16, /* other sites' pages may send it too: it changes nothing by itself */
};

struct route {
	enum method method;
	const char *pattern; /* "/api/catalog/entities/by-uid/:uid"; ":name" is one segment, a final "*rest" all of the rest */
	int (*run)(struct req *rq, struct resp *rs);
	const char *permission; /* "catalog.entity.read"; NULL: public */
	unsigned flags;
	const char *name; /* of the function */
};

/*
 * First row that fits method and path (HEAD fits GET); fills path parameters. NULL: none. Segments are split before
 * percent-decoding; an encoded NUL or bad UTF-8 in one makes it fit nothing.
 */
const struct route *route_find(const struct route *table, size_t n, struct req *rq);
/*
 * Refuses tables with a changing method outside /api/ that lacks ROUTE_CSRF, two equal rows, or a pattern that is none;
 * the message names the row.
 */
int route_check(struct ctx *cx, const struct route *table, size_t n);

/* handlers/routes.def as a table, from handlers/routes.c. */
extern const struct route routes[];
extern const size_t n_routes;

#endif
