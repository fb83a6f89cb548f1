/* Lists of objects as an API server gave them, from ../shared/corpus/k8s; none where it is not there. For more than one test.
 */
#ifndef TESTS_RECORDED_H
#define TESTS_RECORDED_H

#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "ext/json.h"

#define RECORDED "../shared/corpus/k8s"
#define RECORDED_CLOCK "2026-11-22T11:40:00Z"
#define RECORDED_HPAS "apis__autoscaling__v2beta2__horizontalpodautoscalers"

static const struct {
	const char *type, *file;
} recorded_lists[] = {
	{ "pods", "api__v1__pods" },
	{ "services", "api__v1__services" },
	{ "resourcequotas", "api__v1__resourcequotas" },
	{ "deployments", "apis__apps__v1__deployments" },
	{ "replicasets", "apis__apps__v1__replicasets" },
	{ "statefulsets", "apis__apps__v1__statefulsets" },
	{ "daemonsets", "apis__apps__v1__daemonsets" },
	{ "horizontalpodautoscalers", RECORDED_HPAS },
	{ "jobs", "apis__batch__v1__jobs" },
	{ "cronjobs", "apis__batch__v1beta1__cronjobs" },
	{ "ingresses", "apis__networking.k8s.io__v1__ingresses" },
	{ "customresources", "apis__platform.example.com__v1__messagequeues" },
};

static inline struct str recorded_file(struct arena *mem, const char *path)
{
	struct buf b = { .mem = mem };
	char piece[65536];
	FILE *f = fopen(path, "re");

	for (size_t n; f && (n = fread(piece, 1, sizeof(piece), f)) > 0;)
		buf_add(&b, piece, n);
	if (f)
		fclose(f);
	return buf_str(&b);
}

static inline struct json *recorded_json(struct arena *mem, struct str text)
{
	struct ctx cx = { .mem = mem, .request_id = "" };
	struct json *v = NULL;

	if (!text.n || json_parse(&cx, text, &v) < 0)
		return NULL;
	return v;
}

static inline struct json *recorded_items(struct arena *mem, const char *cluster, const char *file)
{
	const char *path = arena_printf(mem, RECORDED "/recorded/%s/%s.json", cluster, file);

	return json_get(recorded_json(mem, recorded_file(mem, path)), "items");
}

/* [{type, resources}] with autoscalers of one of the API's versions. */
static inline struct json *recorded_resources(struct arena *mem, const char *cluster, const char *hpas)
{
	struct json *out = json_array(mem);

	for (size_t i = 0; i < LEN(recorded_lists); i++) {
		struct json *o = json_object(mem);
		const char *type = recorded_lists[i].type;
		struct json *items =
			recorded_items(mem, cluster, streq(type, "horizontalpodautoscalers") ? hpas : recorded_lists[i].file);

		json_set(mem, o, "type", json_str(mem, type));
		json_set(mem, o, "resources", items ? items : json_array(mem));
		json_push(mem, out, o);
	}
	return out;
}

static unsigned recorded_draw(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static inline struct json *recorded_odd(struct arena *mem, unsigned *seed)
{
	static const char *const texts[] = { "",  "False",   "True",   "Failed", "%s%n", "2026-13-45T99:99:99Z",
					     "~", "1e400Gi", "\x01<b>" };

	switch (recorded_draw(seed) % 8) {
	case 0:
		return json_null(mem);
	case 1:
		return json_bool(mem, recorded_draw(seed) & 1);
	case 2:
		return json_num(mem, -1.5e300);
	case 3:
		return json_num(mem, recorded_draw(seed) % 3);
	case 4:
		return json_array(mem);
	case 5:
		return json_object(mem);
	default:
		return json_str(mem, texts[recorded_draw(seed) % LEN(texts)]);
	}
}

/* About one value in thirty becomes something else. */
static inline void recorded_spoil(struct arena *mem, struct json *v, unsigned *seed)
{
	bool list = json_is(v, JSON_ARRAY);

	for (size_t i = 0; (list || json_is(v, JSON_OBJECT)) && i < json_len(v); i++) {
		struct json **at = list ? &v->a.items[i] : &v->o.m[i].value;

		if (recorded_draw(seed) % 30 == 0)
			*at = recorded_odd(mem, seed);
		else
			recorded_spoil(mem, *at, seed);
	}
}

#endif
