/* /api/catalog: registered locations by a predicate. There are few of them, so all are looked at. */
#include "base/list.h"
#include "catalog/filter.h"
#include "catalog/location.h"
#include "ext/crypto.h"
#include "handlers/cursor.h"
#include "handlers/handlers.h"

enum { DEFAULT_LIMIT = 1000 };

struct wanted {
	const struct json *query; /* NULL: none */
	const char *after;        /* id of the last one of the page before; "" at first */
	long limit;
};

static int read_cursor(struct req *rq, const struct json *body, struct wanted *w)
{
	const char *text;
	struct json *v;
	uint64_t limit = 0;
	int rc = body_text(rq, body, "cursor", &text);

	if (rc == 0)
		rc = cursor_open(rq->cx, text, &v);
	if (rc < 0)
		return rc;
	w->after = json_get_text(v, "id", "");
	w->query = json_get(v, "query");
	if (!*w->after || !cursor_number(json_get(v, "limit"), NUMBER_MOST, &limit))
		return fail(rq->cx, ERR_INPUT, "Malformed cursor, could not be parsed");
	w->limit = (long)limit;
	return 0;
}

static int read_wanted(struct req *rq, struct wanted *w)
{
	static const char *const nothing[] = { NULL };
	bool going_on;
	struct json *body;
	int rc = req_only_query(rq, nothing);

	if (rc == 0)
		rc = body_object(rq, nothing, NULL, &body);
	if (rc < 0)
		return rc;
	going_on = json_get(body, "cursor") != NULL;
	*w = (struct wanted){ .query = json_get(body, "query"), .after = "", .limit = DEFAULT_LIMIT };
	if (going_on)
		rc = read_cursor(rq, body, w);
	if (rc == 0)
		rc = body_number(rq, body, "limit", 0, &w->limit);
	if (rc == 0 && w->query)
		rc = predicate_check(rq->cx, w->query, going_on ? "cursor/query" : "request/body/query");
	return rc;
}

static bool fits(struct arena *mem, const struct json *query, const struct registered *l)
{
	const char *fields[][2] = {
		{ "id", l->id }, { "type", l->type }, { "target", l->target }, { "entityref", l->entity_ref }
	};
	struct search_rows rows = { 0 };

	for (size_t i = 0; query && i < LEN(fields); i++)
		*list_add(mem, &rows) =
			(struct search_row){ fields[i][0], str_lower(mem, fields[i][1], strlen(fields[i][1])), fields[i][1] };
	return !query || predicate_fits(query, &rows);
}

/* Over locations an empty $all fits nothing, as in Backstage, and so does all that stands beside it: it becomes an empty $any.
 */
static struct json *with_backstages_all(struct arena *mem, const struct json *v)
{
	struct json *out = json_is(v, JSON_ARRAY) ? json_array(mem) : json_object(mem);
	const struct json *all = json_get(v, "$all");

	if (all && !json_len(all)) {
		json_set(mem, out, "$any", json_array(mem));
		return out;
	}
	for (size_t i = 0; json_is(v, JSON_ARRAY) && i < v->a.n; i++)
		json_push(mem, out, with_backstages_all(mem, v->a.items[i]));
	for (size_t i = 0; json_is(v, JSON_OBJECT) && i < v->o.n; i++) {
		const char *key = v->o.m[i].key.p;
		struct json *inner = v->o.m[i].value;
		bool nests = streq(key, "$all") || streq(key, "$any") || streq(key, "$not");

		json_set(mem, out, key, nests ? with_backstages_all(mem, inner) : inner);
	}
	return out;
}

static const char *next_cursor(struct arena *mem, const struct wanted *w, const struct registered *last)
{
	struct json *v = json_object(mem);
	struct buf text = { .mem = mem };

	json_set(mem, v, "id", json_str(mem, last->id));
	json_set(mem, v, "limit", json_num(mem, (double)w->limit));
	if (w->query)
		json_set(mem, v, "query", json_copy(mem, w->query));
	json_write(&text, v);
	return crypto_base64(mem, buf_str(&text));
}

static int send_page(struct req *rq, struct resp *rs, const struct wanted *w, const struct registered_list *found)
{
	struct arena *mem = rq->cx->mem;
	struct json *v = json_object(mem), *items = json_array(mem), *info = json_object(mem);
	size_t from = 0, to;

	while (from < found->n && strcmp(found->items[from].id, w->after) <= 0)
		from++;
	to = found->n - from < (size_t)w->limit ? found->n : from + (size_t)w->limit;
	for (size_t i = from; i < to; i++)
		json_push(mem, items, location_json(mem, &found->items[i]));
	if (from < to && to < found->n)
		json_set(mem, info, "nextCursor", json_str(mem, next_cursor(mem, w, &found->items[to - 1])));
	json_set(mem, v, "items", items);
	json_set(mem, v, "totalItems", json_num(mem, (double)found->n));
	json_set(mem, v, "pageInfo", info);
	return resp_json(rs, 200, v);
}

int location_api_by_query(struct req *rq, struct resp *rs)
{
	struct registered_list all = { 0 }, found = { 0 };
	struct wanted w;
	int rc = read_wanted(rq, &w);
	const struct json *query = rc == 0 && w.query ? with_backstages_all(rq->cx->mem, w.query) : NULL;

	if (rc == 0)
		rc = location_list(rq->cx, &all);
	for (size_t i = 0; rc == 0 && i < all.n; i++)
		if (fits(rq->cx->mem, query, &all.items[i]))
			*list_add(rq->cx->mem, &found) = all.items[i];
	return rc < 0 ? rc : send_page(rq, rs, &w, &found);
}
