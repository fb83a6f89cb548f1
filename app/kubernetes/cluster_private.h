/* What the locators of clusters share. */
#ifndef KUBERNETES_CLUSTER_PRIVATE_H
#define KUBERNETES_CLUSTER_PRIVATE_H

#include "kubernetes/cluster.h"

/* Adds a cluster whose name nobody has yet; ERR_INPUT otherwise. */
int clusters_add(struct ctx *cx, struct clusters *all, struct cluster *c);
/* Judges url, provider and what it needs. */
int cluster_finish(struct ctx *cx, struct cluster *c);
/* What stands in a file, at most a mebibyte, without white space around it. ERR_UNAVAILABLE says why not. */
int cluster_file(struct ctx *cx, const char *path, const char **out);
/* PEM as it is, or as base64. NULL when it is neither. */
const char *cluster_pem(struct arena *mem, const char *text);

/* The locators; v is their entry of clusterLocatorMethods. */
int locate_in_cluster(struct ctx *cx, const struct json *v, struct clusters *all);
int locate_kubeconfig(struct ctx *cx, const struct json *v, struct clusters *all);
int locate_catalog(struct ctx *cx, const struct json *v, struct clusters *all);
/* Is this the address of the cluster that the portal itself runs in? */
bool cluster_is_here(const char *url);
/* The folder in which a pod finds its service account. */
#define ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

#endif
