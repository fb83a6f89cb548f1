/* Asking for an entity's objects. What is here asks the process that asks clusters (pool "kube"); it never waits for a cluster
 * longer than it is told to. */
#ifndef KUBERNETES_ASK_H
#define KUBERNETES_ASK_H

#include "kubernetes/match.h"

/* Where that process listens, a path, which must last; in a worker, before its first question. */
void kube_client_setup(const char *socket);

enum kube_form {
	KUBE_OBJECTS, /* {items: [{cluster, resources, podMetrics, errors}]}: as Backstage answers */
	/*
	 * For pages: {items: [{cluster, selector, namespace?, state, at?, age?, resources, podMetrics, errors, events,
	 * detected, findings}]}, one for each lookup. state: "fresh"; "stale" (shown while it is asked for anew, or cannot be;
	 * age in ms); "pending" (nothing is known yet: ask again); "down" (nothing is known, errors says why, and for a while
	 * nobody asks it). detected: what Backstage's detectors find; findings: what ours do (both in detect.h).
	 */
	KUBE_VIEW,
	/* The same without resources, podMetrics and events: for pages that look at whole clusters (a selector of ""). */
	KUBE_FINDINGS,
	/* As KUBE_FINDINGS, with what pages show of an entity's objects: tables (rollout_tables()), measured (metrics came). */
	KUBE_TABLES,
};

struct kube_question {
	struct lookups lookups;
	const struct json *auth;         /* Backstage's `auth` object, with the asker's tokens; NULL: none */
	struct cluster_user user;        /* who has signed in, where auth has no token for a cluster */
	const struct custom_kinds *only; /* only these kinds, nothing else; NULL: what is configured */
	enum kube_form form;
	unsigned wait_ms; /* how long to wait for clusters that have not answered; 0: what is there now */
};

/* Longer than any cluster may take: for who wants all there is. It is cut down to what the time limit allows. */
enum { KUBE_WAIT_ALL = 250000 };

/*
 * *answer: the JSON text, in cx->mem. A cluster that fails is an error in the answer, never of the whole. ERR_UNAVAILABLE when
 * the process is away. What is in it may be read by whoever may read the objects of Kubernetes: the caller has asked for the
 * permission kubernetes.resources.read, and for the entity.
 */
int kube_ask(struct ctx *cx, const struct kube_question *q, struct str *answer);
/* How the clusters are that somebody asked for: [{name, state: "ok" | "down", failures, why?, since?, fetches, requests}]. */
int kube_status(struct ctx *cx, struct json **out);

#endif
