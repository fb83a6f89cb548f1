/* /api/proxy/…: requests to other servers that the configuration names, with what they need to be let in there. */
#include <stdlib.h>

#include "base/log.h"
#include "handlers/routes.h"
#include "identity/audit.h"
#include "identity/identity.h"
#include "server/endpoint.h"
#include "web/csrf.h"
#include "web/stream.h"

enum { LONGEST_MS = 3600 * 1000 };
static const size_t most_bytes = (size_t)4 << 30;

/* One request on its way. */
struct forward {
	const struct endpoint *endpoint;
	struct fetch_request rq;
	struct fetch_flow *flow;
	struct stream *to;
};

/* ---- who may ---- */

/* As dispatch() decides for other routes: here the endpoint says whether there is anything to decide. */
static int allow(struct req *rq, const struct endpoint *e)
{
	struct ctx *cx = rq->cx;
	bool reads = rq->method == GET || rq->method == HEAD || rq->method == OPTIONS;
	const char *permission = reads ? "proxy.endpoint.read" : "proxy.endpoint.change";
	int rc;

	audit_as(cx, permission);
	audit_note(cx, "endpoint", e->route);
	if (e->credentials == ENDPOINT_ANYBODY)
		return 0;
	rc = identity_known(cx);
	if (rc < 0)
		return rc;
	if ((!cx->who || cx->who->kind == WHO_GUEST) && !rq->local)
		return fail(cx, ERR_AUTH, "Missing credentials");
	rc = identity_allow(cx, permission);
	/* What reading does there is not known here, so that another site's page must not be what asks for it. */
	return rc == 0 && cx->who->by_cookie ? csrf_check_origin(rq) : rc;
}

/* ---- asking ---- */

/* A redirect stays with the server that the configuration names. */
static int stays(struct ctx *cx, const char *url, void *arg)
{
	const struct endpoint *e = ((struct forward *)arg)->endpoint;
	struct url u;
	int rc = url_parse(cx, url, &u);

	if (rc == 0 && (!streq(u.scheme, e->target.scheme) || !streq(u.authority, e->target.authority)))
		rc = fail(cx, ERR_DENIED, "%s redirects to another server", e->target.authority);
	return rc;
}

static int open_target(struct req *rq, struct forward *f, struct fetch_answer *head)
{
	const struct endpoint *e = f->endpoint;
	int rc;

	f->rq = (struct fetch_request){ .method = rq->method_name,
					.timeout_ms = LONGEST_MS,
					.idle_ms = e->idle_ms,
					.max_bytes = most_bytes,
					.allow = stays,
					.allow_arg = f,
					.stay = !e->follow,
					.raw = true,
					.unverified = e->unverified };
	if (rq->body.n)
		f->rq.body = rq->body;
	endpoint_headers(rq, e, &f->rq);
	rc = endpoint_url(rq, e, &f->rq.url);
	if (rc < 0)
		return rc;
	rc = fetch_open(rq->cx, &f->rq, head, &f->flow);
	if (rc == 0 && (head->status < 200 || head->status > 599))
		rc = fail(rq->cx, ERR_UPSTREAM, "status %d", head->status);
	/* For the log; the client is told less: the target's address is not for everybody. */
	return rc < 0 ? fail_in(rq->cx, rc == ERR_DENIED ? ERR_UPSTREAM : rc, "proxy endpoint '%s'", e->route) : 0;
}

/* ---- answering ---- */

static int send_piece(struct ctx *cx, struct str bytes, void *arg)
{
	return stream_write(cx, ((struct forward *)arg)->to, bytes);
}

static bool is_ending(void *arg)
{
	return stream_ending(((struct forward *)arg)->to);
}

static int pour(struct ctx *cx, struct stream *to, void *arg)
{
	struct forward *f = arg;
	int rc;

	f->to = to;
	rc = fetch_pour(cx, f->flow, &(struct fetch_sink){ send_piece, is_ending, f });
	/* The client sees an answer that is shorter than it was to be. */
	if (rc < 0)
		log_warn("a proxied answer ended early", "endpoint", f->endpoint->route, "why", cx->err.text, NULL);
	return rc;
}

/* What the target says is shown on this portal's own address: as a page it must be able to do nothing there. */
static void give_head(struct resp *rs, struct forward *f, const struct fetch_answer *head)
{
	rs->status = head->status;
	for (size_t i = 0; i < head->n_headers; i++) {
		const char *name = head->headers[i].name;

		if (streq(name, "content-length") &&
		    strspn(head->headers[i].value, "0123456789") == strlen(head->headers[i].value))
			resp_header(rs, "Content-Length", head->headers[i].value);
		else if (!streq(name, "content-type") && endpoint_passes(f->endpoint, name))
			resp_header(rs, name, head->headers[i].value);
	}
	if (*head->content_type)
		rs->content_type = head->content_type;
	resp_header(rs, "Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'");
	rs->stream = pour;
	rs->stream_arg = f;
}

int forward_any(struct req *rq, struct resp *rs)
{
	struct forward *f = arena_new(rq->cx->mem, struct forward);
	struct fetch_answer head;
	int rc;

	f->endpoint = endpoint_find(rq->cx, rq->path + strlen("/api/proxy"), rq->method_name);
	if (!f->endpoint)
		return fail(rq->cx, ERR_NOTFOUND, "there is no proxy endpoint for %s %s", rq->method_name, rq->path);
	rc = allow(rq, f->endpoint);
	if (rc == 0)
		rc = open_target(rq, f, &head);
	if (rc == 0)
		give_head(rs, f, &head);
	return rc;
}
