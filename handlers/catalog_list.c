/* /api/catalog: entities by reference, and lists of them as Backstage gave them before there were cursors. */
#include "catalog/entity.h"
#include "catalog/query.h"
#include "catalog/ref.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "handlers/cursor.h"
#include "handlers/handlers.h"
#include "handlers/items.h"

/* ---- by-refs: without the index, because entities that are named are in MariaDB at once ---- */

struct selection {
	struct filter filter;
	const struct json *query; /* NULL: none */
	struct fields fields;
};

static bool selected(struct arena *mem, const struct selection *s, const struct json *entity, struct search_rows *rows)
{
	search_rows(mem, entity, rows);
	return filter_fits(&s->filter, rows) && (!s->query || predicate_fits(s->query, rows));
}

static int read_refs_body(struct req *rq, struct selection *sel, struct text_list *refs)
{
	static const char *const need[] = { "entityRefs", NULL };
	struct json *body;
	int rc = body_object(rq, need, NULL, &body);

	if (rc == 0)
		rc = body_texts(rq, body, "entityRefs", refs);
	if (rc == 0)
		rc = body_fields(rq, body, &sel->fields);
	if (rc == 0)
		rc = query_filter(rq, &sel->filter);
	if (rc == 0)
		rc = query_fields(rq, &sel->fields);
	if (rc < 0)
		return rc;
	sel->query = json_get(body, "query");
	for (size_t i = 0; i < refs->n; i++) {
		struct ref r; /* what is no reference names nothing */

		refs->items[i] = ref_parse(rq->cx, refs->items[i], NULL, NULL, &r) < 0 ? "" : ref_format(rq->cx->mem, &r);
	}
	return sel->query ? predicate_check(rq->cx, sel->query, "request/body/query") : 0;
}

static int add_item(struct ctx *cx, const struct selection *sel, struct str body, struct buf *out)
{
	bool plain = !sel->filter.n && !sel->query;
	struct search_rows rows = { 0 };
	struct json *entity;

	if (body.p && plain && !sel->fields.n) {
		buf_add(out, body.p, body.n);
		return 0;
	}
	int rc = body.p ? json_parse(cx, body, &entity) : 0;

	if (rc < 0)
		return rc;
	if (body.p && (plain || selected(cx->mem, sel, entity, &rows)))
		json_write(out, fields_of(cx->mem, &sel->fields, entity));
	else
		buf_adds(out, "null");
	return 0;
}

int catalog_api_by_refs(struct req *rq, struct resp *rs)
{
	struct selection sel = { 0 };
	struct text_list refs = { 0 };
	struct buf out = { .mem = rq->cx->mem };
	int rc = read_refs_body(rq, &sel, &refs);

	if (rc < 0)
		return rc;
	struct entity *found = arena_array(rq->cx->mem, struct entity, refs.n);

	rc = entity_by_refs(rq->cx, &refs, found);
	buf_adds(&out, "{\"items\":[");
	for (size_t i = 0; rc == 0 && i < refs.n; i++) {
		if (i)
			buf_addc(&out, ',');
		rc = add_item(rq->cx, &sel, found[i].body, &out);
	}
	buf_adds(&out, "]}");
	return rc < 0 ? rc : resp_json_text(rs, 200, buf_str(&out));
}

/* ---- GET /entities ---- */

struct listing {
	struct query query;
	struct fields fields;
	long limit, offset; /* limit -1: all */
};

static int read_orders(struct req *rq, struct listing *l)
{
	struct query *q = &l->query;

	for (size_t i = 0; i < rq->query.n; i++) {
		const char *v = rq->query.items[i].value;
		bool asc = str_starts(v, "asc:"), desc = str_starts(v, "desc:");

		if (!streq(rq->query.items[i].name, "order"))
			continue;
		const char *field = asc || desc ? strchr(v, ':') + 1 : "";

		if (!*field)
			return fail(rq->cx, ERR_INPUT,
				    "Invalid order parameter \"%.200s\", expected \"<asc or desc>:<field name>\"", v);
		if (q->n_orders == QUERY_ORDERS)
			return fail(rq->cx, ERR_INPUT, "more than %d order parameters", QUERY_ORDERS);
		q->orders[q->n_orders++] = (struct query_order){ field, desc };
	}
	return 0;
}

/* A whole number of at least `least`; *out stays as it is when it is absent. */
static bool read_part(const struct json *after, const char *key, uint64_t least, long *out)
{
	const struct json *v = json_get(after, key);
	uint64_t n;

	if (!v)
		return true;
	if (!cursor_number(v, NUMBER_MOST, &n) || n < least)
		return false;
	*out = (long)n;
	return true;
}

static int read_after(struct req *rq, struct listing *l)
{
	const char *after = req_query(rq, "after");
	struct json *v;

	if (!after)
		return 0;
	if (cursor_open(rq->cx, after, &v) < 0)
		return fail(rq->cx, ERR_INPUT, "Malformed after cursor, could not be parsed");
	l->offset = 0; /* the cursor says where it goes on, whatever stands beside it */
	return read_part(v, "limit", 1, &l->limit) && read_part(v, "offset", 0, &l->offset)
		       ? 0
		       : fail(rq->cx, ERR_INPUT, "Malformed after cursor, limit or offset is not a number or out of range");
}

static int read_listing(struct req *rq, struct listing *l)
{
	static const char *const known[] = { "filter", "fields", "order", "limit", "offset", "after", NULL };
	int rc = req_only_query(rq, known);

	*l = (struct listing){ .limit = -1 };
	if (rc == 0)
		rc = query_number(rq, "limit", 1, &l->limit);
	if (rc == 0)
		rc = query_number(rq, "offset", 0, &l->offset);
	if (rc == 0)
		rc = read_after(rq, l);
	if (rc == 0)
		rc = read_orders(rq, l);
	if (rc == 0)
		rc = query_filter(rq, &l->query.filter);
	return rc < 0 ? rc : query_fields(rq, &l->fields);
}

/* Link: </entities?limit=2&after=…>; rel="next", with the parameters of this request. */
static void link_next(struct req *rq, struct resp *rs, const struct listing *l)
{
	struct arena *mem = rq->cx->mem;
	const char *cursor = arena_printf(mem, "{\"limit\":%ld,\"offset\":%ld}", l->limit, l->offset + l->limit);
	struct buf url = { .mem = mem };
	struct str rest = str_of(rq->query_string);

	buf_adds(&url, "</entities?");
	while (rest.p && rest.n) {
		struct str pair = str_cut(&rest, '&'), left = pair;
		struct str name = str_cut(&left, '=');

		if (!pair.n || str_is(name, "after") || str_is(name, "offset"))
			continue;
		buf_add(&url, pair.p, pair.n);
		buf_addc(&url, '&');
	}
	buf_adds(&url, "after=");
	for (const char *c = crypto_base64(mem, str_of(cursor)); *c; c++)
		buf_adds(&url, *c == '=' ? "%3D" : *c == '+' ? "%2B" : *c == '/' ? "%2F" : arena_strndup(mem, c, 1));
	buf_adds(&url, ">; rel=\"next\"");
	resp_header(rs, "Link", buf_text(&url));
}

/*
 * All at once in the order of several fields, because an edge knows but the first; else the first piece of it, and what is
 * behind is asked for as it is sent.
 */
static int first_page(struct ctx *cx, struct listing *l, struct items *it)
{
	struct query *q = &l->query;
	uint64_t most = l->limit < 0 ? UINT32_MAX : (uint64_t)l->limit;
	int rc;

	q->offset = (uint64_t)l->offset;
	q->limit = (uint32_t)(q->n_orders > 1 || most < ITEMS_PIECE ? most : ITEMS_PIECE);
	rc = query_page(cx, q, &it->page);
	it->behind = it->page.after ? most - it->page.n : 0;
	return rc;
}

int catalog_api_entities(struct req *rq, struct resp *rs)
{
	struct listing *l = arena_new(rq->cx->mem, struct listing);
	struct items it = { .query = &l->query, .fields = &l->fields, .head = "[", .tail = "]" };
	int rc = read_listing(rq, l);

	/* Unpaged, entities without the field are left out; on pages they come last: as Backstage does. */
	l->query.lacking_last = req_query(rq, "limit") || req_query(rq, "offset") || req_query(rq, "after");
	if (rc == 0)
		rc = first_page(rq->cx, l, &it);
	if (rc == 0)
		rc = items_send(rq, rs, &it);
	if (rc == 0 && l->limit >= 0 && it.page.total > (uint64_t)(l->offset + l->limit))
		link_next(rq, rs, l);
	return rc;
}
