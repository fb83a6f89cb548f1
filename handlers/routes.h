/* Prototypes of every function in routes.def. */
#ifndef HANDLERS_ROUTES_H
#define HANDLERS_ROUTES_H

#include "web/router.h"

#define ROUTE(method, pattern, function, permission, flags) int function(struct req *rq, struct resp *rs);
#include "handlers/routes.def"
#undef ROUTE

#endif
