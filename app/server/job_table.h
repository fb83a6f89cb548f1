/* Which function does the jobs of which queue. */
#ifndef SERVER_JOB_TABLE_H
#define SERVER_JOB_TABLE_H

#include "jobs/jobs.h"

extern const struct job_handler job_handlers[];
extern const size_t n_job_handlers;

#endif
