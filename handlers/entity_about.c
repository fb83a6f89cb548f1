/* The first card of an entity: who answers for it and how to reach them, where it belongs, where else to look. */
#include "base/list.h"
#include "handlers/entity_page.h"
#include "handlers/entity_view.h"

enum { OWNERS_SHOWN = 3, CONTACTS = 3, ONE_LINE = 120 };

/* Chat first: that is how one reaches people now; then what else they name. */
static struct json *contacts(struct arena *mem, const struct json *doc)
{
	struct json *links = entity_links(mem, doc), *list = json_array(mem);

	for (int chat = 1; chat >= 0; chat--)
		for (size_t i = 0; i < links->a.n && list->a.n < CONTACTS; i++)
			if (json_get_bool(links->a.items[i], "chat", false) == chat &&
			    *json_get_text(links->a.items[i], "url", ""))
				json_push(mem, list, links->a.items[i]);
	return list;
}

static struct json *owner_json(struct ctx *cx, const struct entity *found)
{
	struct json *v = json_object(cx->mem), *doc = NULL;

	if (found->body.p && entity_parse(cx, found->body, 1, &doc, NULL) < 0)
		doc = NULL;
	json_set(cx->mem, v, "ref", json_str(cx->mem, found->ref));
	json_set(cx->mem, v, "known", json_bool(cx->mem, doc != NULL));
	json_set(cx->mem, v, "title", json_str(cx->mem, doc ? entity_title(doc) : ""));
	json_set(cx->mem, v, "email", json_str(cx->mem, json_text(json_path(doc, "spec", "profile", "email", NULL), "")));
	json_set(cx->mem, v, "links", contacts(cx->mem, doc));
	return v;
}

static int add_owners(struct ctx *cx, struct json *vars, const struct json *doc)
{
	const struct json *targets = entity_targets(cx->mem, doc, "ownedBy");
	struct json *list = json_array(cx->mem);
	struct entity found[OWNERS_SHOWN];
	struct text_list refs = { 0 };
	int rc = 0;

	for (size_t i = 0; i < targets->a.n && i < OWNERS_SHOWN; i++)
		*list_add(cx->mem, &refs) = json_text(targets->a.items[i], "");
	if (refs.n)
		rc = entity_by_refs(cx, &refs, found);
	for (size_t i = 0; rc == 0 && i < refs.n; i++)
		json_push(cx->mem, list, owner_json(cx, &found[i]));
	json_set(cx->mem, vars, "owners", list);
	return rc;
}

/* A description that the head cannot hold in its one line. */
static bool is_long(const char *text)
{
	size_t n = 0;

	for (const char *c = text; *c; c++)
		n += (*c & 0xc0) != 0x80; /* what begins a character */
	return n > ONE_LINE || strchr(text, '\n');
}

static struct json *targets_json(struct arena *mem, const struct json *spec)
{
	const struct json *one = json_get(spec, "target"), *many = json_get(spec, "targets");
	struct json *list = json_array(mem);

	if (json_is(one, JSON_STRING))
		json_push(mem, list, json_copy(mem, one));
	for (size_t i = 0; json_is(many, JSON_ARRAY) && i < many->a.n; i++)
		if (json_is(many->a.items[i], JSON_STRING))
			json_push(mem, list, json_copy(mem, many->a.items[i]));
	return list;
}

int entity_about(struct ctx *cx, struct json *vars, const struct json *doc)
{
	const char *description = json_text(json_path(doc, "metadata", "description", NULL), "");

	json_set(cx->mem, vars, "links", entity_links(cx->mem, doc));
	json_set(cx->mem, vars, "labels", entity_pairs(cx->mem, json_path(doc, "metadata", "labels", NULL)));
	json_set(cx->mem, vars, "targets", targets_json(cx->mem, json_get(doc, "spec")));
	json_set(cx->mem, vars, "long_description", json_bool(cx->mem, is_long(description)));
	return add_owners(cx, vars, doc);
}
