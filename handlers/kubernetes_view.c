/* What is wrong and where, over all clusters that were asked. */
#include "handlers/kubernetes_view.h"

#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "handlers/links.h"
#include "kubernetes/dashboard.h"

/* Between two looks an answer grows a little old; that is how it is meant, and no reason to worry anybody. */
enum { FINDINGS_SHOWN = 200, LATE_MS = 60000 };

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text ? text : ""));
}

static void set_num(struct arena *mem, struct json *v, const char *key, double n)
{
	json_set(mem, v, key, json_num(mem, n));
}

static void add(struct arena *mem, struct json *v, const char *key, double n)
{
	set_num(mem, v, key, json_get_num(v, key, 0) + n);
}

static const char *cluster_name(const struct json *item)
{
	return json_get_text(json_get(item, "cluster"), "name", "");
}

const char *kubernetes_type(const char *kind)
{
	static const char *const types[][2] = {
		{ "Pod", "pods" },
		{ "Deployment", "deployments" },
		{ "ReplicaSet", "replicasets" },
		{ "StatefulSet", "statefulsets" },
		{ "DaemonSet", "daemonsets" },
		{ "Service", "services" },
		{ "Ingress", "ingresses" },
		{ "Job", "jobs" },
		{ "CronJob", "cronjobs" },
		{ "HorizontalPodAutoscaler", "horizontalpodautoscalers" },
		{ "ConfigMap", "configmaps" },
		{ "Secret", "secrets" },
		{ "LimitRange", "limitranges" },
		{ "ResourceQuota", "resourcequotas" },
		{ "PersistentVolume", "persistentvolumes" },
		{ "PersistentVolumeClaim", "persistentvolumeclaims" },
	};

	for (size_t i = 0; i < LEN(types); i++)
		if (streq(types[i][0], kind))
			return types[i][1];
	return NULL;
}

/* ---- clusters ---- */

static int state_rank(const char *state)
{
	static const char *const states[] = { "fresh", "partly", "stale", "pending", "down", "locked" };
	int i = 0;

	while (i < (int)LEN(states) - 1 && !streq(states[i], state))
		i++;
	return i;
}

/* Of a list that did not come something older may be shown: how old, in words. */
static const char *late_text(struct arena *mem, const struct json *e)
{
	int64_t at;

	if (!clock_parse(json_get_text(e, "at", ""), &at))
		return "";
	return arena_printf(mem, "; what is shown of it is %lld s old", (long long)((clock_wall_ms() - at) / 1000));
}

static const char *error_text(struct arena *mem, const struct json *e)
{
	const char *message = json_get_text(e, "message", NULL);

	if (message)
		return arena_printf(mem, "%s%s", message, late_text(mem, e));
	return arena_printf(mem, "%s (%.0f) at %s%s", json_get_text(e, "errorType", "An error"),
			    json_get_num(e, "statusCode", 0), json_get_text(e, "resourcePath", "?"), late_text(mem, e));
}

/* A kind that a cluster does not have is no trouble: custom resources are asked for everywhere, and installed here and there.
 */
static bool is_trouble(const struct json *e)
{
	return json_get_num(e, "statusCode", 0) != 404;
}

/* Each once: of the parts of a system, all meet the same cluster. */
static void add_errors(struct arena *mem, struct json *list, const struct json *errors)
{
	for (size_t i = 0; json_is(errors, JSON_ARRAY) && i < errors->a.n; i++) {
		const char *text = error_text(mem, errors->a.items[i]);
		bool known = !is_trouble(errors->a.items[i]);

		for (size_t j = 0; j < list->a.n; j++)
			known = known || streq(json_text(list->a.items[j], ""), text);
		if (!known)
			json_push(mem, list, json_str(mem, text));
	}
}

/* Did it answer, but with errors? That nothing came at all is another kind of error. */
static bool is_refused(const struct json *errors)
{
	for (size_t i = 0; json_is(errors, JSON_ARRAY) && i < errors->a.n; i++)
		if (is_trouble(errors->a.items[i]) && !streq(json_get_text(errors->a.items[i], "errorType", ""), "FETCH_ERROR"))
			return true;
	return false;
}

static struct json *new_cluster(struct arena *mem, const struct json *item)
{
	static const struct dashboard_object whole = { 0 };
	const struct json *of = json_get(item, "cluster");
	const char *name = cluster_name(item), *dashboard = dashboard_url(mem, of, &whole);
	struct json *c = json_object(mem);

	set_text(mem, c, "name", name);
	set_text(mem, c, "title", json_get_text(of, "title", name));
	set_text(mem, c, "state", "fresh");
	set_text(mem, c, "dashboard", dashboard);
	json_set(mem, c, "errors", json_array(mem));
	json_set(mem, c, "lock", json_null(mem));
	set_num(mem, c, "age", 0);
	set_num(mem, c, "bad", 0);
	set_num(mem, c, "warn", 0);
	return c;
}

static bool has_trouble(const struct json *errors)
{
	for (size_t i = 0; json_is(errors, JSON_ARRAY) && i < errors->a.n; i++)
		if (is_trouble(errors->a.items[i]))
			return true;
	return false;
}

static void add_item(struct arena *mem, struct json *c, const struct json *item)
{
	const char *state = json_get_text(item, "state", "down");
	double age = json_get_num(item, "age", 0);
	bool failed = has_trouble(json_get(item, "errors"));

	if (streq(state, "stale") && age < LATE_MS && !failed)
		state = "fresh";
	if ((streq(state, "fresh") || streq(state, "stale")) && is_refused(json_get(item, "errors")))
		state = "partly";
	if (state_rank(state) > state_rank(json_get_text(c, "state", "")))
		set_text(mem, c, "state", state);
	if (age > json_get_num(c, "age", 0))
		set_num(mem, c, "age", age);
	add_errors(mem, json_get(c, "errors"), json_get(item, "errors"));
	if (json_get(item, "lock"))
		json_set(mem, c, "lock", json_get(item, "lock"));
}

/* ---- findings ---- */

static const char *object_url(struct arena *mem, const char *ref, const char *cluster, const char *ns, const char *kind,
			      const char *name)
{
	return link_kubernetes(mem, ref, "object",
			       arena_printf(mem, "cluster=%s&ns=%s&object=%s/%s", link_encode(mem, cluster),
					    link_encode(mem, ns), link_encode(mem, kind), link_encode(mem, name)));
}

static const char *finding_ref(const struct json *f, const char *ref)
{
	return ref ? ref : json_get_text(json_get(f, "entity"), "ref", NULL);
}

static struct json *finding(struct arena *mem, const struct json *found, const struct json *c, const char *ref)
{
	const char *severity = json_get_text(found, "severity", "info"), *name = json_get_text(c, "name", "");
	const struct json *object = json_get(found, "object"), *logs = json_get(found, "logs");
	const char *ns = json_get_text(object, "namespace", ""), *to = finding_ref(found, ref);
	struct json *f = json_copy(mem, found);

	set_text(mem, f, "tone", streq(severity, "error") ? "bad" : streq(severity, "warning") ? "warn" : "info");
	set_text(mem, f, "cluster", name);
	set_text(mem, f, "cluster_title", json_get_text(c, "title", name));
	set_text(mem, f, "url",
		 to ? object_url(mem, to, name, ns, json_get_text(object, "kind", ""), json_get_text(object, "name", "")) : "");
	set_text(mem, f, "log_url",
		 to && logs
			 ? link_kubernetes(mem, to, "log",
					   arena_printf(mem, "cluster=%s&ns=%s&pod=%s&container=%s%s", link_encode(mem, name),
							link_encode(mem, ns), link_encode(mem, json_get_text(logs, "pod", "")),
							link_encode(mem, json_get_text(logs, "container", "")),
							json_get_bool(logs, "previous", false) ? "&previous=1" : ""))
			 : "");
	return f;
}

static const char *finding_key(struct arena *mem, const struct json *f)
{
	const struct json *o = json_get(f, "object");

	return arena_printf(mem, "%s|%s|%s|%s|%s|%s", json_get_text(f, "cluster", ""), json_get_text(f, "id", ""),
			    json_get_text(o, "kind", ""), json_get_text(o, "namespace", ""), json_get_text(o, "name", ""),
			    json_get_text(f, "container", ""));
}

/* Is it about what owns pods? Then the pods' own findings say why. */
static bool is_effect(const struct json *f)
{
	static const char *const kinds[] = { "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Service" };
	const char *kind = json_get_text(json_get(f, "object"), "kind", "");

	for (size_t i = 0; i < LEN(kinds); i++)
		if (streq(kinds[i], kind))
			return true;
	return false;
}

/* Those of one tone, causes or effects; what two questions to a cluster find twice is told once. */
static void add_findings(struct arena *mem, struct json *view, const struct json *items, const struct map *clusters,
			 const char *ref, const char *tone, bool effects)
{
	struct json *list = json_get(view, streq(tone, "info") ? "notes" : "findings");
	struct map seen = { 0 };

	for (size_t i = 0; i < json_len(items); i++) {
		struct json *c = map_get(clusters, cluster_name(items->a.items[i]));
		const struct json *all = json_get(items->a.items[i], "findings");

		for (size_t j = 0; json_is(all, JSON_ARRAY) && j < all->a.n; j++) {
			struct json *f = finding(mem, all->a.items[j], c, ref);
			const char *key = finding_key(mem, f);

			if (!streq(json_get_text(f, "tone", ""), tone) || is_effect(f) != effects ||
			    map_put(mem, &seen, key, f))
				continue;
			add(mem, c, tone, 1);
			add(mem, view, tone, 1);
			set_text(mem, f, "key", key);
			if (!ref || list->a.n < FINDINGS_SHOWN)
				json_push(mem, list, f);
		}
	}
}

/* Plugins whose rules have not spoken, or not about all: each once, with the first reason. */
static void add_rules(struct arena *mem, struct json *view, const struct json *items)
{
	struct json *list = json_get(view, "rules");
	struct map seen = { 0 };

	for (size_t i = 0; i < json_len(items); i++) {
		const struct json *rules = json_get(items->a.items[i], "rules");

		for (size_t j = 0; json_is(rules, JSON_ARRAY) && j < rules->a.n; j++) {
			struct json *r = rules->a.items[j];
			const char *state = json_get_text(r, "state", "");

			if (streq(state, "pending"))
				json_set(mem, view, "judging", json_bool(mem, true));
			if (streq(state, "failed") && !map_put(mem, &seen, json_get_text(r, "plugin", ""), r))
				json_push(mem, list, r);
		}
	}
}

struct json *kubernetes_view(struct arena *mem, const struct json *items, const char *ref)
{
	static const char *const tones[] = { "bad", "warn", "info" };
	struct json *view = json_object(mem), *list = json_array(mem), *well = json_array(mem);
	struct map clusters = { 0 };
	double pending = 0, locked = 0;

	json_set(mem, view, "findings", json_array(mem));
	json_set(mem, view, "notes", json_array(mem));
	json_set(mem, view, "clusters", list);
	for (size_t i = 0; i < json_len(items); i++) {
		const struct json *item = items->a.items[i];
		struct json *c = map_get(&clusters, cluster_name(item));

		if (!c) {
			c = new_cluster(mem, item);
			map_put(mem, &clusters, json_get_text(c, "name", ""), c);
			json_push(mem, list, c);
		}
		add_item(mem, c, item);
	}
	for (size_t i = 0; i < LEN(tones); i++) {
		set_num(mem, view, tones[i], 0);
		add_findings(mem, view, items, &clusters, ref, tones[i], false);
		add_findings(mem, view, items, &clusters, ref, tones[i], true);
	}
	for (size_t i = 0; i < list->a.n; i++) {
		const char *state = json_get_text(list->a.items[i], "state", "");

		pending += streq(state, "pending");
		locked += streq(state, "locked");
		if (streq(state, "fresh") || streq(state, "stale"))
			json_push(mem, well, json_get(list->a.items[i], "title"));
	}
	json_set(mem, view, "judging", json_bool(mem, false));
	json_set(mem, view, "rules", json_array(mem));
	add_rules(mem, view, items);
	set_num(mem, view, "pending", pending);
	set_num(mem, view, "locked", locked);
	set_num(mem, view, "well", (double)well->a.n);
	json_set(mem, view, "well_in", well);
	return view;
}
