/* What the parts of callboard docs share. */
#ifndef CMD_DOCS_H
#define CMD_DOCS_H

#include "base/ctx.h"
#include "docs/site.h"

struct docs_job {
	const char *source, *out; /* absolute */
	const char *cache;        /* folder for what makes the next build fast; NULL: none */
	bool quiet;
};

/*
 * Brings out up to date file by file where the cache allows it; else builds beside out and takes its place. Whoever reads a
 * file of out sees it whole.
 */
int docs_build(struct ctx *cx, const struct docs_job *job, struct site_result *result);
/* Shows a site at a port of this machine (0: any) until SIGINT or SIGTERM. */
int docs_serve(struct ctx *cx, const char *source, int port);

#endif
