/* What is wrong with pods. One finding for each container at most: the one that explains the others. */
#include "kubernetes/detect_private.h"

enum {
	GRACE_MS = 60 * 1000,             /* to end after it should have ended */
	CREATING_MS = 5 * 60 * 1000,      /* to be made */
	RECENT_MS = 7 * 24 * 3600 * 1000, /* a restart that still matters */
	OFTEN = 3,
};

static const char *const pull_reasons[] = { "ImagePullBackOff",    "ErrImagePull",      "ErrImageNeverPull",
					    "RegistryUnavailable", "ImageInspectError", "SignatureValidationFailed" };
static const char *const start_reasons[] = { "CreateContainerError", "RunContainerError",  "StartError",
					     "ContainerCannotRun",   "PostStartHookError", "PreStartHookError",
					     "PreCreateHookError" };

static bool is_one_of(const char *s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (streq(s, list[i]))
			return true;
	return false;
}

static double number(const struct json *o, const char *key, double dflt)
{
	return json_get_num(o, key, dflt);
}

/* ---- how a container ended ---- */

static bool is_memory(const struct json *ended)
{
	return streq(words(ended, "reason", ""), "OOMKilled");
}

/* "Its last run ended with exit code 1 (Error)." and what it said itself. */
static const char *how_it_ended(struct arena *mem, const struct json *ended)
{
	const struct json *code = json_get(ended, "exitCode");
	const char *reason = words(ended, "reason", ""), *said = words(ended, "message", "");

	if (!ended)
		return "";
	return arena_printf(mem, " Its last run ended with exit code %.0f%s%s%s.%s%s",
			    json_is(code, JSON_NUMBER) ? code->num : 0, *reason ? " (" : "", reason, *reason ? ")" : "",
			    *said ? " It said: " : "", said);
}

static const struct json *container_of(const struct json *pod, const char *list, const char *name)
{
	const struct json *all = array_at(pod, "spec", list);

	for (size_t i = 0; i < json_len(all); i++)
		if (streq(words(all->a.items[i], "name", ""), name))
			return all->a.items[i];
	return NULL;
}

static void out_of_memory(struct finder *f, struct about *a, const struct json *ended, const struct json *spec)
{
	const char *limit = json_text(json_path(spec, "resources", "limits", "memory", NULL), NULL);

	a->since = words(ended, "finishedAt", NULL);
	a->reason = "OOMKilled";
	a->exit = json_get(ended, "exitCode");
	if (limit)
		found(f, "container-oom-killed", a, "Container %s used more memory than its limit of %s and was ended.",
		      a->container, limit);
	else
		found(f, "container-oom-killed", a, "Container %s was ended because memory ran out.", a->container);
}

/* ---- containers that wait ---- */

static void crash_loop(struct finder *f, struct about *a, const struct json *status, const struct json *spec)
{
	const struct json *ended = json_path(status, "lastState", "terminated", NULL);

	a->previous = true;
	if (is_memory(ended)) {
		out_of_memory(f, a, ended, spec);
		return;
	}
	a->exit = json_get(ended, "exitCode");
	a->since = words(ended, "finishedAt", a->since);
	if (is_one_of(words(ended, "reason", ""), start_reasons, LEN(start_reasons)))
		found(f, "container-create-error", a, "Container %s cannot be started.%s", a->container,
		      how_it_ended(f->mem, ended));
	else
		found(f, "container-crash-loop", a,
		      "Container %s has crashed %.0f times and is started again later and later.%s", a->container,
		      number(status, "restartCount", 0), how_it_ended(f->mem, ended));
}

static const char *colon(const char *message)
{
	return *message ? ": " : ".";
}

/* What the kubelet told in its own words, where the state tells less. */
static const char *told(const struct finder *f, const struct about *a, const char *reason, const char *message)
{
	const char *event = words(event_of(f, a, reason), "message", NULL);

	return event ? event : message;
}

static void waiting(struct finder *f, struct about *a, const struct json *status, const struct json *spec)
{
	const struct json *w = json_path(status, "state", "waiting", NULL);
	const char *message = words(w, "message", "");

	a->reason = words(w, "reason", "");
	if (streq(a->reason, "CrashLoopBackOff")) {
		crash_loop(f, a, status, spec);
	} else if (is_one_of(a->reason, pull_reasons, LEN(pull_reasons))) {
		const char *image = words(spec, "image", words(status, "image", ""));

		message = told(f, a, "Failed", message);
		found(f, "image-pull-failed", a, "The image %s of container %s cannot be pulled%s%s", image, a->container,
		      colon(message), message);
	} else if (streq(a->reason, "InvalidImageName")) {
		found(f, "image-name-invalid", a, "The image of container %s has no valid name%s%s", a->container,
		      colon(message), message);
	} else if (streq(a->reason, "CreateContainerConfigError")) {
		found(f, "container-config-error", a, "Container %s needs configuration that is not there%s%s", a->container,
		      colon(message), message);
	} else if (is_one_of(a->reason, start_reasons, LEN(start_reasons))) {
		a->exit = json_path(status, "lastState", "terminated", "exitCode", NULL);
		found(f, "container-create-error", a, "Container %s cannot be started%s%s", a->container, colon(message),
		      message);
	} else if (*message) {
		found(f, "container-waiting", a, "Container %s waits: %s", a->container, message);
	}
}

static bool is_being_made(const struct json *status)
{
	const char *reason = words(json_path(status, "state", "waiting", NULL), "reason", "");

	return streq(reason, "ContainerCreating") || streq(reason, "PodInitializing");
}

/* ---- containers that run, or have ended ---- */

/* Seconds that a probe gives a container before it says no for good. */
static double patience(const struct json *probe)
{
	if (!json_is(probe, JSON_OBJECT))
		return 0;
	return number(probe, "initialDelaySeconds", 0) +
	       number(probe, "periodSeconds", 10) * number(probe, "failureThreshold", 3);
}

static void not_ready(struct finder *f, struct about *a, const struct json *status, const struct json *spec)
{
	const char *started = words(json_path(status, "state", "running", NULL), "startedAt", NULL), *why;
	double allowed = patience(json_get(spec, "readinessProbe")) + patience(json_get(spec, "startupProbe"));
	int64_t age = age_of(f, started);

	a->since = started;
	why = words(event_of(f, a, "Unhealthy"), "message", "");
	if (age >= 0 && (double)age <= allowed * 1000)
		found(f, "pod-starting", a, "Container %s runs and is not ready yet; its probes allow it %.0f seconds.",
		      a->container, allowed);
	else
		found(f, "pod-not-ready", a, "Container %s runs but does not get ready%s%s", a->container, colon(why), why);
}

static void restarted(struct finder *f, struct about *a, const struct json *status, const struct json *spec)
{
	const struct json *ended = json_path(status, "lastState", "terminated", NULL);
	int64_t age = age_of(f, words(ended, "finishedAt", NULL));

	if (number(status, "restartCount", 0) < 1)
		return;
	a->previous = true;
	a->severity = age >= 0 && age < RECENT_MS ? "warning" : "info";
	if (is_memory(ended)) {
		out_of_memory(f, a, ended, spec);
		return;
	}
	a->since = words(ended, "finishedAt", NULL);
	a->reason = words(ended, "reason", "");
	a->exit = json_get(ended, "exitCode");
	found(f, "container-restarted", a, "Container %s was restarted %.0f times and runs again.%s", a->container,
	      number(status, "restartCount", 0), how_it_ended(f->mem, ended));
}

/* Between two runs. */
static void ended_now(struct finder *f, struct about *a, const struct json *status, const struct json *spec)
{
	const struct json *ended = json_path(status, "state", "terminated", NULL);

	if (is_memory(ended)) {
		out_of_memory(f, a, ended, spec);
		return;
	}
	if (number(ended, "exitCode", 0) == 0)
		return;
	a->since = words(ended, "finishedAt", NULL);
	a->reason = words(ended, "reason", "");
	a->exit = json_get(ended, "exitCode");
	found(f, number(status, "restartCount", 0) >= OFTEN ? "container-crash-loop" : "container-restarted", a,
	      "Container %s has ended.%s", a->container, how_it_ended(f->mem, ended));
}

static void container(struct finder *f, struct about about, const struct json *pod, const struct json *status)
{
	struct about *a = &about;
	const struct json *spec = container_of(pod, "containers", words(status, "name", ""));

	a->container = words(status, "name", "?");
	a->since = words(condition_of(pod, "Ready"), "lastTransitionTime", created(pod));
	if (json_path(status, "state", "waiting", NULL))
		waiting(f, a, status, spec);
	else if (json_path(status, "state", "terminated", NULL))
		ended_now(f, a, status, spec);
	else if (json_path(status, "state", "running", NULL) && !json_get_bool(status, "ready", true))
		not_ready(f, a, status, spec);
	else
		restarted(f, a, status, spec);
}

/* ---- init containers ---- */

static bool init_fails(const struct json *status)
{
	const struct json *w = json_path(status, "state", "waiting", NULL), *t = json_path(status, "state", "terminated", NULL);

	return (w && !is_being_made(status) && *words(w, "reason", "")) || number(t, "exitCode", 0) != 0;
}

/* The first that fails: those behind it wait for it. */
static bool init_containers(struct finder *f, struct about a, const struct json *pod)
{
	const struct json *all = array_at(pod, "status", "initContainerStatuses");

	for (size_t i = 0; i < json_len(all); i++) {
		const struct json *s = all->a.items[i], *w = json_path(s, "state", "waiting", NULL);
		const struct json *ended = json_path(s, w ? "lastState" : "state", "terminated", NULL);
		const char *said = words(w, "message", "");

		if (!init_fails(s))
			continue;
		a.container = words(s, "name", "?");
		a.previous = w && ended;
		a.reason = words(w, "reason", words(ended, "reason", ""));
		a.exit = json_get(ended, "exitCode");
		a.since =
			words(ended, "finishedAt", words(condition_of(pod, "Initialized"), "lastTransitionTime", created(pod)));
		found(f, "init-container-failing", &a, "Init container %s (%zu of %zu) fails: %s.%s%s%s", a.container, i + 1,
		      json_len(all), a.reason, how_it_ended(f->mem, ended), ended ? "" : " ", ended ? "" : said);
		return true;
	}
	return false;
}

/* ---- the pod as a whole ---- */

static void failed(struct finder *f, struct about *a, const struct json *pod)
{
	const struct json *all = array_at(pod, "status", "containerStatuses"), *ended = NULL;
	const char *said = json_text(json_path(pod, "status", "message", NULL), "");
	const char *job = owner_of(pod, "Job");
	const struct json *owner =
		job ? map_get(&f->jobs, arena_printf(f->mem, "%s/%s", words(json_get(pod, "metadata"), "namespace", ""), job))
		    : NULL;

	for (size_t i = 0; i < json_len(all) && !ended; i++) {
		const struct json *t = json_path(all->a.items[i], "state", "terminated", NULL);

		if (number(t, "exitCode", 0) != 0) {
			ended = t;
			a->container = words(all->a.items[i], "name", "?");
		}
	}
	a->since = words(ended, "finishedAt", json_text(json_path(pod, "status", "startTime", NULL), created(pod)));
	a->exit = json_get(ended, "exitCode");
	/* Another try of the same job went well. */
	if (condition_is(owner, "Complete", "True"))
		a->severity = "info";
	found(f, "pod-failed", a, "The pod has failed%s%s%s%s", *a->reason ? ": " : ".", a->reason,
	      *said        ? ": "
	      : *a->reason ? "."
			   : "",
	      said[0] ? said : how_it_ended(f->mem, ended));
}

/* True: what is found explains all else about the pod. */
static bool whole_pod(struct finder *f, struct about *a, const struct json *pod)
{
	const struct json *meta = json_get(pod, "metadata"), *status = json_get(pod, "status");
	const struct json *scheduled = condition_of(pod, "PodScheduled");
	const char *deleted = words(meta, "deletionTimestamp", NULL), *phase = words(status, "phase", "");

	a->reason = words(status, "reason", "");
	if (streq(a->reason, "NodeLost") || streq(phase, "Unknown") ||
	    streq(words(condition_of(pod, "Ready"), "reason", ""), "NodeStatusUnknown")) {
		a->since = words(condition_of(pod, "Ready"), "lastTransitionTime", NULL);
		found(f, "pod-node-lost", a, "%s", words(status, "message", "The node that runs the pod does not answer."));
		return true;
	}
	if (deleted) {
		a->since = deleted;
		if (age_of(f, deleted) > GRACE_MS)
			found(f, "pod-stuck-terminating", a, "The pod should have ended by %s and is still there.", deleted);
		return true;
	}
	if (streq(phase, "Failed") && streq(a->reason, "Evicted")) {
		a->since = words(event_of(f, a, "Evicted"), "lastTimestamp", words(status, "startTime", NULL));
		found(f, "pod-evicted", a, "%s", words(status, "message", "The pod was evicted from its node."));
		return true;
	}
	if (streq(phase, "Failed"))
		failed(f, a, pod);
	if (streq(phase, "Failed") || streq(phase, "Succeeded"))
		return true;
	if (streq(words(scheduled, "status", ""), "False") && streq(words(scheduled, "reason", ""), "Unschedulable")) {
		a->reason = "Unschedulable";
		a->since = words(scheduled, "lastTransitionTime", created(pod));
		found(f, "pod-unschedulable", a, "The scheduler says: %s", words(scheduled, "message", "no node fits."));
		return true;
	}
	return false;
}

/* True: it is being made, for however long. */
static bool being_made(struct finder *f, struct about *a, const struct json *pod)
{
	const struct json *all = array_at(pod, "status", "containerStatuses"), *why;
	bool any = false;

	for (size_t i = 0; i < json_len(all); i++)
		any = any || is_being_made(all->a.items[i]);
	if (!any)
		return false;
	a->since = words(condition_of(pod, "PodScheduled"), "lastTransitionTime", created(pod));
	if (age_of(f, a->since) < CREATING_MS || array_at(pod, "status", "initContainerStatuses"))
		return false;
	why = event_of(f, a, "FailedMount");
	why = why ? why : event_of(f, a, "FailedAttachVolume");
	why = why ? why : event_of(f, a, "FailedCreatePodSandBox");
	a->reason = words(why, "reason", "ContainerCreating");
	found(f, "pod-stuck-creating", a, "The pod's containers are not made%s%s", why ? ": " : ".", words(why, "message", ""));
	return true;
}

void detect_pod(struct finder *f, const struct json *pod)
{
	struct about a = { .object = pod, .kind = "Pod", .api = "v1" };
	const struct json *all = array_at(pod, "status", "containerStatuses");

	if (whole_pod(f, &a, pod))
		return;
	a = (struct about){ .object = pod, .kind = "Pod", .api = "v1" };
	if (init_containers(f, a, pod) || being_made(f, &a, pod))
		return;
	a = (struct about){ .object = pod, .kind = "Pod", .api = "v1" };
	for (size_t i = 0; i < json_len(all); i++)
		if (!is_being_made(all->a.items[i]))
			container(f, a, pod, all->a.items[i]);
}
