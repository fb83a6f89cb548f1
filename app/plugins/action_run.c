/* What an action has in its context: its run, the catalog, JSON and YAML. */
#include <time.h>

#include "base/clock.h"
#include "catalog/entity.h"
#include "catalog/location.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "ext/yaml.h"
#include "identity/identity.h"
#include "plugins/action.h"
#include "plugins/api.h"
#include "scaffolder/run.h"

enum { LOOK_MS = 100 };

/* ---- the run ---- */

int action_say(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *line;
	int rc = api_text(cx, args, n, 0, "text", &line);

	(void)arg, (void)out;
	if (rc == 0)
		action_log(cx, action_current(), line);
	return rc;
}

int action_hide_text(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *text;
	int rc = api_text(cx, args, n, 0, "text", &text);

	(void)arg, (void)out;
	if (rc == 0)
		action_hide(action_current(), text);
	return rc;
}

int action_give(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *name;
	int rc = api_text(cx, args, n, 0, "name", &name);

	(void)arg, (void)out;
	if (rc == 0 && n > 1 && args[1])
		action_output(action_current(), name, args[1]);
	return rc;
}

/* Does it for the first time, as far as is known. */
static int do_once(struct ctx *cx, const char *key, const struct json *fn, struct json **out)
{
	int rc = action_begin(cx, action_current(), key);

	if (rc < 0)
		return rc;
	rc = sandbox_call_back(cx, action_state(), fn, NULL, 0, out);
	if (rc == 0)
		return action_keep(cx, action_current(), key, *out ? *out : json_null(cx->mem));
	/* It failed, so that it may be done again; its own error is the one to be told. */
	struct err why = cx->err;

	action_keep(cx, action_current(), key, NULL);
	cx->err = why;
	return rc;
}

/*
 * checkpoint(key, function[, look]): what the function gave the first time. Where nobody knows whether it was done, because a
 * worker ended in the middle of it, look() finds out: what it gives is kept, and nil means that it was not done.
 */
int action_once(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	bool unsure = false, looks = n > 2 && args[2];
	const char *key;
	int rc = api_text(cx, args, n, 0, "key", &key);

	(void)arg;
	if (rc == 0 && n < 2)
		rc = fail(cx, ERR_INPUT, "argument 2, function, is missing");
	if (rc == 0)
		rc = action_checkpoint(cx, action_current(), key, out, looks ? &unsure : NULL);
	if (rc == 0 && unsure) {
		rc = sandbox_call_back(cx, action_state(), args[2], NULL, 0, out);
		if (rc == 0 && *out)
			return action_keep(cx, action_current(), key, *out);
	}
	return rc < 0 || *out ? rc : do_once(cx, key, args[1], out);
}

int action_wait(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const struct json *v = n ? args[0] : NULL;
	int rc = 0;

	(void)arg, (void)out;
	if (!json_is(v, JSON_NUMBER) || !(v->num >= 0))
		return fail(cx, ERR_INPUT, "argument 1, milliseconds, must be a number");
	for (uint64_t end = clock_mono_us() + (uint64_t)(v->num * 1000), now; rc == 0 && (now = clock_mono_us()) < end;) {
		uint64_t us = end - now < LOOK_MS * 1000 ? end - now : LOOK_MS * 1000;

		nanosleep(&(struct timespec){ .tv_nsec = (long)us * 1000 }, NULL);
		rc = action_cancelled(cx, action_current());
	}
	return rc;
}

/* fail("NotFoundError", "there is no such thing") */
int action_fail(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *name, *message;
	int rc = api_text(cx, args, n, 0, "name", &name);

	(void)arg, (void)out;
	if (rc == 0)
		rc = api_text(cx, args, n, 1, "message", &message);
	if (rc < 0)
		return rc;
	for (int code = -1; code > -ERR_COUNT_; code--)
		if (streq(err_name(code), name))
			return fail(cx, code, "%s", message);
	return fail(cx, ERR_INTERNAL, "%s", message);
}

static void set_copy(struct arena *mem, struct json *to, const char *key, const struct json *v)
{
	if (v)
		json_set(mem, to, key, json_copy(mem, v));
}

int action_about(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const struct scaffold *run = action_current()->run;
	struct json *task = json_object(cx->mem);

	(void)arg, (void)args, (void)n;
	json_set(cx->mem, task, "id", json_str(cx->mem, run->id));
	json_set(cx->mem, task, "template", json_str(cx->mem, run->template_ref));
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, "task", task);
	json_set(cx->mem, *out, "dry_run", json_bool(cx->mem, run->dry_run));
	set_copy(cx->mem, *out, "user", run->user);
	json_set(cx->mem, *out, "secrets", run->secrets ? json_copy(cx->mem, run->secrets) : json_object(cx->mem));
	return 0;
}

/* ---- catalog ---- */

/* entity(ref): nil when there is none that whoever runs the template may see. */
int action_catalog_entity(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	(void)arg;
	if (!cx->db)
		return fail(cx, ERR_UNAVAILABLE, "there is no catalog here");
	return api_catalog_entity(cx, NULL, args, n, out);
}

/* ref("conf-team", {kind = "group", namespace = "default"}): "group:default/conf-team" */
int action_catalog_ref(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *text;
	const struct json *o;
	struct ref r;
	int rc = api_text(cx, args, n, 0, "ref", &text);

	(void)arg;
	if (rc == 0)
		rc = api_table(cx, args, n, 1, "defaults", false, &o);
	if (rc == 0)
		rc = ref_parse(cx, text, json_get_text(o, "kind", NULL), json_get_text(o, "namespace", "default"), &r);
	if (rc == 0)
		*out = json_str(cx->mem, ref_format(cx->mem, &r));
	return rc;
}

/* The entity that the file is about: a component before others, what it says itself before the Location made for it. */
static const char *main_ref(struct ctx *cx, const struct json *entities)
{
	const struct json *best = NULL;

	for (size_t i = 0; i < json_len(entities); i++) {
		const struct json *e = entities->a.items[i];

		if (str_starts(json_get_text(json_get(e, "metadata"), "name", ""), "generated-"))
			continue;
		if (!best ||
		    (streq(json_get_text(e, "kind", ""), "Component") && !streq(json_get_text(best, "kind", ""), "Component")))
			best = e;
	}
	if (!best && json_len(entities))
		best = entities->a.items[0];
	return best ? ref_of_entity(cx->mem, best) : NULL;
}

/* register(url): the ref of the entity that came with it, nil when it cannot be told yet. */
int action_catalog_register(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *url, *ref;
	struct registered l;
	struct json *entities = NULL;
	bool exists;
	int rc = api_text(cx, args, n, 0, "url", &url);

	(void)arg;
	if (rc == 0)
		rc = identity_allow(cx, "catalog.location.create");
	if (rc == 0)
		rc = location_register(cx, "url", url, true, &l);
	if (rc == 0)
		rc = location_dry_run(cx, "url", url, &l, &exists, &entities);
	ref = rc == 0 ? main_ref(cx, entities) : NULL;
	if (ref)
		*out = json_str(cx->mem, ref);
	return rc;
}

int action_catalog_resolve(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *base, *url, *full;
	int rc = api_text(cx, args, n, 0, "base", &base);

	(void)arg;
	if (rc == 0)
		rc = api_text(cx, args, n, 1, "url", &url);
	if (rc == 0)
		rc = reader_resolve(cx, &(struct location){ "url", base }, url, &full);
	if (rc == 0)
		*out = json_str(cx->mem, full);
	return rc;
}

/* document(annotations): Lua's tables know no order, the file keeps that of the template. */
int action_catalog_document(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	struct json *entity = json_copy(cx->mem, json_get(action_current()->input, "entity")),
		    *meta = json_get(entity, "metadata");
	struct json *notes = json_get(meta, "annotations");
	struct buf b = { .mem = cx->mem };
	const struct json *more;
	int rc = api_table(cx, args, n, 0, "annotations", true, &more);

	(void)arg;
	if (rc == 0 && !json_is(meta, JSON_OBJECT))
		rc = fail(cx, ERR_INPUT, "the entity has no metadata");
	if (rc < 0)
		return rc;
	if (!json_is(notes, JSON_OBJECT))
		notes = json_set(cx->mem, meta, "annotations", json_object(cx->mem));
	for (size_t i = 0; i < more->o.n; i++)
		json_setn(cx->mem, notes, more->o.m[i].key, more->o.m[i].value);
	rc = yaml_write_file(cx, entity, &b);
	if (rc == 0)
		*out = json_strn(cx->mem, buf_text(&b), b.n);
	return rc;
}

/* ---- JSON and YAML ---- */

int action_json_encode(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	(void)arg;
	return api_json_encode(cx, NULL, args, n, out);
}

int action_json_decode(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	(void)arg;
	return api_json_decode(cx, NULL, args, n, out);
}

int action_yaml_encode(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	struct buf b = { .mem = cx->mem };

	(void)arg;
	if (n == 0 || !args[0])
		return fail(cx, ERR_INPUT, "argument 1 is missing");
	int rc = yaml_write_file(cx, args[0], &b);

	if (rc == 0)
		*out = json_strn(cx->mem, buf_text(&b), b.n);
	return rc;
}

int action_yaml_decode(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const char *text;
	int rc = api_text(cx, args, n, 0, "text", &text);

	(void)arg;
	return rc < 0 ? rc : yaml_read_one(cx, args[0]->s, NULL, out);
}
