/* Health rules of plugins: all rules of one plugin look at all objects they are for, as one call. */
#include "plugins/health.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "kubernetes/owner.h"
#include "kubernetes/rule.h"
#include "plugins/api.h"
#include "plugins/board.h"
#include "plugins/host.h"

enum { FINDINGS_MOST = 1000 }; /* of one call */

/* ---- who has rules ---- */

static void add_kinds(struct arena *mem, struct json *to, const struct json *kinds)
{
	for (size_t i = 0; json_is(kinds, JSON_ARRAY) && i < kinds->a.n; i++)
		json_push(mem, to, json_copy(mem, kinds->a.items[i]));
}

static struct json *source_json(struct arena *mem, const struct plugin *p)
{
	struct json *o = json_object(mem), *kinds = json_array(mem), *with = json_array(mem);

	for (size_t i = 0; i < p->by_kind[CONTRIBUTES_HEALTH].n; i++) {
		const struct json *row = p->by_kind[CONTRIBUTES_HEALTH].items[i].row;

		add_kinds(mem, kinds, json_get(row, "kinds"));
		add_kinds(mem, with, json_get(row, "with"));
	}
	json_set(mem, o, "plugin", json_str(mem, p->name));
	json_set(mem, o, "title", json_str(mem, p->title));
	json_set(mem, o, "kinds", kinds);
	json_set(mem, o, "with", with);
	return o;
}

struct json *health_sources(struct arena *mem)
{
	struct json *out = json_array(mem);

	for (size_t i = 0; i < plugins()->n; i++) {
		const struct plugin *p = &plugins()->items[i];

		if (p->state == PLUGIN_ON && p->by_kind[CONTRIBUTES_HEALTH].n)
			json_push(mem, out, source_json(mem, p));
	}
	return out;
}

/* ---- whose the objects are ---- */

static int add_entities(struct ctx *cx, struct scene *s, const char *selector)
{
	const struct json *ids = scene_ids(s), *rest = NULL;
	struct map known = { 0 };
	int rc = owners_by_id(cx, ids, &known);

	for (size_t i = 0; rc == 0 && i < ids->a.n; i++) {
		const char *id = json_text(ids->a.items[i], "");

		const struct json *entity = map_get(&known, id);

		if (json_is(entity, JSON_OBJECT))
			scene_entity(s, id, entity);
	}
	if (rc == 0 && *selector)
		rc = owner_by_selector(cx, selector, &rest);
	if (rc == 0 && rest)
		scene_entity(s, NULL, rest);
	return rc;
}

/* ---- running ---- */

struct run {
	struct ctx *cx;
	const struct plugin *plugin;
	struct scene *scene;
	struct arena turn; /* of one call of a rule */
	struct json *out;
	unsigned errors;
	const char *first; /* of them; NULL: none */
};

static void note(struct run *r, const struct contribution *c, const struct json *object)
{
	struct ctx *cx = r->cx;
	const struct json *meta = json_get(object, "metadata");

	if (r->errors++ == 0)
		r->first = arena_printf(cx->mem, "rule %s, %.60s %.253s: %s", c->id, json_get_text(object, "kind", ""),
					json_get_text(meta, "name", ""), cx->err.text);
	cx->err = (struct err){ 0 };
}

static void look_at(struct run *r, const struct contribution *c, struct json *object)
{
	const struct rule_source of = { r->plugin->name, r->plugin->title, c->row };
	struct json *said = NULL;

	arena_reset(&r->turn);
	struct json *args[] = { object, rule_around(&r->turn, r->scene, c->row, object) };
	int rc = sandbox_call(r->cx, plugin_state(), c->path, args, LEN(args), &said);

	if (rc == 0)
		rc = rule_take(r->cx, r->scene, &of, object, said, r->out);
	if (rc < 0)
		note(r, c, object);
}

static void run_rules(void *arg)
{
	struct run *r = arg;
	const struct contributions *rules = &r->plugin->by_kind[CONTRIBUTES_HEALTH];
	const struct json *objects = scene_objects(r->scene);

	for (size_t i = 0; i < rules->n; i++)
		for (size_t j = 0; j < objects->a.n && !sandbox_broken(plugin_state()); j++) {
			if (r->out->a.n >= FINDINGS_MOST)
				return;
			if (kinds_name(json_get(rules->items[i].row, "kinds"), objects->a.items[j]))
				look_at(r, &rules->items[i], objects->a.items[j]);
		}
}

/* What went wrong, in a sentence; NULL: nothing. */
static const char *failure(const struct run *r)
{
	if (r->out->a.n >= FINDINGS_MOST)
		return arena_printf(r->cx->mem, "its rules find more than %d things", FINDINGS_MOST);
	if (r->errors > 1)
		return arena_printf(r->cx->mem, "%s (and %u more)", r->first, r->errors - 1);
	return r->first;
}

/* *stopped: over a limit; it need not be tried again at once. */
static int run_all(struct run *r, bool private, const char **failed, bool *stopped)
{
	const char *before = api_confine("a health rule");
	int rc = plugin_within(r->cx, r->plugin, "health rules", CALL_QUICK, private, run_rules, r);

	api_confine(before);
	arena_release(&r->turn);
	*failed = NULL;
	if (rc == ERR_UNAVAILABLE)
		return rc;
	*stopped = rc < 0;
	if (rc < 0) {
		*failed = arena_strdup(r->cx->mem, r->cx->err.text);
		r->cx->err = (struct err){ 0 };
		return 0;
	}
	*failed = failure(r);
	if (*failed)
		plugin_blame(r->plugin, "health rules", *failed);
	return 0;
}

int health_judge(struct ctx *cx, const struct json *question, struct json **answer)
{
	const char *name = json_get_text(question, "plugin", ""), *failed = NULL;
	struct run r = { .cx = cx, .plugin = plugin_by_name(name), .out = json_array(cx->mem) };
	struct json *o = json_object(cx->mem);
	bool stopped = false;
	int rc;

	if (!r.plugin)
		return fail(cx, ERR_UNAVAILABLE, "there is no plugin '%.100s'", name);
	r.scene = scene_new(cx->mem, question, clock_wall_ms());
	rc = add_entities(cx, r.scene, json_get_text(question, "selector", ""));
	if (rc == 0)
		rc = run_all(&r, json_get_bool(question, "private", false), &failed, &stopped);
	if (rc < 0)
		return rc;
	json_set(cx->mem, o, "findings", r.out);
	if (failed)
		json_set(cx->mem, o, "failed", json_str(cx->mem, failed));
	if (stopped)
		json_set(cx->mem, o, "stopped", json_bool(cx->mem, true));
	*answer = o;
	return 0;
}
