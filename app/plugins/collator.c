/* What plugins bring to search: documents of a type of their own. */
#include "plugins/collator.h"

#include "base/list.h"
#include "catalog/entity.h"
#include "catalog/ref.h"
#include "plugins/host.h"
#include "search/search.h"

enum { DOCUMENTS_MOST = 10000 };

static const char *source_of(struct arena *mem, const char *plugin, const char *id)
{
	return arena_printf(mem, "plugin:%s/%s", plugin, id);
}

/* Of two plugins with the same type, the first has it: its permission says who may read. */
static const struct contribution *owner_of(const char *type)
{
	const struct contributions *all = plugins_contribute(CONTRIBUTES_SEARCH);

	for (size_t i = 0; i < all->n; i++)
		if (streq(all->items[i].id, type))
			return &all->items[i];
	return NULL;
}

void collators_prepare(void)
{
	const struct contributions *all = plugins_contribute(CONTRIBUTES_SEARCH);

	for (size_t i = 0; i < all->n; i++)
		search_type(all->items[i].id, all->items[i].permission ? all->items[i].permission : "plugin.page.read");
}

struct collating {
	struct search_document *documents;
	struct text_list refs; /* of the entities that they name; "" for none */
	size_t n;
};

static int bad(struct ctx *cx, size_t i, const char *why)
{
	return fail(cx, ERR_PLUGIN,
		    "document %zu %s; one is like { title = \"...\", text = \"...\", location = \"https://...\" }", i + 1, why);
}

/* All that is not title, text, location or entity is a field. */
static int read_document(struct ctx *cx, const struct json *v, size_t i, struct collating *out)
{
	const struct json *title = json_get(v, "title"), *text = json_get(v, "text"), *location = json_get(v, "location");
	const struct json *entity = json_get(v, "entity");
	struct json *fields = json_object(cx->mem);
	struct ref ref;

	if (!json_is(title, JSON_STRING) || !json_is(location, JSON_STRING) || !location->s.n)
		return bad(cx, i, "has no title or no location");
	if (text && !json_is(text, JSON_STRING))
		return bad(cx, i, "has a text that is none");
	if (entity && ref_parse(cx, json_text(entity, ""), NULL, NULL, &ref) < 0)
		return bad(cx, i, "names an entity with what is no reference");
	for (size_t k = 0; k < v->o.n; k++) {
		struct str key = v->o.m[k].key;

		if (!str_is(key, "title") && !str_is(key, "text") && !str_is(key, "location") && !str_is(key, "entity"))
			json_setn(cx->mem, fields, key, v->o.m[k].value);
	}
	out->documents[out->n++] = (struct search_document){
		.location = location->s.p, .title = title->s.p, .text = text ? text->s : STR(""), .fields = fields
	};
	*list_add(cx->mem, &out->refs) = entity ? ref_format(cx->mem, &ref) : "";
	return 0;
}

/* Documents of an entity that is not there are nobody's to read: they are left out. */
static int name_entities(struct ctx *cx, struct collating *c, size_t *without)
{
	uint64_t *ids = arena_array(cx->mem, uint64_t, c->n);
	size_t kept = 0;
	int rc = entity_ids(cx, &c->refs, ids);

	for (size_t i = 0; rc == 0 && i < c->n; i++) {
		if (*c->refs.items[i] && !ids[i])
			continue;
		c->documents[kept] = c->documents[i];
		c->documents[kept++].entity_id = ids[i];
	}
	*without = c->n - kept;
	c->n = kept;
	return rc;
}

static int read_all(struct ctx *cx, const struct json *list, struct collating *out)
{
	size_t n = json_len(list);
	int rc = 0;

	/* In Lua an empty table is a list as well as an object. Nothing at all is no list: all documents would go. */
	if (!json_is(list, JSON_ARRAY) && (n || !json_is(list, JSON_OBJECT)))
		return fail(cx, ERR_PLUGIN, "a collator returns a list of documents");
	if (n > DOCUMENTS_MOST)
		return fail(cx, ERR_PLUGIN, "a collator returns at most %d documents, not %zu", DOCUMENTS_MOST, n);
	out->documents = arena_array(cx->mem, struct search_document, n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = read_document(cx, list->a.items[i], i, out);
	return rc;
}

int collator_gone(struct ctx *cx, const char *plugin, const char *id)
{
	return search_put(cx, id, source_of(cx->mem, plugin, id), 0, NULL, 0);
}

int collator_yield(struct ctx *cx, const struct contribution *c)
{
	return owner_of(c->id)->plugin == c->plugin ? 0 : collator_gone(cx, c->plugin->name, c->id);
}

int collator_run(struct ctx *cx, const struct contribution *c, const char *what, const char **summary)
{
	struct collating all = { 0 };
	struct json *list = NULL;
	size_t without = 0;
	int rc;

	*summary = "";
	if (owner_of(c->id)->plugin != c->plugin)
		return fail(cx, ERR_PLUGIN, "the plugin %s has documents of the type '%s' already",
			    owner_of(c->id)->plugin->name, c->id);
	rc = plugin_call(cx, c, what, CALL_LONG, NULL, 0, &list);
	if (rc == 0)
		rc = read_all(cx, list, &all);
	if (rc == 0)
		rc = name_entities(cx, &all, &without);
	if (rc == 0)
		rc = search_put(cx, c->id, source_of(cx->mem, c->plugin->name, c->id), 0, all.documents, all.n);
	if (rc == 0)
		*summary = arena_printf(
			cx->mem, "%zu documents%s", all.n,
			without ? arena_printf(cx->mem, ", %zu left out: their entity is not in the catalog", without) : "");
	return rc;
}
