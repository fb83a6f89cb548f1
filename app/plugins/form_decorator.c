/* Decorators of forms that plugins contribute. */
#include "base/list.h"
#include "base/log.h"
#include "plugins/action.h"
#include "scaffolder/decorator.h"

/* What a template hands over wrongly does not switch the plugin off. */
static int run(struct ctx *cx, void *arg, struct json *const *args, size_t n, struct json **out)
{
	const struct contribution *c = arg;

	return plugin_call(cx, c, arena_printf(cx->mem, "form decorator %s", c->id), CALL_AGAIN, args, n, out);
}

static bool has(const struct decorator_list *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (streq(list->items[i].id, id))
			return true;
	return false;
}

void form_decorators_prepare(struct ctx *cx)
{
	const struct contributions *all = plugins_contribute(CONTRIBUTES_DECORATOR);
	struct decorator_list *list = arena_new(cx->mem, struct decorator_list);

	for (size_t i = 0; i < all->n; i++) {
		const struct contribution *c = &all->items[i];

		if (has(list, c->id))
			log_warn("a form decorator of a plugin is left out", "plugin", c->plugin->name, "id", c->id, "why",
				 "another one has this id", NULL);
		else
			*list_add(cx->mem, list) = (struct decorator){ c->id, c->row, run, (void *)(uintptr_t)c };
	}
	decorators_set(list);
}
