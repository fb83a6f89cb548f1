/* Jobs and what starts them, and custom resources, as rows. */
#include <stdlib.h>

#include "base/clock.h"
#include "kubernetes/detect_private.h"
#include "kubernetes/rollout_private.h"
#include "kubernetes/schedule.h"

enum { RUNS_SHOWN = 10 };

/* ---- jobs ---- */

static const char *job_state(const struct json *job)
{
	if (condition_is(job, "Complete", "True"))
		return "done";
	if (condition_is(job, "Failed", "True"))
		return "failed";
	return json_get_num(json_get(job, "status"), "active", 0) > 0 ? "running" : "waits";
}

static void set_times(struct arena *mem, struct json *row, const struct json *job)
{
	const struct json *status = json_get(job, "status");

	rollout_text(mem, row, "since", words(status, "startTime", created(job)));
	rollout_text(mem, row, "until",
		     words(status, "completionTime", words(condition_of(job, "Failed"), "lastTransitionTime", NULL)));
}

struct json *rollout_jobs(const struct rollout *r)
{
	const struct json *list = rollout_items(r, "jobs");
	struct json *out = json_array(r->mem);

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *job = list->a.items[i];
		struct json *row = rollout_row(r->mem, job), *owner = rollout_owner(r->mem, job);

		json_set(r->mem, row, "state", json_str(r->mem, job_state(job)));
		set_times(r->mem, row, job);
		if (owner)
			json_set(r->mem, row, "owner", owner);
		json_set(r->mem, row, "pods", rollout_pods_of(r, "Job", job));
		json_push(r->mem, out, row);
	}
	return out;
}

static int newest_first(const void *a, const void *b)
{
	return strcmp(json_get_text(*(struct json *const *)b, "since", ""),
		      json_get_text(*(struct json *const *)a, "since", ""));
}

static struct json *runs_of(const struct rollout *r, const struct json *cronjob)
{
	const struct json *jobs = rollout_items(r, "jobs"), *meta = json_get(cronjob, "metadata");
	struct json *out = json_array(r->mem);

	for (size_t i = 0; i < json_len(jobs); i++) {
		const struct json *job = jobs->a.items[i];
		const char *owner = owner_of(job, "CronJob");
		struct json *row;

		if (!owner || !streq(owner, words(meta, "name", "")) ||
		    !streq(words(json_get(job, "metadata"), "namespace", ""), words(meta, "namespace", "")))
			continue;
		row = json_object(r->mem);
		json_set(r->mem, row, "name", json_str(r->mem, words(json_get(job, "metadata"), "name", "")));
		json_set(r->mem, row, "state", json_str(r->mem, job_state(job)));
		set_times(r->mem, row, job);
		json_push(r->mem, out, row);
	}
	if (out->a.n)
		qsort(out->a.items, out->a.n, sizeof(*out->a.items), newest_first);
	if (out->a.n > RUNS_SHOWN)
		out->a.n = RUNS_SHOWN;
	return out;
}

/* Counted from the last run, where that is what the schedule counts from ("@every 2h"). NULL: it does not run, or nobody knows.
 */
static const char *next_run(const struct rollout *r, const struct json *cronjob)
{
	const struct json *spec = json_get(cronjob, "spec"), *status = json_get(cronjob, "status");
	const char *schedule = words(spec, "schedule", NULL);
	char *out = arena_alloc(r->mem, 25);
	int64_t from = r->now_ms, last, at;

	if (!schedule || json_get_bool(spec, "suspend", false))
		return NULL;
	if (str_starts(schedule, "@every") && clock_parse(words(status, "lastScheduleTime", created(cronjob)), &last))
		from = last;
	at = schedule_next_ms(r->mem, schedule, words(spec, "timeZone", NULL), from);
	if (at < 0)
		return NULL;
	clock_format(at, out);
	return out;
}

struct json *rollout_cronjobs(const struct rollout *r)
{
	const struct json *list = rollout_items(r, "cronjobs");
	struct json *out = json_array(r->mem);

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *c = list->a.items[i], *spec = json_get(c, "spec"), *status = json_get(c, "status");
		struct json *row = rollout_row(r->mem, c);

		json_set(r->mem, row, "schedule", json_str(r->mem, words(spec, "schedule", "")));
		rollout_text(r->mem, row, "timeZone", words(spec, "timeZone", NULL));
		rollout_text(r->mem, row, "words", schedule_words(r->mem, words(spec, "schedule", NULL)));
		json_set(r->mem, row, "suspended", json_bool(r->mem, json_get_bool(spec, "suspend", false)));
		rollout_text(r->mem, row, "last", words(status, "lastScheduleTime", NULL));
		rollout_text(r->mem, row, "next", next_run(r, c));
		json_set(r->mem, row, "active", json_num(r->mem, (double)json_len(array_at(c, "status", "active"))));
		json_set(r->mem, row, "runs", runs_of(r, c));
		json_push(r->mem, out, row);
	}
	return out;
}

/* ---- custom resources ---- */

static const char *condition_text(struct arena *mem, const struct json *object)
{
	static const char *const types[] = { "Ready", "Available", "Healthy", "Synced" };

	for (size_t i = 0; i < LEN(types); i++) {
		const struct json *c = condition_of(object, types[i]);

		if (c)
			return arena_printf(mem, "%s: %s", types[i], words(c, "status", "?"));
	}
	return words(json_get(object, "status"), "phase", NULL);
}

struct json *rollout_customs(const struct rollout *r)
{
	struct json *out = json_array(r->mem);

	for (size_t i = 0; json_is(r->resources, JSON_ARRAY) && i < r->resources->a.n; i++) {
		const struct json *one = r->resources->a.items[i], *list = json_get(one, "resources");
		bool custom = streq(json_get_text(one, "type", ""), "customresources");

		for (size_t j = 0; custom && json_is(list, JSON_ARRAY) && j < list->a.n; j++) {
			const struct json *object = list->a.items[j];
			struct json *row;

			if (!json_is(object, JSON_OBJECT) || rollout_is_argo(object))
				continue;
			row = rollout_row(r->mem, object);
			json_set(r->mem, row, "kind", json_str(r->mem, words(object, "kind", "Object")));
			rollout_text(r->mem, row, "condition", condition_text(r->mem, object));
			json_push(r->mem, out, row);
		}
	}
	return out;
}
