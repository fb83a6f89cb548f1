/* What is wrong with what makes pods: deployments, sets, jobs. */
#include "kubernetes/detect_private.h"

static double status_number(const struct json *object, const char *key, double dflt)
{
	return json_get_num(json_get(object, "status"), key, dflt);
}

static double spec_number(const struct json *object, const char *key, double dflt)
{
	return json_get_num(json_get(object, "spec"), key, dflt);
}

static bool spec_flag(const struct json *object, const char *key)
{
	return json_get_bool(json_get(object, "spec"), key, false);
}

/* ---- deployments ---- */

/* True: replicas are missing, and it is said. */
static bool broken_deployment(struct finder *f, struct about a, double wanted)
{
	const struct json *object = a.object, *c;
	bool any = false;

	c = condition_of(object, "ReplicaFailure");
	if (streq(words(c, "status", ""), "True")) {
		a.since = words(c, "lastTransitionTime", NULL);
		a.reason = words(c, "reason", "");
		found(f, "deployment-replica-failure", &a, "Replicas cannot be created: %s", words(c, "message", a.reason));
		any = true;
	}
	c = condition_of(object, "Available");
	if (streq(words(c, "status", ""), "False")) {
		a.since = words(c, "lastTransitionTime", NULL);
		a.reason = words(c, "reason", "");
		found(f, "deployment-unavailable", &a, "%.0f of %.0f replicas are available.",
		      status_number(object, "availableReplicas", 0), wanted);
		any = true;
	}
	c = condition_of(object, "Progressing");
	if (streq(words(c, "status", ""), "False")) {
		a.since = words(c, "lastTransitionTime", NULL);
		a.reason = words(c, "reason", "");
		found(f, "deployment-progress-deadline-exceeded", &a, "The rollout does not get on: %s",
		      words(c, "message", a.reason));
		any = true;
	}
	return any;
}

void detect_deployment(struct finder *f, const struct json *object)
{
	struct about a = { .object = object, .kind = "Deployment", .api = "apps/v1" };
	double wanted = spec_number(object, "replicas", 1), updated = status_number(object, "updatedReplicas", 0);
	const struct json *progress = condition_of(object, "Progressing");

	if (spec_flag(object, "paused"))
		found(f, "deployment-paused", &a, "A new version is not rolled out until it is resumed.");
	if (wanted == 0) {
		found(f, "deployment-scaled-to-zero", &a, "There shall be no replica.");
		return;
	}
	if (broken_deployment(f, a, wanted) || spec_flag(object, "paused"))
		return;
	a.since = words(progress, "lastUpdateTime", NULL);
	if (updated < wanted || status_number(object, "replicas", 0) > updated ||
	    (streq(words(progress, "reason", ""), "ReplicaSetUpdated") && status_number(object, "unavailableReplicas", 0) > 0))
		found(f, "deployment-progressing", &a, "%.0f of %.0f replicas are of the new version.", updated, wanted);
}

/* Those of deployments are told of there. */
void detect_replicaset(struct finder *f, const struct json *object)
{
	struct about a = { .object = object, .kind = "ReplicaSet", .api = "apps/v1" };
	const struct json *c = condition_of(object, "ReplicaFailure");

	if (owner_of(object, "Deployment") || !streq(words(c, "status", ""), "True"))
		return;
	a.since = words(c, "lastTransitionTime", NULL);
	a.reason = words(c, "reason", "");
	found(f, "replicaset-failure", &a, "Replicas cannot be created: %s", words(c, "message", a.reason));
}

/* ---- sets ---- */

void detect_statefulset(struct finder *f, const struct json *object)
{
	struct about a = { .object = object, .kind = "StatefulSet", .api = "apps/v1" };
	const struct json *status = json_get(object, "status");
	double wanted = spec_number(object, "replicas", 1), ready = status_number(object, "readyReplicas", 0);
	const char *update = words(status, "updateRevision", ""), *current = words(status, "currentRevision", update);

	if (ready < wanted)
		found(f, "statefulset-not-ready", &a, "%.0f of %.0f replicas are ready.", ready, wanted);
	if (!streq(update, current) && status_number(object, "updatedReplicas", 0) < wanted)
		found(f, "statefulset-updating", &a, "%.0f of %.0f replicas are of the new revision.",
		      status_number(object, "updatedReplicas", 0), wanted);
}

void detect_daemonset(struct finder *f, const struct json *object)
{
	struct about a = { .object = object, .kind = "DaemonSet", .api = "apps/v1" };
	double wanted = status_number(object, "desiredNumberScheduled", 0), ready = status_number(object, "numberReady", 0);
	double there = status_number(object, "currentNumberScheduled", 0),
	       wrong = status_number(object, "numberMisscheduled", 0);

	if (ready < wanted)
		found(f, "daemonset-not-ready", &a, "It is ready on %.0f of %.0f nodes; on %.0f there is a pod.", ready, wanted,
		      there);
	if (wrong > 0)
		found(f, "daemonset-misscheduled", &a, "On %.0f %s it runs though it should not.", wrong,
		      wrong == 1 ? "node" : "nodes");
}

/* ---- jobs ---- */

void detect_job(struct finder *f, const struct json *object)
{
	struct about a = { .object = object, .kind = "Job", .api = "batch/v1" };
	const struct json *c = condition_of(object, "Failed");

	if (streq(words(c, "status", ""), "True")) {
		a.since = words(c, "lastTransitionTime", NULL);
		a.reason = words(c, "reason", "");
		found(f, "job-failed", &a, "The job has failed: %s",
		      words(c, "message", *a.reason ? a.reason : "no reason is given"));
		return;
	}
	a.since = words(json_get(object, "status"), "startTime", NULL);
	if (status_number(object, "active", 0) > 0 && !condition_is(object, "Complete", "True"))
		found(f, "job-running", &a, "%.0f of its pods %s active.", status_number(object, "active", 0),
		      status_number(object, "active", 0) == 1 ? "is" : "are");
}
