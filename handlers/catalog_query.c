/* /api/catalog: pages of entities with cursors, and facets. Behaviour: backstage-facts 1.11 and the recorded answers. */
#include "base/list.h"
#include "base/map.h"
#include "catalog/query.h"
#include "handlers/cursor.h"
#include "handlers/handlers.h"
#include "handlers/items.h"

enum { DEFAULT_LIMIT = 200 };

/* ---- by-query ---- */

struct wanted {
	struct cursor at; /* all that is asked for; also of a first page, which stands nowhere yet */
	bool going_on;    /* by a cursor that came along */
	bool no_total;
	long limit, offset;
	struct fields fields;
};

/* "spec.type", "spec.type,desc" */
static int read_order(struct req *rq, const char *text, struct query_order *out)
{
	struct str rest = str_of(text), field = str_trim(str_cut(&rest, ',')), order = str_trim(rest);

	if (!field.n)
		return fail(rq->cx, ERR_INPUT, "Invalid order field, it must name a field");
	if (rest.p && !str_is(order, "asc") && !str_is(order, "desc"))
		return fail(rq->cx, ERR_INPUT, "Invalid order field order, must be asc or desc");
	*out = (struct query_order){ arena_strndup(rq->cx->mem, field.p, field.n), str_is(order, "desc") };
	return 0;
}

/* What is not blank is looked for without the blanks around it. */
static void set_text(struct req *rq, const char *term, struct cursor *out)
{
	struct str text = str_trim(str_of(term));

	out->text = text.n ? arena_strndup(rq->cx->mem, text.p, text.n) : NULL;
}

static void add_text_fields(struct req *rq, const char *list, struct cursor *out)
{
	struct str rest = str_of(list);

	while (rest.p) {
		struct str one = str_trim(str_cut(&rest, ','));

		if (one.n)
			*list_add(rq->cx->mem, &out->text_fields) = arena_strndup(rq->cx->mem, one.p, one.n);
	}
}

static int read_total(struct req *rq, const char *where, const char *text, bool *none)
{
	*none = streq(text, "exclude");
	return *none || streq(text, "include")
		       ? 0
		       : fail(rq->cx, ERR_INPUT,
			      "request/%s/totalItems must be equal to one of the allowed values: include, exclude", where);
}

static int read_parameter(struct req *rq, const struct param *p, struct wanted *w)
{
	struct query_order more;

	/* Only the first order counts, but all must be right. */
	if (streq(p->name, "orderField"))
		return read_order(rq, p->value, w->at.order.field ? &more : &w->at.order);
	if (streq(p->name, "filter"))
		*list_add(rq->cx->mem, &w->at.filters) = p->value;
	else if (streq(p->name, "fullTextFilterTerm"))
		set_text(rq, p->value, &w->at);
	else if (streq(p->name, "fullTextFilterFields"))
		add_text_fields(rq, p->value, &w->at);
	return streq(p->name, "totalItems") ? read_total(rq, "query", p->value, &w->no_total) : 0;
}

static int read_query(struct req *rq, struct wanted *w)
{
	static const char *const known[] = { "cursor", "fields", "filter",     "fullTextFilterFields", "fullTextFilterTerm",
					     "limit",  "offset", "orderField", "totalItems",           NULL };
	const char *cursor = req_query(rq, "cursor");
	int rc = req_only_query(rq, known);

	if (rc == 0)
		rc = query_number(rq, "limit", 0, &w->limit);
	if (rc == 0)
		rc = query_number(rq, "offset", 0, &w->offset);
	if (rc == 0)
		rc = query_fields(rq, &w->fields);
	for (size_t i = 0; rc == 0 && i < rq->query.n; i++)
		rc = read_parameter(rq, &rq->query.items[i], w);
	w->going_on = cursor && *cursor;
	return rc == 0 && w->going_on ? cursor_read(rq->cx, cursor, &w->at) : rc;
}

static int read_orders(struct req *rq, const struct json *orders, struct query_order *out)
{
	if (orders && !json_is(orders, JSON_ARRAY))
		return fail(rq->cx, ERR_INPUT, "request/body/orderBy must be array");
	for (size_t i = 0; i < json_len(orders); i++) {
		const struct json *field = json_get(orders->a.items[i], "field"),
				  *order = json_get(orders->a.items[i], "order");
		bool desc = streq(json_text(order, ""), "desc");

		if (!*json_text(field, ""))
			return fail(rq->cx, ERR_INPUT, "request/body/orderBy/%zu/field must be string", i);
		if (order && !desc && !streq(json_text(order, ""), "asc"))
			return fail(rq->cx, ERR_INPUT,
				    "request/body/orderBy/%zu/order must be equal to one of the allowed values: asc, desc", i);
		if (i == 0)
			*out = (struct query_order){ json_text(field, ""), desc };
	}
	return 0;
}

static int read_text(struct req *rq, const struct json *body, struct cursor *out)
{
	const struct json *text = json_get(body, "fullTextFilter"), *term = json_get(text, "term");

	if (!text)
		return 0;
	if (!json_is(text, JSON_OBJECT))
		return fail(rq->cx, ERR_INPUT, "request/body/fullTextFilter must be object");
	if (!json_is(term, JSON_STRING))
		return fail(rq->cx, ERR_INPUT, "request/body/fullTextFilter/term must be string");
	set_text(rq, term->s.p, out);
	return body_texts(rq, text, "fields", &out->text_fields);
}

static int read_body_cursor(struct req *rq, const struct json *body, struct wanted *w)
{
	const char *text;
	int rc;

	if (!json_get(body, "cursor"))
		return 0;
	rc = body_text(rq, body, "cursor", &text);
	w->going_on = true;
	return rc < 0 ? rc : cursor_read(rq->cx, text, &w->at);
}

static int read_body_query(struct req *rq, const struct json *body, struct cursor *out)
{
	out->predicate = json_get(body, "query");
	return out->predicate ? predicate_check(rq->cx, out->predicate, "request/body/query") : 0;
}

static int read_body(struct req *rq, struct wanted *w)
{
	static const char *const nothing[] = { NULL };
	const char *total = "include";
	struct json *body;
	int rc = req_only_query(rq, nothing);

	if (rc == 0)
		rc = body_object(rq, nothing, NULL, &body);
	if (rc == 0)
		rc = body_number(rq, body, "limit", 0, &w->limit);
	if (rc == 0)
		rc = body_number(rq, body, "offset", 0, &w->offset);
	if (rc == 0)
		rc = body_fields(rq, body, &w->fields);
	if (rc == 0)
		rc = read_orders(rq, json_get(body, "orderBy"), &w->at.order);
	if (rc == 0)
		rc = read_text(rq, body, &w->at);
	if (rc == 0)
		rc = read_body_query(rq, body, &w->at);
	if (rc == 0 && json_get(body, "totalItems"))
		rc = body_text(rq, body, "totalItems", &total);
	if (rc == 0)
		rc = read_total(rq, "body", total, &w->no_total);
	return rc < 0 ? rc : read_body_cursor(rq, body, w);
}

static int make_query(struct ctx *cx, const struct wanted *w, struct query *q)
{
	int rc = 0;

	*q = (struct query){ .predicate = w->at.predicate,
			     .text = w->at.text,
			     .text_fields = w->at.text_fields,
			     .orders = { w->at.order },
			     .n_orders = w->at.order.field != NULL,
			     .backwards = w->at.backwards,
			     .edge = w->going_on ? &w->at.edge : NULL,
			     .offset = w->going_on ? 0 : (uint64_t)w->offset,
			     .limit = (uint32_t)w->limit };
	for (size_t i = 0; rc == 0 && i < w->at.filters.n; i++)
		rc = filter_add(cx, &q->filter, w->at.filters.items[i]);
	return rc;
}

static void add_cursor(struct buf *out, const char *name, struct cursor at, const struct query_edge *edge, bool backwards)
{
	at.edge = *edge;
	at.backwards = backwards;
	buf_addf(out, "%s\"%s\":\"%s\"", out->p[out->n - 1] == '{' ? "" : ",", name, cursor_write(out->mem, &at));
}

/* All that stands behind the items. */
static const char *page_info(struct ctx *cx, const struct wanted *w, const struct query_page *page)
{
	struct buf out = { .mem = cx->mem };
	struct cursor at = w->at;

	if (!w->going_on)
		at.total = w->no_total ? 0 : page->total;
	buf_addf(&out, "],\"totalItems\":%llu,\"pageInfo\":{", (unsigned long long)at.total);
	if (page->n && page->after)
		add_cursor(&out, "nextCursor", at, &page->last, false);
	/* The first page has none, whatever its offset: as in Backstage. */
	if (w->going_on && page->n && page->before)
		add_cursor(&out, "prevCursor", at, &page->first, true);
	buf_adds(&out, "}}");
	return buf_text(&out);
}

static int send_page(struct req *rq, struct resp *rs, struct wanted *w)
{
	struct query *q = arena_new(rq->cx->mem, struct query);
	struct items it = { .query = q, .fields = &w->fields, .head = "{\"items\":[" };
	int rc = make_query(rq->cx, w, q);

	if (rc == 0)
		rc = query_page(rq->cx, q, &it.page);
	if (rc < 0)
		return rc;
	it.tail = page_info(rq->cx, w, &it.page);
	return items_send(rq, rs, &it);
}

static struct wanted *new_wanted(struct req *rq)
{
	struct wanted *w = arena_new(rq->cx->mem, struct wanted);

	w->limit = DEFAULT_LIMIT;
	return w;
}

int catalog_api_by_query(struct req *rq, struct resp *rs)
{
	struct wanted *w = new_wanted(rq);
	int rc = read_query(rq, w);

	return rc < 0 ? rc : send_page(rq, rs, w);
}

int catalog_api_by_query_post(struct req *rq, struct resp *rs)
{
	struct wanted *w = new_wanted(rq);
	int rc = read_body(rq, w);

	return rc < 0 ? rc : send_page(rq, rs, w);
}

/* ---- facets ---- */

static int send_facets(struct req *rq, struct resp *rs, const struct query *q, const struct text_list *names)
{
	struct facet *facets = arena_array(rq->cx->mem, struct facet, names->n);
	struct buf out = { .mem = rq->cx->mem };
	int rc = query_facets(rq->cx, q, names, facets);

	buf_adds(&out, "{\"facets\":{");
	for (size_t i = 0; rc == 0 && i < names->n; i++) {
		if (i)
			buf_addc(&out, ',');
		json_write_text(&out, str_of(names->items[i]));
		buf_adds(&out, ":[");
		for (size_t k = 0; k < facets[i].n; k++) {
			buf_adds(&out, k ? ",{\"value\":" : "{\"value\":");
			json_write_text(&out, str_of(facets[i].items[k].value));
			buf_addf(&out, ",\"count\":%lu}", (unsigned long)facets[i].items[k].count);
		}
		buf_addc(&out, ']');
	}
	buf_adds(&out, "}}");
	return rc < 0 ? rc : resp_json_text(rs, 200, buf_str(&out));
}

struct facet_names {
	struct text_list list;
	struct map seen;
};

/* Each name once: it is a key of the answer. */
static void add_facet(struct arena *mem, struct facet_names *names, const char *name)
{
	if (!map_put(mem, &names->seen, name, names))
		*list_add(mem, &names->list) = name;
}

int catalog_api_facets(struct req *rq, struct resp *rs)
{
	static const char *const known[] = { "facet", "filter", NULL };
	struct facet_names names = { 0 };
	struct query q = { 0 };
	int rc = req_only_query(rq, known);

	if (rc == 0)
		rc = query_filter(rq, &q.filter);
	for (size_t i = 0; i < rq->query.n; i++)
		if (streq(rq->query.items[i].name, "facet") && *rq->query.items[i].value)
			add_facet(rq->cx->mem, &names, rq->query.items[i].value);
	if (rc == 0 && !names.list.n)
		rc = fail(rq->cx, ERR_INPUT, "request/query must have required property 'facet'");
	return rc < 0 ? rc : send_facets(rq, rs, &q, &names.list);
}

int catalog_api_facets_post(struct req *rq, struct resp *rs)
{
	static const char *const nothing[] = { NULL }, *const need[] = { "facets", NULL };
	struct text_list asked = { 0 };
	struct facet_names names = { 0 };
	struct query q = { 0 };
	struct json *body;
	int rc = req_only_query(rq, nothing);

	if (rc == 0)
		rc = body_object(rq, need, NULL, &body);
	if (rc == 0)
		rc = body_texts(rq, body, "facets", &asked);
	if (rc == 0 && !asked.n)
		rc = fail(rq->cx, ERR_INPUT, "request/body/facets must NOT have fewer than 1 items");
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < asked.n; i++)
		add_facet(rq->cx->mem, &names, asked.items[i]);
	q.predicate = json_get(body, "query");
	if (q.predicate)
		rc = predicate_check(rq->cx, q.predicate, "request/body/query");
	return rc < 0 ? rc : send_facets(rq, rs, &q, &names.list);
}
