/* Filters and globals of plugins, in steps and skeletons of templates. */
#include "base/list.h"
#include "base/log.h"
#include "plugins/action.h"
#include "scaffolder/extension.h"

/* The last argument holds those that were named. What a template hands over wrongly does not switch the plugin off. */
static int call(struct ctx *cx, const struct contribution *c, const char *what, struct json *const *args, size_t n,
		const struct json *kwargs, struct json **out)
{
	struct json **all = arena_array(cx->mem, struct json *, n + 1);
	struct action_call *outer = action_pause();
	int rc;

	for (size_t i = 0; i < n; i++)
		all[i] = args[i];
	if (json_len(kwargs))
		all[n++] = json_copy(cx->mem, kwargs);
	*out = NULL;
	rc = plugin_call(cx, c, arena_printf(cx->mem, "%s %s", what, c->id), CALL_AGAIN, all, n, out);
	action_go_on(outer);
	return rc;
}

static int filter(struct ctx *cx, void *arg, struct json *const *args, size_t n, const struct json *kwargs, struct json **out)
{
	return call(cx, arg, "filter", args, n, kwargs, out);
}

static int global(struct ctx *cx, void *arg, struct json *const *args, size_t n, const struct json *kwargs, struct json **out)
{
	return call(cx, arg, "global", args, n, kwargs, out);
}

static bool has(const struct extension_list *list, const char *name, bool is_filter)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].filter == is_filter && streq(list->items[i].name, name))
			return true;
	return false;
}

static void take(struct ctx *cx, struct extension_list *list, const struct contribution *c, bool is_filter)
{
	const char *why = template_extension_problem(c->id, is_filter);

	if (!why && has(list, c->id, is_filter))
		why = "another plugin has one of this name";
	if (!why && !c->path && !json_get(c->row, "value"))
		why = "it needs value or run";
	if (why) {
		log_warn("a filter or global of a plugin is left out", "plugin", c->plugin->name, "id", c->id, "why", why,
			 NULL);
		return;
	}
	*list_add(cx->mem, list) = (struct extension){ .name = c->id,
						       .filter = is_filter,
						       .fn = !c->path    ? NULL
							     : is_filter ? filter
									 : global,
						       .arg = (void *)(uintptr_t)c,
						       .row = c->row };
}

void template_extensions_prepare(struct ctx *cx)
{
	const struct contributions *filters = plugins_contribute(CONTRIBUTES_FILTER),
				   *globals = plugins_contribute(CONTRIBUTES_GLOBAL);
	struct extension_list *list = arena_new(cx->mem, struct extension_list);

	for (size_t i = 0; i < filters->n; i++)
		take(cx, list, &filters->items[i], true);
	for (size_t i = 0; i < globals->n; i++)
		take(cx, list, &globals->items[i], false);
	template_extend(list);
}
