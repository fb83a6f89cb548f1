/*
 * What is wrong with objects of Kubernetes. Pure functions over JSON as the API server gives it: they ask nobody, know no clock
 * but the one they are given, and take any shape of object; what they do not understand they pass over.
 */
#ifndef KUBERNETES_DETECT_H
#define KUBERNETES_DETECT_H

#include "base/arena.h"
#include "base/json.h"

enum { ADVICE_MOST = 4 }; /* texts of a finding */

/* The objects of one cluster: arrays, NULL where there are none. */
struct detect_objects {
	const struct json *pods, *services, *deployments, *replicasets, *statefulsets, *daemonsets, *hpas, *jobs, *cronjobs,
		*ingresses, *quotas, *claims, *events;
	const struct json *lists; /* [{type, resources}]: there may be several of custom resources */
	int64_t now_ms;           /* wall clock */
};

/* [{type, resources}], as an answer has it, sorted into its members. */
struct detect_objects detect_sorted(const struct json *resources, const struct json *events, int64_t now_ms);

/*
 * Backstage's own findings: [{type, message, severity (number), proposedFix?, sourceRef {name, namespace, kind, apiGroup},
 * occurrenceCount}], in its order, with its identifiers and words.
 */
struct json *detect_upstream(struct arena *mem, const struct detect_objects *o);

/*
 * Ours, the worst first: [{id, severity, title, message, since?, object {kind, namespace, name, apiVersion}, container?,
 * advice: [text], docs?, logs? {pod, container, previous}, events: [{reason, message, count, at}], reason?, exitCode?}] id:
 * "container-crash-loop" (docs/kubernetes.md lists them). severity: "error", "warning" or "info". message: what is wrong, in a
 * sentence, with what the cluster itself says. since: a time stamp. advice: what to do, the best first. Texts hold what the
 * cluster says, which is no markup: pages escape it.
 */
struct json *detect_findings(struct arena *mem, const struct detect_objects *o);
/* A list of findings, the worst first, else in its order. */
struct json *findings_by_severity(struct arena *mem, const struct json *all);
/* "error" 3, "warning" 2, "info" 1; else 0. */
int detect_severity(const char *severity);

/* A quantity of Kubernetes ("100m", "1.5Gi", "2e3") as a number; false when it is none. */
bool quantity_parse(const char *text, double *out);

#endif
