/* The configuration of plugins: limits, and what is handed to each, checked against its schema. */
#include "plugins/plugin_private.h"

#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/schema.h"
#include "base/str.h"

enum { MAX_DEPTH = 32 };

const struct json *plugin_section(const struct ctx *cx, const char *name)
{
	const struct json *v = json_path(cx->conf, "plugins", name, NULL);

	return json_is(v, JSON_OBJECT) ? v : NULL;
}

static int check_limit(struct ctx *cx, const char *key, double least, double most)
{
	const struct json *v = json_path(cx->conf, "plugins", "limits", key, NULL);

	if (!v || (v->type == JSON_NUMBER && v->num >= least && v->num <= most))
		return 0;
	return fail(cx, ERR_INPUT, "configuration: plugins.limits.%s must be a number from %g to %.0f", key, least, most);
}

/* A worker that takes longer than that is ended before the plugin's own limit could say why. */
static int check_seconds(struct ctx *cx)
{
	double most = json_get_num(json_get(cx->conf, "server"), "requestTimeout", 30); /* 0: none */
	double seconds = json_get_num(json_path(cx->conf, "plugins", "limits", NULL), "seconds", 0);

	if (seconds <= most || most <= 0)
		return 0;
	return fail(cx, ERR_INPUT,
		    "configuration: plugins.limits.seconds (%g) must not be more than server.requestTimeout (%g)", seconds,
		    most);
}

int plugins_check(struct ctx *cx)
{
	int rc = check_limit(cx, "seconds", 0.01, 3600);

	if (rc == 0)
		rc = check_seconds(cx);
	if (rc == 0)
		rc = check_limit(cx, "instructions", 1000, 1e12);
	return rc < 0 ? rc : check_limit(cx, "memory", 1, 4096);
}

/* ---- defaults ---- */

/* "3306" where a number belongs: ${PORT} gives texts. */
static void coerce(const struct json *schema, struct json *v)
{
	const char *type = json_get_text(schema, "type", "");
	char *end;
	double num;

	if (v->type != JSON_STRING || !v->s.n)
		return;
	if (streq(type, "number") || streq(type, "integer")) {
		num = strtod(v->s.p, &end);
		if (!*end && isfinite(num))
			*v = (struct json){ .type = JSON_NUMBER, .line = v->line, .num = num };
	} else if (streq(type, "boolean") && (str_is(v->s, "true") || str_is(v->s, "false"))) {
		*v = (struct json){ .type = JSON_BOOL, .line = v->line, .b = v->s.n == 4 };
	}
}

static void fill(struct arena *mem, const struct json *schema, struct json *v, int depth);

static bool has_required(const struct json *schema, const struct json *v)
{
	const struct json *names = json_get(schema, "required");

	for (size_t i = 0; json_is(names, JSON_ARRAY) && i < names->a.n; i++)
		if (!json_get(v, json_text(names->a.items[i], "")))
			return false;
	return true;
}

/* What stands for a value that was not given; NULL when nothing does. A map of defaults counts only when nothing else is
 * needed. */
static struct json *default_of(struct arena *mem, const struct json *schema, int depth)
{
	const struct json *given = json_get(schema, "default");
	struct json *v;

	if (given)
		return json_copy(mem, given);
	if (!json_is(json_get(schema, "properties"), JSON_OBJECT))
		return NULL;
	v = json_object(mem);
	fill(mem, schema, v, depth + 1);
	return v->o.n && has_required(schema, v) ? v : NULL;
}

static void fill(struct arena *mem, const struct json *schema, struct json *v, int depth)
{
	const struct json *properties = json_get(schema, "properties"), *items = json_get(schema, "items");

	if (depth > MAX_DEPTH)
		return;
	coerce(schema, v);
	for (size_t i = 0; v->type == JSON_ARRAY && json_is(items, JSON_OBJECT) && i < v->a.n; i++)
		fill(mem, items, v->a.items[i], depth + 1);
	for (size_t i = 0; v->type == JSON_OBJECT && json_is(properties, JSON_OBJECT) && i < properties->o.n; i++) {
		const struct json_member *m = &properties->o.m[i];
		struct json *have = json_getn(v, m->key), *made = have ? NULL : default_of(mem, m->value, depth);

		if (have)
			fill(mem, m->value, have, depth + 1);
		else if (made)
			json_setn(mem, v, m->key, made);
	}
}

/* ---- secrets ---- */

static bool is_secret(const struct json *schema)
{
	return json_get_bool(schema, "x-secret", false) || streq(json_get_text(schema, "visibility", ""), "secret") ||
	       json_get_bool(schema, "writeOnly", false);
}

/*
 * Calls fn for each value below v that the schema, or what is around it, calls secret. Of a member that it does not describe
 * nobody knows: it is one as well.
 */
static void each_secret(const struct json *schema, struct json *v, bool secret, void (*fn)(struct json *v), int depth)
{
	const struct json *properties = json_get(schema, "properties"), *items = json_get(schema, "items");

	secret = secret || is_secret(schema);
	if (depth > MAX_DEPTH || v->type == JSON_STRING || v->type == JSON_NUMBER || v->type == JSON_BOOL) {
		if (secret)
			fn(v);
		return;
	}
	for (size_t i = 0; v->type == JSON_ARRAY && i < v->a.n; i++)
		each_secret(items, v->a.items[i], secret, fn, depth + 1);
	for (size_t i = 0; v->type == JSON_OBJECT && i < v->o.n; i++) {
		const struct json *own = json_getn(properties, v->o.m[i].key);
		const struct json *of = own ? own : json_get(schema, "additionalProperties");

		each_secret(of, v->o.m[i].value, secret || !json_is(of, JSON_OBJECT), fn, depth + 1);
	}
}

static void mask(struct json *v)
{
	if (v->type == JSON_STRING)
		log_mask(v->s.p);
}

static void hide(struct json *v)
{
	*v = (struct json){ .type = JSON_STRING, .line = v->line, .s = STR("<secret>") };
}

struct json *plugin_config_shown(struct arena *mem, const struct plugin *p)
{
	struct json *copy = p->config ? json_copy(mem, p->config) : json_object(mem);

	each_secret(json_get(p->manifest, "config"), copy, false, hide, 0);
	return copy;
}

/* ---- what is handed to the plugin ---- */

/* "plugins.hello.config.rooms.0.name" from a JSON pointer. */
static const char *key_of(struct arena *mem, const char *name, const char *pointer)
{
	char *key = arena_printf(mem, "plugins.%s.config%s", name, pointer);

	for (char *c = key; *c; c++)
		if (*c == '/')
			*c = '.';
	return key;
}

/* A key that the schema does not know is allowed, as everywhere in the configuration, but most likely a slip. */
static void warn_unknown(const struct plugin *p, const struct json *schema, const struct json *config)
{
	const struct json *known = json_get(schema, "properties");

	if (json_get(schema, "additionalProperties") || json_get(schema, "patternProperties"))
		return;
	for (size_t i = 0; i < config->o.n; i++)
		if (!json_getn(known, config->o.m[i].key))
			log_warn("configuration: the plugin knows no such key", "plugin", p->name, "key", config->o.m[i].key.p,
				 NULL);
}

void plugin_configure(struct ctx *cx, struct plugin *p, struct text_list *problems)
{
	const struct json *given = json_get(plugin_section(cx, p->name), "config"), *schema = json_get(p->manifest, "config");
	struct json *config = given && given->type != JSON_NULL ? json_copy(cx->mem, given) : json_object(cx->mem);
	struct schema_errors faults = { 0 };

	p->config = config;
	if (!json_is(config, JSON_OBJECT)) {
		*list_add(cx->mem, problems) =
			arena_printf(cx->mem, "plugins.%s.config must be a map, not %s", p->name, json_type_name(config));
		p->config = json_object(cx->mem);
		return;
	}
	if (!json_is(schema, JSON_OBJECT)) {
		if (config->o.n)
			log_warn("configuration: the plugin takes no configuration", "plugin", p->name, NULL);
		return;
	}
	fill(cx->mem, schema, config, 0);
	each_secret(schema, config, false, mask, 0);
	warn_unknown(p, schema, config);
	if (schema_check(cx->mem, schema, config, &faults))
		return;
	for (size_t i = 0; i < faults.n; i++)
		*list_add(cx->mem, problems) =
			arena_printf(cx->mem, "%s %s", key_of(cx->mem, p->name, faults.items[i].path), faults.items[i].message);
}
