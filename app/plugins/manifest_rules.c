/* What of a manifest is beyond a row of manifest.def: the configuration's schema, conditions, and what must not stand twice. */
#include "plugins/manifest.h"

#include "base/map.h"
#include "base/schema.h"
#include "base/str.h"
#include "kubernetes/detect.h"
#include "kubernetes/rule.h"

/* ---- config: a JSON Schema ---- */

static bool is_one_of(struct str key, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(key, names[i]))
			return true;
	return false;
}

/* Lua has one kind of empty table; the keyword, or the type, says which one is meant. */
static void settle_schema(struct json *v)
{
	static const char *const maps[] = { "properties",
					    "patternProperties",
					    "definitions",
					    "dependencies",
					    "additionalProperties",
					    "items",
					    "not",
					    "if",
					    "then",
					    "else" };
	static const char *const lists[] = { "required", "enum", "examples", "allOf", "anyOf", "oneOf" };
	const char *type = json_get_text(v, "type", "");

	for (size_t i = 0; v->type == JSON_ARRAY && i < v->a.n; i++)
		settle_schema(v->a.items[i]);
	for (size_t i = 0; v->type == JSON_OBJECT && i < v->o.n; i++) {
		struct json_member *m = &v->o.m[i];
		bool empty = json_len(m->value) == 0 && (m->value->type == JSON_ARRAY || m->value->type == JSON_OBJECT);
		bool value = str_is(m->key, "default") || str_is(m->key, "const");

		if (empty && (is_one_of(m->key, maps, LEN(maps)) || (value && streq(type, "object"))))
			*m->value = (struct json){ .type = JSON_OBJECT };
		else if (empty && (is_one_of(m->key, lists, LEN(lists)) || (value && streq(type, "array"))))
			*m->value = (struct json){ .type = JSON_ARRAY };
		else if (!value)
			settle_schema(m->value);
	}
}

void manifest_check_config(struct ctx *cx, struct json *schema, struct text_list *problems)
{
	struct schema_errors faults = { 0 };

	if (!json_is(schema, JSON_OBJECT))
		return;
	settle_schema(schema);
	if (!streq(json_get_text(schema, "type", "object"), "object"))
		manifest_problem(cx, problems, "config.type: must be \"object\": it describes plugins.NAME.config, a map");
	if (schema_valid(cx->mem, schema, &faults))
		return;
	for (size_t i = 0; i < faults.n; i++)
		manifest_problem(cx, problems, "config%s: %s", faults.items[i].path, faults.items[i].message);
}

/* ---- when ---- */

static const char *const conditions[] = { "kind", "type", "lifecycle", "namespace", "tag", "annotation", "label" };

static const char *meant(struct arena *mem, struct str name)
{
	const char *wrong = str_lower(mem, name.p, name.n), *best = NULL;
	size_t least = name.n > 5 ? 3 : 2;

	for (size_t i = 0; i < LEN(conditions); i++) {
		size_t d = str_distance(wrong, conditions[i], least);

		if (d < least) {
			least = d;
			best = conditions[i];
		}
	}
	if (best)
		return arena_printf(mem, "did you mean '%s'?", best);
	return "possible are: kind, type, lifecycle, namespace, tag, annotation, label";
}

static bool is_text(const struct json *v)
{
	return v->type == JSON_STRING && v->s.n && !manifest_is_function(v);
}

static bool is_value(const struct json *v)
{
	if (v->type != JSON_ARRAY)
		return is_text(v);
	for (size_t i = 0; i < v->a.n; i++)
		if (!is_text(v->a.items[i]))
			return false;
	return v->a.n > 0;
}

void manifest_check_when(struct ctx *cx, const char *where, struct json *when, struct text_list *problems)
{
	for (size_t i = 0; when->type == JSON_OBJECT && i < when->o.n; i++) {
		const struct json_member *m = &when->o.m[i];

		if (!is_one_of(m->key, conditions, LEN(conditions)))
			manifest_problem(cx, problems, "%s.%.*s: unknown, %s", where, (int)m->key.n, m->key.p,
					 meant(cx->mem, m->key));
		else if (!is_value(m->value))
			manifest_problem(cx, problems,
					 "%s.%s: must be a text or a list of texts, not %s: like kind = \"component\" or "
					 "kind = { \"component\", \"api\" }",
					 where, m->key.p, manifest_type_name(m->value));
	}
}

/* ---- what must not stand twice ---- */

static void check_ids(struct ctx *cx, const struct json *manifest, const char *section, struct text_list *problems)
{
	const struct json *list = json_get(manifest, section);
	struct map seen = { 0 };

	for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++) {
		const char *id = json_get_text(list->a.items[i], "id", NULL), *where;

		if (!id)
			continue;
		where = map_get(&seen, id);
		if (where)
			manifest_problem(cx, problems, "%s[%zu].id: '%s' is %s's id already; each needs one of its own",
					 section, i + 1, id, where);
		else
			map_put(cx->mem, &seen, id, arena_printf(cx->mem, "%s[%zu]", section, i + 1));
	}
}

static void check_paths(struct ctx *cx, const struct json *manifest, const char *section, struct text_list *problems)
{
	const struct json *all = json_get(manifest, section);
	struct map seen = { 0 };

	for (size_t i = 0; json_is(all, JSON_OBJECT) && i < all->o.n; i++) {
		char *key = arena_strndup(cx->mem, all->o.m[i].key.p, all->o.m[i].key.n);
		const char *shape = manifest_path_shape(cx->mem, key);
		const char *before = map_put(cx->mem, &seen, shape, key);

		if (before)
			manifest_problem(cx, problems, "%s: \"%s\" and \"%s\" fit the same addresses", section, before, key);
	}
}

void manifest_check_twice(struct ctx *cx, const struct json *manifest, struct text_list *problems)
{
	static const char *const lists[] = { "cards",  "tabs",    "widgets", "schedules", "providers", "processors",
					     "search", "actions", "filters", "globals",   "health" };

	for (size_t i = 0; i < LEN(lists); i++)
		check_ids(cx, manifest, lists[i], problems);
	check_paths(cx, manifest, "pages", problems);
	check_paths(cx, manifest, "routes", problems);
}

/* ---- what runs by itself ---- */

static void check_time(struct ctx *cx, const struct json *row, const char *where, struct text_list *problems)
{
	bool every = json_get(row, "every"), cron = json_get(row, "cron");

	if (every && cron)
		manifest_problem(cx, problems, "%s: it has both every and cron; only one of them can say when", where);
	if (!every && !cron)
		manifest_problem(cx, problems,
				 "%s.every: missing; it is how often, like every = \"1h\", or cron = \"0 3 * * *\"", where);
}

void manifest_check_times(struct ctx *cx, const struct json *manifest, struct text_list *problems)
{
	static const char *const sections[] = { "schedules", "providers", "search" };

	for (size_t s = 0; s < LEN(sections); s++) {
		const struct json *list = json_get(manifest, sections[s]);

		for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->a.n; i++)
			if (json_is(list->a.items[i], JSON_OBJECT))
				check_time(cx, list->a.items[i], arena_printf(cx->mem, "%s[%zu]", sections[s], i + 1),
					   problems);
	}
}

/* ---- names of what is elsewhere in the manifest ---- */

static void check_key(struct ctx *cx, const struct json *manifest, const char *where, const char *key, const char *schema,
		      struct text_list *problems)
{
	if (!json_get(json_path(manifest, "config", "properties", NULL), key))
		manifest_problem(cx, problems, "%s: '%s' is not in config.properties; add %s = %s there", where, key, key,
				 schema);
}

static void check_secrets(struct ctx *cx, const struct json *manifest, struct text_list *problems)
{
	const struct json *all = json_get(manifest, "webhooks");

	for (size_t i = 0; json_is(all, JSON_OBJECT) && i < all->o.n; i++) {
		const char *where = arena_printf(cx->mem, "webhooks.%s.secret", all->o.m[i].key.p);
		const char *key = json_get_text(all->o.m[i].value, "secret", NULL);

		if (key)
			check_key(cx, manifest, where, key, "{ type = \"string\", [\"x-secret\"] = true }", problems);
	}
}

static void check_hosts(struct ctx *cx, const struct json *manifest, const char *capability, struct text_list *problems)
{
	const struct json *hosts = json_path(manifest, "capabilities", capability, NULL);

	for (size_t i = 0; json_is(hosts, JSON_ARRAY) && i < hosts->a.n; i++) {
		const char *where = arena_printf(cx->mem, "capabilities.%s[%zu]", capability, i + 1);
		const char *host = json_text(hosts->a.items[i], "");

		if (str_starts(host, "config."))
			check_key(cx, manifest, where, host + strlen("config."), "{ type = \"string\" }", problems);
	}
}

/* With parameters in the pages' paths, which one it is is found out when somebody asks. */
static bool has_page(const struct json *pages, const char *path)
{
	for (size_t i = 0; json_is(pages, JSON_OBJECT) && i < pages->o.n; i++)
		if (str_is(pages->o.m[i].key, path) || strpbrk(pages->o.m[i].key.p, ":*"))
			return true;
	return false;
}

static void check_nav(struct ctx *cx, const struct json *manifest, struct text_list *problems)
{
	const struct json *nav = json_get(manifest, "nav");

	for (size_t i = 0; json_is(nav, JSON_ARRAY) && i < nav->a.n; i++) {
		const char *path = json_get_text(nav->a.items[i], "path", NULL);

		if (path && *path == '/' && !has_page(json_get(manifest, "pages"), path))
			manifest_problem(cx, problems,
					 "nav[%zu].path: there is no page '%s'; add pages = { [\"%s\"] = { ... } }", i + 1,
					 path, path);
	}
}

/* ---- health rules ---- */

enum { KINDS_MOST = 20 };

static void check_health(struct ctx *cx, const struct json *manifest, struct text_list *problems)
{
	const struct json *all = json_get(manifest, "health");

	if (json_is(all, JSON_ARRAY) && all->a.n > RULES_MOST)
		manifest_problem(cx, problems, "health: there are %zu rules; at most %d are possible", all->a.n, RULES_MOST);
	for (size_t i = 0; json_is(all, JSON_ARRAY) && i < all->a.n; i++) {
		const struct json *kinds = json_get(all->a.items[i], "kinds"), *advice = json_get(all->a.items[i], "advice");

		if (json_is(kinds, JSON_ARRAY) && (!kinds->a.n || kinds->a.n > KINDS_MOST))
			manifest_problem(cx, problems, "health[%zu].kinds: it must name 1 to %d kinds, like { \"Deployment\" }",
					 i + 1, KINDS_MOST);
		if (json_is(advice, JSON_ARRAY) && advice->a.n > ADVICE_MOST)
			manifest_problem(cx, problems, "health[%zu].advice: there are %zu texts; at most %d are possible",
					 i + 1, advice->a.n, ADVICE_MOST);
	}
}

void manifest_check_names(struct ctx *cx, const struct json *manifest, struct text_list *problems)
{
	check_secrets(cx, manifest, problems);
	check_hosts(cx, manifest, "http", problems);
	check_hosts(cx, manifest, "ldap", problems);
	check_nav(cx, manifest, problems);
	check_health(cx, manifest, problems);
}
