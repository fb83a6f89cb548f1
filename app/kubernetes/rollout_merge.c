/* Tables of one cluster that was asked in several questions, as one. */
#include "kubernetes/rollout_private.h"

static const char *const tables[][2] = {
	{ "workloads", "" },       { "pods", "Pod" },          { "jobs", "Job" }, { "cronjobs", "CronJob" },
	{ "services", "Service" }, { "ingresses", "Ingress" }, { "customs", "" },
};

const char *rollout_row_key(struct arena *mem, const struct json *row, const char *kind)
{
	return arena_printf(mem, "%s/%s/%s", *kind ? kind : json_get_text(row, "kind", ""), json_get_text(row, "namespace", ""),
			    json_get_text(row, "name", ""));
}

/* What both found, one may have found more pods of. */
static void add_rows(struct arena *mem, struct json *into, const struct json *more, const char *kind)
{
	struct map known = { 0 };

	for (size_t i = 0; i < json_len(into); i++)
		map_put(mem, &known, rollout_row_key(mem, into->a.items[i], kind), into->a.items[i]);
	for (size_t i = 0; i < json_len(more); i++) {
		struct json *row = more->a.items[i], *there = map_get(&known, rollout_row_key(mem, row, kind));

		if (!there) {
			map_put(mem, &known, rollout_row_key(mem, row, kind), row);
			json_push(mem, into, row);
		} else if (json_len(json_get(row, "pods")) > json_len(json_get(there, "pods"))) {
			json_set(mem, there, "pods", json_get(row, "pods"));
		}
	}
}

static void know_pods(struct arena *mem, struct map *known, const struct json *rows)
{
	for (size_t i = 0; i < json_len(rows); i++) {
		const struct json *pods = json_get(rows->a.items[i], "pods");

		for (size_t j = 0; j < json_len(pods); j++)
			map_put(mem, known, rollout_row_key(mem, pods->a.items[j], "Pod"), pods->a.items[j]);
	}
}

void rollout_merge(struct arena *mem, struct json *into, const struct json *more)
{
	struct json *pods = json_get(into, "pods"), *alone = json_array(mem);
	struct map owned = { 0 };

	for (size_t i = 0; i < LEN(tables); i++)
		add_rows(mem, json_get(into, tables[i][0]), json_get(more, tables[i][0]), tables[i][1]);
	know_pods(mem, &owned, json_get(into, "workloads"));
	know_pods(mem, &owned, json_get(into, "jobs"));
	for (size_t i = 0; i < json_len(pods); i++)
		if (!map_get(&owned, rollout_row_key(mem, pods->a.items[i], "Pod")))
			json_push(mem, alone, pods->a.items[i]);
	json_set(mem, into, "pods", alone);
}
