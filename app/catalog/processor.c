/* What others do to entities that are read and good. */
#include "catalog/processor.h"

#include "base/list.h"
#include "catalog/ref.h"

static catalog_processor *processor;
static const char *processor_is = "";

void catalog_set_processor(catalog_processor *fn, const char *mark)
{
	processor = fn;
	processor_is = mark;
}

const char *catalog_processor_mark(void)
{
	return processor_is;
}

static void refuse(struct ctx *cx, struct document *d, const char *message)
{
	*list_add(cx->mem, &d->notes) = (struct fault){ "InputError", message, message, d->line };
}

/* What the server says about an entity is not a processor's to change. */
static void keep_origin(struct arena *mem, const struct json *was, struct json *now)
{
	static const char *const ours[] = { "backstage.io/managed-by-location", "backstage.io/managed-by-origin-location" };
	static const char *const none[] = { "uid", "etag" };
	const struct json *old = json_path(was, "metadata", "annotations", NULL);
	struct json *meta = json_get(now, "metadata"), *annotations = json_get(meta, "annotations");

	if (!json_is(annotations, JSON_OBJECT))
		annotations = json_set(mem, meta, "annotations", json_object(mem));
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (json_get(old, ours[i]))
			json_set(mem, annotations, ours[i], json_get(old, ours[i]));
	json_remove(annotations, "backstage.io/orphan");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		json_remove(meta, none[i]);
	json_remove(now, "relations");
	json_remove(now, "status");
}

bool processor_run(struct ctx *cx, struct document *d)
{
	struct json *out = NULL;
	const char *ref;

	if (!processor)
		return false;
	processor(cx, d->entity, &out, &d->faults, &d->notes);
	if (!out || d->faults.n)
		return false;
	ref = ref_of_entity(cx->mem, out);
	if (!ref || !streq(ref, d->ref) || !json_is(json_get(out, "metadata"), JSON_OBJECT)) {
		refuse(cx, d, "A processor may not change kind, namespace or name of an entity");
		return false;
	}
	keep_origin(cx->mem, d->entity, out);
	d->entity = out;
	return true;
}
