/* What runs, as a page shows it: tables made of a cluster's objects. Pure functions, as those of detect.h. */
#ifndef KUBERNETES_ROLLOUT_H
#define KUBERNETES_ROLLOUT_H

#include "base/arena.h"
#include "base/json.h"

/*
 * resources and metrics: those of an answer; now_ms: wall clock. {workloads, pods, jobs, cronjobs, services, ingresses,
 * customs}:
 *
 * workloads: [{kind, apiVersion, namespace, name, kubernetesId?, images: [text], desired, ready, updated, available, since,
 *   revision?, paused, scaler?: {name, min, max, current, desired, metrics: [{name, target?, current?}]}, argo?, pods:
 *   [pod]}]: deployments, stateful and daemon sets, rollouts of Argo, and replica sets that none of these owns. Pods are those
 *   that it owns, through its replica sets, too.
 * argo: {strategy ("canary", "blueGreen"), phase?, message?, aborted, pauseReason?, pausedSince?, analysis?: {name, status?,
 *   message?}, versions: [{role ("canary", "preview", "stable", "active", "old"), namespace, name (of the replica set),
 *   revision?, images, desired, ready}]}, those that come first; of canaries steps: [{kind, text, state ("done", "now",
 *   "next")}], step (how many are done), weight? (percent of the traffic), else activeService?, previewService?
 * pods: those that nothing here owns (of jobs, too: a pod's owner says whose).
 * pod: {namespace, name, status ("Running", "CrashLoopBackOff", "Init:1/2", as kubectl says), phase, ready, containers (how
 * many of how many), restarts, since, names (of its containers, for logs), node?, owner?: {kind, name}, chain: [{kind, name}]
 * (from the pod's owner up), images, cpu?, memory?: {used, request?, limit?, ofRequest?, ofLimit?} (cores; bytes; percent)}
 * jobs: [{namespace, name, state ("running", "done", "failed", "waits"), since?, until?, owner?, pods: [pod]}]
 * cronjobs: [{namespace, name, schedule, words?, timeZone?, suspended, last?, next?, active, runs: [{name, state, since?,
 *   until?}]}], the newest run first; words say what the schedule means
 * services: [{namespace, name, type, clusterIP?, addresses: [text], ports: [text]}]
 * ingresses: [{namespace, name, class?, addresses: [text], hosts: [text], rules: [{host, path, tls, to? ("api:80"), url?}],
 *   tls}]
 * customs: [{kind, namespace, name, since, condition? ("Ready: True")}]
 */
struct json *rollout_tables(struct arena *mem, const struct json *resources, const struct json *metrics, int64_t now_ms);
/* Adds to tables those of another question to the same cluster: what both found stands once. Rows of more are taken over. */
void rollout_merge(struct arena *mem, struct json *into, const struct json *more);
/* Is a custom resource a rollout of Argo that is a workload there? Others stay custom resources. */
bool rollout_is_argo(const struct json *object);

/*
 * Which versions run where: items are [{cluster, tables}]. [{kind, namespace, name, same, clusters: [{cluster,
 * images, ready, desired}]}], those that differ first. One that is in one cluster only is the same as itself.
 */
struct json *rollout_versions(struct arena *mem, const struct json *items);

#endif
