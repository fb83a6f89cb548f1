/* What a finished build becomes: pages that are shown and found. Only for app/docs. */
#ifndef DOCS_RELEASE_H
#define DOCS_RELEASE_H

#include "base/json.h"
#include "docs/docs.h"

struct docs_publication {
	const char *ref, *build, *etag; /* build: the folder in the site's own, with site and reader in it */
	uint64_t entity_id, pages;
	const struct json *entity;
	const char *folder; /* of the build, absolute */
};
/*
 * Shows a build from now on, and makes its pages found, in one transaction. ERR_CONFLICT when another build of the site has
 * begun meanwhile.
 */
int docs_publish(struct ctx *cx, const struct docs_publication *p);
/* Removes a site: nothing of it is shown or found any more. Its folders go too. */
int docs_unpublish(struct ctx *cx, const char *ref);
/* Removes the builds of a site but for two (NULL: none). What cannot be removed is tried again by the sweep. */
void docs_sweep_builds(struct ctx *cx, const char *ref, const char *keep, const char *keep_too);

#endif
