/* What the tables share. */
#ifndef KUBERNETES_ROLLOUT_PRIVATE_H
#define KUBERNETES_ROLLOUT_PRIVATE_H

#include "base/map.h"
#include "base/str.h"
#include "kubernetes/rollout.h"

struct rollout {
	struct arena *mem;
	const struct json *resources;
	struct map usage;     /* of pods, by "namespace/name" */
	struct map owners;    /* objects that may own others, by "Kind/namespace/name" */
	struct map pods;      /* arrays of pods' rows, by the key of who owns them in the end */
	struct json *orphans; /* rows of pods that nothing here owns */
	struct {
		struct json **items;
		size_t n, cap;
	} argo; /* rollouts that are shown as workloads */
	int64_t now_ms;
};

/* The items of a type; NULL: none. */
const struct json *rollout_items(const struct rollout *r, const char *type);
const char *rollout_key(struct arena *mem, const char *kind, const struct json *object);
/* Sets key unless value is NULL or "". */
void rollout_text(struct arena *mem, struct json *o, const char *key, const char *value);
/* namespace and name of an object. */
struct json *rollout_row(struct arena *mem, const struct json *object);
/* {kind, name} of the first owner; NULL: none. */
struct json *rollout_owner(struct arena *mem, const struct json *object);
/* The images of a pod's spec, each once. */
struct json *rollout_images(struct arena *mem, const struct json *spec);
/* A pod's row; its place among r->pods or r->orphans is found, too. */
void rollout_pod(struct rollout *r, const struct json *pod);
/* The pods that an object owns in the end: an array, perhaps empty. */
struct json *rollout_pods_of(const struct rollout *r, const char *kind, const struct json *object);

/* Sets `scaler` of a workload's row, if anything scales it. */
void rollout_scaler(const struct rollout *r, struct json *row, const char *kind, const struct json *object);
/* What a rollout of Argo's row has beside. */
struct json *rollout_argo(const struct rollout *r, const struct json *object);

struct json *rollout_jobs(const struct rollout *r);
struct json *rollout_cronjobs(const struct rollout *r);
struct json *rollout_customs(const struct rollout *r);
/* What tells rows of a table apart; kind: of tables whose rows do not say it. */
const char *rollout_row_key(struct arena *mem, const struct json *row, const char *kind);
/* rollout_reach.c */
struct json *rollout_services(const struct rollout *r);
struct json *rollout_ingresses(const struct rollout *r);

#endif
