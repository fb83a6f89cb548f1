/* Which objects of which clusters belong to an entity: Backstage's annotations. */
#ifndef KUBERNETES_MATCH_H
#define KUBERNETES_MATCH_H

#include "kubernetes/cluster.h"

#define KUBERNETES_ID "backstage.io/kubernetes-id"
#define KUBERNETES_SELECTOR "backstage.io/kubernetes-label-selector"
#define KUBERNETES_NAMESPACE "backstage.io/kubernetes-namespace"
#define KUBERNETES_CLUSTER "backstage.io/kubernetes-cluster"

/* What is asked of one cluster. */
struct lookup {
	const struct cluster *cluster;
	const char *selector; /* as the API takes it: "backstage.io/kubernetes-id=payments" */
	const char *ns;       /* NULL: all namespaces */
};
struct lookups {
	struct lookup *items;
	size_t n, cap;
};

/* Has it one of the annotations that say that it runs in a cluster? */
bool match_has(const struct json *entity);
/* The label selector of an entity. */
const char *match_selector(struct arena *mem, const struct json *entity);
/*
 * Adds what is to be asked for an entity: of all clusters (multiTenant), of the one that its annotation names (singleTenant),
 * or of those it depends on (catalogRelation), as kubernetes.serviceLocatorMethod says.
 */
int match_entity(struct ctx *cx, const struct clusters *all, const struct json *entity, struct lookups *out);
/*
 * The same for many at once, such as the parts of a system: entities that are found by their kubernetes-id in the same place
 * are asked for in one question ("backstage.io/kubernetes-id in (a,b)"). Entities without annotations are left out.
 */
int match_entities(struct ctx *cx, const struct clusters *all, const struct json *const *entities, size_t n,
		   struct lookups *out);
/* All there is in all clusters: for pages about clusters, with KUBE_FINDINGS. */
void match_all(struct ctx *cx, const struct clusters *all, struct lookups *out);
/*
 * The documents of all that is part of an entity (of a system, a domain), however deep, as far as cx->who may read it; the
 * entity itself is not among them. At most 1,000.
 */
struct match_parts {
	const struct json **items;
	size_t n, cap;
};
int match_parts(struct ctx *cx, const char *ref, struct match_parts *out);
/* What a page of an entity asks for: of a system or domain all its parts and itself, else match_entity(). */
int match_whole(struct ctx *cx, const struct clusters *all, const struct json *entity, struct lookups *out);

#endif
