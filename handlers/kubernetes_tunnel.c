/* Connections that are taken over (exec, attach, port-forward): judged here, passed on by the pool "tunnel". */
#include "handlers/kubernetes.h"

#include "identity/audit.h"
#include "identity/identity.h"
#include "kubernetes/tunnel.h"
#include "server/scoreboard.h"
#include "web/csrf.h"

/* What else could be spoken would bring requests that nobody has judged: HTTP/2, for one. */
static const char *known_protocol(const char *upgrade)
{
	return !upgrade ? NULL : str_ieq(upgrade, "websocket") ? "websocket" : str_ieq(upgrade, "SPDY/3.1") ? "SPDY/3.1" : NULL;
}

/*
 * A browser opens WebSockets for pages of any site, with our cookies, and shows those pages what comes: the page must be ours.
 * It always says which page it is.
 */
static int check_page(struct req *rq)
{
	if (!rq->cx->who || !rq->cx->who->by_cookie)
		return 0;
	if (!req_header(rq, "origin"))
		return fail(rq->cx, ERR_DENIED, "this connection does not say which page it is for");
	return csrf_check_origin(rq);
}

static int check(struct req *rq, const char *protocol)
{
	const char *key = req_header(rq, "sec-websocket-key"), *version = req_header(rq, "sec-websocket-version");

	if (!protocol)
		return fail(rq->cx, ERR_NOTIMPL, "connections can be taken over as websocket or SPDY/3.1 only");
	if (rq->body.n)
		return fail(rq->cx, ERR_INPUT, "a connection that is to be taken over has no body");
	if (streq(protocol, "websocket") && (rq->method != GET || !key || !version || !streq(version, "13")))
		return fail(rq->cx, ERR_INPUT, "this is no handshake of a WebSocket: GET, Sec-WebSocket-Key and version 13");
	if (!scoreboard() || !scoreboard()->wanted[POOL_TUNNEL])
		return fail(rq->cx, ERR_NOTIMPL, "no connections are taken over here (server.pools.tunnel.workers)");
	return check_page(rq);
}

bool kubernetes_wants_tunnel(const struct req *rq)
{
	return req_header(rq, "upgrade") != NULL;
}

int kubernetes_take_over(struct req *rq, struct resp *rs, const struct kubernetes_pipe *p, const struct kubernetes_purpose *why)
{
	struct ctx *cx = rq->cx;
	const char *protocol = known_protocol(req_header(rq, "upgrade")), *ticket;
	bool socket = protocol && streq(protocol, "websocket");
	int rc = check(rq, protocol);

	if (rc < 0)
		return rc;
	const struct tunnel t = { .cluster = p->cluster->name,
				  .method = rq->method_name,
				  .path = p->path,
				  .upgrade = protocol,
				  .authorization = p->authorization,
				  .user_token = p->user_token,
				  .hand = { .key = req_header(rq, "sec-websocket-key"),
					    .version = req_header(rq, "sec-websocket-version"),
					    .protocol = req_header(rq, socket ? "sec-websocket-protocol"
									      : "x-stream-protocol-version"),
					    .extensions = req_header(rq, "sec-websocket-extensions") },
				  .tells = why->tells && socket,
				  .event = why->event,
				  .permission = rq->route->permission,
				  .actor = *cx->who->ref ? cx->who->ref : "nobody",
				  .ip = cx->asked->ip,
				  .agent = cx->asked->agent,
				  .host = cx->asked->host,
				  .url = cx->asked->url,
				  .request_id = cx->request_id,
				  .meta = cx->asked->words->meta };

	rc = tunnel_leave(cx, &t, &ticket);
	if (rc < 0)
		return rc;
	resp_header(rs, "X-Accel-Redirect", "@tunnel");
	resp_header(rs, "X-Callboard-Tunnel", ticket);
	resp_header(rs, "Cache-Control", "no-store");
	return resp_empty(rs, 200);
}
