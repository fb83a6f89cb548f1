/* Answers of those who decide in Lua, kept for some seconds in the process that asked. */
#ifndef SERVER_DECISION_KEPT_H
#define SERVER_DECISION_KEPT_H

#include "base/ctx.h"
#include "base/str.h"

/*
 * The answer to the same question, byte for byte, that was given within the last ten seconds; its bytes are good until the next
 * call. A decision depends on nothing but the question: who asks, with all refs, and for what. After a reload there are other
 * processes.
 */
bool decision_kept(struct str question, struct str *answer);
/* All are forgotten when they take more than some MiB. */
void decision_keep(struct str question, struct str answer);

#endif
