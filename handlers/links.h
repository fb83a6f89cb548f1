/* URLs of the portal's own pages, made in one place. */
#ifndef HANDLERS_LINKS_H
#define HANDLERS_LINKS_H

#include "base/arena.h"

/* /catalog/:namespace/:kind/:name of a full ref; parts percent-encoded. "#" for what is no full ref. */
const char *link_entity(struct arena *mem, const char *ref);
/* The list of a kind ("component"), from the cursor on (NULL: from the start). */
const char *link_kind(struct arena *mem, const char *kind, const char *cursor);
/* The URL itself when a browser may follow it (http, https, mailto, or a path of this portal), else "#". */
const char *link_external(const char *url);
/* Percent-encodes all but unreserved characters. */
const char *link_encode(struct arena *mem, const char *s);

#endif
