/* Cron jobs: suspended ones, those whose last run failed, and those that are late. */
#include "base/clock.h"
#include "kubernetes/detect_private.h"
#include "kubernetes/schedule.h"

enum {
	LATE_MS = 2 * 60 * 1000, /* a controller that has much to do may take so long */
	DAY_MS = 24 * 60 * 60 * 1000,
	MISSED_MOST = 100, /* more are not counted, by controllers neither */
	LOOKS_EACH_S = 10,
};

/* ---- runs ---- */

static const char *begun(const struct json *job)
{
	return words(json_get(job, "status"), "startTime", words(json_get(job, "metadata"), "creationTimestamp", ""));
}

/* The last run that was begun, of those that are still there. */
static const struct json *last_run(const struct finder *f, const struct json *cronjob)
{
	const struct json *meta = json_get(cronjob, "metadata"), *jobs = f->o->jobs, *last = NULL;

	for (size_t i = 0; json_is(jobs, JSON_ARRAY) && i < jobs->a.n; i++) {
		const struct json *job = jobs->a.items[i];
		const char *owner = owner_of(job, "CronJob");

		if (owner && streq(owner, words(meta, "name", "")) &&
		    streq(words(json_get(job, "metadata"), "namespace", ""), words(meta, "namespace", "")) &&
		    (!last || strcmp(begun(job), begun(last)) > 0))
			last = job;
	}
	return last;
}

/* ---- late ones ---- */

/* Does a time stand in the schedule? If not, the schedule has changed since, or is of a zone that the object does not name. */
static bool is_planned(const struct finder *f, const char *schedule, const char *zone, int64_t ms)
{
	return str_starts(schedule, "@every ") || schedule_next_ms(f->mem, schedule, zone, ms - 1) == ms;
}

/* The first time that was due, and has passed without a run; -1: none. */
static int64_t first_missed(const struct finder *f, const struct json *object, int *missed)
{
	const struct json *spec = json_get(object, "spec");
	const char *schedule = words(spec, "schedule", ""), *zone = words(spec, "timeZone", NULL);
	const char *last = words(json_get(object, "status"), "lastScheduleTime", NULL), *made = created(object);
	/* Of one that has never run nobody knows by which clock it would. */
	int64_t grace = last || zone ? LATE_MS : DAY_MS, ms, first = -1;

	*missed = 0;
	if (!clock_parse(last ? last : made ? made : "", &ms) || (last && !is_planned(f, schedule, zone, ms)))
		return -1;
	while (*missed <= MISSED_MOST) {
		ms = schedule_next_ms(f->mem, schedule, zone, ms);
		if (ms < 0 || ms + grace > f->o->now_ms)
			break;
		first = *missed ? first : ms;
		++*missed;
	}
	return first;
}

static const char *running(const struct json *object)
{
	const struct json *list = array_at(object, "status", "active");

	return list && list->a.n ? words(list->a.items[0], "name", "which has no name") : NULL;
}

/* Why it was so, as far as the object itself says. */
static const char *late_reason(struct finder *f, const struct json *object, int missed)
{
	const struct json *spec = json_get(object, "spec");
	double deadline = json_get_num(spec, "startingDeadlineSeconds", -1);

	if (running(object) && streq(words(spec, "concurrencyPolicy", ""), "Forbid"))
		return arena_printf(f->mem, "The run of before, %s, still goes on, and concurrencyPolicy is Forbid.",
				    running(object));
	if (deadline >= 0 && deadline < LOOKS_EACH_S)
		return arena_printf(f->mem,
				    "Controllers look every %d s, and startingDeadlineSeconds is %.0f: runs may be left out.",
				    LOOKS_EACH_S, deadline);
	if (deadline >= 0)
		return arena_printf(f->mem, "What is more than %.0f s late is left out (startingDeadlineSeconds).", deadline);
	if (missed > MISSED_MOST)
		return "After so many, some controllers begin none any more until startingDeadlineSeconds is set.";
	return "The controller does not begin it, or cannot.";
}

static void find_late(struct finder *f, const struct json *object, struct about a)
{
	int missed;
	int64_t first = first_missed(f, object, &missed);
	char at[25];

	if (first < 0)
		return;
	clock_format(first, at);
	memcpy(at + strlen("2026-11-22T11:30"), ":00Z", sizeof(":00Z"));
	a.since = at;
	if (running(object) && streq(words(json_get(object, "spec"), "concurrencyPolicy", ""), "Forbid"))
		a.severity = "info";
	found(f, "cronjob-late", &a, "The run of %.10s %.5s UTC has not begun%s. %s", at, at + 11,
	      missed > MISSED_MOST ? ", nor more than a hundred after it"
	      : missed > 1         ? arena_printf(f->mem, ", nor %d after it", missed - 1)
				   : "",
	      late_reason(f, object, missed));
}

/* What the controller itself says of missed runs. */
static bool is_said_to_be_late(struct finder *f, struct about a)
{
	static const char *const late[] = { "MissSchedule", "FailedNeedsStart", "TooManyMissedTimes", "JobAlreadyActive" };

	for (size_t i = 0; i < LEN(late); i++) {
		const struct json *e = event_of(f, &a, late[i]);

		if (!e)
			continue;
		a.since = words(e, "firstTimestamp", NULL);
		a.reason = late[i];
		found(f, "cronjob-late", &a, "Runs did not begin when they should have: %s", words(e, "message", late[i]));
		return true;
	}
	return false;
}

void detect_cronjob(struct finder *f, const struct json *object)
{
	struct about a = { .object = object, .kind = "CronJob", .api = "batch/v1" };
	const struct json *last = last_run(f, object);

	if (json_get_bool(json_get(object, "spec"), "suspend", false)) {
		found(f, "cronjob-suspended", &a, "It does not run while it is suspended.");
		return;
	}
	if (condition_is(last, "Failed", "True")) {
		a.since = words(condition_of(last, "Failed"), "lastTransitionTime", NULL);
		found(f, "cronjob-last-run-failed", &a, "The last run, %s, has failed.",
		      words(json_get(last, "metadata"), "name", "which has no name"));
	}
	a.since = NULL;
	if (!is_said_to_be_late(f, a))
		find_late(f, object, a);
}
