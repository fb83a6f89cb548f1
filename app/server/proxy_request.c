/* A request as app/identity/proxy.h wants it. */
#include "server/proxy_request.h"

/* One that stands twice was not only set by the proxy, which would have replaced what a client sent. */
static const char *only_header(const void *arg, const char *name)
{
	const struct req *rq = arg;
	const char *found = NULL;

	for (size_t i = 0; i < rq->headers.n; i++) {
		if (!streq(rq->headers.items[i].name, name))
			continue;
		if (found)
			return NULL;
		found = rq->headers.items[i].value;
	}
	return found;
}

struct proxy_request proxy_request(const struct req *rq)
{
	return (struct proxy_request){ .peer = rq->peer_addr, .header = only_header, .arg = rq };
}
