/* Entity providers of plugins: what they bring, kept aside until it is whole. */
#include "plugins/provider.h"

#include "base/buf.h"
#include "base/clock.h"
#include "catalog/provide.h"
#include "plugins/api.h"

enum { SET_MAX = 128 << 20, ENTITIES_MAX = 1000000 };

/* The run that goes on in this process. */
static struct run {
	const struct plugin *plugin;
	const char *name; /* "PLUGIN/ID" */
	struct arena mem; /* of the set */
	struct provided set;
	size_t bytes;
	bool begun;
	bool storing;              /* what was brought takes effect: processors are called, and must not change it */
	struct provide_result sum; /* of all that took effect */
} * running;

static int check_running(struct ctx *cx, const struct plugin *p)
{
	if (running && running->plugin == p && !running->storing)
		return 0;
	return fail(cx, ERR_INPUT, "callboard.provider works only while a provider's run() does");
}

static void drop_set(struct run *r)
{
	arena_release(&r->mem);
	r->set = (struct provided){ 0 };
	r->bytes = 0;
	r->begun = false;
}

/* The list at args[i]; NULL when it is nil and may be. An empty table of Lua is either kind. */
static int list_at(struct ctx *cx, const struct json *v, const char *name, bool needed, const struct json **out)
{
	static const struct json none = { .type = JSON_ARRAY };

	if (!v && needed)
		return fail(cx, ERR_INPUT, "%s is missing: a list", name);
	if (v && !json_is(v, JSON_ARRAY) && !(json_is(v, JSON_OBJECT) && json_len(v) == 0))
		return fail(cx, ERR_INPUT, "%s must be a list, not %s", name,
			    json_is(v, JSON_OBJECT) ? "a table with names" : json_type_name(v));
	*out = json_is(v, JSON_ARRAY) ? v : &none;
	return 0;
}

static int check_entities(struct ctx *cx, const struct json *list)
{
	for (size_t i = 0; i < json_len(list); i++)
		if (!json_is(list->a.items[i], JSON_OBJECT))
			return fail(cx, ERR_INPUT, "entity %zu must be a table, not %s", i + 1,
				    json_type_name(list->a.items[i]));
	return 0;
}

/* Keeps entities aside, as text. */
static int add(struct ctx *cx, const struct json *list)
{
	int rc = check_entities(cx, list);

	for (size_t i = 0; rc == 0 && i < json_len(list); i++) {
		struct buf b = { .mem = cx->mem };

		json_write(&b, list->a.items[i]);
		running->bytes += b.n;
		if (running->bytes > SET_MAX || running->set.n >= ENTITIES_MAX)
			return fail(cx, ERR_TOOLARGE, "a provider may bring %d MiB in %d entities", SET_MAX >> 20,
				    ENTITIES_MAX);
		*list_add(&running->mem, &running->set) = (struct str){ arena_strndup(&running->mem, b.p, b.n), b.n };
	}
	return rc;
}

/* As the plugin sees it: {changed, unchanged, removed, faulty}. */
static struct json *result_json(struct ctx *cx, const struct provide_result *r)
{
	struct json *v = json_object(cx->mem);

	json_set(cx->mem, v, "changed", json_num(cx->mem, (double)r->changed));
	json_set(cx->mem, v, "unchanged", json_num(cx->mem, (double)r->unchanged));
	json_set(cx->mem, v, "removed", json_num(cx->mem, (double)r->removed));
	json_set(cx->mem, v, "faulty", json_num(cx->mem, (double)r->faulty));
	running->sum.changed += r->changed;
	running->sum.unchanged += r->unchanged;
	running->sum.removed += r->removed;
	running->sum.faulty += r->faulty;
	return v;
}

static uint64_t begin_storing(void)
{
	running->storing = true;
	return clock_mono_us();
}

/* The time that it took is not the plugin's. */
static void end_storing(uint64_t begun)
{
	running->storing = false;
	sandbox_give_time(plugin_state(), clock_mono_us() - begun);
}

static int commit(struct ctx *cx, struct json **out)
{
	struct provide_result r;

	uint64_t begun = begin_storing();
	int rc = provide_full(cx, running->name, &running->set, &r);

	end_storing(begun);
	drop_set(running);
	if (rc == 0)
		*out = result_json(cx, &r);
	return rc;
}

int api_provider_begin(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	int rc = check_running(cx, p);

	(void)args;
	(void)n;
	(void)out;
	if (rc == 0) {
		drop_set(running);
		running->begun = true;
	}
	return rc;
}

int api_provider_add(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct json *list;
	int rc = check_running(cx, p);

	(void)out;
	if (rc == 0 && !running->begun)
		rc = fail(cx, ERR_INPUT, "begin() comes before add()");
	if (rc == 0)
		rc = list_at(cx, n > 0 ? args[0] : NULL, "argument 1, entities,", true, &list);
	return rc < 0 ? rc : add(cx, list);
}

int api_provider_commit(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	int rc = check_running(cx, p);

	(void)args;
	(void)n;
	if (rc == 0 && !running->begun)
		rc = fail(cx, ERR_INPUT, "begin() comes before commit()");
	return rc < 0 ? rc : commit(cx, out);
}

int api_provider_full(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct json *list = NULL;
	int rc = check_running(cx, p);

	if (rc == 0)
		rc = list_at(cx, n > 0 ? args[0] : NULL, "argument 1, entities,", true, &list);
	if (rc < 0)
		return rc;
	drop_set(running);
	rc = add(cx, list);
	return rc < 0 ? rc : commit(cx, out);
}

int api_provider_delta(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	static const char *const known[] = { "upsert", "remove", NULL };
	const struct json *what = NULL, *upsert, *gone;
	struct provide_result r;
	uint64_t begun;
	int rc = check_running(cx, p);

	if (rc == 0)
		rc = api_table(cx, args, n, 0, "changes", true, &what);
	if (rc == 0)
		rc = api_only(cx, what, known);
	if (rc == 0)
		rc = list_at(cx, json_get(what, "upsert"), "upsert", false, &upsert);
	if (rc == 0)
		rc = list_at(cx, json_get(what, "remove"), "remove", false, &gone);
	if (rc == 0)
		rc = check_entities(cx, upsert);
	if (rc < 0)
		return rc;
	begun = begin_storing();
	rc = provide_delta(cx, running->name, upsert, gone, &r);
	end_storing(begun);
	if (rc == 0)
		*out = result_json(cx, &r);
	return rc;
}

int provider_run(struct ctx *cx, const struct contribution *c, const char *what, const char **summary)
{
	struct run run = { .plugin = c->plugin, .name = arena_printf(cx->mem, "%s/%s", c->plugin->name, c->id) };
	struct json *arg = sandbox_group(cx->mem, "provider");

	if (!plugin_may(c->plugin, "catalog", "write"))
		return fail(cx, ERR_DENIED, "a provider needs capabilities.catalog = \"write\" in plugin.lua");
	running = &run;
	int rc = plugin_call(cx, c, what, CALL_LONG, &arg, 1, NULL);

	running = NULL;
	drop_set(&run);
	*summary =
		arena_printf(cx->mem, "%zu changed, %zu unchanged, %zu removed%s", run.sum.changed, run.sum.unchanged,
			     run.sum.removed, run.sum.faulty ? arena_printf(cx->mem, ", %zu with errors", run.sum.faulty) : "");
	return rc;
}

int provider_gone(struct ctx *cx, const char *plugin, const char *id)
{
	return provide_nothing(cx, arena_printf(cx->mem, "%s/%s", plugin, id));
}
