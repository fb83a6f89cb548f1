/* The relations that an entity's fields declare (backstage-facts 1.4). */
#include "catalog/relation.h"

#include <stdlib.h>

#include "base/list.h"
#include "catalog/ref.h"

static int add(struct ctx *cx, const struct kind_field *f, const struct json *v, const char *ns, struct relations *out)
{
	struct ref r;
	int rc = ref_parse(cx, json_text(v, ""), f->target_kind, f->target_ns_default ? NULL : ns, &r);

	if (rc < 0)
		return rc;
	const char *target = ref_format(cx->mem, &r);

	if (strlen(target) > 512)
		return fail(cx, ERR_INPUT, "spec.%s: the reference \"%.60s…\" is longer than 512 bytes", f->name, target);
	*list_add(cx->mem, out) = (struct relation){ f->relation, f->inverse, target };
	return 0;
}

static int by_type_and_target(const void *a, const void *b)
{
	const struct relation *x = a, *y = b;
	int c = strcmp(x->type, y->type);

	return c ? c : strcmp(x->target, y->target);
}

void relations_sort(struct relations *list)
{
	if (list->n > 1)
		qsort(list->items, list->n, sizeof(*list->items), by_type_and_target);
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++)
		if (!kept || by_type_and_target(&list->items[kept - 1], &list->items[i]) != 0)
			list->items[kept++] = list->items[i];
	list->n = kept;
}

int relations_of(struct ctx *cx, const struct kind *kind, const struct json *entity, struct relations *out)
{
	const struct json *spec = json_get(entity, "spec");
	const char *ns = json_text(json_path(entity, "metadata", "namespace", NULL), "default");
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < kind->fields.n; i++) {
		const struct kind_field *f = &kind->fields.items[i];
		const struct json *v = f->relation ? field_value(f, spec) : NULL;

		if (json_is(v, JSON_STRING))
			rc = add(cx, f, v, ns, out);
		for (size_t k = 0; rc == 0 && json_is(v, JSON_ARRAY) && k < v->a.n; k++)
			rc = add(cx, f, v->a.items[k], ns, out);
	}
	relations_sort(out);
	return rc;
}

bool ref_storable(const char *ref)
{
	size_t n = strlen(ref);

	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(ref[i]) && !strchr(":/._-", ref[i]))
			return false;
	return n <= REF_MAX;
}
