/* Building a site: looks at its source, builds it when that changed, and shows it from then on. */
#ifndef DOCS_JOB_H
#define DOCS_JOB_H

#include "jobs/jobs.h"

enum { DOCS_BUILD_LIMIT_MS = 900000 };

/*
 * Job "docs.build", key: the ref of the entity. One of an entity at a time (its row in the queue), and at most
 * techdocs.builds of all: the others wait. What goes wrong with the source or the pages is kept in the row of the site, for
 * people to see, and is no failure of the job.
 */
int docs_build_job(struct ctx *cx, struct job *job);
/* Job "docs.sweep": removes sites whose entity is gone, and builds that nothing shows any more. */
int docs_sweep_job(struct ctx *cx, struct job *job);
/*
 * Job "docs.round": asks for sites that nobody reads, a few at a time, so that search finds them: those of entities that came a
 * while ago and have none, and those whose source nobody has looked at for a day.
 */
int docs_round_job(struct ctx *cx, struct job *job);

#endif
