/* What is done once when the portal starts, however many hosts and workers start together. */
#ifndef SERVER_START_H
#define SERVER_START_H

#include "base/ctx.h"

/*
 * Brings the schema up to date and queues the jobs that keep the catalog going. Called by each job worker before its first
 * job; repeating it does nothing. ERR_UNAVAILABLE while the database is away.
 */
int start_database(struct ctx *cx);

#endif
