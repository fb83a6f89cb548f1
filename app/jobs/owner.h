/* Which process has claimed a job. */
#ifndef JOBS_OWNER_H
#define JOBS_OWNER_H

#include "base/arena.h"

/* This process, as a text no other process has, also after a restart of the host; NULL when /proc cannot be read. */
const char *job_owner(struct arena *mem);

#endif
