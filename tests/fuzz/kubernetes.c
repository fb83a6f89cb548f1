/*
 * Objects of clusters, of shapes that no API server gives: all that looks at them takes any. The input is a program: which
 * recorded objects (of ../shared/corpus/k8s, and some of its own), then changes to them, of six bytes each: where, and what.
 */
#include <stdlib.h>
#include <unistd.h>

#include "kubernetes/detect.h"
#include "kubernetes/fleet_private.h"
#include "kubernetes/match.h"
#include "kubernetes/rollout.h"
#include "tests/unit/recorded.h"

enum { CHANGES_MOST = 40, STEPS_MOST = 14, DEEP = 50, MANY = 10000, OBJECTS = 2, NODES_MOST = 200000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the recordings do not have. */
static const char own[] =
	"[{\"type\":\"cronjobs\",\"resources\":[{\"metadata\":{\"name\":\"c\",\"namespace\":\"n\",\"creationTimestamp\":"
	"\"2026-11-01T00:00:00Z\"},\"spec\":{\"schedule\":\"*/5 1-4 * * 1-5\",\"timeZone\":\"Europe/Zurich\",\"suspend\":false,"
	"\"concurrencyPolicy\":\"Forbid\",\"startingDeadlineSeconds\":30},\"status\":{\"lastScheduleTime\":\"2026-11-20T03:00:"
	"00Z\","
	"\"active\":[{\"name\":\"j\"}]}}]},"
	"{\"type\":\"persistentvolumeclaims\",\"resources\":[{\"metadata\":{\"name\":\"v\",\"namespace\":\"n\"},\"status\":{"
	"\"phase\":\"Pending\"}}]},"
	"{\"type\":\"pods\",\"resources\":[{\"metadata\":{\"name\":\"p\",\"namespace\":\"n\",\"labels\":{\"a\":\"b\"},"
	"\"ownerReferences\":[{"
	"\"kind\":\"ReplicaSet\",\"name\":\"r\",\"controller\":true}]},\"spec\":{\"containers\":[{\"name\":\"m\",\"image\":\"x:"
	"1\","
	"\"resources\":{\"requests\":{\"cpu\":\"100m\",\"memory\":\"1Gi\"},\"limits\":{\"cpu\":1}},\"startupProbe\":{"
	"\"periodSeconds\":5},"
	"\"readinessProbe\":{\"initialDelaySeconds\":3,\"periodSeconds\":10,\"failureThreshold\":3}}],\"initContainers\":[{"
	"\"name\":"
	"\"i\",\"restartPolicy\":\"Always\"}]},\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"m\","
	"\"ready\":false,"
	"\"restartCount\":2,\"state\":{\"running\":{\"startedAt\":\"2026-11-22T11:00:00Z\"}},\"lastState\":{\"terminated\":{"
	"\"exitCode\":"
	"137,\"reason\":\"OOMKilled\",\"finishedAt\":\"2026-11-22T10:59:00Z\"}}}],\"initContainerStatuses\":[{\"name\":\"i\","
	"\"state\":{"
	"\"waiting\":{\"reason\":\"CrashLoopBackOff\",\"message\":\"m\"}}}]}}]}]";
static const char metrics[] = "[{\"metadata\":{\"name\":\"p\",\"namespace\":\"n\"},\"containers\":[{\"name\":\"m\",\"usage\":{"
			      "\"cpu\":\"12345678n\",\"memory\":\"20000Ki\"}}]}]";
static const char events[] =
	"[{\"reason\":\"FailedScheduling\",\"message\":\"m\",\"count\":3,\"lastTimestamp\":"
	"\"2026-11-22T11:39:00Z\",\"involvedObject\":{\"kind\":\"Pod\",\"namespace\":\"n\",\"name\":\"p\"}}]";
static const char entity[] =
	"{\"kind\":\"Component\",\"metadata\":{\"name\":\"e\",\"annotations\":{\"" KUBERNETES_ID
	"\":\"x\",\"" KUBERNETES_NAMESPACE "\":\"n\"}},\"relations\":[{\"type\":\"dependsOn\",\"targetRef\":"
	"\"resource:default/c\"}]}";

struct program {
	const uint8_t *at, *end;
};

static unsigned next(struct program *p)
{
	return p->at < p->end ? *p->at++ : 0;
}

/* ---- odd values ---- */

static struct json *odd_text(struct arena *mem, unsigned which)
{
	static const char *const texts[] = { "",
					     "100m",
					     "1e400",
					     "9999999999999999999999Ei",
					     "-0.5Ki",
					     "1E",
					     "0x10",
					     "NaN",
					     "2026-11-22T11:40:00Z",
					     "2026-11-22T11:40:00.123456789+14:59",
					     "0000-00-00T00:00:00Z",
					     "9999-12-31T23:59:60Z",
					     "292277026596-12-04T15:30:08Z",
					     "1969-12-31",
					     "False",
					     "True",
					     "Failed",
					     "CrashLoopBackOff",
					     "@every 1ns",
					     "@every 999999h",
					     "*/1 * * * *",
					     "0 0 30 2 *",
					     "TZ=Nowhere/At-All 0 3 * * *",
					     "../../etc/passwd",
					     "%s%n%99999d",
					     "<b>&\"'",
					     "registry:5000/a/b@sha256:",
					     ":::@@",
					     "[{\"type\":\"ScalingActive\",\"status\":\"False\"}]",
					     "Pod",
					     "Forbid",
					     "Europe/Zurich" };
	static const char bytes[][8] = { "\xff\xfe", "\xc3", "\xed\xa0\x80", "a\0b", "\xf4\x90\x80\x80", "\x01\x1b[m" };

	if (which % 8 == 7)
		return json_strn(mem, bytes[which / 8 % LEN(bytes)], 4);
	return json_str(mem, texts[which % LEN(texts)]);
}

static struct json *odd_number(struct arena *mem, unsigned which)
{
	static const double numbers[] = {
		0,      1,   -1,  2,    0.5, -1.5e300, 1.7e308, 2147483648.0, 4294967296.0, 9.3e18, -9.3e18, 9007199254740993.0,
		1e-320, 255, 100, 10000
	};

	return json_num(mem, numbers[which % LEN(numbers)]);
}

static struct json *deep(struct arena *mem, unsigned which)
{
	struct json *v = odd_text(mem, which);

	for (int i = 0; i < DEEP; i++) {
		struct json *outer = which & 1 ? json_array(mem) : json_object(mem);

		if (which & 1)
			json_push(mem, outer, v);
		else
			json_set(mem, outer, "metadata", v);
		v = outer;
	}
	return v;
}

static struct json *odd(struct arena *mem, unsigned kind, unsigned which)
{
	switch (kind % 9) {
	case 0:
		return json_null(mem);
	case 1:
		return json_bool(mem, which & 1);
	case 2:
	case 3:
		return odd_number(mem, which);
	case 4:
		return json_array(mem);
	case 5:
		return json_object(mem);
	case 6:
		return deep(mem, which);
	default:
		return odd_text(mem, which);
	}
}

/* ---- changes ---- */

static struct json **child(struct json *v, unsigned which)
{
	if (json_is(v, JSON_ARRAY) && v->a.n)
		return &v->a.items[which % v->a.n];
	if (json_is(v, JSON_OBJECT) && v->o.n)
		return &v->o.m[which % v->o.n].value;
	return NULL;
}

static size_t weigh(const struct json *v)
{
	size_t n = 1;

	for (size_t i = 0; i < json_len(v) && n < NODES_MOST; i++)
		n += weigh(json_is(v, JSON_ARRAY) ? v->a.items[i] : v->o.m[i].value);
	return n;
}

static void many(struct arena *mem, struct json *list, unsigned n)
{
	size_t was = json_len(list);

	if (!json_is(list, JSON_ARRAY) || !was || weigh(list) * n > NODES_MOST)
		return;
	for (size_t i = 0; i < n; i++)
		json_push(mem, list, list->a.items[i % was]);
}

/* Six bytes: how deep, two to choose the way, what is done, with what. */
static void change(struct arena *mem, struct json *root, struct program *p, struct json **held)
{
	unsigned steps = next(p) % STEPS_MOST + 1, way = next(p), turn = next(p), what = next(p), kind = next(p),
		 which = next(p);
	struct json **at = NULL, *parent = root;

	for (unsigned i = 0; i < steps; i++) {
		struct json **down = child(parent, way + i * turn);

		if (!down)
			break;
		at = down;
		if (i + 1 < steps && child(*down, 0))
			parent = *down;
		else
			break;
	}
	if (!at)
		return;
	switch (what % 8) {
	case 0:
		many(mem, *at, which % 3 ? MANY : which);
		return;
	case 1:
		if (json_is(parent, JSON_OBJECT))
			json_remove(parent, arena_strndup(mem, parent->o.m[0].key.p, parent->o.m[0].key.n));
		return;
	case 2:
		*held = *at;
		return;
	case 3:
		/* What stood elsewhere; never within itself. */
		*at = *held && weigh(*held) < 1000 ? json_copy(mem, *held) : json_null(mem);
		return;
	default:
		*at = odd(mem, kind, which);
	}
}

/* ---- objects ---- */

static struct json *parse(struct arena *mem, const char *text)
{
	struct ctx cx = { .mem = mem, .request_id = "" };
	struct json *v;

	if (json_parse(&cx, str_of(text), &v) < 0)
		abort();
	return v;
}

/* A few of each list of a recording. */
static struct json *choose(struct arena *mem, const struct json *recorded, struct program *p)
{
	struct json *out = json_array(mem);

	for (size_t i = 0; i < json_len(recorded); i++) {
		const struct json *from = json_get(recorded->a.items[i], "resources");
		struct json *to = json_object(mem), *list = json_array(mem);

		for (size_t j = next(p) % (OBJECTS + 1); j < OBJECTS && json_len(from); j++)
			json_push(mem, list, json_copy(mem, from->a.items[(next(p) + j) % from->a.n]));
		json_set(mem, to, "type", json_copy(mem, json_get(recorded->a.items[i], "type")));
		json_set(mem, to, "resources", list);
		json_push(mem, out, to);
	}
	return out;
}

static const struct json *recording(unsigned which)
{
	static struct arena mem;
	static struct json *all[2];

	if (!all[0]) {
		bool there = access(RECORDED "/findings.tsv", R_OK) == 0;

		all[0] = there ? recorded_resources(&mem, "prod-eu", RECORDED_HPAS) : json_array(&mem);
		all[1] = there ? recorded_resources(&mem, "staging-eu", "apis__autoscaling__v1__horizontalpodautoscalers")
			       : json_array(&mem);
	}
	return all[which & 1];
}

/* ---- all that looks at them ---- */

static void write_out(struct arena *mem, const struct json *v)
{
	struct buf out = { .mem = mem };

	if (v)
		json_write(&out, v);
}

static void look(struct arena *mem, struct json *resources, const struct json *about, const struct json *used)
{
	static const int64_t now = 1795347600000; /* about 2026-11-22T11:40 */
	struct detect_objects o = detect_sorted(resources, about, now);
	struct json *usage = usage_of(mem, o.pods, used), *items = json_array(mem), *item = json_object(mem);

	write_out(mem, usage);
	write_out(mem, detect_upstream(mem, &o));
	write_out(mem, detect_findings(mem, &o));
	json_set(mem, item, "tables", rollout_tables(mem, resources, usage, now));
	rollout_merge(mem, json_get(item, "tables"), rollout_tables(mem, resources, NULL, now));
	write_out(mem, item);
	json_push(mem, items, item);
	json_push(mem, items, item);
	write_out(mem, rollout_versions(mem, items));
	for (size_t i = 0; i < json_len(o.pods); i++)
		object_clean(mem, o.pods->a.items[i], i & 1);
}

static void match(struct arena *mem, struct json *of)
{
	struct ctx cx = { .mem = mem, .request_id = "" };
	struct cluster c = { .name = "c" };
	struct clusters all = { 0 };
	struct lookups out = { 0 };
	const struct json *list[] = { of, of };

	*list_add(mem, &all) = &c;
	match_has(of);
	match_entity(&cx, &all, of, &out);
	match_entities(&cx, &all, list, LEN(list), &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA mem = { 0 };
	struct program p = { data, data + size };
	unsigned which = next(&p);
	struct json *root = json_object(&mem), *held = NULL, *resources = choose(&mem, recording(which), &p);
	struct json *mine = parse(&mem, own);

	for (size_t i = 0; i < mine->a.n; i++)
		json_push(&mem, resources, mine->a.items[i]);
	json_set(&mem, root, "resources", resources);
	json_set(&mem, root, "events", parse(&mem, events));
	json_set(&mem, root, "metrics", parse(&mem, metrics));
	json_set(&mem, root, "entity", parse(&mem, entity));
	for (int i = 0; i < CHANGES_MOST && p.at < p.end; i++)
		change(&mem, root, &p, &held);
	look(&mem, json_get(root, "resources"), json_get(root, "events"), json_get(root, "metrics"));
	match(&mem, json_get(root, "entity"));
	return 0;
}
