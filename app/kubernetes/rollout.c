/* What runs: workloads, and which versions of them are where. */
#include "kubernetes/rollout_private.h"

#include "base/list.h"
#include "kubernetes/detect_private.h"

const struct json *rollout_items(const struct rollout *r, const char *type)
{
	for (size_t i = 0; json_is(r->resources, JSON_ARRAY) && i < r->resources->a.n; i++) {
		const struct json *one = r->resources->a.items[i], *list = json_get(one, "resources");

		if (streq(json_get_text(one, "type", ""), type) && json_is(list, JSON_ARRAY))
			return list;
	}
	return NULL;
}

const char *rollout_key(struct arena *mem, const char *kind, const struct json *object)
{
	return arena_printf(mem, "%s/%s", kind, object_key(mem, object));
}

void rollout_text(struct arena *mem, struct json *o, const char *key, const char *value)
{
	if (value && *value)
		json_set(mem, o, key, json_str(mem, value));
}

struct json *rollout_row(struct arena *mem, const struct json *object)
{
	const struct json *meta = json_get(object, "metadata");
	struct json *o = json_object(mem);

	rollout_text(mem, o, "namespace", words(meta, "namespace", NULL));
	json_set(mem, o, "name", json_str(mem, words(meta, "name", "")));
	rollout_text(mem, o, "kubernetesId", words(json_get(meta, "labels"), "backstage.io/kubernetes-id", NULL));
	rollout_text(mem, o, "since", created(object));
	return o;
}

struct json *rollout_owner(struct arena *mem, const struct json *object)
{
	const struct json *owners = array_at(object, "metadata", "ownerReferences"),
			  *first = owners && owners->a.n ? owners->a.items[0] : NULL;
	struct json *o;

	if (!json_is(first, JSON_OBJECT))
		return NULL;
	o = json_object(mem);
	json_set(mem, o, "kind", json_str(mem, words(first, "kind", "")));
	json_set(mem, o, "name", json_str(mem, words(first, "name", "")));
	return o;
}

static void add_image(struct arena *mem, struct json *list, const char *image)
{
	for (size_t i = 0; i < list->a.n; i++)
		if (streq(json_text(list->a.items[i], ""), image))
			return;
	json_push(mem, list, json_str(mem, image));
}

struct json *rollout_images(struct arena *mem, const struct json *spec)
{
	const struct json *all = json_get(spec, "containers");
	struct json *list = json_array(mem);

	for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++)
		if (words(all->a.items[i], "image", NULL))
			add_image(mem, list, words(all->a.items[i], "image", ""));
	return list;
}

/* ---- workloads ---- */

struct work_kind {
	const char *type, *kind;
	const char *desired, *ready, *updated, *available; /* of the status, but for desired of spec.replicas (NULL) */
};
static const struct work_kind work_kinds[] = {
	{ "deployments", "Deployment", NULL, "readyReplicas", "updatedReplicas", "availableReplicas" },
	{ "statefulsets", "StatefulSet", NULL, "readyReplicas", "updatedReplicas", "availableReplicas" },
	{ "daemonsets", "DaemonSet", "desiredNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable" },
	{ "replicasets", "ReplicaSet", NULL, "readyReplicas", "replicas", "availableReplicas" },
};
/* Rollouts of Argo are counted as deployments are. */
static const struct work_kind argo_kind = { "customresources", "Rollout",         NULL,
					    "readyReplicas",   "updatedReplicas", "availableReplicas" };

static void set_number(struct arena *mem, struct json *o, const char *key, double n)
{
	json_set(mem, o, key, json_num(mem, n));
}

static const char *revision_of(const struct json *object)
{
	static const char *const keys[] = { "deployment.kubernetes.io/revision", "rollout.argoproj.io/revision" };
	const struct json *annotations = json_path(object, "metadata", "annotations", NULL);

	for (size_t i = 0; i < LEN(keys); i++)
		if (words(annotations, keys[i], NULL))
			return words(annotations, keys[i], NULL);
	return words(json_get(object, "status"), "updateRevision", NULL);
}

static struct json *work_row(const struct rollout *r, const struct work_kind *k, const struct json *object)
{
	const struct json *spec = json_get(object, "spec"), *status = json_get(object, "status");
	struct json *o = rollout_row(r->mem, object);

	json_set(r->mem, o, "kind", json_str(r->mem, k->kind));
	json_set(r->mem, o, "apiVersion", json_str(r->mem, "apps/v1"));
	json_set(r->mem, o, "images", rollout_images(r->mem, json_path(spec, "template", "spec", NULL)));
	set_number(r->mem, o, "desired", k->desired ? json_get_num(status, k->desired, 0) : json_get_num(spec, "replicas", 1));
	set_number(r->mem, o, "ready", json_get_num(status, k->ready, 0));
	set_number(r->mem, o, "updated", json_get_num(status, k->updated, 0));
	set_number(r->mem, o, "available", json_get_num(status, k->available, 0));
	json_set(r->mem, o, "paused", json_bool(r->mem, json_get_bool(spec, "paused", false)));
	rollout_text(r->mem, o, "revision", revision_of(object));
	rollout_scaler(r, o, k->kind, object);
	json_set(r->mem, o, "pods", rollout_pods_of(r, k->kind, object));
	return o;
}

/* Of a rollout that is here, and tells of its versions itself. */
static bool owned_by_argo(const struct rollout *r, const struct json *set)
{
	const char *name = owner_of(set, argo_kind.kind), *ns = words(json_get(set, "metadata"), "namespace", "");

	return name && map_get(&r->owners, arena_printf(r->mem, "%s/%s/%s", argo_kind.kind, ns, name));
}

static struct json *workloads(const struct rollout *r)
{
	struct json *out = json_array(r->mem);

	for (size_t i = 0; i < LEN(work_kinds); i++) {
		const struct json *list = rollout_items(r, work_kinds[i].type);

		for (size_t j = 0; j < json_len(list); j++) {
			const struct json *object = list->a.items[j];

			/* Those of a deployment stand for its versions, of which it tells itself. */
			if (json_is(object, JSON_OBJECT) && !owner_of(object, "Deployment") && !owned_by_argo(r, object))
				json_push(r->mem, out, work_row(r, &work_kinds[i], object));
		}
	}
	for (size_t i = 0; i < r->argo.n; i++) {
		struct json *row = work_row(r, &argo_kind, r->argo.items[i]);

		json_set(r->mem, row, "apiVersion", json_str(r->mem, words(r->argo.items[i], "apiVersion", "")));
		json_set(r->mem, row, "argo", rollout_argo(r, r->argo.items[i]));
		json_push(r->mem, out, row);
	}
	return out;
}

/* ---- all ---- */

/* Custom resources may come in several lists. */
static void find_argo(struct rollout *r)
{
	for (size_t i = 0; json_is(r->resources, JSON_ARRAY) && i < r->resources->a.n; i++) {
		const struct json *one = r->resources->a.items[i], *list = json_get(one, "resources");
		bool custom = streq(json_get_text(one, "type", ""), argo_kind.type);

		for (size_t j = 0; custom && json_is(list, JSON_ARRAY) && j < list->a.n; j++)
			if (rollout_is_argo(list->a.items[j]))
				*list_add(r->mem, &r->argo) = list->a.items[j];
	}
}

static void know_owners(struct rollout *r)
{
	static const char *const more[][2] = { { "jobs", "Job" }, { "cronjobs", "CronJob" } };
	const char *types[LEN(work_kinds) + LEN(more)][2];
	size_t n = 0;

	for (size_t i = 0; i < LEN(work_kinds); i++, n++) {
		types[n][0] = work_kinds[i].type;
		types[n][1] = work_kinds[i].kind;
	}
	for (size_t i = 0; i < LEN(more); i++, n++) {
		types[n][0] = more[i][0];
		types[n][1] = more[i][1];
	}
	for (size_t i = 0; i < n; i++) {
		const struct json *list = rollout_items(r, types[i][0]);

		for (size_t j = 0; j < json_len(list); j++)
			map_put(r->mem, &r->owners, rollout_key(r->mem, types[i][1], list->a.items[j]), list->a.items[j]);
	}
	find_argo(r);
	for (size_t i = 0; i < r->argo.n; i++)
		map_put(r->mem, &r->owners, rollout_key(r->mem, argo_kind.kind, r->argo.items[i]), r->argo.items[i]);
}

struct json *rollout_tables(struct arena *mem, const struct json *resources, const struct json *metrics, int64_t now_ms)
{
	struct rollout r = { .mem = mem, .resources = resources, .orphans = json_array(mem), .now_ms = now_ms };
	const struct json *pods = rollout_items(&r, "pods");
	struct json *out = json_object(mem);

	for (size_t i = 0; json_is(metrics, JSON_ARRAY) && i < metrics->a.n; i++)
		map_put(mem, &r.usage, object_key(mem, json_get(metrics->a.items[i], "pod")), metrics->a.items[i]);
	know_owners(&r);
	for (size_t i = 0; i < json_len(pods); i++)
		if (json_is(pods->a.items[i], JSON_OBJECT))
			rollout_pod(&r, pods->a.items[i]);
	json_set(mem, out, "workloads", workloads(&r));
	json_set(mem, out, "pods", r.orphans);
	json_set(mem, out, "jobs", rollout_jobs(&r));
	json_set(mem, out, "cronjobs", rollout_cronjobs(&r));
	json_set(mem, out, "services", rollout_services(&r));
	json_set(mem, out, "ingresses", rollout_ingresses(&r));
	json_set(mem, out, "customs", rollout_customs(&r));
	return out;
}

/* ---- versions ---- */

static struct json *version_of(struct arena *mem, struct json *out, struct map *known, const struct json *row)
{
	static const char *const keys[] = { "kind", "namespace", "name", "kubernetesId" };
	const char *key = rollout_row_key(mem, row, "");
	struct json *o = map_get(known, key);

	if (o)
		return o;
	o = json_object(mem);
	for (size_t i = 0; i < LEN(keys); i++)
		rollout_text(mem, o, keys[i], json_get_text(row, keys[i], NULL));
	json_set(mem, o, "same", json_bool(mem, true));
	json_set(mem, o, "clusters", json_array(mem));
	map_put(mem, known, key, o);
	json_push(mem, out, o);
	return o;
}

static void add_version(struct arena *mem, struct json *o, const char *cluster, const struct json *row)
{
	static const char *const keys[] = { "images", "desired", "ready" };
	struct json *list = json_get(o, "clusters"), *one = json_object(mem);

	json_set(mem, one, "cluster", json_str(mem, cluster));
	for (size_t i = 0; i < LEN(keys); i++)
		json_set(mem, one, keys[i], json_get(row, keys[i]));
	if (list->a.n && !json_equal(json_get(list->a.items[0], "images"), json_get(one, "images")))
		json_set(mem, o, "same", json_bool(mem, false));
	json_push(mem, list, one);
}

struct json *rollout_versions(struct arena *mem, const struct json *items)
{
	struct json *all = json_array(mem), *out = json_array(mem);
	struct map known = { 0 };

	for (size_t i = 0; json_is(items, JSON_ARRAY) && i < items->a.n; i++) {
		const struct json *rows = json_path(items->a.items[i], "tables", "workloads", NULL);
		const char *cluster = words(json_get(items->a.items[i], "cluster"), "name", "");

		/* Replica sets that stand alone are versions themselves. */
		for (size_t j = 0; json_is(rows, JSON_ARRAY) && j < rows->a.n; j++)
			if (!streq(json_get_text(rows->a.items[j], "kind", ""), "ReplicaSet"))
				add_version(mem, version_of(mem, all, &known, rows->a.items[j]), cluster, rows->a.items[j]);
	}
	for (int same = 0; same < 2; same++)
		for (size_t i = 0; i < all->a.n; i++)
			if (json_get_bool(all->a.items[i], "same", true) == (bool)same)
				json_push(mem, out, all->a.items[i]);
	return out;
}
