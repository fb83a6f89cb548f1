/* What views show of a site of documentation. */
#ifndef HANDLERS_DOCS_VIEW_H
#define HANDLERS_DOCS_VIEW_H

#include "docs/docs.h"

/*
 * {shown, busy: a look at its source is under way, first: nothing is shown yet, failed, error, built: ms since 1970 or 0,
 * pages, external: the portal builds nothing}
 */
struct json *docs_site_json(struct ctx *cx, const struct docs_site *site);
/*
 * Adds what an entity's overview shows of its documentation: docs_url ("" for none), and docs, unless it is another entity's or
 * there is none.
 */
int docs_card(struct ctx *cx, struct json *vars, const struct json *entity);
/* The address of an entity's documentation, be it another's; "" when it has none. */
const char *docs_url_of(struct ctx *cx, const struct json *entity);

#endif
