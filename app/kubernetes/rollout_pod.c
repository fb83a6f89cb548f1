/* Pods as rows: what kubectl says of them, whose they are, and what they use. */
#include <math.h>

#include "kubernetes/detect_private.h"
#include "kubernetes/rollout_private.h"

enum { CHAIN_MOST = 5 };

/* ---- status ---- */

/* "Init:1/2", "Init:CrashLoopBackOff"; NULL: it is past that. */
static const char *init_status(struct arena *mem, const struct json *pod)
{
	const struct json *all = array_at(pod, "status", "initContainerStatuses"),
			  *specs = array_at(pod, "spec", "initContainers");

	for (size_t i = 0; i < json_len(all); i++) {
		const struct json *s = all->a.items[i], *done = json_path(s, "state", "terminated", NULL);
		const char *reason = words(json_path(s, "state", "waiting", NULL), "reason", NULL);

		if (done && json_get_num(done, "exitCode", 1) == 0)
			continue;
		/* One that goes on running beside the others. */
		if (json_get_bool(s, "started", false) && json_get_bool(s, "ready", false))
			continue;
		if (done)
			return arena_printf(mem, "Init:%s", words(done, "reason", "Error"));
		if (reason && !streq(reason, "PodInitializing"))
			return arena_printf(mem, "Init:%s", reason);
		return arena_printf(mem, "Init:%zu/%zu", i, specs ? specs->a.n : all->a.n);
	}
	return NULL;
}

static const char *status_words(struct arena *mem, const struct json *pod)
{
	const struct json *status = json_get(pod, "status"), *all = array_at(pod, "status", "containerStatuses");
	const char *said = words(status, "reason", words(status, "phase", "Unknown")), *init = init_status(mem, pod);

	if (json_path(pod, "metadata", "deletionTimestamp", NULL))
		return streq(words(status, "reason", ""), "NodeLost") ? "Unknown" : "Terminating";
	if (init && !streq(said, "Succeeded") && !streq(said, "Failed"))
		return init;
	for (size_t i = json_len(all); i-- > 0;) {
		const char *waits = words(json_path(all->a.items[i], "state", "waiting", NULL), "reason", NULL);
		const char *ended = words(json_path(all->a.items[i], "state", "terminated", NULL), "reason", NULL);

		if (waits || ended)
			said = waits ? waits : ended;
	}
	return said;
}

/* ---- usage ---- */

/* The texts are numbers by now. */
static double number_at(const struct json *usage, const char *key)
{
	double v = 0;

	return quantity_parse(json_get_text(usage, key, "0"), &v) ? v : 0;
}

static void set_usage(struct arena *mem, struct json *row, const char *key, const struct json *usage)
{
	double used = number_at(usage, "currentUsage"), request = number_at(usage, "requestTotal"),
	       limit = number_at(usage, "limitTotal");
	struct json *o;

	if (!usage)
		return;
	o = json_object(mem);
	json_set(mem, o, "used", json_num(mem, used));
	if (request > 0) {
		json_set(mem, o, "request", json_num(mem, request));
		json_set(mem, o, "ofRequest", json_num(mem, round(100 * used / request)));
	}
	if (limit > 0) {
		json_set(mem, o, "limit", json_num(mem, limit));
		json_set(mem, o, "ofLimit", json_num(mem, round(100 * used / limit)));
	}
	json_set(mem, row, key, o);
}

/* ---- owners ---- */

/* From the pod's owner up, as far as objects are here to tell. *top: the key of the last that is here; NULL: none. */
static struct json *chain_of(const struct rollout *r, const struct json *pod, const char **top)
{
	const char *ns = words(json_get(pod, "metadata"), "namespace", "");
	const struct json *object = pod;
	struct json *chain = json_array(r->mem);

	*top = NULL;
	for (size_t i = 0; i < CHAIN_MOST && object; i++) {
		struct json *owner = rollout_owner(r->mem, object);
		const char *key;

		if (!owner)
			break;
		json_push(r->mem, chain, owner);
		key = arena_printf(r->mem, "%s/%s/%s", json_get_text(owner, "kind", ""), ns, json_get_text(owner, "name", ""));
		object = map_get(&r->owners, key);
		/* A job's pods are shown with the job, not with what starts it. */
		if (object && !streq(json_get_text(owner, "kind", ""), "CronJob"))
			*top = key;
	}
	return chain;
}

static void place(struct rollout *r, const char *key, struct json *row)
{
	struct json *list = key ? map_get(&r->pods, key) : r->orphans;

	if (!list) {
		list = json_array(r->mem);
		map_put(r->mem, &r->pods, key, list);
	}
	json_push(r->mem, list, row);
}

struct json *rollout_pods_of(const struct rollout *r, const char *kind, const struct json *object)
{
	struct json *list = map_get(&r->pods, rollout_key(r->mem, kind, object));

	return list ? list : json_array(r->mem);
}

static void set_counts(const struct rollout *r, struct json *row, const struct json *pod)
{
	const struct json *all = array_at(pod, "status", "containerStatuses"), *specs = array_at(pod, "spec", "containers");
	double ready = 0, restarts = 0;

	for (size_t i = 0; i < json_len(all); i++) {
		ready += json_get_bool(all->a.items[i], "ready", false);
		restarts += json_get_num(all->a.items[i], "restartCount", 0);
	}
	json_set(r->mem, row, "ready", json_num(r->mem, ready));
	json_set(r->mem, row, "containers", json_num(r->mem, (double)(specs ? specs->a.n : json_len(all))));
	json_set(r->mem, row, "restarts", json_num(r->mem, restarts));
}

static void set_names(const struct rollout *r, struct json *row, const struct json *pod)
{
	const struct json *all = array_at(pod, "spec", "containers");
	struct json *names = json_array(r->mem);

	for (size_t i = 0; i < json_len(all); i++)
		json_push(r->mem, names, json_str(r->mem, words(all->a.items[i], "name", "")));
	json_set(r->mem, row, "names", names);
}

void rollout_pod(struct rollout *r, const struct json *pod)
{
	struct json *row = rollout_row(r->mem, pod), *chain;
	const struct json *usage = map_get(&r->usage, object_key(r->mem, pod));
	const char *top;

	json_set(r->mem, row, "status", json_str(r->mem, status_words(r->mem, pod)));
	rollout_text(r->mem, row, "phase", words(json_get(pod, "status"), "phase", NULL));
	set_counts(r, row, pod);
	set_names(r, row, pod);
	rollout_text(r->mem, row, "node", words(json_get(pod, "spec"), "nodeName", NULL));
	json_set(r->mem, row, "images", rollout_images(r->mem, json_get(pod, "spec")));
	chain = chain_of(r, pod, &top);
	json_set(r->mem, row, "chain", chain);
	if (chain->a.n)
		json_set(r->mem, row, "owner", chain->a.items[0]);
	set_usage(r->mem, row, "cpu", json_get(usage, "cpu"));
	set_usage(r->mem, row, "memory", json_get(usage, "memory"));
	place(r, top, row);
}
