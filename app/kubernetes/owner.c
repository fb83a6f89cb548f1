/* Whose findings are: by the label that objects and entities share. */
#include "kubernetes/owner.h"

#include "base/list.h"
#include "base/map.h"
#include "catalog/query.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "identity/identity.h"
#include "kubernetes/match.h"

enum { AT_ONCE = 500, ENTITIES_MOST = 5000 };

static const char *id_of(const struct json *finding)
{
	return json_get_text(json_get(finding, "object"), "kubernetesId", NULL);
}

/* The labels of all findings, each once. */
static void collect(struct arena *mem, const struct json *items, struct text_list *out)
{
	struct map seen = { 0 };

	for (size_t i = 0; i < json_len(items); i++) {
		const struct json *found = json_get(items->a.items[i], "findings");

		for (size_t j = 0; json_is(found, JSON_ARRAY) && j < found->a.n; j++) {
			const char *id = id_of(found->a.items[j]);

			if (!id || map_get(&seen, id))
				continue;
			map_put(mem, &seen, id, out);
			*list_add(mem, out) = id;
		}
	}
}

static struct json *entity_json(struct arena *mem, const char *ref, const struct json *entity)
{
	const struct json *meta = json_get(entity, "metadata"), *relations = json_get(entity, "relations");
	struct json *o = json_object(mem);

	json_set(mem, o, "ref", json_str(mem, ref));
	json_set(mem, o, "title", json_str(mem, json_get_text(meta, "title", json_get_text(meta, "name", ref))));
	for (size_t i = 0; json_is(relations, JSON_ARRAY) && i < relations->a.n; i++)
		if (streq(json_get_text(relations->a.items[i], "type", ""), "ownedBy") && !json_get(o, "owner"))
			json_set(mem, o, "owner", json_str(mem, json_get_text(relations->a.items[i], "targetRef", "")));
	return o;
}

/* Entities with one of these annotations that may be read; the first of a label counts. */
static int look_up(struct ctx *cx, const char **ids, size_t n, struct map *known)
{
	struct query q = { .orders = { { "metadata.name", false } }, .n_orders = 1, .limit = ENTITIES_MOST };
	struct condition *c = arena_new(cx->mem, struct condition);
	struct entities found = { 0 };
	struct query_page page;
	int rc;

	*c = (struct condition){ .key = "metadata.annotations." KUBERNETES_ID };
	for (size_t i = 0; i < n; i++)
		*list_add(cx->mem, &c->values) = str_lower(cx->mem, ids[i], strlen(ids[i]));
	*list_add(cx->mem, &q.filter) = (struct conjunction){ .items = c, .n = 1, .cap = 1 };
	rc = query_page(cx, &q, &page);
	if (rc == 0)
		rc = query_bodies(cx, &q, page.hits, page.n, &found);
	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		struct json *entity;
		const char *id;

		rc = json_parse(cx, found.items[i].body, &entity);
		if (rc < 0)
			break;
		id = json_text(json_path(entity, "metadata", "annotations", KUBERNETES_ID, NULL), "");
		/* Where several have it, the one that is called so. */
		if (!map_get(known, id) || streq(json_text(json_path(entity, "metadata", "name", NULL), ""), id))
			map_put(cx->mem, known, id, entity_json(cx->mem, found.items[i].ref, entity));
	}
	return rc;
}

int findings_attribute(struct ctx *cx, struct json *items)
{
	bool all = !cx->who || !cx->who->reads;
	struct text_list ids = { 0 };
	struct map known = { 0 };
	int rc = 0;

	collect(cx->mem, items, &ids);
	for (size_t i = 0; rc == 0 && i < ids.n; i += AT_ONCE)
		rc = look_up(cx, ids.items + i, ids.n - i < AT_ONCE ? ids.n - i : AT_ONCE, &known);
	for (size_t i = 0; rc == 0 && i < json_len(items); i++) {
		struct json *found = json_get(items->a.items[i], "findings");
		size_t kept = 0;

		for (size_t j = 0; json_is(found, JSON_ARRAY) && j < found->a.n; j++) {
			struct json *f = found->a.items[j], *entity = id_of(f) ? map_get(&known, id_of(f)) : NULL;

			if (entity)
				json_set(cx->mem, f, "entity", entity);
			if (entity || all)
				found->a.items[kept++] = f;
		}
		if (json_is(found, JSON_ARRAY))
			found->a.n = kept;
	}
	return rc;
}
