/* Reading sources: the job that turns a file into entities, a glob into files, and the sweep. */
#ifndef CATALOG_SOURCE_H
#define CATALOG_SOURCE_H

#include "catalog/document.h"
#include "catalog/store.h"
#include "jobs/jobs.h"

/* Job "catalog.source", key: the source's id. Reads it, processes its documents, stores what changed, and asks for the next
 * run. */
int source_job(struct ctx *cx, struct job *job);
/* Job "catalog.sweep": every 30 s, sources and entities that lost their way up (after a crash in the middle of a removal). */
int sweep_job(struct ctx *cx, struct job *job);
/* Job "catalog.config": brings the Locations of the configuration in line with it. Added at start and after a reload. */
int config_job(struct ctx *cx, struct job *job);

struct documents {
	struct document *items;
	size_t n, cap;
};
/*
 * The documents of a text, processed; those that are no YAML or no objects become documents with a fault. A ref that stands
 * twice is a fault of its second place.
 */
int source_documents(struct ctx *cx, const struct catalog_settings *s, const struct origin_of *from, struct str text,
		     struct read_files *files, struct documents *out);

#endif
