/* What a round brought, as it is kept for those who ask. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "kubernetes/dashboard.h"
#include "kubernetes/detect.h"
#include "kubernetes/fleet_private.h"

/* ---- what nobody may see ---- */

static void hide_values(struct arena *mem, struct json *object, const char *key)
{
	struct json *values = json_get(object, key);

	for (size_t i = 0; json_is(values, JSON_OBJECT) && i < values->o.n; i++)
		values->o.m[i].value = json_str(mem, "***");
	if (values && !json_is(values, JSON_OBJECT))
		json_set(mem, object, key, json_str(mem, "***"));
}

void object_clean(struct arena *mem, struct json *object, bool secret)
{
	static const char applied[] = "kubectl.kubernetes.io/last-applied-configuration";
	struct json *meta = json_get(object, "metadata"), *notes = json_get(meta, "annotations");

	if (json_is(meta, JSON_OBJECT))
		json_remove(meta, "managedFields");
	if (!secret && !streq(json_get_text(object, "kind", ""), "Secret"))
		return;
	hide_values(mem, object, "data");
	hide_values(mem, object, "stringData");
	/* There they are a second time. */
	if (json_get(notes, applied))
		json_set(mem, notes, applied, json_str(mem, "***"));
}

/* ---- events ---- */

static const char *object_name(struct arena *mem, const struct json *ref)
{
	return arena_printf(mem, "%s/%s", json_get_text(ref, "namespace", ""), json_get_text(ref, "name", ""));
}

/* Those that tell of what was found, by namespace and name: an event's kind is not always that of the list. */
static struct json *events_of(struct round *r)
{
	struct arena *mem = &r->mem;
	struct json *out = json_array(mem);
	struct map known = { 0 };

	for (size_t i = 0; i < r->calls.n; i++) {
		const struct call *c = r->calls.items[i];

		for (size_t j = 0; c->what == CALL_OBJECTS && j < json_len(c->items); j++)
			map_put(mem, &known, object_name(mem, json_get(c->items->a.items[j], "metadata")), out);
	}
	for (size_t i = 0; i < r->calls.n; i++) {
		const struct call *c = r->calls.items[i];

		for (size_t j = 0; c->what == CALL_EVENTS && j < json_len(c->items); j++) {
			const struct json *about = json_get(c->items->a.items[j], "involvedObject");

			if (map_get(&known, object_name(mem, about)))
				json_push(mem, out, c->items->a.items[j]);
		}
	}
	return out;
}

/* ---- what is kept ---- */

static struct str keep(struct arena *mem, const struct json *v)
{
	struct buf b = { .mem = mem };

	json_write(&b, v);
	return buf_str(&b);
}

/* [{type, resources}] */
static struct json *resources_of(struct round *r, bool *empty)
{
	struct arena *mem = &r->mem;
	struct json *out = json_array(mem);

	*empty = true;
	for (size_t i = 0; i < r->calls.n; i++) {
		const struct call *c = r->calls.items[i];
		struct json *o = json_object(mem);
		bool custom = streq(c->type, "customresources") && !c->late;

		if (c->what != CALL_OBJECTS || !c->items)
			continue;
		for (size_t j = 0; custom && j < c->items->a.n; j++)
			json_set(mem, c->items->a.items[j], "kind", json_str(mem, c->kind));
		json_set(mem, o, "type", json_str(mem, c->type));
		json_set(mem, o, "resources", c->items);
		json_push(mem, out, o);
		*empty = *empty && c->items->a.n == 0;
	}
	return out;
}

static const struct json *items_of(const struct round *r, int what, const char *type)
{
	for (size_t i = 0; i < r->calls.n; i++)
		if ((int)r->calls.items[i]->what == what && streq(r->calls.items[i]->type, type))
			return r->calls.items[i]->items;
	return NULL;
}

static bool has_lost_events(const struct round *r)
{
	for (size_t i = 0; i < r->calls.n; i++)
		if (r->calls.items[i]->what == CALL_EVENTS && r->calls.items[i]->lost)
			return true;
	return false;
}

static void keep_content(struct round *r, struct arena *kept)
{
	struct view *v = r->view;
	bool empty;
	struct json *resources = resources_of(r, &empty), *events = events_of(r);
	struct json *usage = usage_of(&r->mem, items_of(r, CALL_OBJECTS, "pods"), items_of(r, CALL_METRICS, ""));

	kept_events(r, events);
	struct detect_objects o = detect_sorted(resources, events, clock_wall_ms());
	struct json *findings = detect_findings(&r->mem, &o);

	dashboard_add(&r->mem, cluster_json(&r->mem, &r->cluster), resources, findings);
	v->empty = empty && json_len(usage) == 0;
	v->findings = keep(kept, kept_findings(r, findings));
	kept_lists(r, kept);
	v->has_events = r->with_events;
	v->has = true;
	v->at_us = clock_mono_us();
	v->at_ms = clock_wall_ms();
	if (!has_lost_events(r))
		v->events_at_us = v->at_us;
	judge_begin(r, events);
	if (v->findings_only)
		return;
	v->metrics = keep(kept, usage);
	v->events = keep(kept, events);
	v->detected = keep(kept, detect_upstream(&r->mem, &o));
}

/* Beside an error stands when that which is shown all the same is from. */
static void keep_errors(struct round *r, struct arena *kept)
{
	struct view *v = r->view;
	bool late = false;
	char at[25];

	v->errors = keep(kept, r->errors);
	for (size_t i = 0; r->came && i < r->calls.n; i++) {
		const struct call *c = r->calls.items[i];

		if (!c->late || !c->error)
			continue;
		clock_format(c->late->at_ms, at);
		json_set(&r->mem, c->error, "at", json_str(&r->mem, at));
		late = true;
	}
	v->late_errors = late ? keep(kept, r->errors) : (struct str){ 0 };
}

static void forget_content(struct view *v)
{
	struct str none = { 0 };

	judge_forget(v);
	v->has = v->has_events = false;
	v->lists.items = NULL;
	v->lists.n = v->lists.cap = 0;
	v->metrics = v->events = v->findings = v->detected = none;
}

static bool has_failed(const struct round *r)
{
	return r->rc < 0 || (r->lost && !r->came);
}

void view_weigh(struct view *v)
{
	struct fleet *e = v->server->fleet;

	e->bytes -= v->bytes;
	v->bytes = v->kept.used + v->ruled.used + v->mixed.used + v->tabled.used;
	e->bytes += v->bytes;
}

static void take(struct round *r)
{
	struct view *v = r->view;
	struct arena kept = { 0 };

	v->failed = has_failed(r);
	keep_errors(r, &kept);
	if (!v->failed)
		keep_content(r, &kept);
	else if (!kept_stay(v, &kept))
		forget_content(v);
	arena_release(&v->kept);
	v->kept = kept;
	arena_release(&v->tabled);
	v->tables = (struct str){ 0 };
	judge_mix(v);
	v->done_us = clock_mono_us();
	view_weigh(v);
}

void round_finish(struct round *r)
{
	struct server *s = r->view->server;
	struct fleet *fleet = s->fleet;
	bool reached = r->rc == 0 && !(r->heard > 0 && r->broken == r->heard);

	if (r->rc < 0) {
		struct json *o = json_object(&r->mem);

		json_set(&r->mem, o, "errorType", json_str(&r->mem, "FETCH_ERROR"));
		json_set(&r->mem, o, "message", json_fmt(&r->mem, "cluster '%s': %s", s->name, r->cx.err.text));
		json_push(&r->mem, r->errors, o);
	}
	take(r);
	/* A token that is missing says nothing about the server. */
	if (r->rc != ERR_AUTH && r->rc != ERR_NOTFOUND && r->rc != ERR_INPUT)
		server_note(s, reached, r->rc < 0 ? r->cx.err.text : "it answers with server errors");
	round_drop(r);
	fleet_next(fleet);
}
