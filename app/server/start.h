/* What is done once when the portal starts, however many hosts and workers start together. */
#ifndef SERVER_START_H
#define SERVER_START_H

#include "base/ctx.h"

/*
 * Brings the schema up to date, takes back the jobs of dead workers, and queues those that keep the catalog going. Called by
 * each job worker before its first job and when the database was away; repeating it does nothing. ERR_UNAVAILABLE while the
 * database is away.
 */
int start_database(struct ctx *cx);
/* The part of it that workers need which take other jobs than those. */
int start_schema(struct ctx *cx);

#endif
