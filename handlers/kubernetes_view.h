/* Kubernetes as views need it: what was asked of clusters, made into what a person reads. */
#ifndef HANDLERS_KUBERNETES_VIEW_H
#define HANDLERS_KUBERNETES_VIEW_H

#include "base/ctx.h"
#include "base/json.h"

/*
 * items: of an answer (KUBE_VIEW, KUBE_FINDINGS); ref: the entity, for links, NULL where each finding names its own.
 *
 * {findings, notes, bad, warn, info, pending, locked, well, well_in, clusters, rules, judging}: rules are plugins {plugin,
 * title, message} whose rules failed, judging: some have not looked yet; well_in are the titles of those that told all;
 * findings are errors and warnings, the worst first, causes before effects, notes those of severity "info"; each as detect.h
 * has it, with tone ("bad", "warn", "info"), cluster, cluster_title, url (of the object; "": none), log_url. A cluster: {name,
 * title, state, age, errors: [text], dashboard, bad, warn}, however many questions it was asked; state is the worst of its
 * answers': "fresh"; "partly" (it answers, with errors for some or all); "stale" (for a while it has not answered); "pending";
 * "down"; "locked" (it was not asked for want of a token, and lock {text, url, label} says what helps; else lock is null).
 */
struct json *kubernetes_view(struct arena *mem, const struct json *items, const char *ref);
/*
 * Adds to the clusters of a kubernetes_view() of KUBE_TABLES or KUBE_VIEW their tables: tables {workloads, rollouts, pods,
 * jobs, cronjobs, services, ingresses, customs}, each a list of rows with their links, pods of all of these in one list, those
 * in trouble first, at most pods_most of them; rollouts are the workloads that have argo; ready and total (pods), pods_all
 * (however many); and to the view versions [{kind, namespace, name, same, cells}] and columns [{title, silent}], when there are
 * several.
 */
void kubernetes_tables(struct arena *mem, struct json *view, const struct json *items, const char *ref, size_t pods_most);
/* The row of an object among the tables of the only cluster of a view; NULL: none has it. */
struct json *kubernetes_row(const struct json *view, const char *kind, const char *ns, const char *name);

/* "pods" for "Pod"; NULL: none of those that Kubernetes itself has. */
const char *kubernetes_type(const char *kind);
/* {name, tag, full} of an image. */
struct json *kubernetes_image(struct arena *mem, const char *image);

#endif
