/* Putting bodies together again when relations or status changed through others. */
#ifndef CATALOG_STITCH_H
#define CATALOG_STITCH_H

#include "base/map.h"
#include "catalog/body.h"
#include "catalog/store.h"
#include "jobs/jobs.h"

/* What the database knows about a set of entities, beyond their own documents. */
struct stitch_item {
	uint64_t id;
	const char *ref;
	bool is_location;
	struct relations relations; /* both directions */
	struct problems problems;
};

/*
 * Fills relations and problems of items. Outgoing relations are read too when outgoing is set; else those already there are
 * kept.
 */
int stitch_gather(struct ctx *cx, struct stitch_item *items, size_t n, bool outgoing);

/* Job "catalog.stitch": works off table dirty, after the sources that wait (for at most 30 s), in batches. */
int stitch_job(struct ctx *cx, struct job *job);

#endif
