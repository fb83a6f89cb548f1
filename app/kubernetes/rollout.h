/* What runs, as a page shows it: tables made of a cluster's objects. Pure functions, as those of detect.h. */
#ifndef KUBERNETES_ROLLOUT_H
#define KUBERNETES_ROLLOUT_H

#include "base/arena.h"
#include "base/json.h"

/*
 * resources and metrics: those of an answer. {workloads, pods, jobs, cronjobs, services, ingresses}:
 *
 * workloads: [{kind, apiVersion, namespace, name, kubernetesId?, images: [text], desired, ready, updated, available, since,
 *   revision?, paused, scaler?: {name, min, max, current, desired}, pods: [pod]}]: deployments, stateful and daemon sets, and
 *   replica sets that no deployment owns. Pods are those that it owns, through its replica sets, too.
 * pods: those that nothing here owns (of jobs, too: a pod's owner says whose).
 * pod: {namespace, name, status ("Running", "CrashLoopBackOff", "Init:1/2", as kubectl says), phase, ready, containers (how
 * many of how many), restarts, since, names (of its containers, for logs), node?, owner?: {kind, name}, chain: [{kind, name}]
 * (from the pod's owner up), images, cpu?, memory?: {used, request?, limit?, ofRequest?, ofLimit?} (cores; bytes; percent)}
 * jobs: [{namespace, name, state ("running", "done", "failed", "waits"), since?, until?, owner?, pods: [pod]}]
 * cronjobs: [{namespace, name, schedule, suspended, last?, active, runs: [{name, state, since?}]}], the newest run first
 * services: [{namespace, name, type, clusterIP?, addresses: [text], ports: [text]}]
 * ingresses: [{namespace, name, class?, addresses: [text], hosts: [text], tls}]
 */
struct json *rollout_tables(struct arena *mem, const struct json *resources, const struct json *metrics);

/*
 * Which versions run where: items are those of an answer (KUBE_VIEW). [{kind, namespace, name, same, clusters: [{cluster,
 * images, ready, desired}]}], those that differ first. One that is in one cluster only is the same as itself.
 */
struct json *rollout_versions(struct arena *mem, const struct json *items);

#endif
