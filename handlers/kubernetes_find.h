/* One object of an entity, found among what was asked for its page. */
#ifndef HANDLERS_KUBERNETES_FIND_H
#define HANDLERS_KUBERNETES_FIND_H

#include "handlers/entity_page.h"

struct kubernetes_found {
	const char *cluster, *title, *ns, *kind, *name; /* title: of the cluster */
	const char *dashboard;                          /* where the dashboard shows it; "": nowhere */
	const char *url;                                /* of its page */
	const struct json *object;
	const struct json *item; /* the answer it stands in (KUBE_VIEW) */
};
/*
 * The object "Kind/name" in a namespace ("": none) of a cluster. ERR_INPUT when they name nothing, ERR_NOTFOUND when there is
 * no such object among the entity's, ERR_UNAVAILABLE when its cluster has not answered, ERR_DENIED when that was not asked for
 * want of a token.
 */
int kubernetes_find(struct entity_page *p, const char *cluster, const char *ns, const char *object,
		    struct kubernetes_found *out);
/* An object of an answer's item; NULL: it is not there. */
const struct json *kubernetes_object_in(const struct json *item, const char *kind, const char *ns, const char *name);
/* After an error of kubernetes_find(): the page that says how to get a token, where that is what is missing; else rc. */
int kubernetes_locked(struct entity_page *p, struct resp *rs, const struct kubernetes_found *f, int rc);
/* Opens the entity of a page about a container, and finds its pod ("pod" of the query): also asks who may read of pods. */
int kubernetes_find_pod(struct req *rq, struct entity_page *p, struct kubernetes_found *out);
/* "cluster=…&ns=…&pod=…&container=…" of a pod's container. */
const char *kubernetes_container_query(struct arena *mem, const struct kubernetes_found *pod, const char *container);
/* What such pages have in common: "back", "choices" and "w", which is {cluster, cluster_title, ns, pod, pod_url, container}. */
struct json *kubernetes_container_vars(struct entity_page *p, const struct kubernetes_found *pod, const char *container,
				       struct json *choices);
/* Opens the entity of the path; ERR_NOTFOUND as well where there are no clusters. */
int kubernetes_open(struct req *rq, struct entity_page *p);

#endif
