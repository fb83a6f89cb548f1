/* Where dashboards show objects: each has addresses of its own. */
#include "kubernetes/dashboard.h"

#include "base/map.h"
#include "base/str.h"
#include "ext/fetch.h"
#include "kubernetes/detect_private.h"

/* What dashboards call a kind; NULL: they have no page of it. */
struct kind_words {
	const char *kind, *standard, *gke, *openshift, *rancher, *headlamp;
};
static const struct kind_words kinds[] = {
	{ "Pod", "pod", "pod", "pods", "pod", "pods" },
	{ "Deployment", "deployment", "deployment", "deployments", "apps.deployment", "deployments" },
	{ "ReplicaSet", "replicaset", NULL, "replicasets", "apps.replicaset", "replicasets" },
	{ "StatefulSet", "statefulset", NULL, "statefulsets", "apps.statefulset", "statefulsets" },
	{ "DaemonSet", "daemonset", NULL, "daemonsets", "apps.daemonset", "daemonsets" },
	{ "Job", "job", NULL, "jobs", "batch.job", "jobs" },
	{ "CronJob", "cronjob", NULL, "cronjobs", "batch.cronjob", "cronjobs" },
	{ "Service", "service", "service", "services", "service", "services" },
	{ "Ingress", "ingress", "ingress", "ingresses", "networking.k8s.io.ingress", "ingresses" },
	{ "ConfigMap", "configmap", NULL, "configmaps", "configmap", "configmaps" },
	{ "Secret", "secret", NULL, "secrets", "secret", "secrets" },
	{ "PersistentVolumeClaim", "persistentvolumeclaim", NULL, "persistentvolumeclaims", "persistentvolumeclaim",
	  "storage/persistentvolumeclaims" },
	{ "HorizontalPodAutoscaler", NULL, NULL, "horizontalpodautoscalers", "autoscaling.horizontalpodautoscaler",
	  "horizontalpodautoscalers" },
};

struct dashboard {
	struct arena *mem;
	const char *url; /* of the cluster's; NULL: none */
	const struct json *parameters;
	const struct kind_words *words;    /* of the object's kind; NULL: none */
	const char *kind, *ns, *name, *id; /* of the object, encoded but for kind; "": none. id: its name as it is */
	const struct json *object;
};

static const struct kind_words *words_of(const char *kind)
{
	for (size_t i = 0; kind && i < LEN(kinds); i++)
		if (streq(kinds[i].kind, kind))
			return &kinds[i];
	return NULL;
}

static const char *encoded(struct arena *mem, const char *text)
{
	return url_encode(mem, text ? text : "", false);
}

static const char *parameter(const struct dashboard *d, const char *key)
{
	return words(d->parameters, key, NULL);
}

/* dashboardUrl, with a slash at the end of its path, and what stands behind that path. */
static const char *base_of(const struct dashboard *d, const char **query)
{
	size_t n = strcspn(d->url, "?#"), m = strcspn(d->url + n, "#");

	*query = arena_strndup(d->mem, d->url + n, m);
	return arena_printf(d->mem, "%.*s%s", (int)n, d->url, n && d->url[n - 1] == '/' ? "" : "/");
}

/* ---- each of them ---- */

static const char *standard(const struct dashboard *d)
{
	const char *query, *base, *page = "workloads";

	if (!d->url)
		return NULL;
	base = base_of(d, &query);
	if (!*d->ns)
		return arena_printf(d->mem, "%s%s", base, query);
	if (d->words && d->words->standard && *d->name)
		page = arena_printf(d->mem, "%s/%s/%s", d->words->standard, d->ns, d->name);
	return arena_printf(d->mem, "%s%s#/%s?namespace=%s", base, query, page, d->ns);
}

static const char *openshift(const struct dashboard *d)
{
	const char *query, *base;

	if (!d->url)
		return NULL;
	base = base_of(d, &query);
	if (!*d->ns)
		return base;
	if (!d->words || !*d->name)
		return arena_printf(d->mem, "%sk8s/cluster/projects/%s", base, d->ns);
	return arena_printf(d->mem, "%sk8s/ns/%s/%s/%s", base, d->ns, d->words->openshift, d->name);
}

static const char *rancher(const struct dashboard *d)
{
	const char *query, *base;

	if (!d->url)
		return NULL;
	base = base_of(d, &query);
	if (!*d->ns)
		return base;
	if (!d->words || !*d->name)
		return arena_printf(d->mem, "%sexplorer/workload", base);
	return arena_printf(d->mem, "%sexplorer/%s/%s/%s", base, d->words->rancher, d->ns, d->name);
}

static const char *headlamp(const struct dashboard *d)
{
	const char *cluster = parameter(d, "clusterName"), *query, *base, *to;

	if (!d->url)
		return NULL;
	base_of(d, &query);
	/* What it is asked for is in the query: the path stays as it is written. */
	base = arena_strndup(d->mem, d->url, strcspn(d->url, "?#"));
	to = arena_printf(d->mem, "/c/%s", cluster ? cluster : "default");
	if (d->words && *d->ns && *d->name)
		to = arena_printf(d->mem, "%s/%s/%s/%s", to, d->words->headlamp, d->ns, d->name);
	return arena_printf(d->mem, "%s%s%sto=%s", base, query, *query ? "&" : "?", encoded(d->mem, to));
}

static const char *gke(const struct dashboard *d)
{
	const char *project = parameter(d, "projectId"), *region = parameter(d, "region"),
		   *cluster = parameter(d, "clusterName"), *page;
	bool details;

	if (!project || !region || !cluster)
		return d->url;
	region = encoded(d->mem, region);
	cluster = encoded(d->mem, cluster);
	page = arena_printf(d->mem, "clusters/details/%s/%s/details", region, cluster);
	if (d->words && d->words->gke && *d->ns && *d->name) {
		details = streq(d->words->gke, "pod") || streq(d->words->gke, "ingress");
		page = arena_printf(d->mem, "%s/%s/%s/%s/%s/%s", d->words->gke, region, cluster, d->ns, d->name,
				    details ? "details" : "overview");
	}
	return arena_printf(d->mem, "https://console.cloud.google.com/kubernetes/%s?project=%s", page,
			    encoded(d->mem, project));
}

static void copy_member(struct arena *mem, struct json *to, const struct json *from, const char *key)
{
	if (json_get(from, key))
		json_set(mem, to, key, json_copy(mem, json_get(from, key)));
}

/* Azure's portal wants what it shows as JSON in the address. */
static const char *aks(const struct dashboard *d)
{
	const char *subscription = parameter(d, "subscriptionId"), *group = parameter(d, "resourceGroup"),
		   *cluster = parameter(d, "clusterName"), *id;
	struct json *meta = json_object(d->mem), *spec = json_object(d->mem), *shown = json_object(d->mem);
	const struct json *from = json_get(d->object, "metadata");
	struct buf text = { .mem = d->mem };

	if (!subscription || !group || !cluster)
		return d->url;
	id = arena_printf(d->mem, "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.ContainerService/managedClusters/%s",
			  subscription, group, cluster);
	/* Without the object there is the cluster. */
	if (!from)
		return arena_printf(d->mem, "https://portal.azure.com/#resource%s/overview", url_encode(d->mem, id, true));
	copy_member(d->mem, meta, from, "name");
	copy_member(d->mem, meta, from, "namespace");
	copy_member(d->mem, meta, from, "uid");
	copy_member(d->mem, spec, json_get(d->object, "spec"), "selector");
	json_set(d->mem, shown, "kind", json_str(d->mem, d->kind));
	json_set(d->mem, shown, "metadata", meta);
	json_set(d->mem, shown, "spec", spec);
	json_write(&text, shown);
	return arena_printf(d->mem,
			    "https://portal.azure.com/#blade/Microsoft_Azure_ContainerService/AksK8ResourceMenuBlade/"
			    "overview-Deployment/aksClusterId/%s/resource/%s",
			    encoded(d->mem, id), encoded(d->mem, buf_text(&text)));
}

/* Amazon's console has pages of clusters whose addresses are known. */
static const char *eks(const struct dashboard *d)
{
	const char *region = parameter(d, "region"), *cluster = parameter(d, "clusterName");

	if (!region || !cluster)
		return d->url;
	region = encoded(d->mem, region);
	return arena_printf(d->mem, "https://console.aws.amazon.com/eks/home?region=%s#/clusters/%s", region,
			    encoded(d->mem, cluster));
}

static const struct {
	const char *app;
	const char *(*url)(const struct dashboard *d);
} apps[] = {
	{ "standard", standard },   { "aks", aks },         { "eks", eks }, { "gke", gke }, { "headlamp", headlamp },
	{ "openshift", openshift }, { "rancher", rancher },
};

/* ---- all ---- */

/* An autoscaler has no page in some: what it scales has. */
static void aim(struct dashboard *d, const struct dashboard_object *o, const char *app)
{
	const struct json *target = json_path(o->object, "spec", "scaleTargetRef", NULL);
	bool no_page = streq(app, "standard") || streq(app, "gke");

	d->kind = o->kind ? o->kind : "";
	d->id = o->name ? o->name : "";
	d->words = words_of(o->kind);
	d->object = o->object;
	if (no_page && streq(d->kind, "HorizontalPodAutoscaler") && words_of(words(target, "kind", NULL))) {
		d->words = words_of(words(target, "kind", NULL));
		d->id = words(target, "name", "");
	}
	d->ns = encoded(d->mem, o->ns);
	d->name = encoded(d->mem, d->id);
}

const char *dashboard_url(struct arena *mem, const struct json *cluster, const struct dashboard_object *o)
{
	const char *app = words(cluster, "dashboardApp", "standard"), *out;
	struct dashboard d = { .mem = mem,
			       .url = words(cluster, "dashboardUrl", NULL),
			       .parameters = json_get(cluster, "dashboardParameters") };

	aim(&d, o, app);
	out = d.url;
	for (size_t i = 0; i < LEN(apps); i++)
		if (streq(apps[i].app, app))
			out = apps[i].url(&d);
	/* Whoever writes an entity may name an address here. */
	return out && (str_starts(out, "https://") || str_starts(out, "http://")) ? out : NULL;
}

static const char *object_name(struct arena *mem, const char *kind, const char *ns, const char *name)
{
	return arena_printf(mem, "%s/%s/%s", kind, ns, name);
}

/* Objects in lists do not say their kind: the list's type does. */
static void know_objects(struct arena *mem, struct map *known, const struct json *resources)
{
	static const char *const types[][2] = { { "pods", "Pod" },
						{ "deployments", "Deployment" },
						{ "replicasets", "ReplicaSet" },
						{ "statefulsets", "StatefulSet" },
						{ "daemonsets", "DaemonSet" },
						{ "jobs", "Job" },
						{ "cronjobs", "CronJob" },
						{ "services", "Service" },
						{ "ingresses", "Ingress" },
						{ "horizontalpodautoscalers", "HorizontalPodAutoscaler" } };

	for (size_t i = 0; json_is(resources, JSON_ARRAY) && i < resources->a.n; i++) {
		const struct json *list = json_get(resources->a.items[i], "resources");
		const char *type = words(resources->a.items[i], "type", ""), *kind = NULL;

		for (size_t k = 0; k < LEN(types); k++)
			if (streq(types[k][0], type))
				kind = types[k][1];
		for (size_t j = 0; kind && json_is(list, JSON_ARRAY) && j < list->a.n; j++) {
			const struct json *meta = json_get(list->a.items[j], "metadata");

			map_put(mem, known, object_name(mem, kind, words(meta, "namespace", ""), words(meta, "name", "")),
				list->a.items[j]);
		}
	}
}

void dashboard_add(struct arena *mem, const struct json *cluster, const struct json *resources, struct json *findings)
{
	struct map known = { 0 };

	if (!words(cluster, "dashboardUrl", NULL) && !words(cluster, "dashboardApp", NULL))
		return;
	if (json_len(findings))
		know_objects(mem, &known, resources);
	for (size_t i = 0; i < json_len(findings); i++) {
		struct json *about = json_get(findings->a.items[i], "object");
		struct dashboard_object o = { words(about, "kind", ""), words(about, "namespace", ""), words(about, "name", ""),
					      NULL };
		const char *url;

		o.object = map_get(&known, object_name(mem, o.kind, o.ns, o.name));
		url = dashboard_url(mem, cluster, &o);
		if (url && json_is(about, JSON_OBJECT))
			json_set(mem, about, "dashboard", json_str(mem, url));
	}
}
