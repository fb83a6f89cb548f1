/* What scales workloads and what leads to them, as rows. */
#include "base/buf.h"
#include "kubernetes/detect_private.h"
#include "kubernetes/rollout_private.h"

/* ---- autoscalers ---- */

/* The amount that is aimed at or measured, as the API of each version has it. */
static const char *metric_text(struct arena *mem, const struct json *v)
{
	static const char *const keys[] = { "averageUtilization", "targetAverageUtilization", "currentAverageUtilization" };
	static const char *const texts[] = { "averageValue",        "value",       "targetAverageValue",
					     "currentAverageValue", "targetValue", "currentValue" };

	for (size_t i = 0; i < LEN(keys); i++)
		if (json_is(json_get(v, keys[i]), JSON_NUMBER))
			return arena_printf(mem, "%.0f %%", json_get_num(v, keys[i], 0));
	for (size_t i = 0; i < LEN(texts); i++)
		if (words(v, texts[i], NULL))
			return words(v, texts[i], NULL);
	return NULL;
}

/* "cpu", "http_requests"; *part: what of the metric has its amounts. */
static const char *metric_name(const struct json *metric, const struct json **part)
{
	static const char *const types[] = { "resource", "containerResource", "pods", "object", "external" };

	for (size_t i = 0; i < LEN(types); i++) {
		*part = json_get(metric, types[i]);
		if (json_is(*part, JSON_OBJECT))
			return words(*part, "name", words(json_get(*part, "metric"), "name", words(*part, "metricName", "?")));
	}
	return NULL;
}

/* What was measured of the metric of that name; NULL: nothing yet. */
static const char *measured(struct arena *mem, const struct json *list, const char *name)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const struct json *part;
		const char *of = metric_name(list->a.items[i], &part);

		if (of && streq(of, name))
			return metric_text(mem, json_get(part, "current") ? json_get(part, "current") : part);
	}
	return NULL;
}

static void add_target(struct arena *mem, struct json *out, const char *name, const char *target, const char *current)
{
	struct json *o = json_object(mem);

	json_set(mem, o, "name", json_str(mem, name));
	rollout_text(mem, o, "target", target);
	rollout_text(mem, o, "current", current);
	json_push(mem, out, o);
}

static void set_targets(struct arena *mem, struct json *row, const struct json *spec, const struct json *status)
{
	const struct json *list = json_get(spec, "metrics"), *now = json_get(status, "currentMetrics");
	double target = json_get_num(spec, "targetCPUUtilizationPercentage", -1);
	double current = json_get_num(status, "currentCPUUtilizationPercentage", -1);
	struct json *out = json_array(mem);

	/* The API's first version knows one only. */
	if (target >= 0)
		add_target(mem, out, "cpu", arena_printf(mem, "%.0f %%", target),
			   current >= 0 ? arena_printf(mem, "%.0f %%", current) : NULL);
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const struct json *part;
		const char *name = metric_name(list->a.items[i], &part);

		if (name)
			add_target(mem, out, name, metric_text(mem, json_get(part, "target") ? json_get(part, "target") : part),
				   measured(mem, now, name));
	}
	json_set(mem, row, "metrics", out);
}

void rollout_scaler(const struct rollout *r, struct json *row, const char *kind, const struct json *object)
{
	const struct json *list = rollout_items(r, "horizontalpodautoscalers"), *meta = json_get(object, "metadata");

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *hpa = list->a.items[i], *spec = json_get(hpa, "spec"), *status = json_get(hpa, "status");
		const struct json *target = json_get(spec, "scaleTargetRef");
		struct json *o;

		if (!streq(words(target, "kind", ""), kind) || !streq(words(target, "name", ""), words(meta, "name", "?")) ||
		    !streq(words(json_get(hpa, "metadata"), "namespace", ""), words(meta, "namespace", "")))
			continue;
		o = json_object(r->mem);
		json_set(r->mem, o, "name", json_str(r->mem, words(json_get(hpa, "metadata"), "name", "")));
		json_set(r->mem, o, "min", json_num(r->mem, json_get_num(spec, "minReplicas", 1)));
		json_set(r->mem, o, "max", json_num(r->mem, json_get_num(spec, "maxReplicas", 0)));
		json_set(r->mem, o, "current", json_num(r->mem, json_get_num(status, "currentReplicas", 0)));
		json_set(r->mem, o, "desired", json_num(r->mem, json_get_num(status, "desiredReplicas", 0)));
		set_targets(r->mem, o, spec, status);
		json_set(r->mem, row, "scaler", o);
		return;
	}
}

/* ---- services and ingresses ---- */

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

/* "api:8080" of a path's or the default backend. */
static const char *backend_text(struct arena *mem, const struct json *backend)
{
	const struct json *service = json_get(backend, "service"), *port = json_get(service, "port"),
			  *resource = json_get(backend, "resource");
	double number = json_get_num(port, "number", 0);

	if (resource)
		return arena_printf(mem, "%s %s", words(resource, "kind", "?"), words(resource, "name", "?"));
	if (!service)
		return NULL;
	if (number > 0)
		return arena_printf(mem, "%s:%.0f", words(service, "name", "?"), number);
	return words(port, "name", NULL) ? arena_printf(mem, "%s:%s", words(service, "name", "?"), words(port, "name", ""))
					 : words(service, "name", "?");
}

/* Hosts are under TLS one by one: those that an entry names, or all where one names none. */
static bool has_tls(const struct json *ingress, const char *host)
{
	const struct json *tls = array_at(ingress, "spec", "tls");

	for (size_t i = 0; i < json_len(tls); i++) {
		const struct json *hosts = json_get(tls->a.items[i], "hosts");

		if (json_len(hosts) == 0)
			return true;
		for (size_t j = 0; json_is(hosts, JSON_ARRAY) && j < hosts->a.n; j++)
			if (streq(json_text(hosts->a.items[j], ""), host))
				return true;
	}
	return false;
}

static void add_rule(struct arena *mem, struct json *out, const struct json *ingress, const char *host, const char *path,
		     const struct json *backend)
{
	struct json *o = json_object(mem);
	bool tls = has_tls(ingress, host);

	json_set(mem, o, "host", json_str(mem, host));
	json_set(mem, o, "path", json_str(mem, path));
	rollout_text(mem, o, "to", backend_text(mem, backend));
	json_set(mem, o, "tls", json_bool(mem, tls));
	/* A path that is a pattern of the controller's is no address. */
	if (!strchr(host, '*'))
		rollout_text(mem, o, "url",
			     arena_printf(mem, "%s://%s%s", tls ? "https" : "http", host,
					  *path == '/' && !strpbrk(path, "(*$?#") ? path : "/"));
	json_push(mem, out, o);
}

static struct json *rules_of(struct arena *mem, const struct json *ingress)
{
	const struct json *rules = array_at(ingress, "spec", "rules"),
			  *rest = json_path(ingress, "spec", "defaultBackend", NULL);
	struct json *out = json_array(mem);

	for (size_t i = 0; i < json_len(rules); i++) {
		const char *host = words(rules->a.items[i], "host", "*");
		const struct json *paths = array_at(rules->a.items[i], "http", "paths");

		for (size_t j = 0; j < json_len(paths); j++)
			add_rule(mem, out, ingress, host, words(paths->a.items[j], "path", "/"),
				 json_get(paths->a.items[j], "backend"));
		if (json_len(paths) == 0)
			add_rule(mem, out, ingress, host, "/", rest);
	}
	if (json_len(rules) == 0 && rest)
		add_rule(mem, out, ingress, "*", "/", rest);
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
		json_set(r->mem, row, "rules", rules_of(r->mem, g));
		json_set(r->mem, row, "tls", json_bool(r->mem, json_len(array_at(g, "spec", "tls")) > 0));
		json_push(r->mem, out, row);
	}
	return out;
}
