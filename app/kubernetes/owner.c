/* Whose findings are: by the label that objects and entities share. */
#include "kubernetes/owner.h"

#include "base/list.h"
#include "base/map.h"
#include "catalog/entity.h"
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

/* Those that may be read and have one of the values as that annotation, in either case. */
static int find_by(struct ctx *cx, const char *annotation, const char *const *values, size_t n, struct entities *found)
{
	struct query q = { .orders = { { "metadata.name", false } }, .n_orders = 1, .limit = ENTITIES_MOST };
	struct condition *c = arena_new(cx->mem, struct condition);
	struct query_page page;
	int rc;

	*c = (struct condition){ .key = arena_printf(cx->mem, "metadata.annotations.%s", annotation) };
	for (size_t i = 0; i < n; i++)
		*list_add(cx->mem, &c->values) = str_lower(cx->mem, values[i], strlen(values[i]));
	*list_add(cx->mem, &q.filter) = (struct conjunction){ .items = c, .n = 1, .cap = 1 };
	rc = query_page(cx, &q, &page);
	return rc < 0 ? rc : query_bodies(cx, &q, page.hits, page.n, found);
}

static const char *note_of(const struct json *entity, const char *annotation)
{
	return json_text(json_path(entity, "metadata", "annotations", annotation, NULL), "");
}

/* Entities with one of these annotations that may be read; the first of a label counts. */
static int look_up(struct ctx *cx, const char **ids, size_t n, struct map *known)
{
	struct entities found = { 0 };
	int rc = find_by(cx, KUBERNETES_ID, ids, n, &found);

	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		struct json *entity;
		const char *id;

		rc = json_parse(cx, found.items[i].body, &entity);
		if (rc < 0)
			break;
		id = note_of(entity, KUBERNETES_ID);
		/* Where several have it, the one that is called so. */
		if (!map_get(known, id) || streq(json_text(json_path(entity, "metadata", "name", NULL), ""), id))
			map_put(cx->mem, known, id, entity_json(cx->mem, found.items[i].ref, entity));
	}
	return rc;
}

/* ---- who alone has an annotation ---- */

/* By value; null where several have it. */
static int find_alone(struct ctx *cx, const char *annotation, const char *const *values, size_t n, struct map *out)
{
	struct entities found = { 0 };
	int rc = find_by(cx, annotation, values, n, &found);

	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		struct json *entity;
		const char *value;

		rc = json_parse(cx, found.items[i].body, &entity);
		if (rc < 0)
			break;
		value = note_of(entity, annotation);
		map_put(cx->mem, out, value, map_get(out, value) ? json_null(cx->mem) : entity);
	}
	return rc;
}

int owners_by_id(struct ctx *cx, const struct json *ids, struct map *out)
{
	struct text_list values = { 0 };
	int rc = 0;

	for (size_t i = 0; i < json_len(ids); i++)
		*list_add(cx->mem, &values) = json_text(ids->a.items[i], "");
	for (size_t i = 0; rc == 0 && i < values.n; i += AT_ONCE)
		rc = find_alone(cx, KUBERNETES_ID, values.items + i, values.n - i < AT_ONCE ? values.n - i : AT_ONCE, out);
	return rc;
}

int owner_by_selector(struct ctx *cx, const char *selector, const struct json **out)
{
	struct map found = { 0 };
	int rc = find_alone(cx, KUBERNETES_SELECTOR, &selector, 1, &found);
	const struct json *entity = rc == 0 ? map_get(&found, selector) : NULL;

	*out = json_is(entity, JSON_OBJECT) ? entity : NULL;
	return rc;
}

/* ---- whose they are, and who may see them ---- */

static const char *given_of(const struct json *finding)
{
	return json_get_text(finding, "given", NULL);
}

/* Keeps those of each list that fit; ERR_* ends it. */
static int keep_those(struct ctx *cx, struct json *items, int (*fits)(struct ctx *cx, struct json *finding, void *arg),
		      void *arg)
{
	int rc = 0;

	for (size_t i = 0; i < json_len(items); i++) {
		struct json *found = json_get(items->a.items[i], "findings");
		size_t kept = 0;

		for (size_t j = 0; rc >= 0 && json_is(found, JSON_ARRAY) && j < found->a.n; j++) {
			rc = fits(cx, found->a.items[j], arg);
			if (rc > 0)
				found->a.items[kept++] = found->a.items[j];
		}
		if (json_is(found, JSON_ARRAY))
			found->a.n = kept;
	}
	return rc < 0 ? rc : 0;
}

struct permits {
	const char *own;
	struct map asked; /* by reference: may it be read? */
};

static int is_permitted(struct ctx *cx, struct json *finding, void *arg)
{
	static int yes = 1, no = 0;
	struct permits *p = arg;
	const char *given = given_of(finding);
	struct entity entity;
	struct ref ref;
	int *known;

	if (!given || streq(given, p->own))
		return 1;
	known = map_get(&p->asked, given);
	if (known)
		return *known;
	int rc = ref_parse(cx, given, NULL, NULL, &ref);

	if (rc == 0)
		rc = entity_by_name(cx, ref.kind, ref.ns, ref.name, &entity);
	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	cx->err = (struct err){ 0 };
	map_put(cx->mem, &p->asked, given, rc == 0 ? &yes : &no);
	return rc == 0;
}

int findings_permit(struct ctx *cx, struct json *items, const char *own)
{
	struct permits p = { .own = own };

	return cx->who && cx->who->reads ? keep_those(cx, items, is_permitted, &p) : 0;
}

struct owners {
	struct map known;
	bool all; /* may be read, those of nobody as well */
};

/* What a rule says with another entity in mind, which may not be read, is not told either. */
static int is_attributed(struct ctx *cx, struct json *finding, void *arg)
{
	struct owners *o = arg;
	struct json *entity = id_of(finding) ? map_get(&o->known, id_of(finding)) : NULL;
	const char *given = given_of(finding);

	if (entity)
		json_set(cx->mem, finding, "entity", entity);
	return o->all || (entity && (!given || streq(given, json_get_text(entity, "ref", ""))));
}
int findings_attribute(struct ctx *cx, struct json *items)
{
	struct owners o = { .all = !cx->who || !cx->who->reads };
	struct text_list ids = { 0 };
	int rc = 0;

	collect(cx->mem, items, &ids);
	for (size_t i = 0; rc == 0 && i < ids.n; i += AT_ONCE)
		rc = look_up(cx, ids.items + i, ids.n - i < AT_ONCE ? ids.n - i : AT_ONCE, &o.known);
	return rc < 0 ? rc : keep_those(cx, items, is_attributed, &o);
}
