/* What Backstage's own detectors find, with their identifiers, words and order, so that its clients and ours agree. */
#include "kubernetes/detect_private.h"

#include "base/clock.h"

enum { POD = 4, DEPLOYMENT = 6, HPA = 8 };

static void set(struct arena *mem, struct json *o, const char *key, const char *value)
{
	json_set(mem, o, key, json_str(mem, value));
}

static const char *js_number(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	if (!json_is(v, JSON_NUMBER))
		return "undefined";
	json_write_number(&b, v->num);
	return buf_text(&b);
}

struct source {
	const struct json *object;
	const char *kind, *api, *nameless;
	double severity;
};

static struct json *error_of(struct arena *mem, const struct source *s, const char *type, const char *message, double count)
{
	const struct json *meta = json_get(s->object, "metadata");
	struct json *o = json_object(mem), *ref = json_object(mem);

	set(mem, ref, "name", json_get_text(meta, "name", s->nameless));
	set(mem, ref, "namespace", json_get_text(meta, "namespace", "unknown namespace"));
	set(mem, ref, "kind", s->kind);
	set(mem, ref, "apiGroup", s->api);
	set(mem, o, "type", type);
	set(mem, o, "message", message);
	json_set(mem, o, "severity", json_num(mem, s->severity));
	json_set(mem, o, "sourceRef", ref);
	json_set(mem, o, "occurrenceCount", json_num(mem, count));
	return o;
}

/* ---- fixes ---- */

struct fix {
	const char *error, *why, *type, *actions[3], *docs, *container, *pod;
};

static void set_fix(struct arena *mem, struct json *error, const struct fix *fix)
{
	struct json *o = json_object(mem), *actions = json_array(mem);

	for (size_t i = 0; i < LEN(fix->actions) && fix->actions[i]; i++)
		json_push(mem, actions, json_str(mem, fix->actions[i]));
	set(mem, o, "errorType", fix->error);
	set(mem, o, "rootCauseExplanation", fix->why);
	json_set(mem, o, "actions", actions);
	set(mem, o, "type", fix->type);
	if (fix->docs)
		set(mem, o, "docsLink", fix->docs);
	if (fix->container)
		set(mem, o, "container", fix->container);
	if (fix->pod)
		set(mem, o, "podName", fix->pod);
	json_set(mem, error, "proposedFix", o);
}

static const struct json *statuses(const struct json *pod)
{
	return array_at(pod, "status", "containerStatuses");
}

/* The first container that has something below a member of its status. */
static const struct json *first_with(const struct json *pod, const char *a, const char *b)
{
	const struct json *all = statuses(pod);

	for (size_t i = 0; i < json_len(all); i++)
		if (json_path(all->a.items[i], a, b, NULL))
			return all->a.items[i];
	return NULL;
}

static const char *first_reason(const struct json *pod)
{
	const struct json *all = statuses(pod);

	for (size_t i = 0; i < json_len(all); i++) {
		const struct json *reason = json_path(all->a.items[i], "state", "waiting", "reason", NULL);

		if (reason)
			return json_text(reason, "");
	}
	return "";
}

static void fix_waiting(struct arena *mem, const struct json *pod, struct json *error)
{
	const char *reason = first_reason(pod), *name = json_get_text(first_with(pod, "state", "waiting"), "name", "unknown");

	if (streq(reason, "InvalidImageName"))
		set_fix(mem, error,
			&(struct fix){
				.error = reason,
				.why = "The image in the pod is invalid",
				.actions = { "Ensure the image name is correct and valid image name" },
				.type = "docs",
				.docs = "https://docs.docker.com/engine/reference/commandline/tag/#extended-description" });
	else if (streq(reason, "ImagePullBackOff"))
		set_fix(mem, error,
			&(struct fix){ .error = reason,
				       .why = "The image either could not be found or Kubernetes does not have permission to "
					      "pull it",
				       .actions = { "Ensure the image name is correct",
						    "Ensure Kubernetes has permission to pull this image" },
				       .type = "docs",
				       .docs = "https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff" });
	else if (streq(reason, "CrashLoopBackOff"))
		set_fix(mem, error,
			&(struct fix){ .error = reason,
				       .why = arena_printf(mem,
							   "The container %s has crashed many times, it will be exponentially "
							   "restarted until it stops crashing",
							   name),
				       .actions = { "Check the crash logs for stacktraces" },
				       .type = "logs",
				       .container = name });
	else if (streq(reason, "CreateContainerConfigError"))
		set_fix(mem, error,
			&(struct fix){
				.error = reason,
				.why = "There is missing or mismatching configuration required to start the container",
				.actions = { "Ensure ConfigMaps references in the Deployment manifest are correct and the "
					     "keys exist",
					     "Ensure Secrets references in the Deployment manifest are correct and the "
					     "keys exist" },
				.type = "docs",
				.docs = "https://kubernetes.io/docs/tasks/configure-pod-container/"
					"configure-pod-configmap/" });
}

static void fix_restarts(struct arena *mem, const struct json *pod, struct json *error)
{
	const struct json *status = first_with(pod, "lastState", "terminated");
	const struct json *ended = json_path(status, "lastState", "terminated", NULL);
	const char *reason = json_get_text(ended, "reason", ""), *name = json_get_text(status, "name", "undefined");

	if (streq(reason, "Unknown") || streq(reason, "Error"))
		set_fix(mem, error,
			&(struct fix){ .error = reason,
				       .why = arena_printf(mem, "This container has exited with a non-zero exit code (%s)",
							   js_number(mem, json_get(ended, "exitCode"))),
				       .actions = { "Check the crash logs for stacktraces" },
				       .type = "logs",
				       .container = name });
	else if (streq(reason, "OOMKilled"))
		set_fix(mem, error,
			&(struct fix){ .error = reason,
				       .why = arena_printf(mem,
							   "The container \"%s\" has crashed because it has tried to use more "
							   "memory that it has been allocated",
							   name),
				       .actions = { "Increase the amount of memory assigned to the container",
						    "Ensure the application is memory bounded and is not trying to consume too "
						    "much memory" },
				       .type = "docs",
				       .docs = "https://kubernetes.io/docs/tasks/configure-pod-container/"
					       "assign-memory-resource/#exceed-a-container-s-memory-limit" });
}

static void fix_readiness(struct arena *mem, const struct json *pod, struct json *error)
{
	const struct json *all = statuses(pod);
	const char *name = "undefined";

	for (size_t i = all ? all->a.n : 0; i-- > 0;)
		if (!json_get_bool(all->a.items[i], "ready", true))
			name = json_get_text(all->a.items[i], "name", "undefined");
	set_fix(mem, error,
		&(struct fix){ .error = "ReadinessProbeFailed",
			       .why = arena_printf(mem, "The container %s failed to start properly, but is not crashing", name),
			       .actions = { "Ensure that the container starts correctly locally",
					    "Check the container's logs looking for error during startup" },
			       .type = "events",
			       .pod = json_text(json_path(pod, "metadata", "name", NULL), "") });
}

/* ---- pods ---- */

static const struct json *spec_named(const struct json *pod, const char *name)
{
	const struct json *all = array_at(pod, "spec", "containers");

	for (size_t i = 0; i < json_len(all); i++)
		if (streq(json_get_text(all->a.items[i], "name", ""), name))
			return all->a.items[i];
	return NULL;
}

static bool is_late(const struct detect_objects *o, const struct json *pod, const struct json *status)
{
	const struct json *probe = json_get(spec_named(pod, json_get_text(status, "name", "")), "readinessProbe");
	const char *started = json_text(json_path(status, "state", "running", "startedAt", NULL), NULL);
	int64_t begun;

	if (json_get_bool(status, "ready", false) || !json_is(probe, JSON_OBJECT) || !started || !clock_parse(started, &begun))
		return false;
	double allowed = json_get_num(probe, "initialDelaySeconds", 0) +
			 json_get_num(probe, "periodSeconds", 0) * json_get_num(probe, "failureThreshold", 0);

	return (double)begun + allowed * 1000 < (double)o->now_ms;
}

static void readiness(struct arena *mem, const struct detect_objects *o, const struct source *s, struct json *out)
{
	const struct json *all = statuses(s->object);

	for (size_t i = 0; i < json_len(all); i++) {
		if (!is_late(o, s->object, all->a.items[i]))
			continue;
		struct json *e = error_of(mem, s, "readiness-probe-taking-too-long",
					  arena_printf(mem, "The container %s failed to start properly, but is not crashing",
						       json_get_text(all->a.items[i], "name", "undefined")),
					  1);

		fix_readiness(mem, s->object, e);
		json_push(mem, out, e);
	}
}

static void waiting(struct arena *mem, const struct source *s, struct json *out)
{
	const struct json *all = statuses(s->object);

	for (size_t i = 0; i < json_len(all); i++) {
		const struct json *message = json_path(all->a.items[i], "state", "waiting", "message", NULL);

		if (!message)
			continue;
		struct json *e = error_of(mem, s, "container-waiting", json_text(message, "container waiting"), 1);

		fix_waiting(mem, s->object, e);
		json_push(mem, out, e);
	}
}

static void restarts(struct arena *mem, const struct source *s, struct json *out)
{
	const struct json *all = statuses(s->object);

	for (size_t i = 0; i < json_len(all); i++) {
		const struct json *count = json_get(all->a.items[i], "restartCount");

		if (!json_is(count, JSON_NUMBER) || count->num <= 0)
			continue;
		struct json *e =
			error_of(mem, s, "containers-restarting",
				 arena_printf(mem, "container=%s restarted %s times",
					      json_get_text(all->a.items[i], "name", "undefined"), js_number(mem, count)),
				 count->num);

		fix_restarts(mem, s->object, e);
		json_push(mem, out, e);
	}
}

/* ---- the others ---- */

static void conditions(struct arena *mem, const struct source *s, struct json *out)
{
	const struct json *all = array_at(s->object, "status", "conditions");

	for (size_t i = 0; i < json_len(all); i++) {
		const struct json *c = all->a.items[i], *message = json_get(c, "message");

		if (message && streq(json_get_text(c, "status", ""), "False"))
			json_push(mem, out, error_of(mem, s, "condition-message-present", json_text(message, ""), 1));
	}
}

static void replicas(struct arena *mem, const struct source *s, struct json *out)
{
	const struct json *most = json_path(s->object, "spec", "maxReplicas", NULL);
	const struct json *now = json_path(s->object, "status", "currentReplicas", NULL);
	double wanted = json_is(most, JSON_NUMBER) ? most->num : -1;

	if (!json_is(now, JSON_NUMBER) || now->num != wanted)
		return;
	json_push(
		mem, out,
		error_of(mem, s, "hpa-max-current-replicas",
			 arena_printf(mem,
				      "Current number of replicas (%s) is equal to the configured max number of replicas (%s)",
				      js_number(mem, now), js_number(mem, now)),
			 1));
}

static size_t count(const struct json *list)
{
	return json_is(list, JSON_ARRAY) ? list->a.n : 0;
}

struct json *detect_upstream(struct arena *mem, const struct detect_objects *o)
{
	struct json *out = json_array(mem);

	for (size_t i = 0; i < count(o->pods); i++) {
		struct source s = { o->pods->a.items[i], "Pod", "v1", "unknown pod", POD };

		readiness(mem, o, &s, out);
		waiting(mem, &s, out);
		restarts(mem, &s, out);
	}
	for (size_t i = 0; i < count(o->deployments); i++) {
		struct source s = { o->deployments->a.items[i], "Deployment", "apps/v1", "unknown hpa", DEPLOYMENT };

		conditions(mem, &s, out);
	}
	for (size_t i = 0; i < count(o->hpas); i++) {
		struct source s = { o->hpas->a.items[i], "HorizontalPodAutoscaler", "autoscaling/v2", "unknown hpa", HPA };

		replicas(mem, &s, out);
	}
	return out;
}
