/* Tables of what runs, made of recorded objects; and no shape of object breaks them. */
#include "kubernetes/rollout.h"

#include <unistd.h>

#include "kubernetes/fleet_private.h"
#include "tests/unit/recorded.h"
#include "tests/unit/tap.h"

static struct arena mem;

static int64_t recorded_now(void)
{
	int64_t ms = 0;

	clock_parse(RECORDED_CLOCK, &ms);
	return ms;
}

static const struct json *named(const struct json *list, const char *name)
{
	for (size_t i = 0; i < json_len(list); i++)
		if (streq(json_get_text(list->a.items[i], "name", ""), name))
			return list->a.items[i];
	return NULL;
}

static const char *text(const struct json *v)
{
	struct buf b = { .mem = &mem };

	if (v)
		json_write(&b, v);
	return buf_text(&b);
}

static void workloads(void)
{
	struct json *t = rollout_tables(&mem, recorded_resources(&mem, "prod-eu", RECORDED_HPAS), NULL, recorded_now());
	const struct json *w = json_get(t, "workloads"), *one = named(w, "checkout-ui"), *pods = json_get(one, "pods");

	OK(json_get_num(one, "desired", 0) == 5 && json_get_num(one, "ready", 0) == 3);
	STR_EQ(text(json_get(one, "scaler")), "{\"name\":\"checkout-ui\",\"min\":2,\"max\":5,\"current\":5,\"desired\":5,"
					      "\"metrics\":[{\"name\":\"cpu\",\"target\":\"80 %\",\"current\":\"97 %\"}]}");
	OK(json_len(pods) == 5);
	STR_EQ(json_text(json_path(pods->a.items[0], "owner", "kind", NULL), ""), "ReplicaSet");
	STR_EQ(text(json_get(json_get(pods->a.items[0], "chain")->a.items[1], "name")), "\"checkout-ui\"");
	OK(json_len(json_get(named(w, "fraud-detector"), "pods")) == 4);
	OK(json_len(json_get(named(w, "payments-db"), "pods")) == 3);
	STR_EQ(json_get_text(named(json_get(named(w, "search-indexer"), "pods"), "search-indexer-zl8bxxnvfh-xq5pw"), "status",
			     ""),
	       "Init:CrashLoopBackOff");
	STR_EQ(json_get_text(named(json_get(named(w, "query-rewriter"), "pods"), "query-rewriter-qcdk2sxrk7-lkr99"), "status",
			     ""),
	       "Terminating");
	STR_EQ(json_get_text(named(json_get(t, "pods"), "ranking-trainer"), "status", ""), "Running");
	STR_EQ(json_get_text(named(json_get(t, "jobs"), "statements-26736480"), "state", ""), "failed");
	OK(json_len(json_get(named(json_get(t, "jobs"), "statements-26736480"), "pods")) == 4);
	one = named(json_get(t, "cronjobs"), "statements");
	OK(json_len(json_get(one, "runs")) == 3);
	STR_EQ(json_get_text(json_get(one, "runs")->a.items[0], "state", ""), "failed");
	STR_EQ(json_get_text(one, "words", ""), "at 05:40 every day");
	STR_EQ(json_get_text(one, "next", ""), "2026-11-23T05:40:00.000Z");
	OK(json_len(json_get(named(json_get(t, "services"), "payments-api-public"), "addresses")) == 1);
	OK(json_get_bool(named(json_get(t, "ingresses"), "payments-api"), "tls", false));
	STR_EQ(text(json_get(named(json_get(t, "ingresses"), "payments-api"), "rules")),
	       "[{\"host\":\"pay.example.com\",\"path\":\"/\",\"to\":\"payments-api:http\",\"tls\":true,"
	       "\"url\":\"https://pay.example.com/\"},{\"host\":\"pay.example.com\",\"path\":\"/v2/refunds\","
	       "\"to\":\"refunds-api:http\",\"tls\":true,\"url\":\"https://pay.example.com/v2/refunds\"}]");
}

static void usage(void)
{
	struct json *pod = recorded_json(
		&mem, STR("{\"metadata\":{\"name\":\"p\",\"namespace\":\"n\"},\"status\":{\"phase\":\"Running\"}}"));
	struct json *list = json_array(&mem), *one = json_object(&mem), *metrics = json_array(&mem);
	struct json *used = recorded_json(
		&mem, STR("{\"cpu\":{\"currentUsage\":\"0.25\",\"requestTotal\":\"0.5\",\"limitTotal\":\"0\"},"
			  "\"memory\":{\"currentUsage\":\"1e9\",\"requestTotal\":\"0\",\"limitTotal\":\"4e9\"}}"));

	json_set(&mem, one, "type", json_str(&mem, "pods"));
	json_set(&mem, one, "resources", json_array(&mem));
	json_push(&mem, json_get(one, "resources"), pod);
	json_push(&mem, list, one);
	json_set(&mem, used, "pod", pod);
	json_push(&mem, metrics, used);
	one = json_get(rollout_tables(&mem, list, metrics, 0), "pods")->a.items[0];
	STR_EQ(text(json_get(one, "cpu")), "{\"used\":0.25,\"request\":0.5,\"ofRequest\":50}");
	STR_EQ(text(json_get(one, "memory")), "{\"used\":1000000000,\"limit\":4000000000,\"ofLimit\":25}");
	/* What is no list has no usage. */
	OK(json_len(usage_of(&mem, json_num(&mem, 4), pod)) == 0);
	OK(json_len(usage_of(&mem, pod, json_get(one, "cpu"))) == 0);
}

static void versions(void)
{
	static const char *const clusters[] = { "prod-eu", "staging-eu" };
	struct json *items = json_array(&mem);
	const struct json *v;

	for (size_t i = 0; i < LEN(clusters); i++) {
		struct json *o = json_object(&mem), *c = json_object(&mem);

		json_set(&mem, c, "name", json_str(&mem, clusters[i]));
		json_set(&mem, o, "cluster", c);
		json_set(&mem, o, "tables",
			 rollout_tables(&mem, recorded_resources(&mem, clusters[i], RECORDED_HPAS), NULL, 0));
		json_push(&mem, items, o);
	}
	v = rollout_versions(&mem, items);
	OK(!json_get_bool(v->a.items[0], "same", true));
	OK(json_get_bool(v->a.items[v->a.n - 1], "same", false));
	OK(json_len(json_get(named(v, "payments-api"), "clusters")) == 2);
	OK(json_len(json_get(named(v, "legacy-gateway"), "clusters")) == 1);
	OK(json_get_bool(named(v, "legacy-gateway"), "same", false));
}

/* Of two questions to a cluster one may find a workload, the other its pods, and both the same. */
static void merged(void)
{
	struct json *whole = recorded_resources(&mem, "prod-eu", RECORDED_HPAS), *pods = json_array(&mem),
		    *rest = json_array(&mem);
	struct json *t = rollout_tables(&mem, whole, NULL, 0), *again = rollout_tables(&mem, whole, NULL, 0), *apart;
	const char *before = text(t);

	rollout_merge(&mem, t, again);
	STR_EQ(text(t), before);
	for (size_t i = 0; i < whole->a.n; i++)
		json_push(&mem, streq(json_get_text(whole->a.items[i], "type", ""), "pods") ? pods : rest, whole->a.items[i]);
	apart = rollout_tables(&mem, rest, NULL, 0);
	rollout_merge(&mem, apart, rollout_tables(&mem, pods, NULL, 0));
	OK(json_len(json_get(apart, "pods")) > json_len(json_get(t, "pods")));
	rollout_merge(&mem, apart, rollout_tables(&mem, whole, NULL, 0));
	OK(json_equal(json_get(apart, "workloads"), json_get(t, "workloads")));
	OK(json_equal(json_get(apart, "pods"), json_get(t, "pods")));
	rollout_merge(&mem, apart, rollout_tables(&mem, NULL, NULL, 0));
	OK(json_equal(json_get(apart, "jobs"), json_get(t, "jobs")));
}

static void customs(void)
{
	const struct json *list = recorded_json(
		&mem,
		STR("[{\"type\":\"customresources\",\"resources\":[{\"kind\":\"Certificate\",\"metadata\":{\"name\":\"c\","
		    "\"namespace\":\"n\"},\"status\":{\"conditions\":[{\"type\":\"Issued\",\"status\":\"?\"},{\"type\":"
		    "\"Ready\","
		    "\"status\":\"False\"}]}},{\"metadata\":{\"name\":\"d\"},\"status\":{\"phase\":\"Bound\"}},7]}]"));

	STR_EQ(text(json_get(rollout_tables(&mem, list, NULL, 0), "customs")),
	       "[{\"namespace\":\"n\",\"name\":\"c\",\"kind\":\"Certificate\",\"condition\":\"Ready: False\"},"
	       "{\"name\":\"d\",\"kind\":\"Object\",\"condition\":\"Bound\"}]");
}

static void any_shape(void)
{
	size_t rows = 0;

	for (unsigned round = 1; round <= 40; round++) {
		unsigned seed = round;
		struct json *list = recorded_resources(&mem, round % 2 ? "prod-eu" : "staging-eu", RECORDED_HPAS);

		recorded_spoil(&mem, list, &seed);
		struct json *o = json_object(&mem), *items = json_array(&mem);

		json_set(&mem, o, "tables", rollout_tables(&mem, list, list, 0));
		rollout_merge(&mem, json_get(o, "tables"), rollout_tables(&mem, list, NULL, 0));
		json_push(&mem, items, o);
		rows += json_len(json_path(o, "tables", "workloads", NULL));
		rows += json_len(rollout_versions(&mem, items));
		arena_reset(&mem);
	}
	OK(rows > 100);
	OK(json_len(json_get(rollout_tables(&mem, NULL, NULL, 0), "workloads")) == 0);
	OK(json_len(rollout_versions(&mem, NULL)) == 0);
}

int main(void)
{
	usage();
	customs();
	if (access(RECORDED "/findings.tsv", R_OK) == 0) {
		workloads();
		versions();
		merged();
		any_shape();
	}
	arena_release(&mem);
	return DONE();
}
