/* The only entity that a picker can have: it is chosen without anybody choosing. */
#include "catalog/query.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "scaffolder/form_pick.h"
#include "scaffolder/form_private.h"

/* Its reference; NULL when there are none, or several, or the catalog cannot be asked. */
static struct json *find(struct ctx *cx, const struct json *predicate)
{
	const struct query q = { .predicate = predicate, .limit = 1 };
	struct entities found = { 0 };
	struct query_page page;
	struct json *entity;

	if (!predicate || predicate_check(cx, predicate, "catalogFilter") < 0 || query_page(cx, &q, &page) < 0 ||
	    page.total != 1)
		return NULL;
	if (query_bodies(cx, &q, page.hits, page.n, &found) < 0 || found.n != 1 ||
	    json_parse(cx, found.items[0].body, &entity) < 0)
		return NULL;
	return json_str(cx->mem, ref_of_entity(cx->mem, entity));
}

/* A form is resolved many times while it is worked on; the catalog is asked once. */
static struct json *find_once(struct form *f, const struct json *predicate)
{
	struct buf key = { .mem = f->cx->mem };
	struct err before = f->cx->err;
	struct json *ref;

	json_write(&key, predicate ? predicate : json_null(f->cx->mem));
	ref = json_get(f->soles, buf_text(&key));
	if (!ref) {
		ref = find(f->cx, predicate);
		ref = json_set(f->cx->mem, f->soles, buf_text(&key), ref ? ref : json_null(f->cx->mem));
		f->cx->err = before;
	}
	return json_is(ref, JSON_STRING) ? ref : NULL;
}

void form_sole(struct form *f, struct json *schema)
{
	struct arena *mem = f->cx->mem;
	const struct json *any = form_ui(schema, "allowArbitraryValues");
	const char *widget = form_widget(schema);
	bool several = streq(widget, "entities"), owned = streq(form_ui_text(schema, "field", ""), "OwnedEntityPicker");
	struct json *ref, *list;

	if (!json_is(any, JSON_BOOL) || any->b || (!several && !streq(widget, "entity")))
		return;
	ref = find_once(f, form_entity_predicate(f->cx, form_entity_filter(mem, schema), owned));
	if (!ref)
		return;
	list = json_array(mem);
	json_push(mem, list, ref);
	json_set(mem, schema, "default", several ? list : ref);
	json_set(mem, schema, FORM_SOLE, json_bool(mem, true));
}
