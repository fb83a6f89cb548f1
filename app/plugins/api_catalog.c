/* callboard.catalog: what whoever asks may see; in a schedule, everything. */
#include "base/list.h"
#include "catalog/location.h"
#include "catalog/query.h"
#include "catalog/ref.h"
#include "ext/json.h"
#include "identity/identity.h"
#include "plugins/api.h"

enum { ROWS = 100, MOST_ROWS = 1000 };

/* ---- one ---- */

static int full_ref(struct ctx *cx, const char *text, struct ref *r)
{
	return ref_parse(cx, text, NULL, "default", r);
}

int api_catalog_entity(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *text;
	struct entity found;
	struct ref r;
	int rc = api_text(cx, args, n, 0, "ref", &text);

	(void)p;
	if (rc == 0)
		rc = full_ref(cx, text, &r);
	if (rc == 0)
		rc = entity_by_name(cx, r.kind, r.ns, r.name, &found);
	if (rc == ERR_NOTFOUND) {
		cx->err = (struct err){ 0 };
		return 0; /* nil */
	}
	return rc < 0 ? rc : json_parse(cx, found.body, out);
}

/* ---- many ---- */

/* {kind = "component", ["spec.type"] = {"service", "website"}}: all of its keys must fit; true: the key must be there. */
static int add_conjunction(struct ctx *cx, const struct json *row, struct filter *f)
{
	struct conjunction *all = list_add(cx->mem, f);

	*all = (struct conjunction){ 0 };
	for (size_t i = 0; i < json_len(row); i++) {
		struct str key = row->o.m[i].key;
		const struct json *v = row->o.m[i].value;
		struct condition *c = list_add(cx->mem, all);

		*c = (struct condition){ .key = str_lower(cx->mem, key.p, key.n) };
		for (size_t k = 0; json_is(v, JSON_ARRAY) && k < v->a.n; k++) {
			const char *text = search_text(cx->mem, v->a.items[k]);

			if (text)
				*list_add(cx->mem, &c->values) = text;
		}
		if (json_is(v, JSON_BOOL) && v->b)
			continue;
		const char *text = json_is(v, JSON_ARRAY) ? NULL : search_text(cx->mem, v);

		if (text)
			*list_add(cx->mem, &c->values) = text;
		else if (!c->values.n)
			return fail(cx, ERR_INPUT, "filter: the value of '%.*s' must be a text, a list of texts, or true",
				    (int)key.n, key.p);
	}
	return 0;
}

static int read_filter(struct ctx *cx, const struct json *filter, struct query *q)
{
	int rc = 0;

	if (json_is(filter, JSON_OBJECT))
		return add_conjunction(cx, filter, &q->filter);
	for (size_t i = 0; rc == 0 && i < json_len(filter); i++)
		rc = json_is(filter->a.items[i], JSON_OBJECT) ? add_conjunction(cx, filter->a.items[i], &q->filter)
							      : fail(cx, ERR_INPUT, "filter[%zu] must be a table", i + 1);
	return rc;
}

static int read_order(struct ctx *cx, const struct json *order, struct query *q)
{
	struct json *const *items = json_is(order, JSON_ARRAY) ? order->a.items : NULL;
	size_t n = items ? order->a.n : json_is(order, JSON_STRING);

	if (n > QUERY_ORDERS)
		return fail(cx, ERR_INPUT, "order: at most %d", QUERY_ORDERS);
	for (size_t i = 0; i < n; i++) {
		const char *field = json_text(items ? items[i] : order, NULL);

		if (!field)
			return fail(cx, ERR_INPUT, "order must be a text or a list of texts");
		q->orders[q->n_orders++] = (struct query_order){ field + (*field == '-'), *field == '-' };
	}
	return 0;
}

static int read_query(struct ctx *cx, const struct json *o, struct query *q)
{
	static const char *const known[] = {
		"filter", "query", "text", "textFields", "order", "fields", "limit", "offset", NULL
	};
	const struct json *fields = json_get(o, "textFields");
	double limit = json_get_num(o, "limit", ROWS), offset = json_get_num(o, "offset", 0);
	int rc = api_only(cx, o, known);

	*q = (struct query){ .predicate = json_get(o, "query"), .text = json_get_text(o, "text", NULL) };
	if (rc == 0 && q->predicate)
		rc = predicate_check(cx, q->predicate, "query");
	if (rc == 0)
		rc = read_filter(cx, json_get(o, "filter"), q);
	if (rc == 0)
		rc = read_order(cx, json_get(o, "order"), q);
	if (rc == 0 && (limit < 0 || limit > MOST_ROWS || offset < 0 || offset > 1e9))
		rc = fail(cx, ERR_INPUT, "limit must be 0 to %d, offset at least 0", MOST_ROWS);
	for (size_t i = 0; rc == 0 && i < json_len(fields); i++)
		*list_add(cx->mem, &q->text_fields) = json_text(fields->a.items[i], "");
	q->limit = rc == 0 ? (uint32_t)limit : 0;
	q->offset = rc == 0 ? (uint64_t)offset : 0;
	return rc;
}

static int read_fields(struct ctx *cx, const struct json *list, struct fields *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < json_len(list); i++)
		rc = fields_add(cx, f, json_text(list->a.items[i], ""));
	return rc;
}

static int add_items(struct ctx *cx, const struct query *q, const struct query_page *page, const struct fields *f,
		     struct json *items)
{
	struct entities found = { 0 };
	int rc = query_bodies(cx, q, page->hits, page->n, &found);

	for (size_t i = 0; rc == 0 && i < found.n; i++) {
		struct json *e;

		rc = json_parse(cx, found.items[i].body, &e);
		if (rc == 0)
			json_push(cx->mem, items, fields_of(cx->mem, f, e));
	}
	return rc;
}

int api_catalog_query(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct json *o;
	struct query q;
	struct query_page page;
	struct fields f = { 0 };
	struct json *items = json_array(cx->mem);
	int rc = api_table(cx, args, n, 0, "query", false, &o);

	(void)p;
	if (rc == 0)
		rc = read_query(cx, o, &q);
	if (rc == 0)
		rc = read_fields(cx, json_get(o, "fields"), &f);
	if (rc == 0)
		rc = query_page(cx, &q, &page);
	if (rc == 0)
		rc = add_items(cx, &q, &page, &f, items);
	if (rc < 0)
		return rc;
	*out = json_object(cx->mem);
	json_set(cx->mem, *out, "items", items);
	json_set(cx->mem, *out, "total", json_num(cx->mem, (double)page.total));
	if (q.offset + page.n < page.total && page.n)
		json_set(cx->mem, *out, "next", json_num(cx->mem, (double)(q.offset + page.n)));
	return 0;
}

int api_catalog_count(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct json *o;
	struct query q;
	struct query_page page;
	int rc = api_table(cx, args, n, 0, "query", false, &o);

	(void)p;
	if (rc == 0)
		rc = read_query(cx, o, &q);
	q.limit = 0;
	if (rc == 0)
		rc = query_page(cx, &q, &page);
	if (rc == 0)
		*out = json_num(cx->mem, (double)page.total);
	return rc;
}

int api_catalog_facets(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const struct json *list = n ? args[0] : NULL, *o;
	struct text_list names = { 0 };
	struct query q;
	int rc = api_table(cx, args, n, 1, "query", false, &o);

	(void)p;
	if (rc == 0)
		rc = read_query(cx, o, &q);
	if (rc == 0 && !json_is(list, JSON_ARRAY))
		rc = fail(cx, ERR_INPUT, "argument 1, facets, must be a list of texts");
	for (size_t i = 0; rc == 0 && i < list->a.n; i++)
		*list_add(cx->mem, &names) = json_text(list->a.items[i], "");
	struct facet *facets = arena_array(cx->mem, struct facet, names.n + 1);

	if (rc == 0)
		rc = query_facets(cx, &q, &names, facets);
	if (rc < 0)
		return rc;
	*out = json_object(cx->mem);
	for (size_t i = 0; i < names.n; i++) {
		struct json *values = json_array(cx->mem);

		for (size_t k = 0; k < facets[i].n; k++) {
			struct json *v = json_object(cx->mem);

			json_set(cx->mem, v, "value", json_str(cx->mem, facets[i].items[k].value));
			json_set(cx->mem, v, "count", json_num(cx->mem, facets[i].items[k].count));
			json_push(cx->mem, values, v);
		}
		json_set(cx->mem, *out, names.items[i], values);
	}
	return 0;
}

/* ---- changing ---- */

int api_catalog_refresh(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *text;
	struct ref r;
	int rc = api_text(cx, args, n, 0, "ref", &text);

	(void)p, (void)out;
	if (rc == 0)
		rc = full_ref(cx, text, &r);
	return rc < 0 ? rc : entity_refresh(cx, ref_format(cx->mem, &r));
}

/* A plugin does for somebody what they may do themselves; in a schedule there is nobody. */
static int asker_may(struct ctx *cx, const char *permission)
{
	return cx->who ? identity_allow(cx, permission) : 0;
}

int api_catalog_register(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *target;
	struct registered l;
	int rc = api_text(cx, args, n, 0, "url", &target);

	(void)p;
	if (rc == 0)
		rc = asker_may(cx, "catalog.location.create");
	if (rc == 0)
		rc = location_register(cx, "url", target, true, &l);
	if (rc == 0)
		*out = location_json(cx->mem, &l);
	return rc;
}

int api_catalog_unregister(struct ctx *cx, const struct plugin *p, struct json *const *args, size_t n, struct json **out)
{
	const char *id;
	int rc = api_text(cx, args, n, 0, "id", &id);

	(void)p, (void)out;
	if (rc == 0)
		rc = asker_may(cx, "catalog.location.delete");
	return rc < 0 ? rc : location_remove(cx, id);
}
