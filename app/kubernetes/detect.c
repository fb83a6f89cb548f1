/* What is wrong with objects of Kubernetes: putting findings together. */
#include "kubernetes/detect_private.h"

#include <stdlib.h>

#include "base/clock.h"

enum { EVENTS_SHOWN = 5, MESSAGE_MOST = 2000 };

static const struct {
	const char *id, *severity, *title, *advice[ADVICE_MOST];
} kinds[] = {
#define FINDING(id, severity, title, ...) { id, severity, title, { __VA_ARGS__ } },
#include "kubernetes/findings.def"
#undef FINDING
};

/* ---- looking ---- */

const char *words(const struct json *object, const char *key, const char *dflt)
{
	const char *text = json_get_text(object, key, NULL);

	return text && *text ? text : dflt;
}

const struct json *array_at(const struct json *object, const char *a, const char *b)
{
	const struct json *v = json_path(object, a, b, NULL);

	return json_is(v, JSON_ARRAY) ? v : NULL;
}

const struct json *condition_of(const struct json *object, const char *type)
{
	const struct json *list = array_at(object, "status", "conditions");

	for (size_t i = 0; i < json_len(list); i++)
		if (streq(json_get_text(list->a.items[i], "type", ""), type))
			return list->a.items[i];
	return NULL;
}

bool condition_is(const struct json *object, const char *type, const char *status)
{
	return streq(json_get_text(condition_of(object, type), "status", ""), status);
}

int64_t age_of(const struct finder *f, const char *stamp)
{
	int64_t ms;

	return stamp && clock_parse(stamp, &ms) ? (f->o->now_ms > ms ? f->o->now_ms - ms : 0) : -1;
}

const char *created(const struct json *object)
{
	return json_text(json_path(object, "metadata", "creationTimestamp", NULL), NULL);
}

static const char *place_of(struct arena *mem, const char *kind, const char *ns, const char *name)
{
	return arena_printf(mem, "%s/%s/%s", kind, ns, name);
}

const char *object_key(struct arena *mem, const struct json *object)
{
	const struct json *meta = json_get(object, "metadata");

	return arena_printf(mem, "%s/%s", words(meta, "namespace", ""), words(meta, "name", ""));
}

const char *owner_of(const struct json *object, const char *kind)
{
	const struct json *owners = array_at(object, "metadata", "ownerReferences");

	for (size_t i = 0; i < json_len(owners); i++)
		if (streq(json_get_text(owners->a.items[i], "kind", ""), kind))
			return json_get_text(owners->a.items[i], "name", NULL);
	return NULL;
}

/* ---- events ---- */

static const char *event_at(const struct json *event)
{
	return words(event, "lastTimestamp",
		     words(event, "eventTime",
			   words(json_get(event, "series"), "lastObservedTime",
				 words(json_get(event, "metadata"), "creationTimestamp", ""))));
}

void finder_sort_events(struct finder *f)
{
	for (size_t i = 0; i < json_len(f->o->events); i++) {
		struct json *event = f->o->events->a.items[i];
		const struct json *ref = json_get(event, "involvedObject");
		const char *key = place_of(f->mem, words(ref, "kind", ""), words(ref, "namespace", ""), words(ref, "name", ""));
		struct json *list = map_get(&f->events, key);

		if (!list) {
			list = json_array(f->mem);
			map_put(f->mem, &f->events, key, list);
		}
		json_push(f->mem, list, event);
	}
}

static const struct json *events_of(const struct finder *f, const struct about *a)
{
	const struct json *meta = json_get(a->object, "metadata");

	return map_get(&f->events, place_of(f->mem, a->kind, words(meta, "namespace", ""), words(meta, "name", "")));
}

const struct json *event_of(const struct finder *f, const struct about *a, const char *reason)
{
	const struct json *list = events_of(f, a), *best = NULL;

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *e = list->a.items[i];

		if (streq(words(e, "reason", ""), reason) && (!best || strcmp(event_at(e), event_at(best)) > 0))
			best = e;
	}
	return best;
}

static int newer_first(const void *a, const void *b)
{
	return strcmp(event_at(*(struct json *const *)b), event_at(*(struct json *const *)a));
}

/* The newest warnings; an object that has none may still tell something. */
struct json *finder_events(const struct finder *f, const struct about *a, size_t most)
{
	const struct json *list = events_of(f, a);
	struct json *all = json_array(f->mem), *out = json_array(f->mem);

	for (size_t i = 0; i < json_len(list); i++)
		json_push(f->mem, all, list->a.items[i]);
	if (all->a.n)
		qsort(all->a.items, all->a.n, sizeof(*all->a.items), newer_first);
	for (size_t i = 0; i < all->a.n && out->a.n < most; i++) {
		const struct json *e = all->a.items[i], *count = json_get(e, "count");
		struct json *o = json_object(f->mem);

		json_set(f->mem, o, "type", json_str(f->mem, words(e, "type", "Normal")));
		json_set(f->mem, o, "reason", json_str(f->mem, words(e, "reason", "")));
		json_set(f->mem, o, "message", json_str(f->mem, words(e, "message", words(e, "note", ""))));
		json_set(f->mem, o, "count", json_num(f->mem, json_is(count, JSON_NUMBER) ? count->num : 1));
		json_set(f->mem, o, "at", json_str(f->mem, event_at(e)));
		json_push(f->mem, out, o);
	}
	return out;
}

/* ---- findings ---- */

static struct json *object_json(struct arena *mem, const struct about *a)
{
	const struct json *meta = json_get(a->object, "metadata"), *labels = json_get(meta, "labels");
	const char *id = words(labels, "backstage.io/kubernetes-id", NULL), *ns = words(meta, "namespace", NULL);
	struct json *o = json_object(mem);

	json_set(mem, o, "kind", json_str(mem, a->kind));
	json_set(mem, o, "apiVersion", json_str(mem, a->api));
	if (ns)
		json_set(mem, o, "namespace", json_str(mem, ns));
	json_set(mem, o, "name", json_str(mem, words(meta, "name", "")));
	/* Whose it is, for pages that look at whole clusters. */
	if (id)
		json_set(mem, o, "kubernetesId", json_str(mem, id));
	return o;
}

/* Of texts, some may be about the log of the container. */
static bool is_about_logs(const char *const *advice)
{
	for (size_t i = 0; i < ADVICE_MOST && advice[i]; i++)
		if (*advice[i] == '~')
			return true;
	return false;
}

static void set_logs(struct arena *mem, struct json *o, const struct about *a)
{
	struct json *logs = json_object(mem);

	if (!a->container || !streq(a->kind, "Pod"))
		return;
	json_set(mem, logs, "pod", json_str(mem, words(json_get(a->object, "metadata"), "name", "")));
	json_set(mem, logs, "container", json_str(mem, a->container));
	json_set(mem, logs, "previous", json_bool(mem, a->previous));
	json_set(mem, o, "logs", logs);
}

static struct json *advice_json(struct arena *mem, const char *const *advice)
{
	struct json *list = json_array(mem);

	for (size_t i = 0; i < ADVICE_MOST && advice[i]; i++)
		json_push(mem, list, json_str(mem, advice[i] + (*advice[i] == '~')));
	return list;
}

struct json *finder_tell(const struct finder *f, const struct about *a, const struct told *t)
{
	struct arena *mem = f->mem;
	struct json *o = json_object(mem);

	json_set(mem, o, "id", json_str(mem, t->id));
	json_set(mem, o, "severity", json_str(mem, a->severity ? a->severity : t->severity));
	json_set(mem, o, "title", json_str(mem, t->title));
	json_set(mem, o, "message", json_strn(mem, t->message, strnlen(t->message, MESSAGE_MOST)));
	if (a->since)
		json_set(mem, o, "since", json_str(mem, a->since));
	json_set(mem, o, "object", object_json(mem, a));
	if (a->container)
		json_set(mem, o, "container", json_str(mem, a->container));
	if (a->reason && *a->reason)
		json_set(mem, o, "reason", json_str(mem, a->reason));
	if (json_is(a->exit, JSON_NUMBER))
		json_set(mem, o, "exitCode", json_num(mem, a->exit->num));
	json_set(mem, o, "advice", t->advice);
	if (t->logs)
		set_logs(mem, o, a);
	json_set(mem, o, "events", finder_events(f, a, EVENTS_SHOWN));
	return o;
}

void found(struct finder *f, const char *id, const struct about *a, const char *fmt, ...)
{
	size_t i = 0;
	va_list ap;

	while (i < LEN(kinds) && !streq(kinds[i].id, id))
		i++;
	if (i == LEN(kinds))
		abort();
	va_start(ap, fmt);
	struct told t = { .id = id,
			  .severity = kinds[i].severity,
			  .title = kinds[i].title,
			  .message = arena_vprintf(f->mem, fmt, ap),
			  .advice = advice_json(f->mem, kinds[i].advice),
			  .logs = is_about_logs(kinds[i].advice) };

	va_end(ap);
	json_push(f->mem, f->out, finder_tell(f, a, &t));
}

int detect_severity(const char *severity)
{
	static const char *const names[] = { "info", "warning", "error" };

	for (size_t i = 0; i < LEN(names); i++)
		if (severity && streq(severity, names[i]))
			return (int)i + 1;
	return 0;
}

/* ---- all of them ---- */

static void each(struct finder *f, const struct json *list, void (*detect)(struct finder *f, const struct json *object))
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		if (json_is(list->a.items[i], JSON_OBJECT))
			detect(f, list->a.items[i]);
}

static void know_jobs(struct finder *f)
{
	for (size_t i = 0; json_is(f->o->jobs, JSON_ARRAY) && i < f->o->jobs->a.n; i++)
		map_put(f->mem, &f->jobs, object_key(f->mem, f->o->jobs->a.items[i]), f->o->jobs->a.items[i]);
}

struct json *findings_by_severity(struct arena *mem, const struct json *all)
{
	struct json *out = json_array(mem);

	for (int s = 3; s >= 0; s--)
		for (size_t i = 0; i < all->a.n; i++)
			if (detect_severity(json_get_text(all->a.items[i], "severity", "")) == s)
				json_push(mem, out, all->a.items[i]);
	return out;
}

struct json *detect_findings(struct arena *mem, const struct detect_objects *o)
{
	struct finder f = { .mem = mem, .o = o, .out = json_array(mem) };

	finder_sort_events(&f);
	know_jobs(&f);
	each(&f, o->deployments, detect_deployment);
	each(&f, o->statefulsets, detect_statefulset);
	each(&f, o->daemonsets, detect_daemonset);
	each(&f, o->replicasets, detect_replicaset);
	each(&f, o->pods, detect_pod);
	each(&f, o->hpas, detect_hpa);
	each(&f, o->jobs, detect_job);
	each(&f, o->cronjobs, detect_cronjob);
	each(&f, o->services, detect_service);
	each(&f, o->ingresses, detect_ingress);
	each(&f, o->quotas, detect_quota);
	each(&f, o->claims, detect_claim);
	for (size_t i = 0; json_is(o->lists, JSON_ARRAY) && i < o->lists->a.n; i++)
		if (streq(json_get_text(o->lists->a.items[i], "type", ""), "customresources"))
			each(&f, json_get(o->lists->a.items[i], "resources"), detect_custom);
	return findings_by_severity(mem, f.out);
}

struct detect_objects detect_sorted(const struct json *resources, const struct json *events, int64_t now_ms)
{
	struct detect_objects o = { .events = json_is(events, JSON_ARRAY) ? events : NULL, .now_ms = now_ms };
	const struct {
		const char *type;
		const struct json **to;
	} types[] = {
		{ "pods", &o.pods },
		{ "services", &o.services },
		{ "deployments", &o.deployments },
		{ "replicasets", &o.replicasets },
		{ "statefulsets", &o.statefulsets },
		{ "daemonsets", &o.daemonsets },
		{ "horizontalpodautoscalers", &o.hpas },
		{ "jobs", &o.jobs },
		{ "cronjobs", &o.cronjobs },
		{ "ingresses", &o.ingresses },
		{ "resourcequotas", &o.quotas },
		{ "persistentvolumeclaims", &o.claims },
	};

	for (size_t i = 0; json_is(resources, JSON_ARRAY) && i < resources->a.n; i++) {
		const struct json *list = json_get(resources->a.items[i], "resources");
		const char *type = json_get_text(resources->a.items[i], "type", "");

		for (size_t j = 0; j < LEN(types); j++)
			if (streq(type, types[j].type) && json_is(list, JSON_ARRAY))
				*types[j].to = list;
	}
	o.lists = resources;
	return o;
}
