/* From rows of the database to documents of the engine, and back to what an answer shows. */
#include "search/document.h"

#include "base/list.h"
#include "catalog/body.h"
#include "catalog/light.h"
#include "ext/json.h"
#include "search/search.h"
#include "sql/search.h"

_Static_assert(sizeof(struct q_search_walk_out) == sizeof(struct follow_row), "a row as it is read");
_Static_assert(sizeof(struct q_search_by_ids_out) == sizeof(struct follow_row), "a row as it is read");
_Static_assert(sizeof(struct q_search_change_behind_out) == sizeof(struct follow_change), "a change as it is read");
const struct follow_source search_documents = { &q_search_change_next, &q_search_change_behind, &q_search_walk,
						&q_search_by_ids };

enum { RELATIONS = 20 };

/* Pages stand a little behind what they are about. */
static const float OF_PAGE = 0.9F, OF_OLD = 0.6F, OF_LOCATION = 0.5F;

struct pairs {
	struct engine_pair *items;
	size_t n, cap;
};

static void add_pair(struct arena *mem, struct pairs *list, const char *field, const char *value)
{
	if (*value)
		*list_add(mem, list) = (struct engine_pair){ str_of(field), str_of(value) };
}

static const char *last_part(const char *ref)
{
	const char *slash = strrchr(ref, '/'), *colon = strrchr(ref, ':');

	return slash ? slash + 1 : colon ? colon + 1 : ref;
}

/* A reference as it is written, and as people write it when they look for it: the last part of it. */
static void add_ref(struct arena *mem, struct pairs *list, const char *field, const char *ref)
{
	add_pair(mem, list, field, ref);
	add_pair(mem, list, arena_printf(mem, "~%s", field), last_part(ref));
}

static const char *spec_text(const struct json *entity, const char *key)
{
	return json_get_text(json_get(entity, "spec"), key, "");
}

/* ---- what is shown ---- */

/* The description; of people and groups also how they are called and reached. */
static const char *entity_text(struct arena *mem, const struct json *entity)
{
	const struct json *profile = json_path(entity, "spec", "profile", NULL);
	const char *parts[] = { json_get_text(json_get(entity, "metadata"), "description", ""),
				json_get_text(profile, "displayName", ""), json_get_text(profile, "email", "") };
	struct buf b = { .mem = mem };

	for (size_t i = 0; i < LEN(parts); i++)
		if (*parts[i])
			buf_addf(&b, "%s%s", b.n ? " : " : "", parts[i]);
	return buf_text(&b);
}

static const char *location_of(struct arena *mem, const struct json *entity)
{
	const struct json *metadata = json_get(entity, "metadata");
	const char *path = arena_printf(mem, "/catalog/%s/%s/%s", json_get_text(metadata, "namespace", "default"),
					json_get_text(entity, "kind", ""), json_get_text(metadata, "name", ""));

	return str_lower(mem, path, strlen(path));
}

struct json *document_shown(struct arena *mem, const struct json *entity)
{
	const struct json *metadata = json_get(entity, "metadata");
	const char *type = spec_text(entity, "type");
	const struct {
		const char *field, *value;
	} all[] = {
		{ "title", json_get_text(metadata, "title", json_get_text(metadata, "name", "")) },
		{ "text", entity_text(mem, entity) },
		{ "componentType", *type ? type : "other" },
		{ "type", *type ? type : "other" },
		{ "namespace", json_get_text(metadata, "namespace", "default") },
		{ "kind", json_get_text(entity, "kind", "") },
		{ "lifecycle", spec_text(entity, "lifecycle") },
		{ "owner", spec_text(entity, "owner") },
		{ "location", location_of(mem, entity) },
	};
	struct json *out = json_object(mem);

	for (size_t i = 0; i < LEN(all); i++)
		json_set(mem, out, all[i].field, json_str(mem, all[i].value));
	return out;
}

struct json *document_page_shown(struct arena *mem, const struct json *page)
{
	static const char *const own[] = { "title", "text", "location" };
	const struct json *fields = json_get(page, "fields");
	struct json *out = json_is(fields, JSON_OBJECT) ? json_copy(mem, fields) : json_object(mem);

	for (size_t i = 0; i < LEN(own); i++)
		json_set(mem, out, own[i], json_str(mem, json_get_text(page, own[i], "")));
	return out;
}

/* ---- what is found ---- */

static const char *owner_of(const struct json *entity, const char *ref)
{
	const struct json *relations = json_get(entity, "relations");

	for (size_t i = 0; i < json_len(relations); i++)
		if (streq(json_get_text(relations->a.items[i], "type", ""), "ownedBy"))
			return json_get_text(relations->a.items[i], "targetRef", "");
	return str_starts(ref, "group:") || str_starts(ref, "user:") ? ref : "";
}

static float weight_of(const struct json *entity)
{
	const struct json *annotations = json_path(entity, "metadata", "annotations", NULL);

	if (str_ieq(json_get_text(entity, "kind", ""), "location"))
		return OF_LOCATION;
	if (streq(json_get_text(annotations, "backstage.io/orphan", ""), "true"))
		return OF_OLD;
	return str_ieq(spec_text(entity, "lifecycle"), "deprecated") ? OF_OLD : 1;
}

static const char *tags_of(struct arena *mem, const struct json *entity, struct pairs *pairs)
{
	const struct json *tags = json_path(entity, "metadata", "tags", NULL);
	struct buf b = { .mem = mem };

	for (size_t i = 0; json_is(tags, JSON_ARRAY) && i < tags->a.n; i++) {
		const char *tag = json_text(tags->a.items[i], "");

		buf_addf(&b, "%s ", tag);
		add_pair(mem, pairs, "tags", tag);
	}
	return buf_text(&b);
}

static void entity_pairs(struct arena *mem, const struct json *entity, struct pairs *pairs)
{
	static const char *const fields[] = { "componentType", "type", "namespace", "kind", "lifecycle", "location" };
	const struct json *shown = document_shown(mem, entity);

	for (size_t i = 0; i < LEN(fields); i++)
		add_pair(mem, pairs, fields[i], json_get_text(shown, fields[i], ""));
	add_pair(mem, pairs, "name", json_get_text(json_get(entity, "metadata"), "name", ""));
	add_ref(mem, pairs, "owner", spec_text(entity, "owner"));
	add_ref(mem, pairs, "system", spec_text(entity, "system"));
	add_ref(mem, pairs, "domain", spec_text(entity, "domain"));
}

/* Numbers are given without gaps to speak of; whoever has more entities than fit is told, and never sees one for another. */
static int check_id(struct ctx *cx, uint64_t id)
{
	return id <= UINT32_MAX ? 0 : fail(cx, ERR_TOOLARGE, "its number is beyond what search can hold");
}

int document_of_entity(struct ctx *cx, const struct follow_row *row, struct engine_doc *out)
{
	struct pairs pairs = { 0 };
	struct json *entity;
	int rc = check_id(cx, row->id);

	if (rc == 0)
		rc = entity_parse(cx, row->body, RELATIONS, &entity, NULL);
	if (rc < 0)
		return rc;
	const struct json *metadata = json_get(entity, "metadata");
	const char *kind = json_get_text(entity, "kind", "");
	const char *called = json_get_text(json_path(entity, "spec", "profile", NULL), "displayName", "");

	*out = (struct engine_doc){
		.key = row->id,
		.entity = (uint32_t)row->id,
		.tag = body_tag(row->etag),
		.type = STR(SEARCH_CATALOG),
		.name = str_of(json_get_text(metadata, "name", "")),
		.title = str_of(json_get_text(metadata, "title", called)),
		.tags = str_of(tags_of(cx->mem, entity, &pairs)),
		.other =
			str_of(arena_printf(cx->mem, "%s %s %s %s %s %s", kind, json_get_text(metadata, "namespace", "default"),
					    spec_text(entity, "type"), spec_text(entity, "lifecycle"),
					    last_part(spec_text(entity, "owner")), last_part(spec_text(entity, "system")))),
		.text = str_of(entity_text(cx->mem, entity)),
		.ref = str_of(row->ref),
		.owner = str_of(owner_of(entity, row->ref)),
		.weight = weight_of(entity),
	};
	entity_pairs(cx->mem, entity, &pairs);
	out->pairs = pairs.items;
	out->n_pairs = pairs.n;
	return 1;
}

/* Texts, numbers, booleans, and lists of them. */
static void field_pairs(struct arena *mem, const char *field, const struct json *v, struct pairs *pairs)
{
	struct buf b = { .mem = mem };

	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < v->a.n; i++)
		if (!json_is(v->a.items[i], JSON_ARRAY))
			field_pairs(mem, field, v->a.items[i], pairs);
	if (json_is(v, JSON_NUMBER) || json_is(v, JSON_BOOL))
		json_write(&b, v);
	else if (json_is(v, JSON_STRING))
		buf_add(&b, v->s.p, v->s.n);
	if (streq(field, "owner") || streq(field, "system"))
		add_ref(mem, pairs, field, buf_text(&b));
	else
		add_pair(mem, pairs, field, buf_text(&b));
}

/* What a browser would run instead of going there. It leaves out blanks and control characters, so they hide nothing. */
static bool is_script(const char *location)
{
	static const char scheme[] = "javascript:";
	size_t i = 0;

	for (; *location && i < sizeof(scheme) - 1; location++) {
		if ((unsigned char)*location <= ' ')
			continue;
		if (ascii_lower(*location) != scheme[i])
			return false;
		i++;
	}
	return i == sizeof(scheme) - 1;
}

/* Behind "/docs/NAMESPACE/KIND/NAME/": how its authors call what a page is about. Other locations say nothing. */
static const char *path_in_site(const struct json *page)
{
	const char *path = json_get_text(page, "location", "");
	unsigned slashes = 0;

	if (!str_starts(path, "/docs/"))
		return "";
	while (*path && slashes < 5)
		slashes += *path++ == '/';
	return path;
}

int document_of_page(struct ctx *cx, const struct follow_row *row, struct engine_doc *out)
{
	struct pairs pairs = { 0 };
	struct json *page;
	int rc = json_parse(cx, row->body, &page);

	if (rc < 0)
		return rc;
	const struct json *fields = json_get(page, "fields");
	struct buf tags = { .mem = cx->mem };

	if (is_script(json_get_text(page, "location", "")))
		return 0;

	for (size_t i = 0; json_is(fields, JSON_OBJECT) && i < fields->o.n; i++)
		field_pairs(cx->mem, fields->o.m[i].key.p, fields->o.m[i].value, &pairs);
	for (size_t i = 0; i < pairs.n; i++)
		if (str_is(pairs.items[i].field, "tags"))
			buf_addf(&tags, "%s ", pairs.items[i].value.p);
	add_pair(cx->mem, &pairs, "location", json_get_text(page, "location", ""));
	*out = (struct engine_doc){
		.key = row->id | ENGINE_PAGE,
		.entity = (uint32_t)json_get_num(page, "entity", 0),
		.tag = body_tag(row->etag),
		.type = str_of(json_get_text(page, "type", "")),
		.title = str_of(json_get_text(page, "title", "")),
		.tags = buf_str(&tags),
		.other = str_of(arena_printf(cx->mem, "%s %s %s", json_get_text(fields, "name", ""),
					     json_get_text(fields, "entityTitle", ""), path_in_site(page))),
		.text = str_of(json_get_text(page, "text", "")),
		.weight = OF_PAGE,
		.pairs = pairs.items,
		.n_pairs = pairs.n,
	};
	return 1;
}
