/* callboard routes: the route table for people. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cmd.h"
#include "web/router.h"

static const char *const methods[] = {
	[GET] = "GET",       [HEAD] = "HEAD",   [POST] = "POST",       [PUT] = "PUT",
	[DELETE] = "DELETE", [PATCH] = "PATCH", [OPTIONS] = "OPTIONS",
};

static const char *flag_names(struct arena *mem, unsigned flags)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ ROUTE_HTML, "page" }, { ROUTE_CSRF, "form" }, { ROUTE_STREAM, "stream" },        { ROUTE_PLUGIN, "plugin" },
		{ ROUTE_LUA, "lua" },   { ROUTE_WAIT, "wait" }, { ROUTE_CROSS_SITE, "cross-site" }
	};
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < LEN(names); i++)
		if (flags & names[i].bit)
			buf_addf(&b, "%s%s", b.n ? "," : "", names[i].name);
	return b.n ? buf_text(&b) : "-";
}

int cmd_routes(struct ctx *cx, int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : NULL;
	size_t shown = 0;

	for (size_t i = 0; i < n_routes; i++) {
		const struct route *r = &routes[i];
		const char *line =
			arena_printf(cx->mem, "%-7s %-68s %-28s %-10s %s", methods[r->method], r->pattern,
				     r->permission ? r->permission : "public", flag_names(cx->mem, r->flags), r->name);

		if (text && !strstr(line, text))
			continue;
		puts(line);
		shown++;
	}
	if (!shown && text)
		return fail(cx, ERR_NOTFOUND, "no route contains '%s'", text);
	return route_check(cx, routes, n_routes);
}
