/* What pods use, ask for and may have: as Backstage's clients are told it. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "kubernetes/detect.h"
#include "kubernetes/fleet_private.h"

/* ---- quantities ---- */

static const struct {
	const char *suffix;
	double times, by;
} suffixes[] = {
	{ "", 1, 1 },
	{ "n", 1, 1e9 },
	{ "u", 1, 1e6 },
	{ "m", 1, 1e3 },
	{ "k", 1e3, 1 },
	{ "M", 1e6, 1 },
	{ "G", 1e9, 1 },
	{ "T", 1e12, 1 },
	{ "P", 1e15, 1 },
	{ "E", 1e18, 1 },
	{ "Ki", 1024.0, 1 },
	{ "Mi", 1048576.0, 1 },
	{ "Gi", 1073741824.0, 1 },
	{ "Ti", 1099511627776.0, 1 },
	{ "Pi", 1125899906842624.0, 1 },
	{ "Ei", 1152921504606846976.0, 1 },
};

bool quantity_parse(const char *text, double *out)
{
	size_t n = strspn(text, "+-.0123456789");
	char *end;

	if (!n || n > 40 || strspn(text, "+-.") == n)
		return false;
	/* "1e3" is a number, "1E" are exa. */
	if ((text[n] == 'e' || text[n] == 'E') && (ascii_digit(text[n + 1]) || text[n + 1] == '-' || text[n + 1] == '+'))
		n += 2 + strspn(text + n + 2, "0123456789");
	ARENA mem = { 0 };
	const char *number = arena_strndup(&mem, text, n);
	double v = strtod(number, &end);

	if (*end || !isfinite(v))
		return false;
	for (size_t i = 0; i < LEN(suffixes); i++) {
		if (streq(text + n, suffixes[i].suffix)) {
			*out = v * suffixes[i].times / suffixes[i].by;
			return true;
		}
	}
	return false;
}

/* ---- usage ---- */

struct amount {
	double current, request, limit;
};

static double quantity_of(const struct json *v)
{
	double out = 0;

	if (json_is(v, JSON_NUMBER))
		return v->num;
	return quantity_parse(json_text(v, "0"), &out) ? out : 0;
}

static void add_to(struct amount *sum, const struct amount *one)
{
	sum->current += one->current;
	sum->request += one->request;
	sum->limit += one->limit;
}

static struct json *number_text(struct arena *mem, double v)
{
	struct buf b = { .mem = mem };

	json_write_number(&b, v);
	return json_strn(mem, buf_text(&b), b.n);
}

static struct json *amount_json(struct arena *mem, const struct amount *a)
{
	struct json *o = json_object(mem);

	json_set(mem, o, "currentUsage", number_text(mem, a->current));
	json_set(mem, o, "requestTotal", number_text(mem, a->request));
	json_set(mem, o, "limitTotal", number_text(mem, a->limit));
	return o;
}

static const struct json *container_named(const struct json *list, const char *name)
{
	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
		if (streq(json_get_text(list->a.items[i], "name", ""), name))
			return list->a.items[i];
	return NULL;
}

static struct amount amount_of(const struct json *container, const struct json *used, const char *what)
{
	const struct json *resources = json_get(container, "resources");

	return (struct amount){ quantity_of(json_path(used, "usage", what, NULL)),
				quantity_of(json_path(resources, "requests", what, NULL)),
				quantity_of(json_path(resources, "limits", what, NULL)) };
}

static struct json *usage_of_pod(struct arena *mem, struct json *pod, const struct json *metrics)
{
	const struct json *containers = json_path(pod, "spec", "containers", NULL);
	struct json *o = json_object(mem), *list = json_array(mem);
	struct amount cpu = { 0 }, memory = { 0 };

	for (size_t i = 0; json_is(containers, JSON_ARRAY) && i < containers->a.n; i++) {
		const struct json *c = containers->a.items[i];
		const char *name = json_get_text(c, "name", "");
		const struct json *used = container_named(json_get(metrics, "containers"), name);
		struct amount its_cpu = amount_of(c, used, "cpu"), its_memory = amount_of(c, used, "memory");
		struct json *one = json_object(mem);

		json_set(mem, one, "container", json_str(mem, name));
		json_set(mem, one, "cpuUsage", amount_json(mem, &its_cpu));
		json_set(mem, one, "memoryUsage", amount_json(mem, &its_memory));
		json_push(mem, list, one);
		add_to(&cpu, &its_cpu);
		add_to(&memory, &its_memory);
	}
	json_set(mem, o, "pod", pod);
	json_set(mem, o, "cpu", amount_json(mem, &cpu));
	json_set(mem, o, "memory", amount_json(mem, &memory));
	json_set(mem, o, "containers", list);
	return o;
}

static const char *place(struct arena *mem, const struct json *object)
{
	const struct json *meta = json_get(object, "metadata");

	return arena_printf(mem, "%s/%s", json_get_text(meta, "namespace", ""), json_get_text(meta, "name", ""));
}

struct json *usage_of(struct arena *mem, const struct json *pods, const struct json *metrics)
{
	struct json *out = json_array(mem);
	struct map known = { 0 };

	for (size_t i = 0; json_is(metrics, JSON_ARRAY) && i < metrics->a.n; i++)
		map_put(mem, &known, place(mem, metrics->a.items[i]), metrics->a.items[i]);
	for (size_t i = 0; known.n && json_is(pods, JSON_ARRAY) && i < pods->a.n; i++) {
		const struct json *m = map_get(&known, place(mem, pods->a.items[i]));

		if (m)
			json_push(mem, out, usage_of_pod(mem, pods->a.items[i], m));
	}
	return out;
}
