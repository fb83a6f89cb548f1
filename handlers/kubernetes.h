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

/* A whole answer, for what is short; whatever its status. Errors as of kubernetes_pour(). */
int kubernetes_fetch(struct req *rq, const struct kubernetes_pipe *p, struct fetch_answer *out);
/* Does the client want the connection to be taken over? */
bool kubernetes_wants_tunnel(const struct req *rq);
struct kubernetes_purpose {
	const char *event; /* of the audit log: as it stands when it begins or is refused, with "-end" when it ends */
	bool tells;        /* the client is a page of ours, see struct tunnel */
};
/*
 * Answers rs with what makes nginx hand the connection to the pool "tunnel", which goes where p says. What of the request is
 * noted for the audit log stands in its events. ERR_DENIED for a page of another site, ERR_INPUT for a bad handshake,
 * ERR_NOTIMPL for protocols that are none of Kubernetes' and where no such pool runs.
 */
int kubernetes_take_over(struct req *rq, struct resp *rs, const struct kubernetes_pipe *p,
			 const struct kubernetes_purpose *why);
/* The token that came with the request for p->cluster, in Backstage's headers, if one did. */
void kubernetes_token(const struct req *rq, struct kubernetes_pipe *p);

struct kube_question;
struct lookups;
/*
 * What of the session's own tokens these questions need, into *out; nothing where none of the clusters wants one of its
 * provider, or whoever asks is no browser that signed in. *away: it has ended, and the provider does not answer.
 * Errors are those of the database.
 */
int kubernetes_user(struct req *rq, const struct lookups *lookups, struct cluster_user *out, bool *away);
/* The same, and asks; for answers of the API. */
int kubernetes_ask(struct req *rq, struct kube_question *q, struct str *answer);
/*
 * The same for pages. Clusters that were not asked since there is no token of whoever looks have the state "locked", no errors,
 * and lock {text, url, label} in *items; url is "" when signing in does not help.
 */
int kubernetes_look(struct req *rq, struct kube_question *q, size_t most, struct json **items);

/*
 * One object that belongs to an entity: plural ("pods", "deployments") in a namespace of a cluster. p->cluster and its token
 * are filled in, p->path is the object's. ERR_NOTFOUND when the entity is not found in that cluster, or the object is not among
 * the entity's; nobody gets at others' objects by naming them. ERR_INPUT for names that are none.
 */
int kubernetes_object(struct req *rq, const struct json *entity, const char *cluster, const char *ns, const char *plural,
		      const char *name, struct kubernetes_pipe *p);
/* Sends a change; what the cluster refuses is an error with what it says. */
int kubernetes_change(struct req *rq, const struct kubernetes_pipe *p);

/* Which object, as whoever asks names it; any may be NULL. */
struct kubernetes_one {
	const char *cluster, *ns, *plural, *name;
};
/* Makes new pods of a workload of an entity. Errors of kubernetes_object() and kubernetes_change(). */
int kubernetes_restart(struct req *rq, const struct json *entity, const struct kubernetes_one *of);

#endif
