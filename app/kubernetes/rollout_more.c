/* Jobs, services and ingresses as rows. */
#include <stdlib.h>

#include "kubernetes/detect_private.h"
#include "kubernetes/rollout_private.h"

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

struct json *rollout_cronjobs(const struct rollout *r)
{
	const struct json *list = rollout_items(r, "cronjobs");
	struct json *out = json_array(r->mem);

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *c = list->a.items[i], *spec = json_get(c, "spec"), *status = json_get(c, "status");
		struct json *row = rollout_row(r->mem, c);

		json_set(r->mem, row, "schedule", json_str(r->mem, words(spec, "schedule", "")));
		rollout_text(r->mem, row, "timeZone", words(spec, "timeZone", NULL));
		json_set(r->mem, row, "suspended", json_bool(r->mem, json_get_bool(spec, "suspend", false)));
		rollout_text(r->mem, row, "last", words(status, "lastScheduleTime", NULL));
		json_set(r->mem, row, "active", json_num(r->mem, (double)json_len(array_at(c, "status", "active"))));
		json_set(r->mem, row, "runs", runs_of(r, c));
		json_push(r->mem, out, row);
	}
	return out;
}

/* ---- what leads to them ---- */

static struct json *addresses_of(struct arena *mem, const struct json *object)
{
	const struct json *list = json_path(object, "status", "loadBalancer", "ingress", NULL);
	struct json *out = json_array(mem);

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const char *address = words(list->a.items[i], "ip", words(list->a.items[i], "hostname", NULL));

		if (address)
			json_push(mem, out, json_str(mem, address));
	}
	return out;
}

/* "http 80 → 8080/TCP" without what is not there. */
static struct json *port_text(struct arena *mem, const struct json *port)
{
	const struct json *target = json_get(port, "targetPort"), *node = json_get(port, "nodePort");
	const char *name = words(port, "name", NULL);
	struct buf b = { .mem = mem };

	if (name)
		buf_addf(&b, "%s ", name);
	buf_addf(&b, "%.0f", json_get_num(port, "port", 0));
	if (json_is(target, JSON_NUMBER))
		buf_addf(&b, " \u2192 %.0f", target->num);
	else if (json_is(target, JSON_STRING))
		buf_addf(&b, " \u2192 %s", json_text(target, ""));
	buf_addf(&b, "/%s", words(port, "protocol", "TCP"));
	if (json_is(node, JSON_NUMBER))
		buf_addf(&b, " (node %.0f)", node->num);
	return json_strn(mem, buf_text(&b), b.n);
}

struct json *rollout_services(const struct rollout *r)
{
	const struct json *list = rollout_items(r, "services");
	struct json *out = json_array(r->mem);

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *s = list->a.items[i], *spec = json_get(s, "spec"), *ports = array_at(s, "spec", "ports");
		struct json *row = rollout_row(r->mem, s), *texts = json_array(r->mem);

		for (size_t j = 0; j < json_len(ports); j++)
			json_push(r->mem, texts, port_text(r->mem, ports->a.items[j]));
		json_set(r->mem, row, "type", json_str(r->mem, words(spec, "type", "ClusterIP")));
		rollout_text(r->mem, row, "clusterIP", words(spec, "clusterIP", NULL));
		json_set(r->mem, row, "addresses", addresses_of(r->mem, s));
		json_set(r->mem, row, "ports", texts);
		json_push(r->mem, out, row);
	}
	return out;
}

struct json *rollout_ingresses(const struct rollout *r)
{
	const struct json *list = rollout_items(r, "ingresses");
	struct json *out = json_array(r->mem);

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *g = list->a.items[i], *rules = array_at(g, "spec", "rules");
		struct json *row = rollout_row(r->mem, g), *hosts = json_array(r->mem);

		for (size_t j = 0; j < json_len(rules); j++)
			json_push(r->mem, hosts, json_str(r->mem, words(rules->a.items[j], "host", "*")));
		rollout_text(r->mem, row, "class", words(json_get(g, "spec"), "ingressClassName", NULL));
		json_set(r->mem, row, "addresses", addresses_of(r->mem, g));
		json_set(r->mem, row, "hosts", hosts);
		json_set(r->mem, row, "tls", json_bool(r->mem, json_len(array_at(g, "spec", "tls")) > 0));
		json_push(r->mem, out, row);
	}
	return out;
}
