/* A request as app/identity/proxy.h wants it. */
#ifndef SERVER_PROXY_REQUEST_H
#define SERVER_PROXY_REQUEST_H

#include "identity/proxy.h"
#include "web/http.h"

struct proxy_request proxy_request(const struct req *rq);

#endif
