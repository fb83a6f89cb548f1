/* Tables of what runs in each cluster, and of which versions run where. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "handlers/kubernetes_page.h"
#include "handlers/kubernetes_view.h"
#include "handlers/links.h"
#include "kubernetes/rollout.h"

enum { ROWS_SHOWN = 200, DIGEST_SHOWN = 12, HOT_PERCENT = 90 };

/* Whose objects the rows are. */
struct place {
	struct arena *mem;
	const char *ref, *cluster;
	size_t pods_most;
};

static void set_text(struct arena *mem, struct json *v, const char *key, const char *text)
{
	json_set(mem, v, key, json_str(mem, text ? text : ""));
}

static const char *cluster_name(const struct json *item)
{
	return json_get_text(json_get(item, "cluster"), "name", "");
}

/* ---- what one cluster was asked in several questions ---- */

/* {cluster, tables, measured} */
static struct json *merged(struct arena *mem, const struct json *items, const char *cluster)
{
	struct json *out = json_object(mem), *tables = NULL;
	bool measured = false;

	for (size_t i = 0; i < json_len(items); i++) {
		const struct json *item = items->a.items[i];
		struct json *more = json_get(item, "tables");

		if (!streq(cluster_name(item), cluster))
			continue;
		json_set(mem, out, "cluster", json_get(item, "cluster"));
		if (!more)
			more = rollout_tables(mem, json_get(item, "resources"), json_get(item, "podMetrics"), clock_wall_ms());
		measured = measured || json_get_bool(item, "measured", json_len(json_get(item, "podMetrics")) > 0);
		if (tables)
			rollout_merge(mem, tables, more);
		else
			tables = more;
	}
	json_set(mem, out, "tables", tables);
	json_set(mem, out, "measured", json_bool(mem, measured));
	return out;
}

/* ---- words ---- */

struct json *kubernetes_image(struct arena *mem, const char *image)
{
	const char *slash = strrchr(image, '/'), *name = slash ? slash + 1 : image, *at = strchr(name, '@');
	const char *colon = strchr(name, ':'), *end = colon && (!at || colon < at) ? colon : at;
	struct json *o = json_object(mem);

	set_text(mem, o, "full", image);
	set_text(mem, o, "name", end ? arena_strndup(mem, name, (size_t)(end - name)) : name);
	if (end && end == colon)
		set_text(mem, o, "tag", at ? arena_strndup(mem, colon + 1, (size_t)(at - colon - 1)) : colon + 1);
	else if (at)
		set_text(mem, o, "tag",
			 arena_strndup(mem, strrchr(at, ':') ? strrchr(at, ':') + 1 : at + 1,
				       strnlen(strrchr(at, ':') ? strrchr(at, ':') + 1 : at + 1, DIGEST_SHOWN)));
	else
		set_text(mem, o, "tag", "latest");
	return o;
}

static struct json *images_json(struct arena *mem, const struct json *row)
{
	const struct json *all = json_get(row, "images");
	struct json *out = json_array(mem);

	for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++)
		json_push(mem, out, kubernetes_image(mem, json_text(all->a.items[i], "")));
	return out;
}

static const char *amount(struct arena *mem, double v, bool bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t u = 0;

	if (!bytes)
		return v < 1 ? arena_printf(mem, "%.0fm", v * 1000) : arena_printf(mem, "%.3g", v);
	while (v >= 1024 && u + 1 < LEN(units)) {
		v /= 1024;
		u++;
	}
	return arena_printf(mem, "%.3g %s", v, units[u]);
}

/* {text: "12m", of: "of 250m", percent, hot} of what a pod uses. */
static void word_usage(struct arena *mem, struct json *row, const char *key, bool bytes)
{
	struct json *u = json_get(row, key);
	double limit = json_get_num(u, "ofLimit", -1), percent = limit >= 0 ? limit : json_get_num(u, "ofRequest", -1);
	double request = json_get_num(u, "request", 0), most = json_get_num(u, "limit", 0);
	const char *asked = request > 0 ? amount(mem, request, bytes) : "none",
		   *cap = most > 0 ? amount(mem, most, bytes) : "none";

	if (!u)
		return;
	set_text(mem, u, "text", amount(mem, json_get_num(u, "used", 0), bytes));
	set_text(mem, u, "bounds", arena_printf(mem, "request %s, limit %s", asked, cap));
	set_text(mem, u, "of", most > 0 ? cap : request > 0 ? asked : "");
	json_set(mem, u, "hot", json_bool(mem, limit >= HOT_PERCENT));
	json_set(mem, u, "percent", json_num(mem, percent > 100 ? 100 : percent));
	json_set(mem, u, "measured", json_bool(mem, percent >= 0));
}

static const char *pod_tone(const struct json *row)
{
	static const char *const ended[] = { "Completed", "Succeeded" };
	static const char *const early[] = { "Pending", "ContainerCreating", "PodInitializing", "Terminating" };
	const char *status = json_get_text(row, "status", "");

	for (size_t i = 0; i < LEN(ended); i++)
		if (streq(status, ended[i]))
			return "plain";
	for (size_t i = 0; i < LEN(early); i++)
		if (streq(status, early[i]))
			return "info";
	if (!streq(status, "Running"))
		return "bad";
	return json_get_num(row, "ready", 0) < json_get_num(row, "containers", 0) ? "warn" : "ok";
}

/* ---- rows ---- */

static const char *object_url(const struct place *p, const char *kind, const struct json *row)
{
	return link_kubernetes(p->mem, p->ref, "object",
			       arena_printf(p->mem, "cluster=%s&ns=%s&object=%s/%s", link_encode(p->mem, p->cluster),
					    link_encode(p->mem, json_get_text(row, "namespace", "")), link_encode(p->mem, kind),
					    link_encode(p->mem, json_get_text(row, "name", ""))));
}

/* "Deployment api › ReplicaSet api-7f9": from what it belongs to down. */
static const char *chain_text(struct arena *mem, const struct json *row)
{
	const struct json *chain = json_get(row, "chain");
	struct buf b = { .mem = mem };

	for (size_t i = json_len(chain); i-- > 0;)
		buf_addf(&b, "%s%s %s", b.n ? " › " : "", json_get_text(chain->a.items[i], "kind", ""),
			 json_get_text(chain->a.items[i], "name", ""));
	return buf_text(&b);
}

static void add_pods(const struct place *p, struct json *out, const struct json *pods)
{
	for (size_t i = 0; json_is(pods, JSON_ARRAY) && i < pods->a.n; i++) {
		struct json *row = pods->a.items[i];

		set_text(p->mem, row, "tone", pod_tone(row));
		set_text(p->mem, row, "url", object_url(p, "Pod", row));
		set_text(p->mem, row, "owners", chain_text(p->mem, row));
		set_text(p->mem, row, "log_url",
			 link_kubernetes(p->mem, p->ref, "log",
					 arena_printf(p->mem, "cluster=%s&ns=%s&pod=%s", link_encode(p->mem, p->cluster),
						      link_encode(p->mem, json_get_text(row, "namespace", "")),
						      link_encode(p->mem, json_get_text(row, "name", "")))));
		set_text(p->mem, row, "shell_url",
			 kubernetes_shell_url(p->mem, p->ref, p->cluster, json_get_text(row, "namespace", ""),
					      json_get_text(row, "name", ""), ""));
		word_usage(p->mem, row, "cpu", false);
		word_usage(p->mem, row, "memory", true);
		json_push(p->mem, out, row);
	}
}

/* Those in trouble first, else as they came; no more than a page can take. */
static struct json *in_order(struct arena *mem, const struct json *pods, size_t most)
{
	static const char *const tones[] = { "bad", "warn", "info", "ok", "plain" };
	struct json *out = json_array(mem);

	for (size_t t = 0; t < LEN(tones); t++)
		for (size_t i = 0; i < pods->a.n && out->a.n < most; i++)
			if (streq(json_get_text(pods->a.items[i], "tone", ""), tones[t]))
				json_push(mem, out, pods->a.items[i]);
	return out;
}

/* "42 s", "3 min 5 s", "2 h 10 min": how long something took. */
static const char *span_text(struct arena *mem, int64_t ms)
{
	long s = (long)(ms / 1000);

	if (s < 60)
		return arena_printf(mem, "%ld s", s);
	if (s < 3600)
		return arena_printf(mem, "%ld min %ld s", s / 60, s % 60);
	return arena_printf(mem, "%ld h %ld min", s / 3600, s % 3600 / 60);
}

static void word_time(struct arena *mem, struct json *row)
{
	int64_t since, until;

	if (clock_parse(json_get_text(row, "since", ""), &since) && clock_parse(json_get_text(row, "until", ""), &until) &&
	    until >= since)
		set_text(mem, row, "took", span_text(mem, until - since));
}

/* Of a job, and of the runs of what starts jobs. */
static void word_times(const struct place *p, struct json *row)
{
	const struct json *runs = json_get(row, "runs");

	word_time(p->mem, row);
	for (size_t i = 0; i < json_len(runs); i++) {
		set_text(p->mem, runs->a.items[i], "namespace", json_get_text(row, "namespace", ""));
		set_text(p->mem, runs->a.items[i], "url", object_url(p, "Job", runs->a.items[i]));
		word_time(p->mem, runs->a.items[i]);
	}
}

/* The replica sets of a rollout. */
static void word_versions(const struct place *p, const struct json *argo)
{
	const struct json *list = json_get(argo, "versions");

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		set_text(p->mem, list->a.items[i], "url", object_url(p, "ReplicaSet", list->a.items[i]));
		json_set(p->mem, list->a.items[i], "images", images_json(p->mem, list->a.items[i]));
	}
}

static void add_links(const struct place *p, const struct json *tables, const char *key, const char *kind)
{
	struct json *list = json_get(tables, key);

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		struct json *row = list->a.items[i];

		set_text(p->mem, row, "url", object_url(p, kind ? kind : json_get_text(row, "kind", ""), row));
		json_set(p->mem, row, "images", images_json(p->mem, row));
		word_versions(p, json_get(row, "argo"));
		word_times(p, row);
	}
	if (json_is(list, JSON_ARRAY) && list->a.n > ROWS_SHOWN)
		list->a.n = ROWS_SHOWN;
}

/* ---- a cluster ---- */

static void count_ready(struct arena *mem, struct json *c, const struct json *pods)
{
	double total = 0, ready = 0;

	for (size_t i = 0; i < pods->a.n; i++) {
		const char *tone = json_get_text(pods->a.items[i], "tone", "");

		total += !streq(tone, "plain");
		ready += streq(tone, "ok");
	}
	json_set(mem, c, "total", json_num(mem, total));
	json_set(mem, c, "ready", json_num(mem, ready));
	json_set(mem, c, "pods_all", json_num(mem, (double)pods->a.n));
}

/* Those workloads that have a view of their own beside. */
static struct json *rollouts(struct arena *mem, const struct json *workloads)
{
	struct json *out = json_array(mem);

	for (size_t i = 0; i < json_len(workloads); i++)
		if (json_get(workloads->a.items[i], "argo"))
			json_push(mem, out, workloads->a.items[i]);
	return out;
}

static void add_tables(const struct place *p, struct json *c, const struct json *one)
{
	static const char *const kinds[][2] = { { "workloads", NULL },      { "jobs", "Job" },
						{ "cronjobs", "CronJob" },  { "services", "Service" },
						{ "ingresses", "Ingress" }, { "customs", NULL } };
	struct json *tables = json_get(one, "tables");
	struct json *pods = json_array(p->mem);
	size_t any = 0;

	for (size_t k = 0; k < 2; k++) {
		const struct json *list = json_get(tables, kinds[k][0]);

		for (size_t i = 0; i < json_len(list); i++)
			add_pods(p, pods, json_get(list->a.items[i], "pods"));
	}
	add_pods(p, pods, json_get(tables, "pods"));
	count_ready(p->mem, c, pods);
	json_set(p->mem, tables, "pods", in_order(p->mem, pods, p->pods_most));
	for (size_t k = 0; k < LEN(kinds); k++)
		add_links(p, tables, kinds[k][0], kinds[k][1]);
	for (size_t i = 0; i < tables->o.n; i++)
		any += json_len(tables->o.m[i].value);
	json_set(p->mem, tables, "rollouts", rollouts(p->mem, json_get(tables, "workloads")));
	json_set(p->mem, c, "tables", tables);
	json_set(p->mem, c, "measured", json_get(one, "measured"));
	json_set(p->mem, c, "empty", json_bool(p->mem, any == 0));
}

/* ---- versions ---- */

static struct json *cells(struct arena *mem, const struct json *version, const struct json *clusters)
{
	const struct json *of = json_get(version, "clusters");
	struct json *out = json_array(mem);

	for (size_t i = 0; i < clusters->a.n; i++) {
		struct json *cell = json_object(mem);

		for (size_t j = 0; j < json_len(of); j++)
			if (streq(json_get_text(of->a.items[j], "cluster", ""),
				  json_get_text(clusters->a.items[i], "name", "")))
				cell = of->a.items[j];
		json_set(mem, cell, "images", images_json(mem, cell));
		json_push(mem, out, cell);
	}
	return out;
}

/* It may have something of it: its column is there before it says so, that nothing has to make room later. */
static bool is_silent(const struct json *cluster)
{
	const char *state = json_get_text(cluster, "state", "");

	return streq(state, "pending") || streq(state, "down");
}

static struct json *column(struct arena *mem, const struct json *cluster)
{
	struct json *o = json_object(mem);

	set_text(mem, o, "title", json_get_text(cluster, "title", ""));
	json_set(mem, o, "silent", json_bool(mem, is_silent(cluster)));
	return o;
}

/* Only where there is something to compare. */
static void add_versions(struct arena *mem, struct json *view, const struct json *all)
{
	struct json *versions = rollout_versions(mem, all), *rows = json_array(mem), *columns = json_array(mem);
	const struct json *clusters = json_get(view, "clusters");
	struct json *with = json_array(mem);

	for (size_t i = 0; i < clusters->a.n; i++)
		if (json_len(json_get(json_get(clusters->a.items[i], "tables"), "workloads")) ||
		    is_silent(clusters->a.items[i])) {
			json_push(mem, with, clusters->a.items[i]);
			json_push(mem, columns, column(mem, clusters->a.items[i]));
		}
	for (size_t i = 0; with->a.n > 1 && i < versions->a.n && i < ROWS_SHOWN; i++) {
		json_set(mem, versions->a.items[i], "cells", cells(mem, versions->a.items[i], with));
		json_push(mem, rows, versions->a.items[i]);
	}
	json_set(mem, view, "versions", rows);
	json_set(mem, view, "columns", columns);
}

void kubernetes_tables(struct arena *mem, struct json *view, const struct json *items, const char *ref, size_t pods_most)
{
	struct json *clusters = json_get(view, "clusters"), *all = json_array(mem);

	for (size_t i = 0; i < clusters->a.n; i++) {
		struct place p = { mem, ref, json_get_text(clusters->a.items[i], "name", ""), pods_most };
		struct json *one = merged(mem, items, p.cluster);

		json_push(mem, all, one);
		add_tables(&p, clusters->a.items[i], one);
	}
	add_versions(mem, view, all);
}

struct json *kubernetes_row(const struct json *view, const char *kind, const char *ns, const char *name)
{
	static const char *const tables[][2] = {
		{ "jobs", "Job" }, { "cronjobs", "CronJob" }, { "services", "Service" }, { "ingresses", "Ingress" }
	};
	const struct json *clusters = json_get(view, "clusters"),
			  *of = json_len(clusters) ? json_get(clusters->a.items[0], "tables") : NULL, *list;
	const char *table = "workloads";

	for (size_t i = 0; i < LEN(tables); i++)
		if (streq(tables[i][1], kind))
			table = tables[i][0];
	list = json_get(of, table);
	for (size_t i = 0; i < json_len(list); i++) {
		struct json *row = list->a.items[i];

		if (streq(json_get_text(row, "name", ""), name) && streq(json_get_text(row, "namespace", ""), ns) &&
		    streq(json_get_text(row, "kind", kind), kind))
			return row;
	}
	return NULL;
}
