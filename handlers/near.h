/* "Did you mean": entities whose names are like one that is not there. */
#ifndef HANDLERS_NEAR_H
#define HANDLERS_NEAR_H

#include "web/http.h"

/*
 * Adds near: [entity_row()] and wanted: {kind, name, ref, search} (null when the request was not about an entity's page, or the
 * error is another than ERR_NOTFOUND). Only what cx->who may read is near; whatever goes wrong here, nothing is, and cx->err
 * stays as it was.
 */
void near_entity(struct req *rq, int code, struct json *vars);

#endif
