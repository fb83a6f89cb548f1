/* Changes of the lists of a form: one more item, one less, another order. */
#include "scaffolder/form_private.h"

/* The schema at a place of a resolved one; *value becomes what is there. */
static const struct json *schema_at(struct form_work *w, const struct json *schema, const char *place, struct json *value)
{
	struct arena *mem = w->form->cx->mem;
	struct str rest = str_of(place);
	const char *at = "";

	str_cut(&rest, '/');
	while (schema && rest.p) {
		struct str step = str_cut(&rest, '/');
		const char *below = arena_printf(mem, "%s/%.*s", at, (int)step.n, step.p);
		const struct json *properties = json_get(schema, "properties"), *next = NULL;
		long i;

		for (size_t k = 0; json_is(properties, JSON_OBJECT) && k < properties->o.n; k++)
			if (streq(form_below(mem, at, properties->o.m[k].key), below))
				next = properties->o.m[k].value;
		if (!next && str_long(arena_strndup(mem, step.p, step.n), 0, 1 << 20, &i))
			next = form_item_schema(w, schema, form_at(value, below), at, (size_t)i);
		schema = next;
		at = below;
	}
	return schema;
}

static struct json *new_item(struct form_work *w, const struct json *schema, const struct json *list, const char *at)
{
	struct arena *mem = w->form->cx->mem;
	struct json *item = form_item_schema(w, schema, NULL, at, list->a.n), *v = json_get(item, "default");

	if (v)
		return json_copy(mem, v);
	if (streq(form_type(item), "array"))
		return json_array(mem);
	if (!streq(form_type(item), "object"))
		return json_str(mem, "");
	v = json_object(mem);
	form_fill(mem, item, v);
	return v;
}

/* What was entered in secret below a list is known by its place: that is another one now. */
static void forget_sealed(struct form *f, const char *at)
{
	struct json *left = json_object(f->cx->mem);
	const char *below = arena_printf(f->cx->mem, "%s/", at);

	for (size_t i = 0; i < f->sealed->o.n; i++)
		if (!str_starts(f->sealed->o.m[i].key.p, below))
			json_setn(f->cx->mem, left, f->sealed->o.m[i].key, f->sealed->o.m[i].value);
	f->sealed = left;
}

static void change_item(const char *what, struct json *list, size_t i)
{
	struct json *item = list->a.items[i];

	if (streq(what, "remove")) {
		memmove(&list->a.items[i], &list->a.items[i + 1], (list->a.n - i - 1) * sizeof(item));
		list->a.n--;
	} else if (streq(what, "up") && i > 0) {
		list->a.items[i] = list->a.items[i - 1];
		list->a.items[i - 1] = item;
	} else if (streq(what, "down") && i + 1 < list->a.n) {
		list->a.items[i] = list->a.items[i + 1];
		list->a.items[i + 1] = item;
	}
}

static int add_item(struct form *f, size_t page, const char *place)
{
	struct form_work w = form_work_on(f, page);
	struct json *list = form_at(f->values, place), *root, *above;
	const char *slash = strrchr(place, '/');
	const struct json *schema;
	int rc = form_schema(f, page, &root);

	if (rc < 0)
		return rc;
	schema = schema_at(&w, root, place, f->values);
	if (!schema || !slash || !streq(form_widget(schema), "list") || json_len(list) >= 500)
		return 0;
	above = form_at(f->values, arena_strndup(f->cx->mem, place, (size_t)(slash - place)));
	if (!json_is(list, JSON_ARRAY) && json_is(above, JSON_OBJECT))
		list = json_set(f->cx->mem, above, slash + 1, json_array(f->cx->mem));
	if (json_is(list, JSON_ARRAY))
		json_push(f->cx->mem, list, new_item(&w, schema, list, place));
	return 0;
}

int form_change(struct form *f, size_t page, const char *what)
{
	struct str place = str_of(what), verb = str_cut(&place, ':');
	const char *at = place.p ? place.p : "", *slash = strrchr(at, '/');
	struct json *list;
	long i;

	if (str_is(verb, "add"))
		return add_item(f, page, at);
	if (str_is(verb, "clear")) {
		json_remove(f->sealed, at);
		return 0;
	}
	if (!slash)
		return 0;
	at = arena_strndup(f->cx->mem, at, (size_t)(slash - at));
	list = form_at(f->values, at);
	if (json_is(list, JSON_ARRAY) && str_long(slash + 1, 0, (long)list->a.n - 1, &i)) {
		change_item(arena_strndup(f->cx->mem, verb.p, verb.n), list, (size_t)i);
		forget_sealed(f, at);
	}
	return 0;
}
