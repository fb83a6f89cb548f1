/* All entities and then all that changes, as documents for an index. */
#ifndef CATALOG_FEED_H
#define CATALOG_FEED_H

#include "base/ctx.h"
#include "index/index.h"

/* Who gets them; what is pointed to is valid during the call only. */
struct feed_to {
	void (*put)(void *arg, const struct index_doc *doc, const struct index_terms *terms);
	void (*gone)(void *arg, uint32_t id);
	void (*seq)(void *arg, uint64_t seq); /* all changes up to that one have been given */
	void *arg;
};

struct feed;

/* Behind change seq; 0: all entities first. cx and to are used in every step; cx's arena is left alone. */
struct feed *feed_new(struct ctx *cx, const struct feed_to *to, uint64_t seq);
void feed_free(struct feed *f);
/*
 * Does a little, a few milliseconds: reads on, or looks for changes. 1 when there is more to do at once, 0 when all that was
 * committed before was given; or a worded error, after which it can be tried again. ERR_CONFLICT: change seq is of another time
 * than the database, or what happened since is not known any more; all has to be read anew.
 */
int feed_step(struct feed *f);

/* Which database this is: the owner of a snapshot. Lives in cx->mem. */
int feed_owner(struct ctx *cx, const char **out);

#endif
