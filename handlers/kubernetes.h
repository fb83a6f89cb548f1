/* What handlers about Kubernetes share: a cluster's answer that goes on to a client piece by piece. */
#ifndef HANDLERS_KUBERNETES_H
#define HANDLERS_KUBERNETES_H

#include "kubernetes/cluster.h"
#include "web/http.h"

/* ERR_NOTFOUND in Backstage's words; name NULL: the only one there is. */
int kubernetes_cluster(struct ctx *cx, const char *name, const struct cluster **out);

struct kubernetes_pipe {
	const struct cluster *cluster;
	const char *method, *path; /* path: with its query, percent-encoded */
	const char *content_type;  /* of body; NULL: none */
	const char *accept;        /* NULL: JSON */
	struct str body;           /* sent when p is set */
	const char *authorization; /* of this header instead of the cluster's own; NULL: the cluster's */
	const char *user_token;    /* of clusters whose credential is the user's */
};
/*
 * Asks, and answers rs with the cluster's status, content type and body, which is poured as it comes: logs that are followed, a
 * watch. For routes of the stream pool. As a page, what a cluster says can do nothing on this portal's address. ERR_UPSTREAM,
 * ERR_TIMEOUT and the errors of cluster_request(); messages do not tell the cluster's address.
 */
int kubernetes_pour(struct req *rq, struct resp *rs, const struct kubernetes_pipe *p);

#endif
