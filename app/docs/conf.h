/* The configuration's part about documentation. */
#ifndef DOCS_CONF_H
#define DOCS_CONF_H

#include "base/ctx.h"
#include "base/json.h"
#include "ext/unpack.h"

struct docs_conf {
	bool external;      /* techdocs.builder: somebody else builds, the portal only shows */
	const char *folder; /* where sites are published, absolute */
	unsigned builds;    /* at most that many at once, on all hosts together */
	struct unpack_limits source;
	unsigned fetch_ms;
	const struct json *section; /* techdocs itself: generator and sanitizer */
};

/* Texts live in cx->mem. Values that make no sense are the nearest that do; `callboard config check` tells of their types. */
struct docs_conf docs_conf(struct ctx *cx);

#endif
