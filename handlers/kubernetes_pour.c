/* A cluster's answer, piece by piece. */
#include "handlers/kubernetes.h"

#include <stdlib.h>

#include "base/log.h"
#include "ext/fetch.h"
#include "web/stream.h"

enum { LONGEST_MS = 3600 * 1000, IDLE_MS = 15 * 60 * 1000, HEADERS = 4 };
static const size_t most_bytes = (size_t)4 << 30;

static const char own_header[] = "backstage-kubernetes-authorization";

struct pour {
	const struct cluster *cluster;
	struct fetch_request rq;
	struct fetch_flow *flow;
	struct stream *to;
};

int kubernetes_cluster(struct ctx *cx, const char *name, const struct cluster **out)
{
	struct clusters all = { 0 };
	int rc = clusters_load(cx, &all);

	if (rc < 0)
		return rc;
	*out = name && *name ? cluster_named(&all, name) : all.n == 1 ? all.items[0] : NULL;
	return *out ? 0 : fail(cx, ERR_NOTFOUND, "Cluster '%s' not found", name && *name ? name : "undefined");
}

/* The token of "Backstage-Kubernetes-Authorization-<provider>[-<sub>]" for this cluster; NULL: none. */
static const char *provider_token(const struct req *rq, const struct cluster *c)
{
	struct arena *mem = rq->cx->mem;
	const char *sub = c->oidc && streq(c->provider, "oidc") ? c->oidc : "";
	const char *name = arena_printf(mem, "%s-%s%s%s", own_header, c->provider, *sub ? "-" : "", sub);

	return req_header(rq, str_lower(mem, name, strlen(name)));
}

void kubernetes_token(const struct req *rq, struct kubernetes_pipe *p)
{
	const char *given = req_header(rq, own_header), *token = provider_token(rq, p->cluster);

	if (given && *given)
		p->authorization = given;
	else if (p->cluster->credential == CREDENTIAL_USER && token && *token)
		p->user_token = token;
}

static int send_piece(struct ctx *cx, struct str bytes, void *arg)
{
	return stream_write(cx, ((struct pour *)arg)->to, bytes);
}

static bool is_ending(void *arg)
{
	return stream_ending(((struct pour *)arg)->to);
}

static int pour(struct ctx *cx, struct stream *to, void *arg)
{
	struct pour *p = arg;
	int rc;

	p->to = to;
	rc = fetch_pour(cx, p->flow, &(struct fetch_sink){ send_piece, is_ending, p });
	if (rc < 0)
		log_debug("a cluster's answer ended early", "cluster", p->cluster->name, "why", cx->err.text, NULL);
	return rc;
}

static void set_header(struct fetch_header *h, size_t *n, const char *name, const char *value)
{
	for (size_t i = 0; i < *n; i++)
		if (str_ieq(h[i].name, name)) {
			h[i].value = value;
			return;
		}
	h[(*n)++] = (struct fetch_header){ name, value };
}

/* The token that came with the request goes instead of the cluster's own, which is then not even read. */
static int prepare(struct ctx *cx, const struct kubernetes_pipe *p, struct fetch_request *out)
{
	struct fetch_header *h = arena_array(cx->mem, struct fetch_header, HEADERS);
	struct cluster c = *p->cluster;
	size_t n = 0;

	if (p->authorization)
		c.credential = CREDENTIAL_NONE;
	int rc = cluster_request(cx, &c, p->user_token, p->path, out);

	for (size_t i = 0; rc == 0 && i < out->n_headers; i++)
		h[n++] = out->headers[i];
	if (rc < 0)
		return rc;
	if (p->authorization)
		set_header(h, &n, "Authorization", p->authorization);
	if (p->content_type)
		set_header(h, &n, "Content-Type", p->content_type);
	if (p->accept)
		set_header(h, &n, "Accept", p->accept);
	out->headers = h;
	out->n_headers = n;
	out->method = p->method;
	out->body = p->body;
	out->timeout_ms = LONGEST_MS;
	out->idle_ms = IDLE_MS;
	out->max_bytes = most_bytes;
	return 0;
}

static void give_head(struct resp *rs, struct pour *p, const struct fetch_answer *head)
{
	static const char *const passing[] = { "warning", "retry-after", "audit-id" };

	rs->status = head->status;
	rs->content_type = *head->content_type ? head->content_type : "application/octet-stream";
	for (size_t i = 0; i < LEN(passing); i++) {
		const char *value = fetch_header(head->headers, head->n_headers, passing[i]);

		if (value)
			resp_header(rs, passing[i], value);
	}
	resp_header(rs, "Cache-Control", "no-store");
	resp_header(rs, "Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'");
	rs->stream = pour;
	rs->stream_arg = p;
}

/* For the log; the client is told less: a cluster's address is not for everybody. */
static int explain(struct ctx *cx, const struct kubernetes_pipe *pipe, int rc)
{
	if (rc == ERR_AUTH || rc == ERR_INPUT)
		return rc;
	log_warn("a cluster cannot be asked", "cluster", pipe->cluster->name, "why", cx->err.text, NULL);
	rc = rc == ERR_TIMEOUT ? rc : ERR_UPSTREAM;
	return fail(cx, rc, "cluster '%s' %s", pipe->cluster->name,
		    rc == ERR_TIMEOUT ? "did not answer in time" : "cannot be asked; the log says why");
}

int kubernetes_pour(struct req *rq, struct resp *rs, const struct kubernetes_pipe *pipe)
{
	struct pour *p = arena_new(rq->cx->mem, struct pour);
	struct fetch_answer head;
	int rc = prepare(rq->cx, pipe, &p->rq);

	p->cluster = pipe->cluster;
	if (rc == 0)
		rc = fetch_open(rq->cx, &p->rq, &head, &p->flow);
	if (rc == 0 && (head.status < 200 || head.status > 599))
		rc = fail(rq->cx, ERR_UPSTREAM, "status %d", head.status);
	if (rc == 0) {
		give_head(rs, p, &head);
		return 0;
	}
	return explain(rq->cx, pipe, rc);
}

int kubernetes_fetch(struct req *rq, const struct kubernetes_pipe *pipe, struct fetch_answer *out)
{
	struct fetch_request fetched;
	int rc = prepare(rq->cx, pipe, &fetched);

	fetched.timeout_ms = clusters_timeout_ms(rq->cx);
	fetched.idle_ms = 0;
	fetched.max_bytes = 0;
	if (rc == 0)
		rc = fetch(rq->cx, &fetched, out);
	return rc < 0 ? explain(rq->cx, pipe, rc) : 0;
}
