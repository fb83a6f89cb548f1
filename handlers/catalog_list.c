/* /api/catalog: lists of entities by filter and by reference, evaluated entity by entity. */
#include <stdlib.h>

#include "base/list.h"
#include "catalog/entity.h"
#include "catalog/filter.h"
#include "catalog/ref.h"
#include "ext/crypto.h"
#include "ext/json.h"
#include "handlers/handlers.h"

enum { MAX_ANSWER = 64 << 20 };

struct selection {
	struct filter filter;
	const struct json *query; /* NULL: none */
	struct fields fields;
};

static int read_selection(struct req *rq, struct selection *out)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < rq->query.n; i++) {
		const struct param *p = &rq->query.items[i];

		if (streq(p->name, "filter") && str_trim(str_of(p->value)).n)
			rc = filter_add(rq->cx, &out->filter, p->value);
		else if (streq(p->name, "fields"))
			rc = fields_add(rq->cx, &out->fields, p->value);
	}
	return rc;
}

static bool selected(struct arena *mem, const struct selection *s, const struct json *entity, struct search_rows *rows)
{
	search_rows(mem, entity, rows);
	return filter_fits(&s->filter, rows) && (!s->query || predicate_fits(s->query, rows));
}

/* ---- by-refs ---- */

static int read_refs_body(struct req *rq, struct selection *sel, struct text_list *refs)
{
	static const char *const need[] = { "entityRefs", NULL };
	struct text_list fields = { 0 };
	struct json *body;
	int rc = body_object(rq, need, NULL, &body);

	if (rc == 0)
		rc = body_texts(rq, body, "entityRefs", refs);
	if (rc == 0)
		rc = body_texts(rq, body, "fields", &fields);
	if (rc == 0)
		rc = read_selection(rq, sel);
	for (size_t i = 0; rc == 0 && i < fields.n; i++)
		rc = fields_add(rq->cx, &sel->fields, fields.items[i]);
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

enum { MAX_ORDERS = 8 };

struct order {
	const char *field;
	bool down;
};
struct hit {
	struct str text;              /* what is sent */
	const char *keys[MAX_ORDERS]; /* NULL: the entity lacks the field */
	const struct listing *of;
};
struct listing {
	struct selection sel;
	struct order orders[MAX_ORDERS];
	size_t n_orders;
	long limit, offset; /* limit -1: all */
	struct arena *mem;  /* for what outlives a batch */
	struct hit *items;
	size_t n, cap;
	size_t seen, bytes;
	bool more; /* there are entities behind the page */
};

static int query_number(struct req *rq, const char *name, long least, long *out)
{
	const char *text = req_query(rq, name);

	if (!text)
		return 0;
	if (!str_long(text, -1000000000, 1000000000, out))
		return fail(rq->cx, ERR_INPUT, "request/query/%s must be integer", name);
	if (*out < least)
		return fail(rq->cx, ERR_INPUT, "request/query/%s must be >= %ld", name, least);
	return 0;
}

static int read_orders(struct req *rq, struct listing *l)
{
	for (size_t i = 0; i < rq->query.n; i++) {
		const char *v = rq->query.items[i].value;
		bool asc = str_starts(v, "asc:"), desc = str_starts(v, "desc:");

		if (!streq(rq->query.items[i].name, "order"))
			continue;
		const char *field = asc || desc ? strchr(v, ':') + 1 : "";

		if (!*field)
			return fail(rq->cx, ERR_INPUT,
				    "Invalid order parameter \"%.200s\", expected \"<asc or desc>:<field name>\"", v);
		if (l->n_orders == MAX_ORDERS)
			return fail(rq->cx, ERR_INPUT, "more than %d order parameters", MAX_ORDERS);
		l->orders[l->n_orders++] = (struct order){ str_lower(rq->cx->mem, field, strlen(field)), desc };
	}
	return 0;
}

static int read_after(struct req *rq, struct listing *l)
{
	const char *after = req_query(rq, "after");
	struct json *v = NULL;
	struct str text;

	if (!after)
		return 0;
	if (!crypto_base64_decode(rq->cx->mem, str_of(after), &text) || json_parse(rq->cx, text, &v) < 0 ||
	    !json_is(v, JSON_OBJECT))
		return fail(rq->cx, ERR_INPUT, "Malformed after cursor, could not be parsed");
	double limit = json_get_num(v, "limit", -1), offset = json_get_num(v, "offset", 0);

	if (!(limit <= 1e9) || !(offset >= 0 && offset <= 1e9))
		return fail(rq->cx, ERR_INPUT, "Malformed after cursor, limit or offset is out of range");
	if (limit >= 1)
		l->limit = (long)limit;
	l->offset = (long)offset;
	return 0;
}

static int read_listing(struct req *rq, struct listing *l)
{
	static const char *const known[] = { "filter", "fields", "order", "limit", "offset", "after", NULL };
	int rc = req_only_query(rq, known);

	*l = (struct listing){ .limit = -1, .mem = rq->cx->mem };
	if (rc == 0)
		rc = query_number(rq, "limit", 1, &l->limit);
	if (rc == 0)
		rc = query_number(rq, "offset", 0, &l->offset);
	if (rc == 0)
		rc = read_after(rq, l);
	if (rc == 0)
		rc = read_orders(rq, l);
	return rc < 0 ? rc : read_selection(rq, &l->sel);
}

static const char *sort_key(const struct search_rows *rows, const char *field)
{
	for (size_t i = 0; i < rows->n; i++)
		if (streq(rows->items[i].key, field) && rows->items[i].value)
			return rows->items[i].value;
	return NULL;
}

static int keep(struct ctx *cx, struct listing *l, struct str body, struct json *entity, const struct search_rows *rows)
{
	struct buf out = { .mem = l->mem };
	struct hit hit = { .of = l };

	for (size_t i = 0; i < l->n_orders; i++) {
		const char *key = sort_key(rows, l->orders[i].field);

		/* Unpaged, entities without the field are left out; on pages they come last: as the real one does. */
		if (!key && i == 0 && l->limit < 0)
			return 0;
		hit.keys[i] = key ? arena_strdup(l->mem, key) : NULL;
	}
	if (l->sel.fields.n)
		json_write(&out, fields_of(cx->mem, &l->sel.fields, entity));
	else
		buf_add(&out, body.p, body.n);
	hit.text = buf_str(&out);
	l->bytes += out.n;
	if (l->bytes > MAX_ANSWER)
		return fail(cx, ERR_INPUT,
			    "The answer is larger than %d MiB: narrow the filter, or ask page by page with limit",
			    MAX_ANSWER >> 20);
	*list_add(l->mem, l) = hit;
	return 0;
}

/* One entity of the catalog. Without an order the pages are those of the walk, which then ends behind the page. */
static int consider(struct ctx *cx, void *arg, struct str body)
{
	struct listing *l = arg;
	bool plain = !l->sel.filter.n && !l->n_orders && !l->sel.fields.n;
	struct search_rows rows = { 0 };
	struct json *entity = NULL;
	int rc = plain ? 0 : json_parse(cx, body, &entity);

	if (rc < 0)
		return rc;
	if (!plain && !selected(cx->mem, &l->sel, entity, &rows))
		return 0;
	if (!l->n_orders) {
		if ((long)l->seen++ < l->offset)
			return 0;
		if (l->limit >= 0 && (long)l->n == l->limit) {
			l->more = true;
			return 1;
		}
	}
	return keep(cx, l, body, entity, &rows);
}

/* What lacks the field comes last, whichever the direction. */
static int compare_keys(const char *p, const char *q, bool down)
{
	int c;

	if (!p || !q)
		return (p == NULL) - (q == NULL);
	c = strcmp(p, q);
	return down ? -c : c;
}

static int by_keys(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	for (size_t i = 0; i < x->of->n_orders; i++) {
		int c = compare_keys(x->keys[i], y->keys[i], x->of->orders[i].down);

		if (c)
			return c;
	}
	return strcmp(x->text.p, y->text.p);
}

static void sort_and_cut(struct listing *l)
{
	if (!l->n_orders)
		return;
	if (l->n > 1)
		qsort(l->items, l->n, sizeof(*l->items), by_keys);
	size_t from = (size_t)l->offset < l->n ? (size_t)l->offset : l->n;

	l->items += from;
	l->n -= from;
	if (l->limit >= 0 && (size_t)l->limit < l->n) {
		l->n = (size_t)l->limit;
		l->more = true;
	}
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

int catalog_api_entities(struct req *rq, struct resp *rs)
{
	struct buf out = { .mem = rq->cx->mem };
	struct listing l;
	int rc = read_listing(rq, &l);

	if (rc == 0)
		rc = entity_each(rq->cx, filter_fixed(&l.sel.filter, "kind"), consider, &l);
	if (rc < 0)
		return rc;
	sort_and_cut(&l);
	buf_addc(&out, '[');
	for (size_t i = 0; i < l.n; i++) {
		if (i)
			buf_addc(&out, ',');
		buf_add(&out, l.items[i].text.p, l.items[i].text.n);
	}
	buf_addc(&out, ']');
	if (l.more)
		link_next(rq, rs, &l);
	return resp_json_text(rs, 200, buf_str(&out));
}
