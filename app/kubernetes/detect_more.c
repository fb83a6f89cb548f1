/* What is wrong around workloads: autoscalers, services, ingresses, quotas, volumes, custom resources. */
#include <stdio.h>

#include "ext/json.h"
#include "kubernetes/detect_private.h"

enum { ADDRESS_MS = 2 * 60 * 1000, CLAIM_MS = 60 * 1000 };

/* ---- autoscalers ---- */

/* The API's first version has its conditions as a text in an annotation. */
static const struct json *hpa_condition(struct finder *f, const struct json *object, const char *type)
{
	const char *text = json_text(
		json_path(object, "metadata", "annotations", "autoscaling.alpha.kubernetes.io/conditions", NULL), NULL);
	struct ctx cx = { .mem = f->mem, .request_id = "" };
	struct json *list;

	if (array_at(object, "status", "conditions") || !text || json_parse_within(&cx, str_of(text), 1 << 20, &list) < 0)
		return condition_of(object, type);
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		if (streq(json_get_text(list->a.items[i], "type", ""), type))
			return list->a.items[i];
	return NULL;
}

static bool cannot_scale(struct finder *f, struct about a)
{
	static const char *const types[] = { "ScalingActive", "AbleToScale" };

	for (size_t i = 0; i < LEN(types); i++) {
		const struct json *c = hpa_condition(f, a.object, types[i]);

		/* Of one that is switched off by having no replicas that is meant. */
		if (!streq(words(c, "status", ""), "False") || streq(words(c, "reason", ""), "ScalingDisabled"))
			continue;
		a.since = words(c, "lastTransitionTime", NULL);
		a.reason = words(c, "reason", "");
		found(f, "hpa-unable-to-scale", &a, "%s", words(c, "message", a.reason));
		return true;
	}
	return false;
}

void detect_hpa(struct finder *f, const struct json *object)
{
	struct about a = { .object = object, .kind = "HorizontalPodAutoscaler", .api = "autoscaling/v2" };
	const struct json *limited = hpa_condition(f, object, "ScalingLimited");
	double most = json_get_num(json_get(object, "spec"), "maxReplicas", -1);
	double least = json_get_num(json_get(object, "spec"), "minReplicas", 1);
	double now = json_get_num(json_get(object, "status"), "currentReplicas", 0);

	if (cannot_scale(f, a) || most < 1 || now < most)
		return;
	a.since = words(limited, "lastTransitionTime", NULL);
	a.reason = words(limited, "reason", "");
	if (least == most)
		a.severity = "info";
	found(f, "hpa-at-max", &a,
	      least == most ? "There are always %.0f replicas: minimum and maximum are the same."
			    : "There are %.0f replicas, which is the most that is allowed.",
	      most);
}

/* ---- services and ingresses ---- */

static bool selects(const struct json *selector, const struct json *pod)
{
	const struct json *labels = json_path(pod, "metadata", "labels", NULL);

	for (size_t i = 0; i < selector->o.n; i++) {
		const struct json *value = json_getn(labels, selector->o.m[i].key);

		if (!value || !streq(json_text(value, ""), json_text(selector->o.m[i].value, "?")))
			return false;
	}
	return true;
}

static bool is_over(const struct json *pod)
{
	const char *phase = json_text(json_path(pod, "status", "phase", NULL), "");

	return streq(phase, "Succeeded") || streq(phase, "Failed");
}

static void count_pods(const struct finder *f, const struct json *service, size_t *all, size_t *ready)
{
	const struct json *selector = json_path(service, "spec", "selector", NULL), *pods = f->o->pods;
	const char *ns = words(json_get(service, "metadata"), "namespace", "");

	*all = *ready = 0;
	for (size_t i = 0; json_is(selector, JSON_OBJECT) && selector->o.n && json_is(pods, JSON_ARRAY) && i < pods->a.n; i++) {
		const struct json *pod = pods->a.items[i];

		if (!streq(words(json_get(pod, "metadata"), "namespace", ""), ns) || is_over(pod) || !selects(selector, pod))
			continue;
		++*all;
		*ready += condition_is(pod, "Ready", "True");
	}
}

static bool has_address(const struct json *object)
{
	return json_len(json_path(object, "status", "loadBalancer", "ingress", NULL)) > 0;
}

/* Waits for an address longer than that takes. */
static bool waits_for_address(const struct finder *f, const struct json *object)
{
	int64_t age = age_of(f, created(object));

	return !has_address(object) && (age < 0 || age > ADDRESS_MS);
}

void detect_service(struct finder *f, const struct json *object)
{
	struct about a = { .object = object, .kind = "Service", .api = "v1" };
	size_t all, ready;

	count_pods(f, object, &all, &ready);
	if (all && !ready)
		found(f, "service-without-ready-pods", &a, "None of the %zu %s that it selects is ready.", all,
		      all == 1 ? "pod" : "pods");
	a.since = created(object);
	if (streq(words(json_get(object, "spec"), "type", ""), "LoadBalancer") && waits_for_address(f, object))
		found(f, "service-no-address", &a, "It has got no address from outside.");
}

void detect_ingress(struct finder *f, const struct json *object)
{
	struct about a = { .object = object, .kind = "Ingress", .api = "networking.k8s.io/v1", .since = created(object) };

	if (waits_for_address(f, object))
		found(f, "ingress-no-address", &a, "No controller has given it an address.");
}

/* ---- quotas and volumes ---- */

static double quantity_at(const struct json *map, struct str key)
{
	const struct json *v = json_getn(map, key);
	double out = -1;

	if (json_is(v, JSON_NUMBER))
		return v->num;
	return quantity_parse(json_text(v, ""), &out) ? out : -1;
}

void detect_quota(struct finder *f, const struct json *object)
{
	struct about a = { .object = object, .kind = "ResourceQuota", .api = "v1" };
	const struct json *hard = json_path(object, "status", "hard", NULL), *used = json_path(object, "status", "used", NULL);
	struct buf full = { .mem = f->mem }, nearly = { .mem = f->mem };

	for (size_t i = 0; json_is(hard, JSON_OBJECT) && i < hard->o.n; i++) {
		struct str key = hard->o.m[i].key;
		double most = quantity_at(hard, key), now = quantity_at(used, key);
		struct buf *to = now >= most ? &full : &nearly;

		/* None allowed, and none there, is a rule and no shortage. */
		if (most <= 0 || now < most * 0.9)
			continue;
		buf_addf(to, "%s%.*s %s of %s", to->n ? ", " : "", (int)key.n, key.p, json_text(json_getn(used, key), ""),
			 json_text(json_getn(hard, key), ""));
	}
	if (full.n)
		found(f, "quota-exhausted", &a, "Used up: %s%s%s.", buf_text(&full), nearly.n ? "; nearly: " : "",
		      buf_text(&nearly));
	else if (nearly.n)
		found(f, "quota-nearly-exhausted", &a, "Nearly used up: %s.", buf_text(&nearly));
}

void detect_claim(struct finder *f, const struct json *object)
{
	struct about a = { .object = object, .kind = "PersistentVolumeClaim", .api = "v1", .since = created(object) };
	const char *phase = json_text(json_path(object, "status", "phase", NULL), "");
	int64_t age = age_of(f, a.since);
	const struct json *why;

	if (streq(phase, "Lost"))
		found(f, "volume-claim-lost", &a, "The volume that the claim was bound to is not there any more.");
	/* Some volumes are only made once a pod wants them. */
	if (!streq(phase, "Pending") || (age >= 0 && age < CLAIM_MS) || event_of(f, &a, "WaitForFirstConsumer"))
		return;
	why = event_of(f, &a, "ProvisioningFailed");
	a.reason = words(why, "reason", "");
	found(f, "volume-claim-pending", &a, "No volume is bound to it%s%s", why ? ": " : ".", words(why, "message", ""));
}

/* ---- custom resources ---- */

void detect_custom(struct finder *f, const struct json *object)
{
	static const char *const types[] = { "Ready", "Available", "Healthy", "Synced" };
	struct about a = { .object = object, .kind = words(object, "kind", "?"), .api = words(object, "apiVersion", "") };
	const char *phase = json_text(json_path(object, "status", "phase", NULL), "");

	for (size_t i = 0; i < LEN(types); i++) {
		const struct json *c = condition_of(object, types[i]);

		if (!streq(words(c, "status", ""), "False"))
			continue;
		a.since = words(c, "lastTransitionTime", NULL);
		a.reason = words(c, "reason", "");
		found(f, "custom-resource-not-ready", &a, "%s is False: %s", types[i], words(c, "message", a.reason));
		return;
	}
	if (streq(phase, "Degraded") || streq(phase, "Failed") || streq(phase, "Error"))
		found(f, "custom-resource-not-ready", &a, "Its phase is %s: %s", phase,
		      json_text(json_path(object, "status", "message", NULL), "it says no more."));
}
