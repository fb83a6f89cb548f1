/* The catalog's part of the configuration. Rules and defaults: backstage-facts 1.7 to 1.9. */
#include "catalog/settings.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/list.h"
#include "catalog/processor.h"
#include "ext/crypto.h"

static struct {
	const struct json *conf;
	struct arena mem;
	struct catalog_settings settings;
} cache;

/* "dir/../x.yaml" relative to the process's folder, as Backstage takes it. */
static const char *absolute(struct arena *mem, const char *path)
{
	char cwd[4096];

	if (*path == '/' || !getcwd(cwd, sizeof(cwd)))
		return path;
	while (str_starts(path, "./"))
		path += 2;
	while (str_starts(path, "../") && strrchr(cwd, '/') && cwd[1]) {
		*strrchr(cwd, '/') = '\0';
		path += 3;
	}
	return arena_printf(mem, "%s/%s", cwd, path);
}

static int load_allow(struct ctx *cx, struct arena *mem, const struct json *allow, struct rule *out)
{
	if (!json_is(allow, JSON_ARRAY))
		return fail(cx, ERR_INPUT, "catalog.rules: each rule needs a list \"allow\" of kinds");
	out->kinds = arena_array(mem, struct rule_kind, allow->a.n);
	for (size_t i = 0; i < allow->a.n; i++) {
		const struct json *v = allow->a.items[i];
		const char *kind = json_text(v, json_get_text(v, "kind", NULL));

		if (!kind)
			return fail(cx, ERR_INPUT,
				    "catalog.rules: an entry of \"allow\" must be a kind or {kind, spec.type} (line %u)",
				    v->line);
		out->kinds[out->n_kinds++] = (struct rule_kind){ kind, json_get_text(v, "spec.type", NULL) };
	}
	return 0;
}

static int load_place(struct ctx *cx, struct arena *mem, const struct json *v, struct rule_place *out)
{
	*out = (struct rule_place){ json_get_text(v, "type", NULL), json_get_text(v, "exact", NULL),
				    json_get_text(v, "pattern", NULL) };
	if (!out->type)
		return fail(cx, ERR_INPUT, "catalog.rules: a location needs a type (line %u)", v->line);
	if (out->exact && out->pattern)
		return fail(cx, ERR_INPUT, "catalog.rules: a location has both exact and pattern (line %u); choose one",
			    v->line);
	if (out->exact && streq(out->type, "file"))
		out->exact = absolute(mem, out->exact);
	return 0;
}

static int load_rule(struct ctx *cx, struct arena *mem, const struct json *v, struct rules *out)
{
	const struct json *places = json_get(v, "locations");
	struct rule rule = { 0 };
	int rc = load_allow(cx, mem, json_get(v, "allow"), &rule);

	rule.places = arena_array(mem, struct rule_place, json_len(places));
	for (size_t i = 0; rc == 0 && i < json_len(places); i++)
		rc = load_place(cx, mem, places->a.items[i], &rule.places[rule.n_places++]);
	*list_add(mem, out) = rule;
	return rc;
}

static int load_rules(struct ctx *cx, struct arena *mem, const struct json *rules, struct rules *out)
{
	static struct rule_kind defaults[] = { { "Component", NULL }, { "API", NULL }, { "Location", NULL } };
	int rc = 0;

	if (!rules)
		*list_add(mem, out) = (struct rule){ .kinds = defaults, .n_kinds = LEN(defaults) };
	for (size_t i = 0; rc == 0 && i < json_len(rules); i++)
		rc = load_rule(cx, mem, rules->a.items[i], out);
	return rc;
}

/* catalog.locations, each with rules of its own for that one location. */
static int load_locations(struct ctx *cx, struct arena *mem, const struct json *list, struct catalog_settings *out)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *v = list->a.items[i], *rules = json_get(v, "rules");
		struct location loc = { json_get_text(v, "type", NULL), json_get_text(v, "target", NULL) };

		if (!loc.type || !loc.target)
			return fail(cx, ERR_INPUT, "catalog.locations: entry %zu needs a type and a target (line %u)", i + 1,
				    v->line);
		if (!streq(loc.type, "file") && !streq(loc.type, "url"))
			return fail(cx, ERR_INPUT, "catalog.locations: unknown type \"%s\" (line %u); known are file and url",
				    loc.type, v->line);
		if (streq(loc.type, "file"))
			loc.target = absolute(mem, loc.target);
		*list_add(mem, &out->locations) = loc;
		for (size_t k = 0; k < json_len(rules); k++) {
			struct rule rule = { 0 };
			int rc = load_allow(cx, mem, json_get(rules->a.items[k], "allow"), &rule);

			if (rc < 0)
				return rc;
			rule.places = arena_new(mem, struct rule_place);
			rule.places[0] = (struct rule_place){ .type = loc.type, .exact = loc.target };
			rule.n_places = 1;
			*list_add(mem, &out->rules) = rule;
		}
	}
	return 0;
}

static int load_interval(struct ctx *cx, const struct json *v, struct catalog_settings *out)
{
	out->processing = true;
	out->interval_ms = 100000;
	out->interval_spread_ms = 50000;
	if (!v)
		return 0;
	if (json_is(v, JSON_BOOL)) {
		out->processing = v->b;
		return 0;
	}
	int rc = config_duration_ms(cx, v, &out->interval_ms);

	if (rc == 0 && out->interval_ms < 1000)
		rc = fail(cx, ERR_INPUT, "catalog.processingInterval must be at least one second");
	out->interval_spread_ms = out->interval_ms / 2;
	return rc;
}

static int load(struct ctx *cx, struct arena *mem, struct catalog_settings *out)
{
	const struct json *c = json_get(cx->conf, "catalog"), *list = json_get(c, "locations");
	struct buf what = { .mem = cx->mem };
	int rc = kinds_load(cx, mem, &out->kinds);

	if (rc == 0)
		rc = load_rules(cx, mem, json_get(c, "rules"), &out->rules);
	if (rc == 0)
		rc = load_locations(cx, mem, list, out);
	if (rc == 0)
		rc = load_interval(cx, json_get(c, "processingInterval"), out);
	out->readonly = json_get_bool(c, "readonly", false);
	out->refresh_on_conflict = streq(json_get_text(c, "defaultLocationConflictStrategy", "reject"), "refresh");
	out->keep_orphans = streq(json_get_text(c, "orphanStrategy", "delete"), "keep");
	buf_adds(&what, "1"); /* raise when the processing itself changes what comes out */
	buf_adds(&what, catalog_processor_mark());
	static const char *const parts[] = { "rules", "kinds", "locations" };

	for (size_t i = 0; i < LEN(parts); i++)
		if (json_get(c, parts[i]))
			json_write_stable(&what, json_get(c, parts[i]));
	crypto_sha1_hex(buf_str(&what), out->hash);
	return rc;
}

const struct catalog_settings *catalog_settings(struct ctx *cx)
{
	if (cache.conf == cx->conf && cx->conf)
		return &cache.settings;
	arena_release(&cache.mem);
	cache.settings = (struct catalog_settings){ 0 };
	cache.conf = NULL;
	if (load(cx, &cache.mem, &cache.settings) < 0)
		return NULL;
	cache.conf = cx->conf;
	return &cache.settings;
}

static bool place_fits(const struct rule_place *p, const struct location *origin)
{
	if (!streq(p->type, origin->type))
		return false;
	if (p->exact)
		return streq(p->exact, origin->target);
	return !p->pattern || glob_match(p->pattern, origin->target, true);
}

bool rule_allows(const struct rules *rules, const char *kind, const char *type, const struct location *origin)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *r = &rules->items[i];
		bool place = r->n_places == 0, fits = false;

		for (size_t k = 0; k < r->n_places; k++)
			place |= place_fits(&r->places[k], origin);
		for (size_t k = 0; place && k < r->n_kinds; k++)
			fits |= str_ieq(r->kinds[k].kind, kind) &&
				(!r->kinds[k].type || (type && str_ieq(r->kinds[k].type, type)));
		if (fits)
			return true;
	}
	return false;
}
