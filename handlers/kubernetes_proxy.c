/* /api/kubernetes/proxy/…: a cluster's own API, for those who may use it through the portal. */
#include "handlers/kubernetes.h"
#include "handlers/routes.h"
#include "identity/audit.h"

static const char prefix[] = "/api/kubernetes/proxy";

/* ---- where to ---- */

/* Decoded as often as anybody on the way might; NULL: it never comes to an end. */
static const char *plain_path(struct arena *mem, const char *path)
{
	for (int i = 0; i < 5; i++) {
		const char *was = path;

		path = url_unescape(mem, was);
		if (streq(path, was))
			return path;
	}
	return NULL;
}

static bool is_segment(const char *at, size_t n, const char *what)
{
	return n == strlen(what) && strncasecmp(at, what, n) == 0;
}

/*
 * Secrets' values are shown to nobody here, whatever the token may do. A path that leads up, or into a secret by another
 * spelling, is none that a client of the API needs.
 */
static int judge_path(struct ctx *cx, const char *path)
{
	const char *plain = plain_path(cx->mem, path);

	if (!plain || strpbrk(plain, "\\#\r\n"))
		return fail(cx, ERR_INPUT, "the path is none of the Kubernetes API");
	for (const char *at = plain; *at;) {
		size_t n = strcspn(at, "/;?");

		if (is_segment(at, n, "..") || is_segment(at, n, "."))
			return fail(cx, ERR_INPUT, "the path is none of the Kubernetes API");
		if (is_segment(at, n, "secrets"))
			return fail(cx, ERR_DENIED, "secrets are not shown through the portal");
		at += n + (at[n] != '\0');
	}
	return 0;
}

int kubernetes_proxy_any(struct req *rq, struct resp *rs)
{
	struct ctx *cx = rq->cx;
	const char *path = rq->path + strlen(prefix);
	struct kubernetes_pipe p = { .method = rq->method_name,
				     .accept = req_header(rq, "accept"),
				     .content_type = req_header(rq, "content-type"),
				     .path = *rq->query_string ? arena_printf(cx->mem, "%s?%s", path, rq->query_string)
							       : path };
	int rc = judge_path(cx, path);

	if (rc == 0)
		rc = kubernetes_cluster(cx, req_header(rq, "backstage-kubernetes-cluster"), &p.cluster);
	if (rc < 0)
		return rc;
	audit_note(cx, "cluster", p.cluster->name);
	audit_note(cx, "path", path);
	kubernetes_token(rq, &p);
	if (kubernetes_wants_tunnel(rq))
		return kubernetes_take_over(rq, rs, &p, &(struct kubernetes_purpose){ .event = "proxy-connect" });
	if (rq->body.n)
		p.body = rq->body;
	return kubernetes_pour(rq, rs, &p);
}
