/* Sites of documentation: which there are, what is shown of them, and asking for a build. */
#ifndef DOCS_DOCS_H
#define DOCS_DOCS_H

#include "base/ctx.h"
#include "base/list.h"
#include "docs/conf.h"
#include "jobs/jobs.h"

enum docs_state { DOCS_WAITS, DOCS_BUILDS, DOCS_GOOD, DOCS_FAILED };
enum {
	DOCS_STALE_MS = 60000,
	DOCS_ATTEMPTS = 5
}; /* a source is looked at no more often, unless something says that it changed */

struct docs_site {
	const char *ref;
	uint64_t entity_id;
	enum docs_state state; /* of the last look at the source; the site that is shown may be an older one */
	const char *error;     /* why it failed; "" */
	uint64_t pages;
	int64_t asked_ms, checked_ms, built_ms, now_ms; /* by the clock of the database */
	/* What is shown; NULL: nothing yet. path: of the site below the folder of docs_conf(). reader: NULL for a site that
	 * another program made. */
	const char *path, *site, *reader;
	const char *build; /* the folder of the site's own that "site" is in; ".": itself; "-": it is elsewhere, or nowhere */
};

/*
 * The site of an entity (full ref in lower case). Without a row it waits, and nobody has asked for it. With techdocs.builder
 * external it is whatever lies there.
 */
int docs_site_of(struct ctx *cx, const char *ref, struct docs_site *out);
/*
 * Asks for a look at the source, and a build if it changed: as soon as a job worker is free. Nothing with techdocs.builder
 * external.
 */
int docs_ask(struct ctx *cx, const char *ref, enum job_priority priority);
/* docs_ask() for a site that is stale; *site is then as docs_site_of() gives it. */
int docs_ask_if_stale(struct ctx *cx, struct docs_site *site);
/* The log of the last build, or of the one that is on, and whose it is (changes with each build). */
int docs_log_of(struct ctx *cx, const char *ref, const char **log, const char **log_of);

/* The bell (base/bell.h) that rings when there is more of the log, and when a look at the source is over. */
const char *docs_bell(struct arena *mem, const char *ref);

/* Sites of many entities: [i] for refs->items[i]; state DOCS_WAITS and built_ms 0 where there is none. */
int docs_sites_of(struct ctx *cx, const struct text_list *refs, struct docs_site *out);

/* Where the site of an entity is, below the folder of docs_conf(): "default/component/payments". */
const char *docs_place(struct arena *mem, const char *ref);
/* From now on sites follow the catalog: what changes, is refreshed or goes is looked at. */
void docs_prepare(void);

#endif
