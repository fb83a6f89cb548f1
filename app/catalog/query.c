/* The one door to lists, counts and facets of entities. */
#include "catalog/query.h"

#include <string.h>

#include "base/list.h"
#include "catalog/body_cache.h"
#include "catalog/permission.h"
#include "catalog/query_set.h"
#include "ext/json.h"
#include "index/client.h"
#include "index/request.h"
#include "sql/catalog.h"

enum { BODIES = 500, PAGE = 200 };

/* A question about all that q means and cx->who may read. */
static int begin(struct ctx *cx, const struct query *q, char what, struct buf *ask)
{
	const struct json *may;
	int rc = permission_predicate(cx, &may);

	*ask = (struct buf){ .mem = cx->mem };
	ask_u8(ask, (unsigned char)what);
	return rc < 0 ? rc : query_set(cx, q, may, ask);
}

static int malformed(struct ctx *cx)
{
	return fail(cx, ERR_INTERNAL, "the index has given an answer that nobody understands");
}

static void ask_page(struct ctx *cx, const struct query *q, struct buf *ask)
{
	ask_u8(ask, (unsigned)q->n_orders);
	for (size_t i = 0; i < q->n_orders; i++) {
		ask_u8(ask, q->orders[i].down);
		ask_text(ask, str_of(str_lower(cx->mem, q->orders[i].field, strlen(q->orders[i].field))));
	}
	ask_u8(ask,
	       (q->lacking_last ? PAGE_LACKING_LAST : 0U) | (q->backwards ? PAGE_BACKWARDS : 0U) | (q->edge ? PAGE_EDGE : 0U));
	ask_u32(ask, q->limit);
	ask_u64(ask, q->offset);
	if (!q->edge)
		return;
	ask_u8(ask, q->edge->value != NULL);
	ask_text(ask, str_of(q->edge->value ? q->edge->value : ""));
	ask_u32(ask, q->edge->id);
}

static void read_edge(struct ctx *cx, struct reader *r, struct query_edge *e)
{
	bool there = read_u8(r);
	struct str value = read_text(r);

	e->value = there ? arena_strndup(cx->mem, value.p, value.n) : NULL;
}

int query_page(struct ctx *cx, const struct query *q, struct query_page *out)
{
	struct str answer;
	struct buf ask;
	int rc = begin(cx, q, 'P', &ask);

	*out = (struct query_page){ 0 };
	if (rc == 0)
		ask_page(cx, q, &ask);
	if (rc == 0)
		rc = index_ask(cx, buf_str(&ask), &answer);
	if (rc < 0)
		return rc;
	struct reader r = { answer.p, answer.p + answer.n, false };

	out->total = read_u64(&r);
	unsigned flags = read_u8(&r);
	uint32_t n = read_u32(&r);

	out->before = flags & PAGE_BEFORE;
	out->after = flags & PAGE_AFTER;
	if (r.bad || n > (size_t)(r.end - r.p) / (sizeof(uint32_t) + sizeof(uint64_t)))
		return malformed(cx);
	out->n = n;
	out->hits = arena_array(cx->mem, struct query_hit, n);
	for (size_t i = 0; i < n; i++) {
		out->hits[i].id = read_u32(&r);
		out->hits[i].tag = read_u64(&r);
	}
	if (n && q->n_orders) {
		read_edge(cx, &r, &out->first);
		read_edge(cx, &r, &out->last);
	}
	if (n) {
		out->first.id = out->hits[0].id;
		out->last.id = out->hits[n - 1].id;
	}
	return r.bad ? malformed(cx) : 0;
}

static bool read_facet(struct ctx *cx, struct reader *r, struct facet *out)
{
	uint32_t n = read_u32(r);

	if (r->bad || n > (size_t)(r->end - r->p) / (sizeof(uint32_t) + sizeof(uint16_t)))
		return false;
	*out = (struct facet){ .items = arena_array(cx->mem, struct facet_value, n), .n = n };
	for (size_t i = 0; i < n; i++) {
		out->items[i].count = read_u32(r);
		struct str value = read_text(r);

		out->items[i].value = arena_strndup(cx->mem, value.p, value.n);
	}
	return !r->bad;
}

int query_facets(struct ctx *cx, const struct query *q, const struct text_list *facets, struct facet *out)
{
	struct str answer;
	struct buf ask;
	int rc = begin(cx, q, 'F', &ask);

	if (rc < 0)
		return rc;
	if (facets->n > UINT16_MAX)
		return fail(cx, ERR_INPUT, "At most %d facets can be asked for at once", UINT16_MAX);
	ask_u16(&ask, (unsigned)facets->n);
	for (size_t i = 0; i < facets->n; i++)
		ask_text(&ask, str_of(str_lower(cx->mem, facets->items[i], strlen(facets->items[i]))));
	rc = index_ask(cx, buf_str(&ask), &answer);
	if (rc < 0)
		return rc;
	struct reader r = { answer.p, answer.p + answer.n, false };

	for (size_t i = 0; i < facets->n; i++)
		if (!read_facet(cx, &r, &out[i]))
			return malformed(cx);
	return 0;
}

int query_readable(struct ctx *cx, struct str *out)
{
	static const struct query all = { 0 };
	const struct json *may;
	struct buf ask;
	int rc = permission_predicate(cx, &may);

	*out = (struct str){ "", 0 };
	if (rc < 0 || !may)
		return rc;
	rc = begin(cx, &all, 'I', &ask);
	return rc < 0 ? rc : index_ask(cx, buf_str(&ask), out);
}

static bool text_fits(struct ctx *cx, const struct query *q, const struct search_rows *rows)
{
	struct text_list keys = { 0 };
	const char *lower = str_lower(cx->mem, q->text, strlen(q->text));

	query_text_keys(cx, q, &keys);
	for (size_t i = 0; i < rows->n; i++)
		for (size_t k = 0; rows->items[i].value && k < keys.n; k++)
			if (streq(rows->items[i].key, keys.items[k]) && strstr(rows->items[i].value, lower))
				return true;
	return false;
}

int query_fits(struct ctx *cx, const struct query *q, const struct json *entity)
{
	struct search_rows rows = { 0 };
	const struct json *may;
	int rc = permission_predicate(cx, &may);

	if (rc < 0)
		return rc;
	search_rows(cx->mem, entity, &rows);
	return filter_fits(&q->filter, &rows) && (!q->predicate || predicate_fits(q->predicate, &rows)) &&
	       (!may || predicate_fits(may, &rows)) && (!q->text || text_fits(cx, q, &rows)) &&
	       (!q->with_errors || json_len(json_path(entity, "status", "items", NULL)) > 0);
}

/* Whether what is stored is what was indexed; if not, it is judged anew. */
static int still_fits(struct ctx *cx, const struct query *q, bool same, struct str body)
{
	struct json *entity;
	int rc = same ? 1 : json_parse(cx, body, &entity);

	return same || rc < 0 ? rc : query_fits(cx, q, entity);
}

/* Of the hits that places names: from the database. found[i] is left alone where there is none (any more). */
static int read_bodies(struct ctx *cx, const struct query *q, const struct query_hit *hits, const struct id_list *places,
		       bool keep, struct entity *found)
{
	struct q_entity_by_ids_out row;
	struct id_list ids = { 0 };
	DB_ROWS rows = { 0 };
	size_t i = 0;
	int rc;

	for (size_t k = 0; k < places->n; k++)
		*list_add(cx->mem, &ids) = hits[places->items[k]].id;
	rc = q_entity_by_ids_open(cx, &(struct q_entity_by_ids_in){ id_list_json(cx->mem, &ids) }, &rows);
	/* rows come in the order of the list, but for small tables, which the server may walk instead */
	while (rc >= 0 && (rc = q_entity_by_ids_next(&rows, &row)) == 1) {
		size_t steps = 0;

		while (steps < ids.n && ids.items[i] != row.id) {
			i = (i + 1) % ids.n;
			steps++;
		}
		if (steps == ids.n)
			return fail(cx, ERR_INTERNAL, "the database gives entities that were not asked for");
		size_t at = places->items[i];
		bool same = body_tag(row.etag) == hits[at].tag;

		rc = still_fits(cx, q, same, row.body);
		if (rc == 1)
			found[at] = (struct entity){ row.ref, row.etag, row.body };
		if (same && keep)
			body_cache_put(hits[at].id, hits[at].tag, &found[at]);
	}
	return rc < 0 ? rc : 0;
}

static int some_bodies(struct ctx *cx, const struct query *q, const struct query_hit *hits, size_t n, bool keep,
		       struct entities *out)
{
	struct entity *found = arena_array(cx->mem, struct entity, n);
	struct id_list missing = { 0 };
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		if (!body_cache_get(cx->mem, hits[i].id, hits[i].tag, &found[i]))
			*list_add(cx->mem, &missing) = i;
	if (missing.n)
		rc = read_bodies(cx, q, hits, &missing, keep, found);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (found[i].body.p)
			*list_add(cx->mem, out) = found[i];
	return rc;
}

/* A walk over everything would push out what is asked for often. */
int query_bodies(struct ctx *cx, const struct query *q, const struct query_hit *hits, size_t n, struct entities *out)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i += BODIES)
		rc = some_bodies(cx, q, hits + i, n - i < BODIES ? n - i : BODIES, n <= PAGE && !q->passing, out);
	return rc;
}
