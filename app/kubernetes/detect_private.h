/* What the detectors share. */
#ifndef KUBERNETES_DETECT_PRIVATE_H
#define KUBERNETES_DETECT_PRIVATE_H

#include "base/buf.h"
#include "base/map.h"
#include "kubernetes/detect.h"

struct finder {
	struct arena *mem;
	const struct detect_objects *o;
	struct json *out;
	struct map events; /* arrays of them, by "kind/namespace/name" */
	struct map jobs;   /* by "namespace/name" */
};

/* What a finding is about. */
struct about {
	const struct json *object;
	const char *kind, *api;  /* "Pod", "v1" */
	const char *container;   /* NULL: none */
	bool previous;           /* the log of before its restart tells more */
	const char *since;       /* a time stamp; NULL: not known */
	const char *severity;    /* NULL: the usual one */
	const char *reason;      /* of the cluster: "CrashLoopBackOff"; NULL: none */
	const struct json *exit; /* of a container that ended; NULL: none */
};

/* What is said of it. */
struct told {
	const char *id, *severity, *title, *message; /* severity: the usual one */
	struct json *advice;                         /* texts */
	bool logs;                                   /* the container's log tells more */
};

/* Before anything is asked of it: finds the events of each object. */
void finder_sort_events(struct finder *f);
/* [{type, reason, message, count, at}], the newest first. */
struct json *finder_events(const struct finder *f, const struct about *a, size_t most);
/* A finding as detect.h has it, without adding it to any. */
struct json *finder_tell(const struct finder *f, const struct about *a, const struct told *t);
/* Adds a finding; its message is text. */
void found(struct finder *f, const char *id, const struct about *a, const char *fmt, ...)
	__attribute__((format(printf, 4, 5), nonnull(1, 2, 3, 4)));

/* Has this array, or NULL. */
const struct json *array_at(const struct json *object, const char *a, const char *b);
/* The condition of that type; NULL: none. */
const struct json *condition_of(const struct json *object, const char *type);
bool condition_is(const struct json *object, const char *type, const char *status);
/* Milliseconds from a time stamp until now; -1 when there is none. */
int64_t age_of(const struct finder *f, const char *stamp);
const char *created(const struct json *object);
/* "namespace/name" */
const char *object_key(struct arena *mem, const struct json *object);
/* The name of the owner of that kind; NULL: none. */
const char *owner_of(const struct json *object, const char *kind);
/* The newest event of an object with that reason; NULL: none. */
const struct json *event_of(const struct finder *f, const struct about *a, const char *reason);
/* The text, or dflt when it is none or empty. */
const char *words(const struct json *object, const char *key, const char *dflt);

void detect_pod(struct finder *f, const struct json *pod);
void detect_deployment(struct finder *f, const struct json *object);
void detect_replicaset(struct finder *f, const struct json *object);
void detect_statefulset(struct finder *f, const struct json *object);
void detect_daemonset(struct finder *f, const struct json *object);
void detect_hpa(struct finder *f, const struct json *object);
void detect_job(struct finder *f, const struct json *object);
void detect_cronjob(struct finder *f, const struct json *object);
void detect_service(struct finder *f, const struct json *object);
void detect_ingress(struct finder *f, const struct json *object);
void detect_quota(struct finder *f, const struct json *object);
void detect_claim(struct finder *f, const struct json *object);
void detect_custom(struct finder *f, const struct json *object);

#endif
