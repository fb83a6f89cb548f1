/* Signing in on the word of a proxy in front of the portal. */
#include "handlers/proxy.h"

#include "server/proxy_request.h"

int proxy_sign_in(struct req *rq, const char **token)
{
	struct proxy_request pr = proxy_request(rq);
	const struct json *conf;
	struct profile p;
	int rc = proxy_find(rq->cx, &pr, &conf, &p);

	if (rc == 1)
		rc = sign_in(rq->cx, conf, &p, rq->remote_addr, req_header(rq, "user-agent"), token);
	return rc;
}

int proxy_says(struct req *rq, const char **name)
{
	struct proxy_request pr = proxy_request(rq);
	const struct json *conf;
	struct profile p;
	int rc = proxy_find(rq->cx, &pr, &conf, &p);

	if (rc == 1)
		*name = p.name && *p.name ? p.name : p.email && *p.email ? p.email : p.subject;
	return rc < 0 ? rc : 0;
}
