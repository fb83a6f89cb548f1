/* The audit log's rows about requests. */
#ifndef SERVER_RECORD_H
#define SERVER_RECORD_H

#include "web/http.h"

/* Tells whatever writes audit events from where this request comes (cx->asked). */
void record_origin(struct req *rq);
/*
 * Records a request that changes something and reached its handler, with what came of it, and one that was refused. rc: what
 * the handler returned, or who refused. cx->err and the answer stay as they are.
 */
void record_request(struct req *rq, const struct resp *rs, int rc, bool reached);

#endif
