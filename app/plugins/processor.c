/* Processors of plugins: what they add to entities that sources bring. */
#include "plugins/processor.h"

#include "base/list.h"
#include "base/log.h"
#include "catalog/processor.h"
#include "ext/crypto.h"
#include "plugins/board.h"
#include "plugins/host.h"

static void add(struct ctx *cx, struct faults *list, const char *name, const struct contribution *c, const char *text)
{
	const char *message = arena_printf(cx->mem, "plugin %s, processor %s: %s", c->plugin->name, c->id, text);

	*list_add(cx->mem, list) = (struct fault){ name, message, message, 0 };
}

/* {errors = {"..."}}: true when that is what it gave. */
static bool take_errors(struct ctx *cx, const struct contribution *c, const struct json *v, struct faults *faults)
{
	const struct json *errors = json_get(v, "kind") ? NULL : json_get(v, "errors");

	for (size_t i = 0; json_is(errors, JSON_ARRAY) && i < errors->a.n; i++)
		add(cx, faults, "InputError", c, json_text(errors->a.items[i], "an error that is no text"));
	return errors;
}

/* One that fails leaves the entity as it is: the catalog does not depend on a plugin's health. */
static void run_one(struct ctx *cx, const struct contribution *c, struct json **entity, struct faults *faults,
		    struct faults *notes)
{
	struct json *out = NULL;
	int rc = plugin_call(cx, c, arena_printf(cx->mem, "processor %s", c->id), CALL_SHORT, entity, 1, &out);

	if (rc < 0) {
		if (!plugin_is_off(c->plugin))
			add(cx, notes, err_name(rc), c, arena_strdup(cx->mem, cx->err.text));
		cx->err = (struct err){ 0 };
		return;
	}
	if (!out || take_errors(cx, c, out, faults))
		return;
	if (json_is(out, JSON_OBJECT) && json_get(out, "kind"))
		*entity = out;
	else
		add(cx, notes, "InputError", c, "it must give the entity, nil or {errors = {...}}");
}

static void run(struct ctx *cx, struct json *entity, struct json **out, struct faults *faults, struct faults *notes)
{
	const struct contributions *list = plugins_contribute(CONTRIBUTES_PROCESSOR);
	struct json *now = entity;

	for (size_t i = 0; i < list->n; i++)
		if (contribution_applies(&list->items[i], now))
			run_one(cx, &list->items[i], &now, faults, notes);
	*out = now == entity ? NULL : now;
}

void processors_prepare(void)
{
	static struct arena keep;
	const struct contributions *list = plugins_contribute(CONTRIBUTES_PROCESSOR);
	struct buf mark = { .mem = &keep };

	if (!list->n)
		return;
	for (size_t i = 0; i < list->n; i++)
		buf_addf(&mark, "%s ", list->items[i].plugin->hash);
	catalog_set_processor(run, buf_text(&mark));
}
