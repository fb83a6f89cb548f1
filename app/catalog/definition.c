/* What the definition of an API says at a glance. */
#include "catalog/definition.h"

#include "base/map.h"
#include "ext/json.h"
#include "ext/yaml.h"

struct outline {
	struct arena *mem;
	struct json *groups;
	struct map by_name; /* name to group */
	size_t total;
};

static const char *text_or_number(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	if (!json_is(v, JSON_NUMBER))
		return json_text(v, "");
	json_write_number(&b, v->num);
	return buf_text(&b);
}

static struct json *group(struct outline *o, const char *name, const char *description)
{
	struct json *g = map_get(&o->by_name, name);

	if (g)
		return g;
	g = json_object(o->mem);
	json_set(o->mem, g, "name", json_str(o->mem, name));
	json_set(o->mem, g, "description", json_str(o->mem, description));
	json_set(o->mem, g, "operations", json_array(o->mem));
	json_push(o->mem, o->groups, g);
	map_put(o->mem, &o->by_name, arena_strdup(o->mem, name), g);
	return g;
}

static void add(struct outline *o, const char *in, const char *method, struct str path, const struct json *operation)
{
	struct json *v;

	if (o->total++ >= OUTLINE_MOST)
		return;
	v = json_object(o->mem);
	json_set(o->mem, v, "method", json_str(o->mem, method));
	json_set(o->mem, v, "path", json_strn(o->mem, path.p, path.n));
	json_set(o->mem, v, "summary",
		 json_str(o->mem, json_get_text(operation, "summary", json_get_text(operation, "operationId", ""))));
	json_set(o->mem, v, "deprecated", json_bool(o->mem, json_get_bool(operation, "deprecated", false)));
	json_push(o->mem, json_get(group(o, in, ""), "operations"), v);
}

/* ---- OpenAPI 2 and 3 ---- */

static void openapi_operations(struct outline *o, const struct json *paths)
{
	static const char *const methods[] = { "get", "put", "post", "delete", "options", "head", "patch", "trace" };

	for (size_t i = 0; json_is(paths, JSON_OBJECT) && i < paths->o.n; i++) {
		const struct json_member *path = &paths->o.m[i];

		for (size_t k = 0; json_is(path->value, JSON_OBJECT) && k < path->value->o.n; k++) {
			const struct json_member *m = &path->value->o.m[k];
			const struct json *tags = json_get(m->value, "tags");
			const char *tag = json_is(tags, JSON_ARRAY) && tags->a.n ? json_text(tags->a.items[0], "") : "";

			for (size_t j = 0; j < LEN(methods); j++)
				if (str_is(m->key, methods[j]) && json_is(m->value, JSON_OBJECT))
					add(o, tag, methods[j], path->key, m->value);
		}
	}
}

/* Tags that are described come in their order, those that are only used behind them. */
static void openapi(struct outline *o, const struct json *doc)
{
	const struct json *tags = json_get(doc, "tags");

	for (size_t i = 0; json_is(tags, JSON_ARRAY) && i < tags->a.n; i++)
		if (*json_get_text(tags->a.items[i], "name", ""))
			group(o, json_get_text(tags->a.items[i], "name", ""),
			      json_get_text(tags->a.items[i], "description", ""));
	openapi_operations(o, json_get(doc, "paths"));
}

static void openapi_servers(struct arena *mem, const struct json *doc, struct json *out)
{
	const struct json *servers = json_get(doc, "servers");
	const char *host = json_get_text(doc, "host", NULL);

	for (size_t i = 0; json_is(servers, JSON_ARRAY) && i < servers->a.n && i < 10; i++)
		if (*json_get_text(servers->a.items[i], "url", ""))
			json_push(mem, out, json_str(mem, json_get_text(servers->a.items[i], "url", "")));
	if (host)
		json_push(mem, out, json_fmt(mem, "%s%s", host, json_get_text(doc, "basePath", "")));
}

/* ---- AsyncAPI 2 (channels hold operations) and 3 (operations name channels) ---- */

/* "#/channels/parcels" -> parcels, or its address. */
static struct str channel_of(const struct json *doc, const struct json *operation)
{
	const char *ref = json_text(json_path(operation, "channel", "$ref", NULL), "");
	const char *name = strrchr(ref, '/') ? strrchr(ref, '/') + 1 : ref;
	const char *address = json_text(json_path(doc, "channels", name, "address", NULL), NULL);

	return str_of(address ? address : name);
}

static void asyncapi(struct outline *o, const struct json *doc)
{
	static const char *const actions[] = { "publish", "subscribe" };
	const struct json *channels = json_get(doc, "channels"), *operations = json_get(doc, "operations");

	for (size_t i = 0; json_is(operations, JSON_OBJECT) && i < operations->o.n; i++) {
		const struct json *operation = operations->o.m[i].value;

		if (json_is(operation, JSON_OBJECT))
			add(o, "", json_get_text(operation, "action", ""), channel_of(doc, operation), operation);
	}
	for (size_t i = 0; json_is(channels, JSON_OBJECT) && i < channels->o.n; i++)
		for (size_t k = 0; k < LEN(actions); k++)
			if (json_is(json_get(channels->o.m[i].value, actions[k]), JSON_OBJECT))
				add(o, "", actions[k], channels->o.m[i].key, json_get(channels->o.m[i].value, actions[k]));
}

static void asyncapi_servers(struct arena *mem, const struct json *doc, struct json *out)
{
	const struct json *servers = json_get(doc, "servers");

	for (size_t i = 0; json_is(servers, JSON_OBJECT) && i < servers->o.n && i < 10; i++) {
		const struct json *s = servers->o.m[i].value;
		const char *at = json_get_text(s, "url", json_get_text(s, "host", ""));

		if (*at)
			json_push(mem, out, json_fmt(mem, "%s (%s)", at, json_get_text(s, "protocol", "")));
	}
}

/* ---- both ---- */

static int read_text(struct ctx *cx, struct str text, struct json **out)
{
	struct yaml_limits limits = { .bytes = OUTLINE_BYTES, .depth = 64, .nodes = 200000, .documents = 2 };
	struct str trimmed = str_trim(text);

	if (text.n > OUTLINE_BYTES)
		return fail(cx, ERR_TOOLARGE, "it has %zu bytes, and an outline is made of at most %d", text.n, OUTLINE_BYTES);
	if (trimmed.n && *trimmed.p == '{')
		return json_parse(cx, text, out);
	return yaml_read_one(cx, text, &limits, out);
}

int definition_outline(struct ctx *cx, const char *type, struct str text, struct json **out)
{
	bool open = str_ieq(type, "openapi"), async = str_ieq(type, "asyncapi");
	struct outline o = { .mem = cx->mem };
	struct json *doc, *servers;
	const struct json *info;
	int rc;

	*out = NULL;
	if (!open && !async)
		return 0;
	rc = read_text(cx, text, &doc);
	if (rc < 0)
		return rc;
	if (!json_is(doc, JSON_OBJECT))
		return fail(cx, ERR_INPUT, "it is %s, and should be an object", json_type_name(doc));
	*out = json_object(cx->mem);
	o.groups = json_set(cx->mem, *out, "groups", json_array(cx->mem));
	servers = json_set(cx->mem, *out, "servers", json_array(cx->mem));
	info = json_get(doc, "info");
	json_set(cx->mem, *out, "title", json_str(cx->mem, json_get_text(info, "title", "")));
	json_set(cx->mem, *out, "version", json_str(cx->mem, text_or_number(cx->mem, json_get(info, "version"))));
	json_set(cx->mem, *out, "description", json_str(cx->mem, json_get_text(info, "description", "")));
	json_set(cx->mem, *out, "format",
		 json_fmt(cx->mem, "%s %s", open ? "OpenAPI" : "AsyncAPI",
			  text_or_number(cx->mem, json_get(doc, async                      ? "asyncapi"
								: json_get(doc, "openapi") ? "openapi"
											   : "swagger"))));
	(open ? openapi_servers : asyncapi_servers)(cx->mem, doc, servers);
	(open ? openapi : asyncapi)(&o, doc);
	json_set(cx->mem, *out, "total", json_num(cx->mem, (double)o.total));
	return 0;
}
