/* Rollouts of Argo as workloads: where a new version stands on its way. */
#include <math.h>

#include "base/buf.h"
#include "kubernetes/detect_private.h"
#include "kubernetes/rollout_private.h"

enum { STEPS_SHOWN = 50 };

#define HASH_LABEL "rollouts-pod-template-hash"

static const struct json *strategy_of(const struct json *object)
{
	return json_path(object, "spec", "strategy", NULL);
}

bool rollout_is_argo(const struct json *object)
{
	const struct json *s = strategy_of(object);

	return streq(words(object, "kind", ""), "Rollout") && str_starts(words(object, "apiVersion", ""), "argoproj.io/") &&
	       (json_is(json_get(s, "canary"), JSON_OBJECT) || json_is(json_get(s, "blueGreen"), JSON_OBJECT));
}

/* ---- steps ---- */

/* "10m", "60" or 60 (seconds). */
static const char *span(struct arena *mem, const struct json *v)
{
	const char *text = json_text(v, NULL);

	if (json_is(v, JSON_NUMBER))
		return arena_printf(mem, "%.0fs", v->num);
	if (!text || !*text)
		return NULL;
	return text[strspn(text, "0123456789")] ? text : arena_printf(mem, "%ss", text);
}

static const char *scale_text(struct arena *mem, const struct json *v)
{
	if (json_is(json_get(v, "weight"), JSON_NUMBER))
		return arena_printf(mem, "Scale to %.0f %%", json_get_num(v, "weight", 0));
	if (json_is(json_get(v, "replicas"), JSON_NUMBER))
		return arena_printf(mem, "Scale to %.0f pods", json_get_num(v, "replicas", 0));
	return "Scale with the weight";
}

static const char *analysis_text(struct arena *mem, const struct json *v)
{
	const struct json *list = json_get(v, "templates");
	struct buf b = { .mem = mem };

	buf_adds(&b, "Analysis");
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		buf_addf(&b, "%s %s", i ? "," : "", words(list->a.items[i], "templateName", "?"));
	return buf_text(&b);
}

/* What a step does; kind: its key. Steps of a kind that is not known are called what they are called. */
static const char *step_text(struct arena *mem, const char *kind, const struct json *v)
{
	const char *wait = span(mem, json_get(v, "duration"));

	if (streq(kind, "setWeight"))
		return arena_printf(mem, "Weight %.0f %%", json_is(v, JSON_NUMBER) ? v->num : 0);
	if (streq(kind, "pause"))
		return wait ? arena_printf(mem, "Pause %s", wait) : "Pause until it is promoted";
	if (streq(kind, "setCanaryScale"))
		return scale_text(mem, v);
	if (streq(kind, "analysis"))
		return analysis_text(mem, v);
	if (streq(kind, "experiment"))
		return wait ? arena_printf(mem, "Experiment, %s", wait) : "Experiment";
	if (streq(kind, "setHeaderRoute") || streq(kind, "setMirrorRoute"))
		return arena_printf(mem, "%s %s", streq(kind, "setHeaderRoute") ? "Route by header" : "Mirror",
				    words(v, "name", ""));
	if (streq(kind, "plugin"))
		return arena_printf(mem, "Plugin %s", words(v, "name", ""));
	return kind;
}

static struct json *step_row(struct arena *mem, const struct json *step, double at, double now)
{
	struct json *row = json_object(mem);
	const char *kind =
		json_is(step, JSON_OBJECT) && step->o.n ? arena_strndup(mem, step->o.m[0].key.p, step->o.m[0].key.n) : "?";
	const struct json *v = json_get(step, kind);

	json_set(mem, row, "kind", json_str(mem, kind));
	json_set(mem, row, "text", json_str(mem, step_text(mem, kind, v)));
	json_set(mem, row, "state", json_str(mem, at < now ? "done" : at == now ? "now" : "next"));
	return row;
}

/* Its steps, and how many of them are done; without a number in the status it has not begun. */
static void set_steps(struct arena *mem, struct json *out, const struct json *canary, const struct json *status)
{
	const struct json *steps = json_get(canary, "steps");
	struct json *list = json_array(mem);
	double now = json_get_num(status, "currentStepIndex", 0);

	for (size_t i = 0; json_is(steps, JSON_ARRAY) && i < steps->a.n && i < STEPS_SHOWN; i++)
		json_push(mem, list, step_row(mem, steps->a.items[i], (double)i, now));
	json_set(mem, out, "steps", list);
	json_set(mem, out, "step", json_num(mem, fmin(now, (double)json_len(steps))));
}

/* ---- where it stands ---- */

static void set_pause(struct arena *mem, struct json *out, const struct json *object)
{
	const struct json *list = array_at(object, "status", "pauseConditions"),
			  *first = list && list->a.n ? list->a.items[0] : NULL;

	rollout_text(mem, out, "pauseReason", words(first, "reason", NULL));
	rollout_text(mem, out, "pausedSince", words(first, "startTime", NULL));
}

/* What is measured right now: of the step, else of the whole way. */
static void set_analysis(struct arena *mem, struct json *out, const struct json *status)
{
	static const char *const keys[][2] = { { "canary", "currentStepAnalysisRunStatus" },
					       { "canary", "currentBackgroundAnalysisRunStatus" },
					       { "blueGreen", "prePromotionAnalysisRunStatus" },
					       { "blueGreen", "postPromotionAnalysisRunStatus" } };

	for (size_t i = 0; i < LEN(keys); i++) {
		const struct json *v = json_path(status, keys[i][0], keys[i][1], NULL);
		struct json *o = json_object(mem);

		if (!words(v, "name", NULL))
			continue;
		json_set(mem, o, "name", json_str(mem, words(v, "name", "")));
		rollout_text(mem, o, "status", words(v, "status", NULL));
		rollout_text(mem, o, "message", words(v, "message", NULL));
		json_set(mem, out, "analysis", o);
		return;
	}
}

/* Of the traffic that goes to the new version; not known without a router. */
static void set_weight(struct arena *mem, struct json *out, const struct json *status)
{
	const struct json *v = json_path(status, "canary", "weights", "canary", "weight", NULL);

	if (json_is(v, JSON_NUMBER))
		json_set(mem, out, "weight", json_num(mem, v->num));
}

/* ---- versions ---- */

static const char *hash_of(const struct json *object)
{
	return json_text(json_path(object, "metadata", "labels", HASH_LABEL, NULL), "");
}

static const char *role_of(const struct json *status, bool canary, const char *hash)
{
	const struct json *colours = json_get(status, "blueGreen");

	if (!canary && streq(hash, words(colours, "activeSelector", "?")))
		return "active";
	if (!canary && streq(hash, words(colours, "previewSelector", "?")))
		return "preview";
	if (streq(hash, words(status, "stableRS", "?")))
		return "stable";
	return streq(hash, words(status, "currentPodHash", "?")) ? (canary ? "canary" : "preview") : "old";
}

static struct json *version_row(const struct rollout *r, const struct json *set, const char *role)
{
	struct json *row = rollout_row(r->mem, set);

	json_set(r->mem, row, "role", json_str(r->mem, role));
	rollout_text(r->mem, row, "revision",
		     json_text(json_path(set, "metadata", "annotations", "rollout.argoproj.io/revision", NULL), NULL));
	json_set(r->mem, row, "images", rollout_images(r->mem, json_path(set, "spec", "template", "spec", NULL)));
	json_set(r->mem, row, "desired", json_num(r->mem, json_get_num(json_get(set, "spec"), "replicas", 0)));
	json_set(r->mem, row, "ready", json_num(r->mem, json_get_num(json_get(set, "status"), "readyReplicas", 0)));
	return row;
}

/* Its replica sets, the one that comes first; old ones without pods are history. */
static struct json *versions_of(const struct rollout *r, const struct json *object, bool canary)
{
	static const char *const roles[] = { "canary", "preview", "stable", "active", "old" };
	const struct json *sets = rollout_items(r, "replicasets"), *meta = json_get(object, "metadata"),
			  *status = json_get(object, "status");
	struct json *out = json_array(r->mem);

	for (size_t k = 0; k < LEN(roles); k++)
		for (size_t i = 0; i < json_len(sets); i++) {
			const struct json *set = sets->a.items[i];
			const char *owner = owner_of(set, "Rollout"), *role = role_of(status, canary, hash_of(set));

			if (!owner || !streq(owner, words(meta, "name", "")) || !streq(role, roles[k]) ||
			    !streq(words(json_get(set, "metadata"), "namespace", ""), words(meta, "namespace", "")))
				continue;
			if (!streq(role, "old") || json_get_num(json_get(set, "status"), "replicas", 0) > 0)
				json_push(r->mem, out, version_row(r, set, role));
		}
	return out;
}

/* ---- all ---- */

struct json *rollout_argo(const struct rollout *r, const struct json *object)
{
	const struct json *canary = json_get(strategy_of(object), "canary"),
			  *colours = json_get(strategy_of(object), "blueGreen"), *status = json_get(object, "status");
	bool is_canary = json_is(canary, JSON_OBJECT);
	struct json *o = json_object(r->mem);

	json_set(r->mem, o, "strategy", json_str(r->mem, is_canary ? "canary" : "blueGreen"));
	rollout_text(r->mem, o, "phase", words(status, "phase", NULL));
	rollout_text(r->mem, o, "message", words(status, "message", NULL));
	json_set(r->mem, o, "aborted", json_bool(r->mem, json_get_bool(status, "abort", false)));
	set_pause(r->mem, o, object);
	set_analysis(r->mem, o, status);
	if (is_canary) {
		set_steps(r->mem, o, canary, status);
		set_weight(r->mem, o, status);
	} else {
		rollout_text(r->mem, o, "activeService", words(colours, "activeService", NULL));
		rollout_text(r->mem, o, "previewService", words(colours, "previewService", NULL));
	}
	json_set(r->mem, o, "versions", versions_of(r, object, is_canary));
	return o;
}
