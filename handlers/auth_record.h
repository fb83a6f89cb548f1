/* The audit log's rows about sign-ins and tokens: what happens at public addresses, which dispatch does not record. */
#ifndef HANDLERS_AUTH_RECORD_H
#define HANDLERS_AUTH_RECORD_H

#include "web/http.h"

/*
 * Records an event ("sign-in", "token-create"). actor: who did it; NULL: cx->who. key and value: what it was about ("provider",
 * "oidc"). rc: how it ended; an error is the one in cx->err, which stays. The query is left out: it may hold a code.
 */
void auth_record(struct req *rq, const char *event, const char *actor, const char *key, const char *value, int rc);

#endif
