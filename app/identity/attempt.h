/* How often somebody may try to sign in: counts in the database, so that all hosts count together. */
#ifndef IDENTITY_ATTEMPT_H
#define IDENTITY_ATTEMPT_H

#include "base/ctx.h"

/*
 * Counts an attempt for this account from this address before it is made. 0; ERR_TOOMANY when there were 10 for the account or
 * 50 from the address (a /64 of IPv6) within ten minutes: *wait_s is then when to try again.
 */
int attempt_begin(struct ctx *cx, const char *name, const char *ip, long *wait_s);
/* The attempt was good: it does not count, nor do those for the account before it. */
int attempt_good(struct ctx *cx, const char *name, const char *ip);
/* Takes away counts that matter no longer: 1 when there may be more of them. */
int attempt_sweep(struct ctx *cx);

#endif
