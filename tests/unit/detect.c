/* What is found wrong with recorded objects: all that their list says, nothing else; and no shape of object breaks it. */
#include "kubernetes/detect.h"

#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/recorded.h"
#include "tests/unit/tap.h"

static struct arena mem;

static struct json *parse(struct str text)
{
	return recorded_json(&mem, text);
}

static struct json *items(const char *cluster, const char *file)
{
	return recorded_items(&mem, cluster, file);
}

static struct json *resources_of(const char *cluster, const char *hpas)
{
	return recorded_resources(&mem, cluster, hpas);
}

static struct str read_file(const char *path)
{
	return recorded_file(&mem, path);
}

static int64_t now(void)
{
	int64_t ms = 0;

	clock_parse(RECORDED_CLOCK, &ms);
	return ms;
}

/* ---- the list of what should be found ---- */

/* Not found by looking at objects: of secrets it is about what is shown; which pod of a set is one too many, no object says. */
static bool is_left_out(const char *id)
{
	return streq(id, "none") || streq(id, "secret-must-be-redacted") || streq(id, "pod-misscheduled");
}

struct line {
	const char *cluster, *ns, *kind, *name, *id, *severity;
};

static size_t read_expected(struct line *out, size_t most)
{
	struct str rest = read_file(RECORDED "/findings.tsv"), line = str_cut(&rest, '\n');
	size_t n = 0;

	while (rest.p && n < most) {
		const char *field[7] = { 0 };

		line = str_cut(&rest, '\n');
		for (size_t i = 0; i < LEN(field) && line.p; i++) {
			struct str one = str_cut(&line, '\t');

			field[i] = arena_strndup(&mem, one.p, one.n);
		}
		if (field[6])
			out[n++] = (struct line){ field[0], field[1], field[2], field[3], field[5], field[6] };
	}
	return n;
}

static bool is_expected(const struct line *list, size_t n, const char *cluster, const struct json *f)
{
	const struct json *o = json_get(f, "object");

	for (size_t i = 0; i < n; i++)
		if (streq(list[i].cluster, cluster) && streq(list[i].id, json_get_text(f, "id", "")) &&
		    streq(list[i].severity, json_get_text(f, "severity", "")) &&
		    streq(list[i].kind, json_get_text(o, "kind", "")) && streq(list[i].name, json_get_text(o, "name", "")) &&
		    streq(list[i].ns, json_get_text(o, "namespace", "")))
			return true;
	return false;
}

static bool is_found(const struct json *found, const struct line *want)
{
	for (size_t i = 0; i < found->a.n; i++)
		if (is_expected(want, 1, want->cluster, found->a.items[i]))
			return true;
	return false;
}

/* Each has its words: a title, what is wrong, and what to do. */
static bool is_whole(const struct json *f)
{
	return *json_get_text(f, "title", "") && *json_get_text(f, "message", "") && json_len(json_get(f, "advice")) > 0 &&
	       detect_severity(json_get_text(f, "severity", "")) > 0 && json_get(f, "events");
}

static void recorded(const char *cluster)
{
	static struct line want[500];
	size_t n = read_expected(want, LEN(want)), missing = 0, invented = 0, broken = 0;
	struct detect_objects o = detect_sorted(resources_of(cluster, RECORDED_HPAS), items(cluster, "api__v1__events"), now());
	struct json *found = detect_findings(&mem, &o);

	OK(n > 90 && json_len(found) > 20);
	for (size_t i = 0; i < n; i++) {
		if (!streq(want[i].cluster, cluster) || is_left_out(want[i].id) || is_found(found, &want[i]))
			continue;
		printf("# missing: %s %s/%s %s (%s)\n", want[i].kind, want[i].ns, want[i].name, want[i].id, want[i].severity);
		missing++;
	}
	for (size_t i = 0; i < found->a.n; i++) {
		const struct json *f = found->a.items[i];

		broken += !is_whole(f);
		if (is_expected(want, n, cluster, f))
			continue;
		printf("# invented: %s %s %s: %s\n", json_text(json_path(f, "object", "kind", NULL), ""),
		       json_text(json_path(f, "object", "name", NULL), ""), json_get_text(f, "id", ""),
		       json_get_text(f, "message", ""));
		invented++;
	}
	OK(missing == 0);
	OK(invented == 0);
	OK(broken == 0);
}

/* ---- what Backstage's detectors said ---- */

static void upstream(const char *cluster)
{
	struct json *want = parse(read_file(arena_printf(&mem, RECORDED "/expected-upstream/%s.json", cluster)));
	struct detect_objects o = detect_sorted(resources_of(cluster, RECORDED_HPAS), NULL, now());
	struct json *got = detect_upstream(&mem, &o);
	size_t same = 0;

	OK(json_len(want) > 5 && json_len(got) == json_len(want));
	for (size_t i = 0; i < json_len(want); i++) {
		bool any = false;

		for (size_t j = 0; j < json_len(got) && !any; j++)
			any = json_equal(want->a.items[i], got->a.items[j]);
		same += any;
	}
	OK(same == json_len(want));
}

/* ---- single things ---- */

static const struct json *first(const char *type, const char *object, const char *events)
{
	struct json *list = parse(str_of(arena_printf(&mem, "[{\"type\":\"%s\",\"resources\":[%s]}]", type, object)));
	struct detect_objects o = detect_sorted(list, parse(str_of(events)), now());
	struct json *found = detect_findings(&mem, &o);

	return found->a.n ? found->a.items[0] : NULL;
}

static const char *id_of(const char *type, const char *object)
{
	return json_get_text(first(type, object, "[]"), "id", NULL);
}

#define POD "\"metadata\":{\"name\":\"p\",\"namespace\":\"n\",\"creationTimestamp\":\"2026-11-22T11:00:00Z\"}"

static void singles(void)
{
	const struct json *f;

	STR_EQ(id_of("persistentvolumeclaims", "{" POD ",\"status\":{\"phase\":\"Pending\"}}"), "volume-claim-pending");
	STR_EQ(id_of("persistentvolumeclaims", "{" POD ",\"status\":{\"phase\":\"Bound\"}}"), NULL);
	f = first("persistentvolumeclaims", "{" POD ",\"status\":{\"phase\":\"Pending\"}}",
		  "[{\"reason\":\"WaitForFirstConsumer\",\"involvedObject\":{\"kind\":\"PersistentVolumeClaim\",\"namespace\":"
		  "\"n\","
		  "\"name\":\"p\"}}]");
	OK(f == NULL);
	f = first(
		"cronjobs", "{" POD ",\"spec\":{}}",
		"[{\"reason\":\"MissSchedule\",\"message\":\"Missed scheduled time\",\"count\":3,\"involvedObject\":{\"kind\":"
		"\"CronJob\",\"namespace\":\"n\",\"name\":\"p\"}}]");
	STR_EQ(json_get_text(f, "id", NULL), "cronjob-late");
	STR_EQ(json_text(json_path(json_get(f, "events")->a.items[0], "reason", NULL), NULL), "MissSchedule");
	STR_EQ(id_of("services", "{" POD ",\"spec\":{\"type\":\"LoadBalancer\"}}"), "service-no-address");
	f = first("pods",
		  "{" POD
		  ",\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"c\",\"restartCount\":7,\"state\":"
		  "{\"waiting\":{\"reason\":\"CrashLoopBackOff\",\"message\":\"back-off\"}},\"lastState\":{\"terminated\":"
		  "{\"exitCode\":3,\"reason\":\"Error\",\"finishedAt\":\"2026-11-22T11:30:00Z\"}}}]}}",
		  "[]");
	STR_EQ(json_get_text(f, "message", ""), "Container c has crashed 7 times and is started again later and later. Its "
						"last run ended with exit code 3 (Error).");
	STR_EQ(json_get_text(f, "since", ""), "2026-11-22T11:30:00Z");
	OK(json_get_num(f, "exitCode", 0) == 3);
	OK(json_get_bool(json_get(f, "logs"), "previous", false));
	/* The API's first version of autoscalers has its conditions as a text. */
	STR_EQ(id_of("horizontalpodautoscalers",
		     "{\"metadata\":{\"name\":\"h\",\"annotations\":{\"autoscaling.alpha.kubernetes.io/conditions\":"
		     "\"[{\\\"type\\\":\\\"ScalingActive\\\",\\\"status\\\":\\\"False\\\",\\\"message\\\":\\\"no "
		     "metrics\\\"}]\"}}}"),
	       "hpa-unable-to-scale");
}

static const char *late(const char *spec, const char *status)
{
	const struct json *f =
		first("cronjobs", arena_printf(&mem, "{" POD ",\"spec\":{%s},\"status\":{%s}}", spec, status), "[]");

	return f ? arena_printf(&mem, "%s %s %s: %s", json_get_text(f, "severity", ""), json_get_text(f, "id", ""),
				json_get_text(f, "since", ""), json_get_text(f, "message", ""))
		 : NULL;
}

/* It is 11:40 on a Sunday. */
static void late_cronjobs(void)
{
	static const char daily[] = "\"schedule\":\"30 11 * * *\"", today[] = "\"lastScheduleTime\":\"2026-11-22T11:30:00Z\"";
	static const char yesterday[] = "\"lastScheduleTime\":\"2026-11-21T11:30:00Z\"";

	STR_EQ(late(daily, today), NULL);
	STR_EQ(late(daily, yesterday), "warning cronjob-late 2026-11-22T11:30:00Z: The run of 2026-11-22 11:30 UTC has "
				       "not begun. The controller does not begin it, or cannot.");
	/* Within two minutes it may still begin. */
	STR_EQ(late("\"schedule\":\"39 11 * * *\"", "\"lastScheduleTime\":\"2026-11-21T11:39:00Z\""), NULL);
	OK(late("\"schedule\":\"38 11 * * *\"", "\"lastScheduleTime\":\"2026-11-21T11:38:00Z\"") != NULL);
	STR_EQ(late("\"schedule\":\"30 11 * * *\",\"suspend\":true", yesterday),
	       "info cronjob-suspended : It does not run while it is suspended.");
	/* By the clock of its zone: 12:30 in Zurich is 11:30; in New York it is not yet. */
	OK(late("\"schedule\":\"30 12 * * *\",\"timeZone\":\"Europe/Zurich\"", yesterday) != NULL);
	STR_EQ(late("\"schedule\":\"30 12 * * *\",\"timeZone\":\"Europe/Zurich\"", today), NULL);
	STR_EQ(late("\"schedule\":\"30 11 * * *\",\"timeZone\":\"America/New_York\"",
		    "\"lastScheduleTime\":\"2026-11-21T16:30:00Z\""),
	       NULL);
	STR_EQ(late("\"schedule\":\"30 11 * * *\",\"timeZone\":\"Nowhere/At_All\"", yesterday), NULL);
	/* A last run that the schedule does not have: it was changed, or the controller goes by another clock. */
	STR_EQ(late("\"schedule\":\"0 11 * * *\"", yesterday), NULL);
	STR_EQ(late("\"schedule\":\"never\"", yesterday), NULL);
	STR_EQ(late("\"schedule\":\"@daily\"", "\"lastScheduleTime\":\"2026-11-22T00:00:00Z\""), NULL);
	OK(strstr(late("\"schedule\":\"@daily\"", "\"lastScheduleTime\":\"2026-11-19T00:00:00Z\""), "nor 2 after it") != NULL);
	OK(strstr(late("\"schedule\":\"* * * * *\"", "\"lastScheduleTime\":\"2026-11-22T01:00:00Z\""),
		  "more than a hundred after it. After so many") != NULL);
	OK(strstr(late("\"schedule\":\"30 11 * * *\",\"startingDeadlineSeconds\":60", yesterday), "more than 60 s late") !=
	   NULL);
	OK(strstr(late("\"schedule\":\"30 11 * * *\",\"startingDeadlineSeconds\":5", yesterday), "every 10 s") != NULL);
	/* One that may not run twice, and runs. */
	STR_EQ(late("\"schedule\":\"30 11 * * *\",\"concurrencyPolicy\":\"Forbid\"",
		    "\"lastScheduleTime\":\"2026-11-21T11:30:00Z\",\"active\":[{\"name\":\"p-1\"}]"),
	       "info cronjob-late 2026-11-22T11:30:00Z: The run of 2026-11-22 11:30 UTC has not begun. The run of "
	       "before, p-1, still goes on, and concurrencyPolicy is Forbid.");
	/* One that has never run: nobody knows by which clock it would, unless it says so. */
	STR_EQ(late("\"schedule\":\"10 11 * * *\"", ""), NULL);
	OK(late("\"schedule\":\"10 11 * * *\",\"timeZone\":\"UTC\"", "") != NULL);
	STR_EQ(late("\"schedule\":\"0 0 30 2 *\"", ""), NULL);
}

static void quantities(void)
{
	static const struct {
		const char *text;
		double value;
	} good[] = { { "100m", 0.1 }, { "1.5Gi", 1610612736.0 }, { "2e3", 2000 }, { "1E", 1e18 }, { "0", 0 },
		     { "1k", 1000 },  { "250M", 250e6 },         { "5n", 5e-9 },  { "-1", -1 },   { "12e6", 12e6 } };
	static const char *const bad[] = { "", "m", "1x", "1Gi2", "..", "1e", "0x10", "1 Gi", "--1", "NaN" };
	double v;

	for (size_t i = 0; i < LEN(good); i++)
		OK(quantity_parse(good[i].text, &v) && v == good[i].value);
	for (size_t i = 0; i < LEN(bad); i++)
		OK(!quantity_parse(bad[i], &v));
}

/* ---- any shape ---- */

static void any_shape(void)
{
	size_t found = 0, wrong = 0;

	for (unsigned round = 1; round <= 60; round++) {
		unsigned seed = round;
		struct json *list = resources_of(round % 2 ? "prod-eu" : "staging-eu",
						 round % 3 ? RECORDED_HPAS : "apis__autoscaling__v1__horizontalpodautoscalers");
		struct json *events = items(round % 2 ? "prod-eu" : "staging-eu", "api__v1__events");

		recorded_spoil(&mem, list, &seed);
		recorded_spoil(&mem, events, &seed);
		struct detect_objects o = detect_sorted(list, events, now());
		struct json *all = detect_findings(&mem, &o);

		for (size_t i = 0; i < all->a.n; i++)
			wrong += !is_whole(all->a.items[i]);
		found += all->a.n + json_len(detect_upstream(&mem, &o));
		arena_reset(&mem);
	}
	OK(found > 1000);
	OK(wrong == 0);
	OK(json_len(detect_findings(&mem, &(struct detect_objects){ 0 })) == 0);
	OK(json_len(detect_upstream(&mem, &(struct detect_objects){ 0 })) == 0);
}

int main(void)
{
	singles();
	late_cronjobs();
	quantities();
	if (access(RECORDED "/findings.tsv", R_OK) == 0) {
		recorded("prod-eu");
		recorded("staging-eu");
		upstream("prod-eu");
		upstream("staging-eu");
		any_shape();
	}
	arena_release(&mem);
	return DONE();
}
