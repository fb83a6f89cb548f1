/* Makes the route table from routes.def. */
#include "handlers/routes.h"

#define PUBLIC NULL

const struct route routes[] = {
#define ROUTE(method, pattern, function, permission, flags) { method, pattern, function, permission, flags, #function },
#include "handlers/routes.def"
#undef ROUTE
};
const size_t n_routes = LEN(routes);
